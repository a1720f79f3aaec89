"""Protection against CSV injection: no exported text is evaluated as a formula."""

from __future__ import annotations

import re

# At the start, and after a line break, tab or semicolon, where some programs split a cell. The
# last four are the full-width forms, which some programs treat alike.
_FORMULA_START = re.compile(r"(^|[;\t\n])([ ]*)(?=[=+\-@\t\r＝＋－＠])")


def neutralise_formula(text: str) -> str:
    """Put an apostrophe before everything that a spreadsheet program would treat as a formula.

    See https://owasp.org/www-community/attacks/CSV_Injection.
    """
    return _FORMULA_START.sub(r"\1\2'", text)
