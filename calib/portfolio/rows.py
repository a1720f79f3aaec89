"""Build the rows of a portfolio from results, and order them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from calib import __version__
from calib.catalog.migration import UNCONFIRMED_RULE
from calib.model import Assessment, Catalog, Gap, Readiness, Result
from calib.portfolio.models import (
    CASE_STUDIES,
    PartnerRow,
    Portfolio,
    PotentialGap,
    UnreadableFolder,
)


def build_row(folder: str, result: Result) -> PartnerRow:
    """Return the part of a result that a portfolio shows."""
    criteria = [x for c in result.controls for x in c.criteria]
    unconfirmed = (f.rule == UNCONFIRMED_RULE for x in criteria for f in x.findings)
    return PartnerRow(
        folder=folder,
        partner=result.profile.partner,
        readiness=result.readiness,
        gauge=result.gauge,
        gauges=tuple(c.gauge for c in result.controls),
        gates=tuple(c.gate for c in result.controls),
        levels=tuple(x.effective for x in criteria),
        qualified=result.qualification.qualified_count,
        gaps=tuple(_gap_name(g) for g in result.gaps),
        days=sum(g.days for g in result.gaps),
        target_date=result.target_date,
        valid_until=_valid_until(result),
        answered_for=result.answered_catalog_version,
        unconfirmed=sum(unconfirmed),
        content_hash=result.content_hash,
    )


def _gap_name(gap: Gap) -> str:
    if not gap.control:
        return CASE_STUDIES
    return f"{gap.control}/{gap.criterion or 'third-party'}"


def _valid_until(result: Result) -> date:
    # Evidence that no answer links, or that has expired already, changes nothing any more.
    ends = (e.item.expires for e in result.evidence if e.serves and not e.expired)
    return min([result.catalog_expires, *(day for day in ends if day)])


def first_day_of_change(catalog: Catalog, assessment: Assessment, today: date) -> date:
    """Return the first day after today on which the same answers could get another result.

    Until then a cached row is valid. Evidence expires, stops being recent, or its future date
    arrives; no other rule depends on the day except the expiry of catalog and target date, which
    no row contains.
    """
    days = [date.max]
    for item in assessment.evidence:
        if item.expires:
            # Valid on the day of its expiry, invalid on the next.
            days.append(item.expires + timedelta(days=1))
        if item.dated:
            # It becomes recent on its date and stops being so after the window.
            days += [item.dated, item.dated + timedelta(days=catalog.gate.recent_days + 1)]
    return min(day for day in days if day > today)


def build_portfolio(
    catalog: Catalog, rows: Iterable[PartnerRow], unread: Iterable[UnreadableFolder], today: date
) -> Portfolio:
    """Order the rows: ready, close, not ready; within those, the least work first."""
    readiness_order = (Readiness.READY, Readiness.CLOSE, Readiness.NOT_READY)
    ordered = sorted(
        rows,
        key=lambda r: (
            readiness_order.index(r.readiness),
            r.days,
            -r.gauge,
            r.partner.casefold(),
            r.folder,
        ),
    )
    return Portfolio(
        today=today,
        program=__version__,
        catalog_version=catalog.version,
        catalog_expires=catalog.valid_until,
        studies_needed=catalog.qualification.needed,
        controls=tuple((c.id, c.title) for c in catalog.controls),
        asked=tuple(_potential_gaps(catalog)),
        rows=tuple(ordered),
        unread=tuple(sorted(unread, key=lambda u: u.folder)),
    )


def _potential_gaps(catalog: Catalog) -> Iterator[PotentialGap]:
    for control in catalog.controls:
        for criterion in control.criteria:
            name = f"{control.id}/{criterion.id}"
            yield PotentialGap(name=name, control=control.id, title=criterion.title)
    for control in catalog.controls:
        name = f"{control.id}/third-party"
        yield PotentialGap(name=name, control=control.id, title="Third-party services justified")
    yield PotentialGap(name=CASE_STUDIES, title="Case studies that qualify")
