"""A narrative -> its sentences, with spans."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from calib.model import Span
from calib.phrases import fold

_BULLET = r"[ \t]*(?:[-*•–]|\d{1,2}[.)]|[a-z]\))[ \t]+"
_BREAK = re.compile(
    # Paragraphs, list entries, table rows, `key: value` lines.
    rf"\n[ \t]*\n+|\n(?={_BULLET})|\n(?=[ \t]*[|#>])|\n(?=[^\n]{{0,40}}(?:[:=]|->|→))"
    # Sentences, also such as begin in lower case, and the clauses of a policy.
    r"|(?<=[.!?])[*_\"”’)\]]*\s+(?=[*_\"“‘(\[§]*[A-Z0-9])|(?<=[a-z0-9)%`][.!?])\s+(?=[a-z(`])"
    r"|\s(?=§ ?\d)|\s(?=\([a-z]\) )"
)
_OWN_LINE = re.compile(rf"\n(?:{_BULLET}|[ \t]*[|#>])")
_ABBREVIATION = re.compile(
    r"\b(?:e\.g|i\.e|etc|vs|incl|approx|resp|Nr|No|Dr|Mr|Mrs|Ms|Inc|Ltd|cf|St|dept|min|max)\.$"
)


@dataclass(frozen=True)
class Sentence:
    """Hold one sentence: where it stands, its words as written and folded."""

    span: Span
    piece: str
    folded: str
    opens: bool
    """Whether it starts a paragraph or a list entry."""


def sentences(text: str) -> Iterator[Sentence]:
    """Split a narrative; a list entry or a table row starts a sentence of its own."""
    start = end_before = 0
    for at in [*_breaks(text), None]:
        end = len(text) if at is None else at[0]
        piece = text[start:end]
        lead = len(piece) - len(piece.lstrip())
        piece = piece.strip()
        if piece:
            opens = "\n" in text[end_before : start + lead] or not end_before
            end_before = start + lead + len(piece)
            yield Sentence(Span(start=start + lead, end=end_before), piece, fold(piece), opens)
        start = len(text) if at is None else at[1]


_WRAPPED = 60
"""A line at least so long that does not end a sentence goes on in the next one."""


def _breaks(text: str) -> Iterator[tuple[int, int]]:
    for match in _BREAK.finditer(text):
        start = match.start()
        if _ABBREVIATION.search(text[max(0, start - 12) : start]):
            continue
        if match.group() == "\n" and not _OWN_LINE.match(text, start):
            line = start - text.rfind("\n", 0, start)
            if line > _WRAPPED and text[start - 1] not in ".!?:;|":
                continue
        yield match.span()
