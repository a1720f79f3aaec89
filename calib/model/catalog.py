"""The nouns of the catalog: what is asked, of whom, and what good looks like."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, field_validator

from calib.model.base import FrozenModel, Text, keyed
from calib.model.qualification_rules import Effort, QualificationRules

Level = Annotated[int, Field(ge=0, le=4)]
"""A maturity level: 0 Absent, 1 Claimed, 2 Described, 3 Evidenced, 4 Measured."""

CriterionId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,62}[a-z0-9]$")]
Url = Annotated[str, Field(pattern=r"^https://\S+$")]


class Basis(StrEnum):
    """Say where the guide asks for a criterion: as a passing criterion, or in its requirement."""

    PASSING = "passing"
    REQUIREMENT = "requirement"


class Remediation(FrozenModel):
    """Say how to close the gap of one criterion."""

    action: Text
    artefact: Text
    effort: Effort
    sentence: Text
    """The next sentence to write, as an instruction."""


class Criterion(FrozenModel):
    """Describe one thing that must be shown for a control."""

    id: CriterionId
    basis: Basis
    title: Text
    question: Text
    looks_for: Text
    fails: Text
    artefacts: Annotated[tuple[Text, ...], Field(min_length=1)]
    levels: Annotated[tuple[Text, ...], Field(min_length=5, max_length=5)]
    remediation: Remediation
    weight: Annotated[int, Field(ge=1, le=5)] = 1


class Step(FrozenModel):
    """Tell one step of how to implement a control, tied to the criteria it serves."""

    title: Text
    detail: Text
    serves: Annotated[tuple[CriterionId, ...], Field(min_length=1)]


class Resource(FrozenModel):
    """Name something worth reading for a control."""

    title: Text
    about: Text
    url: Url | None = None


class Example(FrozenModel):
    """Hold a worked response and why a validator takes it or sends it back."""

    text: Text
    comment: Text


class Examples(FrozenModel):
    """Hold the two worked responses of a control."""

    good: Example
    insufficient: Example


class Control(FrozenModel):
    """Describe one practice control of the guide."""

    id: Annotated[str, Field(pattern=r"^[A-Z]{2,}-\d{3}$")]
    title: Text
    requirement: Text
    asks_for: Text
    why: Text
    steps: tuple[Step, ...]
    resources: tuple[Resource, ...]
    examples: Examples
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]

    def criterion(self, criterion: str) -> Criterion:
        """Return the criterion of that id; raises KeyError."""
        for one in self.criteria:
            if one.id == criterion:
                return one
        raise KeyError(f"{self.id} has no criterion {criterion}")


class MaturityLevel(FrozenModel):
    """Name one of the five levels and what it looks like."""

    level: Level
    name: Text
    means: Text
    shows: Text


class EffortSize(FrozenModel):
    """Give an effort its name and the working days a plan counts for it."""

    effort: Effort
    name: Text
    days: Annotated[int, Field(ge=1)]


class ThirdPartyRule(FrozenModel):
    """Say what a third-party service needs beside it."""

    rule: Text
    message: Text
    remediation: Text


class Asked(FrozenModel):
    """Hold what a version of the catalog asked in one criterion."""

    id: str
    """Control and criterion, as `CONTROL/criterion`."""
    basis: Basis
    title: Text
    question: Text
    rest: Text
    """A digest of all else that an answer depends on: looks_for, fails, levels, weight."""


class CatalogRecord(FrozenModel):
    """Hold what a version of the catalog asked, so that a newer one can say what has changed."""

    version: Text
    asked: tuple[Asked, ...]

    @field_validator("asked", mode="before")
    @classmethod
    def _asked(cls, data: Any) -> Any:
        return keyed(data, "id")

    def of(self, control: str, criterion: str) -> Asked | None:
        """Return what was asked in a criterion; None where it was not there."""
        name = f"{control}/{criterion}"
        return next((one for one in self.asked if one.id == name), None)


class Catalog(FrozenModel):
    """Hold everything an assessment is judged by."""

    id: str
    title: Text
    version: str
    released: date
    valid_until: date
    accept_until: date | None = None
    """Until when a submission by it is expected to be taken; later than `valid_until`."""
    source: Text
    scope: Text
    notice: Text
    levels: Annotated[tuple[MaturityLevel, ...], Field(min_length=5, max_length=5)]
    levels_note: Text
    efforts: tuple[EffortSize, ...]
    gate: GateRule
    third_party: ThirdPartyRule
    qualification: QualificationRules
    controls: Annotated[tuple[Control, ...], Field(min_length=1)]
    records: tuple[CatalogRecord, ...] = ()
    """What this version and those before it asked."""

    def control(self, control: str) -> Control:
        """Return the control of that id; raises KeyError."""
        for one in self.controls:
            if one.id == control:
                return one
        raise KeyError(f"the catalog has no control {control}")

    def record(self, version: str) -> CatalogRecord | None:
        """Return what a version asked; None where nobody wrote it down."""
        return next((one for one in self.records if one.version == version), None)

    def once_asked(self, name: str) -> bool:
        """Say whether some version asked `CONTROL/criterion`, or anything of `CONTROL`."""
        return any(
            one.id == name or one.id.startswith(f"{name}/") for r in self.records for one in r.asked
        )

    def days(self, effort: Effort) -> int:
        """Return the working days a plan counts for an effort."""
        return next(size.days for size in self.efforts if size.effort == effort)


class GateRule(FrozenModel):
    """Give the effective level that each basis needs for a control's gate to hold."""

    passing: Level
    requirement: Level
    close_within: Annotated[int, Field(ge=1)]
    """An assessment with at most this many remediation actions left is `close`."""
    recent_days: Annotated[int, Field(ge=1)]
    """How many days a dated piece of evidence counts as reviewed."""

    def needed(self, basis: Basis) -> int:
        """Return the level a criterion of that basis needs."""
        return self.passing if basis is Basis.PASSING else self.requirement


Catalog.model_rebuild()
