"""The errors that users see: the problem, its location and a remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of an input, with its location and a remedy."""

    file: str
    message: str
    line: int = 0
    """From 1; 0 if the problem concerns the file as a whole."""
    place: str = ""
    """A field path, a cell or a column, depending on the file."""
    remedy: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        message = f"{self.place}: {self.message}" if self.place else self.message
        return f"{where}: {message}" + (f" ({self.remedy})" if self.remedy else "")


class BadInput(Exception):
    """All problems of an input at once; the command line exits with 2."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = "1 problem" if count == 1 else f"{count} problems"
        super().__init__("\n".join([head, *(f"  {p}" for p in self.problems)]))

    # By default an exception is unpickled from its message; batch workers send this one home.
    def __reduce__(self) -> tuple[type[BadInput], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


class CannotWrite(Exception):
    """An output could not be written; the command line exits with 3."""

    def __init__(self, path: Path | str, error: OSError | str) -> None:
        self.path = str(path)
        # "File exists" or "Not a directory" leave open which file is in the way.
        if isinstance(error, (FileExistsError, NotADirectoryError)):
            error = "a file is where a folder should be"
        reason = error if isinstance(error, str) else (error.strerror or str(error))
        super().__init__(f"{path}: cannot write: {reason}")
