"""A warm parent in a process of its own, for a process that has threads and must not fork.

It is told the options once and then job after job, runs each as a batch on this machine does, and
ends with the process that holds its line.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import partial
from typing import IO

from pydantic import TypeAdapter

from calib.batch.job import make, warmed
from calib.batch.model import Job, Limits, Options, Outcome
from calib.batch.pool import run_all
from calib.errors import BadInput, Problem
from calib.model.base import FrozenModel

_ENDING = 10.0  # seconds


class _Asked(FrozenModel):
    """Hold what a warm parent is told first."""

    options: Options
    limits: Limits


class ParentLost(Exception):
    """Report that a warm parent ended before it told an outcome."""


class WarmParent:
    """Hold a process that makes one report after the other, each in a copy of itself."""

    def __init__(self, options: Options, limits: Limits) -> None:
        """Start it; raises BadInput where the options would fail every report."""
        ours, theirs = socket.socketpair()
        # The file outlives this function: the process writes to it as long as it lives.
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "calib.batch.fork_server", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._said,
                start_new_session=True,
            )
        self._line, self._answers = ours, ours.makefile("rb")
        alone = limits.model_copy(update={"workers": 1})
        try:
            told = self._ask(_Asked(options=options, limits=alone))
        except BaseException:
            self.close()
            raise
        problems = TypeAdapter(tuple[Problem, ...]).validate_json(told)
        if problems:
            self.close()
            raise BadInput(problems)

    def make(self, job: Job) -> Outcome:
        """Make one report; raises ParentLost where the process is no more."""
        return Outcome.model_validate_json(self._ask(job))

    def _ask(self, what: FrozenModel) -> bytes:
        told = b""
        with suppress(OSError):
            self._line.sendall(what.model_dump_json().encode() + b"\n")
            told = self._answers.readline()
        if not told.endswith(b"\n"):
            self._said.seek(0)
            words = self._said.read().decode(errors="replace").strip().splitlines()
            raise ParentLost("the process that makes reports ended: " + (words or ["killed"])[-1])
        return told

    def kill(self) -> None:
        """Let whoever waits for it lose it."""
        self._process.kill()

    def close(self) -> None:
        """End it."""
        self._answers.close()
        self._line.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_ENDING)
        self._process.kill()
        self._process.wait()
        self._said.close()


class WarmParents:
    """Lend warm parents to threads, those that are idle before new ones."""

    def __init__(self) -> None:
        self._idle: list[tuple[tuple[Options, Limits], WarmParent]] = []
        self._lent: set[WarmParent] = set()
        self._lock = threading.Lock()
        self._ended = False

    @contextmanager
    def lend(self, options: Options, limits: Limits) -> Iterator[WarmParent]:
        """Lend one; one that fails is ended. Raises ParentLost once all of them were ended."""
        wanted = (options, limits)
        parent = self._taken(wanted) or WarmParent(options, limits)
        with self._lock:
            self._lent.add(parent)
            is_over = self._ended
        try:
            if is_over:
                raise ParentLost("nobody waits for it any more")
            yield parent
        except BaseException:
            with self._lock:
                self._lent.discard(parent)
            parent.close()
            raise
        with self._lock:
            self._lent.discard(parent)
            if is_over := self._ended:
                parent.kill()
            else:
                self._idle.append((wanted, parent))
        if is_over:
            parent.close()

    def _taken(self, wanted: tuple[Options, Limits]) -> WarmParent | None:
        """Return one that is idle and fits; those of a batch that is over are ended."""
        with self._lock:
            fitting = [parent for made, parent in self._idle if made == wanted]
            other = [parent for made, parent in self._idle if made != wanted]
            self._idle = [(wanted, parent) for parent in fitting[1:]]
        for parent in other:
            parent.close()
        return fitting[0] if fitting else None

    def end(self) -> None:
        """End all of them, now and for good; whoever is using one loses it."""
        with self._lock:
            self._ended = True
            ended = [parent for _, parent in self._idle]
            self._idle = []
            for parent in self._lent:
                parent.kill()
        for parent in ended:
            parent.close()


# --- in the other process ---


def serve(line: socket.socket) -> None:
    """Make reports until the other end of the line is closed."""
    heard = line.makefile("rb")
    asked = _Asked.model_validate_json(heard.readline())
    try:
        with warmed(asked.options, asked.limits) as limits:
            line.sendall(b"[]\n")
            jobs = (Job.model_validate_json(said) for said in heard)
            for outcome in run_all(jobs, partial(make, asked.options), limits, line):
                line.sendall(outcome.model_dump_json().encode() + b"\n")
    except BadInput as error:
        problems = TypeAdapter(list[dict[str, str | int]])
        line.sendall(problems.dump_json([asdict(p) for p in error.problems]) + b"\n")
    except BrokenPipeError:
        pass


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
