"""Models of ballots and their agreement."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from calib.model.assessment import Slug
from calib.model.base import FrozenModel, NonEmptyStr, entries_from_mapping
from calib.model.catalog import CriterionId, Level


class Vote(FrozenModel):
    """One assessor's level for one criterion, given without seeing the others'."""

    criterion: CriterionId
    level: Level | None = None
    """None if the assessor abstains."""
    comment: str = ""


class Ballot(FrozenModel):
    """The votes of one assessor on one control: one file, one writer."""

    control: NonEmptyStr
    assessor: Slug
    """The file's name; it distinguishes voters even in an anonymous workshop."""
    name: str = ""
    """The assessor's name; empty on an anonymous ballot."""
    votes: Annotated[tuple[Vote, ...], Field(default=())]

    @field_validator("votes", mode="before")
    @classmethod
    def _by_criterion(cls, data: object) -> object:
        return entries_from_mapping(data, "criterion")


class CriterionAgreement(FrozenModel):
    """How far the votes on one criterion agree; statistics are None if no one chose a level."""

    control: NonEmptyStr
    criterion: CriterionId
    distribution: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    """The number of votes for level 0, 1, 2, 3 and 4."""
    votes: int = 0
    abstentions: int = 0
    median: Level | None = None
    """The middle vote; the lower of the two middle votes if their number is even."""
    spread: int | None = None
    """Levels between the lowest and the highest vote."""
    interquartile: float | None = None
    """Levels between the quartiles, which a single vote hardly moves."""
    outliers: tuple[Slug, ...] = ()
    """The assessors to ask first; empty unless two votes are at least two levels apart."""
    suggestion: Level | None = None
    """The consensus to propose; None if the votes need a discussion first."""
    sentence: str
    """A summary to show."""


class Reliability(FrozenModel):
    """Krippendorff's alpha over several criteria; None if it is undefined."""

    value: float | None = None
    """1 is perfect agreement, 0 the agreement expected by chance; it can be negative."""
    low: float | None = None
    high: float | None = None
    """The bounds of the 95 % interval."""
    assessors: int
    """The number of assessors who chose at least one level."""
    criteria: int
    """The number of criteria on which two or more assessors chose a level."""
    sentence: str
    """A summary to show."""


class ControlAgreement(FrozenModel):
    """The agreement of the ballots on one control."""

    control: NonEmptyStr
    criteria: tuple[CriterionAgreement, ...]
    alpha: Reliability


class WorkshopAgreement(FrozenModel):
    """The agreement of all ballots, by control and overall."""

    controls: tuple[ControlAgreement, ...] = ()
    alpha: Reliability

    def control(self, control: str) -> ControlAgreement | None:
        """Return the agreement on one control; None if it has no ballot."""
        return next((c for c in self.controls if c.control == control), None)


class AgendaItem(FrozenModel):
    """One control's position and time in a workshop."""

    control: NonEmptyStr
    title: str
    minutes: int
    disagreement: float
    """The mean spread of its criteria, in levels."""
    gap: int
    """The sum of the levels that its criteria lack."""
    begin_with: tuple[CriterionId, ...] = ()
    """The criteria to discuss first, the widest spread first."""
    sentence: str
    """A summary to show."""


class Strictness(FrozenModel):
    """An assessor's levels compared with the other assessors' levels."""

    assessor: Slug
    name: str = ""
    votes: int
    """The number of criteria on which another assessor voted too."""
    difference: float | None = None
    """Mean levels above the others, negative if stricter; None with too few votes."""
    sentence: str
    """A summary to show."""


class StrictnessStep(FrozenModel):
    """An assessor's levels compared with the other assessors' levels on one control."""

    control: str
    votes: int
    """The number of criteria on which another assessor voted too."""
    difference: float | None = None
    """Mean levels above the others, negative if stricter; None without other votes."""


class StrictnessOverTime(FrozenModel):
    """An assessor's strictness by control, in the order in which the workshop visited them."""

    assessor: Slug
    name: str = ""
    steps: tuple[StrictnessStep, ...]
