"""Cache the text of documents by their SHA-256, in a folder that only the user can open.

The cache changes only the time that reading takes. It has the full text of documents, some of them
confidential: it is never part of an export, and `calib evidence clear-cache` deletes it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePath

from calib.documents.model import Document, pack_document, unpack_document
from calib.documents.ocr import find_tesseract
from calib.files.cache_folder import cache_path
from calib.files.regular import read_regular

MAX_FILES = 2_000
"""The oldest are deleted first."""
_LIBRARIES = (
    "charset-normalizer",
    "lxml",
    "openpyxl",
    "pypdfium2",
    "python-docx",
    "python-pptx",
)
_FOLDER_MODE = 0o700
_FILE_MODE = 0o600


class DocumentCache:
    """Documents on disk; all failures are ignored, since a document can be read again."""

    def __init__(self) -> None:
        self._folder = _open_folder()
        self._changed = False

    def get(self, sha256: str, name: str) -> Document | None:
        """Return the document with this content, None if it is not in the cache."""
        if self._folder is None:
            return None
        with suppress(OSError, ValueError, LookupError, TypeError, RecursionError):
            values = json.loads(read_regular(self._folder / _file_name(sha256, name)))
            document = unpack_document(values)
            if document.sha256 == sha256:
                return replace(document, name=name)
        return None

    def put(self, document: Document) -> None:
        """Add a document that could be read; the reason for a failure may go away."""
        if self._folder is None or not document.readable:
            return
        data = json.dumps(pack_document(document), ensure_ascii=False).encode()
        target = self._folder / _file_name(document.sha256, document.name)
        temporary = target.with_name(f"{target.name}.{os.urandom(4).hex()}")
        # No fsync: a file that a power cut damages is not valid JSON, and is read again.
        with suppress(OSError):
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
            with os.fdopen(os.open(temporary, flags, _FILE_MODE), "wb") as file:
                file.write(data)
            os.replace(temporary, target)
            self._changed = True

    def prune(self) -> None:
        """Delete the oldest documents beyond the limit, and those of other versions of calib."""
        if self._folder is None or not self._changed:
            return
        with suppress(OSError):
            for other in self._folder.parent.iterdir():
                if other != self._folder:
                    shutil.rmtree(other, ignore_errors=True)
            files = sorted(self._folder.iterdir(), key=lambda p: p.stat().st_mtime)
            for file in files[:-MAX_FILES]:
                file.unlink(missing_ok=True)


def clear_cache() -> int:
    """Delete the text of all documents; return how many there were. Raises OSError."""
    folder = cache_path("documents")
    if folder is None or not folder.is_dir() or folder.is_symlink():
        return 0
    count = sum(path.suffix == ".json" for path in folder.rglob("*"))
    shutil.rmtree(folder)
    return count


def _open_folder() -> Path | None:
    """Create the folder for this version of the readers; None if it would not be private."""
    top = cache_path("documents")
    if top is None:
        return None
    try:
        top.parent.mkdir(parents=True, exist_ok=True)
        for folder in (top, top / _readers_version()):
            folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
            status = folder.lstat()
            is_own = not hasattr(os, "getuid") or status.st_uid == os.getuid()
            if not stat.S_ISDIR(status.st_mode) or not is_own:
                return None
            if stat.S_IMODE(status.st_mode) != _FOLDER_MODE:
                folder.chmod(_FOLDER_MODE)
    except OSError:
        return None
    return folder


@lru_cache(maxsize=1)
def _readers_version() -> str:
    """Return a hash of everything but the file that the passages depend on."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + read_regular(path))
    for library in _LIBRARIES:
        try:
            digest.update(f"{library} {version(library)}\n".encode())
        except PackageNotFoundError:
            digest.update(f"{library} missing\n".encode())
    digest.update(b"with OCR" if find_tesseract() else b"without OCR")
    return digest.hexdigest()[:16]


def _file_name(sha256: str, name: str) -> str:
    """Return the file for a content; the suffix decides how a text is read."""
    suffix = PurePath(name).suffix.lower().encode()
    return f"{sha256}-{hashlib.sha256(suffix).hexdigest()[:8]}.json"
