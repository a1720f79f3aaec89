"""The keys that seal ballots: kept outside the folder, so that the folder alone opens nothing.

Fernet (AES-128-CBC with HMAC-SHA-256) of the `cryptography` package seals; a key is 160 random
bits, written in base32 so that a person can copy it to another machine.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from calib.ballots.user_files import FILE_MODE, folder_id, make_private_folder, user_state_folder
from calib.errors import BadInput, Problem
from calib.files.atomic import add_new_file, replace_file, wrap_os_errors

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

_BYTES = 20
_TEXT = re.compile(r"[A-Z2-7]{32}")


@dataclass(frozen=True, slots=True)
class SealingKey:
    """Seal and open ballots."""

    raw: bytes

    @property
    def name(self) -> str:
        """Name the key without giving it away."""
        return hashlib.sha256(b"calib key name\0" + self.raw).hexdigest()[:12]

    @property
    def text(self) -> str:
        """Write the key in groups of four, to be copied by hand."""
        plain = base64.b32encode(self.raw).decode()
        return "-".join(plain[n : n + 4] for n in range(0, len(plain), 4))

    def seal(self, data: bytes) -> str:
        """Return what only this key opens."""
        sealed: bytes = self._fernet().encrypt(data)
        return sealed.decode()

    def open(self, sealed: str) -> bytes | None:
        """Return what was sealed; None where it was not by this key, or was tampered with."""
        from cryptography.fernet import InvalidToken  # noqa: PLC0415  only where ballots are sealed

        try:
            return bytes(self._fernet().decrypt(sealed.encode()))
        except (InvalidToken, UnicodeError, ValueError):
            return None

    def seat(self, assessor: str) -> str:
        """Name the seat of an assessor whose name is not kept.

        Always the same, so that a form taken in twice is one ballot; without the key nobody can
        tell whose it is.
        """
        mark = hmac.new(self.raw, b"calib seat\0" + assessor.encode(), hashlib.sha256)
        return f"seat-{mark.hexdigest()[:12]}"

    def _fernet(self) -> Fernet:
        from cryptography.fernet import Fernet  # noqa: PLC0415

        secret = hashlib.sha256(b"calib seal\0" + self.raw).digest()
        return Fernet(base64.urlsafe_b64encode(secret))


def parse_key(text: str) -> SealingKey:
    """Read a key as a person typed it; raises BadInput."""
    plain = re.sub(r"[\W_]", "", text).upper()
    if not _TEXT.fullmatch(plain):
        said = "has 32 letters and digits (A to Z, 2 to 7), in groups of four"
        raise BadInput([Problem("a key", said, remedy="copy all of it, as it was shown")])
    return SealingKey(base64.b32decode(plain))


def load_or_create_key(folder: Path) -> SealingKey:
    """Return this machine's key for a folder, a new one where there is none.

    Raises CannotWrite, and BadInput where the key is damaged.
    """
    place = _folder_key_path(folder)
    with wrap_os_errors(place):
        # Two programs may come at once: the first one's key is the key.
        if not place.exists():
            add_new_file(place, SealingKey(secrets.token_bytes(_BYTES)).text.encode(), FILE_MODE)
        data = place.read_bytes()
    key = _decode_key(data)
    if key is None:
        remedy = "remove it: a new one is made, and the others stay"
        raise BadInput([Problem(str(place), "holds no key", remedy=remedy)])
    store_key(key)
    return key


def adopt_key(folder: Path, key: SealingKey) -> None:
    """Keep a key from another machine, and seal a folder's ballots with it from now on."""
    store_key(key)
    replace_file(_folder_key_path(folder), key.text.encode(), FILE_MODE)


def store_key(key: SealingKey) -> None:
    """Keep a key under its own name, so that it opens what it sealed wherever the folder goes."""
    place = make_private_folder("keys") / f"{key.name}.key"
    with wrap_os_errors(place):
        if not place.exists() or _decode_key(place.read_bytes()) != key:
            replace_file(place, key.text.encode(), FILE_MODE)


def load_keys() -> dict[str, SealingKey]:
    """Return the keys of this machine by their names."""
    return {key.name: key for key in _iter_stored_keys()}


def _folder_key_path(folder: Path) -> Path:
    return make_private_folder("keys") / f"folder-{folder_id(folder)}"


def _iter_stored_keys() -> Iterator[SealingKey]:
    for place in sorted((user_state_folder() / "keys").glob("*.key")):
        with suppress(OSError):
            key = _decode_key(place.read_bytes())
            if key is not None:  # a ballot that needs it will name the key
                yield key


def _decode_key(data: bytes) -> SealingKey | None:
    try:
        return parse_key(data.decode("ascii"))
    except (UnicodeError, BadInput):
        return None
