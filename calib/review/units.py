"""Divide sentences into units: the clauses that can show something.

A sentence such as "We do A, and from next quarter B" makes two statements of different status: it
is judged clause by clause. Each clause keeps the rest of its sentence as context, and a quote shows
the whole sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from calib.model import Span
from calib.review.blocks import BlockKind
from calib.review.names import fold_masked
from calib.review.sentences import Sentence, strip_span, without_marks

_BREAK = re.compile(
    # `(?<!\s)` keeps the time linear in a long run of spaces.
    r";\s+|(?<!\s)\s+[–—]\s+|\s-{1,2}\s"
    r"|,?(?<!\s)\s+(?:but|whereas|while|although|though|however|yet)\s+"
    r"|,\s+(?:and|so|then|or)\s+|,\s+(?=(?:which|who|where|from|in|by|until|not|we|they|it|the)\s)"
    r"|(?<!\s)\s+and\s+(?=(?:we|they|it|the|from|in|by|a|our|another|every|each|all|will)\s)"
    r"|(?<!\s)\s+and\s+(?=(?:plan|intend|aim|hope)s?\s+to\s)"
)
_ENTRY_NUMBER = re.compile(r"^ \d{1,2} ")
_MIN_WORDS = 4
"""A shorter part has no meaning by itself and stays with its neighbour."""


@dataclass(frozen=True)
class Unit:
    """One clause of a sentence."""

    sentence: Sentence
    number: int
    """The position of its sentence in the narrative."""
    span: Span
    folded: str
    """The clause, folded and with its names masked."""
    rest: str
    """The rest of the sentence in the same form; empty if the clause is all of it."""

    @property
    def is_bare(self) -> bool:
        """Whether it is an item of a list of a few words without a figure, such as a title."""
        words = _ENTRY_NUMBER.sub("", self.folded).split()
        few = len(words) < _MIN_WORDS and not any(c.isdigit() for c in "".join(words))
        ends = self.sentence.text.rstrip().endswith((".", "!", ":", "?"))
        return few and self.sentence.kind is BlockKind.ITEM and not self.rest.strip() and not ends


def split_units(sentences: Sequence[Sentence]) -> list[Unit]:
    """Return the clauses of a narrative's sentences in order."""
    return [unit for number, one in enumerate(sentences) for unit in _units(one, number)]


def _units(sentence: Sentence, number: int) -> Iterator[Unit]:
    clean = without_marks(sentence.text)
    # A row's cells belong together, whatever separates them.
    spans = [*_clauses(clean)] if sentence.kind is not BlockKind.ROW else [(0, len(clean))]
    parts = [fold_masked(clean, start, end, sentence.names) for start, end in spans]
    for at, (start, end) in enumerate(spans):
        rest = " ".join(part for other, part in enumerate(parts) if other != at)
        span = strip_span(clean, start, end)
        offset = sentence.span.start
        yield Unit(
            sentence,
            number,
            Span(start=offset + span.start, end=offset + span.end),
            parts[at],
            rest,
        )


def _clauses(clean: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in [*_BREAK.finditer(clean), None]:
        end = match.start() if match else len(clean)
        if match and len(clean[start:end].split()) < _MIN_WORDS:
            continue
        if match and len(clean[match.end() :].split()) < _MIN_WORDS:
            continue
        if clean[start:end].strip():
            yield start, end
        start = match.end() if match else end
