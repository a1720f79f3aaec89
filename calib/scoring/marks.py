"""Apply people's marks on sentences to a review.

A person can reject a sentence that the reviewer counts, or point at a sentence that it overlooked.
One person's word never lifts a level:

* A rejected sentence stops counting for its point at once.
* A "this shows it" counts only if another person confirms it, and only while its sentence is in the
  narrative. Then the point counts as shown. Until then it changes nothing.
* If one person confirms a sentence and another rejects it, the rejection counts.

Every mark is listed as a finding with its names and reasons, so that no level moves invisibly.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from calib.model import (
    Control,
    Criterion,
    CriterionReview,
    Finding,
    MarkResult,
    MarkState,
    Mood,
    Outcome,
    PointMark,
    PointReview,
    PointState,
    Review,
    Span,
    Subject,
)
from calib.model.assessment import ControlResponse
from calib.review.marks import (
    MarkedPoints,
    is_readable,
    review_marked,
    sentence_spans,
)
from calib.review.review import ReviewInput
from calib.review.secrets import find_private_data

MARK_RULE_PREFIX = "mark:"
"""The prefix of the rules of findings on marks; the id of the point follows."""


@dataclass(frozen=True)
class MarkedReview:
    """A review after people's marks, and what became of each mark."""

    review: Review
    marks: Mapping[str, tuple[MarkResult, ...]]
    """The marks of each criterion that has any."""


def apply_marks(
    control: Control, response: ControlResponse, reviewed: Review, names: Sequence[str] = ()
) -> MarkedReview:
    """Apply the marks of a response to the review of its narrative.

    `names` are those of the partner and its customers, as for the review.
    """
    answers = {a.criterion: a for a in response.criteria if a.marks}
    marks: dict[str, tuple[MarkResult, ...]] = {}
    changed: dict[str, MarkedPoints] = {}
    # A text in another language has no points to mark: its own finding comes first.
    text = response.narrative if is_readable(reviewed) else ""
    spans = sentence_spans(text) if answers else ()
    for criterion in control.criteria:
        if criterion.id not in answers:
            continue
        before = reviewed.criterion(criterion.id)
        judged = tuple(
            _judge(m, criterion, before, text, spans) for m in answers[criterion.id].marks
        )
        judged = _settle_disputes(judged)
        marks[criterion.id] = judged
        after = _points_after(before, judged)
        if after.points != before.points:
            changed[criterion.id] = after
    if changed:
        read = ReviewInput(text, f"controls/{control.id}.yaml", tuple(names))
        reviewed = review_marked(control, read, reviewed, changed)
    return MarkedReview(reviewed, marks)


def find_quotes(text: str, quote: str) -> list[Span]:
    """Return where a text has a quote as whole words, whatever the white space between them."""
    words = quote.split()
    if not words:
        return []
    pattern = r"\s+".join(map(re.escape, words))
    # "use" must not be found in "because". A quote may begin or end with a punctuation mark.
    before = r"(?<!\w)" if words[0][0].isalnum() else ""
    after = r"(?!\w)" if words[-1][-1].isalnum() else ""
    found = re.finditer(f"{before}{pattern}{after}", text)
    return [Span(start=m.start(), end=m.end()) for m in found]


def is_same_person(one: str, other: str) -> bool:
    """Return whether two names are the same, regardless of case, width and spaces."""
    return _plain_name(one) == _plain_name(other)


def hide_secrets(text: str) -> str:
    """Replace each secret in a quote by bullets, because reports are sent to others."""
    for finding in find_private_data("", text, ""):
        span = finding.subject.span
        if finding.outcome is Outcome.GAP and span is not None:
            text = text[: span.start] + "•" * (span.end - span.start) + text[span.end :]
    return text


def mark_findings(marks: Sequence[MarkResult]) -> list[Finding]:
    """Return a finding for each mark of a criterion, with names, reasons and effect."""
    counts: Counter[str] = Counter()
    found = []
    for result in marks:
        point = result.mark.point
        counts[point] += 1
        number = f":{counts[point]}" if counts[point] > 1 else ""
        message, remedy = _describe(result)
        found.append(
            Finding(
                rule=f"{MARK_RULE_PREFIX}{point}{number}",
                outcome=Outcome.ADVICE,
                message=message,
                remediation=remedy,
                subject=Subject(place="narrative", span=result.span) if result.span else Subject(),
            )
        )
    return found


