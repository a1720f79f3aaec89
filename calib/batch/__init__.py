"""Many reports: one process for each, what is unchanged left alone, no report touching another.

`run_batch` is the whole of it; the command line adds only words. It needs a process of a single
thread where it forks.
"""

from __future__ import annotations

from calib.batch.discover import find_assessments
from calib.batch.model import Job, Limits, Options, Outcome, State
from calib.batch.run import run_batch

__all__ = ["Job", "Limits", "Options", "Outcome", "State", "find_assessments", "run_batch"]
