"""Models of a workshop record: seats, reveals, consensus and the parking lot."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, field_validator

from calib.model.assessment import Day, Slug
from calib.model.base import FrozenModel, NonEmptyStr, entries_from_mapping
from calib.model.catalog import Level

VoteCounts = tuple[int, int, int, int, int]
"""The number of votes for level 0, 1, 2, 3 and 4."""


class Naming(StrEnum):
    """Whether ballots carry names; fixed when the workshop begins."""

    NAMED = "named"
    ANONYMOUS = "anonymous"


class Consensus(FrozenModel):
    """The agreed level of one criterion, with its reason and any dissent."""

    level: Level
    by: NonEmptyStr
    """The people who agreed on it."""
    reason: NonEmptyStr
    dissent: str = ""
    at: AwareDatetime


class ConsensusDraft(FrozenModel):
    """A consensus while it is being written, before it is settled."""

    level: Level | None = None
    by: str = ""
    reason: str = ""
    dissent: str = ""


class CriterionRecord(FrozenModel):
    """The history of one criterion in the workshop."""

    criterion: NonEmptyStr
    """Control and criterion, as CONTROL/criterion."""
    before: Level | None = None
    """The effective level when the workshop began."""
    revealed: AwareDatetime | None = None
    """When the votes were revealed; None while they are sealed."""
    earlier: tuple[VoteCounts, ...] = ()
    """The distributions of earlier rounds, if the participants voted again."""
    draft: ConsensusDraft = ConsensusDraft()
    settled: Consensus | None = None


class TimeBox(FrozenModel):
    """The minutes planned for one control."""

    control: NonEmptyStr
    minutes: Annotated[int, Field(ge=1, le=600)]


class ControlVisit(FrozenModel):
    """The time at which the workshop turned to a control; it lasts until the next visit."""

    control: NonEmptyStr
    since: AwareDatetime


class ParkingLotItem(FrozenModel):
    """A topic that was put off."""

    id: Slug
    text: str = ""
    owner: str = ""
    due: Day | None = None


class Workshop(FrozenModel):
    """The content of `workshop.yaml`, the record of a workshop as it happens."""

    format: Literal[1] = 1
    naming: Naming = Naming.NAMED
    facilitator: str = ""
    minutes: Annotated[int, Field(ge=5, le=600)] = 90
    """The planned length of the workshop."""
    invited: str = ""
    """The expected participants, one name per line, as typed."""
    begun: AwareDatetime | None = None
    """None while the workshop is being prepared."""
    closed: AwareDatetime | None = None
    """None until the workshop is closed."""
    readiness_before: str = ""
    """The readiness when the workshop began."""
    agenda: tuple[TimeBox, ...] = ()
    at: str = ""
    """The criterion under discussion, as CONTROL/criterion; empty before the first."""
    visits: tuple[ControlVisit, ...] = ()
    criteria: tuple[CriterionRecord, ...] = ()
    parked: tuple[ParkingLotItem, ...] = ()

    @field_validator("criteria", mode="before")
    @classmethod
    def _by_criterion(cls, data: object) -> object:
        return entries_from_mapping(data, "criterion")

    def criterion_record(self, control: str, criterion: str) -> CriterionRecord:
        """Return the record of a criterion, an empty one if nothing has happened yet."""
        key = f"{control}/{criterion}"
        found = (record for record in self.criteria if record.criterion == key)
        return next(found, CriterionRecord(criterion=key))

    def is_revealed(self, control: str, criterion: str) -> bool:
        """Return whether the votes on a criterion have been revealed."""
        return self.criterion_record(control, criterion).revealed is not None


class Seat(FrozenModel):
    """One place in a workshop: an unused join code, or the device that used it."""

    id: Slug
    """The assessor's id, which names the ballots."""
    name: str = ""
    """Empty until the seat is taken, and always in an anonymous workshop."""
    code: str = ""
    """The join code; empty once it is used."""
    token: str = ""
    """The SHA-256 of the device's token; empty until a device joins."""
    joined: AwareDatetime | None = None
