"""A batch: a lock on the output, and the jobs, on this machine or on a cluster."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from calib.batch.cluster import LOCK, run_on_cluster
from calib.batch.job import make, warmed
from calib.batch.model import Job, Limits, Options, Outcome
from calib.batch.pool import run_all
from calib.batch.remote_job import run_in_threads
from calib.batch.storage import is_remote
from calib.errors import CannotWrite

_PATIENCE = 10.0  # seconds; what a killed batch has left running ends at once


def run_batch(
    options: Options, jobs: Iterable[Job], output: Path | str, limits: Limits
) -> Generator[Outcome, None, None]:
    """Make the reports and give the outcomes as they come, one for each job.

    Raises BadInput where the options would fail every report, CannotWrite where the output cannot
    be written or another batch is at it. To be called from a process with one thread, where it
    forks. Object storage knows no locks: two batches at once make each report twice, and the next
    batch mends what they have mixed.
    """
    found = tuple(jobs)
    if is_remote(str(output)):
        yield from _run(options, found, str(output), limits)
    else:
        with _locked(Path(output)):
            yield from _run(options, found, str(Path(output).absolute()), limits)


def _run(
    options: Options, jobs: tuple[Job, ...], output: str, limits: Limits
) -> Generator[Outcome, None, None]:
    if limits.scheduler:
        yield from run_on_cluster(options, jobs, output, limits)
    elif any(is_remote(place) for job in jobs for place in (job.assessment, job.output)):
        yield from run_in_threads(options, jobs, limits)
    else:
        with warmed(options, limits) as fitting:
            yield from run_all(jobs, partial(make, options), fitting)


@contextmanager
def _locked(output: Path) -> Iterator[None]:
    """Keep the output folder for one batch."""
    try:
        output.mkdir(parents=True, exist_ok=True)
        # A lock that a killed program leaves behind would be worse than none.
        lock = FileLock(output / LOCK, timeout=_PATIENCE, fallback_to_soft=False)
        with lock:
            yield
    except Timeout as error:
        raise CannotWrite(output, "another batch is writing there") from error
    except NotImplementedError as error:
        raise CannotWrite(output, str(error)) from error
    except OSError as error:
        raise CannotWrite(output, error) from error
