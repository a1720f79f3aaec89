"""Run jobs whose folders may be on object storage: download, run in a fork server, upload."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from pathlib import Path, PurePosixPath
from threading import Event

from calib.batch.fork_server import ForkServerPool
from calib.batch.job import build_failed_result, build_refused_result
from calib.batch.model import BatchLimits, BatchOptions, Job, JobResult, JobStatus
from calib.batch.storage import fetch_assessment, fetch_report, is_remote, store_report
from calib.errors import BadInput, CannotWrite


def run_remote_job(
    options: BatchOptions, limits: BatchLimits, job: Job, servers: ForkServerPool
) -> JobResult:
    """Generate one report, from and to folders or object storage.

    Errors of the assessment or its location become a result. Errors that may not occur again are
    raised, for a retry: a storage that does not answer, a fork server that was killed.
    """
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="calib-batch-") as scratch:
        local = _to_local_job(job, Path(scratch))
        try:
            if local.assessment != job.assessment:
                fetch_assessment(job.assessment, Path(local.assessment))
            # The earlier report is needed to find out whether it is still up to date.
            if local.output != job.output and not options.again:
                fetch_report(job.output, Path(local.output))
            with servers.lend(options, limits) as server:
                result = server.run(local)
            if local.output != job.output and result.state is JobStatus.MADE:
                store_report(Path(local.output), result.files, job.output)
        except BadInput as error:
            result = build_refused_result(local, error, start)
        except CannotWrite as error:
            result = build_failed_result(local, JobStatus.CANNOT_WRITE, str(error), start)
    seconds = round(time.perf_counter() - start, 3)
    return _restore_locations(result, local, job, seconds)


def _to_local_job(job: Job, scratch: Path) -> Job:
    """Return the job with temporary folders in place of remote addresses."""
    folders = {}
    for field in ("assessment", "output"):
        address = getattr(job, field)
        if is_remote(address):
            # Keep the folder's own name: it appears in messages.
            folder = scratch / field / (PurePosixPath(address).name or "assessment")
            folder.mkdir(parents=True)
            folders[field] = str(folder)
    return job.model_copy(update=folders)


def _restore_locations(result: JobResult, local: Job, job: Job, seconds: float) -> JobResult:
    """Replace the temporary folders in a result by the locations that the user gave."""

    def restore(text: str) -> str:
        return text.replace(local.assessment, job.assessment).replace(local.output, job.output)

    return result.model_copy(
        update={
            "message": restore(result.message),
            "problems": tuple(map(restore, result.problems)),
            "assessment": job.assessment,
            "seconds": seconds,
        }
    )


def run_in_threads(
    options: BatchOptions, jobs: Sequence[Job], limits: BatchLimits
) -> Generator[JobResult, None, None]:
    """Run all jobs from this machine; yield results in order of completion.

    Raises BadInput if the options would fail every report.
    """
    waiting, servers, stopped = iter(jobs), ForkServerPool(), Event()

    def submit(job: Job) -> Future[JobResult]:
        return pool.submit(_run_with_retries, options, limits, job, servers, stopped)

    with ThreadPoolExecutor(limits.workers) as pool:
        try:
            with servers.lend(options, limits):
                pass  # starting the first fork server validates the options
            # Two jobs per thread keep all threads busy; submitting all at once would hold a future
            # for each of perhaps 100,000 jobs.
            running = {submit(job) for job in islice(waiting, 2 * limits.workers)}
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                running |= {submit(job) for job in islice(waiting, len(done))}
                for future in done:
                    yield future.result()
        finally:
            # The order matters: `stopped` prevents retries before closing the pool of servers
            # makes the running jobs fail, so that leaving the `with` does not wait for jobs.
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            servers.close()


def _run_with_retries(
    options: BatchOptions, limits: BatchLimits, job: Job, servers: ForkServerPool, stopped: Event
) -> JobResult:
    """Run a job, and again after errors that may not occur again, until the batch is stopped."""
    start, retries = time.perf_counter(), limits.retries
    while True:
        try:
            return run_remote_job(options, limits, job, servers)
        except Exception as error:  # noqa: BLE001  this job fails, the batch continues
            if not retries or stopped.is_set():
                return build_lost_result(job, error, start)
        retries -= 1


def build_lost_result(job: Job, error: BaseException, start: float) -> JobResult:
    """Build the result of a job whose retries are used up."""
    message = f"gave up: {type(error).__name__}: {error}"
    return build_failed_result(job, JobStatus.FAILED, message, start)
