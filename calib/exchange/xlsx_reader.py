"""Read .xlsx and .csv files from outside into cells that know their location."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from calib.exchange.cells import format_cell, normalise_newlines
from calib.exchange.untrusted import (
    SAVE_AGAIN,
    FileRejected,
    SizeLimits,
    open_xlsx_archive,
    read_untrusted_bytes,
    wrap_read_errors,
)

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

FORM_LIMITS = SizeLimits(2_000_000, 4_000_000, 200, "a form is much smaller: send it alone")
MAX_ROWS = 2_000
MAX_COLUMNS = 40
_LAST_EXCEL_ROW = 1_048_576
_SUFFIXES = (".xlsx", ".csv")


@dataclass(frozen=True, slots=True)
class SheetCell:
    """The value of one cell, of any type that openpyxl reads, and its location in the file."""

    value: object
    row: int
    place: str
    """The location to report: `Sheet!D5`, or `column 3` in a CSV file."""
    is_computed: bool = False
    """Whether the cell contains a formula or an error instead of a typed value."""

    @property
    def text(self) -> str:
        """The value as text with line feeds; empty if it is blank."""
        if self.value is None:
            return ""
        # openpyxl leaves the escape for a carriage return in the text.
        text = str(self.value).replace("_x000D_\n", "\n").replace("_x000D_", "\n")
        text = normalise_newlines(text)
        return text if text.strip() else ""


@dataclass(frozen=True, slots=True)
class SheetData:
    """The non-empty rows of a sheet; the only sheet of a CSV file has no title."""

    title: str
    rows: tuple[tuple[SheetCell, ...], ...]


def read_sheets(path: Path, limits: SizeLimits = FORM_LIMITS) -> tuple[SheetData, ...]:
    """Read an .xlsx or .csv file; raises BadInput for any other, oversized or unsafe file.

    Formulas are not evaluated, macros not run, links not followed.
    """
    with wrap_read_errors(path):
        data = read_untrusted_bytes(path, _SUFFIXES, limits)
        return _read_csv(data) if path.suffix.lower() == ".csv" else _read_workbook(data, limits)


def _read_workbook(data: bytes, limits: SizeLimits) -> tuple[SheetData, ...]:
    _reject_entities(data, limits)
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns about unknown styles and extensions
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
            try:
                return tuple(SheetData(s.title, tuple(_read_rows(s))) for s in book.worksheets)
            finally:
                book.close()
    except FileRejected:
        raise
    except Exception as error:  # openpyxl raises many types for damaged workbooks
        message = f"cannot be read as a workbook ({type(error).__name__})"
        raise FileRejected(message, SAVE_AGAIN) from error


def _reject_entities(data: bytes, limits: SizeLimits) -> None:
    """Reject what `open_xlsx_archive` rejects, and XML entities, which could expand in openpyxl."""
    archive = open_xlsx_archive(data, limits)
    try:
        # zipfile stops reading at the declared size, which the limits cover: no zip bombs here.
        # Dropping zero bytes also finds a declaration in UTF-16.
        parts = [archive.read(part).replace(b"\0", b"") for part in archive.infolist()]
    except Exception as error:  # zipfile raises many types for damaged archives
        raise FileRejected("is damaged: a part of it cannot be read", SAVE_AGAIN) from error
    if any(b"<!DOCTYPE" in part for part in parts):
        message = "declares XML entities, which spreadsheet programs do not write"
        raise FileRejected(message, SAVE_AGAIN)


def _read_rows(sheet: Worksheet) -> Iterator[tuple[SheetCell, ...]]:
    """Yield the non-empty rows; the declared size of the sheet is not trusted."""
    count, blank = 0, None
    rows = sheet.iter_rows(min_row=1, max_row=_LAST_EXCEL_ROW, min_col=1, max_col=MAX_COLUMNS)
    for number, row in enumerate(rows, start=1):
        if row is blank or all(cell.value is None for cell in row):
            # openpyxl yields the same tuple for all missing rows, up to a million of them.
            blank = row
            continue
        count += 1
        if count > MAX_ROWS:
            message = f"the sheet {sheet.title} has more than {MAX_ROWS:,} rows"
            raise FileRejected(message, FORM_LIMITS.remedy)
        yield tuple(
            SheetCell(
                cell.value,
                number,
                f"{sheet.title}!{format_cell((number, column))}",
                cell.data_type in ("f", "e"),
            )
            for column, cell in enumerate(row, start=1)
        )


def _read_csv(data: bytes) -> tuple[SheetData, ...]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"not UTF-8 (byte {error.start})"
        raise FileRejected(message, "save it as CSV UTF-8") from error
    first_line = next((line for line in text.splitlines() if line.strip()), "")
    # The separator that spreadsheet programs write depends on the locale.
    separator = max(",;\t", key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[tuple[SheetCell, ...]] = []
    line = 1
    try:
        for row in reader:
            if any(row):
                cells = (SheetCell(v, line, f"column {n}") for n, v in enumerate(row, start=1))
                rows.append(tuple(cells))
            if len(rows) > MAX_ROWS + 1:  # the header is not counted
                raise FileRejected(f"has more than {MAX_ROWS:,} rows", FORM_LIMITS.remedy)
            # A quoted value can span lines: report the line on which the row starts.
            line = reader.line_num + 1
    except csv.Error as error:
        message, remedy = f"not valid CSV: {error}", "check the quotes on this line"
        raise FileRejected(message, remedy, line=line) from error
    return (SheetData("", tuple(rows)),)
