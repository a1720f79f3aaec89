"""A batch: a warm parent, a lock on the output, and the jobs."""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from calib.batch.model import Job, Limits, Options, Outcome
from calib.batch.pool import run_all
from calib.batch.work import make, warm_up
from calib.problems import CannotWrite

_LOCK = ".calib-batch.lock"
_PATIENCE = 10.0  # seconds; what a killed batch has left running ends at once


def run_batch(
    options: Options, jobs: Iterable[Job], output: Path, limits: Limits
) -> Generator[Outcome, None, None]:
    """Make the reports and give the outcomes as they come, one for each job.

    Raises BadInput where the options would fail every
    report, CannotWrite where the output cannot be written or another batch is at it. To be called
    from a process with one thread, where it forks.
    """
    with _locked(output):
        warm_up(options)
        if options.notebook:  # what it leaves behind in its process is not known
            limits = limits.model_copy(update={"lives": 1})
        # What is loaded stays: a copy of this process neither looks at it nor copies its pages.
        gc.collect()
        gc.freeze()
        try:
            yield from run_all(jobs, partial(make, options), limits)
        finally:
            gc.unfreeze()


@contextmanager
def _locked(output: Path) -> Iterator[None]:
    """Keep the output folder for one batch."""
    try:
        output.mkdir(parents=True, exist_ok=True)
        # A lock that a killed program leaves behind would be worse than none.
        lock = FileLock(output / _LOCK, timeout=_PATIENCE, fallback_to_soft=False)
        with lock:
            yield
    except Timeout as error:
        raise CannotWrite(output, "another batch is writing there") from error
    except NotImplementedError as error:
        raise CannotWrite(output, str(error)) from error
    except OSError as error:
        raise CannotWrite(output, error) from error
