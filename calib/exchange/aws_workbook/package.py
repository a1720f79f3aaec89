"""An .xlsx file as what it is, a zip of parts: opened with care, put together with a part replaced.

Nothing is computed, run or followed. A part that is not replaced comes out byte for byte.
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

from calib.exchange.aws_workbook.xml import InvalidXml, read_elements, read_texts
from calib.exchange.untrusted import (
    SAVE_AGAIN,
    FileRejected,
    SizeLimits,
    open_xlsx_archive,
    read_untrusted_bytes,
    wrap_read_errors,
)

LIMITS = SizeLimits(30_000_000, 200_000_000, 3_000, "take the pictures out, and save it again")
MAX_PART_BYTES = 40_000_000
"""The bytes of one part that is read: a sheet, the shared texts."""
MAX_INDEX_BYTES = 2_000_000
"""The bytes of one part that says how the others hang together."""


@dataclass(frozen=True, slots=True)
class SheetPart:
    """Name a sheet and the part it is in."""

    title: str
    part: str
    hidden: bool


class XlsxPackage:
    """Hold an .xlsx file that has been found harmless; raises Refused."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._archive = open_xlsx_archive(data, LIMITS)
        self.names = [i.filename for i in self._archive.infolist()]
        self._must_be_harmless()

    def part(self, name: str, most: int = MAX_PART_BYTES) -> bytes:
        """Return the bytes of a part; raises Refused where it is missing, broken or too large."""
        try:
            size = self._archive.getinfo(name).file_size
            if size > most:
                said = f"its part {name} has {size:,} bytes; at most {most:,} are read"
                raise FileRejected(said, "delete empty rows and pictures, and save it again")
            # Reading stops at the size that a part declares, so that none can be larger.
            return self._archive.read(name)
        except FileRejected:
            raise
        except Exception as error:  # a damaged archive fails in any way
            said = f"is damaged: its part {name} cannot be read"
            raise FileRejected(said, SAVE_AGAIN) from error

    def raw(self, name: str) -> bytes:
        """Return the bytes of a part, however large; raises Refused where it is broken."""
        return self._whole(self._archive.getinfo(name))

    @cached_property
    def sheets(self) -> tuple[SheetPart, ...]:
        """List the worksheets in the order of their tabs."""
        book = self._book
        targets = {i: (kind, target) for kind, target, i in self.links(book)}
        found = []
        for name, attributes in self.elements(book):
            if name != "sheet":
                continue
            relation = next((v for k, v in attributes.items() if k.endswith(" id")), "")
            kind, part = targets.get(relation, ("", ""))
            if kind == "worksheet":
                hidden = attributes.get("state", "visible") != "visible"
                found.append(SheetPart(attributes.get("name", ""), part, hidden))
        if not found:
            raise FileRejected("is no workbook: it has no worksheets", SAVE_AGAIN)
        return tuple(found)

    @cached_property
    def _book(self) -> str:
        found = next((t for k, t, _ in self.links("") if k == "officeDocument"), "")
        if found not in self.names:
            raise FileRejected("is no workbook: it has no worksheets", SAVE_AGAIN)
        return found

    @cached_property
    def shared_texts(self) -> tuple[str, ...]:
        """List the texts that cells share."""
        part = next((t for k, t, _ in self.links(self._book) if k == "sharedStrings"), "")
        if not part:
            return ()
        with _naming_part(part):
            return read_texts(self.part(part), "si")

    def links(self, part: str) -> list[tuple[str, str, str]]:
        """List what a part points to: the kind, the target, the id; outside ones as they stand."""
        folder, name = posixpath.split(part)
        relations = posixpath.join(folder, "_rels", f"{name}.rels")
        if relations not in self.names:
            return []
        found = []
        for element, attributes in self.elements(relations):
            if element == "Relationship":
                kind = attributes.get("Type", "").rpartition("/")[2]
                target = attributes.get("Target", "")
                if attributes.get("TargetMode") != "External":
                    target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
                found.append((kind, target, attributes.get("Id", "")))
        return found

    def elements(self, part: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield the elements of a part by their local names; raises Refused."""
        with _naming_part(part):
            yield from read_elements(self.part(part, MAX_INDEX_BYTES))

    def replaced(self, parts: Mapping[str, bytes]) -> bytes:
        """Return the file with other bytes in some parts, all else as it was."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as written:
            written.comment = self._archive.comment
            for old in self._archive.infolist():
                new = zipfile.ZipInfo(old.filename, old.date_time)
                new.compress_type, new.create_system = old.compress_type, old.create_system
                new.external_attr, new.comment = old.external_attr, old.comment
                data = parts.get(old.filename)
                written.writestr(new, self._whole(old) if data is None else data)
        return out.getvalue()

    def _whole(self, part: zipfile.ZipInfo) -> bytes:
        try:
            return self._archive.read(part)
        except Exception as error:  # as in `part`
            said = f"is damaged: its part {part.filename} cannot be read"
            raise FileRejected(said, SAVE_AGAIN) from error

    def _must_be_harmless(self) -> None:
        folded = [name.casefold() for name in self.names]
        if len(set(folded)) < len(folded):
            raise FileRejected("holds two parts of one name", SAVE_AGAIN)
        types = "[Content_Types].xml"
        if types not in self.names:
            raise FileRejected("is no workbook: it has no list of content types", SAVE_AGAIN)
        if b"macroenabled" in self.part(types, MAX_INDEX_BYTES).lower():
            raise FileRejected("holds macros")


@contextmanager
def _naming_part(part: str) -> Iterator[None]:
    """Turn what is wrong with XML into Refused, which names the part."""
    try:
        yield
    except InvalidXml as error:
        raise FileRejected(f"its part {part} {error}", SAVE_AGAIN) from error


def read_package(path: Path) -> XlsxPackage:
    """Open an .xlsx file; raises BadInput where it is none, is too large or could do harm."""
    with wrap_read_errors(path):
        return XlsxPackage(read_untrusted_bytes(path, (".xlsx",), LIMITS))
