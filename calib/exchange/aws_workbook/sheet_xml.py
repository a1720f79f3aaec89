"""Parse a worksheet into cells with the byte range of each, for changes in place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from calib.exchange.aws_workbook.xml import InvalidXml, decode_text, parse_xml
from calib.exchange.cells import (
    CellPosition,
    CellRange,
    contains,
    format_cell,
    normalise_newlines,
    parse_cell,
    parse_range,
)
from calib.exchange.untrusted import SAVE_AGAIN, FileRejected

MAX_CELLS = 400_000
MAX_RANGES = 20_000
"""The limit for merged and linked ranges together: every lookup scans them."""
# A start tag; quoted attribute values may contain ">".
_TAG = re.compile(rb"""<[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>""")


@dataclass(frozen=True, slots=True)
class XmlCell:
    """The text that a cell shows and the byte range of its element."""

    text: str
    start: int
    end: int
    style: str = ""
    is_formula: bool = False
    is_error: bool = False
    is_number: bool = False
    """Whether the value is stored as a number, as dates are."""


@dataclass(slots=True)
class XmlRow:
    """The byte offsets of a row's tags, and its columns in order."""

    start: int
    tag_end: int
    close: int = 0
    """The offset of the end tag, where a last cell is inserted."""
    style: str = ""
    hidden: bool = False
    columns: list[int] = field(default_factory=list)


@dataclass
class XmlSheet:
    """A worksheet: its bytes, its cells, and the ranges that affect them."""

    title: str
    data: bytes
    cells: dict[CellPosition, XmlCell] = field(default_factory=dict)
    rows: dict[int, XmlRow] = field(default_factory=dict)
    """The rows that have cells."""
    merged: list[CellRange] = field(default_factory=list)
    formula_ranges: list[CellRange] = field(default_factory=list)
    """The ranges that one array formula or data table fills."""
    links: list[tuple[CellRange, str, str]] = field(default_factory=list)
    """The range of a link, the id of its relationship, and its location in the workbook."""
    column_styles: list[tuple[int, int, str]] = field(default_factory=list)
    """First column, last column, style."""
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    """First column, last column."""
    dimension: tuple[int, int, str] = (0, 0, "")
    """The byte range of the dimension tag, and the range of cells in it."""
    formula_count: int = 0

    def text(self, position: CellPosition) -> str:
        """Return the text of a cell with line feeds; empty for errors."""
        cell = self.cells.get(position)
        return "" if cell is None or cell.is_error else normalise_newlines(cell.text)

    def merge_anchor(self, position: CellPosition) -> CellPosition:
        """Return the top left cell of a merged range, which stores its value."""
        merged = next((r for r in self.merged if contains(r, position)), None)
        return (merged[0], merged[1]) if merged else position

    def link(self, position: CellPosition) -> tuple[str, str]:
        """Return the relationship id and the location of the link of a cell; empty if none."""
        links = ((key, place) for r, key, place in self.links if contains(r, position))
        return next(links, ("", ""))

    def is_hidden(self, position: CellPosition) -> bool:
        """Return whether the row or column of a cell is hidden."""
        row, column = position
        if row in self.rows and self.rows[row].hidden:
            return True
        return any(first <= column <= last for first, last in self.hidden_columns)

    def is_computed(self, position: CellPosition) -> bool:
        """Return whether a formula determines the value of a cell."""
        cell = self.cells.get(position)
        if cell is not None and cell.is_formula:
            return True
        return any(contains(r, position) for r in self.formula_ranges)


def read_sheet(title: str, data: bytes, shared_strings: tuple[str, ...]) -> XmlSheet:
    """Parse a worksheet; raises FileRejected."""
    parser = _SheetParser(XmlSheet(title, data), shared_strings)
    try:
        parse_xml(data, parser.start, parser.end, parser.text)
    except InvalidXml as error:
        raise FileRejected(f"the sheet {title}: {error}", SAVE_AGAIN) from error
    except (ValueError, KeyError) as error:  # row or column numbers that are not numbers
        raise FileRejected(
            f"the sheet {title} has invalid row or column numbers", SAVE_AGAIN
        ) from error
    return parser.sheet


class _SheetParser:
    """SAX handlers for the elements of a worksheet."""

    def __init__(self, sheet: XmlSheet, shared_strings: tuple[str, ...]) -> None:
        self.sheet = sheet
        self.shared_strings = shared_strings
        self.stack: list[str] = []
        # The current cell.
        self.texts: list[str] = []
        self.row_number = self.column = self.cell_start = 0
        self.attributes: dict[str, str] = {}
        self.is_formula = False
        self.row = XmlRow(0, 0)

    # The elements: worksheet > sheetData > row > c > f, v or is; depths below count from 1.

    def start(self, name: str, attributes: dict[str, str], offset: int) -> None:
        self.stack.append(name)
        depth = len(self.stack)
        if depth > 1 and self.stack[1] == "sheetData":
            if name == "row" and depth == 3:
                self._start_row(attributes, offset)
            elif name == "c" and depth == 4:
                self._start_cell(attributes, offset)
            elif name == "f":
                self.is_formula = True
                self.sheet.formula_count += 1
                if attributes.get("t") in ("array", "dataTable"):
                    self.sheet.formula_ranges.append(parse_range(attributes.get("ref", "A1")))
        elif depth <= 3:
            self._start_other(name, attributes, offset)

    def _start_row(self, attributes: dict[str, str], offset: int) -> None:
        # Numbers are optional: a row without one follows the previous row.
        self.row_number = int(attributes.get("r", self.row_number + 1))
        self.column = 0
        style = attributes.get("s", "") if _is_true(attributes, "customFormat") else ""
        hidden = _is_true(attributes, "hidden")
        tag_end = find_tag_end(self.sheet.data, offset)
        self.row = XmlRow(offset, tag_end, style=style, hidden=hidden)

    def _start_cell(self, attributes: dict[str, str], offset: int) -> None:
        next_position = (self.row_number, self.column + 1)
        position = parse_cell(attributes["r"]) if "r" in attributes else next_position
        self.column = position[1]
        if position[0] != self.row_number:
            raise FileRejected(
                f"the sheet {self.sheet.title} has the cell {attributes['r']} "
                f"in row {self.row_number}",
            )
        self.attributes, self.cell_start = attributes, offset
        self.texts, self.is_formula = [], False

    def _start_other(self, name: str, attributes: dict[str, str], offset: int) -> None:
        sheet = self.sheet
        if name == "dimension":
            tag_end = find_tag_end(sheet.data, offset)
            sheet.dimension = (offset, tag_end, attributes.get("ref", ""))
        elif name == "col":
            first, last = int(attributes["min"]), int(attributes["max"])
            sheet.column_styles.append((first, last, attributes.get("style", "")))
            if _is_true(attributes, "hidden"):
                sheet.hidden_columns.append((first, last))
        elif name == "mergeCell":
            sheet.merged.append(parse_range(attributes.get("ref", "")))
        elif name == "hyperlink":
            relationship = next((v for k, v in attributes.items() if k.endswith(" id")), "")
            cells = parse_range(attributes.get("ref", ""))
            sheet.links.append((cells, relationship, attributes.get("location", "")))
        if len(sheet.merged) + len(sheet.links) > MAX_RANGES:
            message = (
                f"the sheet {sheet.title} has more than {MAX_RANGES:,} merged or linked ranges"
            )
            raise FileRejected(message, "delete everything but the answers, and save it again")

    def end(self, name: str, offset: int) -> None:
        depth = len(self.stack)
        self.stack.pop()
        if depth == 4 and name == "c" and self.stack[1] == "sheetData":
            self._end_cell(offset)
        elif depth == 3 and name == "row" and self.stack[1] == "sheetData":
            self.row.close = offset

    def _end_cell(self, offset: int) -> None:
        sheet = self.sheet
        if len(sheet.cells) >= MAX_CELLS:
            message = f"the sheet {sheet.title} has more than {MAX_CELLS:,} cells"
            raise FileRejected(message, "delete empty rows and columns, and save it again")
        tag_end = find_tag_end(sheet.data, self.cell_start)
        # For an empty element, <c/>, expat reports the end at the offset of the start tag.
        is_empty = sheet.data[tag_end - 2 : tag_end] == b"/>"
        end = tag_end if is_empty else find_tag_end(sheet.data, offset)
        kind = self.attributes.get("t", "n")
        text = "".join(self.texts)
        if kind == "s" and text:
            text = self._shared_string(text)
        elif kind in ("inlineStr", "str"):
            text = decode_text(text)
        elif kind == "b":
            text = "TRUE" if text == "1" else "FALSE"
        style = self.attributes.get("s", "")
        sheet.cells[self.row_number, self.column] = XmlCell(
            text, self.cell_start, end, style, self.is_formula, kind == "e", kind in ("n", "d")
        )
        # Only rows with cells are stored: a sheet can have a million without.
        sheet.rows.setdefault(self.row_number, self.row).columns.append(self.column)

    def _shared_string(self, index: str) -> str:
        try:
            return self.shared_strings[int(index)]
        except (ValueError, IndexError) as error:
            message = f"the sheet {self.sheet.title} refers to the missing shared string {index}"
            place = format_cell((self.row_number, self.column))
            raise FileRejected(message, SAVE_AGAIN, place) from error

    def text(self, text: str) -> None:
        if len(self.stack) > 4 and self.stack[1] == "sheetData":
            child = self.stack[4]
            # <rPh> contains the phonetic reading of East Asian text.
            is_inline = child == "is" and self.stack[-1] == "t" and "rPh" not in self.stack
            if child == "v" or is_inline:
                self.texts.append(text)


def _is_true(attributes: dict[str, str], name: str) -> bool:
    return attributes.get(name) in ("1", "true")


def find_tag_end(data: bytes, offset: int) -> int:
    """Return the offset after the tag that starts at an offset."""
    # In UTF-16 a tag does not match: such a sheet can be read, but `write_cells` rejects it.
    if data[offset : offset + 1] != b"<":
        return offset
    match = _TAG.match(data, offset)
    return match.end() if match else offset
