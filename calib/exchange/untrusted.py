"""Safe reading of files from outside: size limits, regular files only, no macros."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from calib.errors import BadInput, Problem
from calib.files.regular import NotRegularFile, read_regular

SAVE_AS_XLSX = "save it as .xlsx, without macros and password"
SAVE_AGAIN = "open it in a spreadsheet program and save it again as .xlsx"
_COPY_AGAIN = f"it may be truncated: copy it again, or {SAVE_AGAIN}"
# Excel stores a password-protected .xlsx as an OLE compound file with a stream of this name.
_OLE_SIGNATURE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")


class FileRejected(Exception):
    """A file from outside that is not read, or a workbook that is not written to."""

    def __init__(
        self, message: str, remedy: str = SAVE_AS_XLSX, place: str = "", line: int = 0
    ) -> None:
        super().__init__(message)
        self.message, self.remedy, self.place, self.line = message, remedy, place, line

    def as_bad_input(self, path: Path | str) -> BadInput:
        """Return the error to show to the user, with the path of the file."""
        return BadInput([Problem(str(path), self.message, self.line, self.place, self.remedy)])


@dataclass(frozen=True, slots=True)
class SizeLimits:
    """Upper bounds for a file from outside; `remedy` explains how to make it smaller."""

    max_bytes: int
    max_unpacked_bytes: int
    max_parts: int
    remedy: str


@contextmanager
def wrap_read_errors(path: Path) -> Iterator[None]:
    """Turn every error from reading a file into BadInput with its path."""
    try:
        yield
    except FileNotFoundError:
        remedy = "check the name and the folder"
        raise BadInput([Problem(str(path), "no such file", remedy=remedy)]) from None
    except NotRegularFile as error:
        remedy = "copy its content into a file"
        raise BadInput([Problem(str(path), str(error.strerror), remedy=remedy)]) from error
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
        remedy = "check the file and its permissions"
        raise BadInput([Problem(str(path), message, remedy=remedy)]) from error
    except FileRejected as error:
        raise error.as_bad_input(path) from error


def read_untrusted_bytes(path: Path, suffixes: Sequence[str], limits: SizeLimits) -> bytes:
    """Read a file with one of these suffixes; raises FileRejected, OSError."""
    if path.suffix.lower() not in suffixes and not path.is_dir():
        actual = f"has the suffix {path.suffix}" if path.suffix else "has no suffix"
        raise FileRejected(f"not a {' or '.join(suffixes)} file: it {actual}")
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise FileRejected("is a folder, not a file", "name the file")
    if status.st_size > limits.max_bytes:
        message = f"has {status.st_size:,} bytes; the limit is {limits.max_bytes:,}"
        raise FileRejected(message, limits.remedy)
    return read_regular(path)


def open_xlsx_archive(data: bytes, limits: SizeLimits) -> zipfile.ZipFile:
    """Open an .xlsx file as a zip archive.

    Raises FileRejected for an encrypted, macro-enabled, damaged or oversized file. The sizes come
    from the zip directory, so a zip bomb is rejected before anything is unpacked.
    """
    if data.startswith(_OLE_SIGNATURE):
        is_encrypted = _ENCRYPTED_STREAM in data
        raise FileRejected(
            "has a password" if is_encrypted else "has the old .xls format, or a password"
        )
    if not data:
        raise FileRejected("is empty", "copy or download it again")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except Exception as error:  # zipfile raises many types for damaged archives
        raise FileRejected("not an .xlsx workbook: it cannot be unpacked", _COPY_AGAIN) from error
    parts = archive.infolist()
    size = sum(p.file_size for p in parts)
    if size > limits.max_unpacked_bytes or len(parts) > limits.max_parts:
        limit = f"the limit is {limits.max_unpacked_bytes:,} in {limits.max_parts:,}"
        message = f"unpacks to {size:,} bytes in {len(parts):,} parts; {limit}"
        raise FileRejected(message, limits.remedy)
    if any(p.flag_bits & 1 for p in parts):  # bit 0 of the zip flags: encrypted
        raise FileRejected("has a password")
    if any("vba" in p.filename.lower() for p in parts):
        raise FileRejected("contains macros")
    return archive
