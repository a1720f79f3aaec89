"""Request bodies of the voting server: strict, bounded, and without a field for an assessor.

A request never names the person it acts for. The seat comes from the cookie alone, so that no
request can vote for another person.
"""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from calib.model import Vote
from calib.model.catalog import Level
from calib.text import blank_invisible

MAX_COMMENT_LENGTH = 1000


class BadRequest(Exception):
    """A request that cannot be read, with a sentence for the participant."""


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class JoinRequest(_Request):
    """A join code, and a name if the code has none."""

    code: Annotated[str, Field(max_length=64)]
    name: Annotated[str, Field(max_length=200)] | None = None


class ExpectedVote(_Request):
    """The vote that the device believes to be the current one."""

    level: Level | None
    comment: Annotated[str, Field(max_length=MAX_COMMENT_LENGTH)] = ""


class VoteRequest(_Request):
    """The device's own vote on one criterion."""

    criterion: Annotated[str, Field(max_length=200)]
    level: Level | None
    """None to abstain."""
    comment: Annotated[str, Field(max_length=MAX_COMMENT_LENGTH)] = ""
    seen: ExpectedVote | None = None
    """The vote that this one replaces; None if the device knows of none."""

    def to_vote(self) -> Vote:
        """Convert to a vote."""
        criterion = self.criterion.partition("/")[2]
        return Vote(criterion=criterion, level=self.level, comment=clean_text(self.comment))

    def expects(self, current: Vote | None) -> bool:
        """Return whether the device has seen the current vote.

        This is optimistic locking: a vote from a device that slept must not overwrite a newer one
        from another device of the same person.
        """
        if current is None or self.seen is None:
            return current is None and self.seen is None
        return (current.level, current.comment) == (self.seen.level, self.seen.comment)


RequestT = TypeVar("RequestT", bound=_Request)


def parse_request(schema: type[RequestT], body: bytes) -> RequestT:
    """Parse the body of a request; raises BadRequest."""
    try:
        return schema.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(map(str, first["loc"]))
        message = first["msg"][:1].lower() + first["msg"][1:]
        raise BadRequest(f"{field}: {message}." if field else f"Bad request: {message}.") from error


def clean_text(text: str) -> str:
    """Replace invisible characters by spaces and strip; `cleaned` in `vote_queue.js` does the same.

    If the two differed, the page would take its own vote for one from another device.
    """
    return blank_invisible(text).replace("\t", " ").strip(" \n")
