"""Read CSV and tab-separated files, one passage per row."""

from __future__ import annotations

import csv
import io
import re

from calib.documents.encodings import decode_text
from calib.documents.limits import Unreadable
from calib.documents.model import Role
from calib.documents.reading import Reading, row_context, row_passage

_MAX_FIELD = 1_000_000
_SNIFFED_LINES = 20
_DECLARED = re.compile(r"sep=(.)\s*", re.IGNORECASE)
"""Excel takes the separator from such a first line, and does not show the line."""


def read_csv(data: bytes, reading: Reading) -> None:
    """Add all rows; `row 1` is the heading, and blank lines count as well."""
    text = decode_text(data).replace("\r\n", "\n").replace("\r", "\n")
    csv.field_size_limit(_MAX_FIELD)
    first, _, rest = text.partition("\n")
    declared = _DECLARED.fullmatch(first)
    separator, text = (declared[1], rest) if declared else (_separator(text), text)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    headings: list[str] = []
    number = 1
    try:
        for cells in rows:
            if not headings and any(cells):
                headings = cells
                reading.add(row_passage(cells), f"row {number}", Role.TABLE)
            else:
                context = row_context(headings, cells)
                reading.add(row_passage(cells), f"row {number}", Role.TABLE, context)
            # Rows are counted as a spreadsheet program does: a quoted value can span lines.
            number += 1
    except csv.Error as error:
        why = f"row {number} is not valid CSV ({error})"
        if not reading.passages:
            raise Unreadable(why, "check the quotes in this row") from error
        reading.problem(f"{why}; the rows after it were not read", "check the quotes in this row")


def _separator(text: str) -> str:
    """Return the separator, which depends on the locale of the program that wrote the file."""
    lines = [line for line in text.split("\n", 200)[:200] if line.strip()][:_SNIFFED_LINES]

    def consistency(separator: str) -> tuple[int, int]:
        counts = [line.count(separator) for line in lines]
        return (min(counts), counts[0]) if counts else (0, 0)

    return max(",;\t|", key=consistency)
