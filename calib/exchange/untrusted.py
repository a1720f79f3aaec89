"""Files that somebody sent: opened with care, or refused with what the user can do about it."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from calib.errors import BadInput, Problem
from calib.files.regular import NotRegular, read_regular

PLAIN = "save it as .xlsx, without macros and password"
SAVE_AGAIN = "open it in a spreadsheet program and save it again as .xlsx"
_COPY_AGAIN = f"it may be cut short: copy it again, or {SAVE_AGAIN}"
_OLE = b"\xd0\xcf\x11\xe0"
_PASSWORD = "EncryptedPackage".encode("utf-16-le")


class Refused(Exception):
    """A file that is not opened or not written to, and what the user can do."""

    def __init__(self, said: str, remedy: str = PLAIN, place: str = "", line: int = 0) -> None:
        super().__init__(said)
        self.said, self.remedy, self.place, self.line = said, remedy, place, line

    def problem(self, path: Path | str) -> BadInput:
        """Return it as the error that a user sees."""
        return BadInput([Problem(str(path), self.said, self.line, self.place, self.remedy)])


@dataclass(frozen=True, slots=True)
class Limits:
    """Hold how much of a file is read, and how the user makes it smaller."""

    size: int
    unpacked: int
    parts: int
    smaller: str


@contextmanager
def naming_sent(path: Path) -> Iterator[None]:
    """Turn whatever is wrong with a file into BadInput, which names it."""
    try:
        yield
    except FileNotFoundError:
        remedy = "check its name and its folder"
        raise BadInput([Problem(str(path), "there is no such file", remedy=remedy)]) from None
    except NotRegular as error:
        remedy = "copy what it holds into a file"
        raise BadInput([Problem(str(path), str(error.strerror), remedy=remedy)]) from error
    except OSError as error:
        said = f"cannot be read: {error.strerror or error}"
        remedy = "check the file and its permissions"
        raise BadInput([Problem(str(path), said, remedy=remedy)]) from error
    except Refused as error:
        raise error.problem(path) from error


def sent_bytes(path: Path, kinds: Sequence[str], limits: Limits) -> bytes:
    """Read a file of one of these endings; raises Refused, OSError."""
    if path.suffix.lower() not in kinds and not path.is_dir():
        said = f"is no {' or '.join(kinds)} file, but {path.suffix or 'without an ending'}"
        raise Refused(said)
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        raise Refused("is a folder, not a file", "name the file")
    if found.st_size > limits.size:
        said = f"has {found.st_size:,} bytes; at most {limits.size:,} are read"
        raise Refused(said, limits.smaller)
    return read_regular(path)


def unpacked(data: bytes, limits: Limits) -> zipfile.ZipFile:
    """Open the archive that an .xlsx file is, unless a password, macros or its size forbid it.

    Raises Refused.
    """
    if data.startswith(_OLE):
        is_locked = _PASSWORD in data
        raise Refused(
            "has a password" if is_locked else "is of the old .xls kind, or has a password"
        )
    if not data:
        raise Refused("is empty", "copy or download it again")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except Exception as error:  # a damaged archive fails in any way
        raise Refused("is no .xlsx workbook: it cannot be unpacked", _COPY_AGAIN) from error
    parts = archive.infolist()
    size = sum(p.file_size for p in parts)
    if size > limits.unpacked or len(parts) > limits.parts:
        most = f"at most {limits.unpacked:,} in {limits.parts:,} are read"
        raise Refused(f"unpacks to {size:,} bytes in {len(parts):,} parts; {most}", limits.smaller)
    if any(p.flag_bits & 1 for p in parts):
        raise Refused("has a password")
    if any("vba" in p.filename.lower() for p in parts):
        raise Refused("holds macros")
    return archive
