"""Run a batch: lock the output folder, then run the jobs locally, in threads or on a cluster."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from calib.batch.cluster import LOCK_FILE, run_on_cluster
from calib.batch.job import run_job, warmed_up
from calib.batch.model import BatchLimits, BatchOptions, Job, JobResult
from calib.batch.pool import run_jobs
from calib.batch.remote_job import run_in_threads
from calib.batch.storage import is_remote
from calib.errors import CannotWrite

_LOCK_SECONDS = 10.0
"""How long to wait for the lock: workers of a batch that was killed release it within moments."""


def run_batch(
    options: BatchOptions, jobs: Iterable[Job], output: Path | str, limits: BatchLimits
) -> Generator[JobResult, None, None]:
    """Generate the reports; yield one result per job, in order of completion.

    Call it from a process with one thread, as it may fork. Object storage has no locks: two batches
    at once generate each report twice, and the next batch rebuilds any that they mixed. Raises
    BadInput if the options would fail every report, CannotWrite if the output folder cannot be
    written or is locked by another batch.
    """
    jobs = tuple(jobs)
    if is_remote(str(output)):
        yield from _run(options, jobs, str(output), limits)
    else:
        with _lock_output(Path(output)):
            yield from _run(options, jobs, str(Path(output).absolute()), limits)


def _run(
    options: BatchOptions, jobs: tuple[Job, ...], output: str, limits: BatchLimits
) -> Generator[JobResult, None, None]:
    if limits.scheduler:
        yield from run_on_cluster(options, jobs, output, limits)
    elif any(is_remote(place) for job in jobs for place in (job.assessment, job.output)):
        yield from run_in_threads(options, jobs, limits)
    else:
        with warmed_up(options, limits) as effective_limits:
            yield from run_jobs(jobs, partial(run_job, options), effective_limits)


@contextmanager
def _lock_output(output: Path) -> Iterator[None]:
    """Create and lock the output folder; raises CannotWrite."""
    try:
        output.mkdir(parents=True, exist_ok=True)
        # No fallback to a lock file that only exists or not: a killed batch would leave it behind,
        # and every later batch would be refused.
        lock = FileLock(output / LOCK_FILE, timeout=_LOCK_SECONDS, fallback_to_soft=False)
        with lock:
            yield
    except Timeout as error:
        raise CannotWrite(output, "another batch is writing there") from error
    except NotImplementedError as error:
        raise CannotWrite(output, str(error)) from error
    except OSError as error:
        raise CannotWrite(output, error) from error
