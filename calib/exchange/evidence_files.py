"""Read evidence files safely: regular files inside the assessment only, in chunks."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from calib.files.regular import NotRegularFile, open_regular
from calib.model import Evidence, EvidenceResult, FileState

CHUNK_SIZE = 1 << 20


class EvidenceUnreadable(Exception):
    """An evidence file is missing or must not be read; the message is the reason."""


@dataclass(frozen=True, slots=True)
class EvidenceCheck:
    """An entry of the evidence register with the current state of its file."""

    result: EvidenceResult
    state: FileState
    why: str = ""
    """The reason why the file cannot be used; empty if it can, or if the entry has no file."""
    size: int = 0
    sha256: str = ""
    link_count: int = 1
    """The number of hard links; above 1 the file also exists under another name."""

    @property
    def item(self) -> Evidence:
        """The register entry."""
        return self.result.item


def check_evidence(folder: Path, result: EvidenceResult) -> EvidenceCheck:
    """Hash the file of a register entry and compare it; problems are returned, not raised."""
    item = result.item
    if item.file is None:
        return EvidenceCheck(result, FileState.LINKED)
    try:
        with open_evidence(folder, item.file) as file:
            digest = hashlib.sha256()
            size = 0
            for chunk in read_chunks(file):
                digest.update(chunk)
                size += len(chunk)
            link_count = os.fstat(file.fileno()).st_nlink
    except EvidenceUnreadable as error:
        return EvidenceCheck(result, FileState.MISSING, str(error))
    sha256 = digest.hexdigest()
    if item.sha256 is None:
        return EvidenceCheck(result, FileState.UNREGISTERED, "", size, sha256, link_count)
    if sha256 != item.sha256:
        why = "was changed after it was registered"
        return EvidenceCheck(result, FileState.CHANGED, why, size, sha256, link_count)
    return EvidenceCheck(result, FileState.PRESENT, "", size, sha256, link_count)


@contextmanager
def open_evidence(folder: Path, file: str) -> Iterator[BinaryIO]:
    """Open a registered file; raises EvidenceUnreadable unless it is a regular file in the folder.

    Links are not followed, neither for the file nor for its parent folders.
    """
    path, parts = folder / file, Path(file).parts
    steps = [folder.joinpath(*parts[:n]) for n in range(1, len(parts) + 1)]
    # A link could point at any file of the machine, which would then be handed out with the pack.
    if any(step.is_symlink() or _is_junction(step) for step in steps):
        raise EvidenceUnreadable("is a link, or inside a linked folder")
    if not path.resolve().is_relative_to(folder.resolve()):
        raise EvidenceUnreadable("is outside the assessment")
    try:
        stream = open_regular(path, follow=False)
    except NotRegularFile as error:
        raise EvidenceUnreadable("is not a regular file") from error
    except OSError as error:
        raise EvidenceUnreadable(_describe_error(error)) from error
    with stream:
        yield stream


def read_chunks(file: BinaryIO) -> Iterator[bytes]:
    """Yield the content of a file in chunks; raises EvidenceUnreadable on a read error."""
    try:
        while chunk := file.read(CHUNK_SIZE):
            yield chunk
    except OSError as error:
        raise EvidenceUnreadable(_describe_error(error)) from error


def _is_junction(path: Path) -> bool:
    """Return whether a path is a Windows junction; `Path.is_junction` is new in Python 3.12."""
    is_junction = getattr(path, "is_junction", None)
    return bool(is_junction and is_junction())


def _describe_error(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "is missing"
    return f"cannot be read: {error.strerror or error}"
