"""Processes that read documents, each of them replaceable at any moment.

Not `multiprocessing`: a spawned process would import the caller's main module again, and a killed
one breaks its pool. Not `calib.batch.pool`: it forks, and these processes must start clean.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from calib.documents.limits import Limits
from calib.documents.model import Document, unpack_document

_START = "import sys; sys.path.append(sys.argv[1]); from calib.documents.worker import main; main()"
_PACKAGE_PARENT = Path(__file__).parent.parent.parent
_STARTUP_SECONDS = 30.0
_WAITING = 3.0
"""Factor from processor time to elapsed time: the machine may be busy with other work."""
_MAX_ANSWER = 200_000_000
_MAX_DOCUMENTS = 200
"""Per process, after which it is replaced."""
_DAMAGED = "split it, or export it again"


class Worker:
    """A process that reads one document after the other; for one thread at a time."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._lives = 0
        self._timed_out = False

    def read(self, path: Path, sha256: str) -> tuple[Document | None, str, str]:
        """Return the document, or None with the reason and a remedy."""
        process = self._ready_process()
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018  for mypy
        self._timed_out = False
        seconds = self._limits.seconds * _WAITING + _STARTUP_SECONDS
        timer = threading.Timer(seconds, self._stop_late, args=(process,))
        timer.daemon = True
        timer.start()
        try:
            request = {"path": str(path), "sha256": sha256}
            with suppress(OSError):  # the process has ended; the empty answer reports that
                process.stdin.write(json.dumps(request).encode() + b"\n")
                process.stdin.flush()
            answer = process.stdout.readline(_MAX_ANSWER)
        finally:
            timer.cancel()
        self._lives -= 1
        return self._parse(answer)

    def _parse(self, answer: bytes) -> tuple[Document | None, str, str]:
        if answer.endswith(b"\n"):
            try:
                values = json.loads(answer)
                document = unpack_document(values["document"])
            except (ValueError, LookupError, TypeError):
                self.close()
                return None, "is damaged: its reader sent an invalid answer", _DAMAGED
            if values.get("is_last"):
                self.close()
            return document, "", ""
        code = self._end()
        if self._timed_out or code == -getattr(signal, "SIGXCPU", 0):
            return None, f"takes longer than {self._limits.seconds:g} s to read", _DAMAGED
        return None, "is damaged or too large: its reader ended early", _DAMAGED

    def _ready_process(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._lives > 0 and self._process.poll() is None:
            return self._process
        self.close()
        process = subprocess.Popen(  # noqa: S603  this Python, with our own code
            # -P: a file in the current folder must not be imported in place of a library.
            [sys.executable, "-P", "-c", _START, str(_PACKAGE_PARENT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # to be killed with the processes that it has started
        )
        assert process.stdin is not None  # noqa: S101  for mypy
        with suppress(OSError):
            process.stdin.write(json.dumps(asdict(self._limits)).encode() + b"\n")
        self._process, self._lives = process, _MAX_DOCUMENTS
        return process

    def _stop_late(self, process: subprocess.Popen[bytes]) -> None:
        self._timed_out = True
        _kill(process)

    def _end(self) -> int | None:
        """Kill the process and return its exit code."""
        process, self._process = self._process, None
        if process is None:
            return None
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.5)  # it is ending already: keep its own exit code
        _kill(process)
        code = process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        return code

    def interrupt(self) -> None:
        """Kill the process; may be called while another thread reads with it."""
        process = self._process
        if process is not None:
            _kill(process)

    def close(self) -> None:
        """End the process."""
        process = self._process
        if process is not None:
            _kill(process)
        self._end()


def _kill(process: subprocess.Popen[bytes]) -> None:
    # The group first: once the process is reaped, its number could belong to another one.
    if process.returncode is None and hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    with suppress(OSError):
        process.kill()
