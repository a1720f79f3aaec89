"""`data/review/` -> what the reviewer goes by: cue lists, placeholders, the way to a verdict."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, TypeVar

from pydantic import Field, field_validator

from calib.errors import BadInput
from calib.files import strict_yaml
from calib.model.base import FrozenModel, keyed
from calib.phrases import Cues
from calib.resources import shipped

NounT = TypeVar("NounT", bound=FrozenModel)


def read_data(name: str, kind: type[NounT]) -> NounT:
    """Read one file of `data/review/`; raises BadInput."""
    document = strict_yaml.read(shipped("data", "review", name), f"review/{name}")
    found = strict_yaml.validate(document, kind)
    if found is None:
        raise BadInput(document.problems)
    return found


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
def cue_groups() -> Mapping[str, Cues]:
    """Compile the groups of cues that weights are learned for; raises BadInput."""
    return {name: Cues(cues) for name, cues in read_data("cues.yaml", _CueGroups)}


class _Languages(FrozenModel):
    english: str
    articles: str
    prepositions: str
    not_after_articles: str
    not_after_prepositions: str
    others: dict[str, str]


@lru_cache(maxsize=1)
def languages() -> _Languages:
    """Read the small words by which languages are told; raises BadInput."""
    return read_data("language.yaml", _Languages)


@lru_cache(maxsize=1)
def small_words() -> frozenset[str]:
    """Return the small words of English."""
    return frozenset(languages().english.split())


class _Placeholders(FrozenModel):
    patterns: Annotated[tuple[str, ...], Field(min_length=1)]


@lru_cache(maxsize=1)
def placeholder() -> re.Pattern[str]:
    """Compile what stands for something still to be filled in; raises BadInput."""
    return re.compile("|".join(read_data("placeholders.yaml", _Placeholders).patterns))


class Input(FrozenModel):
    """Hold one input of the verdict: how it is scaled, and what it weighs."""

    name: str
    mean: float
    scale: float
    weight: float


class Way(FrozenModel):
    """Hold how sentences make a verdict and verdicts a level; written by the training."""

    inputs: tuple[Input, ...]
    second: float
    """What the second-best sentence weighs."""
    bias: float
    yes: float
    """The probability from which a criterion is carried."""
    partly: float
    speaks: float
    """The probability from which a sentence is taken to speak of a criterion."""
    on_topic: float
    """How much more of this control than of others a response needs to be on it at all."""
    lacking: float
    """How many criteria level 3 may lack; a partly counts half."""
    some: float
    """How many criteria level 2 needs; a partly counts half."""
    sure: float
    """The probability from which a single criterion makes level 2 by itself."""
    extras: dict[str, float]
    """The score from which a sentence shows a customer, a result, a document, a review."""

    @field_validator("inputs", mode="before")
    @classmethod
    def _by_name(cls, data: Any) -> Any:
        return keyed(data, "name")


@lru_cache(maxsize=1)
def way() -> Way:
    """Read how verdicts are made; raises BadInput."""
    return read_data("verdict.yaml", Way)
