"""Models of the catalog: controls, criteria, maturity levels and the gate rule."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from calib.model.base import FrozenModel, NonEmptyStr, entries_from_mapping
from calib.model.point_rule import InvalidRule, PointRule, parse_rule, shortest_completion
from calib.model.qualification_rules import Effort, QualificationRules

Level = Annotated[int, Field(ge=0, le=4)]
"""A maturity level: 0 Absent, 1 Claimed, 2 Described, 3 Evidenced, 4 Measured."""

PointId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}[a-z0-9]$")]
CriterionId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,62}[a-z0-9]$")]
Url = Annotated[str, Field(pattern=r"^https://\S+$")]


class Basis(StrEnum):
    """Where the guide asks for a criterion: as a passing criterion, or in the requirement."""

    PASSING = "passing"
    REQUIREMENT = "requirement"


class Remediation(FrozenModel):
    """How to close the gap of one criterion."""

    action: NonEmptyStr
    artefact: NonEmptyStr
    """The one document or record that the action produces."""
    effort: Effort
    sentence: NonEmptyStr
    """The next sentence to write in the narrative, as an instruction."""


class Point(FrozenModel):
    """One thing that the guide names for a criterion, and that a validator ticks off."""

    id: PointId
    title: NonEmptyStr
    shows: NonEmptyStr
    """What a text must say to show it."""
    not_enough: NonEmptyStr
    """What only looks like it."""
    example: NonEmptyStr
    """A sentence that shows it."""
    counter_example: NonEmptyStr
    """A sentence that does not, though it has the words."""
    naming: bool = False
    """Whether naming the thing is enough, where the text names it as used or weighed."""
    extra: bool = False
    """Whether the guide asks for it without a `yes` needing it."""
    cues: str = ""
    """Phrases that show it, separated by semicolons, in the notation of `calib.phrases`."""
    context: str = ""
    """Words of its topic, in the same notation."""


class Criterion(FrozenModel):
    """One requirement of a control that a response must show."""

    id: CriterionId
    basis: Basis
    title: NonEmptyStr
    question: NonEmptyStr
    looks_for: NonEmptyStr
    """What a validator wants to see."""
    fails: NonEmptyStr
    """Typical reasons for which a response falls short."""
    artefacts: Annotated[tuple[NonEmptyStr, ...], Field(min_length=1)]
    """Examples of documents or records that show it, the most useful first."""
    levels: Annotated[tuple[NonEmptyStr, ...], Field(min_length=5, max_length=5)]
    """A description of each level, 0 to 4."""
    remediation: Remediation
    weight: Annotated[int, Field(ge=1, le=5)] = 1
    """Its weight in the control's gauge; the gate ignores it."""
    points: tuple[Point, ...] = ()
    """What the guide names; without any, a text is not judged for the criterion."""
    yes_needs: str = ""
    """The rule on the points shown for the verdict `yes`, in the notation of `PointRule`."""
    partly_needs: str = ""
    """The rule for the verdict `partly`."""
    example_bar: tuple[PointId, ...] = ()
    """The points that AWS's published example of the control shows; it may show none."""

    @model_validator(mode="after")
    def _check_points(self) -> Criterion:
        if problems := [*self._point_problems()]:
            raise ValueError("; ".join(problems))
        return self

    def _point_problems(self) -> Iterator[str]:
        known = [point.id for point in self.points]
        for twice in sorted({i for i in known if known.count(i) > 1}):
            yield f"duplicate point {twice}"
        for unknown in sorted(set(self.example_bar) - set(known)):
            yield f"example_bar: {unknown} is not a point of this criterion"
        for field in ("yes_needs", "partly_needs") if known else ():
            try:
                rule = parse_rule(getattr(self, field))
                for unknown in sorted(rule.named_points() - set(known)):
                    yield f"{field}: {unknown} is not a point of this criterion"
                shortest_completion(rule, frozenset(), tuple(known))
            except InvalidRule as error:
                yield f"{field}: {error}"

    def point(self, point: str) -> Point:
        """Return the point with that id; raises KeyError."""
        for candidate in self.points:
            if candidate.id == point:
                return candidate
        raise KeyError(f"{self.id} has no point {point}")

    @property
    def yes_rule(self) -> PointRule:
        """The parsed rule for `yes`."""
        return parse_rule(self.yes_needs)

    @property
    def partly_rule(self) -> PointRule:
        """The parsed rule for `partly`."""
        return parse_rule(self.partly_needs)


class Step(FrozenModel):
    """One step of implementing a control, tied to the criteria it serves."""

    title: NonEmptyStr
    detail: NonEmptyStr
    serves: Annotated[tuple[CriterionId, ...], Field(min_length=1)]


class Resource(FrozenModel):
    """Recommended reading for a control."""

    title: NonEmptyStr
    about: NonEmptyStr
    url: Url | None = None


