"""Points in words: state, sentence, people's marks and the two bars, the same in every view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from calib.model import (
    ControlResult,
    CriterionResult,
    MarkResult,
    MarkState,
    PointReview,
    PointState,
    Span,
)
from calib.render.document import Run, badge
from calib.render.narrative_marks import MOOD_WORDS, number_sentences, redact_secrets
from calib.render.tones import VERDICT_TONES
from calib.scoring.marks import hide_secrets

# An icon and a word: a state must not depend on colour alone.
POINT_ICONS = {
    PointState.SHOWN: "✓",
    PointState.NAMED: "○",
    PointState.UNSURE: "?",
    PointState.MISSING: "✗",
}
POINT_WORDS = {
    PointState.SHOWN: "shown",
    PointState.NAMED: "named, not counted",
    PointState.UNSURE: "please check",
    PointState.MISSING: "missing",
}
POINT_TONES = {
    PointState.SHOWN: "good",
    PointState.NAMED: "warn",
    PointState.UNSURE: "info",
    PointState.MISSING: "bad",
}
NOT_LEARNED = "not learned yet: judged by cues alone"


@dataclass(frozen=True)
class PointLine:
    """One point of a criterion as views show it."""

    point: PointReview
    reason: str
    """Why a named point does not count; empty otherwise."""
    quote: str
    """The sentence that shows or names it, on one line and without secrets; may be empty."""
    number: int
    """The number of that sentence in the marked narrative; 0 without one."""
    marks: tuple[MarkResult, ...]
    in_example: bool
    """Whether AWS's published example shows the point."""

    @property
    def is_shown(self) -> bool:
        """Whether the point counts."""
        return self.point.state is PointState.SHOWN


def point_lines(found: ControlResult, criterion: CriterionResult) -> tuple[PointLine, ...]:
    """Return the points of a criterion in the catalog's order, ready to show."""
    text, numbers = redact_secrets(found), number_sentences(found.passages)
    return tuple(
        PointLine(
            point=point,
            reason=MOOD_WORDS[point.mood]
            if point.state is PointState.NAMED and point.mood is not None
            else "",
            quote=_on_one_line(text, point.span),
            number=numbers.get((point.span.start, point.span.end), 0) if point.span else 0,
            marks=tuple(m for m in criterion.marks if m.mark.point == point.point),
            in_example=point.point in criterion.example_points,
        )
        for point in criterion.points
    )


def count_shown(criterion: CriterionResult) -> str:
    """Return "3 of 9 points" for a criterion."""
    shown = sum(p.state is PointState.SHOWN for p in criterion.points)
    return f"{shown} of {len(criterion.points)} points"


def shorten(text: str, length: int) -> str:
    """Shorten a quote at a word boundary; an ellipsis takes the place of the rest."""
    if len(text) <= length:
        return text
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def state_badge(line: PointLine) -> Run:
    """Return the state of a point as a badge with icon and word."""
    state = line.point.state
    return badge(f"{POINT_ICONS[state]} {POINT_WORDS[state]}", POINT_TONES[state])


def our_bar_badges(criterion: CriterionResult) -> tuple[Run, ...]:
    """Return our bar for a criterion's text: the verdict by the catalog's rule."""
    if not criterion.judged:
        return (badge("not judged", "muted"),)
    verdict = badge(criterion.verdict, VERDICT_TONES[criterion.verdict])
    if criterion.learned:
        return (verdict,)
    return verdict, Run(f" {NOT_LEARNED}", "muted")


def example_bar_badge(criterion: CriterionResult) -> Run:
    """Return whether a criterion reaches the example bar."""
    word = example_bar_word(criterion)
    return badge(word, {"met": "good", "not met": "warn"}.get(word, "muted"))


def example_bar_word(criterion: CriterionResult) -> str:
    """Return the state of the example bar; AWS's example may show no point of a criterion."""
    if not criterion.judged:
        return "not judged"
    if not criterion.example_points:
        return "no points"
    return "met" if criterion.example_bar else "not met"


def control_example_word(found: ControlResult) -> str:
    """Return the state of the example bar of a control."""
    if not found.judged:
        return "not judged"
    return "met" if found.example_bar else "not met"


def count_example_bar(criteria: Sequence[CriterionResult]) -> tuple[int, int]:
    """Return how many criteria reach the example bar, of those that AWS's example shows."""
    asked = [c for c in criteria if c.judged and c.example_points]
    return sum(c.example_bar for c in asked), len(asked)


def mark_note(result: MarkResult) -> str:
    """Return the effect of a mark, with the names and reasons behind it, in one line."""
    mark = result.mark
    note = f"{MARK_WORDS[result.state]}: {mark.by} ({' '.join(mark.reason.split())})"
    if mark.shows and mark.confirmed_by.strip():
        reason = " ".join(mark.confirm_reason.split())
        note += f", {mark.confirmed_by}" + (f" ({reason})" if reason else "")
    return note


def mark_quote(found: ControlResult, result: MarkResult) -> str:
    """Return the sentence of a mark, without secrets."""
    if result.span is not None:
        return _on_one_line(redact_secrets(found), result.span)
    return hide_secrets(" ".join(result.mark.quote.split()))


MARK_WORDS = {
    MarkState.COUNTS: "Confirmed by two people",
    MarkState.WAITING: "Waiting for a second person",
    MarkState.REJECTS: "Rejected",
    MarkState.DISPUTED: "Confirmed and rejected, does not count",
    MarkState.NOT_FOUND: "Marked, but not in the narrative",
    MarkState.UNKNOWN: "Marked for an unknown point",
}


def _on_one_line(text: str, span: Span | None) -> str:
    return " ".join(text[span.start : span.end].split()) if span else ""
