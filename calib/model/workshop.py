"""The nouns of a workshop: who votes for which level, and what was agreed."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, field_validator

from calib.model.assessment import Slug
from calib.model.catalog import CriterionId, Level, Text
from calib.model.noun import Noun, keyed


class Vote(Noun):
    """Hold one assessor's level for one criterion, given without seeing the others'."""

    criterion: CriterionId
    level: Level | None = None
    """None where the assessor abstains."""
    comment: str = ""


class Ballot(Noun):
    """Hold the votes of one assessor on one control; one file, one writer."""

    control: Text
    assessor: Slug
    """The file's name: what tells voters apart, also where they stay anonymous."""
    name: str = ""
    """Who it is; empty on an anonymous ballot."""
    votes: Annotated[tuple[Vote, ...], Field(default=())]

    @field_validator("votes", mode="before")
    @classmethod
    def _by_criterion(cls, data: Any) -> Any:
        return keyed(data, "criterion")
