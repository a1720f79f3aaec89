"""What is missing in a write-up, said concretely: challenge, solution, tech stack, results.

Nothing here blocks. The points that a write-up has are its strength, which decides between sets
that show as many kinds of solution.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from textwrap import shorten

from calib.model import CaseStudy, WriteUpRules
from calib.phrases import Cues, fold

_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n\s*\n")
# A number as people write results: 38, 1,900, 7:40, 4.1%, $190k, 15-minute; not GPT-4 or 7B.
_NUMERAL = re.compile(
    r"[<>~±+-]?[€$£¥]?\d[\d.,:']*(?:[-–]\d[\d.,]*)?(?:%|pp|[kKmM]|bn|x|×|ms|s|min|h)?(?:-[a-z]+)?"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
SHOWS_LEAD = "solution-shows-lead"
_QUOTE = 120  # characters of a sentence that is quoted
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class Missing:
    """Name a point that a write-up lacks, with what its message is filled with."""

    point: str
    told: str = ""
    quote: str = ""
    implied: bool = False
    """Whether another finding says it already."""


@dataclass(frozen=True)
class _Cues:
    figures: Cues
    compared: Cues
    pending: Cues
    months: frozenset[str]


@lru_cache(maxsize=4)
def _cues(rules: WriteUpRules) -> _Cues:
    return _Cues(
        Cues(rules.figures), Cues(rules.compared), Cues(rules.pending), frozenset(rules.months)
    )


def missing(
    rules: WriteUpRules, study: CaseStudy, *, shows_lead: bool | None
) -> tuple[Missing, ...]:
    """List the points that a write-up lacks.

    `shows_lead` tells whether its solution speaks of what leads it, None where nothing does.
    """
    cues = _cues(rules)
    found: list[Missing] = []
    if not study.customer.strip():
        found.append(Missing("customer-named"))
    found += _untold(rules, "challenge-told", study.challenge)
    if not any(_figure(cues, s) for s in _sentences(study.challenge)):
        found.append(Missing("challenge-in-figures", implied=not study.challenge.strip()))
    found += _untold(rules, "solution-told", study.solution)
    if not shows_lead:
        untold = shows_lead is None or not study.solution.strip()
        found.append(Missing(SHOWS_LEAD, implied=untold))
    if not any(entry.strip() for entry in study.tech_stack):
        found.append(Missing("tech-stack-listed"))
    found += _results(rules, cues, study.results)
    if not any(kind.strip() for kind in study.solution_types):
        found.append(Missing("kinds-named"))
    if not study.evidence:
        found.append(Missing("evidence-linked"))
    return tuple(found)


def _untold(rules: WriteUpRules, point: str, text: str) -> Iterator[Missing]:
    words = len(text.split())
    if words < rules.words:
        told = f"told in {words} word{'' if words == 1 else 's'}" if words else "not told"
        yield Missing(point, told=told)


def _results(rules: WriteUpRules, cues: _Cues, text: str) -> Iterator[Missing]:
    blank = not text.strip()
    for one in _untold(rules, "results-told", text):
        # The reason that a study without results does not qualify says it already.
        yield Missing(one.point, told=one.told, implied=blank)
    sentences = _sentences(text)
    pending = [s for s in sentences if fold(s) in cues.pending]
    reached = [s for s in sentences if _figure(cues, s) and s not in pending]
    if not reached:
        yield Missing("results-in-figures", implied=blank)
    if not any(fold(s) in cues.compared for s in reached):
        yield Missing("results-compared", implied=not reached)
    announced = [s for s in pending if not reached or _figure(cues, s)]
    if blank or announced:
        quote = shorten((*announced, "")[0], _QUOTE, placeholder="…").rstrip(".")
        yield Missing("results-reached", quote=quote, implied=blank)


def _sentences(text: str) -> list[str]:
    return [" ".join(s.split()) for s in _SENTENCE.split(text) if s.strip()]


def _figure(cues: _Cues, sentence: str) -> bool:
    """Say whether a sentence gives a figure: a number that is no year, date, version or name."""
    if fold(sentence) in cues.figures:
        return True
    words = [w.strip("()[]“”\"'’.,;:!?") for w in sentence.split()]
    return any(
        _NUMERAL.fullmatch(word)
        and not _YEAR.fullmatch(word)
        and not (at + 1 < len(words) and words[at + 1].lower() in cues.months)
        and not _names(words[:at], cues.months)
        for at, word in enumerate(words)
    )


def _names(before: list[str], months: frozenset[str]) -> bool:
    """Say whether a number belongs to the name before it: Claude Sonnet 4.5, Phase 2, June 12."""
    if not before or _CURRENCY.fullmatch(before[-1]):
        return False
    last = before[-1]
    return last.lower() in months or (last[:1].isupper() and len(before) > 1)
