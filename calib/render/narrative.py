"""A narrative as paragraphs and list items, with or without the reviewer's marks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from calib.model import ControlResult
from calib.render.document import Narrative, NarrativeSegment
from calib.render.narrative_marks import (
    mark_sentences,
    number_sentences,
    redact_secrets,
)


def marked_narrative(found: ControlResult) -> Narrative:
    """Return the narrative with marks on the sentences that findings refer to."""
    return _narrative(found, number_sentences(found.passages))


def plain_narrative(found: ControlResult) -> Narrative:
    """Return the narrative without marks; secrets are redacted."""
    return _narrative(found, {})


def _narrative(found: ControlResult, numbers: dict[tuple[int, int], int]) -> Narrative:
    """Split the narrative into paragraphs, and these into plain and marked segments."""
    text = redact_secrets(found)
    tones = {m.number: (m.tone, m.note) for m in mark_sentences(found)}
    paragraphs, bullets = [], []
    for start, end, bullet in _paragraphs(text):
        segments: list[NarrativeSegment] = []
        position = start
        for (left, right), number in numbers.items():
            if right <= start or left >= end:
                continue
            # A sentence may run over a list item's end: each paragraph shows its own part.
            left, right = max(left, start), min(right, end)
            if left > position:
                segments.append(NarrativeSegment(_unwrap(text[position:left])))
            tone, note = tones[number]
            segments.append(NarrativeSegment(_unwrap(text[left:right]), tone, number, note))
            position = right
        if position < end:
            segments.append(NarrativeSegment(_unwrap(text[position:end])))
        paragraphs.append(tuple(segments))
        bullets.append(bullet)
    return Narrative(found.control, tuple(paragraphs), tuple(bullets))


_BULLET = re.compile(r"[ \t]*(?:[-*•–]|\d{1,2}[.)])[ \t]+")


def _paragraphs(narrative: str) -> Iterator[tuple[int, int, bool]]:
    """Yield (start, end, is_list_item) of each paragraph and list item, without its bullet."""
    start = 0
    # A paragraph ends at a blank line, before a line that begins a list item, or at the end.
    for match in re.finditer(
        r"\n(?:[ \t]*\n)+|\n(?=[ \t]*(?:[-*•–]|\d{1,2}[.)])[ \t])|\Z", narrative
    ):
        paragraph_text = narrative[start : match.start()]
        if paragraph_text.strip():
            bullet = _BULLET.match(paragraph_text)
            yield start + (bullet.end() if bullet else 0), match.start(), bool(bullet)
        start = match.end()


def _unwrap(text: str) -> str:
    """Join hard-wrapped lines; spaces at the ends stay, since segments are joined without any."""
    return re.sub(r"\s*\n\s*", " ", text)
