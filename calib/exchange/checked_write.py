"""A file for others: written beside its place, read again, and only then put there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from calib.errors import BadInput, CannotWrite, Problem
from calib.files.atomic import naming, new_version


class NotAsMeant(Exception):
    """Report that what was read back is not what was to be written."""


def write_checked(
    path: Path, write: Callable[[BinaryIO], None], check: Callable[[BinaryIO], None]
) -> Path:
    """Write a file and check it; raises CannotWrite, and leaves what was there, where it fails.

    `check` reads from the start and raises NotAsMeant.
    """
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with new_version(path) as file:
            write(file)
            file.flush()
            file.seek(0)
            check(file)
    except NotAsMeant as error:
        raise CannotWrite(path, f"what was written does not read back: {error}") from error
    return path


def write_bytes(path: Path, data: bytes, check: Callable[[bytes], None]) -> Path:
    """Write a file that fits into memory, as `write_checked` does."""

    def write(file: BinaryIO) -> None:
        file.write(data)

    def compare(file: BinaryIO) -> None:
        read = file.read()
        if read != data:
            raise NotAsMeant(f"{len(read):,} bytes of {len(data):,}, or other ones")
        check(read)

    return write_checked(path, write, compare)


def must_be_new(path: Path) -> None:
    """Raise BadInput where a file is there in which somebody may have typed."""
    if path.exists():
        remedy = "somebody may have typed in it: choose another name, or say --overwrite"
        raise BadInput([Problem(str(path), "is there already", remedy=remedy)])


def json_bytes(value: Any) -> bytes:
    """Write JSON for people and programs: indented, in UTF-8, in the order given."""
    return (json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()
