"""One sealed ballot as a file: the name of the key, and a text that opens with this key alone."""

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
"""More than an open ballot can take, so that whatever was sealed can be opened."""
_PAGE = 4096
_KEY_NAME = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class SealedFile:
    """Hold one sealed ballot as it lies in the folder."""

    place: str
    """As ballots/CONTROL/ASSESSOR.sealed."""
    control: str
    assessor: str
    key: str
    """The name of the key that opens it."""
    ballot: Ballot | None
    """None where this machine has not the key."""


def read_sealed_file(
    folder: Path, path: Path, keys: Mapping[str, SealingKey], problems: list[Problem]
) -> SealedFile | None:
    """Open one file with the keys that there are; what is wrong with it is a problem.

    None, and no problem, where the file has gone meanwhile: its votes were revealed.
    """
    place = path.relative_to(folder).as_posix()
    name = f"{folder.name}/{place}"
    try:
        if is_unsafe_link(folder, path):
            problems.append(Problem(name, "is a link", remedy="put the file itself there"))
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
        problems.append(Problem(name, "is no sealed ballot", remedy="restore it, or remove it"))
        return None
    ballot = _parse_ballot(keys[key].open(sealed)) if key in keys else None
    if ballot is None and key in keys:
        problems.append(Problem(name, "was changed since it was sealed", remedy="restore it"))
        return None
    if ballot and (ballot.control, ballot.assessor) != (path.parent.name, path.stem):
        said = f"is a copy of the ballot of {ballot.assessor} on {ballot.control}"
        problems.append(Problem(name, said, remedy="remove it, or give it back its name"))
        return None
    return SealedFile(place, path.parent.name, path.stem, key, ballot)


def missing_key_problem(folder: Path, file: SealedFile) -> Problem:
    """Say that a ballot cannot be opened on this machine."""
    said = f"was sealed on another machine, with the key {file.key}"
    remedy = "`calib ballots key --help` says how to bring the key from there"
    return Problem(f"{folder.name}/{file.place}", said, remedy=remedy)


def encode_sealed(key: SealingKey, ballot: Ballot) -> bytes:
    """Return what stands in the file of a ballot that this key seals."""
    inner = ballot.model_dump_json().encode()
    # The size would tell who abstained, and who wrote a lot.
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
