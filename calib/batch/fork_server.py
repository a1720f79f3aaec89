"""A fork server: a warm process that runs jobs, for clients that have threads and must not fork.

The client starts `python -m calib.batch.fork_server` with one end of a socket pair, sends the
options and then one job at a time. Each job runs in a fork of the server, as in a local batch. The
server ends when the client closes the socket or dies, and takes its running job with it.

`multiprocessing`'s forkserver does not replace it: it only preloads modules and cannot warm up with
the options of a batch, so every job would start cold. It has no time limits either.
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

from calib.batch.job import run_job, warmed_up
from calib.batch.model import BatchLimits, BatchOptions, Job, JobResult
from calib.batch.pool import run_jobs
from calib.errors import BadInput, Problem
from calib.model.base import FrozenModel

_EXIT_SECONDS = 10.0
"""How long a server may take to exit after its socket is closed; then it is killed."""


class _ServerSettings(FrozenModel):
    """The first message to a fork server."""

    options: BatchOptions
    limits: BatchLimits


class ForkServerLost(Exception):
    """A fork server ended before it sent a result."""


class ForkServer:
    """A process that runs one job after the other, each in a fork of itself."""

    def __init__(self, options: BatchOptions, limits: BatchLimits) -> None:
        """Start the process; raises BadInput if the options would fail every report."""
        ours, theirs = socket.socketpair()
        # Not closed here: the process writes to it for as long as it lives.
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed in close()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "calib.batch.fork_server", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                start_new_session=True,  # Ctrl-C goes to the client, which then closes the socket
            )
        self._socket, self._answers = ours, ours.makefile("rb")
        settings = _ServerSettings(options=options, limits=limits.model_copy(update={"workers": 1}))
        try:
            answer = self._send(settings)
        except BaseException:
            self.close()
            raise
        problems = TypeAdapter(tuple[Problem, ...]).validate_json(answer)
        if problems:
            self.close()
            raise BadInput(problems)

    def run(self, job: Job) -> JobResult:
        """Run one job; raises ForkServerLost if the process has ended."""
        return JobResult.model_validate_json(self._send(job))

    def _send(self, message: FrozenModel) -> bytes:
        """Send a message and return the answer, one line of JSON each."""
        answer = b""
        with suppress(OSError):
            self._socket.sendall(message.model_dump_json().encode() + b"\n")
            answer = self._answers.readline()
        if not answer.endswith(b"\n"):
            self._errors.seek(0)
            lines = self._errors.read().decode(errors="replace").strip().splitlines()
            raise ForkServerLost("the report process ended: " + (lines or ["killed"])[-1])
        return answer

    def kill(self) -> None:
        """Kill the process; a thread that waits for it gets ForkServerLost."""
        self._process.kill()

    def close(self) -> None:
        """Close the socket and wait until the process has ended."""
        self._answers.close()
        self._socket.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_EXIT_SECONDS)
        self._process.kill()
        self._process.wait()
        self._errors.close()


class ForkServerPool:
    """Lend fork servers to threads; idle ones are reused."""

    def __init__(self) -> None:
        self._idle: list[tuple[tuple[BatchOptions, BatchLimits], ForkServer]] = []
        self._lent: set[ForkServer] = set()
        self._lock = threading.Lock()
        self._is_closed = False

    @contextmanager
    def lend(self, options: BatchOptions, limits: BatchLimits) -> Iterator[ForkServer]:
        """Lend a server; close it on an exception. Raises ForkServerLost if the pool is closed."""
        settings = (options, limits)
        # Starting one takes seconds, so it happens outside of the lock, and the pool may be closed
        # in the meantime: that is checked once the server is registered as lent.
        server = self._take_idle(settings) or ForkServer(options, limits)
        with self._lock:
            self._lent.add(server)
            is_closed = self._is_closed
        try:
            if is_closed:
                raise ForkServerLost("the batch has ended")
            yield server
        except BaseException:
            with self._lock:
                self._lent.discard(server)
            server.close()
            raise
        with self._lock:
            self._lent.discard(server)
            if is_closed := self._is_closed:
                server.kill()
            else:
                self._idle.append((settings, server))
        if is_closed:
            server.close()

    def _take_idle(self, wanted: tuple[BatchOptions, BatchLimits]) -> ForkServer | None:
        """Return an idle server with these settings; close those with the settings of old batches.

        A cluster worker outlives batches, and each warm server takes more than 100 MB.
        """
        with self._lock:
            fitting = [server for settings, server in self._idle if settings == wanted]
            outdated = [server for settings, server in self._idle if settings != wanted]
            self._idle = [(wanted, server) for server in fitting[1:]]
        for server in outdated:
            server.close()
        return fitting[0] if fitting else None

    def close(self) -> None:
        """Close the pool for good; threads that use a server get ForkServerLost."""
        with self._lock:
            self._is_closed = True
            idle = [server for _, server in self._idle]
            self._idle = []
            for server in self._lent:
                server.kill()
        for server in idle:
            server.close()


# --- in the server process ---


def serve(line: socket.socket) -> None:
    """Run jobs until the client closes the socket."""
    messages = line.makefile("rb")
    settings = _ServerSettings.model_validate_json(messages.readline())
    try:
        with warmed_up(settings.options, settings.limits) as limits:
            line.sendall(b"[]\n")
            jobs = (Job.model_validate_json(message) for message in messages)
            # While a job runs, the client sends nothing: a readable socket means that it is gone.
            for result in run_jobs(jobs, partial(run_job, settings.options), limits, parent=line):
                line.sendall(result.model_dump_json().encode() + b"\n")
    except BadInput as error:
        problems = TypeAdapter(list[dict[str, str | int]])
        line.sendall(problems.dump_json([asdict(p) for p in error.problems]) + b"\n")
    except BrokenPipeError:
        pass  # the client is gone


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
