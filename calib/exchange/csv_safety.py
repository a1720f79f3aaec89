"""Cells of a CSV: texts that no spreadsheet program runs."""

from __future__ import annotations

import re

# At the start, after a line break or a tab, and after a semicolon, where some programs split.
_RUNS = re.compile(r"(^|[;\t\n])([ ]*)(?=[=+\-@\t\r＝＋－＠])")


def tame(text: str) -> str:
    """Lead whatever a spreadsheet would take for a formula by an apostrophe."""
    return _RUNS.sub(r"\1\2'", text)
