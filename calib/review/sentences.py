"""Split a narrative into sentences with their spans."""

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
    # Sentences, including those that begin in lower case, and the clauses of a policy.
    r"|(?<=[.!?])[*_\"”’)\]]*\s+(?=[*_\"“‘(\[§]*[A-Z0-9])|(?<=[a-z0-9)%`][.!?])\s+(?=[a-z(`])"
    r"|\s(?=§ ?\d)|\s(?=\([a-z]\) )"
)
_LIST_OR_TABLE_LINE = re.compile(rf"\n(?:{_BULLET}|[ \t]*[|#>])")
_ABBREVIATION = re.compile(
    r"\b(?:e\.g|i\.e|etc|vs|incl|approx|resp|Nr|No|Dr|Mr|Mrs|Ms|Inc|Ltd|cf|St|dept|min|max)\.$"
)
_LONGEST_ABBREVIATION = 12
"""Characters before a break in which to look for an abbreviation; bounds the work per break."""
_MIN_WRAPPED_LENGTH = 60
"""A longer line that does not end a sentence was wrapped by an editor and continues below."""


@dataclass(frozen=True)
class Sentence:
    """One sentence of a narrative."""

    span: Span
    text: str
    """The sentence as written."""
    folded: str
    """The sentence as `calib.phrases.fold` returns it."""
    starts_block: bool
    """Whether it starts a paragraph or a list entry."""


def split_sentences(text: str) -> Iterator[Sentence]:
    """Split a narrative; each list entry or table row starts a new sentence."""
    start = previous_end = 0
    for gap in [*_find_breaks(text), None]:
        end = len(text) if gap is None else gap[0]
        part = text[start:end]
        indent = len(part) - len(part.lstrip())
        part = part.strip()
        if part:
            starts_block = "\n" in text[previous_end : start + indent] or not previous_end
            previous_end = start + indent + len(part)
            span = Span(start=start + indent, end=previous_end)
            yield Sentence(span, part, fold(part), starts_block)
        start = len(text) if gap is None else gap[1]


def _find_breaks(text: str) -> Iterator[tuple[int, int]]:
    for match in _BREAK.finditer(text):
        start = match.start()
        if _ABBREVIATION.search(text[max(0, start - _LONGEST_ABBREVIATION) : start]):
            continue
        if match.group() == "\n" and not _LIST_OR_TABLE_LINE.match(text, start):
            length = start - text.rfind("\n", 0, start)
            if length > _MIN_WRAPPED_LENGTH and text[start - 1] not in ".!?:;|":
                continue
        yield match.span()
