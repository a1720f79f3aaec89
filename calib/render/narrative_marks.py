"""Marks on a narrative: the sentences that findings refer to, with number, tone and note."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from calib.model import ControlResult, CriterionResult, Finding, Mood, Outcome, Passage
from calib.text import listed

_MOOD_TONES = {
    Mood.IN_PLACE: "good",
    Mood.HEDGED: "warn",
    Mood.PLANNED: "warn",
    Mood.DENIED: "bad",
    Mood.OTHER: "warn",
    Mood.LISTED: "warn",
    Mood.WITHDRAWN: "bad",
    Mood.AIM: "warn",
    Mood.UNSURE: "warn",
    Mood.PLACEHOLDER: "bad",
    Mood.COPIED: "bad",
    Mood.RESTATED: "warn",
    Mood.REJECTED: "bad",
}
MOOD_WORDS = {
    Mood.IN_PLACE: "incomplete",
    Mood.HEDGED: "hedged",
    Mood.PLANNED: "planned",
    Mood.DENIED: "denied",
    Mood.OTHER: "another organisation's practice",
    Mood.LISTED: "only listed",
    Mood.WITHDRAWN: "withdrawn",
    Mood.AIM: "an aim",
    Mood.UNSURE: "please check",
    Mood.PLACEHOLDER: "to be filled in",
    Mood.COPIED: "copied",
    Mood.RESTATED: "restates the requirement",
    Mood.REJECTED: "rejected by a person",
}
"""The mood of a sentence in words, for a sentence that does not count."""


_REVIEW_RULES = (
    "text-carries",
    "text-incomplete",
    "text-missing",
    "cannot-review",
    "nothing-said",
    "not-judged",
)
"""Rules of the finding with the reviewer's verdict; a criterion has one at most."""


@dataclass(frozen=True)
class SentenceMark:
    """Hold the number, tone and note that a renderer shows at one sentence."""

    start: int
    end: int
    number: int
    tone: str
    note: str
    criteria: tuple[str, ...]


def number_sentences(passages: Sequence[Passage]) -> dict[tuple[int, int], int]:
    """Number the sentences that findings refer to, in reading order, keyed by (start, end)."""
    spans = sorted({(p.span.start, p.span.end) for p in passages})
    return {span: number for number, span in enumerate(spans, start=1)}


def find_review_finding(criterion: CriterionResult) -> Finding | None:
    """Return the reviewer's finding on a criterion."""
    return next((f for f in criterion.findings if f.rule in _REVIEW_RULES), None)


def mark_sentences(found: ControlResult) -> tuple[SentenceMark, ...]:
    """Return a mark for each sentence of the narrative that findings refer to."""
    titles = {c.criterion: c.title for c in found.criteria}
    marks = []
    for (start, end), number in number_sentences(found.passages).items():
        # Several criteria may refer to the same sentence.
        here = [p for p in found.passages if (p.span.start, p.span.end) == (start, end)]
        tone, note = _tone_and_note(here, titles)
        criteria = tuple(p.criterion for p in here)
        marks.append(SentenceMark(start, end, number, tone, note, criteria))
    return tuple(marks)


def redact_secrets(found: ControlResult) -> str:
    """Return the narrative with its secrets masked."""
    return mask_secrets(found.narrative, found.findings)


def mask_secrets(text: str, findings: Iterable[Finding]) -> str:
    """Replace each secret by as many bullets, so that the spans of other findings still fit."""
    for finding in findings:
        span = finding.subject.span
        if finding.rule.startswith("private:") and finding.outcome is Outcome.GAP and span:
            text = text[: span.start] + "•" * (span.end - span.start) + text[span.end :]
    return text


def _tone_and_note(passages: Sequence[Passage], titles: dict[str, str]) -> tuple[str, str]:
    """Return the tone of a sentence and a note with its mood and its criteria."""
    supported = [titles[p.criterion] for p in passages if p.carries and p.mood is Mood.IN_PLACE]
    if supported:
        return "good", listed(supported)
    mood = passages[0].mood
    criteria = listed(titles[p.criterion] for p in passages)
    # A sentence in place that carries no criterion is concrete but incomplete.
    tone = "warn" if mood is Mood.IN_PLACE else _MOOD_TONES[mood]
    return tone, f"{MOOD_WORDS[mood]}: {criteria}"
