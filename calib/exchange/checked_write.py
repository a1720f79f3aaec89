"""Write a file, read it back and verify it, and only then replace the previous version."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from calib.errors import BadInput, CannotWrite, Problem
from calib.files.atomic import open_replacement, wrap_os_errors


class VerificationFailed(Exception):
    """The written file differs from the intended content."""


def write_verified(
    path: Path, write: Callable[[BinaryIO], None], verify: Callable[[BinaryIO], None]
) -> Path:
    """Write a file, verify it, then move it into place.

    `verify` reads from the start of the file and raises VerificationFailed. On failure the previous
    version stays and CannotWrite is raised.
    """
    with wrap_os_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open_replacement(path) as file:
            write(file)
            file.flush()
            file.seek(0)
            verify(file)
    except VerificationFailed as error:
        raise CannotWrite(path, f"verification failed: {error}") from error
    return path


def write_verified_bytes(path: Path, data: bytes, verify: Callable[[bytes], None]) -> Path:
    """Write a file that fits into memory, with `write_verified`."""

    def write(file: BinaryIO) -> None:
        file.write(data)

    def compare(file: BinaryIO) -> None:
        actual = file.read()
        if actual != data:
            raise VerificationFailed(
                f"read {len(actual):,} bytes that differ from the {len(data):,} written"
            )
        verify(actual)

    return write_verified(path, write, compare)


def check_new_file(path: Path) -> None:
    """Raise BadInput if a file exists that may contain edits."""
    if path.exists():
        remedy = "it may contain edits: choose another name, or use --overwrite"
        raise BadInput([Problem(str(path), "already exists", remedy=remedy)])


def encode_json(value: object) -> bytes:
    """Serialise a value as indented UTF-8 JSON, keys in the given order."""
    return (json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()
