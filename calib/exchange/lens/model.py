"""Models of a custom lens, with the limits of single fields."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from calib.model.base import FrozenModel

SCHEMA_VERSION = "2021-11-01"
NONE_SUFFIX = "_no"
"""The suffix of the id of the choice “None of these”."""

MAX_LENS_CHARACTERS = 500_000
"""The limit for the JSON of a lens."""

MAX_NAME, MAX_TEXT, MAX_NOTES = 128, 2048, 2084
"""Limits in characters for names and titles, for texts, and for the notes of an answer."""

LensId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{3,64}$")]
"""The specification allows 128 characters, but the API only 64 for pillars and choices."""

QuestionId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{3,128}$")]
LensName = Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
LensText = Annotated[str, Field(max_length=MAX_TEXT)]
WebAddress = Annotated[str, Field(pattern=r"^https?://\S+$", max_length=MAX_TEXT)]


class LensModel(FrozenModel):
    """Base of all lens models; field names become the camel-case keys of the JSON."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, coerce_numbers_to_str=False
    )


class LensLink(LensModel):
    """A text with an optional link for further information."""

    display_text: LensText = ""
    url: WebAddress | None = None

    @model_validator(mode="after")
    def _text_with_url(self) -> LensLink:
        if self.url and not self.display_text.strip():
            raise PydanticCustomError("no_text", "a url needs a displayText")
        return self


class ResourceType(StrEnum):
    """The purpose of additional resources."""

    HELP = "HELPFUL_RESOURCE"
    PLAN = "IMPROVEMENT_PLAN"


class AdditionalResources(LensModel):
    """Additional resources of one type."""

    type: ResourceType
    content: tuple[LensLink, ...]


class LensChoice(LensModel):
    """A best practice, or “None of these”."""

    id: LensId
    title: LensName
    helpful_resource: LensLink | None = None
    improvement_plan: LensLink | None = None
    additional_resources: tuple[AdditionalResources, ...] = ()

    @property
    def is_none(self) -> bool:
        """Whether this is the choice “None of these”."""
        return self.id.endswith(NONE_SUFFIX)


class LensRisk(StrEnum):
    """The risks in ascending order."""

    NONE = "NO_RISK"
    MEDIUM = "MEDIUM_RISK"
    HIGH = "HIGH_RISK"


class RiskRule(LensModel):
    """The risk under a condition on the choices; the first rule that is met counts."""

    condition: Annotated[str, Field(min_length=1)]
    risk: LensRisk


class LensQuestion(LensModel):
    """A question with its choices and risk rules."""

    id: QuestionId
    title: LensName
    description: LensText = ""
    helpful_resource: LensLink | None = None
    choices: Annotated[tuple[LensChoice, ...], Field(min_length=1, max_length=15)]
    risk_rules: Annotated[tuple[RiskRule, ...], Field(max_length=3)]


class LensPillar(LensModel):
    """The questions on one subject."""

    id: LensId
    name: LensName
    questions: Annotated[tuple[LensQuestion, ...], Field(min_length=1, max_length=20)]


class Lens(LensModel):
    """A custom lens."""

    schema_version: Annotated[str, Field(pattern=f"^{SCHEMA_VERSION}$")]
    name: LensName
    description: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
    pillars: Annotated[tuple[LensPillar, ...], Field(min_length=1, max_length=10)]
