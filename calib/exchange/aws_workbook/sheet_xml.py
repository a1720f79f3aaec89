"""A worksheet as XML: its cells, each with its place in the bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from calib.exchange.cells import (
    CellPosition,
    CellRange,
    contains,
    format_cell,
    normalise_newlines,
    parse_cell,
    parse_range,
)
from calib.exchange.aws_workbook.xml import InvalidXml, decode_text, parse_xml
from calib.exchange.untrusted import SAVE_AGAIN, FileRejected

MAX_CELLS = 400_000
MAX_RANGES = 20_000
_TAG = re.compile(rb"""<[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>""")


@dataclass(frozen=True, slots=True)
class XmlCell:
    """Hold what a cell shows and where it stands in the bytes."""

    text: str
    start: int
    end: int
    style: str = ""
    formula: bool = False
    error: bool = False
    number: bool = False
    """Whether it is stored as a number, as dates are."""


@dataclass(slots=True)
class XmlRow:
    """Hold where a row stands in the bytes, and its columns in their order."""

    start: int
    find_tag_end: int
    close: int = 0
    style: str = ""
    hidden: bool = False
    columns: list[int] = field(default_factory=list)


@dataclass
class XmlSheet:
    """Hold a worksheet: its bytes, its cells, what is merged, linked, computed together."""

    title: str
    data: bytes
    cells: dict[CellPosition, XmlCell] = field(default_factory=dict)
    rows: dict[int, XmlRow] = field(default_factory=dict)
    merged: list[CellRange] = field(default_factory=list)
    computed: list[CellRange] = field(default_factory=list)
    """Areas that one formula fills."""
    links: list[tuple[CellRange, str, str]] = field(default_factory=list)
    """The area of a link, the id of its target, and its place inside the workbook."""
    styles: list[tuple[int, int, str]] = field(default_factory=list)
    """The style of columns, from one to another."""
    hidden: list[tuple[int, int]] = field(default_factory=list)
    """Columns that are hidden, from one to another."""
    size: tuple[int, int, str] = (0, 0, "")
    """Where the bytes say how large the sheet is, and what."""
    formulas: int = 0

    def text(self, place: CellPosition) -> str:
        """Return what stands in a cell, with one kind of line break."""
        cell = self.cells.get(place)
        return "" if cell is None or cell.error else normalise_newlines(cell.text)

    def anchor(self, place: CellPosition) -> CellPosition:
        """Return the cell that holds what a merged cell shows."""
        found = next((one for one in self.merged if contains(one, place)), None)
        return (found[0], found[1]) if found else place

    def link(self, place: CellPosition) -> tuple[str, str]:
        """Return the id of the target that a cell links to, and the place inside the workbook."""
        return next(((i, spot) for one, i, spot in self.links if contains(one, place)), ("", ""))

    def is_hidden(self, place: CellPosition) -> bool:
        """Say whether a cell's row or column is hidden."""
        row = self.rows.get(place[0])
        alone = row is not None and row.hidden
        return alone or any(first <= place[1] <= last for first, last in self.hidden)

    def is_computed(self, place: CellPosition) -> bool:
        """Say whether a formula fills a cell."""
        cell = self.cells.get(place)
        alone = cell is not None and cell.formula
        return alone or any(contains(one, place) for one in self.computed)


def read_sheet(title: str, data: bytes, shared: tuple[str, ...]) -> XmlSheet:
    """Read a worksheet; raises Refused."""
    scan = _SheetParser(XmlSheet(title, data), shared)
    try:
        parse_xml(data, scan.start, scan.end, scan.text)
    except InvalidXml as error:
        raise FileRejected(f"the sheet {title} {error}", SAVE_AGAIN) from error
    except (ValueError, KeyError) as error:  # rows and columns that are no numbers
        raise FileRejected(
            f"the sheet {title} is laid out as no spreadsheet is", SAVE_AGAIN
        ) from error
    return scan.sheet


class _SheetParser:
    """Follow the elements of a worksheet."""

    def __init__(self, sheet: XmlSheet, shared: tuple[str, ...]) -> None:
        self.sheet = sheet
        self.shared = shared
        self.stack: list[str] = []
        self.pieces: list[str] = []
        self.row = self.column = self.began = 0
        self.attributes: dict[str, str] = {}
        self.formula = False
        self.line = XmlRow(0, 0)

    def start(self, name: str, attributes: dict[str, str], at: int) -> None:
        self.stack.append(name)
        inside = self.stack[1] if len(self.stack) > 1 else ""
        if inside == "sheetData":
            if name == "row" and len(self.stack) == 3:
                self._row(attributes, at)
            elif name == "c" and len(self.stack) == 4:
                self._cell(attributes, at)
            elif name == "f":
                self.formula = True
                self.sheet.formulas += 1
                if attributes.get("t") in ("array", "dataTable"):
                    self.sheet.computed.append(parse_range(attributes.get("ref", "A1")))
        elif len(self.stack) <= 3:
            self._beside(name, attributes, at)

    def _row(self, attributes: dict[str, str], at: int) -> None:
        self.row = int(attributes.get("r", self.row + 1))
        self.column = 0
        style = attributes.get("s", "") if _is_true(attributes, "customFormat") else ""
        hidden = _is_true(attributes, "hidden")
        self.line = XmlRow(at, find_tag_end(self.sheet.data, at), style=style, hidden=hidden)

    def _cell(self, attributes: dict[str, str], at: int) -> None:
        place = parse_cell(attributes["r"]) if "r" in attributes else (self.row, self.column + 1)
        self.column = place[1]
        if place[0] != self.row:
            raise FileRejected(
                f"the sheet {self.sheet.title} has the cell {attributes['r']} in row {self.row}",
            )
        self.attributes, self.began, self.pieces, self.formula = attributes, at, [], False

    def _beside(self, name: str, attributes: dict[str, str], at: int) -> None:
        sheet = self.sheet
        if name == "dimension":
            sheet.size = (at, find_tag_end(sheet.data, at), attributes.get("ref", ""))
        elif name == "col":
            first, last = int(attributes["min"]), int(attributes["max"])
            sheet.styles.append((first, last, attributes.get("style", "")))
            if _is_true(attributes, "hidden"):
                sheet.hidden.append((first, last))
        elif name == "mergeCell":
            sheet.merged.append(parse_range(attributes.get("ref", "")))
        elif name == "hyperlink":
            target = next((v for k, v in attributes.items() if k.endswith(" id")), "")
            where = parse_range(attributes.get("ref", ""))
            sheet.links.append((where, target, attributes.get("location", "")))
        if len(sheet.merged) + len(sheet.links) > MAX_RANGES:
            said = f"the sheet {sheet.title} has more than {MAX_RANGES:,} merged or linked areas"
            raise FileRejected(said, "delete what is no answer, and save it again")

    def end(self, name: str, at: int) -> None:
        depth = len(self.stack)
        self.stack.pop()
        if depth == 4 and name == "c" and self.stack[1] == "sheetData":
            self._finish(at)
        elif depth == 3 and name == "row" and self.stack[1] == "sheetData":
            self.line.close = at

    def _finish(self, at: int) -> None:
        sheet = self.sheet
        if len(sheet.cells) >= MAX_CELLS:
            said = f"the sheet {sheet.title} has more than {MAX_CELLS:,} cells"
            raise FileRejected(said, "delete empty rows and columns, and save it again")
        opened = find_tag_end(sheet.data, self.began)
        empty = sheet.data[opened - 2 : opened] == b"/>"
        end = opened if empty else find_tag_end(sheet.data, at)
        kind = self.attributes.get("t", "n")
        text = "".join(self.pieces)
        if kind == "s" and text:
            text = self._shared(text)
        elif kind in ("inlineStr", "str"):
            text = decode_text(text)
        elif kind == "b":
            text = "TRUE" if text == "1" else "FALSE"
        style = self.attributes.get("s", "")
        sheet.cells[self.row, self.column] = XmlCell(
            text, self.began, end, style, self.formula, kind == "e", kind in ("n", "d")
        )
        # Rows without cells are left out: a sheet may have a million of them.
        sheet.rows.setdefault(self.row, self.line).columns.append(self.column)

    def _shared(self, number: str) -> str:
        try:
            return self.shared[int(number)]
        except (ValueError, IndexError) as error:
            said = f"the sheet {self.sheet.title} speaks of the shared text {number}, which is none"
            raise FileRejected(said, SAVE_AGAIN, format_cell((self.row, self.column))) from error

    def text(self, piece: str) -> None:
        if len(self.stack) > 4 and self.stack[1] == "sheetData":
            inner = self.stack[4]
            if inner == "v" or (
                inner == "is" and self.stack[-1] == "t" and "rPh" not in self.stack
            ):
                self.pieces.append(piece)


def _is_true(attributes: dict[str, str], name: str) -> bool:
    return attributes.get(name) in ("1", "true")


def find_tag_end(data: bytes, at: int) -> int:
    """Return where the tag that begins at a place ends."""
    if data[at : at + 1] != b"<":  # in UTF-16 two bytes; such a sheet is read, not written
        return at
    found = _TAG.match(data, at)
    return found.end() if found else at
