"""Build the findings of a review: one per criterion, then those on the text as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from calib.model import (
    Control,
    Criterion,
    CriterionReview,
    Finding,
    Mood,
    Outcome,
    PointState,
    Span,
    Subject,
    Verdict,
)
from calib.model.point_rule import shortest_completion
from calib.review.secrets import find_private_data
from calib.review.sentence_scores import ScoredSentence
from calib.text import listed

_MOOD_REASONS = {
    Mood.PLANNED: "only planned",
    Mood.DENIED: "denied",
    Mood.HEDGED: "only possible or on request",
    Mood.OTHER: "the practice or advice of others",
    Mood.LISTED: "only a word in a list or title",
    Mood.WITHDRAWN: "no longer in place",
    Mood.AIM: "only an aim",
    Mood.PLACEHOLDER: "unfinished, with a placeholder",
    Mood.COPIED: "copied from a published example",
    Mood.RESTATED: "in the words of the requirement",
}


@dataclass(frozen=True)
class _UnusableText:
    """The rule and texts of the finding on sentences that support no criterion."""

    rule: str
    outcome: Outcome
    state: str
    """The end of "3 of 12 sentences are ..."."""
    remediation: str


_UNUSABLE_TEXTS = {
    Mood.COPIED: _UnusableText(
        "copied",
        Outcome.GAP,
        "copied from a published example",
        "Validators know the examples. Describe the results of your own customer.",
    ),
    Mood.RESTATED: _UnusableText(
        "restated",
        Outcome.PARTLY,
        "in the words of the requirement",
        "Describe your own procedure, not the requirement: who, when, which document or number.",
    ),
    Mood.PLACEHOLDER: _UnusableText(
        "placeholder",
        Outcome.GAP,
        "unfinished, with a placeholder",
        "Replace the placeholder, or remove the sentence.",
    ),
}
_UNREADABLE_MESSAGE = "We cannot review this text: {}."
_LEVEL_FOUR_TEXTS = {
    "customer": ("no customer is named", "Name a customer for whom this was done."),
    "result": ("no result is measured", "Give one measured figure and its earlier value."),
    "document": ("no document is named", "Name the documents, with version or date."),
    "review": (
        "no review is mentioned",
        "Say when the practice was last reviewed, and what changed.",
    ),
}


@dataclass(frozen=True)
class ReviewContext:
    """The input and intermediate results of a review, beside the verdicts."""

    control: Control
    text: str
    file: str
    unreadable: str
    """Why the text could not be reviewed; empty if it could."""
    sentences: Sequence[ScoredSentence]
    off_topic: bool
    """Whether the text answers another control."""
    signs: frozenset[str] | None
    """The `LEVEL_FOUR_SIGNS` that a text at level 3 shows; None at any other level."""

    def subject(self, span: Span | None = None) -> Subject:
        """Return a subject in the narrative."""
        return Subject(file=self.file, place="narrative", span=span)


def build_findings(context: ReviewContext, reviews: Sequence[CriterionReview]) -> Iterator[Finding]:
    """Yield one finding per criterion, then those on the whole text."""
    for review in reviews:
        yield _criterion_finding(context, review)
    control = context.control.id
    if context.unreadable:
        yield Finding(
            rule="cannot-review",
            outcome=Outcome.GAP,
            control=control,
            message=_UNREADABLE_MESSAGE.format(context.unreadable),
            subject=context.subject(),
            remediation="Write it in English sentences, the language of the validator.",
        )
    if context.off_topic:
        yield Finding(
            rule="other-control",
            outcome=Outcome.PARTLY,
            control=control,
            message="The text reads as an answer to another control.",
            subject=context.subject(),
            remediation="Check that it is in the right place.",
        )
    yield from _unusable_findings(context)
    for sign, (reason, remedy) in _LEVEL_FOUR_TEXTS.items():
        if context.signs is not None and sign not in context.signs:
            yield Finding(
                rule=f"short-of-four:{sign}",
                outcome=Outcome.ADVICE,
                control=control,
                message=f"The text reaches level 3, not 4: {reason}.",
                remediation=remedy,
                subject=context.subject(),
            )
    yield from find_private_data(control, context.text, context.file)


def _criterion_finding(context: ReviewContext, review: CriterionReview) -> Finding:
    """Build the finding that bounds the criterion's supported level by the text.

    A narrative with the verdict `no` permits level 1 (a claim), `partly` permits 2 (described), and
    `yes` sets no bound: levels 3 and 4 depend on evidence (`calib.scoring.levels`).
    """
    criterion = context.control.criterion(review.criterion)
    passage = next((p for p in review.passages if p.decides), None)
    rule, outcome, bounds, message = "text-missing", Outcome.GAP, 1, ""
    remedy = criterion.remediation.sentence
    if context.unreadable:
        rule, message = "cannot-review", _UNREADABLE_MESSAGE.format(context.unreadable)
    elif not review.judged:
        # Evidence decides up to this level, an assessor above it (`calib.scoring.levels`).
        rule, bounds = "not-judged", 2
        message = (
            f"“{criterion.title}” has no points yet: it is judged by its evidence and by an "
            "assessor."
        )
        remedy = f"{remedy} Link the evidence, and let an assessor set the level with a reason."
    else:
        message, remedy = _count_points(criterion, review), _next_point(criterion, review)
        if review.verdict is Verdict.PARTLY:
            rule, outcome, bounds = "text-incomplete", Outcome.PARTLY, 2
    supported = review.verdict is Verdict.YES
    return Finding(
        rule="text-carries" if supported else rule,
        outcome=Outcome.MET if supported else outcome,
        bounds=None if supported else bounds,
        message=message,
        control=context.control.id,
        criterion=review.criterion,
        remediation="" if supported else remedy,
        subject=context.subject(passage.span if passage else None),
    )


def _count_points(criterion: Criterion, review: CriterionReview) -> str:
    """Return how many points are shown, and the state of the others."""
    by_state = {state: [p for p in review.points if p.state is state] for state in PointState}
    shown, total = by_state[PointState.SHOWN], len(review.points)
    titles = listed(_lower(p.title) for p in shown)
    parts = [f"{len(shown)} of {total} points" + (f": {titles}" if shown else "")]
    if named := by_state[PointState.NAMED]:
        reasons = listed(f"{_lower(p.title)} ({_MOOD_REASONS[p.mood]})" for p in named if p.mood)
        parts.append(f"Named, but not counted: {reasons}")
    if unsure := by_state[PointState.UNSURE]:
        titles = listed(_lower(p.title) for p in unsure)
        parts.append(f"Not sure, please check the sentence: {titles}")
    if missing := by_state[PointState.MISSING]:
        parts.append(f"Missing: {listed(_lower(p.title) for p in missing)}")
    if not review.learned:
        parts.append("Not learned yet: judged by cues alone")
    return f"“{criterion.title}”: {'. '.join(parts)}."


def _next_point(criterion: Criterion, review: CriterionReview) -> str:
    """Return what to write next: the first of the fewest points that are needed for a `yes`."""
    needed = shortest_completion(
        criterion.yes_rule, review.shown, tuple(p.id for p in criterion.points)
    )
    if not needed:
        return ""
    point = criterion.point(needed[0])
    rest = listed(_lower(criterion.point(p).title) for p in needed[1:])
    more = f" Then show {rest}." if rest else ""
    return f"Show “{_lower(point.title)}”, for example: “{point.example}”{more}"


def _lower(title: str) -> str:
    """Return a title in the form for the middle of a sentence."""
    # "AI policy" and "CI/CD" keep their capitals.
    return title[:1].lower() + title[1:] if title[1:2].islower() else title


def _unusable_findings(context: ReviewContext) -> Iterator[Finding]:
    """Report sentences that are copied, restated or unfinished."""
    for mood, texts in _UNUSABLE_TEXTS.items():
        spans = [s.sentence.span for s in context.sentences if s.unusable is mood]
        if spans:
            verb = "is" if len(spans) == 1 else "are"
            yield Finding(
                rule=texts.rule,
                outcome=texts.outcome,
                control=context.control.id,
                remediation=texts.remediation,
                message=f"{len(spans)} of {len(context.sentences)} sentences {verb} {texts.state}.",
                subject=context.subject(spans[0]),
            )
