"""The nouns of the rules that case studies are judged by."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, field_validator

from calib.model.base import FrozenModel, Text, keyed


class Effort(StrEnum):
    """Size a remediation: S up to two days, M one to two weeks, L a month or more."""

    SMALL = "S"
    MEDIUM = "M"
    LARGE = "L"


class ServiceFamily(FrozenModel):
    """Group the names of one AWS-native service that carries generative-AI work."""

    id: str
    name: Text
    aliases: Annotated[tuple[Text, ...], Field(min_length=1)]
    yielding: tuple[Text, ...] = ()
    """Names that count for this family only where the text names no other family (Fargate)."""
    generative: bool = False
    """Whether using it is generative-AI work by itself (Bedrock is, SageMaker need not be)."""


class SolutionKind(FrozenModel):
    """Name a kind of generative-AI solution, for the variety rule."""

    id: str
    name: Text
    aliases: tuple[Text, ...] = ()
    generative: bool = False
    """Whether the kind speaks for generative-AI work where the text says nothing either way."""


class GenerativeCues(FrozenModel):
    """Hold the words that show, deny or speak against generative-AI work."""

    shows: tuple[Text, ...]
    denies: tuple[Text, ...]
    classic: tuple[Text, ...]


class QualificationRules(FrozenModel):
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


class ReasonText(FrozenModel):
    """Put a reason id into words: the rule, what to say where it is broken, and the remediation."""

    id: str
    asks: str = ""
    """The rule itself; empty where the reason is advice alone."""
    message: Text
    remediation: Text
    effort: Effort


class WriteUpPoint(FrozenModel):
    """Name one thing that makes a write-up strong, and what to say where it is missing."""

    id: str
    part: Text
    """The field of the case study that shows it."""
    required: bool = False
    """Whether the guide asks every write-up for this part."""
    message: Text
    remediation: Text


class WriteUpRules(FrozenModel):
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


QualificationRules.model_rebuild()
