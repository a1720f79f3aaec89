"""The nouns of a workshop: who votes for which level, and what was agreed."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, field_validator

from calib.model.assessment import Slug
from calib.model.base import FrozenModel, Text, keyed
from calib.model.catalog import CriterionId, Level


class Vote(FrozenModel):
    """Hold one assessor's level for one criterion, given without seeing the others'."""

    criterion: CriterionId
    level: Level | None = None
    """None where the assessor abstains."""
    comment: str = ""


class Ballot(FrozenModel):
    """Hold the votes of one assessor on one control; one file, one writer."""

    control: Text
    assessor: Slug
    """The file's name: what tells voters apart, also where they stay anonymous."""
    name: str = ""
    """Who it is; empty on an anonymous ballot."""
    votes: Annotated[tuple[Vote, ...], Field(default=())]

    @field_validator("votes", mode="before")
    @classmethod
    def _by_criterion(cls, data: Any) -> Any:
        return keyed(data, "criterion")


class Agreement(FrozenModel):
    """Hold how the votes on one criterion lie; every number is None where nobody chose a level."""

    control: Text
    criterion: CriterionId
    distribution: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    """How many chose level 0, 1, 2, 3 and 4."""
    votes: int = 0
    abstentions: int = 0
    median: Level | None = None
    """The middle vote; of an even number the lower of the two in the middle."""
    spread: int | None = None
    """Levels between the lowest and the highest vote."""
    interquartile: float | None = None
    """Levels between the quartiles, which one vote alone hardly moves."""
    outliers: tuple[Slug, ...] = ()
    """The assessors to ask first; empty where no two votes lie two levels apart."""
    suggestion: Level | None = None
    """The consensus to propose; None where it has to be talked over first."""
    sentence: str


class Reliability(FrozenModel):
    """Hold Krippendorff's alpha of several criteria; None where it cannot be given."""

    value: float | None = None
    """1 is perfect agreement, 0 what chance gives; it can be negative."""
    low: float | None = None
    high: float | None = None
    """The ends of the 95 % interval."""
    assessors: int
    """Who chose at least one level."""
    criteria: int
    """On how many criteria two or more chose a level."""
    sentence: str


class ControlAgreement(FrozenModel):
    """Hold how the ballots on one control agree."""

    control: Text
    criteria: tuple[Agreement, ...]
    alpha: Reliability


class WorkshopAgreement(FrozenModel):
    """Hold how all ballots agree, each control by itself and as a whole."""

    controls: tuple[ControlAgreement, ...] = ()
    alpha: Reliability

    def control(self, control: str) -> ControlAgreement | None:
        """Return the agreement on one control; None where there is no ballot on it."""
        return next((c for c in self.controls if c.control == control), None)


class AgendaItem(FrozenModel):
    """Give one control its place and its time in a workshop."""

    control: Text
    title: str
    minutes: int
    disagreement: float
    """The mean spread of its criteria, in levels."""
    gap: int
    """Levels that its criteria lack together."""
    begin_with: tuple[CriterionId, ...] = ()
    """The criteria to take first, the widest spread before the others."""
    sentence: str


class Strictness(FrozenModel):
    """Hold how an assessor's levels lie beside those of the others."""

    assessor: Slug
    name: str = ""
    votes: int
    """On how many criteria there is somebody to compare with."""
    difference: float | None = None
    """Levels above the others on average, negative where stricter; None for too few votes."""
    sentence: str


class StrictnessStep(FrozenModel):
    """Hold how an assessor's levels lie beside those of the others on one control."""

    control: str
    votes: int
    """On how many criteria there is somebody to compare with."""
    difference: float | None = None
    """Levels above the others on average, negative where stricter; None where nobody compares."""


class StrictnessOverTime(FrozenModel):
    """Hold an assessor's strictness, control by control in the order of the room."""

    assessor: Slug
    name: str = ""
    steps: tuple[StrictnessStep, ...]
