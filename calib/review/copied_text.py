"""Detect sentences that are not the partner's own: copied examples and restated requirements.

A sentence is copied if enough of its four-word runs occur in a published text. The catalog's own
texts are compared directly; AWS's calibration guide, which we may not distribute, as hashes of its
four-word runs (`data/review/published.json`, made by `python -m calibration.published`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from zlib import crc32

from calib.model import Control, Mood
from calib.phrases import fold
from calib.resources import resource_path

RUN_LENGTH = 4
# The share of a sentence's runs that must be known, and how many runs at least. Four runs in a row
# survive changed names and figures; the bar for restatements is higher, since a sentence that lists
# the required metrics shares many words with the requirement without repeating it.
_THRESHOLDS = {Mood.COPIED: (0.35, 4), Mood.RESTATED: (0.5, 5)}


def hash_runs(text: str) -> Iterator[int]:
    """Yield the hash of each run of four words; `published.json` stores the same hashes."""
    words = fold(text).split()
    for start in range(len(words) - RUN_LENGTH + 1):
        yield crc32(" ".join(words[start : start + RUN_LENGTH]).encode())


@lru_cache(maxsize=1)
def _load_published_hashes() -> dict[str, dict[str, list[int]]]:
    hashes: dict[str, dict[str, list[int]]] = json.loads(
        resource_path("data", "review", "published.json").read_text("utf-8")
    )
    return hashes


@lru_cache(maxsize=64)
def _published_runs(control: Control) -> tuple[tuple[Mood, frozenset[int]], ...]:
    examples = (control.examples.good.text, control.examples.insufficient.text)
    requirements = [control.requirement, control.asks_for, *(s.detail for s in control.steps)]
    for c in control.criteria:
        requirements += [c.question, c.looks_for, c.fails, *c.levels]
        requirements += [c.remediation.action, c.remediation.sentence]
    guide = _load_published_hashes().get(control.id, {})
    # Examples first: a sentence that matches both is reported as copied, the worse of the two.
    return tuple(
        (mood, frozenset([*(run for t in texts for run in hash_runs(t)), *guide.get(mood, ())]))
        for mood, texts in ((Mood.COPIED, examples), (Mood.RESTATED, requirements))
    )


def find_copied_mood(control: Control, sentence: str) -> Mood | None:
    """Return COPIED for a published example, RESTATED for a requirement, else None."""
    runs = list(hash_runs(sentence))
    for mood, published in _published_runs(control):
        share, fewest = _THRESHOLDS[mood]
        if sum(run in published for run in runs) >= max(fewest, share * len(runs)):
            return mood
    return None
