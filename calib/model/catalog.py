"""The nouns of the catalog: what is asked, of whom, and what good looks like."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, field_validator

from calib.model.noun import Noun, keyed

Level = Annotated[int, Field(ge=0, le=4)]
"""A maturity level: 0 Absent, 1 Claimed, 2 Described, 3 Evidenced, 4 Measured."""

CriterionId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,62}[a-z0-9]$")]
Url = Annotated[str, Field(pattern=r"^https://\S+$")]
Text = Annotated[str, Field(min_length=1)]


class Basis(StrEnum):
    """Say where the guide asks for a criterion: as a passing criterion, or in its requirement."""

    PASSING = "passing"
    REQUIREMENT = "requirement"


class Effort(StrEnum):
    """Size a remediation: S up to two days, M one to two weeks, L a month or more."""

    SMALL = "S"
    MEDIUM = "M"
    LARGE = "L"


class Remediation(Noun):
    """Say how to close the gap of one criterion."""

    action: Text
    artefact: Text
    effort: Effort
    sentence: Text
    """The next sentence to write, as an instruction."""


class Criterion(Noun):
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


class Step(Noun):
    """Tell one step of how to implement a control, tied to the criteria it serves."""

    title: Text
    detail: Text
    serves: Annotated[tuple[CriterionId, ...], Field(min_length=1)]


class Resource(Noun):
    """Name something worth reading for a control."""

    title: Text
    about: Text
    url: Url | None = None


class Example(Noun):
    """Hold a worked response and why a validator takes it or sends it back."""

    text: Text
    comment: Text


class Examples(Noun):
    """Hold the two worked responses of a control."""

    good: Example
    insufficient: Example


class Control(Noun):
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


class MaturityLevel(Noun):
    """Name one of the five levels and what it looks like."""

    level: Level
    name: Text
    means: Text
    shows: Text


class EffortSize(Noun):
    """Give an effort its name and the working days a plan counts for it."""

    effort: Effort
    name: Text
    days: Annotated[int, Field(ge=1)]


class ServiceFamily(Noun):
    """Group the names of one AWS-native service that carries generative-AI work."""

    id: str
    name: Text
    aliases: Annotated[tuple[Text, ...], Field(min_length=1)]
    yielding: tuple[Text, ...] = ()
    """Names that count for this family only where the text names no other family (Fargate)."""
    generative: bool = False
    """Whether using it is generative-AI work by itself (Bedrock is, SageMaker need not be)."""


class SolutionKind(Noun):
    """Name a kind of generative-AI solution, for the variety rule."""

    id: str
    name: Text
    aliases: tuple[Text, ...] = ()
    generative: bool = False
    """Whether the kind speaks for generative-AI work where the text says nothing either way."""


class GenerativeCues(Noun):
    """Hold the words that show, deny or speak against generative-AI work."""

    shows: tuple[Text, ...]
    denies: tuple[Text, ...]
    classic: tuple[Text, ...]


class QualificationRules(Noun):
    """Hold the case-study rules as data."""

    needed: Annotated[int, Field(ge=1)]
    kinds_needed: Annotated[int, Field(ge=1)]
    families: tuple[ServiceFamily, ...]
    foreign: tuple[Text, ...]
    """Words that mark a service as another provider's ("azure", "google")."""
    kinds: tuple[SolutionKind, ...]
    cues: GenerativeCues
    reasons: tuple[ReasonText, ...]
    write_up: WriteUpRules

    @field_validator("reasons", mode="before")
    @classmethod
    def _reasons(cls, data: Any) -> Any:
        return keyed(data, "id")

    @property
    def asked(self) -> tuple[ReasonText, ...]:
        """The reasons that are rules, and no advice alone."""
        return tuple(reason for reason in self.reasons if reason.asks)

    def with_numbers(self, text: str) -> str:
        """Fill the numbers of the rules into what a reason asks for."""
        return text.format(needed=self.needed, kinds_needed=self.kinds_needed)


class ReasonText(Noun):
    """Put a reason id into words: the rule, what to say where it is broken, and the remediation."""

    id: str
    asks: str = ""
    """The rule itself; empty where the reason is advice alone."""
    message: Text
    remediation: Text
    effort: Effort


class WriteUpPoint(Noun):
    """Name one thing that makes a write-up strong, and what to say where it is missing."""

    id: str
    part: Text
    """The field of the case study that shows it."""
    required: bool = False
    """Whether the guide asks every write-up for this part."""
    message: Text
    remediation: Text


class WriteUpRules(Noun):
    """Hold by what a write-up is reviewed; nothing of it blocks."""

    words: Annotated[int, Field(ge=1)]
    figures: tuple[Text, ...]
    """What is a figure without a numeral or with its unit ("halved", "two hours")."""
    compared: tuple[Text, ...]
    pending: tuple[Text, ...]
    """What marks a result that was not reached yet."""
    months: tuple[Text, ...]
    """Words that make a date of the number before them."""
    points: tuple[WriteUpPoint, ...]

    @field_validator("points", mode="before")
    @classmethod
    def _points(cls, data: Any) -> Any:
        return keyed(data, "id")


class ThirdPartyRule(Noun):
    """Say what a third-party service needs beside it."""

    rule: Text
    message: Text
    remediation: Text


class Catalog(Noun):
    """Hold everything an assessment is judged by."""

    id: str
    title: Text
    version: str
    released: date
    valid_until: date
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

    def control(self, control: str) -> Control:
        """Return the control of that id; raises KeyError."""
        for one in self.controls:
            if one.id == control:
                return one
        raise KeyError(f"the catalog has no control {control}")

    def days(self, effort: Effort) -> int:
        """Return the working days a plan counts for an effort."""
        return next(size.days for size in self.efforts if size.effort == effort)


class GateRule(Noun):
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


QualificationRules.model_rebuild()
Catalog.model_rebuild()
