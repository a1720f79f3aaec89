"""Bring a folder from the format it has to the one this program writes: whole, or not at all.

The new files and a copy of the old ones are on disk before the first file changes; a kill leaves
the old folder or, once the next program has opened it, the new one (see `swap`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from calib.errors import BadInput, Problem
from calib.files.atomic import make_folder, replace_file
from calib.files.regular import read_regular
from calib.model.assessment import FORMAT
from calib.store.filenames import yaml_files
from calib.store.transaction import finish, is_unfinished, swap
from calib.store.writer import Edges, Writer
from calib.yamledit.edit import BadText, read_value

Files = Mapping[str, bytes]
Step = Callable[[Files], Files]
"""Turn all files of one format into those of the next; a file that is left out goes."""

STEPS: Mapping[int, Step] = {}
"""By the format they start from. Format 1 is the first, so there are none yet."""

_HEADER = "assessment.yaml"


@dataclass(frozen=True, slots=True)
class Migration:
    """Say what a migration did: from which format, or version of the catalog, to which."""

    before: int | str
    after: int | str
    changed: tuple[str, ...] = ()
    backup: Path | None = None


def migrate(
    folder: Path | str, today: date, *, steps: Mapping[int, Step] = STEPS, target: int = FORMAT
) -> Migration:
    """Bring a folder to the target format; a folder that has it already is left alone.

    Raises BadInput where the folder cannot be read, CannotWrite where it cannot be written; the
    folder is then as it was.
    """
    root = Path(folder).resolve()
    if _format(read_files(root), root) == target and not is_unfinished(root):
        return Migration(target, target)
    with at_rest(root) as (writer, old):
        number = _format(old, root)
        if number == target:
            return Migration(number, number)
        must_have_settled(writer)
        new = _stepped(old, number, steps, target, root)
        changed, backup = replace_all(writer, old, new, f"{today.isoformat()}-format-{number}")
        return Migration(number, target, changed, backup)


@contextmanager
def at_rest(folder: Path) -> Iterator[tuple[Writer, dict[str, bytes]]]:
    """Hold a folder's lock, with no change half done, and give its files; raises CannotWrite."""
    writer = Writer(folder, "calib", Edges())
    writer.prepare()
    with writer.locked():
        finish(folder)
        yield writer, read_files(folder)


def replace_all(writer: Writer, old: Files, new: Files, name: str) -> tuple[tuple[str, ...], Path]:
    """Keep a copy of the old files, then put the new ones in place, all of them or none.

    Returns the names of the files that changed, and where the copy lies. Raises CannotWrite.
    """
    changed = tuple(sorted(n for n in old.keys() | new.keys() if old.get(n) != new.get(n)))
    backup = _backed_up(writer.dot, old, name)
    swap(writer.folder, {n: new.get(n) for n in changed}, last=_HEADER)
    return changed, backup


def read_files(folder: Path) -> dict[str, bytes]:
    """Read all files of an assessment but its evidence; raises BadInput."""
    paths = [*yaml_files(folder), *sorted(folder.glob("milestones/*.json"))]
    try:
        return {p.relative_to(folder).as_posix(): read_regular(p) for p in paths}
    except OSError as error:
        problem = Problem(str(error.filename), f"cannot be read: {error.strerror}")
        raise BadInput([problem]) from error


def _format(files: Files, folder: Path) -> int:
    header = _parsed(_HEADER, files.get(_HEADER, b""), folder)
    number = header.get("format") if isinstance(header, dict) else None
    if not isinstance(number, int) or isinstance(number, bool):
        message = "has no format, or is missing"
        raise BadInput([Problem(f"{folder.name}/{_HEADER}", message, remedy="write `format: 1`")])
    return number


def _parsed(name: str, data: bytes, folder: Path) -> Any:
    shown = f"{folder.name}/{name}"
    try:
        return read_value(data.decode("utf-8-sig"), shown)
    except BadText as error:
        raise BadInput([Problem(shown, str(error))]) from error
    except UnicodeDecodeError as error:
        raise BadInput([Problem(shown, f"is not UTF-8 (byte {error.start})")]) from error


def _stepped(
    files: Files, number: int, steps: Mapping[int, Step], target: int, folder: Path
) -> Files:
    if number > target:
        message = f"format {number} is newer than this program, which writes {target}"
        remedy = "install a newer calib"
        raise BadInput([Problem(f"{folder.name}/{_HEADER}", message, remedy=remedy)])
    for name in _yaml_names(files):
        _parsed(name, files[name], folder)
    for one in range(number, target):
        if one not in steps:
            message = f"there is no way from format {one} to {one + 1}"
            raise BadInput([Problem(f"{folder.name}/{_HEADER}", message)])
        files = steps[one](files)
    for name in _yaml_names(files):
        _parsed(name, files[name], folder)
    if _format(files, folder) != target:
        raise BadInput([Problem(f"{folder.name}/{_HEADER}", f"the steps do not reach {target}")])
    return files


def _yaml_names(files: Files) -> Iterator[str]:
    return (name for name in files if name.endswith(".yaml"))


def must_have_settled(writer: Writer) -> None:
    """Raise BadInput while edits wait that still think of the files as they are."""
    writer.readers.refresh()
    waiting = writer.readers.waiting()
    if waiting:
        message = f"{len(waiting)} edits wait in the journal, the first for {waiting[0].file}"
        remedy = "let them reach their files, or give them up, before everything changes"
        raise BadInput([Problem(writer.folder.name, message, remedy=remedy)])


def _backed_up(dot: Path, files: Files, name: str) -> Path:
    make_folder(dot / "backup")
    backup, number = dot / "backup" / name, 1
    while backup.exists():
        number += 1
        backup = dot / "backup" / f"{name}-{number}"
    make_folder(backup)
    for file, data in files.items():
        for parent in reversed((backup / file).relative_to(backup).parents[:-1]):
            make_folder(backup / parent)
        replace_file(backup / file, data)
    return backup
