"""Load the reviewer's data: cue lists, placeholders and the coefficients of verdicts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from math import exp, fsum
from typing import Annotated, TypeVar

from pydantic import Field, field_validator

from calib.errors import BadInput
from calib.files import strict_yaml
from calib.model.base import FrozenModel, entries_from_mapping
from calib.phrases import CueIndex
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
def load_cue_groups() -> CueIndex[str]:
    """Index the cue groups that serve as features of a sentence; raises BadInput."""
    groups = load_review_data("cues.yaml", _CueGroups)
    return CueIndex((cue, name) for name, cues in groups for cue in cues)


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


class PointInput(FrozenModel):
    """One input of the formula for points, with its scale and weight."""

    name: str
    """One of `point_scores.INPUT_NAMES`."""
    mean: float
    scale: float
    """The standard deviation; inputs are standardised with it before they are weighted."""
    weight: float


class PointModel(FrozenModel):
    """The formula from the inputs of a unit to the probability that it shows a point.

    `python -m calibration.train` writes it.
    """

    inputs: tuple[PointInput, ...]
    bias: float
    shown: float
    """The lowest probability at which a point counts as shown."""
    unsure: float
    """The lowest probability at which a person is asked to check the sentence."""
    named: float
    """The lowest probability, were the sentence in place, at which a point counts as named."""
    example: float
    """The same, at which a point counts for the example bar."""

    @field_validator("inputs", mode="before")
    @classmethod
    def _by_name(cls, data: object) -> object:
        return entries_from_mapping(data, "name")

    def probability(self, values: Sequence[float]) -> float:
        """Return the probability for the values of `inputs`, in their order."""
        # `fsum`, since `sum` rounds floats differently from Python 3.12 on.
        terms = (
            i.weight * (value - i.mean) / i.scale
            for i, value in zip(self.inputs, values, strict=True)
        )
        return 1 / (1 + exp(-(fsum(terms) + self.bias)))


class LevelModel(FrozenModel):
    """The bounds from the verdicts to the level of a response (`calib.review.review`)."""

    off_topic: float
    """At this `control_margin` or a lower one, a text answers another control."""
    on_topic: float
    """The lowest `control_margin` at which a text without any verdict reaches level 1."""
    lacking: float
    """How many criteria a response at level 3 may lack; a `partly` counts half."""
    some: float
    """How many criteria a response at level 2 needs; a `partly` counts half."""
    signs: dict[str, float]
    """The lowest log-odds at which a sentence shows each of `LEVEL_FOUR_SIGNS`."""


class ReviewModel(FrozenModel):
    """The learned numbers of the reviewer beside its tables."""

    points: PointModel
    levels: LevelModel


@lru_cache(maxsize=1)
def load_review_model() -> ReviewModel:
    """Load the learned numbers; raises BadInput."""
    return load_review_data("model.yaml", ReviewModel)
