"""The keys that seal ballots: kept outside the folder, so that the folder alone opens nothing.

Fernet (AES-128-CBC with HMAC-SHA-256) of the `cryptography` package seals; a key is 160 random
bits, written in base32 so that a person can copy it to another machine.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from calib.problems import BadInput, Problem
from calib.store.atomic import add_new_file, naming, replace_file
from calib.store.private import make_private, mark_of, private_folder

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

_BYTES = 20
_TEXT = re.compile(r"[A-Z2-7]{32}")


@dataclass(frozen=True, slots=True)
class Key:
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

    def _fernet(self) -> Fernet:
        from cryptography.fernet import Fernet  # noqa: PLC0415

        secret = hashlib.sha256(b"calib seal\0" + self.raw).digest()
        return Fernet(base64.urlsafe_b64encode(secret))


def key_from(text: str) -> Key:
    """Read a key as a person typed it; raises BadInput."""
    plain = re.sub(r"[\s-]", "", text).upper()
    if not _TEXT.fullmatch(plain):
        said = "a key has 32 letters and digits (A to Z, 2 to 7), in groups of four"
        raise BadInput([Problem("the key", said)])
    return Key(base64.b32decode(plain))


def key_of(folder: Path) -> Key:
    """Return this machine's key for a folder, a new one where there is none; raises CannotWrite."""
    place = make_private("keys") / f"folder-{mark_of(folder)}"
    fresh = Key(secrets.token_bytes(_BYTES))
    with naming(place):
        # Two programs may come at once: the first one's key is the key.
        if not place.exists() and add_new_file(place, fresh.text.encode()):
            place.chmod(0o600)
        key = key_from(place.read_text(encoding="ascii"))
    keep(key)
    return key


def keep(key: Key) -> None:
    """Keep a key under its own name, so that it opens what it sealed wherever the folder goes."""
    place = make_private("keys") / f"{key.name}.key"
    if not place.exists():
        replace_file(place, key.text.encode())
        with naming(place):
            place.chmod(0o600)


def keys_here() -> dict[str, Key]:
    """Return the keys of this machine by their names."""
    return {key.name: key for key in _read()}


def _read() -> Iterator[Key]:
    for place in sorted((private_folder() / "keys").glob("*.key")):
        try:
            yield key_from(place.read_text(encoding="ascii"))
        except (OSError, UnicodeError, BadInput):
            continue  # a ballot that needs it will name the key
