"""Score each sentence of a narrative: its mood, and the criteria and control it is about."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from calib.model import Control, Mood
from calib.review.copied_text import find_copied_mood
from calib.review.features import extract_features, is_list
from calib.review.rules import VerdictModel, placeholder_pattern
from calib.review.sentences import Sentence
from calib.review.weights import NO_WEIGHTS, WeightTable, has_weights, load_weights

MAX_LOG_ODDS = 6.0
"""Scores are clamped to this: a repeated keyword must not outweigh everything else."""

LEVEL_FOUR_SIGNS = ("customer", "result", "document", "review")
"""What a response at level 4 names beside its criteria: the document, and when it was reviewed."""

_OTHER_MOODS = (Mood.PLANNED, Mood.DENIED, Mood.HEDGED, Mood.NAMED)
UNUSABLE = frozenset({Mood.PLACEHOLDER, Mood.COPIED, Mood.RESTATED})
"""Moods of sentences that support no criterion, whatever their words."""


@dataclass(frozen=True)
class ScoredSentence:
    """One sentence and its scores, in log-odds."""

    sentence: Sentence
    mood: Mood
    is_list: bool
    """Whether it only lists names: it then supports at most one criterion."""
    in_place: float
    """The score that it describes something concrete that is in place."""
    topics: tuple[float, ...]
    """For each criterion of the control, the score that the sentence is about it."""
    controls: tuple[float, ...]
    """For each control of the catalog, the score that the sentence belongs to it."""
    artefact: bool
    """Whether it names an artefact, by a cue or by a learned score."""
    signs: Mapping[str, float]
    """The score of each of `LEVEL_FOUR_SIGNS`; empty for unusable sentences."""


@dataclass(frozen=True)
class ControlWeights:
    """The weight tables for the responses to one control."""

    moods: WeightTable
    """One column for `in place`, for each other mood and for each of `LEVEL_FOUR_SIGNS`."""
    topics: WeightTable
    """One column per criterion, in the catalog's order."""
    controls: WeightTable
    """One column per control."""


@lru_cache(maxsize=64)
def load_control_weights(control: Control) -> ControlWeights:
    """Load the weights for a control, with no topics if the control has not been learned yet."""
    topics = load_weights(control.id) if has_weights(control.id) else NO_WEIGHTS
    return ControlWeights(load_weights("moods"), topics, load_weights("controls"))


def score_sentences(
    control: Control, sentences: Iterable[Sentence], weights: ControlWeights
) -> tuple[ScoredSentence, ...]:
    """Score each sentence of a narrative."""
    return tuple(_score_sentence(control, s, weights) for s in sentences)


def _score_sentence(
    control: Control, sentence: Sentence, weights: ControlWeights
) -> ScoredSentence:
    features = extract_features(sentence)
    scores = dict(zip(weights.moods.columns, weights.moods.score(features), strict=True))
    mood = _unusable_mood(control, sentence)
    if mood is None:
        other = max(_OTHER_MOODS, key=lambda m: scores[m])
        mood = Mood.IN_PLACE if scores[Mood.IN_PLACE] > 0 else other
    return ScoredSentence(
        sentence=sentence,
        mood=mood,
        is_list=is_list(sentence),
        in_place=_clamp(scores[Mood.IN_PLACE]),
        topics=tuple(map(_clamp, weights.topics.score(features))),
        controls=tuple(map(_clamp, weights.controls.score(features))),
        artefact=":artefact" in features or scores["document"] > 0,
        signs={sign: scores[sign] for sign in LEVEL_FOUR_SIGNS} if mood not in UNUSABLE else {},
    )


def _unusable_mood(control: Control, sentence: Sentence) -> Mood | None:
    mood = find_copied_mood(control, sentence.folded)
    if mood is None and placeholder_pattern().search(sentence.text):
        return Mood.PLACEHOLDER
    return mood


def level_four_signs(scored: Sequence[ScoredSentence], model: VerdictModel) -> frozenset[str]:
    """Return which of `LEVEL_FOUR_SIGNS` any sentence of the text shows."""
    return frozenset(
        sign
        for sign, lowest in model.extras.items()
        # An unusable sentence has no scores; the default then misses the bar.
        if any(s.signs.get(sign, lowest - 1) >= lowest for s in scored)
    )


def _clamp(score: float) -> float:
    return max(-MAX_LOG_ODDS, min(MAX_LOG_ODDS, score))


def probability(log_odds: float) -> float:
    """Turn log-odds into a probability."""
    return 1 / (1 + math.exp(-log_odds))


INPUT_NAMES = (
    "topic and mood",
    "topic",
    "mood",
    "sentence before",
    "other criteria",
    "other controls",
    "whole text",
)
"""The names of the inputs in each row of `verdict_inputs`; `verdict.yaml` uses them as keys."""


def verdict_inputs(
    scored: Sequence[ScoredSentence], criterion: int, control: int, margin: float
) -> list[tuple[float, ...]]:
    """Return the inputs of the verdict on one criterion, a row per sentence.

    `criterion` and `control` are column numbers, `margin` is the text's `control_margin`. The
    columns are those of `INPUT_NAMES`; "other criteria" and "other controls" are the lead over the
    best of the others.
    """
    rows: list[tuple[float, ...]] = []
    for n, one in enumerate(scored):
        topic = one.topics[criterion]
        other_topic = max(t for i, t in enumerate(one.topics) if i != criterion)
        other_control = max(c for i, c in enumerate(one.controls) if i != control)
        # A sentence such as "It is reviewed each quarter." inherits the topic of the one before,
        # but not across a paragraph or list entry.
        continues = n > 0 and not one.sentence.starts_block
        before = probability(scored[n - 1].topics[criterion]) if continues else 0.0
        # log(P(topic) * P(in place)) without its small product term: high only if both are.
        both = -math.log(1 + math.exp(-topic) + math.exp(-one.in_place))
        rows.append(
            (
                both,
                topic,
                one.in_place,
                before,
                _clamp(topic - other_topic),
                _clamp(one.controls[control] - other_control),
                margin,
            )
        )
    return rows


def control_margin(scored: Sequence[ScoredSentence], control: int) -> float:
    """Return how much more of the text belongs to this control than to any other, in -3 to 3."""
    if not scored:
        return 0.0
    # `fsum`, since `sum` rounds floats differently from Python 3.12 on.
    shares = [
        math.fsum(probability(s.controls[i]) for s in scored) / len(scored)
        for i in range(len(scored[0].controls))
    ]
    return 3 * (shares[control] - max(s for i, s in enumerate(shares) if i != control))
