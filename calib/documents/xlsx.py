"""Read Excel workbooks, one passage per cell, hidden sheets included."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from posixpath import dirname, join, normpath
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter

from calib.documents.model import Role
from calib.documents.properties import add_core_properties
from calib.documents.reading import Reading, row_context
from calib.documents.safe_zip import check_office_file, read_part

_SHEET_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def read_xlsx(data: bytes, reading: Reading) -> None:
    """Add all cells with the values that Excel showed last; raises Unreadable.

    Formulas are not evaluated, macros not run, links not followed.
    """
    check_office_file(data, reading.limits)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns about unknown styles and extensions
        book = openpyxl.load_workbook(
            io.BytesIO(data), read_only=True, data_only=True, keep_links=False
        )
        properties = book.properties
        add_core_properties(reading, properties, properties.creator, properties.contentStatus)
        for sheet in book.worksheets:
            _add_sheet(sheet, reading)
    _add_comments(data, book.worksheets, reading)


def _add_sheet(sheet: Any, reading: Reading) -> None:
    """Add the cells of a sheet; the declared size of the sheet is not trusted."""
    name = f"sheet {sheet.title}"
    if sheet.sheet_state != "visible":
        reading.fact("hidden sheet", sheet.title, name)
    headings: list[str] = []
    blank: object = None
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(min_row=1, min_col=1), start=1):
        if row is blank:
            continue
        texts = [_cell_text(cell) for cell in row]
        if not any(texts):
            # openpyxl yields the same tuple for all missing rows, up to a million of them.
            blank, headings = row, []
            continue
        is_heading = not headings and _is_heading(row, texts)
        context = row_context(headings, texts) if headings else ""
        if is_heading:
            headings = texts
        for column, text in enumerate(texts, start=1):
            if text:
                where = f"{name}!{get_column_letter(column)}{number}"
                reading.add(text, where, Role.TABLE, context)


def _is_heading(row: Iterable[Any], texts: list[str]) -> bool:
    """Return whether a row has the headings of the rows below: two or more texts, no values."""
    values = [cell.value for cell, text in zip(row, texts, strict=True) if text]
    return len(values) > 1 and all(isinstance(value, str) for value in values)


def _cell_text(cell: Any) -> str:
    """Return the value of a cell about as Excel shows it."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        # openpyxl leaves the escape for a carriage return in the text.
        return value.replace("_x000D_\n", "\n").replace("_x000D_", "\n").strip()
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "minutes")
    if isinstance(value, (date, time, timedelta)):
        return str(value)
    number_format = str(cell.number_format or "")
    if "%" in number_format:
        decimals = len(number_format.partition("%")[0].partition(".")[2])
        return f"{value * 100:.{min(decimals, 6)}f}%"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _add_comments(data: bytes, sheets: list[Any], reading: Reading) -> None:
    """Add the comments of the cells, which openpyxl does not read in its streaming mode."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        for sheet in sheets:
            path = str(sheet._worksheet_path).lstrip("/")  # noqa: SLF001  there is no other way
            rels = join(dirname(path), "_rels", f"{path.rsplit('/', 1)[-1]}.rels")
            if rels not in names:
                continue
            for rel in etree.fromstring(read_part(archive, rels), parser):
                target = normpath(join("/", dirname(path), rel.get("Target") or "")).lstrip("/")
                if not (rel.get("Type") or "").endswith("/comments") or target not in names:
                    continue
                part = etree.fromstring(read_part(archive, target), parser)
                for comment in part.iter(f"{_SHEET_NS}comment"):
                    text = "".join(t.text or "" for t in comment.iter(f"{_SHEET_NS}t"))
                    where = f"sheet {sheet.title}!{comment.get('ref')} (comment)"
                    reading.add(text, where, Role.COMMENT)
