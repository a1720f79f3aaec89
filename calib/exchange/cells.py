"""Cells of a CSV: texts that no spreadsheet program runs."""

from __future__ import annotations

import re

from calib.characters import visible

# What a spreadsheet program would run: at the start of a line, and, since programs separate as the
# country does, after a semicolon or a tab.
_RUNS = re.compile(r"(^|[;\t\n])([ ]*)(?=[=+\-@\t＝＋－＠])")


def tame(text: str) -> str:
    """Lead what a spreadsheet would take for a formula by an apostrophe, wherever a cell may start.

    Control characters show as their code points.
    """
    return _RUNS.sub(r"\1\2'", visible(text))
