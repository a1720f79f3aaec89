"""Spreadsheet cells: A1 references and the limits of a cell's text."""

from __future__ import annotations

import re

from calib.exchange.untrusted import SAVE_AGAIN, FileRejected

MAX_CELL_TEXT = 32_767
"""The longest text of a cell, in UTF-16 code units, which is how Excel counts."""
_CELL_NAME = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")
# Everything outside the Char production of XML 1.0, which an .xlsx part cannot contain.
_INVALID_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

CellPosition = tuple[int, int]
"""Row and column, both from 1."""
CellRange = tuple[int, int, int, int]
"""First row, first column, last row, last column, all from 1 and inclusive."""


def column_letters(column: int) -> str:
    """Return the letters of a column, counted from 1: 27 is AA."""
    letters = ""
    while column:
        # Bijective base 26: there is no zero digit, hence the -1 at every step.
        column, letter = divmod(column - 1, 26)
        letters = chr(65 + letter) + letters
    return letters


def format_cell(position: CellPosition) -> str:
    """Return the A1 reference of a position, such as D5."""
    row, column = position
    return f"{column_letters(column)}{row}"


def parse_cell(name: str) -> CellPosition:
    """Parse an A1 reference; raises FileRejected."""
    match = _CELL_NAME.fullmatch(name.strip().upper())
    if not match:
        raise FileRejected(f"contains the invalid cell reference {name[:20]!r}", SAVE_AGAIN)
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]), column


def parse_range(name: str) -> CellRange:
    """Parse a range reference, A1 or A1:B2; raises FileRejected."""
    first, _, last = name.partition(":")
    top, left = parse_cell(first)
    bottom, right = parse_cell(last or first)
    return min(top, bottom), min(left, right), max(top, bottom), max(left, right)


def contains(cell_range: CellRange, position: CellPosition) -> bool:
    """Return whether a range includes a position."""
    top, left, bottom, right = cell_range
    return top <= position[0] <= bottom and left <= position[1] <= right


def normalise_newlines(text: str) -> str:
    """Replace every kind of line break by a line feed."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def find_invalid_character(text: str) -> str:
    """Return the first character that XML, and so a cell, cannot contain; else an empty text."""
    match = _INVALID_XML.search(text)
    return match[0] if match else ""


def remove_invalid_characters(text: str) -> str:
    """Remove the characters that a cell cannot contain."""
    return _INVALID_XML.sub("", text)


def cell_text_error(text: str) -> str:
    """Return the reason why a cell cannot store a text; empty if it can."""
    invalid = find_invalid_character(text)
    if invalid:
        position = text.index(invalid) + 1
        return f"contains the control character U+{ord(invalid):04X} at position {position}"
    length = len(text.encode("utf-16-le")) // 2
    if length > MAX_CELL_TEXT:
        return f"has {length:,} characters; a cell can store {MAX_CELL_TEXT:,}"
    return ""
