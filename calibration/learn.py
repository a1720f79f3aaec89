"""Learn the reviewer's tables of weights from labelled responses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from calib.model import Catalog, Mood
from calib.review.features import extract_features
from calib.review.sentence_scores import LEVEL_FOUR_SIGNS, ControlWeights
from calib.review.sentences import Sentence, split_sentences
from calib.review.weights import INTERCEPT, WeightTable
from calibration.corpus import Response

ASIDE = (Mood.PLANNED, Mood.DENIED, Mood.HEDGED, Mood.NAMED)

# The inverse regularisation of each kind of table, and the weight of a sentence whose label is only
# inferred from its response. Chosen by leaving one author out on the build part.
_FREEDOM = {"moods": 1.0, "topics": 2.0, "controls": 1.0}
_GUESSED = 0.3
_SEEN = 3
"""Features in fewer sentences are ignored: their weights would not generalise."""
_SHAPE = ":"


@dataclass(frozen=True)
class Example:
    """One sentence of the corpus with its labels."""

    response: Response
    sentence: Sentence
    features: Mapping[str, float]
    says: Mapping[str, tuple[str, str]]
    """Criterion -> verdict and mood, for the labels that are based on this sentence."""
    shows: frozenset[str] | None
    """Which of `LEVEL_FOUR_SIGNS` it shows; None if the response has no such labels."""


def examples(response: Response) -> list[Example]:
    """Split a response into sentences, each with the labels that are based on it."""
    found = []
    for sentence in split_sentences(response.text):
        a, b = sentence.span.start, sentence.span.end
        says = {
            name: (label.verdict, label.mood)
            for name, label in response.criteria.items()
            if any(covers(a, b, start, end) for start, end in label.spans)
        }
        shows = response.shows and frozenset(
            thing
            for thing, spans in response.shows.items()
            if any(covers(a, b, start, end) for start, end in spans)
        )
        found.append(Example(response, sentence, extract_features(sentence), says, shows))
    return found


def covers(start: int, end: int, label_start: int, label_end: int) -> bool:
    """Return whether half of the sentence, or 60 % of the label, is in the overlap."""
    common = min(end, label_end) - max(start, label_start)
    return common > 0.5 * (end - start) or common > 0.6 * (label_end - label_start)


Question = tuple[str, Callable[[Example], tuple[bool, float] | None]]
"""A column's name, and its answer and weight for an example; None leaves the example out."""


def learn(
    responses: Sequence[Response], catalog: Catalog, only: set[str] | None = None
) -> dict[str, WeightTable]:
    """Fit every table, or some: `moods`, `controls`, and one of topics per control."""
    known = [e for r in responses for e in examples(r)]
    kinds: dict[str, tuple[str, list[Question]]] = {
        "moods": ("moods", list(_moods())),
        "controls": ("controls", list(_controls(catalog))),
    }
    for control in catalog.controls:
        questions = [(c.id, _speaks_of(control.id, c.id)) for c in control.criteria]
        kinds[control.id] = ("topics", questions)
    return {
        name: _fit(kind, known, questions, shape=kind == "moods")
        for name, (kind, questions) in kinds.items()
        if only is None or name in only
    }


def of_control(tables: Mapping[str, WeightTable], control: str) -> ControlWeights:
    """Select the tables for the responses of one control."""
    return ControlWeights(tables["moods"], tables[control], tables["controls"])


def _moods() -> Iterator[Question]:
    yield Mood.IN_PLACE, _in_place
    for mood in ASIDE:
        yield (
            mood,
            lambda e, mood=mood: (
                (any(m == mood for _, m in e.says.values()), 1.0) if e.says else None
            ),
        )
    for thing in LEVEL_FOUR_SIGNS:
        yield (
            thing,
            lambda e, thing=thing: (
                None if e.shows is None or len(e.sentence.text) > 400 else (thing in e.shows, 1.0)
            ),
        )


