"""A sentence -> what the weights know it by: its words, pairs of words, and its shape."""

from __future__ import annotations

import re
from itertools import pairwise

from calib.review.rules import cue_groups, small_words
from calib.review.sentences import Sentence

STEM = 5
"""Letters kept of a word: enough for its sense, few enough to lose endings and misspellings."""

LONG = 40
"""Words from which on each counts the less, the more there are."""

_NUMBER = re.compile(r"v?[\d.,:]+\Z")
_SPELLED = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty"
    r"|hundred|half|third|quarter)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<=[a-z,;:] )[A-Z][a-z]+")
_OTHERS = r"(?!Amazon|AWS|Bedrock|SageMaker|Claude|Llama|Mistral|Titan|Nova|Guardrails|CloudWatch)"
_PAIR = re.compile(rf"\b{_OTHERS}[A-Z][a-zà-ÿ]+(?: (?:&|and|of|de|the) | )[A-Z][a-zà-ÿ]+")
_FOR_NAME = re.compile(rf"\b(?:for|at|with|from|to|by) (?:the )?{_OTHERS}[A-Z][a-zà-ÿ]+")


_ITEM = re.compile(r"[,;/·|]")
_ITEMS, _ITEM_WORDS, _FIGURES, _SMALL = 6, 6, 5, 0.25
_FIGURE = re.compile(r"\d+")


def is_list(sentence: Sentence) -> bool:
    """Say whether it is little more than names in a row, with few figures and no whole sentence."""
    piece = sentence.piece
    items = len(_ITEM.split(piece))
    found = sentence.folded.split()
    if items < _ITEMS or len(found) > _ITEM_WORDS * items:
        return False
    if sum(word in small_words() for word in found) > _SMALL * len(found):
        return False
    return _FIGURES * (len(_FIGURE.findall(piece)) + len(_SPELLED.findall(piece))) <= items


def words(folded: str) -> list[str]:
    """Cut folded words to stems; every number is the same word, `#`."""
    return ["#" if _NUMBER.match(word) else word[:STEM] for word in folded.split()]


def features(sentence: Sentence) -> dict[str, float]:
    """Name what is in a sentence; `:` starts what is not a word of it."""
    stems = words(sentence.folded)
    # What is strung together without end must not add up to more than a sentence says.
    value = min(1.0, LONG / max(1, len(stems)))
    found = dict.fromkeys(stems, value)
    found.update({f"{a} {b}": value for a, b in pairwise(stems)})
    found.update(_shape(sentence, len(stems)))
    return found


def _shape(sentence: Sentence, count: int) -> dict[str, float]:
    piece = sentence.piece
    shape = {f":{name}": 1.0 for name, cues in cue_groups().items() if sentence.folded in cues}
    shape[f":length {min(6, count // 5)}"] = 1.0
    shape[":names"] = min(3, len(_NAME.findall(piece))) / 3
    shape[":commas"] = min(5, piece.count(",")) / 5
    for name, there in (
        (":digit", any(c.isdigit() for c in piece)),
        (":number word", _SPELLED.search(piece) is not None),
        (":pair of names", _PAIR.search(piece) is not None),
        (":for a name", _FOR_NAME.search(piece) is not None),
        (":list", is_list(sentence)),
        (":table", piece.startswith("|")),
        (":question", piece.endswith("?")),
        (":exclamation", piece.endswith("!")),
    ):
        if there:
            shape[name] = 1.0
    return shape
