"""Review texts of the corpus with given tables, and count the points found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from calib.model import Catalog, CriterionReview, Span
from calib.review.language import explain_unreadable
from calib.review.point_scores import PointKey, PointTables
from calib.review.points import PointFinder, find_points
from calib.review.review import control_column_margin, response_level, review_criterion
from calib.review.rules import LevelModel, PointModel, ReviewModel
from calib.review.sentence_scores import ScoredSentence, SentenceTables, score_sentences
from calib.review.sentences import split_sentences
from calibration import measure
from calibration.corpus import Response
from calibration.measure import Judgement
from calibration.points import LabelledText


@dataclass(frozen=True)
class Tables:
    """All tables of a reviewer."""

    points: Mapping[str, PointTables]
    """By control."""
    sentences: SentenceTables


@dataclass(frozen=True)
class PointCount:
    """The numbers of points of one text."""

    found: int
    given: int
    hits: int
    supported: int
    """Of the hits, those in a sentence with a labelled quote."""


@dataclass(frozen=True, eq=False)
class CountedText:
    """The probability that a text shows each point, with the labels."""

    text: LabelledText
    likely: Mapping[PointKey, float]
    spans: Mapping[PointKey, Span]
    """The sentence most likely to show each point."""

    def found(self, threshold: float) -> frozenset[PointKey]:
        """Return the points shown at a threshold."""
        return frozenset(key for key, value in self.likely.items() if value >= threshold)

    @lru_cache(maxsize=64)  # noqa: B019 - texts live as long as the measurement
    def count(self, threshold: float) -> PointCount:
        """Count the points of the text."""
        found = self.found(threshold)
        right = found & self.text.shown.keys()
        supported = sum(self._is_quoted(key) for key in right)
        return PointCount(len(found), len(self.text.shown), len(right), supported)

    def _is_quoted(self, key: PointKey) -> bool:
        span = self.spans[key]
        starts = ((self.text.text.index(q), len(q)) for q in self.text.shown[key])
        return any(min(s + n, span.end) > max(s, span.start) for s, n in starts)


@dataclass(frozen=True)
class CountedPoints:
    """The points found in labelled texts."""

    texts: Sequence[CountedText]

    def figures(self, threshold: float) -> dict[str, float]:
        """Return precision, recall and F1 of points, and two shares of texts.

        "Within one" is the share of texts whose number of points is right within one, "false
        points" the share with a point found of the texts that show none, and "quotes" the
        share of the points rightly found whose sentence overlaps a labelled quote.
        """
        counts = [one.count(threshold) for one in self.texts]
        hits = sum(c.hits for c in counts)
        found_count, given_count = sum(c.found for c in counts), sum(c.given for c in counts)
        empty = [c for c in counts if not c.given]
        return {
            "F1": 2 * hits / max(1, found_count + given_count),
            "precision": hits / max(1, found_count),
            "recall": hits / max(1, given_count),
            "within one": sum(abs(c.found - c.given) <= 1 for c in counts) / max(1, len(counts)),
            "false points": sum(c.found > 0 for c in empty) / max(1, len(empty)),
            "quotes": sum(c.supported for c in counts) / max(1, hits),
        }


def count_points(
    texts: Iterable[LabelledText], tables: Tables, model: PointModel, catalog: Catalog
) -> CountedPoints:
    """Review texts labelled by points."""
    found = []
    for text in texts:
        best = _find(text.control, text.text, tables, model, catalog).best
        likely = {key: one.candidate.probability for key, one in best.items()}
        spans = {key: one.unit.sentence.span for key, one in best.items()}
        found.append(CountedText(text, likely, spans))
    return CountedPoints(found)


def _find(
    control: str, text: str, tables: Tables, model: PointModel, catalog: Catalog
) -> PointFinder:
    definition = catalog.control(control)
    scored = score_sentences(definition, split_sentences(text), tables.sentences)
    return find_points(definition, scored, tables.points[control], model)


@dataclass(frozen=True)
class ReviewedResponse:
    """A response with its verdicts, from which any bounds of the levels can be tried."""

    response: Response
    scored: Sequence[ScoredSentence]
    margin: float
    reviews: Sequence[CriterionReview]

    def judge(self, levels: LevelModel) -> Judgement:
        """Return the judgement by some bounds."""
        level = response_level(levels, self.scored, self.margin, self.reviews)
        return measure.judgement(self.response, level, self.reviews)


def review_responses(
    responses: Iterable[Response], tables: Tables, model: ReviewModel, catalog: Catalog
) -> list[ReviewedResponse]:
    """Review responses labelled by criterion; one that cannot be read gets no sentences."""
    found = []
    for response in responses:
        control = catalog.control(response.control)
        sentences = tuple(split_sentences(response.text))
        known = tables.points[control.id].status.rows
        readable = () if explain_unreadable(response.text, sentences, known) else sentences
        scored = score_sentences(control, readable, tables.sentences)
        finder = find_points(control, scored, tables.points[control.id], model.points)
        reviews = [review_criterion(c, finder, scored, model.levels) for c in control.criteria]
        margin = control_column_margin(control, scored, tables.sentences)
        found.append(ReviewedResponse(response, scored, margin, reviews))
    return found
