"""Results -> the rows of a portfolio, and their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from calib import __version__
from calib.catalog.migration import UNCONFIRMED
from calib.model import Assessment, Catalog, Gap, Readiness, Result
from calib.portfolio.models import STUDIES, Asked, Portfolio, Row, Unread


def row_of(folder: str, result: Result) -> Row:
    """Take from a result what a portfolio shows."""
    criteria = [x for c in result.controls for x in c.criteria]
    marked = (f.rule == UNCONFIRMED for x in criteria for f in x.findings)
    return Row(
        folder=folder,
        partner=result.profile.partner,
        readiness=result.readiness,
        gauge=result.gauge,
        gauges=tuple(c.gauge for c in result.controls),
        gates=tuple(c.gate for c in result.controls),
        levels=tuple(x.effective for x in criteria),
        qualified=result.qualification.qualified_count,
        gaps=tuple(_name(g) for g in result.gaps),
        days=sum(g.days for g in result.gaps),
        target_date=result.target_date,
        valid_until=_valid_until(result),
        answered_for=result.answered_catalog_version,
        unconfirmed=sum(marked),
        content_hash=result.content_hash,
    )


def _name(gap: Gap) -> str:
    if not gap.control:
        return STUDIES
    return f"{gap.control}/{gap.criterion or 'third-party'}"


def _valid_until(result: Result) -> date:
    ends = (e.item.expires for e in result.evidence if e.serves and not e.expired)
    return min([result.catalog_expires, *(day for day in ends if day)])


def stands_until(catalog: Catalog, assessment: Assessment, today: date) -> date:
    """Return the first later day on which the same answers could be judged otherwise.

    Evidence expires, grows old, or comes to be dated in the past; nothing else asks for the day.
    """
    far = date(9999, 12, 31)
    days = [far]
    for item in assessment.evidence:
        if item.expires:
            days.append(item.expires + timedelta(days=1))
        if item.dated:
            days += [item.dated, item.dated + timedelta(days=catalog.gate.recent_days + 1)]
    return min(day for day in days if day > today)


def make_portfolio(
    catalog: Catalog, rows: Iterable[Row], unread: Iterable[Unread], today: date
) -> Portfolio:
    """Put rows side by side: ready before close before not ready, the least work first."""
    order = (Readiness.READY, Readiness.CLOSE, Readiness.NOT_READY)
    ordered = sorted(
        rows,
        key=lambda r: (
            order.index(r.readiness),
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
        asked=tuple(_asked(catalog)),
        rows=tuple(ordered),
        unread=tuple(sorted(unread, key=lambda u: u.folder)),
    )


def _asked(catalog: Catalog) -> Iterator[Asked]:
    for control in catalog.controls:
        for criterion in control.criteria:
            name = f"{control.id}/{criterion.id}"
            yield Asked(name=name, control=control.id, title=criterion.title)
    for control in catalog.controls:
        name = f"{control.id}/third-party"
        yield Asked(name=name, control=control.id, title="Third-party services justified")
    yield Asked(name=STUDIES, title="Case studies that qualify")
