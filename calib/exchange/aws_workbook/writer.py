"""Write the planned changes into a copy of the workbook, in its XML, and verify the copy.

The XML is edited in place because openpyxl, which would be simpler, drops everything that it does
not model when it saves a file: extension lists with drop-downs and conditional formats, threaded
comments, form controls. The partner would submit a damaged workbook. So only the bytes of the
changed cells differ, and `fill_workbook` verifies that nothing else does.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from calib.errors import BadInput, CannotWrite, Problem
from calib.exchange.aws_workbook.fill_plan import CellChange
from calib.exchange.aws_workbook.package import XlsxPackage
from calib.exchange.aws_workbook.reader import AwsWorkbook
from calib.exchange.aws_workbook.sheet_writer import write_cells
from calib.exchange.aws_workbook.sheet_xml import XmlCell, XmlSheet, read_sheet
from calib.exchange.cells import CellPosition, format_cell, normalise_newlines
from calib.exchange.untrusted import FileRejected
from calib.files.atomic import add_new_file, replace_file, wrap_os_errors


def fill_workbook(book: AwsWorkbook, changes: Sequence[CellChange]) -> bytes:
    """Return the workbook with the changes, verified by reading it again.

    Raises BadInput if the workbook cannot be written to, CannotWrite if the verification fails.
    """
    try:
        parts = {}
        for title, values in _group_by_sheet(changes).items():
            part, sheet = book.sheets[title]
            parts[part] = write_cells(sheet, values)
        data = book.package.with_parts(parts) if parts else book.package.data
        difference = _first_difference(book, XlsxPackage(data), changes)
    except FileRejected as error:
        raise error.as_bad_input(book.path) from error
    if difference:
        raise CannotWrite(book.path, f"verification of the filled workbook failed: {difference}")
    return data


def _group_by_sheet(changes: Sequence[CellChange]) -> dict[str, dict[CellPosition, str]]:
    by_sheet: dict[str, dict[CellPosition, str]] = {}
    for change in changes:
        by_sheet.setdefault(change.sheet, {})[change.position] = change.after
    return by_sheet


def _first_difference(book: AwsWorkbook, filled: XlsxPackage, changes: Sequence[CellChange]) -> str:
    """Return the first unexpected difference; empty if there is none."""
    by_sheet = _group_by_sheet(changes)
    changed_parts = {book.sheets[title][0] for title in by_sheet}
    if filled.names != book.package.names:
        return "its parts"
    for name in filled.names:
        if name in changed_parts:
            continue
        if filled.read_any_size(name) != book.package.read_any_size(name):
            return name
    for title, expected in by_sheet.items():
        part, before = book.sheets[title]
        after = read_sheet(title, filled.read_part(part), filled.shared_strings)
        if cell := _first_changed_cell(before, after, expected):
            return f"{title}!{cell}"
    return ""


def _first_changed_cell(
    before: XmlSheet, after: XmlSheet, expected: dict[CellPosition, str]
) -> str:
    """Return the first cell with an unexpected change, or “layout” for the ranges of the sheet."""
    for position in before.cells.keys() | after.cells.keys():
        old, new = before.cells.get(position), after.cells.get(position)
        if new is None:
            return format_cell(position)
        if position in expected:
            text = normalise_newlines(expected[position])
            if normalise_newlines(new.text) != text or new.is_formula:
                return format_cell(position)
        elif old is None or _comparable(old) != _comparable(new):
            return format_cell(position)
    return "" if _layout_of(before) == _layout_of(after) else "layout"


def _comparable(cell: XmlCell) -> tuple[str, str, bool, bool]:
    return cell.text, cell.style, cell.is_formula, cell.is_error


def _layout_of(sheet: XmlSheet) -> tuple[object, ...]:
    return sheet.merged, sheet.links, sheet.column_styles, sheet.formula_count


def check_target(path: Path, source: Path, *, replacing: bool) -> None:
    """Raise BadInput if the target is the source, not a file, or exists without `replacing`."""
    with wrap_os_errors(path):
        if not path.exists():
            return
        if path.samefile(source):
            message, remedy = "is the source workbook", "choose another output file"
            raise BadInput([Problem(str(path), message, remedy=remedy)])
        if not path.is_file():
            message, remedy = "exists and is not a file", f"name a file: {path / source.name}"
            raise BadInput([Problem(str(path), message, remedy=remedy)])
        if not replacing:
            raise BadInput([_already_exists(path)])


def _already_exists(path: Path) -> Problem:
    remedy = "choose another name, or overwrite it with --replace"
    return Problem(str(path), "already exists", remedy=remedy)


def save_workbook(data: bytes, path: Path, *, replacing: bool) -> None:
    """Write a filled workbook and verify the file; raises BadInput, CannotWrite."""
    with wrap_os_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    if replacing:
        replace_file(path, data)
    elif not add_new_file(path, data):
        raise BadInput([_already_exists(path)])
    with wrap_os_errors(path):
        if path.read_bytes() != data:
            raise CannotWrite(path, "verification failed: the file has other content")
