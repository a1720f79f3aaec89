"""What must not leave the house: secrets and personal data in a narrative.

Patterns are data (`data/review/private.yaml`). Messages never repeat what was found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from pydantic import field_validator

from calib.model import Finding, Outcome, Span, Subject
from calib.model.base import FrozenModel, keyed
from calib.review.rules import read_data


class _Kind(FrozenModel):
    id: str
    what: str
    severe: bool
    pattern: str
    remedy: str


class _Kinds(FrozenModel):
    kinds: tuple[_Kind, ...]

    @field_validator("kinds", mode="before")
    @classmethod
    def _by_id(cls, data: Any) -> Any:
        return keyed(data, "id")


@lru_cache(maxsize=1)
def _kinds() -> tuple[tuple[_Kind, re.Pattern[str]], ...]:
    kinds = read_data("private.yaml", _Kinds).kinds
    return tuple((kind, re.compile(kind.pattern)) for kind in kinds)


def private(control: str, text: str, file: str) -> Iterator[Finding]:
    """Find secrets and personal data, each at its place."""
    taken: list[tuple[int, int]] = []
    for kind, pattern in _kinds():
        spans = [
            m.span()
            for m in pattern.finditer(text)
            if not any(start < m.end() and m.start() < end for start, end in taken)
        ]
        taken += spans
        for number, (start, end) in enumerate(spans, start=1):
            yield Finding(
                rule=f"private:{kind.id}" + (f":{number}" if number > 1 else ""),
                outcome=Outcome.GAP if kind.severe else Outcome.PARTLY,
                message=f"The text holds {kind.what}.",
                remediation=kind.remedy,
                control=control,
                subject=Subject(file=file, place="narrative", span=Span(start=start, end=end)),
            )
