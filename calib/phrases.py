"""Cues: the small phrase language of the catalog, matched against any text.

A cue is lower-case words that must stand in a row. `phase*` matches any ending, `#` any number in
digits or words. Hyphens, punctuation, case and accents do not matter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_UNIT = (
    r"(?:h|hr|hrs|hours?|m|min|mins|minutes?|ms|s|sec|secs|d|days?|wks?|weeks?|months?|k|x|pp)\b"
)
_TOKEN = re.compile(
    rf"v?\d+(?:[.,:]\d+)*(?={_UNIT})|v?\d+(?:[.,:]\d+)+(?![^\W_])|[^\W_]+(?:['’][^\W_]+)*|%|\*|#"
)
_ONES = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_TENS = "fifteen|twenty|thirty|forty|fifty|sixty|ninety|hundred"
_NUMBER = rf"(?:\d[\d.,:]*|{_ONES}|{_TENS})"


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Fold text to lower-case words with single spaces, one space at either end."""
    if text.isascii():
        plain = text.lower()
    else:
        plain = unicodedata.normalize("NFKD", text).casefold()
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", plain)
    words = ("percent" if word == "%" else word for word in _TOKEN.findall(plain))
    return f" {' '.join(words)} "


def _cue_regex(cue: str) -> str:
    parts = []
    for word in fold(cue).replace(" *", "*").split():
        if word == "#":
            parts.append(_NUMBER)
        else:
            stem = re.escape(word.rstrip("*"))
            parts.append(stem + (r"[^ ]*" if word.endswith("*") else ""))
    return " ".join(parts)


class CueMatcher:
    """Match any of some cues in folded text."""

    def __init__(self, cues: Iterable[str]) -> None:
        patterns = sorted({p for p in map(_cue_regex, cues) if p}, key=lambda p: (-len(p), p))
        self._regex = re.compile(rf"(?<= )(?:{'|'.join(patterns)})(?= )") if patterns else None

    def found(self, folded: str) -> tuple[str, ...]:
        """Return what matches, in order, in text that `fold` gave."""
        return tuple(m.group() for m in self._regex.finditer(folded)) if self._regex else ()

    def first(self, folded: str) -> int:
        """Return where the first match starts, -1 where there is none."""
        match = self._regex.search(folded) if self._regex else None
        return match.start() if match else -1

    def __contains__(self, folded: object) -> bool:
        return isinstance(folded, str) and self.first(folded) >= 0
