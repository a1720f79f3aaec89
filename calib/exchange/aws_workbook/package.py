"""An .xlsx file as a zip of parts, read safely and rewritten with some parts replaced.

Nothing is computed, run or followed. A part that is not replaced is copied byte for byte.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from calib.exchange.aws_workbook.xml import InvalidXml, read_elements, read_texts
from calib.exchange.untrusted import (
    SAVE_AGAIN,
    FileRejected,
    SizeLimits,
    open_xlsx_archive,
    read_untrusted_bytes,
    wrap_read_errors,
)

LIMITS = SizeLimits(30_000_000, 200_000_000, 3_000, "remove pictures, and save it again")
MAX_PART_BYTES = 40_000_000
"""The limit for one part that is read: a sheet, or the shared strings."""
MAX_INDEX_BYTES = 2_000_000
"""The limit for one part that connects others: the workbook, content types, relationships."""


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet and the name of its part."""

    title: str
    part: str
    hidden: bool


class Relationship(NamedTuple):
    """A relationship of a part; external targets are URLs, others are part names."""

    kind: str
    target: str
    id: str


class XlsxPackage:
    """An .xlsx file that passed the safety checks; the constructor raises FileRejected."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._archive = open_xlsx_archive(data, LIMITS)
        self.names = [i.filename for i in self._archive.infolist()]
        self._check_content_types()

    def read_part(self, name: str, limit: int = MAX_PART_BYTES) -> bytes:
        """Read a part; raises FileRejected if it is missing, damaged or too large."""
        try:
            size = self._archive.getinfo(name).file_size
            if size > limit:
                message = f"its part {name} has {size:,} bytes; the limit is {limit:,}"
                raise FileRejected(message, "delete empty rows and pictures, and save it again")
            # zipfile stops reading at the declared size, so a wrong size is harmless.
            return self._archive.read(name)
        except FileRejected:
            raise
        except Exception as error:  # zipfile raises many types for damaged archives
            raise _damaged_part(name) from error

    def read_any_size(self, name: str) -> bytes:
        """Read a part without the size limit; raises FileRejected if it is damaged."""
        return self._read(self._archive.getinfo(name))

    @cached_property
    def sheets(self) -> tuple[SheetPart, ...]:
        """The worksheets in the order of their tabs."""
        workbook = self._workbook_part
        by_id = {r.id: r for r in self.relationships(workbook)}
        sheets = []
        for name, attributes in self.read_elements(workbook):
            if name != "sheet":
                continue
            # The attribute is r:id; `parse_xml` puts its namespace before the name.
            key = next((v for k, v in attributes.items() if k.endswith(" id")), "")
            relationship = by_id.get(key)
            if relationship and relationship.kind == "worksheet":
                hidden = attributes.get("state", "visible") != "visible"
                sheets.append(SheetPart(attributes.get("name", ""), relationship.target, hidden))
        if not sheets:
            raise FileRejected("not a workbook: it has no worksheets", SAVE_AGAIN)
        return tuple(sheets)

    @cached_property
    def _workbook_part(self) -> str:
        part = self._target("", "officeDocument")
        if part not in self.names:
            raise FileRejected("not a workbook: it has no worksheets", SAVE_AGAIN)
        return part

    @cached_property
    def shared_strings(self) -> tuple[str, ...]:
        """The texts that cells refer to by index."""
        part = self._target(self._workbook_part, "sharedStrings")
        if not part:
            return ()
        with _wrap_xml_errors(part):
            return read_texts(self.read_part(part), "si")

    def _target(self, part: str, kind: str) -> str:
        return next((r.target for r in self.relationships(part) if r.kind == kind), "")

    def relationships(self, part: str) -> list[Relationship]:
        """List the relationships of a part; an empty name is the package itself."""
        folder, name = posixpath.split(part)
        relationships_part = posixpath.join(folder, "_rels", f"{name}.rels")
        if relationships_part not in self.names:
            return []
        found = []
        for element, attributes in self.read_elements(relationships_part):
            if element == "Relationship":
                kind = attributes.get("Type", "").rpartition("/")[2]
                target = attributes.get("Target", "")
                if attributes.get("TargetMode") != "External":
                    target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
                found.append(Relationship(kind, target, attributes.get("Id", "")))
        return found

    def read_elements(self, part: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield the local names and attributes of a part's elements; raises FileRejected."""
        with _wrap_xml_errors(part):
            yield from read_elements(self.read_part(part, MAX_INDEX_BYTES))

    def with_parts(self, parts: Mapping[str, bytes]) -> bytes:
        """Return the file with some parts replaced; order, times and attributes are kept."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.comment = self._archive.comment
            for old in self._archive.infolist():
                new = zipfile.ZipInfo(old.filename, old.date_time)
                new.compress_type, new.create_system = old.compress_type, old.create_system
                new.external_attr, new.comment = old.external_attr, old.comment
                data = parts.get(old.filename)
                archive.writestr(new, self._read(old) if data is None else data)
        return out.getvalue()

    def _read(self, part: zipfile.ZipInfo) -> bytes:
        try:
            return self._archive.read(part)
        except Exception as error:  # zipfile raises many types for damaged archives
            raise _damaged_part(part.filename) from error

    def _check_content_types(self) -> None:
        folded = [name.casefold() for name in self.names]
        if len(set(folded)) < len(folded):
            # Programs disagree on which of the two they read.
            raise FileRejected("contains two parts of the same name", SAVE_AGAIN)
        types = "[Content_Types].xml"
        if types not in self.names:
            raise FileRejected("not a workbook: it has no list of content types", SAVE_AGAIN)
        if b"macroenabled" in self.read_part(types, MAX_INDEX_BYTES).lower():
            raise FileRejected("contains macros")


def _damaged_part(name: str) -> FileRejected:
    return FileRejected(f"is damaged: its part {name} cannot be read", SAVE_AGAIN)


@contextmanager
def _wrap_xml_errors(part: str) -> Iterator[None]:
    """Turn InvalidXml into FileRejected with the name of the part."""
    try:
        yield
    except InvalidXml as error:
        raise FileRejected(f"its part {part}: {error}", SAVE_AGAIN) from error


def read_package(path: Path) -> XlsxPackage:
    """Open an .xlsx file; raises BadInput if it is not one, too large or unsafe."""
    with wrap_read_errors(path):
        return XlsxPackage(read_untrusted_bytes(path, (".xlsx",), LIMITS))
