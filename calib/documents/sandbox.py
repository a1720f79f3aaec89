"""Restrict the process that reads documents: memory, time, files and network."""

from __future__ import annotations

import math
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from calib.documents.limits import Limits
from calib.documents.ocr import find_tesseract
from calib.files.regular import open_regular

try:
    import resource
except ImportError:  # Windows has no such limits: there only the time limit holds
    resource = None  # type: ignore[assignment]

_DENIED_PREFIXES = ("socket.", "ftplib.", "http.", "urllib.", "smtplib.", "webbrowser.", "winreg.")
# fmt: off
_DENIED = frozenset({
    "os.chmod", "os.chown", "os.exec", "os.fork", "os.forkpty", "os.link", "os.mkdir",
    "os.posix_spawn", "os.putenv", "os.remove", "os.rename", "os.rmdir", "os.spawn", "os.startfile",
    "os.symlink", "os.system", "os.truncate", "pty.spawn", "tempfile.mkdtemp", "tempfile.mkstemp",
})
# fmt: on
_WRITE_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_SLACK_SECONDS = 1


def limit_resources(limits: Limits) -> None:
    """Limit this process's memory, and forbid it to write files; for good."""
    # Without this, Python would write the bytecode of modules, which the limit below forbids.
    sys.dont_write_bytecode = True
    if resource is None:
        return
    values = {
        resource.RLIMIT_AS: limits.max_memory,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 64,
    }
    for kind, value in values.items():
        # macOS does not support all of them; a lower limit that is set already is kept.
        with suppress(ValueError, OSError):
            _, hard = resource.getrlimit(kind)
            bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (bound, bound))


def limit_time(limits: Limits) -> None:
    """End this process when the next document takes too much processor time."""
    if resource is None:
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    seconds = math.ceil(usage.ru_utime + usage.ru_stime + limits.seconds) + _SLACK_SECONDS
    with suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, hard))


def used_memory() -> int:
    """Return the bytes that this process uses; 0 if unknown."""
    if resource is None:
        return 0
    statm = Path("/proc/self/statm")
    with suppress(OSError, ValueError, IndexError), open_regular(statm) as file:  # Linux
        return int(file.read().split()[1]) * resource.getpagesize()
    # Not on Linux: there this counter includes the process that started this one.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def forbid_side_effects() -> None:
    """Make Python refuse network access, new processes and changes to files; for good.

    This is a second line of defence: it stops a library that follows a link in a document, but not
    machine code. The system's limits apply to both.
    """
    allowed = find_tesseract()

    def check(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            target, flags = arguments[0], arguments[2]
            is_write = isinstance(flags, int) and bool(flags & _WRITE_FLAGS)
            if is_write and not isinstance(target, int) and target != os.devnull:  # int: a pipe
                _refuse(event)
        elif event == "subprocess.Popen":
            if allowed is None or arguments[0] not in (allowed, allowed.encode()):
                _refuse(event)
        elif event in _DENIED or event.startswith(_DENIED_PREFIXES):
            _refuse(event)

    sys.addaudithook(check)


def _refuse(event: str) -> NoReturn:
    raise PermissionError(0, f"documents must not use {event}")
