"""Two people changed one field: the file keeps one value, `.calib/conflicts.yaml` the other."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from calib.errors import CannotWrite
from calib.files.atomic import replace_file
from calib.files.regular import read_regular
from calib.yamledit.edit import InvalidYaml, dump_value, parse_value
from calib.yamledit.fieldpath import FieldPath, format_field_path

_HEAD = """\
# Fields that two people changed at once: `in_file` stands in the file, `set_aside` does not.
# Resolve them in the notebook; each goes from here when it is resolved.
"""
UNKNOWN_AUTHOR = "somebody outside calib"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Hold both values of a field, and who wanted which."""

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
        """Return the place as people read it."""
        return format_field_path(self.place)

    def __str__(self) -> str:
        where = f"{self.file}, {self.field}" if self.place else self.file
        return f"{where}: changed by {self.in_file_by} and by {self.set_aside_by}"


class ConflictFile:
    """Read and write the list of open conflicts; writing needs the folder's lock."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> tuple[Conflict, ...]:
        """List the open conflicts; raises BadText where somebody broke the file."""
        try:
            value = parse_value(read_regular(self.path).decode("utf-8-sig"), str(self.path))
        except FileNotFoundError:
            return ()
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidYaml(f"{self.path}: cannot be read: {error}") from error
        try:
            return tuple(_conflict(row) for row in (value or {}).get("conflicts", ()))
        except (TypeError, AttributeError) as error:
            message = f"{self.path}: is no list of conflicts; correct it, or move it away"
            raise InvalidYaml(message) from error

    def add(self, new: list[Conflict]) -> None:
        """Add conflicts; one that is already there is replaced."""
        rows = {c.id: c for c in self.read()}
        rows.update({c.id: c for c in new})
        self._write(tuple(rows.values()))

    def drop(self, ids: set[str]) -> None:
        """Take conflicts off the list."""
        rows = self.read()
        left = tuple(c for c in rows if c.id not in ids)
        if left != rows:
            self._write(left)

    def _write(self, rows: tuple[Conflict, ...]) -> None:
        listed = [{**asdict(c), "place": list(c.place), "field": c.field} for c in rows]
        text = dump_value({"conflicts": listed}, _HEAD)
        if len(parse_value(text, "conflicts")["conflicts"]) != len(rows):
            raise CannotWrite(self.path, "the conflicts do not read back")
        replace_file(self.path, text.encode())


def _conflict(row: dict[str, Any]) -> Conflict:
    data = {k: v for k, v in row.items() if k != "field"}
    return Conflict(**{**data, "place": tuple(data["place"])})
