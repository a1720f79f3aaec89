"""Whether a text can be read: English, and in sentences.

Both are told by small words, since those do not depend on the subject.

A library was tried (docs/dependencies.md): it took longer to load than all of the reviewer may, and
took terse English bullets for Azerbaijani.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from calib.review.features import words
from calib.review.rules import languages, small_words
from calib.review.sentences import Sentence
from calib.review.weights import table

_WORD = re.compile(r"[^\W\d_]+")
_SHARE = 0.12
"""How much of a text must be another language's small words before it counts as that language."""


_PAIRS = 30
"""So many pairs of words a text needs before their order can be judged."""
_UNHEARD, _CLASHES = 0.32, 0.015
"""Scrambled is a text with fewer known pairs of words than this, and more impossible ones."""


@lru_cache(maxsize=1)
def _others() -> dict[str, frozenset[str]]:
    return {name: frozenset(words.split()) for name, words in languages().others.items()}


@lru_cache(maxsize=1)
def _impossible() -> frozenset[tuple[str, str]]:
    found = languages()
    kinds = (
        (found.articles, found.not_after_articles),
        (found.prepositions, found.not_after_prepositions),
    )
    return frozenset(
        (a, b) for before, after in kinds for a in before.split() for b in after.split()
    )


def foreign(text: str) -> str:
    """Name the language of a text that is not English, or its script; empty for English."""
    found = _WORD.findall(unicodedata.normalize("NFC", text).casefold())
    letters = "".join(found)
    strange = sum(not _latin(c) for c in letters)
    if len(letters) >= 20 and strange > len(letters) / 3:
        return "another script"
    if len(found) < 8:
        return ""
    own = sum(w in small_words() for w in found)
    name, most = max(
        ((name, sum(w in small for w in found)) for name, small in _others().items()),
        key=lambda row: row[1],
    )
    return name if most > own and most >= _SHARE * len(found) else ""


@lru_cache(maxsize=1024)
def _latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("LATIN")


def unreadable(text: str, said: Sequence[Sentence]) -> str:
    """Say why a text cannot be reviewed; empty where it can.

    Order is judged on the whole: real texts of the corpus have at least 15 of 100 pairs of words
    that others have too, and hardly a pair like "the of".
    """
    language = foreign(text)
    if language:
        return f"it is not English ({language})"
    known = table("moods").rows
    pairs = [pair for s in said for pair in pairwise(s.folded.split())]
    if len(pairs) < _PAIRS:
        return ""
    stems = [f"{a} {b}" for s in said for a, b in pairwise(words(s.folded))]
    heard = sum(pair in known for pair in stems) / len(pairs)
    clashes = sum(pair in _impossible() for pair in pairs) / len(pairs)
    scrambled = heard < _UNHEARD and clashes >= _CLASHES
    return "its words do not form sentences" if scrambled else ""
