"""Jobs in processes that can be killed, whatever they do.

Where the system can fork, each job gets a copy of this process, which has everything loaded and
runs no job itself; elsewhere, processes are started anew and serve several jobs, one after the
other. A process that takes too long, ends by itself or says something strange is killed with all
that it started, and only its own job has failed.
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
from typing import Any

from pydantic import ValidationError

from calib.batch.model import Job, Limits, Outcome, State

Work = Callable[[Job], Outcome]
_MOST = 2**24  # bytes of an outcome; a notebook may write anywhere
_TICK = 5.0  # seconds after which a lost signal would be noticed
_STARTING = 120.0  # seconds in which a spawned process has to be ready


def default_method() -> str:
    """Return how processes begin here: macOS can fork, but its libraries do not survive it."""
    can = "fork" in multiprocessing.get_all_start_methods() and sys.platform != "darwin"
    return "fork" if can else "spawn"


@dataclass
class _Worker:
    """Hold a process, the line to it, and what it is at."""

    process: Any
    line: socket.socket
    lives: int
    """How many jobs it may still serve."""
    starting: float
    """How many seconds more it has until it says that it is ready."""
    job: Job | None = None
    began: float = 0
    deadline: float = 0
    said: bytes = b""
    ended: bool = False

    def give(self, job: Job, limit: float) -> None:
        """Let it begin a job."""
        self.job, self.said = job, b""
        self.lives -= 1
        self._begin(limit + self.starting)
        with suppress(OSError):  # it has died, as will be noticed
            self.line.sendall(job.model_dump_json().encode() + b"\n")

    def _begin(self, seconds: float) -> None:
        self.began = time.monotonic()
        self.deadline = self.began + seconds

    def hear(self, limit: float) -> Outcome | None:
        """Return the outcome, if there is one yet."""
        gone = connection.wait([self.process.sentinel], 0)  # before the last words are read
        with suppress(OSError):
            while len(self.said) < _MOST and (data := self.line.recv(65536)):
                self.said += data
        if self.said.startswith(b"\n"):
            self.said = self.said[1:]
            self.starting = 0
            self._begin(limit)
        if b"\n" in self.said:
            return self._read()
        if gone:
            return self._lost()
        if len(self.said) >= _MOST:
            return self._lost("its process said far too much")
        if time.monotonic() > self.deadline:
            return self._lost(f"took longer than {limit:g} s and was ended")
        return None

    def _read(self) -> Outcome:
        with suppress(ValidationError):
            outcome = Outcome.model_validate_json(self.said.partition(b"\n")[0])
            if self.job is not None and outcome.name == self.job.name:
                return outcome
        return self._lost("its process sent something that is no outcome of its job")

    def _lost(self, message: str = "") -> Outcome:
        self.end()
        job, seconds = self.job, round(time.monotonic() - self.began, 3)
        return Outcome(
            name=job.name if job else "",
            assessment=job.assessment if job else "",
            state=State.FAILED,
            message=message or _how(self.process.exitcode),
            seconds=seconds,
        )

    def end(self) -> None:
        """End the process and all that it started."""
        if self.ended:
            return
        self.ended = True
        if hasattr(os, "killpg"):
            # Before the process is reaped: until then no other can have its number.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join()
        self.line.close()


def _how(code: int | None) -> str:
    """Say how a process ended."""
    if code == -signal.SIGKILL:
        return "its process was killed, or cut its line to the batch"
    if code is not None and code < 0:
        return f"its process crashed ({signal.Signals(-code).name})"
    return f"its process ended without a report (exit code {code})"


def run_all(
    jobs: Iterable[Job], work: Work, limits: Limits, leash: socket.socket | None = None
) -> Iterator[Outcome]:
    """Run every job and give the outcomes as they come.

    Closing the iterator ends what is still running, and so does the end of the leash, whose other
    end is held by the process for which this is done.
    """
    limit = limits.seconds or float("inf")
    waiting = iter(jobs)
    busy: list[_Worker] = []
    idle: list[_Worker] = []
    try:
        while True:
            while len(busy) < limits.workers and (job := next(waiting, None)) is not None:
                worker = idle.pop() if idle else _start(work, limits, busy, leash)
                busy.append(worker)
                worker.give(job, limit)
            if not busy or not _wait(busy, leash):
                return
            for worker in tuple(busy):
                outcome = worker.hear(limit)
                if outcome is not None:
                    busy.remove(worker)
                    if worker.lives and outcome.state is not State.FAILED:
                        idle.append(worker)
                    else:
                        worker.end()
                    yield outcome
    finally:
        for worker in (*busy, *idle):
            worker.end()


def _wait(busy: list[_Worker], leash: socket.socket | None) -> bool:
    """Sleep until a process says something, ends, or has had its time; False without a leash."""
    left = min(worker.deadline for worker in busy) - time.monotonic()
    heard = [one for worker in busy for one in (worker.line, worker.process.sentinel)]
    if leash is not None:
        heard.append(leash)
    return leash not in connection.wait(heard, max(0.0, min(left, _TICK)))


def _start(
    work: Work, limits: Limits, others: list[_Worker], leash: socket.socket | None
) -> _Worker:
    method = limits.method or default_method()
    context: Any = multiprocessing.get_context(method)
    ours, theirs = socket.socketpair()
    forks = method == "fork"
    lives = 1 if forks else limits.lives
    # A copy of this process has copies of its lines, which would keep them open.
    lines = [ours, *(worker.line for worker in others)] if forks else []
    lines += [leash] if forks and leash else []
    process = context.Process(target=_serve, args=(work, theirs, lines, lives))
    process.start()
    theirs.close()
    ours.setblocking(False)
    return _Worker(process, ours, lives, 0 if forks else _STARTING)


# --- in the other process ---


def _serve(work: Work, line: socket.socket, lines: list[socket.socket], lives: int) -> None:
    """Do jobs as they come, and tell their outcomes; never return."""
    if hasattr(os, "setsid"):
        os.setsid()  # a group of its own, which can be killed as one, and no terminal
    for other in lines:
        other.close()
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in range(3):  # what a notebook prints past its cells is nobody's
        os.dup2(nothing, number)
    jobs: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(line, jobs), daemon=True).start()
    code = 1
    try:
        line.sendall(b"\n")
        for _ in range(lives):
            outcome = work(Job.model_validate_json(jobs.get()))
            line.sendall(outcome.model_dump_json().encode() + b"\n")
        code = 0
    finally:
        os._exit(code)  # past threads and exit handlers that a notebook may have left


def _listen(line: socket.socket, jobs: queue.SimpleQueue[bytes]) -> None:
    """Hand jobs on; when the batch is no more, be no more, with all that was started."""
    with suppress(OSError), line.makefile("rb") as lines:
        for job in lines:
            jobs.put(job)
    if hasattr(os, "killpg"):
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)
