"""Assessments and reports on object storage, through fsspec (`s3://` and its other protocols)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Protocol

from calib.batch.manifest import MANIFEST_FILE
from calib.errors import BadInput, CannotWrite, Problem
from calib.report.write import NAMES
from calib.text import is_allowed_in_name

_WILDCARDS = re.compile(r"[*?[]")


class _FileSystem(Protocol):
    """The part of fsspec's AbstractFileSystem that is used here."""

    def find(self, path: str, maxdepth: int | None = None) -> list[str]: ...
    def get(self, rpath: list[str], lpath: list[str]) -> None: ...
    def put(self, lpath: list[str], rpath: list[str]) -> None: ...
    def unstrip_protocol(self, name: str) -> str: ...


def is_remote(place: str) -> bool:
    """Return whether a place is an address on object storage, not a path."""
    return "://" in place


def find_remote(address: str) -> list[tuple[str, str]]:
    """Return name and address of each assessment below an address or a pattern.

    If there is none, the address itself is returned, so that its error is reported with the others.
    Raises BadInput if the storage cannot be read.
    """
    from fsspec.utils import glob_translate

    storage, path = _open_storage(address)
    parts = PurePosixPath(path).parts
    fixed = next((n for n, part in enumerate(parts) if _WILDCARDS.search(part)), len(parts))
    root = PurePosixPath(*parts[:fixed])
    with _as_bad_input(address):
        try:
            # One recursive listing: asking folder by folder takes one request for each of them.
            keys = storage.find(str(root))
        except OSError:
            raise
        except Exception as error:  # the libraries of each storage have errors of their own
            raise BadInput([Problem(address, f"cannot be reached: {error}")]) from error
    found = {f for key in keys for f in _assessment_folders(PurePosixPath(key))}
    folders = _drop_nested(found, root)
    if fixed < len(parts):
        pattern = re.compile(glob_translate(path))
        matches = [f for f in folders if any(pattern.match(str(p)) for p in (f, *f.parents))]
    else:
        matches = folders or [root]
    named = [(f, str(f.relative_to(root)) if f != root else f.name) for f in sorted(matches)]
    invalid = [str(f) for f, name in named if not _is_safe_path(name)]
    if invalid:
        raise BadInput(Problem(folder, "not a valid folder name") for folder in invalid)
    return [(name, str(storage.unstrip_protocol(str(folder)))) for folder, name in named]


def _assessment_folders(key: PurePosixPath) -> Iterator[PurePosixPath]:
    """Yield the folder that an object makes an assessment, even one that has lost its header."""
    if key.name == "assessment.yaml":
        yield key.parent
    elif "controls" in key.parts[1:-1]:
        yield PurePosixPath(*key.parts[: key.parts.index("controls", 1)])


def _drop_nested(folders: set[PurePosixPath], root: PurePosixPath) -> list[PurePosixPath]:
    """Drop hidden folders, and those inside another assessment."""
    shown = {f for f in folders if not any(p.startswith(".") for p in f.relative_to(root).parts)}
    return [f for f in shown if not any(parent in shown for parent in f.parents)]


def fetch_assessment(address: str, folder: Path) -> None:
    """Download all objects of an assessment into a folder.

    Raises BadInput if there are none, or if an object's name is not a valid file name.
    """
    storage, path = _open_storage(address)
    with _as_bad_input(address):
        keys = [key for key in storage.find(path) if key != path]
        names = [key[len(path) + 1 :] for key in keys]
        # All names are checked first: object names may contain `..`, and nothing may be written
        # outside of the folder.
        invalid = [name for name in names if not _is_safe_path(name)]
        if invalid:
            raise BadInput(
                Problem(f"{address}/{name}", "not a valid file name") for name in invalid
            )
        if not keys:
            raise BadInput([Problem(address, "no such folder")])
        targets = [folder / name for name in names]
        for parent in {target.parent for target in targets}:  # not every storage creates them
            parent.mkdir(parents=True, exist_ok=True)
        storage.get(keys, [str(target) for target in targets])


def fetch_report(address: str, folder: Path) -> None:
    """Download the report of an earlier batch, with its manifest, into a folder."""
    storage, path = _open_storage(address)
    with _as_bad_input(address):
        keys = {PurePosixPath(key).name: key for key in storage.find(path, maxdepth=1)}
        if MANIFEST_FILE in keys:
            names = [name for name in (*NAMES.values(), MANIFEST_FILE) if name in keys]
            storage.get([keys[n] for n in names], [str(folder / n) for n in names])


def store_report(folder: Path, names: Sequence[str], address: str) -> None:
    """Upload the files of a report; raises CannotWrite if the storage denies it.

    The manifest comes last: an upload that is cut off leaves a report that the next batch rebuilds.
    """
    storage, path = _open_storage(address)
    try:
        for group in (list(names), [MANIFEST_FILE]):
            storage.put([str(folder / n) for n in group], [f"{path}/{n}" for n in group])
    except (FileNotFoundError, PermissionError) as error:
        message = str(error) or "permission denied by the object storage"
        raise CannotWrite(address, message) from error


def _is_safe_path(name: str) -> bool:
    """Return whether a relative path stays inside its folder and has no odd characters."""
    parts = name.split("/")
    return all(
        p not in ("", ".", "..") and all(map(is_allowed_in_name, p)) and "\\" not in p
        for p in parts
    )


def _open_storage(address: str) -> tuple[_FileSystem, str]:
    """Return the storage of an address, and the path on it; raises BadInput."""
    try:
        from fsspec.core import url_to_fs

        # No cache: other machines write to the same storage, and listings would be outdated.
        storage, path = url_to_fs(address, use_listings_cache=False)
    except ImportError as error:
        remedy = "pip install 'calib[cluster]'; for storages other than S3, their fsspec package"
        raise BadInput([Problem(address, f"cannot be reached: {error}", remedy=remedy)]) from error
    except ValueError as error:
        raise BadInput([Problem(address, f"cannot be reached: {error}")]) from error
    return storage, str(path).rstrip("/")


@contextmanager
def _as_bad_input(address: str) -> Iterator[None]:
    """Turn missing folders and denied access into BadInput; other errors remain, for a retry."""
    try:
        yield
    except FileNotFoundError as error:
        raise BadInput([Problem(address, "no such folder or bucket")]) from error
    except PermissionError as error:
        message = f"access denied: {error}"
        raise BadInput([Problem(address, message, remedy="check your credentials")]) from error
