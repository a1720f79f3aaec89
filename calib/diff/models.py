"""The nouns of a comparison."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from calib.model import Assessment, Milestone, Result
from calib.model.base import FrozenModel


class State(NamedTuple):
    """Hold one side of a comparison; a milestone of gauges alone has neither of the last two."""

    name: str
    milestone: Milestone | None
    assessment: Assessment | None
    result: Result | None


class Side(FrozenModel):
    """Say how an assessment stands on one side."""

    name: str
    date: date
    catalog_version: str
    readiness: str
    gauge: float | None = None
    gauges: tuple[tuple[str, float], ...]
    gates: tuple[str, ...] = ()
    """The controls whose gate holds."""
    qualified_studies: int
    gaps: int | None = None
    answers_hash: str = ""


class FieldChange(FrozenModel):
    """Hold one field that reads otherwise; an empty side means that nothing stood there."""

    file: str
    field: str
    before: str = ""
    after: str = ""


class Why(FrozenModel):
    """Hold the findings that went and those that appeared."""

    gone: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


class LevelMove(FrozenModel):
    """Hold a criterion whose levels moved; None where one side has no such criterion."""

    control: str
    criterion: str
    title: str
    before: int | None = None
    after: int | None = None
    claimed: tuple[int | None, int | None] = (None, None)
    supported: tuple[int | None, int | None] = (None, None)
    why: Why = Why()

    @property
    def step(self) -> int:
        """How far the effective level moved; 0 where it did not, or stands on one side only."""
        return 0 if self.before is None or self.after is None else self.after - self.before


class StudyMove(FrozenModel):
    """Hold a case study that qualifies on one side only, or came or went."""

    slug: str
    title: str
    before: bool | None = None
    after: bool | None = None
    why: Why = Why()


class Difference(FrozenModel):
    """Hold all that differs between two states."""

    before: Side
    after: Side
    fields: tuple[FieldChange, ...] = ()
    levels: tuple[LevelMove, ...] = ()
    studies: tuple[StudyMove, ...] = ()
    closed: tuple[str, ...] = ()
    """The gaps that are there no more."""
    opened: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What the reader must know of the comparison itself."""

    @property
    def is_whole(self) -> bool:
        """Whether both sides hold answers to compare."""
        return self.before.gaps is not None and self.after.gaps is not None
