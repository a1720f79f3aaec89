"""Text for people: invisible characters, dates, counts and lists in words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

_HIDDEN = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff\\ufffe\\uffff]"
)


def escape_invisible(text: str) -> str:
    """Show control characters and bidirectional overrides as their code points."""
    return _HIDDEN.sub(lambda m: f"[U+{ord(m[0]):04X}]", text.replace("\r\n", "\n"))


def is_invisible(char: str) -> bool:
    """Whether a character is a control character or overrides the direction of others."""
    return _HIDDEN.match(char) is not None


_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def day(value: date | None) -> str:
    """Write a date as 5 Mar 2027, alike on every machine; a dash where there is none."""
    # No-break spaces: a date stays on one line.
    return f"{value.day}\u00a0{_MONTHS[value.month - 1]}\u00a0{value.year}" if value else "–"


def plural(count: int, one: str, many: str = "") -> str:
    """Write a number with its noun; give the plural unless it only adds -s."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def listed(parts: Iterable[str]) -> str:
    """Join words as a, b and c."""
    words = list(parts)
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
