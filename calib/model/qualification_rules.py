"""Models of the rules that case studies are judged by."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

from pydantic import Field, field_validator

from calib.model.base import FrozenModel, NonEmptyStr, entries_from_mapping


class Effort(StrEnum):
    """The size of a remediation: S up to two days, M one to two weeks, L a month or more."""

    SMALL = "S"
    MEDIUM = "M"
    LARGE = "L"


EffortDays = Callable[[Effort], int]
"""A function from an effort to the working days that a plan counts for it."""


class ServiceFamily(FrozenModel):
    """All names of one AWS-native service for generative AI work."""

    id: str
    name: NonEmptyStr
    aliases: Annotated[tuple[NonEmptyStr, ...], Field(min_length=1)]
    yielding: tuple[NonEmptyStr, ...] = ()
    """Names that count for this family only if the text names no other family (Fargate)."""
    generative: bool = False
    """Whether its use alone shows generative AI work (Bedrock does, SageMaker need not)."""


class SolutionKind(FrozenModel):
    """A kind of generative AI solution, for the variety rule."""

    id: str
    name: NonEmptyStr
    aliases: tuple[NonEmptyStr, ...] = ()
    generative: bool = False
    """Whether the kind suggests generative AI work if the text is neutral."""


class GenerativeCues(FrozenModel):
    """Phrases that show generative AI work, deny it, or suggest classic machine learning."""

    shows: tuple[NonEmptyStr, ...]
    denies: tuple[NonEmptyStr, ...]
    classic: tuple[NonEmptyStr, ...]


class ReasonText(FrozenModel):
    """The texts of a reason: the rule, the message if it is broken, and the remediation."""

    id: str
    asks: str = ""
    """The rule itself; empty if the reason is only advice."""
    message: NonEmptyStr
    remediation: NonEmptyStr
    effort: Effort


class WriteUpPoint(FrozenModel):
    """A feature of a strong write-up, and the message if it is missing."""

    id: str
    part: NonEmptyStr
    """The field of the case study that shows it."""
    required: bool = False
    """Whether the guide asks every write-up for this part."""
    message: NonEmptyStr
    remediation: NonEmptyStr


class WriteUpRules(FrozenModel):
    """The points of a strong write-up; none of them disqualifies a study."""

    words: Annotated[int, Field(ge=1)]
    """The fewest words that a part needs."""
    figures: tuple[NonEmptyStr, ...]
    """Phrases that count as a figure without a numeral or with its unit ("halved", "two hours")."""
    compared: tuple[NonEmptyStr, ...]
    """Phrases that compare a result with the state before."""
    pending: tuple[NonEmptyStr, ...]
    """Phrases that mark a result as not reached yet."""
    months: tuple[NonEmptyStr, ...]
    """Words after which, or before which, a number is a date and not a figure."""
    points: tuple[WriteUpPoint, ...]

    @field_validator("points", mode="before")
    @classmethod
    def _points(cls, data: object) -> object:
        return entries_from_mapping(data, "id")


class QualificationRules(FrozenModel):
    """The case-study rules as data."""

    needed: Annotated[int, Field(ge=1)]
    """How many case studies an application needs."""
    kinds_needed: Annotated[int, Field(ge=1)]
    """How many different solution kinds they must show together."""
    families: tuple[ServiceFamily, ...]
    foreign: tuple[NonEmptyStr, ...]
    """Words that mark a service as another provider's ("azure", "google")."""
    kinds: tuple[SolutionKind, ...]
    cues: GenerativeCues
    reasons: tuple[ReasonText, ...]
    write_up: WriteUpRules

    @field_validator("reasons", mode="before")
    @classmethod
    def _reasons(cls, data: object) -> object:
        return entries_from_mapping(data, "id")

    @property
    def mandatory(self) -> tuple[ReasonText, ...]:
        """The reasons that are rules, not just advice."""
        return tuple(reason for reason in self.reasons if reason.asks)

    def with_numbers(self, text: str) -> str:
        """Fill the numbers of the rules into a reason's text."""
        return text.format(needed=self.needed, kinds_needed=self.kinds_needed)
