"""A narrative -> its sentences, with spans and with the mood each speaks in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from calib.cues import fold
from calib.model import Mood, Span
from calib.review.rules import moods

_BULLET = r"[ \t]*(?:[-*•–]|\d{1,2}[.)]|[a-z]\))[ \t]+"
_BREAK = re.compile(
    rf"\n[ \t]*\n+|\n(?={_BULLET})|\n(?=[ \t]*[|#])"  # paragraphs, list entries, table rows
    r"|(?<=[.!?])[\"”’)\]]*\s+(?=[\"“‘(\[]*[A-Z0-9])"  # sentences
    r"|;\s+(?=[a-z]{2,})"  # parts that stand by themselves
)
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|vs|incl|approx|Nr|No|Dr|Mr|Ms|Inc|Ltd|cf|St)\.$")


_NUMBER = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Sentence:
    """Hold one sentence: where it stands, what it says folded, and how it says it."""

    span: Span
    folded: str
    mood: Mood
    specific: bool
    artefact: bool
    measured: bool
    opens: bool
    """Whether it starts a paragraph or a list entry."""


def sentences(text: str) -> Iterator[Sentence]:
    """Split a narrative; a line that starts a bullet or a table row is a sentence of its own."""
    start = end_before = 0
    for at in [*_breaks(text), None]:
        end = len(text) if at is None else at[0]
        piece = text[start:end]
        lead = len(piece) - len(piece.lstrip())
        if piece.strip():
            opens = "\n" in text[end_before:start] or not end_before
            end_before = start + lead + len(piece.strip())
            yield _sentence(piece.strip(), start + lead, opens=opens)
        start = len(text) if at is None else at[1]


def _breaks(text: str) -> Iterator[tuple[int, int]]:
    for match in _BREAK.finditer(text):
        if not _ABBREVIATION.search(text[max(0, match.start() - 12) : match.start()]):
            yield match.span()


def _sentence(piece: str, start: int, *, opens: bool) -> Sentence:
    folded = fold(piece)
    cues = moods()
    specific = folded in cues["specific"] or bool(_NUMBER.search(piece)) or _has_name(piece)
    return Sentence(
        span=Span(start=start, end=start + len(piece)),
        folded=folded,
        mood=_mood(folded, specific=specific, is_list=_is_name_list(piece)),
        specific=specific,
        artefact=folded in cues["artefact"],
        measured=folded in cues["measured"]
        and folded in cues["outcome_unit"]
        and folded not in cues["planned_sum"],
        opens=opens,
    )


def _mood(folded: str, *, specific: bool, is_list: bool) -> Mood:
    """Judge the mood; a denial weighs more than a plan, a plan more than a hedge."""
    cues = moods()
    for mood in (Mood.DENIED, Mood.PLANNED, Mood.HEDGED):
        if folded in cues[mood.value]:
            return mood
    if (not specific and folded in cues["assertion"]) or is_list:
        return Mood.NAMED
    return Mood.IN_PLACE


def _is_name_list(piece: str) -> bool:
    """Say whether it only lists names: "Models: Claude, Llama, Mistral" tells of nothing done."""
    head, colon, rest = piece.rstrip(" .").partition(":")
    items = rest.split(",")
    short = all(0 < len(item.split()) <= 5 for item in items)
    return bool(colon) and len(head.split()) <= 4 and len(items) >= 3 and short and "." not in rest


def _has_name(piece: str) -> bool:
    """Say whether a capitalised name stands inside the sentence ("for Hansa Freight")."""
    return bool(re.search(r"(?<=[a-z,] )[A-Z][a-z]{2,}(?: [A-Z][a-z]+)+", piece))
