"""What a device may ask: strict, small, and never for somebody else."""

from __future__ import annotations

import re
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from calib.model import Vote
from calib.model.catalog import Level

MOST_COMMENT = 1000
_UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufffe\uffff]")
"""Control characters, and those that turn the direction of the text around them."""


class BadRequest(Exception):
    """Say what is wrong with a request."""


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class JoinAsked(_Asked):
    """Ask for the seat of a code."""

    code: Annotated[str, Field(max_length=64)]
    name: Annotated[str, Field(max_length=200)] | None = None


class SeenVote(_Asked):
    """Repeat the vote that the device believes to stand."""

    level: Level | None
    comment: Annotated[str, Field(max_length=MOST_COMMENT)] = ""


class VoteAsked(_Asked):
    """Cast the device's own vote on one criterion."""

    criterion: Annotated[str, Field(max_length=200)]
    level: Level | None
    """None to abstain."""
    comment: Annotated[str, Field(max_length=MOST_COMMENT)] = ""
    seen: SeenVote | None = None
    """None where the device knows of no vote yet."""

    def vote(self) -> Vote:
        """Return it as a vote."""
        name = self.criterion.partition("/")[2]
        return Vote(criterion=name, level=self.level, comment=cleaned(self.comment))

    def expects(self, standing: Vote | None) -> bool:
        """Say whether the vote that stands is the one the device has seen."""
        if standing is None or self.seen is None:
            return standing is None and self.seen is None
        return (standing.level, standing.comment) == (self.seen.level, self.seen.comment)


AskedT = TypeVar("AskedT", bound=_Asked)


def read(kind: type[AskedT], body: bytes) -> AskedT:
    """Read the body of a request; raises BadRequest with a sentence."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"]))
        said = first["msg"][:1].lower() + first["msg"][1:]
        raise BadRequest(f"{place}: {said}." if place else f"This is {said}.") from error


def cleaned(text: str) -> str:
    """Leave out what nobody can see in a comment."""
    return _UNSEEN.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")).strip(" \n")
