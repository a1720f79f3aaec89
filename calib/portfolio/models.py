"""The nouns of a portfolio: many assessments side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import PurePath

from calib.model import Readiness
from calib.model.base import FrozenModel

STUDIES = "case-studies"
"""The name under which the set of case studies counts among the common gaps."""


class Row(FrozenModel):
    """Hold how one assessment stands."""

    folder: str
    partner: str
    readiness: Readiness
    gauge: float
    gauges: tuple[float, ...]
    """One per control, in the catalog's order."""
    gates: tuple[bool, ...]
    """Whether each control's gate holds."""
    levels: tuple[int, ...]
    """The effective level of each criterion, in the catalog's order."""
    qualified: int
    """How many case studies qualify."""
    gaps: tuple[str, ...]
    """What is open: `CONTROL/criterion`, `CONTROL/third-party`, `case-studies`; once for each."""
    days: int
    """Working days of all open remediation actions together."""
    target_date: date | None = None
    valid_until: date
    """The day up to which it stands by itself: the catalog ends, or linked evidence expires."""
    answered_for: str
    """The catalog version that the assessment names."""
    unconfirmed: int = 0
    """Answers of an older catalog that nobody has confirmed."""
    content_hash: str


class Unread(FrozenModel):
    """Hold a folder that could not be read, and where and why in one line."""

    folder: str
    error: str


class Asked(FrozenModel):
    """Hold one thing that can be a common gap."""

    name: str
    control: str = ""
    title: str


class CommonGap(FrozenModel):
    """Hold what is open at several partners."""

    asked: Asked
    partners: tuple[str, ...]
    """Those where it is open, in the order of the table."""

    @property
    def count(self) -> int:
        """In how many assessments it is open."""
        return len(self.partners)


def _last(folder: str) -> str:
    return PurePath(folder.replace("\\", "/")).name


class Portfolio(FrozenModel):
    """Hold many assessments, judged by one catalog on one day, the nearest to ready first."""

    today: date
    program: str
    catalog_version: str
    catalog_expires: date
    studies_needed: int
    controls: tuple[tuple[str, str], ...]
    """Id and title of each control."""
    asked: tuple[Asked, ...]
    """The criteria in the catalog's order, then the rest that can be a gap."""
    rows: tuple[Row, ...]
    unread: tuple[Unread, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The partners of the rows; where several share a name, with their folders."""
        count = Counter(r.partner.casefold() for r in self.rows)
        return tuple(
            f"{r.partner} ({_last(r.folder)})" if count[r.partner.casefold()] > 1 else r.partner
            for r in self.rows
        )

    @property
    def criteria(self) -> tuple[Asked, ...]:
        """The criteria, in the order of every row's levels."""
        return tuple(a for a in self.asked if a.control and not a.name.endswith("/third-party"))

    def standing(self) -> dict[Readiness, int]:
        """Count the assessments by their readiness."""
        found = Counter(r.readiness for r in self.rows)
        return {k: found[k] for k in Readiness}

    def common_gaps(self) -> tuple[CommonGap, ...]:
        """List what is open anywhere, the most frequent first."""
        open_at: dict[str, list[str]] = {}
        for called, row in zip(self.names, self.rows, strict=True):
            for name in dict.fromkeys(row.gaps):
                open_at.setdefault(name, []).append(called)
        gaps = [
            CommonGap(asked=a, partners=tuple(open_at[a.name]))
            for a in self.asked
            if a.name in open_at
        ]
        return tuple(sorted(gaps, key=lambda g: -g.count))

    def levels_of(self, control: str) -> tuple[int, ...]:
        """Count, level by level, the criteria of a control over all assessments."""
        places = [n for n, a in enumerate(self.criteria) if a.control == control]
        found = Counter(row.levels[n] for row in self.rows for n in places)
        return tuple(found[level] for level in range(5))

    def places(self) -> Iterator[tuple[int, str, str]]:
        """Number the controls, with their ids and titles."""
        return ((n, control, title) for n, (control, title) in enumerate(self.controls))
