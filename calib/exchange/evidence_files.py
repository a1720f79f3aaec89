"""Evidence files, opened with care: regular files inside the folder, and never all in memory."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from calib.files.regular import NotRegular, open_regular
from calib.model import Evidence, EvidenceResult, FileState

CHUNK = 1 << 20


class NotThere(Exception):
    """Say why an evidence file is none that may be read."""


@dataclass(frozen=True, slots=True)
class Looked:
    """Hold an entry of the register with what was found of its file just now."""

    result: EvidenceResult
    state: FileState
    why: str = ""
    """Why the file cannot be taken; empty where it can, or there is none."""
    size: int = 0
    sha256: str = ""
    names: int = 1
    """How many names the file has on its disk: more than one where it is linked elsewhere."""

    @property
    def item(self) -> Evidence:
        """The entry."""
        return self.result.item


def look(folder: Path, result: EvidenceResult) -> Looked:
    """Look at the file of an entry and take its hash; never raises for what is wrong with it."""
    item = result.item
    if item.file is None:
        return Looked(result, FileState.LINKED)
    try:
        with open_evidence(folder, item.file) as file:
            digest = hashlib.sha256()
            size = 0
            for piece in pieces(file):
                digest.update(piece)
                size += len(piece)
            names = os.fstat(file.fileno()).st_nlink
    except NotThere as error:
        return Looked(result, FileState.MISSING, str(error))
    found = digest.hexdigest()
    if item.sha256 is None:
        return Looked(result, FileState.UNREGISTERED, "", size, found, names)
    if found != item.sha256:
        why = "was changed after it was registered"
        return Looked(result, FileState.CHANGED, why, size, found, names)
    return Looked(result, FileState.PRESENT, "", size, found, names)


@contextmanager
def open_evidence(folder: Path, file: str) -> Iterator[BinaryIO]:
    """Open a file of the register; raises NotThere where it is no regular file of the folder.

    Links are not followed, neither the file nor a folder on the way to it.
    """
    path, parts = folder / file, Path(file).parts
    way = [folder.joinpath(*parts[:n]) for n in range(1, len(parts) + 1)]
    if any(step.is_symlink() or _is_junction(step) for step in way):
        raise NotThere("is a link, or lies behind one")
    if not path.resolve().is_relative_to(folder.resolve()):
        raise NotThere("lies outside the assessment")
    try:
        stream = open_regular(path, follow=False)
    except NotRegular as error:
        raise NotThere("is no regular file") from error
    except OSError as error:
        raise NotThere(_said(error)) from error
    with stream:
        yield stream


def pieces(file: BinaryIO) -> Iterator[bytes]:
    """Read a file piece by piece; raises NotThere where the disk fails."""
    try:
        while piece := file.read(CHUNK):
            yield piece
    except OSError as error:
        raise NotThere(_said(error)) from error


def _is_junction(path: Path) -> bool:
    """Say whether it is a link of Windows's own kind, which Python 3.12 and newer can tell."""
    look = getattr(path, "is_junction", None)
    return bool(look and look())


def _said(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "is not there"
    return f"cannot be read: {error.strerror or error}"
