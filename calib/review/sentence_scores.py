"""Sentences -> what each says: its mood, and how strongly it speaks for what."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from calib.model import Control, Mood
from calib.review.copied_text import borrowed
from calib.review.features import features, is_list
from calib.review.rules import Way, placeholder
from calib.review.sentences import Sentence
from calib.review.weights import Table, table

LIMIT = 6.0
"""Log-odds beyond this say nothing more."""

SHOWS = ("customer", "result", "document", "review")
"""What a response at level 4 shows beyond its criteria: section 6 of the design."""

_ASIDE = (Mood.PLANNED, Mood.DENIED, Mood.HEDGED, Mood.NAMED)
UNUSABLE = frozenset({Mood.PLACEHOLDER, Mood.COPIED, Mood.RESTATED})
"""Moods of sentences that carry nothing, whatever they say."""


@dataclass(frozen=True)
class Said:
    """Hold what one sentence says."""

    sentence: Sentence
    mood: Mood
    listing: bool
    """Whether it only lists: then it carries one criterion at most."""
    in_place: float
    """Log-odds that something concrete is said to be in place."""
    topics: tuple[float, ...]
    """Log-odds, per criterion of the control, that the sentence speaks of it."""
    controls: tuple[float, ...]
    """Log-odds, per control of the catalog, that the sentence belongs to it."""
    artefact: bool
    """Whether it names an artefact, by its words or by what was learned."""
    shows: Mapping[str, float]
    """Log-odds that it names a customer, a result, a document, a review; none where it may not."""


@dataclass(frozen=True)
class Tables:
    """Hold the weights that one control's responses are read by."""

    moods: Table
    """In place, the other moods, and what a sentence shows."""
    topics: Table
    """One column per criterion, in the catalog's order."""
    controls: Table


@lru_cache(maxsize=64)
def learned(control: Control) -> Tables:
    """Load the weights for a control; raises BadInput where none were learned."""
    return Tables(table("moods"), table(control.id), table("controls"))


def read(control: Control, written: Iterable[Sentence], tables: Tables) -> tuple[Said, ...]:
    """Read each sentence of a narrative."""
    return tuple(_say(control, s, tables) for s in written)


def _say(control: Control, sentence: Sentence, tables: Tables) -> Said:
    moods = tables.moods
    found = features(sentence)
    scores = dict(zip(moods.columns, moods.score(found), strict=True))
    mood = _unusable(control, sentence)
    if mood is None:
        aside = max(_ASIDE, key=lambda m: scores[m])
        mood = Mood.IN_PLACE if scores[Mood.IN_PLACE] > 0 else aside
    return Said(
        sentence,
        mood,
        is_list(sentence),
        _clip(scores[Mood.IN_PLACE]),
        tuple(map(_clip, tables.topics.score(found))),
        tuple(map(_clip, tables.controls.score(found))),
        ":artefact" in found or scores["document"] > 0,
        {k: scores[k] for k in SHOWS} if mood not in UNUSABLE else {},
    )


def _unusable(control: Control, sentence: Sentence) -> Mood | None:
    mood = borrowed(control, sentence.folded)
    if mood is None and placeholder().search(sentence.piece):
        return Mood.PLACEHOLDER
    return mood


def shown(said: Sequence[Said], how: Way) -> frozenset[str]:
    """Name what the text as a whole shows beyond its criteria."""
    return frozenset(
        thing
        for thing, least in how.extras.items()
        if any(s.shows.get(thing, least - 1) >= least for s in said)
    )


def _clip(score: float) -> float:
    return max(-LIMIT, min(LIMIT, score))


def chance(score: float) -> float:
    """Turn log-odds into a probability."""
    return 1 / (1 + math.exp(-score))


def inputs(
    said: Sequence[Said], criterion: int, control: int, whole: float
) -> list[tuple[float, ...]]:
    """Measure, sentence by sentence, what makes the verdict on one criterion.

    In order: topic and mood together, topic, mood, whether it goes on from the sentence before,
    topic against the other criteria, against the other controls, and the same of the whole text
    (`belongs`).
    """
    rows: list[tuple[float, ...]] = []
    for at, one in enumerate(said):
        topic = one.topics[criterion]
        others = max(t for i, t in enumerate(one.topics) if i != criterion)
        elsewhere = max(c for i, c in enumerate(one.controls) if i != control)
        goes_on = at > 0 and not one.sentence.opens
        before = chance(said[at - 1].topics[criterion]) if goes_on else 0.0
        both = -math.log(1 + math.exp(-topic) + math.exp(-one.in_place))
        rows.append(
            (
                both,
                topic,
                one.in_place,
                before,
                _clip(topic - others),
                _clip(one.controls[control] - elsewhere),
                whole,
            )
        )
    return rows


NAMES = (
    "topic and mood",
    "topic",
    "mood",
    "sentence before",
    "other criteria",
    "other controls",
    "whole text",
)
"""What `inputs` measures."""


def belongs(said: Sequence[Said], control: int) -> float:
    """Compare how much of the text belongs to this control with the strongest other one."""
    if not said:
        return 0.0
    shares = [
        math.fsum(chance(s.controls[i]) for s in said) / len(said)
        for i in range(len(said[0].controls))
    ]
    return 3 * (shares[control] - max(s for i, s in enumerate(shares) if i != control))
