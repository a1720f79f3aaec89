"""The nouns of a workshop as it is held: who sits where, what was revealed, what was settled."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, field_validator

from calib.model.assessment import Day, Slug
from calib.model.base import FrozenModel, Text, keyed
from calib.model.catalog import Level

Counts = tuple[int, int, int, int, int]
"""How many chose level 0, 1, 2, 3 and 4."""


class Naming(StrEnum):
    """Say whether the ballots carry names; decided when the workshop begins."""

    NAMED = "named"
    ANONYMOUS = "anonymous"


class Settled(FrozenModel):
    """Hold the consensus on one criterion: the level, who decided, why, and who holds otherwise."""

    level: Level
    by: Text
    reason: Text
    dissent: str = ""
    at: AwareDatetime


class Draft(FrozenModel):
    """Hold what is being written down of a consensus, before it is settled."""

    level: Level | None = None
    by: str = ""
    reason: str = ""
    dissent: str = ""


class Matter(FrozenModel):
    """Hold what became of one criterion in the workshop."""

    criterion: Text
    """Control and criterion, as CONTROL/criterion."""
    before: Level | None = None
    """The effective level when the workshop began."""
    revealed: AwareDatetime | None = None
    """When the votes were revealed; None while they are sealed."""
    earlier: tuple[Counts, ...] = ()
    """The distributions of the rounds before, where the room voted again."""
    draft: Draft = Draft()
    settled: Settled | None = None


class TimeBox(FrozenModel):
    """Give one control its minutes."""

    control: Text
    minutes: Annotated[int, Field(ge=1, le=600)]


class Visit(FrozenModel):
    """Hold when the room turned to a control; it stays until the next visit."""

    control: Text
    since: AwareDatetime


class Parked(FrozenModel):
    """Hold what was put off, so that the workshop could go on."""

    id: Slug
    text: str = ""
    owner: str = ""
    due: Day | None = None


class Workshop(FrozenModel):
    """Hold the content of `workshop.yaml`, the record of a workshop as it happens."""

    format: Literal[1] = 1
    naming: Naming = Naming.NAMED
    facilitator: str = ""
    minutes: Annotated[int, Field(ge=5, le=600)] = 90
    invited: str = ""
    """Who is expected, one name per line, as it was typed."""
    begun: AwareDatetime | None = None
    """None while the workshop is being prepared."""
    closed: AwareDatetime | None = None
    readiness_before: str = ""
    agenda: tuple[TimeBox, ...] = ()
    at: str = ""
    """The criterion that the room is at, as CONTROL/criterion; empty before the first."""
    visits: tuple[Visit, ...] = ()
    criteria: tuple[Matter, ...] = ()
    parked: tuple[Parked, ...] = ()

    @field_validator("criteria", mode="before")
    @classmethod
    def _by_criterion(cls, data: Any) -> Any:
        return keyed(data, "criterion")

    def matter(self, control: str, criterion: str) -> Matter:
        """Return what became of a criterion, an empty one where nothing did yet."""
        key = f"{control}/{criterion}"
        found = (m for m in self.criteria if m.criterion == key)
        return next(found, Matter(criterion=key))

    def is_revealed(self, control: str, criterion: str) -> bool:
        """Say whether the votes on a criterion were revealed."""
        return self.matter(control, criterion).revealed is not None


class Seat(FrozenModel):
    """Hold one place in a workshop: a join code that waits, or the device that used it."""

    id: Slug
    """The assessor's id, which names the ballots."""
    name: str = ""
    """Empty on a seat that nobody has taken yet, and always where the votes are anonymous."""
    code: str = ""
    """The join code, until it is used."""
    token: str = ""
    """The SHA-256 of what the device carries; empty until somebody joins."""
    joined: AwareDatetime | None = None
