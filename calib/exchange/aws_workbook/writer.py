"""Write the changes of a fill into a copy of the workbook, and read it again before saying so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from calib.errors import BadInput, CannotWrite, Problem
from calib.exchange.cells import CellPosition, format_cell, normalise_newlines
from calib.exchange.aws_workbook.fill_plan import CellChange
from calib.exchange.aws_workbook.package import XlsxPackage
from calib.exchange.aws_workbook.reader import AwsWorkbook
from calib.exchange.aws_workbook.sheet_writer import write_cells
from calib.exchange.aws_workbook.sheet_xml import XmlSheet, read_sheet
from calib.exchange.untrusted import FileRejected
from calib.files.atomic import add_new_file, replace_file, wrap_os_errors


def fill_workbook(book: AwsWorkbook, changes: Sequence[CellChange]) -> bytes:
    """Return the workbook with the changes in it, proved by reading it again.

    Raises BadInput where the workbook cannot be written to, CannotWrite where what was made does
    not read back.
    """
    try:
        parts = {}
        for title, values in _group_by_sheet(changes).items():
            part, sheet = book.sheets[title]
            parts[part] = write_cells(sheet, values)
        data = book.package.replaced(parts) if parts else book.package.data
        wrong = _first_difference(book, XlsxPackage(data), changes)
    except FileRejected as error:
        raise error.problem(book.path) from error
    if wrong:
        raise CannotWrite(book.path, f"filled, it does not read back: {wrong}")
    return data


def _group_by_sheet(changes: Sequence[CellChange]) -> dict[str, dict[CellPosition, str]]:
    found: dict[str, dict[CellPosition, str]] = {}
    for change in changes:
        found.setdefault(change.sheet, {})[change.place] = change.after
    return found


def _first_difference(book: AwsWorkbook, made: XlsxPackage, changes: Sequence[CellChange]) -> str:
    """Name the first thing that is not as it should be; nothing where all is well."""
    values = _group_by_sheet(changes)
    touched = {book.sheets[title][0] for title in values}
    if made.names != book.package.names:
        return "its parts"
    for name in made.names:
        if name not in touched and made.raw(name) != book.package.raw(name):
            return name
    for title, wanted in values.items():
        part, before = book.sheets[title]
        after = read_sheet(title, made.part(part), made.shared_texts)
        if odd := _first_changed_cell(before, after, wanted):
            return f"{title}!{odd}"
    return ""


def _first_changed_cell(before: XmlSheet, after: XmlSheet, wanted: dict[CellPosition, str]) -> str:
    for place in before.cells.keys() | after.cells.keys():
        old, new = before.cells.get(place), after.cells.get(place)
        if new is None:
            return format_cell(place)
        if place in wanted:
            if normalise_newlines(new.text) != normalise_newlines(wanted[place]) or new.formula:
                return format_cell(place)
        elif old is None or (old.text, old.style, old.formula, old.error) != (
            new.text,
            new.style,
            new.formula,
            new.error,
        ):
            return format_cell(place)
    same = (before.merged, before.links, before.styles, before.formulas)
    return "" if same == (after.merged, after.links, after.styles, after.formulas) else "its frame"


def check_target(path: Path, source: Path, *, replacing: bool) -> None:
    """Refuse to write over the workbook that was read, or over another unasked; raises BadInput."""
    with wrap_os_errors(path):
        if not path.exists():
            return
        if path.samefile(source):
            said, remedy = "is the workbook that is read", "write the filled one somewhere else"
            raise BadInput([Problem(str(path), said, remedy=remedy)])
        if not path.is_file():
            said, remedy = "is there, and is no file", f"name a file, as {path / source.name}"
            raise BadInput([Problem(str(path), said, remedy=remedy)])
        if not replacing:
            raise BadInput([_already_exists(path)])


def _already_exists(path: Path) -> Problem:
    remedy = "choose another name, or replace it with --replace"
    return Problem(str(path), "is there already", remedy=remedy)


def save_workbook(data: bytes, path: Path, *, replacing: bool) -> None:
    """Write a filled workbook and read the file again; raises BadInput, CannotWrite."""
    with wrap_os_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    if replacing:
        replace_file(path, data)
    elif not add_new_file(path, data):
        raise BadInput([_already_exists(path)])
    with wrap_os_errors(path):
        if path.read_bytes() != data:
            raise CannotWrite(path, "what was written does not read back")
