"""The nouns of a batch."""

from __future__ import annotations

from enum import StrEnum

from calib.model.base import FrozenModel


class Options(FrozenModel):
    """Hold what all reports of a batch have in common."""

    parameters: dict[str, str]
    """Of the notebook, without the assessment."""
    formats: tuple[str, ...]
    notebook: str = ""
    """A notebook's path; the shipped one where empty."""
    again: bool = False
    """Whether to make what is there and unchanged as well."""


class Limits(FrozenModel):
    """Hold what a batch may use."""

    workers: int = 1
    """Processes at once."""
    seconds: float = 120
    """Time of one report; 0 for no limit."""
    method: str = ""
    """How processes begin, fork or spawn; the system's own way where empty."""
    lives: int = 50
    """Jobs that a spawned process serves, so that its memory stays flat; a forked one has one."""
    scheduler: str = ""
    """The address of a Dask scheduler, whose workers then do the work; this machine where empty."""
    retries: int = 2
    """How often a job is tried again that a storage or a worker has failed."""


class Job(FrozenModel):
    """Hold one report to make."""

    name: str
    """Where it goes below the output folder; no two jobs share one."""
    assessment: str
    """The folder, as it was named, or its address on object storage."""
    output: str
    """The folder of this report or its address; absolute, as a notebook may change the folder."""


class State(StrEnum):
    """Say how a job ended."""

    MADE = "made"
    KEPT = "kept"
    BAD_INPUT = "bad_input"
    CANNOT_WRITE = "cannot_write"
    FAILED = "failed"


class Outcome(FrozenModel):
    """Hold how a job ended, and what its report says."""

    name: str
    assessment: str
    state: State
    message: str = ""
    """One line on what went wrong."""
    problems: tuple[str, ...] = ()
    """Every problem of a bad input."""
    seconds: float = 0
    partner: str = ""
    readiness: str = ""
    gauge: float = 0
    actions: int = 0
    """How many remediation actions are left."""
    replaced: tuple[str, ...] = ()
    """The characters that the PDF could not show."""
    files: tuple[str, ...] = ()

    @property
    def is_there(self) -> bool:
        """Whether the report stands in its folder."""
        return self.state in (State.MADE, State.KEPT)
