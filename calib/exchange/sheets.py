"""Spreadsheets that somebody sent: opened with care, as cells that know their place."""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calib.problems import BadInput, Problem

MAX_BYTES = 2_000_000
MAX_UNPACKED = 4_000_000
MAX_PARTS = 200
MAX_ROWS = 2_000
MAX_COLUMNS = 40
_LAST_ROW = 1_048_576
_OLE = b"\xd0\xcf\x11\xe0"
_SAVE = "save it as .xlsx without macros and password, or as .csv"


@dataclass(frozen=True, slots=True)
class Cell:
    """Hold what stands in one cell, and where."""

    value: Any
    row: int
    place: str
    computed: bool = False
    """Whether it is a formula or an error, and no value that somebody typed."""

    @property
    def text(self) -> str:
        """Return the value as text, with one kind of line break; empty where nothing stands."""
        if self.value is None:
            return ""
        text = str(self.value).replace("_x000D_\n", "\n").replace("_x000D_", "\n")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        return text if text.strip() else ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Hold the rows of one sheet that hold anything; the one of a CSV has no title."""

    title: str
    rows: tuple[tuple[Cell, ...], ...]


def read_sheets(path: Path) -> tuple[Sheet, ...]:
    """Read an .xlsx or .csv file; raises BadInput where it is neither, too large or dangerous.

    Nothing is computed, no macro runs, no link is followed.
    """
    kinds: dict[str, Callable[[bytes], tuple[Sheet, ...]]] = {".xlsx": _workbook, ".csv": _csv}
    read = kinds.get(path.suffix.lower())
    try:
        if read is None:
            raise _Refused(f"is no .xlsx or .csv file, but {path.suffix or 'without an ending'}")
        if path.stat().st_size > MAX_BYTES:
            message = f"has {path.stat().st_size:,} bytes; at most {MAX_BYTES:,} are read"
            raise _Refused(message, "a form is much smaller: take pictures and other sheets out")
        return read(path.read_bytes())
    except FileNotFoundError:
        raise BadInput([Problem(str(path), "there is no such file")]) from None
    except OSError as error:
        said = f"cannot be read: {error.strerror or error}"
        raise BadInput([Problem(str(path), said, remedy="check its permissions")]) from error
    except _Refused as error:
        raise BadInput([Problem(str(path), error.said, error.line, remedy=error.remedy)]) from error


class _Refused(Exception):
    def __init__(self, said: str, remedy: str = _SAVE, line: int = 0) -> None:
        super().__init__(said)
        self.said, self.remedy, self.line = said, remedy, line


def _workbook(data: bytes) -> tuple[Sheet, ...]:
    _must_be_harmless(data)
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions it does not know
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
            try:
                return tuple(Sheet(s.title, tuple(_rows(s))) for s in book.worksheets)
            finally:
                book.close()
    except _Refused:
        raise
    except Exception as error:  # a damaged workbook fails in any way
        said = f"cannot be read as a workbook ({type(error).__name__})"
        raise _Refused(said, "open it and save it again as .xlsx") from error


def _must_be_harmless(data: bytes) -> None:
    """Refuse a password, macros, and what unpacks to more than a form can hold."""
    if data.startswith(_OLE):
        raise _Refused("has a password, or is of the old .xls kind")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            size = sum(p.file_size for p in parts)
            if size > MAX_UNPACKED or len(parts) > MAX_PARTS:
                raise _Refused(
                    f"unpacks to {size:,} bytes in {len(parts):,} parts; at most "
                    f"{MAX_UNPACKED:,} in {MAX_PARTS} are read", "send the form alone",
                )  # fmt: skip
            if any("vba" in p.filename.lower() for p in parts):
                raise _Refused("holds macros")
            # Reading stops at the size that a part declares, so that none can be larger.
            for part in parts:
                if b"<!DOCTYPE" in archive.read(part).replace(b"\0", b""):
                    raise _Refused("declares entities, which no spreadsheet program writes")
    except _Refused:
        raise
    except Exception as error:  # a damaged archive fails in any way
        raise _Refused("is no workbook: it cannot be unpacked") from error


def _rows(sheet: Any) -> Iterator[tuple[Cell, ...]]:
    """Yield the rows that hold anything, whatever size the sheet claims to have."""
    found, blank = 0, None
    rows = sheet.iter_rows(min_row=1, max_row=_LAST_ROW, min_col=1, max_col=MAX_COLUMNS)
    for number, row in enumerate(rows, start=1):
        if row is blank or all(cell.value is None for cell in row):
            blank = row  # rows that are left out are one and the same, up to a million of them
            continue
        found += 1
        if found > MAX_ROWS:
            raise _Refused(
                f"the sheet {sheet.title} has more than {MAX_ROWS:,} rows", "send the form alone"
            )
        yield tuple(
            Cell(c.value, number, f"{sheet.title}!{_letters(n)}{number}", c.data_type in ("f", "e"))
            for n, c in enumerate(row)
        )


def _letters(column: int) -> str:
    """Name a column as spreadsheets do; the first is 0."""
    first, last = divmod(column, 26)
    return (chr(64 + first) if first else "") + chr(65 + last)


def _csv(data: bytes) -> tuple[Sheet, ...]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _Refused(f"is not UTF-8 (byte {error.start})", "save it as CSV UTF-8") from error
    first = next((line for line in text.splitlines() if line.strip()), "")
    # Spreadsheet programs separate as the country does.
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[tuple[Cell, ...]] = []
    start = 1
    try:
        for row in reader:
            if any(row):
                cells = (Cell(v, start, f"column {n}") for n, v in enumerate(row, start=1))
                rows.append(tuple(cells))
            if len(rows) > MAX_ROWS + 1:
                raise _Refused(f"has more than {MAX_ROWS:,} rows", "send the votes alone")
            start = reader.line_num + 1
    except csv.Error as error:
        raise _Refused(f"is no CSV: {error}", "check the quotes on this line", start) from error
    return (Sheet("", tuple(rows)),)
