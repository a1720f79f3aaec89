"""Match cues, the phrase patterns of the catalog, in any text.

A cue is a sequence of lower-case words that have to follow one another. `phase*` matches any
ending, `#` any number in digits or words, and ` ... ` up to six words. Hyphens, punctuation, case
and accents are ignored.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Generic, TypeVar

# A number directly before a unit is a token of its own: "4h" matches the cue "# h".
_UNIT = (
    r"(?:h|hr|hrs|hours?|m|min|mins|minutes?|ms|s|sec|secs|d|days?|wks?|weeks?|months?|k|x|pp)\b"
)
_TOKEN = re.compile(
    rf"v?\d+(?:[.,:]\d+)*(?={_UNIT})|v?\d+(?:[.,:]\d+)+(?![^\W_])|[^\W_]+(?:['’][^\W_]+)*|%|\*|#"
)
_NUMBER = re.compile(
    r"\d[\d.,:]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|fifteen|twenty|thirty|forty|fifty|sixty|ninety|hundred"
)
_PLAIN_CUE = re.compile(r" ?[a-z]+\*?(?: [a-z]+\*?)*")
_GAP = "..."
_GAP_WORDS = 6
"""The most words that a gap in a cue skips."""

LabelT = TypeVar("LabelT")


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
        # Word processors write "don’t", most other programs "don't".
        plain = plain.replace("’", "'")
    # "10,000" is one number.
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", plain)
    words = ("percent" if word == "%" else word for word in _TOKEN.findall(plain))
    return f" {' '.join(words)} "


def _cue_words(cue: str) -> list[str]:
    """Return the words of a cue, folded, with `...` for each gap."""
    # Most cues are plain words; folding thousands of them would take longer than a review.
    if _PLAIN_CUE.fullmatch(cue):
        return cue.split()
    words: list[str] = []
    for part in cue.split(f" {_GAP} "):
        words += [_GAP] if words else []
        words += fold(part).replace(" *", "*").split()
    return words


class _Node(Generic[LabelT]):
    """A state of the search: the cues that begin with the same words."""

    __slots__ = ("gap", "labels", "lengths", "number", "stems", "words")

    def __init__(self) -> None:
        self.words: dict[str, _Node[LabelT]] = {}
        self.stems: dict[str, _Node[LabelT]] = {}
        """By the letters that a word has to begin with."""
        self.lengths: set[int] = set()
        """The lengths of the stems."""
        self.number: _Node[LabelT] | None = None
        self.gap: _Node[LabelT] | None = None
        self.labels: list[LabelT] = []
        """The labels of the cues that end here."""

    def add(self, word: str) -> _Node[LabelT]:
        """Return the state after one more word of a cue."""
        if word == _GAP:
            self.gap = self.gap or _Node()
            return self.gap
        if word == "#":
            self.number = self.number or _Node()
            return self.number
        if word.endswith("*"):
            stem = word.rstrip("*")
            self.lengths.add(len(stem))
            return self.stems.setdefault(stem, _Node())
        return self.words.setdefault(word, _Node())

    def after(self, word: str) -> list[_Node[LabelT]]:
        """Return the states that a word of the text leads to."""
        found = [self.words[word]] if word in self.words else []
        found += [
            self.stems[s] for n in self.lengths if len(s := word[:n]) == n and s in self.stems
        ]
        if self.number and _NUMBER.fullmatch(word):
            found.append(self.number)
        return found


class CueIndex(Generic[LabelT]):
    """Find which of many labelled cues occur in a folded text."""

    def __init__(self, cues: Iterable[tuple[str, LabelT]]) -> None:
        self._root: _Node[LabelT] = _Node()
        for cue, label in cues:
            node = self._root
            for word in _cue_words(cue):
                node = node.add(word)
            if node is not self._root:
                node.labels.append(label)
        # Most words begin no cue, and the same words come again and again.
        self._first = lru_cache(maxsize=8192)(self._root.after)

    def positions(self, folded: str) -> dict[LabelT, int]:
        """Return the labels of the cues in folded text, each with the number of its first word."""
        words = folded.split()
        found: dict[LabelT, int] = {}
        for start, word in enumerate(words):
            for node in self._first(word):
                for label in self._labels_below(node, words, start + 1):
                    found.setdefault(label, start)
        return found

    def labels(self, folded: str) -> AbstractSet[LabelT]:
        """Return the labels of the cues in folded text."""
        return self.positions(folded).keys()

    def _labels_below(self, node: _Node[LabelT], words: Sequence[str], at: int) -> Iterator[LabelT]:
        """Yield the labels of the cues that go on from a state at a word of the text."""
        yield from node.labels
        if at < len(words):
            for following in node.after(words[at]):
                yield from self._labels_below(following, words, at + 1)
        if node.gap:
            for beyond in range(at, min(at + _GAP_WORDS + 1, len(words))):
                for following in node.gap.after(words[beyond]):
                    yield from self._labels_below(following, words, beyond + 1)
