"""The file of one sealed ballot: the name of the key, and the encrypted ballot."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from calib.ballots.keys import SealingKey
from calib.errors import Problem
from calib.files.regular import read_regular
from calib.model import Ballot
from calib.store.filenames import is_unsafe_link

SEALED_SUFFIX = ".sealed"
MAX_BYTES = 8_000_000
"""More than an open ballot of the maximum size takes when sealed."""
_PAGE = 4096
_KEY_NAME = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class SealedFile:
    """One sealed ballot in the folder."""

    name: str
    """ballots/CONTROL/ASSESSOR.sealed"""
    control: str
    assessor: str
    key: str
    """The name of its key."""
    ballot: Ballot | None
    """None if the key is not on this machine."""


def read_sealed_file(
    folder: Path, path: Path, keys: Mapping[str, SealingKey], problems: list[Problem]
) -> SealedFile | None:
    """Read one file and open it with the available keys; None, with a problem, if it is invalid.

    None without a problem if the file was removed meanwhile, because its votes were revealed.
    """
    relative = path.relative_to(folder).as_posix()
    name = f"{folder.name}/{relative}"
    try:
        if is_unsafe_link(folder, path):
            problems.append(Problem(name, "is a link", remedy="replace it by the file itself"))
            return None
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_BYTES:
            raise ValueError
        key, sealed = _parse_envelope(read_regular(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        problems.append(Problem(name, f"cannot be read: {error.strerror}"))
        return None
    except (ValueError, KeyError, TypeError, RecursionError):
        problems.append(Problem(name, "not a sealed ballot", remedy="restore it, or remove it"))
        return None
    ballot = _parse_ballot(keys[key].open(sealed)) if key in keys else None
    if ballot is None and key in keys:
        problems.append(Problem(name, "was changed since it was sealed", remedy="restore it"))
        return None
    # The path inside the encryption counts: copying a file must not cast another person's vote.
    if ballot and (ballot.control, ballot.assessor) != (path.parent.name, path.stem):
        message = f"is a copy of the ballot of {ballot.assessor} on {ballot.control}"
        problems.append(Problem(name, message, remedy="remove it, or restore its name"))
        return None
    return SealedFile(relative, path.parent.name, path.stem, key, ballot)


def missing_key_problem(folder: Path, file: SealedFile) -> Problem:
    """Return the problem of a ballot that cannot be opened on this machine."""
    message = f"was sealed on another machine, with the key {file.key}"
    remedy = "copy the key from there, see `calib ballots key --help`"
    return Problem(f"{folder.name}/{file.name}", message, remedy=remedy)


def encode_sealed(key: SealingKey, ballot: Ballot) -> bytes:
    """Return the content of a sealed file."""
    inner = ballot.model_dump_json().encode()
    # Padded: the size would show who abstained and who wrote long comments.
    inner += b" " * (-len(inner) % _PAGE)
    outer = {"key": key.name, "sealed": key.seal(inner)}
    return json.dumps(outer, indent=1).encode() + b"\n"


def _parse_envelope(data: bytes) -> tuple[str, str]:
    outer = json.loads(data)
    key, sealed = outer["key"], outer["sealed"]
    if not isinstance(sealed, str) or not _KEY_NAME.fullmatch(key):
        raise ValueError
    return key, sealed


def _parse_ballot(data: bytes | None) -> Ballot | None:
    if data is None:
        return None
    try:
        return Ballot.model_validate_json(data)
    except ValidationError:
        return None
