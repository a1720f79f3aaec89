"""Measures of agreement between reviews and labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sklearn.metrics import cohen_kappa_score, f1_score

from calib.model import CriterionReview, Verdict
from calibration.corpus import Response

LEVELS = (0, 1, 2, 3, 4)


@dataclass(frozen=True)
class Judgement:
    """The result of a reviewer or a baseline for one response."""

    response: Response
    level: int
    verdicts: Mapping[str, str]
    """Criterion -> `yes`, `partly` or `no`."""
    shown: Mapping[str, tuple[int, int]]
    """Criterion -> the span of the displayed sentence."""


def judgement(response: Response, level: int, reviews: Sequence[CriterionReview]) -> Judgement:
    """Return the measured parts of a review."""
    shown = {
        c.criterion: (p.span.start, p.span.end) for c in reviews for p in c.passages if p.decides
    }
    verdicts = {c.criterion: str(c.verdict) for c in reviews}
    return Judgement(response, level, verdicts, shown)


def kappa(pairs: Sequence[tuple[int, int]]) -> float:
    """Return the quadratic weighted kappa of levels (Cohen 1968)."""
    given, said = zip(*pairs, strict=True)
    return float(cohen_kappa_score(given, said, labels=LEVELS, weights="quadratic"))


def levels(judged: Sequence[Judgement]) -> list[tuple[int, int]]:
    """Pair the labelled and the reviewed level of each response."""
    return [(j.response.level, j.level) for j in judged]


def recall(judged: Sequence[Judgement], level: int) -> float:
    """Return the share of the responses with a labelled level that were reviewed at it."""
    said = [b for a, b in levels(judged) if a == level]
    return sum(b == level for b in said) / len(said) if said else float("nan")


def yes_by_criterion(judged: Sequence[Judgement]) -> dict[str, float]:
    """Return the F1 of "yes" per criterion of each control."""
    found: dict[str, tuple[list[bool], list[bool]]] = {}
    for j in judged:
        for name, label in j.response.criteria.items():
            given, said = found.setdefault(f"{j.response.control} {name}", ([], []))
            given.append(label.verdict == Verdict.YES)
            said.append(j.verdicts[name] == Verdict.YES)
    return {
        name: float(f1_score(given, said, zero_division=1.0))
        for name, (given, said) in sorted(found.items())
    }


def overlap(judged: Sequence[Judgement]) -> float:
    """Return how often the sentence displayed for a correct "yes" overlaps the labelled one."""
    hits, of = 0, 0
    for j in judged:
        for name, label in j.response.criteria.items():
            if label.verdict == j.verdicts[name] == "yes" and name in j.shown:
                start, end = j.shown[name]
                of += 1
                hits += any(min(end, b) > max(start, a) for a, b in label.spans)
    return hits / of if of else float("nan")


def false_passes(judged: Sequence[Judgement]) -> float:
    """Return the share of the responses labelled 0 or 1 that were reviewed as 3 or 4."""
    low = [j for j in judged if j.response.level <= 1]
    return sum(j.level >= 3 for j in low) / len(low) if low else 0.0


def figures(judged: Sequence[Judgement]) -> dict[str, float]:
    """Return all figures that have a target."""
    by_criterion = yes_by_criterion(judged)
    pairs = levels(judged)
    return {
        "kappa": kappa(pairs),
        "exact": sum(a == b for a, b in pairs) / len(pairs),
        "within one": sum(abs(a - b) <= 1 for a, b in pairs) / len(pairs),
        **{f"recall {level}": recall(judged, level) for level in LEVELS},
        "yes F1": sum(by_criterion.values()) / len(by_criterion),
        "overlap": overlap(judged),
        "false passes": false_passes(judged),
    }
