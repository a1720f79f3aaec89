"""Models of a portfolio: many assessments side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import PurePath

from calib.model import Readiness
from calib.model.base import FrozenModel

CASE_STUDIES = "case-studies"
"""The name of the case studies among the common gaps."""


class PartnerRow(FrozenModel):
    """The result of one assessment in a portfolio."""

    folder: str
    partner: str
    readiness: Readiness
    gauge: float
    gauges: tuple[float, ...]
    """One per control, in the catalog's order."""
    gates: tuple[bool, ...]
    """Whether each control's gate is met."""
    levels: tuple[int, ...]
    """The effective level of each criterion, in the catalog's order."""
    qualified: int
    """How many case studies qualify."""
    gaps: tuple[str, ...]
    """Each open gap as `CONTROL/criterion`, `CONTROL/third-party` or `case-studies`.

    A name occurs once for each action."""
    days: int
    """The sum of the working days of all remediation actions."""
    target_date: date | None = None
    valid_until: date
    """The last day before the catalog or a linked piece of evidence expires."""
    answered_for: str
    """The catalog version that the assessment names."""
    unconfirmed: int = 0
    """The number of answers to an older catalog that have not been confirmed."""
    content_hash: str


class UnreadableFolder(FrozenModel):
    """A folder that could not be read."""

    folder: str
    error: str
    """Where and why, in one line."""


class PotentialGap(FrozenModel):
    """A criterion, third-party rule or case-study rule that can be a gap."""

    name: str
    """As in `PartnerRow.gaps`."""
    control: str = ""
    """Empty for the case studies."""
    title: str


class CommonGap(FrozenModel):
    """A gap, and the partners that have it."""

    asked: PotentialGap
    partners: tuple[str, ...]
    """Their names, in the order of the rows."""

    @property
    def count(self) -> int:
        """The number of assessments that have it."""
        return len(self.partners)


def _folder_name(folder: str) -> str:
    return PurePath(folder.replace("\\", "/")).name


class Portfolio(FrozenModel):
    """Many assessments, judged by one catalog on one day, the nearest to ready first."""

    today: date
    program: str
    """The version of this program."""
    catalog_version: str
    catalog_expires: date
    studies_needed: int
    """How many case studies an application needs."""
    controls: tuple[tuple[str, str], ...]
    """The id and title of each control."""
    asked: tuple[PotentialGap, ...]
    """The criteria in the catalog's order, then the other possible gaps."""
    rows: tuple[PartnerRow, ...]
    unread: tuple[UnreadableFolder, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The partner of each row, with its folder if several have the same name."""
        count = Counter(r.partner.casefold() for r in self.rows)
        return tuple(
            f"{r.partner} ({_folder_name(r.folder)})"
            if count[r.partner.casefold()] > 1
            else r.partner
            for r in self.rows
        )

    @property
    def criteria(self) -> tuple[PotentialGap, ...]:
        """The criteria, in the order of every row's levels."""
        return tuple(a for a in self.asked if a.control and not a.name.endswith("/third-party"))

    def count_by_readiness(self) -> dict[Readiness, int]:
        """Return the number of assessments of each readiness, zeros included."""
        counts = Counter(r.readiness for r in self.rows)
        return {readiness: counts[readiness] for readiness in Readiness}

    def common_gaps(self) -> tuple[CommonGap, ...]:
        """Return the gaps of all assessments, the most frequent first."""
        open_at: dict[str, list[str]] = {}
        for partner, row in zip(self.names, self.rows, strict=True):
            for name in dict.fromkeys(row.gaps):
                open_at.setdefault(name, []).append(partner)
        gaps = [
            CommonGap(asked=a, partners=tuple(open_at[a.name]))
            for a in self.asked
            if a.name in open_at
        ]
        return tuple(sorted(gaps, key=lambda g: -g.count))

    def count_levels(self, control: str) -> tuple[int, ...]:
        """Return how many criteria of a control have level 0 to 4, over all assessments."""
        columns = [n for n, a in enumerate(self.criteria) if a.control == control]
        counts = Counter(row.levels[n] for row in self.rows for n in columns)
        return tuple(counts[level] for level in range(5))

    def numbered_controls(self) -> Iterator[tuple[int, str, str]]:
        """Yield each control's position, from 0, with its id and title."""
        return ((n, control, title) for n, (control, title) in enumerate(self.controls))
