"""`data/review/` -> compiled cues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

from pydantic import Field, field_validator

from calib import yamlfile
from calib.cues import Cues
from calib.model.noun import Noun, keyed
from calib.places import shipped
from calib.problems import BadInput


class _Point(Noun):
    id: str
    cues: Annotated[tuple[str, ...], Field(min_length=1)]


class _CriterionCues(Noun):
    criterion: str
    about: Annotated[tuple[str, ...], Field(min_length=1)]
    points: Annotated[tuple[_Point, ...], Field(min_length=1)]
    needed: Annotated[int, Field(ge=1)]

    @field_validator("points", mode="before")
    @classmethod
    def _points(cls, data: Any) -> Any:
        if isinstance(data, dict):
            return [{"id": k, "cues": v} for k, v in data.items()]
        return data


class _ControlCues(Noun):
    control: str
    topic: tuple[str, ...]
    criteria: tuple[_CriterionCues, ...]

    @field_validator("criteria", mode="before")
    @classmethod
    def _criteria(cls, data: Any) -> Any:
        return keyed(data, "criterion")


class _Moods(Noun):
    planned: tuple[str, ...]
    denied: tuple[str, ...]
    hedged: tuple[str, ...]
    assertion: tuple[str, ...]
    specific: tuple[str, ...]
    artefact: tuple[str, ...]
    measured: tuple[str, ...]
    outcome_unit: tuple[str, ...]
    planned_sum: tuple[str, ...]
    review_loop: tuple[str, ...]
    customer: tuple[str, ...]


@dataclass(frozen=True)
class CriterionRules:
    """Hold the compiled cues of one criterion."""

    criterion: str
    about: Cues
    points: Mapping[str, Cues]
    needed: int


@dataclass(frozen=True)
class ControlRules:
    """Hold the compiled cues of one control."""

    control: str
    topic: Cues
    criteria: tuple[CriterionRules, ...]


@lru_cache(maxsize=64)
def control_rules(control: str) -> ControlRules:
    """Compile the cues of a control; raises BadInput."""
    document = yamlfile.read(shipped("data", "review", f"{control}.yaml"), f"review/{control}.yaml")
    cues = yamlfile.validate(document, _ControlCues)
    if cues is None:
        raise BadInput(document.problems)
    return ControlRules(
        control,
        Cues(cues.topic),
        tuple(
            CriterionRules(
                c.criterion, Cues(c.about), {p.id: Cues(p.cues) for p in c.points}, c.needed
            )
            for c in cues.criteria
        ),
    )


@lru_cache(maxsize=1)
def moods() -> Mapping[str, Cues]:
    """Compile the mood cues; raises BadInput."""
    document = yamlfile.read(shipped("data", "review", "moods.yaml"), "review/moods.yaml")
    found = yamlfile.validate(document, _Moods)
    if found is None:
        raise BadInput(document.problems)
    return {name: Cues(cues) for name, cues in found}
