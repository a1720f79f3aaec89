"""An .xlsx file as what it is, a zip of parts: opened with care, put together with a part replaced.

Nothing is computed, run or followed. A part that is not replaced comes out byte for byte.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from calib.exchange.awsworkbook.xmltext import NotXml, elements, texts
from calib.problems import BadInput, Problem

MAX_BYTES = 30_000_000
MAX_UNPACKED = 200_000_000
MAX_PARTS = 3_000
MAX_READ = 40_000_000
"""The bytes of one part that is read: a sheet, the shared texts."""
MAX_FRAME = 2_000_000
"""The bytes of one part that says how the others hang together."""
_OLE = b"\xd0\xcf\x11\xe0"
_PASSWORD = "EncryptedPackage".encode("utf-16-le")
_PLAIN = "save it as .xlsx, without macros and password"


class Refused(Exception):
    """A file that is not opened or not written to, and what the user can do."""

    def __init__(self, said: str, remedy: str = "", place: str = "") -> None:
        super().__init__(said)
        self.said, self.remedy, self.place = said, remedy, place

    def problem(self, path: Path | str) -> BadInput:
        """Return it as the error that a user sees."""
        return BadInput([Problem(str(path), self.said, place=self.place, remedy=self.remedy)])


@dataclass(frozen=True, slots=True)
class SheetPart:
    """Name a sheet and the part it is in."""

    title: str
    part: str
    hidden: bool


class Package:
    """Hold an .xlsx file that has been found harmless; raises Refused."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._archive = _opened(data)
        self.names = [i.filename for i in self._archive.infolist()]
        self._must_be_harmless()

    def part(self, name: str, most: int = MAX_READ) -> bytes:
        """Return the bytes of a part; raises Refused where it is missing, broken or too large."""
        try:
            size = self._archive.getinfo(name).file_size
            if size > most:
                said = f"its part {name} has {size:,} bytes; at most {most:,} are read"
                raise Refused(said, "delete empty rows and pictures, and save it again")
            # Reading stops at the size that a part declares, so that none can be larger.
            return self._archive.read(name)
        except Refused:
            raise
        except Exception as error:  # a damaged archive fails in any way
            said = f"is damaged: its part {name} cannot be read"
            raise Refused(said, "open it and save it again as .xlsx") from error

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
            raise Refused("is no workbook: it has no worksheets")
        return tuple(found)

    @cached_property
    def _book(self) -> str:
        found = next((t for k, t, _ in self.links("") if k == "officeDocument"), "")
        if found not in self.names:
            raise Refused("is no workbook: it has no worksheets")
        return found

    @cached_property
    def shared_texts(self) -> tuple[str, ...]:
        """List the texts that cells share."""
        part = next((t for k, t, _ in self.links(self._book) if k == "sharedStrings"), "")
        if not part:
            return ()
        with _named(part):
            return texts(self.part(part), "si")

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
        with _named(part):
            yield from elements(self.part(part, MAX_FRAME))

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
            raise Refused(f"is damaged: its part {part.filename} cannot be read") from error

    def _must_be_harmless(self) -> None:
        parts = self._archive.infolist()
        size = sum(p.file_size for p in parts)
        if size > MAX_UNPACKED or len(parts) > MAX_PARTS:
            most = f"at most {MAX_UNPACKED:,} in {MAX_PARTS:,} are read"
            raise Refused(f"unpacks to {size:,} bytes in {len(parts):,} parts; {most}")
        if any(p.flag_bits & 1 for p in parts):
            raise Refused("has a password", _PLAIN)
        folded = [name.casefold() for name in self.names]
        if len(set(folded)) < len(folded):
            raise Refused("holds two parts of one name", "open it and save it again as .xlsx")
        types = (
            self.part("[Content_Types].xml", MAX_FRAME)
            if "[Content_Types].xml" in self.names
            else b""
        )
        if any("vba" in name for name in folded) or b"macroenabled" in types.lower():
            raise Refused("holds macros", _PLAIN)
        if not types:
            raise Refused("is no workbook: it has no list of content types")


class _named:  # noqa: N801  used like a function
    """Turn what is wrong with XML into Refused, which names the part."""

    def __init__(self, part: str) -> None:
        self.part = part

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, NotXml):
            raise Refused(f"its part {self.part} {error}", error.remedy) from error


def _opened(data: bytes) -> zipfile.ZipFile:
    if data.startswith(_OLE):
        if _PASSWORD in data:
            raise Refused("has a password", _PLAIN)
        raise Refused("is of the old .xls kind, or has a password", _PLAIN)
    if not data:
        raise Refused("is empty")
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except Exception as error:  # a damaged archive fails in any way
        raise Refused("is no .xlsx workbook: it cannot be unpacked", _PLAIN) from error


def read_package(path: Path) -> Package:
    """Open an .xlsx file; raises BadInput where it is none, is too large or could do harm."""
    suffix = path.suffix.lower()
    try:
        if path.is_dir():
            raise Refused("is a folder, not a workbook")
        if suffix == ".xlsm":
            raise Refused("is a workbook with macros", _PLAIN)
        if suffix != ".xlsx":
            raise Refused(f"is no .xlsx file, but {suffix or 'without an ending'}", _PLAIN)
        size = path.stat().st_size
        if size > MAX_BYTES:
            said = f"has {size:,} bytes; at most {MAX_BYTES:,} are read"
            raise Refused(said, "take the pictures out, and save it again")
        return Package(path.read_bytes())
    except FileNotFoundError:
        raise BadInput([Problem(str(path), "there is no such file")]) from None
    except OSError as error:
        said = f"cannot be read: {error.strerror or error}"
        raise BadInput([Problem(str(path), said, remedy="check its permissions")]) from error
    except Refused as error:
        raise error.problem(path) from error
