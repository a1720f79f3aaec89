"""Learn the reviewer's tables of weights: signs and controls, status, and topics per control."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from calib.model import Catalog, Mood
from calib.review.features import extract_features
from calib.review.point_scores import PointKey
from calib.review.sentence_scores import LEVEL_FOUR_SIGNS
from calib.review.sentences import Sentence, split_sentences
from calib.review.weights import WeightTable
from calibration.corpus import Response, Spans
from calibration.fit import Question, fit_table
from calibration.points import REASONS
from calibration.unit_examples import TextExample, UnitExample

_SIGN_FREEDOM = _CONTROL_FREEDOM = 1.0
_STANDING_FREEDOM = 0.5
_TOPIC_FREEDOM = 2.0
_GUESSED = 0.3
"""The weight of a sentence whose label is only inferred from its response."""
_LONG_SENTENCE = 400
"""Longer sentences are left out of the signs: the part that shows one is unknown."""


def learn_sentence_tables(
    responses: Sequence[Response], catalog: Catalog
) -> dict[str, WeightTable]:
    """Fit the tables `signs` and `controls` on the responses labelled by criterion."""
    known = [(r, s) for r in responses for s in split_sentences(r.text)]
    features = [extract_features(sentence) for _, sentence in known]
    signs = [
        Question(
            sign,
            [_overlaps(s, (r.shows or {}).get(sign, ())) for r, s in known],
            [float(r.shows is not None and len(s.text) <= _LONG_SENTENCE) for r, s in known],
        )
        for sign in LEVEL_FOUR_SIGNS
    ]
    controls = [
        Question(
            control.id,
            [r.control == control.id for r, _ in known],
            [_control_weight(r, s) for r, s in known],
        )
        for control in catalog.controls
    ]
    # The shape of a sentence does not depend on its control.
    words = [{k: v for k, v in found.items() if k[0] != ":"} for found in features]
    return {
        "signs": fit_table(features, signs, freedom=_SIGN_FREEDOM, seen=3),
        "controls": fit_table(words, controls, freedom=_CONTROL_FREEDOM, seen=3),
    }


def _overlaps(sentence: Sentence, spans: Spans) -> bool:
    a, b = sentence.span.start, sentence.span.end
    common = ((min(b, end) - max(a, start), end - start) for start, end in spans)
    return any(shared > 0.5 * (b - a) or shared > 0.6 * length for shared, length in common)


def _control_weight(response: Response, sentence: Sentence) -> float:
    if response.level == 0:
        return 0.0
    labelled = any(_overlaps(sentence, label.spans) for label in response.criteria.values())
    return 1.0 if labelled else _GUESSED


def learn_point_tables(texts: Sequence[TextExample], catalog: Catalog) -> dict[str, WeightTable]:
    """Fit the tables `status` and `points/<control>` on units labelled by points."""
    tables = {"status": _learn_status(texts)}
    for control in catalog.controls:
        units = [(t, u) for t in texts if t.control == control.id for u in t.units]
        keys = [(c.id, point.id) for c in control.criteria for point in c.points]
        tables[f"points/{control.id}"] = fit_table(
            [u.topic for _, u in units],
            [_topic_question(key, units) for key in keys],
            freedom=_TOPIC_FREEDOM,
            seen=2,
        )
    return tables


def _topic_question(key: PointKey, units: Sequence[tuple[TextExample, UnitExample]]) -> Question:
    return Question(
        ".".join(key),
        [key in unit.shown for _, unit in units],
        [0.0 if key in unit.open else text.weight for text, unit in units],
    )


def _learn_status(texts: Iterable[TextExample]) -> WeightTable:
    """Fit one column for "in place", and one per reason among the units that are not."""
    units = [(t.weight, u) for t in texts for u in t.units if u.mood is not None]
    in_place = Question(
        Mood.IN_PLACE, [u.mood is Mood.IN_PLACE for _, u in units], [w for w, _ in units]
    )
    reasons = [
        Question(
            mood,
            [u.mood is mood for _, u in units],
            [0.0 if u.mood is Mood.IN_PLACE else w for w, u in units],
        )
        for mood in REASONS
    ]
    features: list[Mapping[str, float]] = [u.status for _, u in units]
    return fit_table(features, [in_place, *reasons], freedom=_STANDING_FREEDOM, seen=2)
