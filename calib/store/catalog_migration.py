"""Carry an assessment over to another version of the catalog: whole, or not at all.

Every answer is kept and is marked with the version it was given to; the header takes the new one. A
copy of the old files is kept, and the way back is open until somebody works on.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from calib.errors import BadInput, Problem
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
    """Mark every answer with the version it was given to, and let the assessment name a new one.

    Raises BadInput where the folder cannot be read, CannotWrite where it cannot be written; the
    folder is then as it was.
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
    """Put the files back that the last `migrate_catalog` changed; raises BadInput where one has changed."""
    root = Path(folder).resolve()
    with locked_files(root) as (writer, now):
        check_nothing_pending(writer)
        version = _catalog_version(now)
        old, touched = _find_backup(root, now, version)
        if touched:
            said = "was changed since the answers were carried over"
            remedy = "take back that change first, or copy what you need from .calib/backup/"
            raise BadInput([Problem(f"{root.name}/{n}", said, remedy=remedy) for n in touched])
        name = f"{today.isoformat()}-back-from-{_version_slug(version)}"
        changed, backup = replace_files(writer, now, {**now, **old}, name)
        return Migration(version, _catalog_version({**now, **old}), changed, backup)


def _find_backup(root: Path, now: Files, version: str) -> tuple[dict[str, bytes], list[str]]:
    """Find what a `migrate_catalog` to this version changed, as it was, and what was changed since.

    Which copy is the one says its content: carried over, it is what lies in the folder now.
    """
    found: tuple[dict[str, bytes], list[str]] | None = None
    for copy in sorted((root / ".calib" / "backup").glob("*-catalog-*"), reverse=True):
        old = read_files(copy)
        if _catalog_version(old) == version:
            continue
        new = _migrated_files(old, version)
        before = {n: old[n] for n in old if old[n] != new[n]}
        touched = [n for n in before if now.get(n) != new[n]]
        if found is None or not touched:
            found = before, touched
        if not touched:
            break
    if found is None:
        message = f"was not carried over to catalog {version}"
        raise BadInput([Problem(root.name, message, remedy="there is nothing to take back")])
    return found


def _version_slug(version: str) -> str:
    """Write a version as part of a file's name."""
    return "".join(c if c.isascii() and (c.isalnum() or c in ".-") else "-" for c in version)[:40]


def _catalog_version(files: Files) -> str:
    header = _parse_file(files, _HEADER)
    found = header.get(_KEY) if isinstance(header, dict) else None
    if found is None:
        message = "has no catalog_version, or is missing"
        raise BadInput([Problem(_HEADER, message, remedy="`calib check` lists what is wrong")])
    return str(found)


def _parse_file(files: Files, name: str) -> Any:
    try:
        return parse_value(files.get(name, b"").decode("utf-8-sig"), name)
    except (InvalidYaml, UnicodeDecodeError) as error:
        raise BadInput([Problem(name, str(error))]) from error


def _migrated_files(files: Files, version: str) -> dict[str, bytes]:
    """Return the files with every answer marked and the new version in the header."""
    before = _catalog_version(files)
    new = dict(files)
    for name in files:
        if name.startswith("controls/") and name.endswith(".yaml"):
            for criterion in _unmarked_criteria(_parse_file(files, name)):
                new[name] = _with_field(new[name], ("criteria", criterion, _KEY), before)
    new[_HEADER] = _with_field(new[_HEADER], (_KEY,), version)
    return new


def _unmarked_criteria(response: Any) -> Iterator[str]:
    """Name the criteria of which something is said, and not to which version."""
    criteria = response.get("criteria") if isinstance(response, dict) else None
    for criterion, answer in criteria.items() if isinstance(criteria, dict) else ():
        said = answer if isinstance(answer, dict) else {}
        keys = ("claimed_level", "answer", "evidence", "not_applicable", "override")
        if said.get(_KEY) in (None, "") and any(said.get(k) not in (None, "", []) for k in keys):
            yield criterion


def _with_field(data: bytes, place: tuple[str, ...], value: str) -> bytes:
    bom = _BOM if data.startswith(_BOM) else b""
    return bom + set_field(data[len(bom) :].decode(), place, value).text.encode()
