"""Units of the corpus with the points they show, as the tables and the formula learn from them.

The texts labelled by points say which clauses show a point. The responses of the older corpus are
labelled by criterion only: their labels of points are inferred by a reviewer learned from the
others, within the sentences that support a criterion, and left open where it is not sure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from calib.model import Catalog, Mood, Span
from calib.review.point_scores import PointKey
from calib.review.sentences import split_sentences
from calib.review.unit_features import status_features, topic_features
from calib.review.units import Unit, split_units
from calibration.corpus import Label, Response
from calibration.points import LabelledText

FOLDS = 4
_INFERRED_SHOWN, _INFERRED_OPEN = 0.25, 0.03
"""The probabilities from which an inferred point counts as shown, and as open."""
_RESPONSE_WEIGHT = 0.5
"""The weight of a unit whose labels are inferred."""
_VOICES_WEIGHT = 0.3
"""The weight in the formula of texts in deliberately odd words: real ones are plainer."""


@dataclass(frozen=True)
class UnitExample:
    """One unit with its labels."""

    unit: Unit
    shown: frozenset[PointKey]
    open: frozenset[PointKey]
    """Points without a certain label; they are left out."""
    mood: Mood | None
    """Its status; None if that is not labelled."""

    @cached_property
    def topic(self) -> Mapping[str, float]:
        """The features of its topic."""
        return topic_features(self.unit)

    @cached_property
    def status(self) -> Mapping[str, float]:
        """The features of its status."""
        return status_features(self.unit)


@dataclass(frozen=True)
class TextExample:
    """The units of one text."""

    control: str
    fold: int
    units: tuple[UnitExample, ...]
    weight: float
    """In the tables."""
    formula_weight: float
    response: Response | None = None


def from_labelled(texts: Sequence[LabelledText]) -> list[TextExample]:
    """Return the units of texts labelled by points, in folds that keep neighbours together.

    The texts of a document part have one author and one fold; those of the other parts come in
    tens, since an author's neighbouring texts often resemble each other.
    """
    found = []
    places: dict[str, int] = {}
    for text in texts:
        number = places[text.part] = places.get(text.part, -1) + 1
        fold = (number // 10 + len(places)) % FOLDS
        weight = _VOICES_WEIGHT if text.part.startswith("voices") else 1.0
        units = split_units(list(split_sentences(text.text)))
        examples = tuple(_labelled_unit(unit, text) for unit in units)
        found.append(TextExample(text.control, fold, examples, 1.0, weight))
    return found


def _labelled_unit(unit: Unit, text: LabelledText) -> UnitExample:
    shown = {
        key
        for key, quotes in text.shown.items()
        if any(_covers(unit, *_place(text.text, quote)) for quote in quotes)
    }
    moods = [
        mood for quote, mood in text.named.values() if _covers(unit, *_place(text.text, quote))
    ]
    # A clause that shows something and names something else is rather in place.
    mood = Mood.IN_PLACE if shown and len(shown) >= len(moods) else moods[0] if moods else None
    return UnitExample(unit, frozenset(shown), frozenset(), mood)


def _place(text: str, quote: str) -> tuple[int, int]:
    start = text.index(quote)
    return start, start + len(quote)


def _covers(unit: Unit, start: int, end: int) -> bool:
    """Return whether half of the quote, or 60 % of the unit, is in the overlap."""
    common = min(end, unit.span.end) - max(start, unit.span.start)
    whole = unit.span.end - unit.span.start
    return common > 0 and (common >= 0.5 * (end - start) or common >= 0.6 * whole)


def from_responses(responses: Iterable[Response]) -> list[TextExample]:
    """Return the units of responses without any labels of points; an author is in one fold."""
    found = []
    authors: dict[str, int] = {}
    for response in responses:
        fold = authors.setdefault(response.author, len(authors)) % FOLDS
        units = split_units(list(split_sentences(response.text)))
        examples = tuple(
            UnitExample(u, frozenset(), frozenset(), _labelled_mood(u.span, response))
            for u in units
        )
        weights = _RESPONSE_WEIGHT, _VOICES_WEIGHT
        found.append(TextExample(response.control, fold, examples, *weights, response))
    return found


def _labelled_mood(span: Span, response: Response) -> Mood | None:
    moods = set()
    for label in response.criteria.values():
        if _supports(span, label):
            moods.add(Mood.IN_PLACE if label.verdict != "no" else _MOODS.get(label.mood, Mood.AIM))
    return Mood.IN_PLACE if Mood.IN_PLACE in moods else min(moods, default=None)


_MOODS = {"planned": Mood.PLANNED, "denied": Mood.DENIED, "hedged": Mood.HEDGED}
"""The older corpus calls everything else `named`."""


def _supports(span: Span, label: Label) -> bool:
    return any(min(end, span.end) > max(start, span.start) for start, end in label.spans)


def infer_points(
    example: TextExample, probabilities: Sequence[Mapping[PointKey, float]], catalog: Catalog
) -> TextExample:
    """Label the points of a response, given each unit's probabilities by the first reviewer.

    Nothing is shown for a criterion whose label is `no`. Otherwise a point is shown in a sentence
    that supports the criterion if the reviewer is rather sure, and open if it is in doubt.
    """
    response = example.response
    assert response is not None  # noqa: S101 - only responses are inferred
    criteria = [c for c in catalog.control(example.control).criteria if c.id in response.criteria]
    units = []
    for unit, found in zip(example.units, probabilities, strict=True):
        shown, undecided = set(), set()
        for criterion in criteria:
            label = response.criteria[criterion.id]
            if label.verdict == "no":
                continue
            supports = _supports(unit.unit.span, label)
            for key in ((criterion.id, point.id) for point in criterion.points):
                likely = found.get(key, 0.0)
                if supports and likely >= _INFERRED_SHOWN:
                    shown.add(key)
                elif likely >= _INFERRED_OPEN:
                    undecided.add(key)
        units.append(replace(unit, shown=frozenset(shown), open=frozenset(undecided)))
    return replace(example, units=tuple(units))
