"""Assessments and reports on object storage, through fsspec: `s3://` and whatever else it knows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from calib.batch.manifest import RECORD
from calib.errors import BadInput, CannotWrite, Problem
from calib.report.write import NAMES

_MAGIC = re.compile(r"[*?[]")


def is_remote(place: str) -> bool:
    """Return whether a place is an address on a storage, not a path."""
    return "://" in place


def find_remote(address: str) -> list[tuple[str, str]]:
    """Return names and addresses of the assessments below an address or a pattern.

    One listing serves, however many there are. Where nothing is there, the address itself is
    returned, so that its error stands beside the others'. Raises BadInput where the storage cannot
    be read.
    """
    from fsspec.utils import glob_translate

    storage, path = _open(address)
    parts = PurePosixPath(path).parts
    fixed = next((n for n, part in enumerate(parts) if _MAGIC.search(part)), len(parts))
    root = PurePosixPath(*parts[:fixed])
    with _reading(address):
        try:
            keys = storage.find(str(root))
        except OSError:
            raise
        except Exception as error:  # its libraries have a hundred kinds of their own
            raise BadInput([Problem(address, f"cannot be reached: {error}")]) from error
    folders = _outermost({f for key in keys for f in _folders_of(PurePosixPath(key))}, root)
    if fixed < len(parts):
        wanted = re.compile(glob_translate(path))
        found = [f for f in folders if any(wanted.match(str(p)) for p in (f, *f.parents))]
    else:
        found = folders or [root]
    named = [(f, str(f.relative_to(root)) if f != root else f.name) for f in sorted(found)]
    odd = [str(f) for f, name in named if not _is_plain(name)]
    if odd:
        raise BadInput(Problem(one, "is no name that a folder can have") for one in odd)
    return [(name, str(storage.unstrip_protocol(str(folder)))) for folder, name in named]


def _folders_of(key: PurePosixPath) -> Iterator[PurePosixPath]:
    """Give the folder that an object makes an assessment, whole or one that has lost its header."""
    if key.name == "assessment.yaml":
        yield key.parent
    elif "controls" in key.parts[1:-1]:
        yield PurePosixPath(*key.parts[: key.parts.index("controls", 1)])


def _outermost(folders: set[PurePosixPath], root: PurePosixPath) -> list[PurePosixPath]:
    shown = {f for f in folders if not any(p.startswith(".") for p in f.relative_to(root).parts)}
    return [f for f in shown if not any(parent in shown for parent in f.parents)]


def fetch_assessment(address: str, folder: Path) -> None:
    """Copy all objects of an assessment into a folder.

    Raises BadInput where there is none, or an object has no name that a file can have.
    """
    storage, path = _open(address)
    with _reading(address):
        keys = [key for key in storage.find(path) if key != path]
        names = [key[len(path) + 1 :] for key in keys]
        odd = [name for name in names if not _is_plain(name)]
        if odd:
            raise BadInput(
                Problem(f"{address}/{name}", "is no name that a file can have") for name in odd
            )
        if not keys:
            raise BadInput([Problem(address, "no such folder")])
        targets = [folder / name for name in names]
        for inside in {target.parent for target in targets}:  # not every storage makes them
            inside.mkdir(parents=True, exist_ok=True)
        storage.get(keys, [str(target) for target in targets])


def fetch_report(address: str, folder: Path) -> None:
    """Copy a report that an earlier batch has left, with its record, into a folder."""
    storage, path = _open(address)
    with _reading(address):
        keys = {PurePosixPath(key).name: key for key in storage.find(path, maxdepth=1)}
        if RECORD in keys:
            there = [name for name in (*NAMES.values(), RECORD) if name in keys]
            storage.get([keys[n] for n in there], [str(folder / n) for n in there])


def put_report(folder: Path, names: Sequence[str], address: str) -> None:
    """Copy a report's files to an address, then its record, which stands for all of them.

    Raises CannotWrite where the storage refuses.
    """
    storage, path = _open(address)
    try:
        for some in (list(names), [RECORD]):
            storage.put([str(folder / n) for n in some], [f"{path}/{n}" for n in some])
    except (FileNotFoundError, PermissionError) as error:
        raise CannotWrite(address, str(error) or "the storage refuses") from error


def _is_plain(name: str) -> bool:
    """Return whether a name stays inside the folder that it is put in."""
    parts = name.split("/")
    return all(p not in ("", ".", "..") and p.isprintable() and "\\" not in p for p in parts)


def _open(address: str) -> tuple[Any, str]:
    """Return a storage, and the path of an address on it."""
    try:
        from fsspec.core import url_to_fs

        # Others write there as well: what was listed a minute ago is not what is there.
        storage, path = url_to_fs(address, use_listings_cache=False)
    except ImportError as error:
        remedy = "pip install 'calib[cluster]'; for storages other than S3, their fsspec package"
        raise BadInput([Problem(address, f"cannot be reached: {error}", remedy=remedy)]) from error
    except ValueError as error:
        raise BadInput([Problem(address, f"cannot be reached: {error}")]) from error
    return storage, str(path).rstrip("/")


@contextmanager
def _reading(address: str) -> Iterator[None]:
    """Say what a storage refuses as bad input; what may pass is left to be tried again."""
    try:
        yield
    except FileNotFoundError as error:
        raise BadInput([Problem(address, "no such folder or bucket")]) from error
    except PermissionError as error:
        said = f"may not be read: {error}"
        raise BadInput([Problem(address, said, remedy="look at your credentials")]) from error
