"""Review a narrative: points -> verdicts on the criteria -> the level of the response.

The points are found with weights learned from the corpus in `data/calibration/`; the catalog's
rules turn them into verdicts. docs/reviewer.md describes the method and its accuracy. The level
rule, with a `partly` counted as half a criterion:

0  The text is empty, unreadable, or about something else.
1  It is about this control, but supports too few criteria for level 2.
2  It supports some criteria.
3  It supports all criteria, or all but the few that `lacking` permits.
4  It lacks no criterion, and names a customer, a measured result, a document and a review.

No average is taken: a validator returns a response for the criterion that is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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
    Verdict,
)
from calib.review.findings import ReviewContext, build_findings
from calib.review.language import explain_unreadable
from calib.review.point_scores import load_point_tables
from calib.review.points import PointFinder, find_points, verdict_of
from calib.review.rules import LevelModel, load_review_model
from calib.review.sentence_scores import (
    ScoredSentence,
    SentenceTables,
    control_margin,
    is_measured,
    level_four_signs,
    load_sentence_tables,
    score_sentences,
)
from calib.review.sentences import split_sentences

REVIEWER = (
    "points-1: learned word weights and the catalog's cues find the sentence that shows each "
    "point and describes something in place at the partner; the catalog's rules turn points into "
    "verdicts. It reads words, not truth: a person must confirm each verdict."
)


@dataclass(frozen=True)
class ReviewInput:
    """A narrative with its file, and the names of the partner and its customers."""

    text: str
    file: str
    names: tuple[str, ...] = ()


def review(control: Control, text: str, file: str = "", *, names: Iterable[str] = ()) -> Review:
    """Judge each criterion of a narrative, and the level of the whole response.

    A text that is not in English sentences is not judged: its level is 0, with a finding. `names`
    are those of the partner and its customers; their words show nothing.
    """
    model, tables = load_review_model(), load_sentence_tables()
    sentences = tuple(split_sentences(text, names))
    point_tables = load_point_tables(control)
    unreadable = explain_unreadable(text, sentences, point_tables.status.rows)
    scored = () if unreadable else score_sentences(control, sentences, tables)
    finder = find_points(control, scored, point_tables, model.points)
    reviews = tuple(
        review_criterion(criterion, finder, scored, model.levels) for criterion in control.criteria
    )
    return complete_review(control, ReviewInput(text, file), scored, reviews, unreadable)


def complete_review(
    control: Control,
    read: ReviewInput,
    scored: Sequence[ScoredSentence],
    reviews: tuple[CriterionReview, ...],
    unreadable: str = "",
) -> Review:
    """Add the level and the findings to the reviews of the criteria."""
    model = load_review_model().levels
    margin = control_column_margin(control, scored, load_sentence_tables())
    level = response_level(model, scored, margin, reviews)
    context = ReviewContext(
        control=control,
        text=read.text,
        file=read.file,
        unreadable=unreadable,
        sentences=scored,
        off_topic=margin <= model.off_topic,
        signs=level_four_signs(scored, model) if level == 3 else None,
    )
    return Review(
        control=control.id,
        level=level,
        criteria=reviews,
        findings=tuple(build_findings(context, reviews)),
    )


def control_column_margin(
    control: Control, scored: Sequence[ScoredSentence], tables: SentenceTables
) -> float:
    """Return how much more of the text belongs to a control than to any other.

    A control new to the catalog has no column: its texts cannot be recognised.
    """
    columns = tables.controls.columns
    return control_margin(scored, columns.index(control.id)) if control.id in columns else 0.0


def review_criterion(
    criterion: Criterion,
    finder: PointFinder,
    scored: Sequence[ScoredSentence],
    model: LevelModel,
) -> CriterionReview:
    """Return the points of one criterion, the verdict on it and the sentences behind it."""
    if not criterion.points:
        return CriterionReview(criterion=criterion.id, verdict=Verdict.NO, judged=False)
    points = finder.review(criterion)
    shown = [p for p in points if p.state is PointState.SHOWN]
    spans = {p.span for p in shown}
    supporting = [s for s in scored if s.sentence.span in spans]
    return CriterionReview(
        criterion=criterion.id,
        verdict=verdict_of(criterion, points),
        learned=finder.is_learned(criterion),
        points=points,
        example_bar=finder.meets_example_bar(criterion),
        passages=_passages(criterion, points),
        names_artefact=any(s.artefact for s in supporting),
        measured=next((s.sentence.span for s in supporting if is_measured(s, model)), None),
    )


def _passages(criterion: Criterion, points: Sequence[PointReview]) -> tuple[Passage, ...]:
    """Return each sentence that shows or names a point once, in order of the text.

    A sentence that shows one point and names another is shown as supporting.
    """
    moods: dict[tuple[int, int], Mood] = {}
    for point in points:
        if point.span is not None and point.mood is not None:
            span = point.span.start, point.span.end
            if point.state is PointState.SHOWN or span not in moods:
                moods[span] = point.mood
    # The sentence to show for the verdict: the first that shows a point, else the first at all.
    decides = min(moods, key=lambda span: (moods[span] is not Mood.IN_PLACE, span), default=None)
    return tuple(
        Passage(
            criterion=criterion.id,
            span=Span(start=span[0], end=span[1]),
            mood=mood,
            carries=mood is Mood.IN_PLACE,
            decides=span == decides,
        )
        for span, mood in sorted(moods.items())
    )


def response_level(
    model: LevelModel,
    scored: Sequence[ScoredSentence],
    margin: float,
    reviews: Sequence[CriterionReview],
) -> int:
    """Return the level of the response by the rule at the top of this module.

    Criteria that are not learned yet count neither for nor against the response.
    """
    if margin <= model.off_topic:
        return 0
    verdicts = [r.verdict for r in reviews if r.judged and r.learned]
    supported = verdicts.count(Verdict.YES) + verdicts.count(Verdict.PARTLY) / 2
    if supported < model.some:
        return int(bool(scored) and (supported > 0 or margin >= model.on_topic))
    if supported < len(verdicts) - model.lacking:
        return 2
    complete = Verdict.NO not in verdicts
    return 4 if complete and level_four_signs(scored, model) == model.signs.keys() else 3
