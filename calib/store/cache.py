"""What was worked out before, kept in the user's cache: it may be lost or deleted at any time.

Everything is kept under a fingerprint of what it was worked out from and forgotten with the program
that did it, so it can be old but never wrong.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from calib.errors import CannotWrite
from calib.files.atomic import replace_file
from calib.resources import resource_path

MAX_ENTRIES = 5_000
"""So many things are kept; the oldest go first."""


class ResultCache:
    """Remember plain values by name, in one file that only its owner can read."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._values: dict[str, Any] = {}
        self._changed = False
        if path is not None:
            self._values = _read_values(path)

    def get(self, name: str) -> Any:
        """Return what was kept under a name, None where nothing was."""
        return self._values.get(name)

    def keep(self, name: str, value: Any) -> None:
        """Keep a value until `save`."""
        self._values.pop(name, None)
        self._values[name] = value
        self._changed = True

    def save(self) -> None:
        """Write everything down; what cannot be written is worked out again next time."""
        if self.path is None or not self._changed:
            return
        kept = dict(list(self._values.items())[-MAX_ENTRIES:])
        data = json.dumps({"program": program_hash(), "values": kept}, ensure_ascii=False).encode()
        with suppress(OSError, CannotWrite):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if not self.path.exists():
                self.path.touch(mode=0o600)  # it holds names and levels of partners
            replace_file(self.path, data)


def cache_path(name: str) -> Path | None:
    """Return a file in the user's cache folder; None where there is none, or none is wanted."""
    if os.environ.get("CALIB_CACHE") == "off":
        return None
    try:
        base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
        return (Path(base) if base else Path.home() / ".cache") / "calib" / name
    except RuntimeError:  # there is no home
        return None


def _read_values(path: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads(path.read_bytes())
        if isinstance(found, dict) and found.get("program") == program_hash():
            values = found.get("values")
            return values if isinstance(values, dict) else {}
    return {}


def program_hash() -> str:
    """Return a hash over the program and the data it judges by."""
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
    """Return a hash over the names and bytes of all files of an assessment."""
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
    return ""  # never kept, never found


def _list_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if ".calib" not in path.relative_to(folder).parts:
            yield path


def _update_digest(digest: Any, name: str, data: bytes) -> None:
    digest.update(f"{name}\0{len(data)}\0".encode())
    digest.update(data)
