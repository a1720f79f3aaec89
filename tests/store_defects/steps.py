"""A program that dies, or a disk that refuses, at the nth step of what the store does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from calib.files import atomic
from calib.store import journal

STEPS = {"open", "write", "fsync", "replace", "link", "ftruncate", "fchmod"}


class Killed(BaseException):
    """The program is gone; nothing of it runs any more, not even its tidying."""


class _Os:
    """The module `os`, with a counter."""

    def __init__(self, at: int, error: OSError | None) -> None:
        self.at, self.error, self.count, self.dead = at, error, 0, False

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in STEPS:
            return real

        def step(*args: Any, **kwargs: Any) -> Any:
            self.count += 1
            if self.dead:
                raise Killed
            if self.count == self.at:
                if self.error:
                    raise self.error
                self.dead = True
                if name == "write":  # half of it may have reached the disk
                    real(args[0], bytes(args[1])[: len(args[1]) // 2])
                raise Killed
            return real(*args, **kwargs)

        return step


@contextmanager
def at_step(number: int, error: OSError | None = None) -> Iterator[_Os]:
    """Die at the nth step, or let only that step fail; number 0 only counts."""
    counter = _Os(number, error)
    before = atomic.os, journal.os
    atomic.os = journal.os = counter
    try:
        yield counter
    finally:
        atomic.os, journal.os = before
