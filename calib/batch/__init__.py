"""Generate many reports: one process each, unchanged ones skipped, isolated from each other.

`run_batch` is the entry point. Where processes are forked, call it from a process with one thread:
a forked child has only the thread that forked it, and locks held by others would stay locked.
"""

from __future__ import annotations

from calib.batch.discover import find_assessments
from calib.batch.model import BatchLimits, BatchOptions, Job, JobResult, JobStatus
from calib.batch.run import run_batch

__all__ = [
    "BatchLimits",
    "BatchOptions",
    "Job",
    "JobResult",
    "JobStatus",
    "find_assessments",
    "run_batch",
]
