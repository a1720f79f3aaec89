"""Find the points that a write-up lacks: challenge, solution, tech stack and results.

None of them disqualifies a study. The number of points that a write-up has is its strength, which
decides between sets that show equally many kinds of solution.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from textwrap import shorten

from calib.model import CaseStudy, WriteUpRules
from calib.phrases import CueIndex, fold
from calib.text import plural

_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n\s*\n")
# A number as people write results: 38, 1,900, 7:40, 4.1%, $190k, 15-minute; not GPT-4 or 7B.
_NUMERAL = re.compile(
    r"[<>~±+-]?[€$£¥]?\d[\d.,:']*(?:[-–]\d[\d.,]*)?(?:%|pp|[kKmM]|bn|x|×|ms|s|min|h)?(?:-[a-z]+)?"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
SHOWS_PRIMARY_SERVICE = "solution-shows-lead"
_QUOTE_LENGTH = 120  # characters
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class MissingPoint:
    """A point that a write-up lacks, with the values for its message."""

    point: str
    told: str = ""
    """How long the part is, for example "only 12 words long"."""
    quote: str = ""
    """A sentence of the write-up."""
    implied: bool = False
    """Whether another finding already covers it."""


@dataclass(frozen=True)
class _WriteUpCues:
    phrases: CueIndex[str]
    """Labelled `figures`, `compared` and `pending`."""
    months: frozenset[str]


@lru_cache(maxsize=4)
def _compile_cues(rules: WriteUpRules) -> _WriteUpCues:
    return _WriteUpCues(
        CueIndex(
            [
                *((cue, "figures") for cue in rules.figures),
                *((cue, "compared") for cue in rules.compared),
                *((cue, "pending") for cue in rules.pending),
            ]
        ),
        frozenset(rules.months),
    )


def find_missing_points(
    rules: WriteUpRules, study: CaseStudy, *, shows_lead: bool | None
) -> tuple[MissingPoint, ...]:
    """Return the points that a write-up lacks.

    `shows_lead` is whether its solution mentions the primary service, None if it has none.
    """
    cues = _compile_cues(rules)
    found: list[MissingPoint] = []
    if not study.customer.strip():
        found.append(MissingPoint("customer-named"))
    found += _too_short(rules, "challenge-told", study.challenge)
    if not any(_has_figure(cues, s) for s in _split_sentences(study.challenge)):
        found.append(MissingPoint("challenge-in-figures", implied=not study.challenge.strip()))
    found += _too_short(rules, "solution-told", study.solution)
    if not shows_lead:
        covered = shows_lead is None or not study.solution.strip()
        found.append(MissingPoint(SHOWS_PRIMARY_SERVICE, implied=covered))
    if not any(entry.strip() for entry in study.tech_stack):
        found.append(MissingPoint("tech-stack-listed"))
    found += _results_points(rules, cues, study.results)
    if not any(kind.strip() for kind in study.solution_types):
        found.append(MissingPoint("kinds-named"))
    if not study.evidence:
        found.append(MissingPoint("evidence-linked"))
    return tuple(found)


def _too_short(rules: WriteUpRules, point: str, text: str) -> Iterator[MissingPoint]:
    words = len(text.split())
    if words < rules.words:
        told = f"only {plural(words, 'word')} long" if words else "missing"
        yield MissingPoint(point, told=told)


def _results_points(rules: WriteUpRules, cues: _WriteUpCues, text: str) -> Iterator[MissingPoint]:
    blank = not text.strip()
    for short in _too_short(rules, "results-told", text):
        # A study without results is disqualified, and the finding on that covers this point.
        yield replace(short, implied=blank)
    sentences = _split_sentences(text)
    pending = [s for s in sentences if "pending" in cues.phrases.labels(fold(s))]
    reached = [s for s in sentences if _has_figure(cues, s) and s not in pending]
    if not reached:
        yield MissingPoint("results-in-figures", implied=blank)
    if not any("compared" in cues.phrases.labels(fold(s)) for s in reached):
        yield MissingPoint("results-compared", implied=not reached)
    # An announcement does no harm beside a figure that was reached, unless it gives one itself.
    announced = [s for s in pending if not reached or _has_figure(cues, s)]
    if blank or announced:
        quote = shorten((*announced, "")[0], _QUOTE_LENGTH, placeholder="…").rstrip(".")
        yield MissingPoint("results-reached", quote=quote, implied=blank)


def _split_sentences(text: str) -> list[str]:
    return [" ".join(s.split()) for s in _SENTENCE.split(text) if s.strip()]


def _has_figure(cues: _WriteUpCues, sentence: str) -> bool:
    """Return whether a sentence gives a figure: not a year, a date, a version or part of a name."""
    if "figures" in cues.phrases.labels(fold(sentence)):
        return True
    words = [w.strip("()[]“”\"'’.,;:!?") for w in sentence.split()]
    return any(
        _NUMERAL.fullmatch(word)
        and not _YEAR.fullmatch(word)
        and not (at + 1 < len(words) and words[at + 1].lower() in cues.months)
        and not _belongs_to_name(words[:at], cues.months)
        for at, word in enumerate(words)
    )


def _belongs_to_name(before: list[str], months: frozenset[str]) -> bool:
    """Return whether a number is part of a name: Claude Sonnet 4.5, Phase 2, June 12.

    A capitalised word before it decides, except at the start of a sentence ("Only 3 ..."); a
    currency such as EUR is not a name.
    """
    if not before or _CURRENCY.fullmatch(before[-1]):
        return False
    last = before[-1]
    return last.lower() in months or (last[:1].isupper() and len(before) > 1)
