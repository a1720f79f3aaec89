"""The sentences of a narrative that findings point at: numbered, toned, noted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from calib.model import ControlResult, CriterionResult, Finding, Mood, Outcome, Passage
from calib.text import listed

_MOOD_TONES = {
    Mood.IN_PLACE: "good",
    Mood.HEDGED: "warn",
    Mood.PLANNED: "warn",
    Mood.DENIED: "bad",
    Mood.NAMED: "warn",
    Mood.PLACEHOLDER: "bad",
    Mood.COPIED: "bad",
    Mood.RESTATED: "warn",
}
_MOOD_WORDS = {
    Mood.IN_PLACE: "incomplete",
    Mood.HEDGED: "hedged",
    Mood.PLANNED: "planned",
    Mood.DENIED: "denied",
    Mood.NAMED: "asserted",
    Mood.PLACEHOLDER: "to be filled in",
    Mood.COPIED: "copied",
    Mood.RESTATED: "restates the requirement",
}


def number_sentences(passages: Sequence[Passage]) -> dict[tuple[int, int], int]:
    """Number the sentences that findings point at, in reading order."""
    spans = sorted({(p.span.start, p.span.end) for p in passages})
    return {span: number for number, span in enumerate(spans, start=1)}


_OF_TEXT = (
    "text-carries",
    "text-incomplete",
    "text-missing",
    "cannot-review",
    "nothing-said",
    "not-learned",
)


def find_review_finding(criterion: CriterionResult) -> Finding | None:
    """Find what the reviewer says of a criterion."""
    return next((f for f in criterion.findings if f.rule in _OF_TEXT), None)


@dataclass(frozen=True)
class SentenceMark:
    """Hold what to show of one sentence: its number, a tone, and a note in words."""

    start: int
    end: int
    number: int
    tone: str
    note: str
    criteria: tuple[str, ...]


def mark_sentences(found: ControlResult) -> tuple[SentenceMark, ...]:
    """Mark the sentences of a narrative that findings point at, in reading order."""
    titles = {c.criterion: c.title for c in found.criteria}
    made = []
    for (start, end), number in number_sentences(found.passages).items():
        here = [p for p in found.passages if (p.span.start, p.span.end) == (start, end)]
        tone, note = _mark(here, titles)
        made.append(SentenceMark(start, end, number, tone, note, tuple(p.criterion for p in here)))
    return tuple(made)


def redact_secrets(found: ControlResult) -> str:
    """Blot out what must not be passed on; every other character keeps its place."""
    text = found.narrative
    for finding in found.findings:
        span = finding.subject.span
        if finding.rule.startswith("private:") and finding.outcome is Outcome.GAP and span:
            text = text[: span.start] + "•" * (span.end - span.start) + text[span.end :]
    return text


def _mark(passages: Sequence[Passage], titles: dict[str, str]) -> tuple[str, str]:
    """Say in tone and words what a sentence does for the criteria that it speaks of."""
    carried = [titles[p.criterion] for p in passages if p.carries and p.mood is Mood.IN_PLACE]
    if carried:
        return "good", listed(carried)
    mood = passages[0].mood
    others = listed(titles[p.criterion] for p in passages)
    return "warn" if mood is Mood.IN_PLACE else _MOOD_TONES[mood], f"{_MOOD_WORDS[mood]}: {others}"
