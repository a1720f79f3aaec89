"""Decide whether the reviewer can read a text: in English, and in sentences.

Both are recognised by small words ("the", "of"), which do not depend on the subject. A library for
language detection was tried (docs/dependencies.md): it took longer to load than the whole reviewer
may take, and took terse English bullets for Azerbaijani.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Sequence
from functools import lru_cache
from itertools import pairwise

from calib.review.rules import load_languages, small_words
from calib.review.sentences import Sentence
from calib.review.unit_features import pair_feature

_WORD = re.compile(r"[^\W\d_]+")
_MIN_LETTERS = 20
_MIN_WORDS = 8
"""Shorter texts are too short to recognise their language."""
_FOREIGN_SHARE = 0.12
"""The share of another language's small words from which a text counts as that language."""
_MIN_DIFFERENT = 3
"""How many different small words of another language a text must have to count as that language."""
_MIN_PAIRS = 30
"""The word pairs that a text needs before the order of its words can be judged."""
# A text counts as scrambled if fewer of its pairs are known than the first share, and at least the
# second share is impossible ("the of"). Both signs together spare terse technical bullets: real
# texts have few known pairs (from 0.18), but hardly an impossible one.
_MIN_KNOWN_SHARE, _MAX_CLASH_SHARE = 0.3, 0.01


@lru_cache(maxsize=1)
def _other_languages() -> dict[str, frozenset[str]]:
    return {name: frozenset(text.split()) for name, text in load_languages().others.items()}


@lru_cache(maxsize=1)
def _impossible_pairs() -> frozenset[tuple[str, str]]:
    words = load_languages()
    groups = (
        (words.articles, words.not_after_articles),
        (words.prepositions, words.not_after_prepositions),
    )
    return frozenset(
        (a, b) for before, after in groups for a in before.split() for b in after.split()
    )


def detect_foreign_language(text: str) -> str:
    """Return the name of the language, or "another script"; empty for English."""
    words = _WORD.findall(unicodedata.normalize("NFC", text).casefold())
    letters = "".join(words)
    not_latin = sum(not _is_latin(c) for c in letters)
    if len(letters) >= _MIN_LETTERS and not_latin > len(letters) / 3:
        return "another script"
    if len(words) < _MIN_WORDS:
        return ""
    english = sum(w in small_words() for w in words)
    name, most = max(
        ((name, sum(w in small for w in words)) for name, small in _other_languages().items()),
        key=lambda row: row[1],
    )
    # "y/n" and "v2" in an English table repeat a word that is small elsewhere.
    different = len(_other_languages()[name] & set(words))
    foreign = most > english and most >= _FOREIGN_SHARE * len(words)
    return name if foreign and different >= _MIN_DIFFERENT else ""


@lru_cache(maxsize=1024)
def _is_latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("LATIN")


def explain_unreadable(text: str, sentences: Sequence[Sentence], known: Container[str]) -> str:
    """Return why the text cannot be reviewed; empty if it can.

    Word order is judged over the whole text, since a single sentence has too few pairs. `known`
    has the pairs of words that occur in real texts, as `pair_feature` names them.
    """
    language = detect_foreign_language(text)
    if language:
        return f"it is not English ({language})"
    pairs = [pair for s in sentences for pair in pairwise(s.folded.split())]
    if len(pairs) < _MIN_PAIRS:
        return ""
    known_share = sum(pair_feature(*pair) in known for pair in pairs) / len(pairs)
    clashes = sum(pair in _impossible_pairs() for pair in pairs)
    clash_share = clashes / len(pairs)
    # One odd pair, such as "swapped in, and", occurs in good English too.
    scrambled = known_share < _MIN_KNOWN_SHARE and clashes > 1 and clash_share >= _MAX_CLASH_SHARE
    return "its words do not form sentences" if scrambled else ""
