"""Spreadsheets that somebody sent: opened with care, as cells that know their place."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calib.exchange.untrusted import SAVE_AGAIN, Limits, Refused, naming_sent, sent_bytes, unpacked

FORM = Limits(2_000_000, 4_000_000, 200, "a form is much smaller: send it alone")
MAX_ROWS = 2_000
MAX_COLUMNS = 40
_LAST_ROW = 1_048_576
_KINDS = (".xlsx", ".csv")


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


def read_sheets(path: Path, limits: Limits = FORM) -> tuple[Sheet, ...]:
    """Read an .xlsx or .csv file; raises BadInput where it is neither, too large or dangerous.

    Nothing is computed, no macro runs, no link is followed.
    """
    with naming_sent(path):
        data = sent_bytes(path, _KINDS, limits)
        return _csv(data) if path.suffix.lower() == ".csv" else _workbook(data, limits)


def _workbook(data: bytes, limits: Limits) -> tuple[Sheet, ...]:
    _must_hold_no_entities(data, limits)
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions it does not know
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
            try:
                return tuple(Sheet(s.title, tuple(_rows(s))) for s in book.worksheets)
            finally:
                book.close()
    except Refused:
        raise
    except Exception as error:  # a damaged workbook fails in any way
        said = f"cannot be read as a workbook ({type(error).__name__})"
        raise Refused(said, SAVE_AGAIN) from error


def _must_hold_no_entities(data: bytes, limits: Limits) -> None:
    """Refuse what `unpacked` refuses, and entities in any part."""
    archive = unpacked(data, limits)
    try:
        # Reading stops at the size that a part declares, so that none can be larger.
        parts = [archive.read(part).replace(b"\0", b"") for part in archive.infolist()]
    except Exception as error:  # a damaged archive fails in any way
        raise Refused("is damaged: a part of it cannot be read", SAVE_AGAIN) from error
    if any(b"<!DOCTYPE" in part for part in parts):
        raise Refused("declares entities, which no spreadsheet program writes", SAVE_AGAIN)


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
            raise Refused(f"the sheet {sheet.title} has more than {MAX_ROWS:,} rows", FORM.smaller)
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
        raise Refused(f"is not UTF-8 (byte {error.start})", "save it as CSV UTF-8") from error
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
                raise Refused(f"has more than {MAX_ROWS:,} rows", FORM.smaller)
            start = reader.line_num + 1
    except csv.Error as error:
        raise Refused(f"is no CSV: {error}", "check the quotes on this line", line=start) from error
    return (Sheet("", tuple(rows)),)
