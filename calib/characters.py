"""Characters that do not show: control characters, and those that turn the direction of others."""

from __future__ import annotations


def visible(text: str) -> str:
    """Show control characters and bidirectional overrides as their code points."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"[U+{ord(c):04X}]" if hidden(c) else c for c in text.replace("\r\n", "\n"))


def hidden(char: str) -> bool:
    """Whether a character is a control character or overrides the direction of others."""
    code = ord(char)
    return (
        (code < 32 and char not in "\n\t")
        or 0x7F <= code <= 0x9F
        or 0x202A <= code <= 0x202E
        or 0x2066 <= code <= 0x2069
        or 0xD800 <= code <= 0xDFFF
        or code in (0xFFFE, 0xFFFF)
    )
