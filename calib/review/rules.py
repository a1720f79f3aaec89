"""Load the reviewer's data: cue lists, placeholders and the coefficients of verdicts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, TypeVar

from pydantic import Field, field_validator

from calib.errors import BadInput
from calib.files import strict_yaml
from calib.model.base import FrozenModel, entries_from_mapping
from calib.phrases import CueMatcher
from calib.resources import resource_path

ModelT = TypeVar("ModelT", bound=FrozenModel)


def load_review_data(name: str, model: type[ModelT]) -> ModelT:
    """Load one file of `data/review/`; raises BadInput."""
    document = strict_yaml.read_yaml(resource_path("data", "review", name), f"review/{name}")
    content = strict_yaml.validate_yaml(document, model)
    if content is None:
        raise BadInput(document.problems)
    return content


class _CueGroups(FrozenModel):
    planned: tuple[str, ...]
    denied: tuple[str, ...]
    hedged: tuple[str, ...]
    assertion: tuple[str, ...]
    specific: tuple[str, ...]
    artefact: tuple[str, ...]
    measured: tuple[str, ...]
    outcome_unit: tuple[str, ...]


@lru_cache(maxsize=1)
def load_cue_groups() -> Mapping[str, CueMatcher]:
    """Compile the cue groups that serve as features of a sentence; raises BadInput."""
    return {name: CueMatcher(cues) for name, cues in load_review_data("cues.yaml", _CueGroups)}


class _Languages(FrozenModel):
    english: str
    articles: str
    prepositions: str
    not_after_articles: str
    not_after_prepositions: str
    others: dict[str, str]


@lru_cache(maxsize=1)
def load_languages() -> _Languages:
    """Load the small words by which languages are recognised; raises BadInput."""
    return load_review_data("language.yaml", _Languages)


@lru_cache(maxsize=1)
def small_words() -> frozenset[str]:
    """Return the small words of English."""
    return frozenset(load_languages().english.split())


class _Placeholders(FrozenModel):
    patterns: Annotated[tuple[str, ...], Field(min_length=1)]


@lru_cache(maxsize=1)
def placeholder_pattern() -> re.Pattern[str]:
    """Compile the pattern of texts still to be filled in, such as "TBD"; raises BadInput."""
    return re.compile("|".join(load_review_data("placeholders.yaml", _Placeholders).patterns))


class VerdictInput(FrozenModel):
    """One input of the verdict, with its scale and weight."""

    name: str
    """One of `sentence_scores.INPUT_NAMES`."""
    mean: float
    scale: float
    """The standard deviation; inputs are standardised with it before they are weighted."""
    weight: float


class VerdictModel(FrozenModel):
    """The coefficients from sentences to verdicts and from verdicts to a level.

    `python -m calibration.train` writes them.
    """

    inputs: tuple[VerdictInput, ...]
    second: float
    """The weight of the second-best sentence."""
    bias: float
    yes: float
    """The lowest probability for the verdict `yes`."""
    partly: float
    """The lowest probability for the verdict `partly`."""
    speaks: float
    """The lowest probability at which a sentence counts as a passage on a criterion."""
    on_topic: float
    """The lowest `control_margin` at which a text without any verdict reaches level 1."""
    lacking: float
    """How many criteria a response at level 3 may lack; a `partly` counts half."""
    some: float
    """How many criteria a response at level 2 needs; a `partly` counts half."""
    sure: float
    """The lowest probability at which a single criterion is enough for level 2."""
    extras: dict[str, float]
    """The lowest log-odds at which a sentence shows each of `LEVEL_FOUR_SIGNS`."""

    @field_validator("inputs", mode="before")
    @classmethod
    def _by_name(cls, data: object) -> object:
        return entries_from_mapping(data, "name")


@lru_cache(maxsize=1)
def load_verdict_model() -> VerdictModel:
    """Load the coefficients of verdicts; raises BadInput."""
    return load_review_data("verdict.yaml", VerdictModel)
