"""Whether a text reads as English; by its small words, since those do not depend on the subject.

A library was tried (docs/dependencies.md): it took longer to load than all of the reviewer may, and
took terse English bullets for Azerbaijani.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from calib.model.noun import Noun
from calib.review.rules import read_data

_WORD = re.compile(r"[^\W\d_]+")
_SHARE = 0.12
"""How much of a text must be another language's small words before it counts as that language."""


class _Languages(Noun):
    english: str
    others: dict[str, str]


@lru_cache(maxsize=1)
def _small_words() -> tuple[frozenset[str], dict[str, frozenset[str]]]:
    found = read_data("language.yaml", _Languages)
    others = {name: frozenset(words.split()) for name, words in found.others.items()}
    return frozenset(found.english.split()), others


def foreign(text: str) -> str:
    """Name the language of a text that is not English, or its script; empty for English."""
    words = _WORD.findall(unicodedata.normalize("NFC", text).casefold())
    letters = "".join(words)
    strange = sum(not _latin(c) for c in letters)
    if len(letters) >= 20 and strange > len(letters) / 3:
        return "another script"
    if len(words) < 8:
        return ""
    english, others = _small_words()
    own = sum(w in english for w in words)
    name, most = max(
        ((name, sum(w in small for w in words)) for name, small in others.items()),
        key=lambda row: row[1],
    )
    return name if most > own and most >= _SHARE * len(words) else ""


@lru_cache(maxsize=1024)
def _latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("LATIN")
