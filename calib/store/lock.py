"""The lock of an assessment folder, which programs on all machines with access to it share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from calib.errors import CannotWrite

# A save takes a few milliseconds; filelock's default of 50 would make the next writer wait longer.
_POLL_SECONDS = 0.005


@contextmanager
def hold_lock(path: Path, timeout: float) -> Iterator[None]:
    """Hold a lock file; raises CannotWrite if it is not available within `timeout` seconds."""
    # The operating system releases this lock when a program dies. A soft lock is a file that would
    # stay after a kill; where only that is available, edits stay pending instead.
    lock = FileLock(path, timeout=timeout, poll_interval=_POLL_SECONDS, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise CannotWrite(path, f"another program has held the lock for {timeout:g} s") from error
    except (OSError, NotImplementedError) as error:
        raise CannotWrite(path, error if isinstance(error, OSError) else str(error)) from error
    try:
        yield
    finally:
        lock.release()
