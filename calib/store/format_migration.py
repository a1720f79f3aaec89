"""Bring a folder from the format it has to the one this program writes: whole, or not at all.

The new files and a copy of the old ones are on disk before the first file changes; a kill leaves
the old folder or, once the next program has opened it, the new one (see `write_transaction`).
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
from calib.store.transaction import finish_transaction, is_transaction_unfinished, write_transaction
from calib.store.writer import FolderWriter, StoreEnvironment
from calib.yamledit.edit import InvalidYaml, parse_value

Files = Mapping[str, bytes]
FormatStep = Callable[[Files], Files]
"""Turn all files of one format into those of the next; a file that is left out goes."""

FORMAT_STEPS: Mapping[int, FormatStep] = {}
"""By the format they start from. Format 1 is the first, so there are none yet."""

_HEADER = "assessment.yaml"


@dataclass(frozen=True, slots=True)
class Migration:
    """Say what a migration did: from which format, or version of the catalog, to which."""

    before: int | str
    after: int | str
    changed: tuple[str, ...] = ()
    backup: Path | None = None


def migrate_format(
    folder: Path | str,
    today: date,
    *,
    steps: Mapping[int, FormatStep] = FORMAT_STEPS,
    target: int = FORMAT,
) -> Migration:
    """Bring a folder to the target format; a folder that has it already is left alone.

    Raises BadInput where the folder cannot be read, CannotWrite where it cannot be written; the
    folder is then as it was.
    """
    root = Path(folder).resolve()
    if _format(read_files(root), root) == target and not is_transaction_unfinished(root):
        return Migration(target, target)
    with locked_files(root) as (writer, old):
        number = _format(old, root)
        if number == target:
            return Migration(number, number)
        check_nothing_pending(writer)
        new = _run_steps(old, number, steps, target, root)
        changed, backup = replace_files(writer, old, new, f"{today.isoformat()}-format-{number}")
        return Migration(number, target, changed, backup)


@contextmanager
def locked_files(folder: Path) -> Iterator[tuple[FolderWriter, dict[str, bytes]]]:
    """Hold a folder's lock, with no change half done, and give its files; raises CannotWrite."""
    writer = FolderWriter(folder, "calib", StoreEnvironment())
    writer.ensure_journal_folder()
    with writer.locked():
        finish_transaction(folder)
        yield writer, read_files(folder)


def replace_files(
    writer: FolderWriter, old: Files, new: Files, name: str
) -> tuple[tuple[str, ...], Path]:
    """Keep a copy of the old files, then put the new ones in place, all of them or none.

    Returns the names of the files that changed, and where the copy lies. Raises CannotWrite.
    """
    changed = tuple(sorted(n for n in old.keys() | new.keys() if old.get(n) != new.get(n)))
    backup = _write_backup(writer.internal_folder, old, name)
    write_transaction(writer.folder, {n: new.get(n) for n in changed}, last=_HEADER)
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
    header = _parse_file(_HEADER, files.get(_HEADER, b""), folder)
    number = header.get("format") if isinstance(header, dict) else None
    if not isinstance(number, int) or isinstance(number, bool):
        message = "has no format, or is missing"
        raise BadInput([Problem(f"{folder.name}/{_HEADER}", message, remedy="write `format: 1`")])
    return number


def _parse_file(name: str, data: bytes, folder: Path) -> Any:
    shown = f"{folder.name}/{name}"
    try:
        return parse_value(data.decode("utf-8-sig"), shown)
    except InvalidYaml as error:
        raise BadInput([Problem(shown, str(error))]) from error
    except UnicodeDecodeError as error:
        raise BadInput([Problem(shown, f"is not UTF-8 (byte {error.start})")]) from error


def _run_steps(
    files: Files, number: int, steps: Mapping[int, FormatStep], target: int, folder: Path
) -> Files:
    if number > target:
        message = f"format {number} is newer than this program, which writes {target}"
        remedy = "install a newer calib"
        raise BadInput([Problem(f"{folder.name}/{_HEADER}", message, remedy=remedy)])
    for name in _yaml_names(files):
        _parse_file(name, files[name], folder)
    for one in range(number, target):
        if one not in steps:
            message = f"there is no way from format {one} to {one + 1}"
            raise BadInput([Problem(f"{folder.name}/{_HEADER}", message)])
        files = steps[one](files)
    for name in _yaml_names(files):
        _parse_file(name, files[name], folder)
    if _format(files, folder) != target:
        raise BadInput([Problem(f"{folder.name}/{_HEADER}", f"the steps do not reach {target}")])
    return files


def _yaml_names(files: Files) -> Iterator[str]:
    return (name for name in files if name.endswith(".yaml"))


def check_nothing_pending(writer: FolderWriter) -> None:
    """Raise BadInput while edits wait that still think of the files as they are."""
    writer.journal_reader.refresh()
    waiting = writer.journal_reader.waiting()
    if waiting:
        message = f"{len(waiting)} edits wait in the journal, the first for {waiting[0].file}"
        remedy = "let them reach their files, or give them up, before everything changes"
        raise BadInput([Problem(writer.folder.name, message, remedy=remedy)])


def _write_backup(dot: Path, files: Files, name: str) -> Path:
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
