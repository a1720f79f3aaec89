"""The manifest beside each report: its inputs, so unchanged reports are skipped."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from calib import __version__
from calib.batch.model import BatchOptions, Job
from calib.model.base import FrozenModel
from calib.resources import package_folder, resource_path
from calib.store.locate import find_assessment

if TYPE_CHECKING:
    from hashlib import _Hash

MANIFEST_FILE = ".calib-batch.json"
_IGNORED_FOLDERS = (".calib", ".git", "__pycache__")
_LIBRARIES = (
    "fontpkg-noto-sans",
    "fontpkg-noto-sans-arabic",
    "fontpkg-source-sans-3",
    "jinja2",
    "nbconvert",
    "plotly",
    "typst",
)
"""Libraries whose version changes the bytes of a report."""
_CONTENT = (("data", "catalog"), ("data", "review"), ("templates",), ("notebooks",))
"""Folders of this project, besides the package, that change the bytes of a report."""


class Manifest(FrozenModel):
    """The inputs of a report, its files and its main figures."""

    fingerprint: str
    files: dict[str, str]
    """SHA-256 of each file, by name."""
    partner: str
    readiness: str
    gauge: float
    actions: int
    replaced: tuple[str, ...]


def fingerprint(job: Job, options: BatchOptions) -> str:
    """Hash all inputs of a report: the assessment folder, the options and the program."""
    inputs = {
        "parameters": options.parameters,
        "formats": options.formats,
        "program": program_fingerprint(),
    }
    digest = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode())
    if options.notebook:
        _add_file(digest, "notebook", Path(options.notebook))
    folder = find_assessment(job.assessment)
    for path in _walk_files(folder, set()):
        _add_file(digest, path.relative_to(folder).as_posix(), path)
    return digest.hexdigest()


@cache
def program_fingerprint() -> str:
    """Hash the program: its own files and the versions of the libraries that shape a report.

    The version number alone is not enough: in a checkout, files change under the same number.
    """
    versions = {name: metadata.version(name) for name in _LIBRARIES}
    digest = hashlib.sha256(json.dumps([__version__, versions]).encode())
    folders = [package_folder(), *(resource_path(*parts) for parts in _CONTENT)]
    for folder in folders:
        for path in _walk_files(folder, set()):
            _add_file(digest, path.relative_to(folder).as_posix(), path)
    return digest.hexdigest()


def load_current_manifest(job: Job, expected: str) -> Manifest | None:
    """Load the manifest of a report that is complete and has the expected fingerprint."""
    output = Path(job.output)
    try:
        manifest = Manifest.model_validate_json((output / MANIFEST_FILE).read_bytes())
        if manifest.fingerprint != expected:
            return None
        for name, digest in manifest.files.items():
            with (output / name).open("rb") as stream:
                if hashlib.file_digest(stream, "sha256").hexdigest() != digest:
                    return None
    except (OSError, ValidationError):
        return None
    return manifest


def _walk_files(folder: Path, visited: set[str]) -> Iterator[Path]:
    """Yield the files of a folder in order.

    Symbolic links are followed, as the report reads through them; `visited` stops link cycles.
    """
    visited.add(os.path.realpath(folder))
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if not entry.is_dir():
            yield Path(entry.path)
        elif entry.name not in _IGNORED_FOLDERS and os.path.realpath(entry.path) not in visited:
            yield from _walk_files(Path(entry.path), visited)


def _add_file(digest: _Hash, name: str, path: Path) -> None:
    """Add name and content of a file; the name alone if it cannot be read or is not a file."""
    content = "-"
    if path.is_file():  # opening a named pipe would block until another process writes to it
        try:
            with path.open("rb") as stream:
                content = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError:
            content = "?"
    digest.update(f"{name}\0{content}\0".encode("utf-8", "surrogateescape"))
