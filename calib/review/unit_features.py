"""Extract the features of a unit: its topic and its status.

The topic is in the stems of its words and of the texts above it. The status (in place at the
partner, planned, denied, the practice of others ...) is in the small words, so whole words count.

Changing a feature changes the reviewer: the weights must then be trained again
(`python -m calibration.train`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from calib.review.blocks import BlockKind
from calib.review.features import stem_words
from calib.review.rules import load_cue_groups, small_words
from calib.review.units import Unit

_REST, _BEFORE, _CONTEXT, _TABLE_HEAD = 0.35, 0.15, 0.35, 0.6
"""How much a word counts that is not in the unit itself, but in the rest of its sentence, in the
sentence before, or in the texts above it. The cells of a table mean little without its head."""
_WORDS_PER_LENGTH, _LONGEST = 4, 6


def topic_features(unit: Unit) -> dict[str, float]:
    """Return the stems and pairs of stems of a unit and its surroundings, and its shape."""
    found: dict[str, float] = {}
    for text, value, paired in (
        (unit.folded, 1.0, True),
        (unit.rest, _REST, True),
        (
            unit.sentence.context,
            _TABLE_HEAD if unit.sentence.kind is BlockKind.ROW else _CONTEXT,
            False,
        ),
        (unit.sentence.before, _BEFORE, False),
    ):
        stems = stem_words(text)
        # Written in order of value, so that the highest of a stem stays.
        for stem in [*stems, *(_pairs(stems) if paired else ())]:
            found.setdefault(stem, value)
    found.update(_shape(unit))
    return found


def status_features(unit: Unit) -> dict[str, float]:
    """Return the words and pairs of words of a unit and its surroundings, and its shape."""
    words = unit.folded.split()
    found = {f"w {word}": 1.0 for word in words}
    found.update({pair_feature(a, b): 1.0 for a, b in pairwise(words)})
    # The rest of the sentence is left out: "and from next quarter B" does not change A.
    for prefix, text, value in (
        ("p", unit.sentence.before, 0.3),
        ("c", unit.sentence.context, 0.4),
    ):
        found.update({f"{prefix} {word}": value for word in text.split()})
    found.update(_shape(unit))
    return found


def pair_feature(first: str, second: str) -> str:
    """Return the name of the feature of two words that follow one another."""
    return f"b {first} {second}"


def _pairs(words: Sequence[str]) -> Iterable[str]:
    return (f"{a} {b}" for a, b in pairwise(words))


def _shape(unit: Unit) -> dict[str, float]:
    words = unit.folded.split()
    cues = load_cue_groups()
    shape = {f":{name}": 1.0 for name in sorted(cues.labels(unit.folded))}
    shape.update({f":r{name}": 0.5 for name in sorted(cues.labels(unit.rest))})
    shape.update({f"first {word}": 1.0 for word in words[:2]})
    shape[f":kind {unit.sentence.kind}"] = 1.0
    shape[f":len {min(_LONGEST, len(words) // _WORDS_PER_LENGTH)}"] = 1.0
    shape[":small"] = sum(word in small_words() for word in words) / max(1, len(words))
    if any(c.isdigit() for c in unit.folded):
        shape[":digit"] = 1.0
    return shape
