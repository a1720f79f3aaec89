"""Extract a sentence's features: word stems, pairs of stems, and its shape.

Changing a feature changes the reviewer: the weights must then be trained again
(`python -m calibration.train`).
"""

from __future__ import annotations

import re
from itertools import pairwise

from calib.review.rules import load_cue_groups, small_words
from calib.review.sentences import Sentence

STEM_LENGTH = 5
"""Letters kept of a word: enough to keep its sense, few enough to drop endings and typos."""

LONG_SENTENCE = 40
"""Beyond this many words, each word counts less."""

_NUMBER = re.compile(r"v?[\d.,:]+\Z")
_NUMBER_WORD = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty"
    r"|hundred|half|third|quarter)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<=[a-z,;:] )[A-Z][a-z]+")
# Product names look like customer names, but name no customer.
_NOT_A_PRODUCT = (
    r"(?!Amazon|AWS|Bedrock|SageMaker|Claude|Llama|Mistral|Titan|Nova|Guardrails|CloudWatch)"
)
_NAME_PAIR = re.compile(
    rf"\b{_NOT_A_PRODUCT}[A-Z][a-zà-ÿ]+(?: (?:&|and|of|de|the) | )[A-Z][a-zà-ÿ]+"
)
_PREPOSITION_NAME = re.compile(
    rf"\b(?:for|at|with|from|to|by) (?:the )?{_NOT_A_PRODUCT}[A-Z][a-zà-ÿ]+"
)

_LIST_SEPARATOR = re.compile(r"[,;/·|]")
_FIGURE = re.compile(r"\d+")
_MIN_LIST_ITEMS = 6
_MAX_WORDS_PER_ITEM = 6
_MIN_ITEMS_PER_FIGURE = 5
_MAX_SMALL_WORD_SHARE = 0.25


def is_list(sentence: Sentence) -> bool:
    """Return whether a sentence is little more than a list of names.

    A real sentence has more small words ("the", "of"), and a table row or a report more figures.
    """
    text = sentence.text
    items = len(_LIST_SEPARATOR.split(text))
    words = sentence.masked.split()
    if items < _MIN_LIST_ITEMS or len(words) > _MAX_WORDS_PER_ITEM * items:
        return False
    if sum(word in small_words() for word in words) > _MAX_SMALL_WORD_SHARE * len(words):
        return False
    figures = len(_FIGURE.findall(text)) + len(_NUMBER_WORD.findall(text))
    return figures * _MIN_ITEMS_PER_FIGURE <= items


def stem_words(folded: str) -> list[str]:
    """Cut folded words to stems; every number becomes the same stem, `#`."""
    return ["#" if _NUMBER.match(word) else word[:STEM_LENGTH] for word in folded.split()]


def extract_features(sentence: Sentence) -> dict[str, float]:
    """Return the values of a sentence's features; names with `:` are not words of the sentence."""
    stems = stem_words(sentence.masked)
    # Without this bound, an endless run of keywords would add up to a strong sentence.
    value = min(1.0, LONG_SENTENCE / max(1, len(stems)))
    features = dict.fromkeys(stems, value)
    features.update({f"{a} {b}": value for a, b in pairwise(stems)})
    features.update(_shape_features(sentence, len(stems)))
    return features


def _shape_features(sentence: Sentence, count: int) -> dict[str, float]:
    text = sentence.text
    shape = {f":{name}": 1.0 for name in sorted(load_cue_groups().labels(sentence.masked))}
    shape[f":length {min(6, count // 5)}"] = 1.0
    shape[":names"] = min(3, len(_NAME.findall(text))) / 3
    shape[":commas"] = min(5, text.count(",")) / 5
    for name, present in (
        (":digit", any(c.isdigit() for c in text)),
        (":number word", _NUMBER_WORD.search(text) is not None),
        (":pair of names", _NAME_PAIR.search(text) is not None),
        (":for a name", _PREPOSITION_NAME.search(text) is not None),
        (":list", is_list(sentence)),
        (":table", text.startswith("|")),
        (":question", text.endswith("?")),
        (":exclamation", text.endswith("!")),
    ):
        if present:
            shape[name] = 1.0
    return shape
