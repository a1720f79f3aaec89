"""Export tables as .xlsx or .csv in which no text becomes a formula, number or link."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from calib.errors import BadInput, Problem
from calib.exchange.cells import MAX_CELL_TEXT
from calib.exchange.checked_write import VerificationFailed, write_verified_bytes
from calib.exchange.csv_safety import neutralise_formula
from calib.text import escape_invisible

_MAX_ROW_HEIGHT = 400.0
_BORDER_COLOUR = "#C9D0D9"
_HEADER_FORMAT = {"bold": True, "bg_color": "#E9EDF2", "border_color": _BORDER_COLOUR}
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}

CellValue = str | int


@dataclass(frozen=True, slots=True)
class ExportTable:
    """A table to export; each column has a header and a width in characters."""

    title: str
    subject: str
    day: date
    columns: tuple[tuple[str, int], ...]
    rows: tuple[tuple[CellValue, ...], ...]

    @property
    def header(self) -> tuple[str, ...]:
        """The column names."""
        return tuple(name for name, _ in self.columns)


def write_table(table: ExportTable, path: Path) -> Path:
    """Write a table in the format of the path's suffix and verify the file.

    Raises BadInput if the suffix is neither .xlsx nor .csv, CannotWrite.
    """
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        return write_verified_bytes(
            path, render_xlsx(table), lambda data: _verify_xlsx(data, table)
        )
    if suffix == ".csv":
        return write_verified_bytes(path, render_csv(table), lambda data: _verify_csv(data, table))
    remedy = f"call it {path.stem or 'table'}.xlsx or {path.stem or 'table'}.csv"
    raise BadInput([Problem(str(path), "neither .xlsx nor .csv", remedy=remedy)])


def render_csv(table: ExportTable) -> bytes:
    """Render a table as CSV with a byte order mark, which Excel needs to detect UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(table.header)
    writer.writerows([_csv_value(cell) for cell in row] for row in table.rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def render_xlsx(table: ExportTable) -> bytes:
    """Render a table as a workbook with one sheet, formatted for reading and for A3 paper."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _OPTIONS) as book:
        # The table's day instead of the current time: equal tables give equal bytes.
        created = datetime.combine(table.day, time(), UTC).replace(tzinfo=None)
        subject = escape_invisible(table.subject)[:200]
        book.set_properties({"title": table.title, "subject": subject, "created": created})
        sheet = book.add_worksheet(table.title)
        base = {"text_wrap": True, "valign": "top", "align": "left", "border": 1}
        header = book.add_format({**base, **_HEADER_FORMAT})
        body = book.add_format({**base, "border_color": _BORDER_COLOUR})
        for column, (name, width) in enumerate(table.columns):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, name, header)
        sheet.set_row(0, 30)
        for number, row in enumerate(table.rows, start=1):
            sheet.set_row(number, _row_height(row, table.columns))
            for column, cell in enumerate(row):
                if isinstance(cell, int):
                    sheet.write_number(number, column, cell, body)
                else:
                    sheet.write_string(number, column, fit_cell(cell), body)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(1, len(table.rows)), len(table.columns) - 1)
        sheet.set_landscape()
        sheet.set_paper(8)  # A3
        sheet.set_margins(left=0.4, right=0.4, top=0.8, bottom=0.7)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        day = f"{table.day.day} {table.day:%B %Y}"
        sheet.set_header(f"&L{_page_header_text(table.subject)}&R{table.title}")
        sheet.set_footer(f"&L{day}&RPage &P of &N")
    return out.getvalue()


def _page_header_text(text: str) -> str:
    """Escape and shorten a text for a page header: & starts a code, and 255 characters fit."""
    return escape_invisible(text)[:80].replace("&", "&&")


def _row_height(row: tuple[CellValue, ...], columns: tuple[tuple[str, int], ...]) -> float:
    """Estimate the height of a row in points, because not every program adjusts it on opening."""
    lines = [
        sum(-(-len(line) // width) or 1 for line in str(cell).split("\n"))
        for cell, (_, width) in zip(row, columns, strict=True)
    ]
    return min(_MAX_ROW_HEIGHT, 15.0 * max(lines))


def fit_cell(text: str) -> str:
    """Truncate a text to the limit of a cell, with a note at the end about its length."""
    text = escape_invisible(text)
    wide = text.encode("utf-16-le")
    if len(wide) <= 2 * MAX_CELL_TEXT:
        return text
    # 60 characters for the note; "ignore" drops half of a surrogate pair at the cut.
    kept = wide[: 2 * (MAX_CELL_TEXT - 60)].decode("utf-16-le", "ignore")
    return f"{kept} [truncated here: {len(text) - len(kept):,} more characters]"


def _csv_value(cell: CellValue) -> CellValue:
    return neutralise_formula(escape_invisible(cell)) if isinstance(cell, str) else cell


def _verify_csv(data: bytes, table: ExportTable) -> None:
    text = io.StringIO(data.decode("utf-8-sig"), newline="")
    expected = [[str(_csv_value(cell)) for cell in row] for row in (table.header, *table.rows)]
    if list(csv.reader(text, strict=True)) != expected:
        raise VerificationFailed("rows or texts differ")


def _verify_xlsx(data: bytes, table: ExportTable) -> None:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    try:
        rows = list(book.worksheets[0].iter_rows())
    finally:
        book.close()
    if any(cell.data_type == "f" for row in rows for cell in row):
        raise VerificationFailed("a text became a formula")
    actual = [["" if cell.value is None else cell.value for cell in row] for row in rows]
    expected = [[_read_by_openpyxl(cell) for cell in row] for row in (table.header, *table.rows)]
    if actual != expected:
        raise VerificationFailed("rows or texts differ")


def _read_by_openpyxl(cell: CellValue) -> CellValue:
    # openpyxl removes this escape prefix everywhere, even from text in which it was typed.
    return fit_cell(cell).replace("x005F_", "") if isinstance(cell, str) else cell
