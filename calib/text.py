"""Text for people: invisible characters, dates, counts and lists in words.

Everything that asks "can a reader see this character?" asks this module. There are three questions:

* Could it deceive a reader or disturb a terminal? `is_invisible`, and `escape_invisible` or
  `blank_invisible` to make text safe to show.
* May it be part of a name, a label or a path? `is_allowed_in_name`, and `clean_name`.
* Does it matter when two texts are compared? `strip_format_characters`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date

# Control characters except tab and newline, as a part of a regular expression's character class.
CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
# Line breaks to JavaScript, YAML 1.1 and `str.splitlines`, but not to most editors.
LINE_SEPARATORS = r"\u2028\u2029"
# Embeddings, overrides and isolates reorder the text that follows: "exe.txt" can look like a text
# file. See Unicode TR 36 and https://trojansource.codes.
_BIDI = r"\u202a-\u202e\u2066-\u2069"
# Spaces without width, invisible operators, the byte order mark, annotation marks and format
# characters that Unicode deprecates.
_ZERO_WIDTH = r"\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb"
# Halves of a pair cannot be encoded as UTF-8; noncharacters are never assigned.
_NOT_TEXT = r"\ud800-\udfff\ufdd0-\ufdef" + "".join(
    f"\\U{plane:04x}fffe\\U{plane:04x}ffff" for plane in range(17)
)
_INVISIBLE = re.compile(f"[{CONTROLS}{_BIDI}{_NOT_TEXT}]")
# In a page these stay as typed (Thai and Khmer need U+200B). They break a line of a terminal, and
# make two names that look alike.
_INVISIBLE_ON_A_LINE = re.compile(f"[{CONTROLS}{LINE_SEPARATORS}{_BIDI}{_ZERO_WIDTH}{_NOT_TEXT}]")

# Not in the list, because texts break without them: the joiners U+200C and U+200D (Persian,
# Sinhala, Hindi, emoji), the directional marks U+200E, U+200F and U+061C, which move only
# themselves, the soft hyphen, variation selectors, and the tags inside flag emoji.
_JOINERS = "\u200c\u200d"
_VIRAMA = 9
"""Canonical combining class of the signs after which Indic scripts need a joiner."""


def is_invisible(char: str) -> bool:
    """Return whether a character is unsafe to show in a page: control, bidi or not text."""
    return _INVISIBLE.match(char) is not None


def escape_invisible(text: str) -> str:
    """Show each invisible character as its code point, for example `[U+202E]`."""
    return _INVISIBLE.sub(lambda m: f"[U+{ord(m[0]):04X}]", text.replace("\r\n", "\n"))


def blank_invisible(text: str) -> str:
    """Replace each character unsafe in a terminal by a space; line breaks become newlines."""
    return _INVISIBLE_ON_A_LINE.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))


def is_allowed_in_name(char: str) -> bool:
    """Return whether a character may be in the name of a person, a file or a label.

    Format, private-use and unassigned characters are not allowed: two names that look alike could
    differ in nothing else.
    """
    if char in "\t\n" or _INVISIBLE_ON_A_LINE.match(char):
        return False
    return unicodedata.category(char) not in {"Cf", "Co", "Cn"}


def clean_name(text: str) -> str:
    """Return a name on one line, each character that is not allowed replaced by a space."""
    kept = []
    before = ""
    for char in text:
        allowed = is_allowed_in_name(char) or (char in _JOINERS and _takes_joiner(before))
        kept.append(char if allowed else " ")
        before = char
    return " ".join("".join(kept).split())


def _takes_joiner(char: str) -> bool:
    """Return whether a joiner after this character changes its shape.

    After a Latin letter a joiner is only a way to make a second name that looks the same. The rule
    follows RFC 5892, appendices A.1 and A.2, which decide the same for domain names.
    """
    if not char:
        return False
    return unicodedata.combining(char) == _VIRAMA or unicodedata.bidirectional(char) == "AL"


def strip_format_characters(text: str) -> str:
    """Remove all format characters, joiners and soft hyphens included: only for comparing."""
    return "".join(c for c in text if unicodedata.category(c) != "Cf")


_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def day(value: date | None) -> str:
    """Write a date as 5 Mar 2027, independent of the locale; a dash for None."""
    # No-break spaces: a date stays on one line.
    return f"{value.day}\u00a0{_MONTHS[value.month - 1]}\u00a0{value.year}" if value else "–"


def plural(count: int, singular: str, many: str = "") -> str:
    """Write a number with its noun; `many` is needed unless the plural only adds -s."""
    return f"{count} {singular if count == 1 else many or singular + 's'}"


def listed(parts: Iterable[str]) -> str:
    """Join words as "a, b and c"."""
    words = list(parts)
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
