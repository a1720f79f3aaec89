"""What a report was made from, kept beside it: the next batch does only what has changed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from calib import __version__
from calib.batch.model import Job, Options
from calib.model.base import FrozenModel
from calib.resources import package, shipped
from calib.store.locate import find_assessment

RECORD = ".calib-batch.json"
_ASIDE = (".calib", ".git", "__pycache__")
_LIBRARIES = (
    "fontpkg-noto-sans",
    "fontpkg-noto-sans-arabic",
    "fontpkg-source-sans-3",
    "jinja2",
    "nbconvert",
    "plotly",
    "typst",
)
"""Beside our own code, what the bytes of a report come from."""


class Record(FrozenModel):
    """Hold what a report was made from, its files, and what it says."""

    fingerprint: str
    files: dict[str, str]
    """Their hashes, by name."""
    partner: str
    readiness: str
    gauge: float
    actions: int
    replaced: tuple[str, ...]


def fingerprint(job: Job, options: Options) -> str:
    """Return a hash of all that a report is made from: the folder, the options, the program."""
    wanted = {"parameters": options.parameters, "formats": options.formats, "program": program()}
    digest = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode())
    if options.notebook:
        _absorb(digest, "notebook", Path(options.notebook))
    folder = find_assessment(job.assessment)
    for path in _files(folder, set()):
        _absorb(digest, path.relative_to(folder).as_posix(), path)
    return digest.hexdigest()


@cache
def program() -> str:
    """Return a hash of the program: its own files, and the versions of what else makes the bytes.

    Of the files, not of the version alone, since a checkout changes without a new one.
    """
    versions = {name: metadata.version(name) for name in _LIBRARIES}
    digest = hashlib.sha256(json.dumps([__version__, versions]).encode())
    folders = [package(), *(shipped(*p) for p in _CONTENT)]
    for folder in folders:
        for path in _files(folder, set()):
            _absorb(digest, path.relative_to(folder).as_posix(), path)
    return digest.hexdigest()


_CONTENT = (("data", "catalog"), ("data", "review"), ("templates",), ("notebooks",))


def current(job: Job, mark: str) -> Record | None:
    """Return the record of a report that is there, whole, and made from what is there now."""
    output = Path(job.output)
    try:
        record = Record.model_validate_json((output / RECORD).read_bytes())
        if record.fingerprint != mark:
            return None
        for name, digest in record.files.items():
            with (output / name).open("rb") as stream:
                if hashlib.file_digest(stream, "sha256").hexdigest() != digest:
                    return None
    except (OSError, ValidationError):
        return None
    return record


def _files(folder: Path, seen: set[str]) -> Iterator[Path]:
    """Give what lies in a folder, in order; folders that lead back are entered once."""
    seen.add(os.path.realpath(folder))
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if not entry.is_dir():
            yield Path(entry.path)
        elif entry.name not in _ASIDE and os.path.realpath(entry.path) not in seen:
            yield from _files(Path(entry.path), seen)


def _absorb(digest: Any, name: str, path: Path) -> None:
    """Add a file's name and content; of what is no file or cannot be read, the name alone."""
    content = "-"
    if path.is_file():  # a pipe would wait for its writer
        try:
            with path.open("rb") as stream:
                content = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError:
            content = "?"
    digest.update(f"{name}\0{content}\0".encode("utf-8", "surrogateescape"))
