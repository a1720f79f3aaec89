"""What is wrong with an input, where, and what to do: the one kind of error a user sees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Problem:
    """Hold one thing that is wrong, its place, and the remedy."""

    file: str
    message: str
    line: int = 0
    """From 1; 0 where the problem is of the file as a whole."""
    place: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        what = f"{self.place}: {self.message}" if self.place else self.message
        return f"{where}: {what}" + (f" ({self.remedy})" if self.remedy else "")


class BadInput(Exception):
    """Report every problem of an input at once; the command line exits with 2."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = "1 problem" if count == 1 else f"{count} problems"
        super().__init__("\n".join([head, *(f"  {p}" for p in self.problems)]))

    def __reduce__(self) -> tuple[type[BadInput], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


class CannotWrite(Exception):
    """Report that an output could not be written; the command line exits with 3."""

    def __init__(self, path: Path | str, error: OSError | str) -> None:
        self.path = str(path)
        if isinstance(error, (FileExistsError, NotADirectoryError)):
            error = "a file is where a folder should be"
        reason = error if isinstance(error, str) else (error.strerror or str(error))
        super().__init__(f"{path}: cannot write: {reason}")
