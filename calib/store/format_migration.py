"""Migrate a folder to the format that this program writes, in one transaction.

The new files and a backup of the old ones are on disk before the first file changes. After a kill
the folder has its old files or, once the next program has opened it, the new ones (see
`transaction`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from calib.errors import BadInput, Problem
from calib.files.atomic import make_folder, replace_file
from calib.files.regular import read_regular
from calib.files.strict_yaml import PlainValue
from calib.model.assessment import FORMAT
from calib.store.filenames import yaml_files
from calib.store.transaction import finish_transaction, is_transaction_unfinished, write_transaction
from calib.store.writer import FolderWriter, StoreEnvironment
from calib.text import plural
from calib.yamledit.edit import InvalidYaml, parse_value

Files = Mapping[str, bytes]
FormatStep = Callable[[Files], Files]
"""Convert all files of one format to the next; files missing from the result are removed."""

FORMAT_STEPS: Mapping[int, FormatStep] = {}
"""Steps by the format they start from. Empty, because format 1 is still the only one."""

_HEADER = "assessment.yaml"


@dataclass(frozen=True, slots=True)
class Migration:
    """The result of a migration; `before` and `after` are formats or versions of the catalog."""

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
    """Migrate a folder to the target format; nothing is done if it has that already.

    Raises BadInput if the folder cannot be read and CannotWrite if it cannot be written; the folder
    is then unchanged.
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
    """Hold a folder's lock, complete an interrupted transaction, and yield the files.

    Raises CannotWrite, and BadInput if a file cannot be read.
    """
    writer = FolderWriter(folder, "calib", StoreEnvironment())
    writer.ensure_journal_folder()
    with writer.locked():
        finish_transaction(folder)
        yield writer, read_files(folder)


def replace_files(
    writer: FolderWriter, old: Files, new: Files, name: str
) -> tuple[tuple[str, ...], Path]:
    """Write a backup of the old files, then replace them by the new ones in one transaction.

    Returns the names of the changed files and the folder of the backup. Raises CannotWrite.
    """
    changed = tuple(sorted(n for n in old.keys() | new.keys() if old.get(n) != new.get(n)))
    backup = _write_backup(writer.internal_folder, old, name)
    # The header last: until it is written, readers without the lock see the old version, whose
    # rules still fit the old files among the new.
    write_transaction(writer.folder, {n: new.get(n) for n in changed}, last=_HEADER)
    return changed, backup


def read_files(folder: Path) -> dict[str, bytes]:
    """Read all files of an assessment except its evidence; raises BadInput."""
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
        message = "is missing, or has no format"
        raise BadInput([Problem(f"{folder.name}/{_HEADER}", message, remedy="write `format: 1`")])
    return number


def _parse_file(name: str, data: bytes, folder: Path) -> PlainValue:
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
    for step in range(number, target):
        if step not in steps:
            message = f"no migration from format {step} to {step + 1}"
            raise BadInput([Problem(f"{folder.name}/{_HEADER}", message)])
        files = steps[step](files)
    for name in _yaml_names(files):
        _parse_file(name, files[name], folder)
    if _format(files, folder) != target:
        raise BadInput(
            [Problem(f"{folder.name}/{_HEADER}", f"the migration does not reach format {target}")]
        )
    return files


def _yaml_names(files: Files) -> Iterator[str]:
    return (name for name in files if name.endswith(".yaml"))


def check_nothing_pending(writer: FolderWriter) -> None:
    """Raise BadInput while edits are pending: after the migration their `seen` would not match."""
    writer.journal_reader.refresh()
    pending = writer.journal_reader.pending()
    if pending:
        edits = f"{plural(len(pending), 'edit')} {'is' if len(pending) == 1 else 'are'} pending"
        message = f"{edits}, the first for {pending[0].file}"
        remedy = "open the assessment with calib to apply them, or drop them (see `calib log`)"
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
