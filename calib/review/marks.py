"""Review a narrative with points that people have confirmed or rejected.

The points of some criteria are given; everything that follows from points is derived again by the
reviewer's own rules: verdicts, passages, the level of the response and the findings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from calib.model import (
    Control,
    Criterion,
    CriterionReview,
    Mood,
    Passage,
    PointReview,
    PointState,
    Review,
    Span,
)
from calib.review.point_scores import PointKey, load_point_tables
from calib.review.points import PointFinder, find_points
from calib.review.review import ReviewInput, complete_review, review_criterion
from calib.review.rules import load_review_model
from calib.review.sentence_scores import load_sentence_tables, score_sentences
from calib.review.sentences import split_sentences


@dataclass(frozen=True)
class MarkedPoints:
    """The points of one criterion after people's marks, and the sentences they rejected."""

    points: tuple[PointReview, ...]
    decided: frozenset[str] = frozenset()
    """The points that a person confirmed or rejected."""
    rejected: tuple[Span, ...] = ()

    def is_shown(self, point: str) -> bool:
        """Return whether a point is shown after the marks."""
        return any(p.point == point and p.state is PointState.SHOWN for p in self.points)


@dataclass(frozen=True)
class _MarkedFinder(PointFinder):
    """A finder that returns the points after people's marks instead of its own."""

    marked: Mapping[str, MarkedPoints] = field(default_factory=dict)

    def review(self, criterion: Criterion) -> tuple[PointReview, ...]:
        return self.marked[criterion.id].points

    def _is_mentioned(self, key: PointKey) -> bool:
        marked = self.marked.get(key[0])
        if marked is not None and key[1] in marked.decided:
            return marked.is_shown(key[1])
        return super()._is_mentioned(key)


def is_readable(reviewed: Review) -> bool:
    """Return whether the reviewer could read the narrative."""
    return not any(f.rule == "cannot-review" for f in reviewed.findings)


def sentence_spans(text: str) -> tuple[Span, ...]:
    """Return the spans of a text's sentences, as the reviewer quotes them."""
    return tuple(sentence.span for sentence in split_sentences(text))


def review_marked(
    control: Control, read: ReviewInput, reviewed: Review, marked: Mapping[str, MarkedPoints]
) -> Review:
    """Return the review of a readable narrative with other points for the criteria in `marked`."""
    model, tables = load_review_model(), load_sentence_tables()
    scored = score_sentences(control, split_sentences(read.text, read.names), tables)
    found = find_points(control, scored, load_point_tables(control), model.points)
    finder = _MarkedFinder(
        control, found.tables, model.points, found.best, found.named, found.mentioned, marked
    )

    def criterion_review(before: CriterionReview) -> CriterionReview:
        if before.criterion not in marked:
            return before
        criterion = control.criterion(before.criterion)
        after = review_criterion(criterion, finder, scored, model.levels)
        passages = (*after.passages, *_rejected_passages(after, marked[criterion.id].rejected))
        ordered = tuple(sorted(passages, key=lambda p: (p.span.start, p.span.end)))
        return after.model_copy(update={"passages": ordered})

    reviews = tuple(criterion_review(r) for r in reviewed.criteria)
    return complete_review(control, read, scored, reviews)


def _rejected_passages(found: CriterionReview, spans: Sequence[Span]) -> Iterator[Passage]:
    """Yield the rejected sentences that show or name no other point of the criterion.

    They stay passages: a criterion whose only sentence is rejected is claimed, not absent.
    """
    known = {p.span for p in found.passages}
    for span in dict.fromkeys(spans):
        if span not in known:
            yield Passage(criterion=found.criterion, span=span, mood=Mood.REJECTED)
