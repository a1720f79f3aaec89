"""Build the findings of a review: one per criterion, then those on the text as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from calib.model import (
    Control,
    CriterionReview,
    Finding,
    Mood,
    Outcome,
    Passage,
    Span,
    Subject,
    Verdict,
)
from calib.review.secrets import find_private_data
from calib.review.sentence_scores import ScoredSentence

_MOOD_REASONS = {
    Mood.PLANNED: "only as a plan",
    Mood.DENIED: "only to say that it does not exist",
    Mood.HEDGED: "only with a hedge",
    Mood.NAMED: "only as an assertion",
    Mood.IN_PLACE: "without any concrete detail",
    Mood.PLACEHOLDER: "with an unfinished placeholder",
    Mood.COPIED: "in words copied from a published example",
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
    passage = max(
        review.passages, key=lambda p: (p.decides, p.carries, -p.span.start), default=None
    )
    title = criterion.title
    outcome, bounds = Outcome.GAP, 1
    rule, message = "text-missing", _explain_missing(title, passage)
    remedy = criterion.remediation.sentence
    if context.unreadable:
        rule, message = "cannot-review", _UNREADABLE_MESSAGE.format(context.unreadable)
    elif not review.learned:
        # Evidence decides up to this level, an assessor above it (`calib.scoring.levels`).
        rule, bounds = "not-learned", 2
        message = f"“{title}” is not learned yet: it is judged by its evidence and by an assessor."
        remedy = f"{remedy} Link the evidence, and let an assessor set the level with a reason."
    elif review.verdict is Verdict.PARTLY:
        rule, outcome, bounds = "text-incomplete", Outcome.PARTLY, 2
        message = f"The narrative describes “{title}”, but incompletely or vaguely."
    supported = review.verdict is Verdict.YES
    return Finding(
        rule="text-carries" if supported else rule,
        outcome=Outcome.MET if supported else outcome,
        bounds=None if supported else bounds,
        message=f"The narrative supports “{title}”." if supported else message,
        control=context.control.id,
        criterion=review.criterion,
        remediation="" if supported else remedy,
        subject=context.subject(passage.span if passage else None),
    )


def _explain_missing(title: str, passage: Passage | None) -> str:
    if passage is None:
        return f"No sentence supports “{title}”."
    return f"The narrative mentions “{title}” {_MOOD_REASONS[passage.mood]}."


def _unusable_findings(context: ReviewContext) -> Iterator[Finding]:
    """Report sentences that are copied, restated or unfinished."""
    for mood, texts in _UNUSABLE_TEXTS.items():
        spans = [s.sentence.span for s in context.sentences if s.mood is mood]
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
