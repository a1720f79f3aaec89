"""A table as a workbook or as CSV, in which texts stay texts."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from calib.errors import BadInput, Problem
from calib.exchange.checked_write import NotAsMeant, write_bytes
from calib.exchange.csv_safety import tame
from calib.text import visible

CELL = 32_767
"""How many characters a cell of a workbook holds, as UTF-16 counts them."""

_HIGHEST = 400.0
_LINE = "#C9D0D9"
_HEAD = {"bold": True, "bg_color": "#E9EDF2", "border_color": _LINE}
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}

Cell = str | int


@dataclass(frozen=True, slots=True)
class Table:
    """Hold a table for people: its columns with their widths in characters, and its rows."""

    title: str
    subject: str
    day: date
    columns: tuple[tuple[str, int], ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def head(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(name for name, _ in self.columns)


def write_table(table: Table, path: Path) -> Path:
    """Write a table in the format that the path's ending names, and read it again.

    Raises BadInput for an ending that is neither .xlsx nor .csv, CannotWrite.
    """
    kind = path.suffix.lower()
    if kind == ".xlsx":
        return write_bytes(path, as_xlsx(table), lambda data: _check_xlsx(data, table))
    if kind == ".csv":
        return write_bytes(path, as_csv(table), lambda data: _check_csv(data, table))
    remedy = f"call it {path.stem or 'table'}.xlsx or {path.stem or 'table'}.csv"
    raise BadInput([Problem(str(path), "is neither .xlsx nor .csv", remedy=remedy)])


def as_csv(table: Table) -> bytes:
    """Write a table as CSV; a text that a spreadsheet would run is led by an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(table.head)
    writer.writerows([_tamed(cell) for cell in row] for row in table.rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_xlsx(table: Table) -> bytes:
    """Write a table as a workbook; texts stay texts, whatever they look like."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _OPTIONS) as book:
        # The day of the table, not of the writing: the same table gives the same bytes.
        made = datetime.combine(table.day, time(), UTC).replace(tzinfo=None)
        subject = visible(table.subject)[:200]
        book.set_properties({"title": table.title, "subject": subject, "created": made})
        sheet = book.add_worksheet(table.title)
        plain = {"text_wrap": True, "valign": "top", "align": "left", "border": 1}
        head = book.add_format({**plain, **_HEAD})
        body = book.add_format({**plain, "border_color": _LINE})
        for column, (name, width) in enumerate(table.columns):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, name, head)
        sheet.set_row(0, 30)
        for number, row in enumerate(table.rows, start=1):
            sheet.set_row(number, _height(row, table.columns))
            for column, cell in enumerate(row):
                if isinstance(cell, int):
                    sheet.write_number(number, column, cell, body)
                else:
                    sheet.write_string(number, column, fitted(cell), body)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(1, len(table.rows)), len(table.columns) - 1)
        sheet.set_landscape()
        sheet.set_paper(8)  # A3: the tables are wide
        sheet.set_margins(left=0.4, right=0.4, top=0.8, bottom=0.7)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        day = f"{table.day.day} {table.day:%B %Y}"
        sheet.set_header(f"&L{_printed(table.subject)}&R{table.title}")
        sheet.set_footer(f"&L{day}&RPage &P of &N")
    return out.getvalue()


def _printed(text: str) -> str:
    """Make a text fit for the margin of a page, where & starts a command and 255 letters fit."""
    return visible(text)[:80].replace("&", "&&")


def _height(row: tuple[Cell, ...], columns: tuple[tuple[str, int], ...]) -> float:
    """Return the points that a row takes; not every program works them out by itself."""
    lines = [
        sum(-(-len(line) // width) or 1 for line in str(cell).split("\n"))
        for cell, (_, width) in zip(row, columns, strict=True)
    ]
    return min(_HIGHEST, 15.0 * max(lines))


def fitted(text: str) -> str:
    """Make a text fit into a cell; what is cut off is counted at its end."""
    text = visible(text)
    wide = text.encode("utf-16-le")
    if len(wide) <= 2 * CELL:
        return text
    kept = wide[: 2 * (CELL - 60)].decode("utf-16-le", "ignore")
    return f"{kept} [cut here: {len(text) - len(kept):,} more characters]"


def _tamed(cell: Cell) -> Cell:
    return tame(visible(cell)) if isinstance(cell, str) else cell


def _check_csv(data: bytes, table: Table) -> None:
    text = io.StringIO(data.decode("utf-8-sig"), newline="")
    meant = [[str(_tamed(cell)) for cell in row] for row in (table.head, *table.rows)]
    if list(csv.reader(text, strict=True)) != meant:
        raise NotAsMeant("it holds other rows or texts")


def _check_xlsx(data: bytes, table: Table) -> None:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    try:
        rows = list(book.worksheets[0].iter_rows())
    finally:
        book.close()
    if any(cell.data_type == "f" for row in rows for cell in row):
        raise NotAsMeant("a text became a formula")
    found = [["" if cell.value is None else cell.value for cell in row] for row in rows]
    if found != [[_as_openpyxl_reads(cell) for cell in row] for row in (table.head, *table.rows)]:
        raise NotAsMeant("it holds other rows or texts")


def _as_openpyxl_reads(cell: Cell) -> Cell:
    # It takes out this mark wherever it stands, also where somebody typed it.
    return fitted(cell).replace("x005F_", "") if isinstance(cell, str) else cell
