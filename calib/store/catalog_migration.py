"""Migrate an assessment to another version of the catalog, in one transaction.

Every answer is kept and marked with the version it was given for; the header gets the new version.
A backup of the old files allows an undo until one of the changed files is edited.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from calib.errors import BadInput, Problem
from calib.files.strict_yaml import FieldPath, PlainValue
from calib.store.format_migration import (
    Files,
    Migration,
    check_nothing_pending,
    locked_files,
    read_files,
    replace_files,
)
from calib.yamledit.edit import InvalidYaml, parse_value, set_field

_HEADER = "assessment.yaml"
_KEY = "catalog_version"
_BOM = b"\xef\xbb\xbf"


def migrate_catalog(folder: Path | str, version: str, today: date) -> Migration:
    """Mark every answer with the version it was given for, and set the version of the assessment.

    Raises BadInput if the folder cannot be read and CannotWrite if it cannot be written; the folder
    is then unchanged.
    """
    with locked_files(Path(folder).resolve()) as (writer, old):
        before = _catalog_version(old)
        if before == version:
            return Migration(before, before)
        check_nothing_pending(writer)
        name = f"{today.isoformat()}-catalog-{_version_slug(before)}"
        changed, backup = replace_files(writer, old, _migrated_files(old, version), name)
        return Migration(before, version, changed, backup)


def undo_catalog_migration(folder: Path | str, today: date) -> Migration:
    """Restore the files that the last `migrate_catalog` changed.

    Raises BadInput if one of them was edited since, and CannotWrite.
    """
    root = Path(folder).resolve()
    with locked_files(root) as (writer, now):
        check_nothing_pending(writer)
        version = _catalog_version(now)
        old, edited = _find_backup(root, now, version)
        if edited:
            message = "was changed after the migration"
            remedy = "undo that change first, or copy what you need from .calib/backup/"
            raise BadInput([Problem(f"{root.name}/{n}", message, remedy=remedy) for n in edited])
        name = f"{today.isoformat()}-back-from-{_version_slug(version)}"
        changed, backup = replace_files(writer, now, {**now, **old}, name)
        return Migration(version, _catalog_version({**now, **old}), changed, backup)


def _find_backup(root: Path, now: Files, version: str) -> tuple[dict[str, bytes], list[str]]:
    """Return the old files that a migration to this version changed, and those edited since.

    The backup is identified by its content: migrated again, it gives the files of the folder. Names
    and dates of backups are not enough, because a folder can be migrated back and forth.
    """
    found: tuple[dict[str, bytes], list[str]] | None = None
    for backup in sorted((root / ".calib" / "backup").glob("*-catalog-*"), reverse=True):
        old = read_files(backup)
        if _catalog_version(old) == version:
            continue
        new = _migrated_files(old, version)
        before = {n: old[n] for n in old if old[n] != new[n]}
        edited = [n for n in before if now.get(n) != new[n]]
        if found is None or not edited:
            found = before, edited
        if not edited:
            break
    if found is None:
        message = f"was not migrated to catalog {version}"
        raise BadInput([Problem(root.name, message, remedy="there is nothing to undo")])
    return found


def _version_slug(version: str) -> str:
    """Return a version as a part of a file name."""
    return "".join(c if c.isascii() and (c.isalnum() or c in ".-") else "-" for c in version)[:40]


def _catalog_version(files: Files) -> str:
    header = _parse_file(files, _HEADER)
    found = header.get(_KEY) if isinstance(header, dict) else None
    if found is None:
        message = "is missing, or has no catalog_version"
        raise BadInput([Problem(_HEADER, message, remedy="`calib check` lists the errors")])
    return str(found)


def _parse_file(files: Files, name: str) -> PlainValue:
    try:
        return parse_value(files.get(name, b"").decode("utf-8-sig"), name)
    except (InvalidYaml, UnicodeDecodeError) as error:
        raise BadInput([Problem(name, str(error))]) from error


def _migrated_files(files: Files, version: str) -> dict[str, bytes]:
    """Return the files after the migration: answers marked, new version in the header."""
    before = _catalog_version(files)
    new = dict(files)
    for name in files:
        if name.startswith("controls/") and name.endswith(".yaml"):
            for criterion in _unmarked_criteria(_parse_file(files, name)):
                new[name] = _with_field(new[name], ("criteria", criterion, _KEY), before)
    new[_HEADER] = _with_field(new[_HEADER], (_KEY,), version)
    return new


def _unmarked_criteria(response: object) -> Iterator[str]:
    """Yield the criteria that have an answer without a version."""
    criteria = response.get("criteria") if isinstance(response, dict) else None
    for criterion, answer in criteria.items() if isinstance(criteria, dict) else ():
        fields = answer if isinstance(answer, dict) else {}
        keys = ("claimed_level", "answer", "evidence", "not_applicable", "override")
        is_marked = fields.get(_KEY) not in (None, "")
        if not is_marked and any(fields.get(k) not in (None, "", []) for k in keys):
            yield criterion


def _with_field(data: bytes, path: FieldPath, value: str) -> bytes:
    bom = _BOM if data.startswith(_BOM) else b""
    return bom + set_field(data[len(bom) :].decode(), path, value).text.encode()
