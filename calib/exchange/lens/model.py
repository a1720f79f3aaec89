"""A custom lens, with the limits that a single field can break."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from calib.model.base import FrozenModel

SCHEMA = "2021-11-01"
NONE_SUFFIX = "_no"
"""A choice whose id ends so means "None of these"."""

MOST_CHARACTERS = 500_000
"""What a whole lens may have."""

NAME, TEXT, NOTES = 128, 2048, 2084
"""The characters of a name or title, of a text, and of the notes to an answer."""

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{3,64}$")]
"""The specification allows 128 characters, the API 64 for pillars and choices."""

QuestionId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{3,128}$")]
Name = Annotated[str, Field(min_length=1, max_length=NAME)]
Text = Annotated[str, Field(max_length=TEXT)]
Web = Annotated[str, Field(pattern=r"^https?://\S+$", max_length=TEXT)]


class LensModel(FrozenModel):
    """Hold a part of a lens, in the spelling of its JSON."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, coerce_numbers_to_str=False
    )


class Link(LensModel):
    """Hold a text, and perhaps a page that says more."""

    display_text: Text = ""
    url: Web | None = None

    @model_validator(mode="after")
    def _text_with_url(self) -> Link:
        if self.url and not self.display_text.strip():
            raise PydanticCustomError("no_text", "a url needs a displayText")
        return self


class More(StrEnum):
    """Say what additional resources are for."""

    HELP = "HELPFUL_RESOURCE"
    PLAN = "IMPROVEMENT_PLAN"


class Additional(LensModel):
    """Hold further resources of one type."""

    type: More
    content: tuple[Link, ...]


class Choice(LensModel):
    """Hold one best practice, or "None of these"."""

    id: Id
    title: Name
    helpful_resource: Link | None = None
    improvement_plan: Link | None = None
    additional_resources: tuple[Additional, ...] = ()

    @property
    def is_none(self) -> bool:
        """Whether it means "None of these"."""
        return self.id.endswith(NONE_SUFFIX)


class Risk(StrEnum):
    """Name the risks, from none up."""

    NONE = "NO_RISK"
    MEDIUM = "MEDIUM_RISK"
    HIGH = "HIGH_RISK"


class RiskRule(LensModel):
    """Give the risk where a condition on the choices holds; the first that holds counts."""

    condition: Annotated[str, Field(min_length=1)]
    risk: Risk


class Question(LensModel):
    """Hold a question with its choices and rules."""

    id: QuestionId
    title: Name
    description: Text = ""
    helpful_resource: Link | None = None
    choices: Annotated[tuple[Choice, ...], Field(min_length=1, max_length=15)]
    risk_rules: Annotated[tuple[RiskRule, ...], Field(max_length=3)]


class Pillar(LensModel):
    """Hold the questions on one subject."""

    id: Id
    name: Name
    questions: Annotated[tuple[Question, ...], Field(min_length=1, max_length=20)]


class Lens(LensModel):
    """Hold a custom lens."""

    schema_version: Annotated[str, Field(pattern=f"^{SCHEMA}$")]
    name: Name
    description: Annotated[str, Field(min_length=1, max_length=TEXT)]
    pillars: Annotated[tuple[Pillar, ...], Field(min_length=1, max_length=10)]
