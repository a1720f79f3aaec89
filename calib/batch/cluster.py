"""The same jobs on the workers of a Dask cluster, each of which has warm parents of its own."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from calib.batch.fork_server import WarmParent, WarmParents
from calib.batch.manifest import program
from calib.batch.model import Job, Limits, Options, Outcome
from calib.batch.remote_job import deliver, lost
from calib.batch.storage import is_remote
from calib.errors import BadInput, Problem

LOCK = ".calib-batch.lock"
_CONNECTING = 15.0  # seconds
_WORKERS = 60.0  # seconds in which the first worker has to come
_AHEAD = 1000  # jobs that the scheduler is told of at once, so that its memory stays flat
_PARENTS = WarmParents()  # of a worker: they serve as long as it lives


class OtherProgram(Exception):
    """Report that a worker would make other reports than this program."""


def run_on_cluster(
    options: Options, jobs: Sequence[Job], output: str, limits: Limits
) -> Generator[Outcome, None, None]:
    """Let the workers of a cluster make the reports and give the outcomes as they come.

    What a worker has done is told at once and kept in its place, so that a job is tried again only
    where its worker was lost before. Raises BadInput where the options would fail every report,
    the scheduler does not answer, or a worker could not do the work.
    """
    WarmParent(options, limits).close()  # this finds out whether the options are right
    with _connected(limits.scheduler) as client:
        _inspect(client, limits.scheduler, options, output)
        yield from _followed(client, options, limits, [_for_everybody(job) for job in jobs])


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError as error:
        remedy = "pip install 'calib[cluster]'"
        raise BadInput([Problem("--scheduler", f"needs {error.name}", remedy=remedy)]) from error
    place = f"--scheduler {address}"
    remedy = "start one with `dask scheduler`, and name its address, tcp://HOST:8786"
    if not re.fullmatch(r"[a-z]+://\S+:\d+", address):
        raise BadInput([Problem(place, "is no address", remedy=remedy)])
    # What goes wrong is told as outcomes; its log would stand between the lines of them.
    for name in [n for n in logging.root.manager.loggerDict if n.startswith("distributed")]:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client = Client(address, timeout=_CONNECTING, set_as_default=False)
    except (OSError, ValueError) as error:
        said = f"no scheduler answers: {error}"
        raise BadInput([Problem(place, said, remedy=remedy)]) from error
    with client:
        yield client


def _inspect(client: Any, address: str, options: Options, output: str) -> None:
    """Raise BadInput with every worker that could not do the work, or where none comes."""
    place = f"--scheduler {address}"
    try:
        client.wait_for_workers(1, timeout=_WORKERS)
    except TimeoutError as error:
        remedy = "start some with `dask worker`"
        raise BadInput([Problem(place, "has no workers", remedy=remedy)]) from error
    shared = "" if is_remote(output) else output
    answers = client.run(_look, program(), shared, options.notebook, on_error="return")
    problems = [
        Problem(f"worker {worker}", said if isinstance(said, str) else f"cannot begin: {said!r}")
        for worker, said in sorted(answers.items())
        if said
    ]
    if problems:
        raise BadInput(problems)


def _look(mark: str, output: str, notebook: str) -> str:
    """Say, on a worker, what is wrong with it."""
    if program() != mark:
        return "has another version of calib, or of what makes its reports"
    if output and not (Path(output) / LOCK).exists():
        return f"does not see {output}; share the folder with it, or name an s3:// address"
    if notebook and not Path(notebook).is_file():
        return f"does not see {notebook}; share the folder with it"
    return ""


def _for_everybody(job: Job) -> Job:
    """Return a job that means the same in whatever folder a worker was started."""
    if is_remote(job.assessment) or job.assessment.startswith("example:"):
        return job
    return job.model_copy(update={"assessment": str(Path(job.assessment).expanduser().absolute())})


def _followed(
    client: Any, options: Options, limits: Limits, jobs: Sequence[Job]
) -> Generator[Outcome, None, None]:
    from distributed import as_completed

    start, mark, waiting = time.perf_counter(), program(), iter(jobs)
    told: dict[Any, Job] = {}
    gone = ConnectionError("the scheduler is gone; the same command goes on from here")

    def submit(job: Job) -> Any:
        how = {"retries": limits.retries, "pure": False}
        future = client.submit(_deliver, mark, options, limits, job, **how)
        told[future] = job
        return future

    done = as_completed(
        [submit(job) for job in islice(waiting, _AHEAD)],
        loop=client.loop,
        with_results=True,
        raise_errors=False,
    )
    for future, said in done:
        job = told.pop(future)
        if future.status == "finished":
            yield said
        else:
            yield lost(job, said[1] if isinstance(said, tuple) else gone, start)
        if client.status == "running":
            for more in islice(waiting, 1):
                done.add(submit(more))
    for job in waiting:  # never told of
        yield lost(job, gone, start)


def _deliver(mark: str, options: Options, limits: Limits, job: Job) -> Outcome:
    """Make one report, on a worker; one that came late was not looked at before."""
    if program() != mark:
        raise OtherProgram("a worker has another version of calib")
    return deliver(options, limits, job, _PARENTS)
