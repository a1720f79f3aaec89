"""Run the jobs on the workers of a Dask cluster, each with its own fork servers."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from calib.batch.fork_server import ForkServer, ForkServerPool
from calib.batch.manifest import program_fingerprint
from calib.batch.model import BatchLimits, BatchOptions, Job, JobResult
from calib.batch.remote_job import build_lost_result, run_remote_job
from calib.batch.storage import is_remote
from calib.errors import BadInput, Problem

if TYPE_CHECKING:
    from distributed import Client, Future

LOCK_FILE = ".calib-batch.lock"
_CONNECT_SECONDS = 15.0
_WORKER_SECONDS = 60.0
"""How long to wait for the first worker to join."""
_MAX_SUBMITTED = 1000
"""Jobs submitted at once, so that the scheduler's memory does not grow with the batch."""
_FORK_SERVERS = ForkServerPool()
"""The fork servers of a cluster worker. They stay warm between batches and end with the worker,
as each notices that its socket is closed."""


class VersionMismatch(Exception):
    """A worker would generate other reports than this program."""


def run_on_cluster(
    options: BatchOptions, jobs: Sequence[Job], output: str, limits: BatchLimits
) -> Generator[JobResult, None, None]:
    """Run all jobs on a cluster; yield results in order of completion.

    Each report is stored by its worker before its result is sent, so a job only runs again if its
    worker was lost before. Raises BadInput if the options would fail every report, if the scheduler
    does not answer, or if a worker cannot run the jobs.
    """
    ForkServer(options, limits).close()  # starting one validates the options
    with _connect(limits.scheduler) as client:
        _check_workers(client, limits.scheduler, options, output)
        portable_jobs = [_make_absolute(job) for job in jobs]
        yield from _run_jobs(client, options, limits, portable_jobs)


@contextmanager
def _connect(address: str) -> Iterator[Client]:
    try:
        from distributed import Client
    except ImportError as error:
        remedy = "pip install 'calib[cluster]'"
        raise BadInput([Problem("--scheduler", f"requires {error.name}", remedy=remedy)]) from error
    source = f"--scheduler {address}"
    remedy = "start one with `dask scheduler` and give its address, tcp://HOST:8786"
    if not re.fullmatch(r"[a-z]+://\S+:\d+", address):
        raise BadInput([Problem(source, "invalid address", remedy=remedy)])
    # Lost workers are reported as results; distributed's own log would appear between them.
    for name in [n for n in logging.root.manager.loggerDict if n.startswith("distributed")]:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        message = f"cannot connect to the scheduler: {error}"
        raise BadInput([Problem(source, message, remedy=remedy)]) from error
    with client:
        yield client


def _check_workers(client: Client, address: str, options: BatchOptions, output: str) -> None:
    """Raise BadInput with every worker that cannot run the jobs, or if no worker joins."""
    source = f"--scheduler {address}"
    try:
        client.wait_for_workers(1, timeout=_WORKER_SECONDS)
    except TimeoutError as error:
        remedy = "start workers with `dask worker`"
        raise BadInput([Problem(source, "the scheduler has no workers", remedy=remedy)]) from error
    shared_folder = "" if is_remote(output) else output
    answers = client.run(
        _find_worker_problem,
        program_fingerprint(),
        shared_folder,
        options.notebook,
        on_error="return",
    )
    problems = [
        Problem(f"worker {worker}", answer if isinstance(answer, str) else f"failed: {answer!r}")
        for worker, answer in sorted(answers.items())
        if answer
    ]
    if problems:
        raise BadInput(problems)


def _find_worker_problem(fingerprint: str, output: str, notebook: str) -> str:
    """Return what prevents this worker from running the jobs; empty if nothing does.

    Runs on the worker. The lock file proves that a folder of this name is the same shared folder.
    """
    if program_fingerprint() != fingerprint:
        return "has another version of calib or of a library that reports depend on"
    if output and not (Path(output) / LOCK_FILE).exists():
        return f"cannot access {output}; share the folder with it or use an s3:// address"
    if notebook and not Path(notebook).is_file():
        return f"cannot access {notebook}; share the folder with it"
    return ""


def _make_absolute(job: Job) -> Job:
    """Return the job with absolute paths; workers have other working directories."""
    if is_remote(job.assessment) or job.assessment.startswith("example:"):
        return job
    return job.model_copy(update={"assessment": str(Path(job.assessment).expanduser().absolute())})


def _run_jobs(
    client: Client, options: BatchOptions, limits: BatchLimits, jobs: Sequence[Job]
) -> Generator[JobResult, None, None]:
    from distributed import as_completed

    start, fingerprint, waiting = time.perf_counter(), program_fingerprint(), iter(jobs)
    submitted: dict[Future, Job] = {}
    gone = ConnectionError("the scheduler is gone; run the same command again to continue")

    def submit(job: Job) -> Future:
        # `pure=False`: Dask would otherwise return the result of an earlier, equal job.
        future = client.submit(
            _run_on_worker, fingerprint, options, limits, job, retries=limits.retries, pure=False
        )
        submitted[future] = job
        return future

    done = as_completed(
        [submit(job) for job in islice(waiting, _MAX_SUBMITTED)],
        loop=client.loop,
        with_results=True,
        raise_errors=False,
    )
    for future, result in done:
        job = submitted.pop(future)
        if future.status == "finished":
            yield result
        else:
            # A failed future has (type, error, traceback), a cancelled one has none: then the
            # connection to the scheduler was lost.
            error = result[1] if isinstance(result, tuple) else gone
            yield build_lost_result(job, error, start)
        if client.status == "running":
            for job in islice(waiting, 1):
                done.add(submit(job))
    for job in waiting:  # never submitted, as the scheduler is gone
        yield build_lost_result(job, gone, start)


def _run_on_worker(
    fingerprint: str, options: BatchOptions, limits: BatchLimits, job: Job
) -> JobResult:
    """Run one job on a worker; raises VersionMismatch.

    A worker that joined after `_check_workers` has not been checked, so each job checks again.
    """
    if program_fingerprint() != fingerprint:
        raise VersionMismatch("a worker has another version of calib")
    return run_remote_job(options, limits, job, _FORK_SERVERS)
