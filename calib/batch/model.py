"""Jobs, results and settings of a batch."""

from __future__ import annotations

from enum import StrEnum

from calib.model.base import FrozenModel


class BatchOptions(FrozenModel):
    """Options that all reports of a batch share."""

    parameters: dict[str, str]
    """Parameters of the notebook, without the assessment."""
    formats: tuple[str, ...]
    notebook: str = ""
    """Path of a notebook; empty for the packaged one."""
    again: bool = False
    """Whether to rebuild unchanged reports too."""


class BatchLimits(FrozenModel):
    """Processes, time and retries of a batch."""

    workers: int = 1
    """Number of parallel processes."""
    seconds: float = 120
    """Time limit of one report; 0 for none."""
    method: str = ""
    """Start method of processes, `fork` or `spawn`; empty for the default of the platform."""
    lives: int = 50
    """Jobs per spawned process, to bound its memory; a forked process always runs one."""
    scheduler: str = ""
    """Address of a Dask scheduler whose workers run the jobs; empty for this machine."""
    retries: int = 2
    """Retries of a job after a failure of a storage or a worker."""


class Job(FrozenModel):
    """One report to generate."""

    name: str
    """Path of the report below the output folder; unique in a batch."""
    assessment: str
    """Folder as it was given, or an address on object storage."""
    output: str
    """Folder or address of this report; absolute, since a notebook may change the directory."""


class JobStatus(StrEnum):
    """How a job ended."""

    MADE = "made"
    KEPT = "kept"
    BAD_INPUT = "bad_input"
    CANNOT_WRITE = "cannot_write"
    FAILED = "failed"


class JobResult(FrozenModel):
    """The result of a job, with the main figures of its report."""

    name: str
    assessment: str
    state: JobStatus
    message: str = ""
    """The error, in one line."""
    problems: tuple[str, ...] = ()
    """All problems of bad input."""
    seconds: float = 0
    partner: str = ""
    readiness: str = ""
    gauge: float = 0
    actions: int = 0
    """Number of open remediation actions."""
    replaced: tuple[str, ...] = ()
    """Characters that the fonts of the PDF lack."""
    files: tuple[str, ...] = ()

    @property
    def is_there(self) -> bool:
        """Return whether the report is in its folder, new or unchanged."""
        return self.state in (JobStatus.MADE, JobStatus.KEPT)
