"""The keys that seal ballots, kept outside the assessment folder.

Reading the folder is therefore not enough to open a ballot. Ballots are encrypted with Fernet
(AES-128-CBC with HMAC-SHA-256) of the `cryptography` package. A key is 160 random bits, written in
base32 so that a person can copy it to another machine.
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
    """A key that seals and opens ballots."""

    raw: bytes

    @property
    def name(self) -> str:
        """Return a public name of the key, from which the key cannot be derived."""
        return hashlib.sha256(b"calib key name\0" + self.raw).hexdigest()[:12]

    @property
    def text(self) -> str:
        """Return the key as text in groups of four, to be copied by hand."""
        digits = base64.b32encode(self.raw).decode()
        return "-".join(digits[n : n + 4] for n in range(0, len(digits), 4))

    def seal(self, data: bytes) -> str:
        """Encrypt data; only this key opens it."""
        sealed: bytes = self._fernet().encrypt(data)
        return sealed.decode()

    def open(self, sealed: str) -> bytes | None:
        """Decrypt data; None if another key sealed it or it was changed."""
        from cryptography.fernet import InvalidToken  # noqa: PLC0415  slow to import

        try:
            return bytes(self._fernet().decrypt(sealed.encode()))
        except (InvalidToken, UnicodeError, ValueError):
            return None

    def seat(self, assessor: str) -> str:
        """Return the seat of an assessor in an anonymous workshop.

        It is the same each time, so that a form imported twice gives one ballot. It depends on the
        key, because a plain hash could be matched against the names of the participants.
        """
        digest = hmac.new(self.raw, b"calib seat\0" + assessor.encode(), hashlib.sha256)
        return f"seat-{digest.hexdigest()[:12]}"

    def _fernet(self) -> Fernet:
        from cryptography.fernet import Fernet  # noqa: PLC0415  slow to import

        secret = hashlib.sha256(b"calib seal\0" + self.raw).digest()
        return Fernet(base64.urlsafe_b64encode(secret))


def parse_key(text: str) -> SealingKey:
    """Parse a key as a person typed it; raises BadInput."""
    digits = re.sub(r"[\W_]", "", text).upper()
    if not _TEXT.fullmatch(digits):
        message = "has 32 letters and digits (A to Z, 2 to 7), in groups of four"
        raise BadInput([Problem("a key", message, remedy="copy all of it, as it was shown")])
    return SealingKey(base64.b32decode(digits))


def load_or_create_key(folder: Path) -> SealingKey:
    """Return the key for a folder on this machine; a new one is created if there is none.

    Raises CannotWrite, and BadInput if the key file is damaged.
    """
    path = _folder_key_path(folder)
    with wrap_os_errors(path):
        # Two programs may do this at the same time. `add_new_file` never overwrites, so both read
        # the key of the first one below.
        if not path.exists():
            add_new_file(path, SealingKey(secrets.token_bytes(_BYTES)).text.encode(), FILE_MODE)
        data = path.read_bytes()
    key = _decode_key(data)
    if key is None:
        remedy = "remove the file: a new key is created, and the other keys stay"
        raise BadInput([Problem(str(path), "does not contain a key", remedy=remedy)])
    store_key(key)
    return key


def adopt_key(folder: Path, key: SealingKey) -> None:
    """Store a key from another machine, and use it to seal the ballots of a folder from now on."""
    store_key(key)
    replace_file(_folder_key_path(folder), key.text.encode(), FILE_MODE)


def store_key(key: SealingKey) -> None:
    """Store a key under its own name, so that it opens its ballots when the folder was moved."""
    path = make_private_folder("keys") / f"{key.name}.key"
    with wrap_os_errors(path):
        if not path.exists() or _decode_key(path.read_bytes()) != key:
            replace_file(path, key.text.encode(), FILE_MODE)


def load_keys() -> dict[str, SealingKey]:
    """Return the keys on this machine by name."""
    return {key.name: key for key in _iter_stored_keys()}


def _folder_key_path(folder: Path) -> Path:
    return make_private_folder("keys") / f"folder-{folder_id(folder)}"


def _iter_stored_keys() -> Iterator[SealingKey]:
    for path in sorted((user_state_folder() / "keys").glob("*.key")):
        with suppress(OSError):
            key = _decode_key(path.read_bytes())
            if key is not None:  # if a ballot needs a damaged key, its problem names the key
                yield key


def _decode_key(data: bytes) -> SealingKey | None:
    try:
        return parse_key(data.decode("ascii"))
    except (UnicodeError, BadInput):
        return None
