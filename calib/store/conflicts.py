"""Conflicts: two people changed one field, and the second value is kept outside the file.

The file keeps the value that was saved first; `.calib/conflicts.yaml` lists the other.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from calib.errors import CannotWrite
from calib.files.atomic import replace_file
from calib.files.regular import read_regular
from calib.files.strict_yaml import FieldPath, format_field_path
from calib.yamledit.edit import InvalidYaml, dump_value, parse_value

_HEAD = """\
# Fields that two people changed at the same time: the file has `in_file`, not `set_aside`.
# Resolve them in the notebook; a resolved conflict is removed from this list.
"""
UNKNOWN_AUTHOR = "another program"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both values of a field, and their authors. The fields are those of `conflicts.yaml`."""

    id: str
    file: str
    place: FieldPath
    in_file: Any
    in_file_by: str
    set_aside: Any
    set_aside_by: str
    time: str = ""
    kind: str = "edit"

    @property
    def field(self) -> str:
        """Return the field path as text."""
        return format_field_path(self.place)

    def __str__(self) -> str:
        where = f"{self.file}, {self.field}" if self.place else self.file
        return f"{where}: changed by {self.in_file_by} and by {self.set_aside_by}"


class ConflictFile:
    """The list of open conflicts; writing requires the folder's lock."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> tuple[Conflict, ...]:
        """Return the open conflicts; raises InvalidYaml if the file was damaged by hand."""
        try:
            value: Any = parse_value(read_regular(self.path).decode("utf-8-sig"), str(self.path))
        except FileNotFoundError:
            return ()
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidYaml(f"{self.path}: cannot be read: {error}") from error
        try:
            return tuple(_parse_conflict(row) for row in (value or {}).get("conflicts", ()))
        except (TypeError, AttributeError, KeyError) as error:
            message = f"{self.path}: not a list of conflicts; correct it, or move it away"
            raise InvalidYaml(message) from error

    def add(self, new: list[Conflict]) -> None:
        """Add conflicts; one with the same id is replaced, so adding twice is harmless."""
        rows = {c.id: c for c in self.read()}
        rows.update({c.id: c for c in new})
        self._write(tuple(rows.values()))

    def remove(self, ids: set[str]) -> None:
        """Remove conflicts; unknown ids are ignored."""
        rows = self.read()
        remaining = tuple(c for c in rows if c.id not in ids)
        if remaining != rows:
            self._write(remaining)

    def _write(self, rows: tuple[Conflict, ...]) -> None:
        listed = [{**asdict(c), "place": list(c.place), "field": c.field} for c in rows]
        text = dump_value({"conflicts": listed}, _HEAD)
        # The list is the only copy of the values in it: it must be readable before it is written.
        parsed: Any = parse_value(text, "conflicts")
        if len(parsed["conflicts"]) != len(rows):
            raise CannotWrite(self.path, "the list of conflicts could not be verified")
        replace_file(self.path, text.encode())


def _parse_conflict(row: dict[str, Any]) -> Conflict:
    data = {k: v for k, v in row.items() if k != "field"}
    return Conflict(**{**data, "place": tuple(data["place"])})
