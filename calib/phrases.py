"""Match cues, the phrase patterns of the catalog, in any text.

A cue is a sequence of lower-case words that have to follow one another. `phase*` matches any
ending, `#` any number in digits or words. Hyphens, punctuation, case and accents are ignored.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

# A number directly before a unit is a token of its own: "4h" matches the cue "# h".
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
    """Return text as lower-case words joined by single spaces, with a space at both ends.

    The spaces at the ends let a cue match a whole word by looking for a space on both sides.
    """
    if text.isascii():
        plain = text.lower()
    else:
        plain = unicodedata.normalize("NFKD", text).casefold()
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    # "10,000" is one number.
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
    """Find any of several cues in folded text."""

    def __init__(self, cues: Iterable[str]) -> None:
        # The longest first: alternation takes the first that matches.
        patterns = sorted({p for p in map(_cue_regex, cues) if p}, key=lambda p: (-len(p), p))
        self._regex = re.compile(rf"(?<= )(?:{'|'.join(patterns)})(?= )") if patterns else None

    def find(self, folded: str) -> int:
        """Return the index of the first match in folded text, -1 if there is none."""
        match = self._regex.search(folded) if self._regex else None
        return match.start() if match else -1

    def __contains__(self, folded: object) -> bool:
        return isinstance(folded, str) and self.find(folded) >= 0
