"""Run jobs in processes that can be killed whatever they do.

On Linux each job runs in a fork of this process, which has everything loaded and runs no job
itself. Elsewhere processes are spawned and each serves several jobs. A process that exceeds its
time, exits early or sends garbage is killed together with all processes it has started, and only
its own job fails.

Neither `concurrent.futures` (no time limits; one killed worker fails all pending jobs) nor pebble
replaces this. With pebble 5.2, output that a notebook writes to the workers' shared pipe stops the
pool, and children of a worker, or workers of a killed batch, stay behind.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import connection
from typing import TYPE_CHECKING

from pydantic import ValidationError

from calib.batch.model import BatchLimits, Job, JobResult, JobStatus

if TYPE_CHECKING:
    from multiprocessing.context import ForkContext, SpawnContext
    from multiprocessing.process import BaseProcess

Work = Callable[[Job], JobResult]
_MAX_RESULT_BYTES = 2**24
"""A notebook can write to any open file descriptor, so the size of messages is bounded."""
_TICK_SECONDS = 5.0
"""Longest sleep of the main loop, in case a wake-up is missed."""
_STARTUP_SECONDS = 120.0
"""Extra time for the first job of a spawned process, until it has imported everything."""


def default_method() -> str:
    """Return the start method of this platform.

    macOS can fork, but its system libraries crash in forked processes (bugs.python.org/issue33725).
    """
    can_fork = "fork" in multiprocessing.get_all_start_methods() and sys.platform != "darwin"
    return "fork" if can_fork else "spawn"


@dataclass
class _Worker:
    """A process, the socket to it and its current job."""

    process: BaseProcess
    socket: socket.socket
    lives: int
    """Jobs that it may still serve."""
    startup: float
    """Extra seconds until its ready signal; 0 afterwards."""
    job: Job | None = None
    started_at: float = 0
    deadline: float = 0
    received: bytes = b""
    is_killed: bool = False

    def start_job(self, job: Job, limit: float) -> None:
        """Send a job to the process and start its clock."""
        self.job, self.received = job, b""
        self.lives -= 1
        self._start_clock(limit + self.startup)
        with suppress(OSError):  # the process has died; `poll` reports that
            self.socket.sendall(job.model_dump_json().encode() + b"\n")

    def _start_clock(self, seconds: float) -> None:
        self.started_at = time.monotonic()
        self.deadline = self.started_at + seconds

    def poll(self, limit: float) -> JobResult | None:
        """Return the result of the job; None while it is running."""
        # Check for the exit before reading: data that the process sent before it exited is then
        # read completely, and a result is never lost to a race with the exit.
        has_exited = connection.wait([self.process.sentinel], 0)
        with suppress(OSError):
            while len(self.received) < _MAX_RESULT_BYTES and (data := self.socket.recv(65536)):
                self.received += data
        if self.received.startswith(b"\n"):  # the ready signal; loading does not count as job time
            self.received = self.received[1:]
            self.startup = 0
            self._start_clock(limit)
        if b"\n" in self.received:
            return self._parse_result()
        if has_exited:
            return self._fail()
        if len(self.received) >= _MAX_RESULT_BYTES:
            return self._fail("its process sent too much data")
        if time.monotonic() > self.deadline:
            return self._fail(f"took longer than {limit:g} s and was stopped")
        return None

    def _parse_result(self) -> JobResult:
        with suppress(ValidationError):
            result = JobResult.model_validate_json(self.received.partition(b"\n")[0])
            if self.job is not None and result.name == self.job.name:
                return result
        return self._fail("its process sent data that is not a result of its job")

    def _fail(self, message: str = "") -> JobResult:
        """Kill the process; return a failed result, by default with how the process ended."""
        self.kill()
        job, seconds = self.job, round(time.monotonic() - self.started_at, 3)
        return JobResult(
            name=job.name if job else "",
            assessment=job.assessment if job else "",
            state=JobStatus.FAILED,
            message=message or _describe_exit(self.process.exitcode),
            seconds=seconds,
        )

    def kill(self) -> None:
        """Kill the process and all processes it has started."""
        if self.is_killed:
            return
        self.is_killed = True
        if hasattr(os, "killpg") and self.process.pid is not None:
            # Kill the group before the process is reaped by `join`. Afterwards the system may give
            # its number to an unrelated process, whose group would be killed instead.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join()
        self.socket.close()


def _describe_exit(code: int | None) -> str:
    if code == -signal.SIGKILL:
        return "its process was killed or closed its connection to the batch"
    if code is not None and code < 0:
        return f"its process crashed ({signal.Signals(-code).name})"
    return f"its process ended without a report (exit code {code})"


def run_jobs(
    jobs: Iterable[Job], work: Work, limits: BatchLimits, parent: socket.socket | None = None
) -> Iterator[JobResult]:
    """Run all jobs; yield results in order of completion.

    Closing the iterator kills all running jobs. So does the end of `parent`, a socket whose other
    end is held by the process that needs the results.
    """
    limit = limits.seconds or float("inf")
    waiting = iter(jobs)
    busy: list[_Worker] = []
    idle: list[_Worker] = []
    try:
        while True:
            while len(busy) < limits.workers and (job := next(waiting, None)) is not None:
                worker = idle.pop() if idle else _start_worker(work, limits, busy, parent)
                busy.append(worker)
                worker.start_job(job, limit)
            if not busy or not _wait(busy, parent):
                return
            for worker in tuple(busy):
                result = worker.poll(limit)
                if result is not None:
                    busy.remove(worker)
                    if worker.lives and result.state is not JobStatus.FAILED:
                        idle.append(worker)
                    else:
                        worker.kill()
                    yield result
    finally:
        for worker in (*busy, *idle):
            worker.kill()


def _wait(busy: list[_Worker], parent: socket.socket | None) -> bool:
    """Sleep until a process sends data, exits or exceeds its time; False if the parent is gone."""
    seconds = min(worker.deadline for worker in busy) - time.monotonic()
    ready: list[socket.socket | int] = [
        source for worker in busy for source in (worker.socket, worker.process.sentinel)
    ]
    if parent is not None:
        ready.append(parent)
    return parent not in connection.wait(ready, max(0.0, min(seconds, _TICK_SECONDS)))


def _start_worker(
    work: Work, limits: BatchLimits, others: list[_Worker], parent: socket.socket | None
) -> _Worker:
    method = limits.method or default_method()
    ours, theirs = socket.socketpair()
    forks = method == "fork"
    lives = 1 if forks else limits.lives
    # A fork inherits copies of all sockets of this process. It must close them: while a copy is
    # open, another worker does not notice that this process has died (`_receive_jobs`).
    inherited = [ours, *(worker.socket for worker in others)] if forks else []
    inherited += [parent] if forks and parent else []
    context: ForkContext | SpawnContext = (
        multiprocessing.get_context("fork") if forks else multiprocessing.get_context("spawn")
    )
    process = context.Process(target=_run_worker, args=(work, theirs, inherited, lives))
    process.start()
    theirs.close()
    ours.setblocking(False)
    return _Worker(process, ours, lives, 0 if forks else _STARTUP_SECONDS)


# --- in the worker process ---


def _run_worker(
    work: Work, line: socket.socket, inherited: list[socket.socket], lives: int
) -> None:
    """Run jobs as they arrive and send their results; never return."""
    if hasattr(os, "setsid"):
        os.setsid()  # its own process group, to be killed as one; also no terminal, no Ctrl-C
    for other in inherited:
        other.close()
    # Discard what a notebook prints outside of its cells, in C code or subprocesses.
    devnull = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(devnull, number)
    jobs: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_receive_jobs, args=(line, jobs), daemon=True).start()
    code = 1
    try:
        line.sendall(b"\n")  # the ready signal
        for _ in range(lives):
            result = work(Job.model_validate_json(jobs.get()))
            line.sendall(result.model_dump_json().encode() + b"\n")
        code = 0
    finally:
        # Skip exit handlers and other threads: those of a notebook could block the exit.
        os._exit(code)


def _receive_jobs(line: socket.socket, jobs: queue.SimpleQueue[bytes]) -> None:
    """Queue the jobs that arrive; when the batch is gone, kill this process and its children.

    In a thread, since the job in progress may never return. It also ends the worker if the batch
    is killed with SIGKILL, which leaves no time to clean up.
    """
    with suppress(OSError), line.makefile("rb") as lines:
        for job in lines:
            jobs.put(job)
    if hasattr(os, "killpg"):
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)