_CONCRETE = {"other-control", "non-english", "copied-example"}
"""Tags of responses that support nothing although their sentences are concrete."""


def _in_place(e: Example) -> tuple[bool, float] | None:
    verdicts = {verdict for verdict, _ in e.says.values()}
    if "yes" in verdicts:
        return True, 1.0
    if verdicts:
        return "partly" in verdicts, 0.5 if "partly" in verdicts else 1.0
    # An unlabelled sentence of a text that supports nothing is not in place; in other texts it
    # may be.
    empty = e.response.level <= 1 and e.response.tag not in _CONCRETE
    return (False, _GUESSED) if empty else None


def _controls(catalog: Catalog) -> Iterator[Question]:
    for control in catalog.controls:
        yield (
            control.id,
            lambda e, own=control.id: (
                None
                if e.response.level == 0
                else (e.response.control == own, 1.0 if e.says else _GUESSED)
            ),
        )


def _speaks_of(control: str, criterion: str) -> Callable[[Example], tuple[bool, float] | None]:
    def answer(e: Example) -> tuple[bool, float] | None:
        if e.response.control != control:
            return (False, _GUESSED) if e.says else None
        if criterion in e.says:
            return True, 1.0
        # Another sentence may have the label although this one is about the criterion too.
        elsewhere = e.response.criteria[criterion].verdict != "no"
        return False, _GUESSED if elsewhere else 1.0

    return answer


def _fit(
    kind: str, known: Sequence[Example], questions: Sequence[Question], *, shape: bool
) -> WeightTable:
    """Fit one logistic regression per column over the same features."""
    common = _common(known, shape=shape)
    vectorizer = DictVectorizer()
    matrix = vectorizer.fit_transform(
        [{k: v for k, v in e.features.items() if k in common} for e in known]
    )
    # liblinear wants 32-bit indices.
    matrix = sparse.csr_matrix(
        (matrix.data, matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)), matrix.shape
    )
    fitted = []
    for _, answer in questions:
        given = [(i, a) for i, a in enumerate(map(answer, known)) if a is not None]
        rows = [i for i, _ in given]
        model = LogisticRegression(
            C=_FREEDOM[kind], solver="liblinear", max_iter=300, random_state=0
        )
        model.fit(matrix[rows], [a for _, (a, _) in given], [w for _, (_, w) in given])
        fitted.append((float(model.intercept_[0]), model.coef_[0]))
    names = vectorizer.get_feature_names_out()
    return _table([q for q, _ in questions], names, fitted)


def _common(known: Iterable[Example], *, shape: bool) -> set[str]:
    """Select the features that occur in at least `_SEEN` sentences."""
    seen = Counter(f for e in known for f in e.features)
    return {
        f for f, count in seen.items() if count >= _SEEN and (shape or not f.startswith(_SHAPE))
    }


_LEAST = 0.05
"""Weights below this are left out of the tables."""


def _table(
    columns: Sequence[str], names: Iterable[str], fitted: Sequence[tuple[float, np.ndarray]]
) -> WeightTable:
    always = tuple(round(bias, 2) for bias, _ in fitted)
    stacked = np.round(np.array([weights for _, weights in fitted]).T, 2)
    rows = {}
    for name, weights in zip(names, stacked, strict=True):
        row = tuple((i, float(w)) for i, w in enumerate(weights) if abs(w) >= _LEAST)
        if row:
            rows[str(name)] = row
    return WeightTable(tuple(map(str, columns)), always, rows)


def as_text(table: WeightTable) -> str:
    """Format a table for `calib.review.weights.parse_weights`."""
    lines = ["\t".join(["feature", *table.columns])]
    lines.append("\t".join([INTERCEPT, *(f"{w:g}" for w in table.always)]))
    for name in sorted(table.rows):
        weights = dict(table.rows[name])
        cells = (f"{weights[i]:g}" if i in weights else "" for i in range(len(table.columns)))
        lines.append("\t".join([name, *cells]))
    return "\n".join(lines) + "\n"
