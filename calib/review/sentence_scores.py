"""Score each sentence of a narrative: its control, and the signs of level 4."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, fsum

from calib.model import Control, Mood
from calib.review.copied_text import find_copied_mood
from calib.review.features import extract_features
from calib.review.rules import LevelModel, placeholder_pattern
from calib.review.sentences import Sentence
from calib.review.weights import WeightTable, load_weights

LEVEL_FOUR_SIGNS = ("customer", "result", "document", "review")
"""What a response at level 4 names beside its criteria: the document, and when it was reviewed."""

_CODE = re.compile(r"`[^`\n]*`")


@dataclass(frozen=True)
class ScoredSentence:
    """One sentence and its scores, in log-odds."""

    sentence: Sentence
    unusable: Mood | None
    """Copied, restated or unfinished: such a sentence shows nothing; None if it is usable."""
    controls: tuple[float, ...]
    """For each control of the catalog, the score that the sentence belongs to it."""
    artefact: bool
    """Whether it names an artefact, by a cue or by a learned score."""
    signs: Mapping[str, float]
    """The score of each of `LEVEL_FOUR_SIGNS`; empty for unusable sentences."""


@dataclass(frozen=True)
class SentenceTables:
    """The weight tables that are the same for all controls."""

    signs: WeightTable
    """One column for each of `LEVEL_FOUR_SIGNS`."""
    controls: WeightTable
    """One column per control."""


@lru_cache(maxsize=1)
def load_sentence_tables() -> SentenceTables:
    """Load the tables for sentences."""
    return SentenceTables(load_weights("signs"), load_weights("controls"))


def score_sentences(
    control: Control, sentences: Iterable[Sentence], tables: SentenceTables
) -> tuple[ScoredSentence, ...]:
    """Score each sentence of a narrative."""
    return tuple(_score_sentence(control, s, tables) for s in sentences)


def _score_sentence(control: Control, sentence: Sentence, tables: SentenceTables) -> ScoredSentence:
    features = extract_features(sentence)
    signs = dict(zip(tables.signs.columns, tables.signs.score(features), strict=True))
    unusable = find_copied_mood(control, sentence.folded)
    # A placeholder in a code span is part of a command: `<run_id>`.
    if unusable is None and placeholder_pattern().search(_CODE.sub(" ", sentence.text)):
        unusable = Mood.PLACEHOLDER
    return ScoredSentence(
        sentence=sentence,
        unusable=unusable,
        controls=tuple(tables.controls.score(features)),
        artefact=":artefact" in features or signs["document"] > 0,
        signs=signs if unusable is None else {},
    )


def level_four_signs(scored: Sequence[ScoredSentence], model: LevelModel) -> frozenset[str]:
    """Return which of `LEVEL_FOUR_SIGNS` any sentence of the text shows."""
    return frozenset(
        sign
        for sign, lowest in model.signs.items()
        # An unusable sentence has no scores; the default then misses the bar.
        if any(s.signs.get(sign, lowest - 1) >= lowest for s in scored)
    )


def is_measured(scored: ScoredSentence, model: LevelModel) -> bool:
    """Return whether a sentence gives a measured result, by the same bar as level 4."""
    lowest = model.signs["result"]
    return scored.signs.get("result", lowest - 1) >= lowest


def control_margin(scored: Sequence[ScoredSentence], control: int) -> float:
    """Return how much more of the text belongs to this control than to any other, in -3 to 3."""
    if not scored:
        return 0.0
    # `fsum`, since `sum` rounds floats differently from Python 3.12 on.
    shares = [
        fsum(1 / (1 + exp(-_bounded(s.controls[i]))) for s in scored) / len(scored)
        for i in range(len(scored[0].controls))
    ]
    return 3 * (shares[control] - max(s for i, s in enumerate(shares) if i != control))


def _bounded(score: float) -> float:
    """Clamp a score: a repeated keyword must not outweigh everything else."""
    return max(-6.0, min(6.0, score))
