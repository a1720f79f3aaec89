"""Split a narrative into sentences, each with its span and the texts above it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from calib.model import Span
from calib.phrases import fold
from calib.review.blocks import Block, BlockKind, split_blocks
from calib.review.names import find_names, fold_masked

_MARKS = re.compile(r"\*+|(?<![^\W_])_+|_+(?![^\W_])|[`#|<~]|(?<!-)>|\t")
"""Marks of Markdown and of tables, but no underscore within a name and no arrow (`->`)."""
_BREAK = re.compile(
    # Sentences, including those that begin in lower case, and the clauses of a policy.
    r"(?<=[.!?])[\"”’)\]]*\s+(?=[\"“‘(\[§]*\s*[A-Z0-9])"
    r"|(?<=[a-z0-9)%][.!?])(?<![ap]\.m\.)\s+(?=[a-z(])"
    r"|\s(?=§ ?\d)|\s(?=\([a-z0-9]\)\s)|(?<=[;:.])\s(?=\(?\d{1,2}[.)]\s[A-Za-z])"
    # Questions and answers in one line, steps after an arrow, and `key: value` lines.
    # "Annex A." begins no answer.
    r"|\s(?=A(?:nswer)?\s?:\s)|\s(?=Answer\.\s)|(?<!\s)\s+(?:->|→)\s+|\n(?=[^\n]{0,40}[:=])"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|incl|approx|resp|Nr|No|Dr|Mr|Mrs|Ms|Inc|Ltd|cf|St|dept|min|max"
    r"|Art|Sec|Fig)"
    r"|(?:^|\n)\W*\d{1,2})\.$"
)
_ENTRY = re.compile(r"(?<!\S)\(?(\d{1,2})[.)]\s+(?=[^\W\d])")
"""The number of an entry of a list within a line."""
_LOOK_BACK = 12
"""Characters before a break in which to look for an abbreviation; bounds the work per break."""


@dataclass(frozen=True)
class Sentence:
    """One sentence or table row of a narrative."""

    span: Span
    text: str
    """The sentence as written."""
    folded: str
    """The sentence without marks, as `calib.phrases.fold` returns it."""
    masked: str
    """The same with a placeholder for each name (`calib.review.names`)."""
    starts_block: bool
    """Whether it starts a paragraph, list item or row."""
    kind: BlockKind = BlockKind.PARAGRAPH
    before: str = ""
    """The sentence before in the same block, masked."""
    context: str = ""
    """The headings, introduction, question and table head above it, masked."""
    names: tuple[tuple[int, int], ...] = ()
    """The spans of the names in its text."""


def without_marks(text: str) -> str:
    """Return text with marks replaced by spaces, so that offsets stay the same."""
    return _MARKS.sub(lambda match: " " * len(match.group()), text)


def split_sentences(text: str, names: Iterable[str] = ()) -> Iterator[Sentence]:
    """Yield the sentences of a narrative in order, without headings, table heads and questions.

    `names` are masked beside those that are found in the text.
    """
    clean, known = without_marks(text), tuple(names)
    spans = find_names(clean, known)
    for block in split_blocks(text):
        if block.states:
            above = without_marks(" . ".join((*block.context, *block.head)))
            context = fold_masked(above, 0, len(above), find_names(above, known))
            yield from _sentences(text, clean, block, context, spans)


def _sentences(
    text: str, clean: str, block: Block, context: str, names: Sequence[tuple[int, int]]
) -> Iterator[Sentence]:
    before, starts = "", True
    for span in _spans(clean, block):
        masked = fold_masked(clean, span.start, span.end, names)
        if not masked.strip():
            continue
        inside = [n for n in names if span.start <= n[0] and n[1] <= span.end]
        yield Sentence(
            span=span,
            text=text[span.start : span.end],
            folded=fold(clean[span.start : span.end]),
            masked=masked,
            starts_block=starts,
            kind=block.kind,
            before=before,
            context=context,
            names=tuple((start - span.start, end - span.start) for start, end in inside),
        )
        # A row is one sentence, with none before it.
        before, starts = masked, False


def _spans(clean: str, block: Block) -> Iterator[Span]:
    start = block.start
    for end, following in [*_breaks(clean, block), (block.end, block.end)]:
        span = strip_span(clean, start, end)
        if span.start < span.end:
            yield span
        start = following


def _breaks(clean: str, block: Block) -> list[tuple[int, int]]:
    """Return where a sentence of a block ends and where the next one begins; rows have none."""
    if block.kind is BlockKind.ROW:
        return []
    entries = _entries(clean, block)
    found = [(start, start) for start, _ in entries]
    start = block.start
    for match in _BREAK.finditer(clean, block.start, block.end):
        end = match.start()
        short = _ABBREVIATION.search(clean[max(start, end - _LOOK_BACK) : end])
        if not short and not any(a < end < b for a, b in entries):
            found.append(match.span())
            start = match.end()
    return sorted(found)


def _entries(clean: str, block: Block) -> list[tuple[int, int]]:
    """Return the numbers of a list within a line: "1. plan the work 2. do it"."""
    found: list[tuple[int, int]] = []
    for match in _ENTRY.finditer(clean, block.start, block.end):
        before = clean[max(block.start, match.start() - _LOOK_BACK) : match.start()].rstrip()
        # "2. Then" after "phase" begins a sentence, "2. then" goes on with a list.
        goes_on = found and (match.group().rstrip()[-1] == ")" or clean[match.end()].islower())
        introduced = not before or before[-1] in ".:;,–-" or goes_on
        if introduced and int(match[1]) == len(found) + 1:
            found.append(match.span())
    return found if len(found) > 1 else []


def strip_span(text: str, start: int, end: int) -> Span:
    """Return the span of a part without the white space around it."""
    part = text[start:end]
    start += len(part) - len(part.lstrip())
    return Span(start=start, end=start + len(part.strip()))
