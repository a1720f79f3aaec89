"""Words that are not the partner's own: published examples copied, requirements said again.

A sentence is borrowed where enough of its four-word runs stand in a published text. The catalog's
own texts are compared as they are; AWS's calibration guide, not ours to ship, as hashes of its
four-word runs (`data/review/published.json`, made by `python -m calibration.published`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from zlib import crc32

from calib.model import Control, Mood
from calib.phrases import fold
from calib.resources import shipped

RUN = 4
_ENOUGH = {Mood.COPIED: (0.35, 4), Mood.RESTATED: (0.5, 5)}
"""The share of a sentence's runs, and how many at least. A copy stays one when names
and figures are changed; and who lists the metrics that are asked for restates nothing."""


def runs(text: str) -> Iterator[int]:
    """Hash each run of four words of a text."""
    words = fold(text).split()
    for at in range(len(words) - RUN + 1):
        yield crc32(" ".join(words[at : at + RUN]).encode())


@lru_cache(maxsize=1)
def _published() -> dict[str, dict[str, list[int]]]:
    found: dict[str, dict[str, list[int]]] = json.loads(
        shipped("data", "review", "published.json").read_text("utf-8")
    )
    return found


@lru_cache(maxsize=64)
def _known(control: Control) -> tuple[tuple[Mood, frozenset[int]], ...]:
    examples = (control.examples.good.text, control.examples.insufficient.text)
    asked = [control.requirement, control.asks_for, *(s.detail for s in control.steps)]
    for c in control.criteria:
        asked += [c.question, c.looks_for, c.fails, *c.levels]
        asked += [c.remediation.action, c.remediation.sentence]
    of_guide = _published().get(control.id, {})
    return tuple(
        (mood, frozenset([*(r for t in texts for r in runs(t)), *of_guide.get(mood, ())]))
        for mood, texts in ((Mood.COPIED, examples), (Mood.RESTATED, asked))
    )


def borrowed(control: Control, sentence: str) -> Mood | None:
    """Say whether a sentence is copied from an example or restates the requirement; else None."""
    own = list(runs(sentence))
    for mood, known in _known(control):
        share, fewest = _ENOUGH[mood]
        if sum(run in known for run in own) >= max(fewest, share * len(own)):
            return mood
    return None
