"""Models of a comparison."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from calib.model import Assessment, Milestone, Result
from calib.model.base import FrozenModel


class DiffInput(NamedTuple):
    """One state to compare.

    A milestone that has only gauges has neither an assessment nor a result.
    """

    name: str
    """How messages call it."""
    milestone: Milestone | None
    assessment: Assessment | None
    result: Result | None


class DiffSide(FrozenModel):
    """Readiness, gauges and gates on one side of a comparison."""

    name: str
    date: date
    catalog_version: str
    readiness: str
    gauge: float | None = None
    """The mean of the controls' gauges; None for a milestone without answers."""
    gauges: tuple[tuple[str, float], ...]
    gates: tuple[str, ...] = ()
    """The ids of the controls whose gate is met."""
    qualified_studies: int
    gaps: int | None = None
    """The number of remediation actions; None for a milestone without answers."""
    answers_hash: str = ""


class FieldChange(FrozenModel):
    """One field that differs; an empty text means that the field had no value."""

    file: str
    field: str
    before: str = ""
    after: str = ""


class Cause(FrozenModel):
    """The messages of findings that disappeared and appeared."""

    gone: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


class LevelMove(FrozenModel):
    """A criterion whose levels moved; None if one side has no such criterion."""

    control: str
    criterion: str
    title: str
    before: int | None = None
    after: int | None = None
    """Effective levels."""
    claimed: tuple[int | None, int | None] = (None, None)
    """Before and after."""
    supported: tuple[int | None, int | None] = (None, None)
    """Before and after."""
    why: Cause = Cause()

    @property
    def step(self) -> int:
        """The change of the effective level; 0 if only one side has the criterion."""
        return 0 if self.before is None or self.after is None else self.after - self.before


class StudyMove(FrozenModel):
    """A case study whose qualification or findings changed, or that only one side has."""

    slug: str
    title: str
    before: bool | None = None
    """Whether it qualified; None if it did not exist."""
    after: bool | None = None
    why: Cause = Cause()


class Difference(FrozenModel):
    """All differences between two states."""

    before: DiffSide
    after: DiffSide
    fields: tuple[FieldChange, ...] = ()
    levels: tuple[LevelMove, ...] = ()
    studies: tuple[StudyMove, ...] = ()
    closed: tuple[str, ...] = ()
    """The titles and ids of gaps that no longer exist."""
    opened: tuple[str, ...] = ()
    """The titles and ids of new gaps."""
    notes: tuple[str, ...] = ()
    """Limits of the comparison that readers must know."""

    @property
    def is_complete(self) -> bool:
        """Whether both sides have answers to compare."""
        return self.before.gaps is not None and self.after.gaps is not None