class Example(FrozenModel):
    """A worked response, and why a validator accepts or returns it."""

    text: NonEmptyStr
    comment: NonEmptyStr


class Examples(FrozenModel):
    """The two worked responses of a control."""

    good: Example
    insufficient: Example


class Control(FrozenModel):
    """One practice control of the guide."""

    id: Annotated[str, Field(pattern=r"^[A-Z]{2,}-\d{3}$")]
    title: NonEmptyStr
    requirement: NonEmptyStr
    asks_for: NonEmptyStr
    """What the response must contain."""
    why: NonEmptyStr
    """Why AWS asks for it."""
    steps: tuple[Step, ...]
    resources: tuple[Resource, ...]
    examples: Examples
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]

    def criterion(self, criterion: str) -> Criterion:
        """Return the criterion with that id; raises KeyError."""
        for candidate in self.criteria:
            if candidate.id == criterion:
                return candidate
        raise KeyError(f"{self.id} has no criterion {criterion}")


class MaturityLevel(FrozenModel):
    """The name and description of one of the five levels."""

    level: Level
    name: NonEmptyStr
    means: NonEmptyStr
    shows: NonEmptyStr
    """What a criterion needs to reach this level."""


class EffortSize(FrozenModel):
    """The name of an effort, and the working days that a plan counts for it."""

    effort: Effort
    name: NonEmptyStr
    days: Annotated[int, Field(ge=1)]


class ThirdPartyRule(FrozenModel):
    """The rule that a third-party service needs a justification, and its texts."""

    rule: NonEmptyStr
    message: NonEmptyStr
    """The finding on a service without a justification; `{service}` is its name."""
    remediation: NonEmptyStr


class RecordedQuestion(FrozenModel):
    """One criterion as a version of the catalog asked it."""

    id: str
    """Control and criterion, as `CONTROL/criterion`."""
    basis: Basis
    title: NonEmptyStr
    question: NonEmptyStr
    rest: NonEmptyStr
    """A digest of everything else that an answer depends on: looks_for, fails, levels, weight."""


class CatalogRecord(FrozenModel):
    """The questions of one catalog version, kept so that a newer version can list its changes."""

    version: NonEmptyStr
    asked: tuple[RecordedQuestion, ...]

    @field_validator("asked", mode="before")
    @classmethod
    def _asked(cls, data: object) -> object:
        return entries_from_mapping(data, "id")

    def find(self, control: str, criterion: str) -> RecordedQuestion | None:
        """Return the recorded question of a criterion; None if this version had none."""
        name = f"{control}/{criterion}"
        return next((question for question in self.asked if question.id == name), None)


class GateRule(FrozenModel):
    """The effective level that each basis needs, and the bounds of `close` and `recent`."""

    passing: Level
    requirement: Level
    close_within: Annotated[int, Field(ge=1)]
    """An assessment with at most this many remediation actions left is `close`."""
    recent_days: Annotated[int, Field(ge=1)]
    """Evidence dated at most this many days before today is recent; a future date is not."""

    def needed(self, basis: Basis) -> int:
        """Return the level that a criterion of that basis needs."""
        return self.passing if basis is Basis.PASSING else self.requirement


class Catalog(FrozenModel):
    """Everything an assessment is judged by."""

    id: str
    title: NonEmptyStr
    version: str
    released: date
    valid_until: date
    """The last day on which it is valid."""
    accept_until: date | None = None
    """The last day on which AWS is expected to accept submissions by it; after `valid_until`."""
    source: NonEmptyStr
    """The document that it is based on."""
    scope: NonEmptyStr
    notice: NonEmptyStr
    """The legal notice, in Markdown."""
    levels: Annotated[tuple[MaturityLevel, ...], Field(min_length=5, max_length=5)]
    levels_note: NonEmptyStr
    efforts: tuple[EffortSize, ...]
    gate: GateRule
    third_party: ThirdPartyRule
    qualification: QualificationRules
    controls: Annotated[tuple[Control, ...], Field(min_length=1)]
    records: tuple[CatalogRecord, ...] = ()
    """The questions of this version and of those before it."""

    def control(self, control: str) -> Control:
        """Return the control with that id; raises KeyError."""
        for candidate in self.controls:
            if candidate.id == control:
                return candidate
        raise KeyError(f"the catalog has no control {control}")

    def record(self, version: str) -> CatalogRecord | None:
        """Return the record of a version; None if there is none."""
        return next((record for record in self.records if record.version == version), None)

    def was_asked(self, name: str) -> bool:
        """Return whether any version has asked `CONTROL/criterion`, or anything in `CONTROL`."""
        return any(
            question.id == name or question.id.startswith(f"{name}/")
            for record in self.records
            for question in record.asked
        )

    def days(self, effort: Effort) -> int:
        """Return the working days that a plan counts for an effort."""
        return next(size.days for size in self.efforts if size.effort == effort)