def _judge(
    mark: PointMark,
    criterion: Criterion,
    before: CriterionReview,
    text: str,
    sentences: Sequence[Span],
) -> MarkResult:
    titles = {p.id: p.title for p in criterion.points}
    places = [_sentence_of(quote, sentences) for quote in find_quotes(text, mark.quote)]
    # Of several copies of a sentence, the mark is about the one that the reviewer relies on.
    relied_on = {p.span for p in before.points if p.point == mark.point}
    span = next((p for p in places if p in relied_on), places[0] if places else None)
    if mark.point not in titles:
        state = MarkState.UNKNOWN
    elif span is None:
        state = MarkState.NOT_FOUND
    elif not mark.shows:
        state = MarkState.REJECTS
    else:
        confirmed = mark.confirmed_by.strip() and not is_same_person(mark.by, mark.confirmed_by)
        state = MarkState.COUNTS if confirmed else MarkState.WAITING
    title = titles.get(mark.point, mark.point)
    return MarkResult(mark=mark, title=title, state=state, span=span)


def _sentence_of(quote: Span, sentences: Sequence[Span]) -> Span:
    """Return the sentence that a quote begins in; the quote itself in a heading, which is none."""
    return next((s for s in sentences if s.start <= quote.start < s.end), quote)


def _plain_name(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _settle_disputes(marks: tuple[MarkResult, ...]) -> tuple[MarkResult, ...]:
    rejected = {(m.mark.point, m.span) for m in marks if m.state is MarkState.REJECTS}
    return tuple(
        m.model_copy(update={"state": MarkState.DISPUTED})
        if m.state in (MarkState.COUNTS, MarkState.WAITING) and (m.mark.point, m.span) in rejected
        else m
        for m in marks
    )


def _points_after(before: CriterionReview, marks: Sequence[MarkResult]) -> MarkedPoints:
    rejected = [m for m in marks if m.state is MarkState.REJECTS]
    points = tuple(_point_after(point, marks) for point in before.points)
    relied_on = {(p.point, p.span) for p in before.points if p.span is not None}
    spans = tuple(m.span for m in rejected if m.span and (m.mark.point, m.span) in relied_on)
    changed = {p.point for p, old in zip(points, before.points, strict=True) if p != old}
    return MarkedPoints(points, frozenset(changed), spans)


def _point_after(point: PointReview, marks: Sequence[MarkResult]) -> PointReview:
    mine = [m for m in marks if m.mark.point == point.point]
    rejected = {m.span for m in mine if m.state is MarkState.REJECTS}
    counting = next((m for m in mine if m.state is MarkState.COUNTS), None)
    state, mood, span = point.state, point.mood, point.span
    # Only the sentence is rejected: if the reviewer relies on another one, the point stays shown.
    if state in (PointState.SHOWN, PointState.UNSURE) and span in rejected:
        state, mood, span = PointState.MISSING, None, None
    if state is not PointState.SHOWN and counting is not None:
        state, mood, span = PointState.SHOWN, Mood.IN_PLACE, counting.span
    return point.model_copy(update={"state": state, "mood": mood, "span": span})


def _describe(result: MarkResult) -> tuple[str, str]:
    """Return the message and the remediation of the finding on a mark."""
    mark, quote = result.mark, hide_secrets(" ".join(result.mark.quote.split()))
    verb = "shows" if mark.shows else "does not show"
    message = f"{mark.by}: “{quote}” {verb} “{result.title}”. Reason: {_sentence(mark.reason)}"
    if mark.shows and mark.confirmed_by.strip():
        reason = f": {_sentence(mark.confirm_reason)}" if mark.confirm_reason.strip() else "."
        message += f" Confirmed by {mark.confirmed_by}{reason}"
    effect, remedy = _EFFECTS[result.state]
    if result.state is MarkState.WAITING and mark.confirmed_by.strip():
        effect = "Waiting for a second person: the same person marked and confirmed it."
    return f"{message} {effect}".strip(), remedy


def _sentence(text: str) -> str:
    words = " ".join(text.split())
    return words if words.endswith((".", "!", "?")) else f"{words}."


_EFFECTS = {
    MarkState.COUNTS: ("The point counts as shown.", ""),
    MarkState.WAITING: (
        "Waiting for a second person: it changes nothing yet.",
        "Let another person read the sentence and confirm it.",
    ),
    MarkState.REJECTS: ("The sentence does not count for this point.", ""),
    MarkState.DISPUTED: (
        "The same sentence is rejected as well, so it does not count.",
        "Settle it together, then remove one of the two marks.",
    ),
    MarkState.NOT_FOUND: (
        "The sentence is not in the narrative, so the mark changes nothing.",
        "Add the sentence to the narrative, or remove the mark.",
    ),
    MarkState.UNKNOWN: (
        "The criterion has no such point, so the mark changes nothing.",
        "Correct the id of the point, or remove the mark.",
    ),
}
"""What a mark changes, and what to do about it."""
