"""Characters that do not show: control characters, and those that turn the direction of others."""

from __future__ import annotations

import re

_HIDDEN = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff\\ufffe\\uffff]"
)


def visible(text: str) -> str:
    """Show control characters and bidirectional overrides as their code points."""
    return _HIDDEN.sub(lambda m: f"[U+{ord(m[0]):04X}]", text.replace("\r\n", "\n"))


def hidden(char: str) -> bool:
    """Whether a character is a control character or overrides the direction of others."""
    return _HIDDEN.match(char) is not None
