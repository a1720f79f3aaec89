"""Cells by their names, and what text one can hold."""

from __future__ import annotations

import re

from calib.exchange.untrusted import SAVE_AGAIN, Refused

MOST_TEXT = 32_767
"""The longest text of a cell, in the units of UTF-16, as spreadsheet programs count."""
_REF = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Place = tuple[int, int]
"""Row and column, both from 1."""
Area = tuple[int, int, int, int]
"""First row, first column, last row, last column."""


def cell_name(place: Place) -> str:
    """Name a cell as spreadsheets do: D5."""
    row, column = place
    letters = ""
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(65 + letter) + letters
    return f"{letters}{row}"


def cell_place(name: str) -> Place:
    """Return the row and the column of a cell's name; raises Refused."""
    found = _REF.fullmatch(name.strip().upper())
    if not found:
        raise Refused(f"has a cell called {name[:20]!r}", SAVE_AGAIN)
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]), column


def area(name: str) -> Area:
    """Return the corners of an area's name, A1 or A1:B2."""
    first, _, last = name.partition(":")
    top, left = cell_place(first)
    bottom, right = cell_place(last or first)
    return min(top, bottom), min(left, right), max(top, bottom), max(left, right)


def holds(one: Area, place: Place) -> bool:
    """Say whether a cell lies in an area."""
    top, left, bottom, right = one
    return top <= place[0] <= bottom and left <= place[1] <= right


def one_break(text: str) -> str:
    """Return a text with one kind of line break."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def odd_character(text: str) -> str:
    """Return the first character that no cell can hold; empty where there is none."""
    found = _NOT_IN_XML.search(text)
    return found[0] if found else ""


def without_odd(text: str) -> str:
    """Return a text without the characters that no cell can hold."""
    return _NOT_IN_XML.sub("", text)


def misfit(text: str) -> str:
    """Say why a text does not fit into a cell; empty where it does."""
    odd = odd_character(text)
    if odd:
        return f"holds the control character U+{ord(odd):04X} at position {text.index(odd) + 1}"
    units = len(text.encode("utf-16-le")) // 2
    if units > MOST_TEXT:
        return f"has {units:,} characters; a cell holds at most {MOST_TEXT:,}"
    return ""
