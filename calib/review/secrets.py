"""Find secrets and personal data in a narrative.

Patterns are data (`data/review/private.yaml`). Messages never repeat the text that was found, since
reports are sent to others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from pydantic import field_validator

from calib.model import Finding, Outcome, Span, Subject
from calib.model.base import FrozenModel, entries_from_mapping
from calib.review.rules import load_review_data


class PrivateDataKind(FrozenModel):
    """A kind of secret or personal data, and how it is recognised."""

    id: str
    what: str
    """Its name with an article, as messages use it."""
    severe: bool
    pattern: str
    remedy: str


class _PrivateDataFile(FrozenModel):
    kinds: tuple[PrivateDataKind, ...]

    @field_validator("kinds", mode="before")
    @classmethod
    def _by_id(cls, data: object) -> object:
        return entries_from_mapping(data, "id")


@lru_cache(maxsize=1)
def _load_patterns() -> tuple[tuple[PrivateDataKind, re.Pattern[str]], ...]:
    kinds = load_review_data("private.yaml", _PrivateDataFile).kinds
    return tuple((kind, re.compile(kind.pattern)) for kind in kinds)


def match_private_data(text: str) -> Iterator[tuple[PrivateDataKind, list[tuple[int, int]]]]:
    """Yield each kind that a text contains, with the spans of its matches."""
    # A passage is reported once, as the first kind of the file that matches it.
    reported: list[tuple[int, int]] = []
    for kind, pattern in _load_patterns():
        spans = [
            m.span()
            for m in pattern.finditer(text)
            if not any(start < m.end() and m.start() < end for start, end in reported)
        ]
        reported += spans
        if spans:
            yield kind, spans


def find_private_data(control: str, text: str, file: str) -> Iterator[Finding]:
    """Yield a finding for each secret or item of personal data, with its span."""
    for kind, spans in match_private_data(text):
        for number, (start, end) in enumerate(spans, start=1):
            yield Finding(
                rule=f"private:{kind.id}" + (f":{number}" if number > 1 else ""),
                outcome=Outcome.GAP if kind.severe else Outcome.PARTLY,
                message=f"The text contains {kind.what}.",
                remediation=kind.remedy,
                control=control,
                subject=Subject(file=file, place="narrative", span=Span(start=start, end=end)),
            )
