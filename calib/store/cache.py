"""Cache computed results in the user's cache folder, where they may be deleted at any time.

The key of a result is a hash of its inputs, and a cache file is discarded when the program or its
data changes, so a result in the cache is never outdated.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from calib.errors import CannotWrite
from calib.files.atomic import replace_file
from calib.resources import resource_path

MAX_ENTRIES = 5_000
"""The oldest entries are removed first."""


class ResultCache:
    """Plain values by key, in one file that only its owner can read."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._values: dict[str, Any] = {}
        self._changed = False
        if path is not None:
            self._values = _read_values(path)

    def get(self, key: str) -> Any:
        """Return the value of a key, None if there is none."""
        return self._values.get(key)

    def put(self, key: str, value: object) -> None:
        """Set the value of a key; `save` writes it."""
        # Removed first, so that the key moves to the end: the oldest keys come first.
        self._values.pop(key, None)
        self._values[key] = value
        self._changed = True

    def save(self) -> None:
        """Write the cache; a failure is ignored, since the results can be computed again."""
        if self.path is None or not self._changed:
            return
        kept = dict(list(self._values.items())[-MAX_ENTRIES:])
        data = json.dumps({"program": program_hash(), "values": kept}, ensure_ascii=False).encode()
        with suppress(OSError, CannotWrite):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if not self.path.exists():
                self.path.touch(mode=0o600)  # it contains names and levels of partners
            replace_file(self.path, data)


def _read_values(path: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads(path.read_bytes())
        if isinstance(found, dict) and found.get("program") == program_hash():
            values = found.get("values")
            return values if isinstance(values, dict) else {}
    return {}


def program_hash() -> str:
    """Return a hash of the program's code and of the data that results depend on."""
    digest = hashlib.sha256()
    roots = (
        Path(__file__).parent.parent,
        resource_path("data", "catalog"),
        resource_path("data", "review"),
    )
    for root in roots:
        for path in sorted(root.rglob("*")):
            if path.suffix in (".py", ".yaml", ".json", ".tsv", ".md") and path.is_file():
                _update_digest(digest, path.relative_to(root).as_posix(), path.read_bytes())
    return digest.hexdigest()


def folder_hash(folder: Path) -> str:
    """Return a hash of the names and bytes of an assessment's files; "" if one is unreadable."""
    digest = hashlib.sha256()
    with suppress(OSError):
        for path in _list_files(folder):
            name = path.relative_to(folder).as_posix()
            if path.is_symlink():
                _update_digest(digest, name, f"link {path.readlink()}".encode())
            if path.is_file():
                with path.open("rb") as stream:
                    _update_digest(digest, name, hashlib.file_digest(stream, "sha256").digest())
            else:
                _update_digest(digest, name, b"")
        return digest.hexdigest()
    return ""  # callers do not cache under an empty key


def _list_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if ".calib" not in path.relative_to(folder).parts:
            yield path


def _update_digest(digest: hashlib._Hash, name: str, data: bytes) -> None:
    # With its length, the content cannot run into the next name: every list of files is unique.
    digest.update(f"{name}\0{len(data)}\0".encode())
    digest.update(data)
