"""Write texts into cells of a worksheet by replacing the bytes of these cells only.

openpyxl cannot be used: when it saves a file, it drops everything that it does not model, such as
extension lists, in which Excel stores drop-downs with values from another sheet. A written cell
keeps its style and stores its text inline.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from calib.exchange.aws_workbook.sheet_xml import XmlRow, XmlSheet
from calib.exchange.aws_workbook.xml import encode_text
from calib.exchange.cells import CellPosition, format_cell, parse_range
from calib.exchange.untrusted import SAVE_AGAIN, FileRejected

_OTHER_ENCODING = re.compile(
    rb"\s*<\?xml[^>]*encoding\s*=\s*[\"'](?!utf-?8|us-ascii)", re.IGNORECASE
)


def write_cells(sheet: XmlSheet, values: Mapping[CellPosition, str]) -> bytes:
    """Return the bytes of the sheet with new texts in some cells; raises FileRejected."""
    if b"\0" in sheet.data or _OTHER_ENCODING.match(sheet.data):
        raise FileRejected(f"the sheet {sheet.title} is not in UTF-8", SAVE_AGAIN)
    changes: dict[tuple[int, int], bytes] = {}
    for position in sorted(values):
        row = sheet.rows.get(position[0])
        if row is None or sheet.data[row.tag_end - 2 : row.tag_end] == b"/>":
            message = f"the sheet {sheet.title} has no cells in row {position[0]}"
            raise FileRejected(message, SAVE_AGAIN)
        cell = sheet.cells.get(position)
        gap = _insertion_point(sheet, row, position)
        span = (cell.start, cell.end) if cell else (gap, gap)
        style = cell.style if cell else _inherited_style(sheet, row, position[1])
        prefix = _namespace_prefix(sheet.data, row.start)
        new = _render_cell(position, values[position], style, prefix)
        # Several new cells may go into the same gap; sorted positions keep their order.
        changes[span] = changes.get(span, b"") + new
    new_cells = [p for p in values if p not in sheet.cells]
    changes |= _extended_ranges(sheet, new_cells)
    return _splice(sheet.data, changes)


def _splice(data: bytes, changes: Mapping[tuple[int, int], bytes]) -> bytes:
    pieces, offset = [], 0
    for (start, end), new in sorted(changes.items()):
        pieces += [data[offset:start], new]
        offset = end
    return b"".join([*pieces, data[offset:]])


def _insertion_point(sheet: XmlSheet, row: XmlRow, position: CellPosition) -> int:
    """Return the offset for a new cell: before the next cell of its row, else at the row's end."""
    following = next((c for c in row.columns if c > position[1]), 0)
    return sheet.cells[position[0], following].start if following else row.close


def _inherited_style(sheet: XmlSheet, row: XmlRow, column: int) -> str:
    """Return the style of a new cell: that of the row, else that of the column."""
    column_styles = (s for first, last, s in sheet.column_styles if first <= column <= last)
    return row.style or next(column_styles, "")


def _render_cell(position: CellPosition, text: str, style: str, prefix: bytes) -> bytes:
    name = format_cell(position)
    p = prefix.decode()
    style_attribute = f' s="{style}"' if style else ""
    cell = f'<{p}c r="{name}"{style_attribute}'
    if not text:
        return f"{cell}/>".encode()
    content = f'<{p}is><{p}t xml:space="preserve">{encode_text(text)}</{p}t></{p}is>'
    return f'{cell} t="inlineStr">{content}</{p}c>'.encode()


def _extended_ranges(sheet: XmlSheet, new: list[CellPosition]) -> dict[tuple[int, int], bytes]:
    """Extend the declared dimension of the sheet and the spans of rows to include new cells."""
    changes: dict[tuple[int, int], bytes] = {}
    start, end, declared = sheet.dimension
    if not new:
        return changes
    if declared:
        top, left, bottom, right = parse_range(declared)
        rows, columns = [p[0] for p in new], [p[1] for p in new]
        extended = (min(top, *rows), min(left, *columns), max(bottom, *rows), max(right, *columns))
        if extended != (top, left, bottom, right):
            ref = f"{format_cell(extended[:2])}:{format_cell(extended[2:])}".encode()
            tag = sheet.data[start:end]
            changes[start, end] = re.sub(rb"(?<=[\s]ref=[\"'])[^\"']*", ref, tag, count=1)
    for number in {p[0] for p in new}:
        row = sheet.rows[number]
        tag = sheet.data[row.start : row.tag_end]
        match = re.search(rb"(?<=\sspans=[\"'])(\d+):(\d+)(?=[\"'])", tag)
        if match:
            columns = [p[1] for p in new if p[0] == number]
            spans = f"{min(int(match[1]), *columns)}:{max(int(match[2]), *columns)}".encode()
            if spans != match[0]:
                changes[row.start, row.tag_end] = tag[: match.start()] + spans + tag[match.end() :]
    return changes


def _namespace_prefix(data: bytes, row_start: int) -> bytes:
    """Return the prefix of the elements with its colon; usually there is none."""
    match = re.match(rb"<([\w.-]+:)?row", data[row_start : row_start + 80])
    if not match:
        raise FileRejected("has a layout that cannot be written to", SAVE_AGAIN)
    return match[1] or b""
