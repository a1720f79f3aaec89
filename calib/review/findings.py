"""A review -> its findings: per criterion, and on the text as a whole."""

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
from calib.review.secrets import private
from calib.review.sentence_scores import Said

_WHY_NOT = {
    Mood.PLANNED: "only as a plan",
    Mood.DENIED: "only to say that it is not there",
    Mood.HEDGED: "only with a hedge",
    Mood.NAMED: "only as an assertion",
    Mood.IN_PLACE: "without telling what is done",
    Mood.PLACEHOLDER: "with a placeholder still to be filled in",
    Mood.COPIED: "in words copied from a published example",
    Mood.RESTATED: "in the words of the requirement",
}
_BORROWED = {
    Mood.COPIED: (
        "copied",
        Outcome.GAP,
        "copied from a published example",
        "A validator knows the examples. Tell what your own customer got.",
    ),
    Mood.RESTATED: (
        "restated",
        Outcome.PARTLY,
        "in the words of the requirement",
        "Say how you do it, not what is asked: who, when, with which document or number.",
    ),
    Mood.PLACEHOLDER: (
        "placeholder",
        Outcome.GAP,
        "unfinished, with a placeholder",
        "Fill in what is still open, or take the sentence out.",
    ),
}
_UNREADABLE = "We cannot review this text: {}."
_EXTRAS = {
    "customer": ("no customer is named", "Name a customer for whom this was done."),
    "result": (
        "no result is measured",
        "Give one figure that was reached, with what it was before.",
    ),
    "document": ("no document is named", "Name the documents, with version or date."),
    "review": (
        "no review is told of",
        "Say when the practice was last reviewed, and what changed.",
    ),
}


@dataclass(frozen=True)
class Looked:
    """Hold what a reviewer looked at, beside the verdicts."""

    control: Control
    text: str
    file: str
    why_not: str
    """Why it could not be reviewed; empty where it could."""
    said: Sequence[Said]
    shows: frozenset[str] | None
    """Of a text at level 3, what it has of the things that level 4 asks for."""
    unread: frozenset[str] = frozenset()
    """The criteria that the reviewer has not learned to read, such as new ones of a catalog."""

    def subject(self, span: Span | None = None) -> Subject:
        """Point into the narrative."""
        return Subject(file=self.file, place="narrative", span=span)


def findings(looked: Looked, reviews: Sequence[CriterionReview]) -> Iterator[Finding]:
    """Find what the text carries and lacks: one finding per criterion, then on the whole."""
    for one in reviews:
        yield _on_criterion(looked, one)
    control = looked.control.id
    if looked.why_not:
        yield Finding(
            rule="cannot-review",
            outcome=Outcome.GAP,
            control=control,
            message=_UNREADABLE.format(looked.why_not),
            subject=looked.subject(),
            remediation="Write it in English sentences; that is what the validator reads.",
        )
    yield from _borrowed(looked)
    for thing, (what, remedy) in _EXTRAS.items():
        if looked.shows is not None and thing not in looked.shows:
            yield Finding(
                rule=f"short-of-four:{thing}",
                outcome=Outcome.ADVICE,
                control=control,
                message=f"The text stays at level 3: {what}.",
                remediation=remedy,
                subject=looked.subject(),
            )
    yield from private(control, looked.text, looked.file)


def _on_criterion(looked: Looked, one: CriterionReview) -> Finding:
    criterion = looked.control.criterion(one.criterion)
    best = max(one.passages, key=lambda p: (p.decides, p.carries, -p.span.start), default=None)
    title = criterion.title
    outcome, bounds = Outcome.GAP, 1
    rule, message = "text-missing", _why_not(title, best)
    remedy = criterion.remediation.sentence
    if looked.why_not:
        rule, message = "cannot-review", _UNREADABLE.format(looked.why_not)
    elif one.criterion in looked.unread:
        rule, message = "not-learned", f"The reviewer has not learned to read for “{title}” yet."
        remedy = f"{remedy} An assessor has to judge it and set the level."
    elif one.verdict is Verdict.PARTLY:
        rule, outcome, bounds = "text-incomplete", Outcome.PARTLY, 2
        message = f"The narrative speaks of “{title}”, but not completely or not surely."
    carried = one.verdict is Verdict.YES
    return Finding(
        rule="text-carries" if carried else rule,
        outcome=Outcome.MET if carried else outcome,
        bounds=None if carried else bounds,
        message=f"The narrative carries “{title}”." if carried else message,
        control=looked.control.id,
        criterion=one.criterion,
        remediation="" if carried else remedy,
        subject=looked.subject(best.span if best else None),
    )


def _why_not(title: str, best: Passage | None) -> str:
    if best is None:
        return f"No sentence was found that shows “{title}”."
    return f"The narrative names “{title}” {_WHY_NOT[best.mood]}."


def _borrowed(looked: Looked) -> Iterator[Finding]:
    """Report sentences that are not the partner's own words, or not finished."""
    for mood, (rule, outcome, what, remedy) in _BORROWED.items():
        spans = [s.sentence.span for s in looked.said if s.mood is mood]
        if spans:
            verb = "is" if len(spans) == 1 else "are"
            yield Finding(
                rule=rule,
                outcome=outcome,
                control=looked.control.id,
                remediation=remedy,
                message=f"{len(spans)} of {len(looked.said)} sentences {verb} {what}.",
                subject=looked.subject(spans[0]),
            )
