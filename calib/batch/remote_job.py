"""One job wherever its folders lie: fetched, made in a warm parent, and put in its place."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from pathlib import Path, PurePosixPath
from threading import Event

from calib.batch.fork_server import WarmParents
from calib.batch.job import failed, refused
from calib.batch.model import Job, Limits, Options, Outcome, State
from calib.batch.storage import fetch_assessment, fetch_report, is_remote, put_report
from calib.errors import BadInput, CannotWrite


def deliver(options: Options, limits: Limits, job: Job, parents: WarmParents) -> Outcome:
    """Make one report from and to wherever its folders lie.

    What is wrong with the assessment or the place is in the outcome. Raises what may be otherwise
    the next time: a storage that does not answer, a warm parent that was killed.
    """
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="calib-batch-") as scratch:
        here = _at_hand(job, Path(scratch))
        try:
            if here.assessment != job.assessment:
                fetch_assessment(job.assessment, Path(here.assessment))
            if here.output != job.output and not options.again:
                fetch_report(job.output, Path(here.output))
            with parents.lend(options, limits) as parent:
                outcome = parent.make(here)
            if here.output != job.output and outcome.state is State.MADE:
                put_report(Path(here.output), outcome.files, job.output)
        except BadInput as error:
            outcome = refused(here, error, start)
        except CannotWrite as error:
            outcome = failed(here, State.CANNOT_WRITE, str(error), start)
    return _as_named(outcome, here, job, round(time.perf_counter() - start, 3))


def _at_hand(job: Job, scratch: Path) -> Job:
    """Return the job with folders of this machine."""
    places = {}
    for kind in ("assessment", "output"):
        if is_remote(place := getattr(job, kind)):
            # The folder's own name stays: a person may meet it in a message.
            folder = scratch / kind / (PurePosixPath(place).name or "assessment")
            folder.mkdir(parents=True)
            places[kind] = str(folder)
    return job.model_copy(update=places)


def _as_named(outcome: Outcome, here: Job, job: Job, seconds: float) -> Outcome:
    """Return an outcome that speaks of the places that were named."""

    def named(text: str) -> str:
        return text.replace(here.assessment, job.assessment).replace(here.output, job.output)

    said = {"message": named(outcome.message), "problems": tuple(map(named, outcome.problems))}
    return outcome.model_copy(update={**said, "assessment": job.assessment, "seconds": seconds})


def run_in_threads(
    options: Options, jobs: Sequence[Job], limits: Limits
) -> Generator[Outcome, None, None]:
    """Deliver every job from this machine and give the outcomes as they come.

    Raises BadInput where the options would fail every report.
    """
    waiting, parents, stopped = iter(jobs), WarmParents(), Event()

    def submit(job: Job) -> Future[Outcome]:
        return pool.submit(_tried, options, limits, job, parents, stopped)

    with ThreadPoolExecutor(limits.workers) as pool:
        try:
            with parents.lend(options, limits):
                pass  # the first warm parent finds out whether the options are right
            # Enough to keep every thread at work.
            running = {submit(job) for job in islice(waiting, 2 * limits.workers)}
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                running |= {submit(job) for job in islice(waiting, len(done))}
                for one in done:
                    yield one.result()
        finally:
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            parents.end()


def _tried(
    options: Options, limits: Limits, job: Job, parents: WarmParents, stopped: Event
) -> Outcome:
    """Deliver a job, again where that may help, until nobody waits for it any more."""
    start, left = time.perf_counter(), limits.retries
    while True:
        try:
            return deliver(options, limits, job, parents)
        except Exception as error:  # noqa: BLE001  the next report has nothing to do with it
            if not left or stopped.is_set():
                return lost(job, error, start)
        left -= 1


def lost(job: Job, error: BaseException, start: float) -> Outcome:
    """Return the outcome of a job that was tried as often as it may be."""
    said = f"given up: {type(error).__name__}: {error}"
    return failed(job, State.FAILED, said, start)
