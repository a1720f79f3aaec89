"""Writing into some cells of a worksheet.

Only the bytes of the written cells change, so that everything else in the sheet stays, also what no
library knows. A written cell keeps its style and holds its text itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from calib.exchange.cells import CellPosition, format_cell, parse_range
from calib.exchange.aws_workbook.sheet_xml import XmlRow, XmlSheet
from calib.exchange.aws_workbook.xml import encode_text
from calib.exchange.untrusted import SAVE_AGAIN, FileRejected

_OTHER_ENCODING = re.compile(
    rb"\s*<\?xml[^>]*encoding\s*=\s*[\"'](?!utf-?8|us-ascii)", re.IGNORECASE
)


def write_cells(sheet: XmlSheet, values: Mapping[CellPosition, str]) -> bytes:
    """Return the sheet's bytes with other texts in some cells; raises Refused."""
    if b"\0" in sheet.data or _OTHER_ENCODING.match(sheet.data):
        raise FileRejected(f"the sheet {sheet.title} is not written in UTF-8", SAVE_AGAIN)
    changes: dict[tuple[int, int], bytes] = {}
    for place in sorted(values):
        row = sheet.rows.get(place[0])
        if row is None or sheet.data[row.tag_end - 2 : row.tag_end] == b"/>":
            raise FileRejected(
                f"the sheet {sheet.title} has no cells in row {place[0]}", SAVE_AGAIN
            )
        cell = sheet.cells.get(place)
        gap = _insertion_point(sheet, row, place)
        span = (cell.start, cell.end) if cell else (gap, gap)
        style = cell.style if cell else _inherited_style(sheet, row, place[1])
        prefix = _namespace_prefix(sheet.data, row.start)
        changes[span] = changes.get(span, b"") + _render_cell(place, values[place], style, prefix)
    _extend_dimensions(sheet, [p for p in values if p not in sheet.cells], changes)
    return _splice(sheet.data, changes)


def _splice(data: bytes, changes: Mapping[tuple[int, int], bytes]) -> bytes:
    pieces, at = [], 0
    for (start, end), new in sorted(changes.items()):
        pieces += [data[at:start], new]
        at = end
    return b"".join([*pieces, data[at:]])


def _insertion_point(sheet: XmlSheet, row: XmlRow, place: CellPosition) -> int:
    """Return where a cell that is not there yet goes: before the next one of its row."""
    after = next((c for c in row.columns if c > place[1]), 0)
    return sheet.cells[place[0], after].start if after else row.close


def _inherited_style(sheet: XmlSheet, row: XmlRow, column: int) -> str:
    """Return the style that a new cell has in a spreadsheet program: the row's, or the column's."""
    of_column = (s for first, last, s in sheet.styles if first <= column <= last)
    return row.style or next(of_column, "")


def _render_cell(place: CellPosition, text: str, style: str, prefix: bytes) -> bytes:
    name = format_cell(place).encode()
    styled = b' s="' + style.encode() + b'"' if style else b""
    p = prefix
    body = encode_text(text).encode()
    if not text:
        return b"<" + p + b'c r="' + name + b'"' + styled + b"/>"
    return (
        b"<"
        + p
        + b'c r="'
        + name
        + b'"'
        + styled
        + b' t="inlineStr"><'
        + p
        + b"is><"
        + p
        + b't xml:space="preserve">'
        + body
        + b"</"
        + p
        + b"t></"
        + p
        + b"is></"
        + p
        + b"c>"
    )


def _extend_dimensions(
    sheet: XmlSheet, new: list[CellPosition], changes: dict[tuple[int, int], bytes]
) -> None:
    """Let the sheet's and the rows' own statements of their size hold the new cells."""
    start, end, said = sheet.size
    if not new:
        return
    if said:
        top, left, bottom, right = parse_range(said)
        rows, columns = [p[0] for p in new], [p[1] for p in new]
        far = (min(top, *rows), min(left, *columns), max(bottom, *rows), max(right, *columns))
        if far != (top, left, bottom, right):
            ref = f"{format_cell(far[:2])}:{format_cell(far[2:])}".encode()
            tag = sheet.data[start:end]
            changes[start, end] = re.sub(rb"(?<=[\s]ref=[\"'])[^\"']*", ref, tag, count=1)
    for number in {p[0] for p in new}:
        row = sheet.rows[number]
        tag = sheet.data[row.start : row.tag_end]
        found = re.search(rb"(?<=\sspans=[\"'])(\d+):(\d+)(?=[\"'])", tag)
        if found:
            columns = [p[1] for p in new if p[0] == number]
            spans = f"{min(int(found[1]), *columns)}:{max(int(found[2]), *columns)}".encode()
            if spans != found[0]:
                stretched = tag[: found.start()] + spans + tag[found.end() :]
                changes[row.start, row.tag_end] = stretched


def _namespace_prefix(data: bytes, row: int) -> bytes:
    found = re.match(rb"<([\w.-]+:)?row", data[row : row + 80])
    if not found:
        raise FileRejected("is laid out so that it cannot be written to", SAVE_AGAIN)
    return found[1] or b""
