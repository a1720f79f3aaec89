"""Build the agenda of a workshop: the largest gaps and disagreements come first."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor
from typing import NamedTuple

from calib.model import AgendaItem, ControlResult, CriterionAgreement, Result, WorkshopAgreement
from calib.text import plural

MIN_MINUTES = 5
"""Minimum time of a control; less does not allow a discussion."""


def build_agenda(
    result: Result, agreements: WorkshopAgreement, minutes: int = 90, *, unvoted: bool = False
) -> tuple[AgendaItem, ...]:
    """Order the controls by disagreement x gap and allocate the time.

    The disagreement is the mean spread over criteria with two or more votes, the gap the total of
    levels that the criteria lack. Ties are ordered by disagreement, then gap, then the catalog.
    Each control gets five minutes and a share of the rest; if the time is too short, the last
    controls are dropped. Controls without votes are left out; with `unvoted` they are included as
    if their votes differed by one level.
    """
    ranked: list[_RankedControl] = []
    for control in result.controls:
        agreement = agreements.control(control.control)
        criteria = [a for a in agreement.criteria if a.votes] if agreement else []
        if criteria or unvoted:
            spreads = [a.spread or 0 for a in criteria if a.votes > 1] if criteria else [1]
            # Exact fractions: equal controls must tie, and the shares must add up to the minutes.
            disagreement = Fraction(sum(spreads), len(spreads) or 1)
            gap = sum(max(0, c.needed - c.effective) for c in control.criteria)
            ranked.append(_RankedControl(disagreement, gap, control, criteria))
    ranked.sort(key=lambda c: (-c.disagreement * c.gap, -c.disagreement, -c.gap))
    ranked = ranked[: max(0, minutes) // MIN_MINUTES]
    weights = [c.disagreement * c.gap for c in ranked]
    if not any(weights):
        weights = [c.disagreement for c in ranked]
    return tuple(
        _build_item(control, box)
        for control, box in zip(ranked, _allocate(weights, minutes), strict=True)
    )


class _RankedControl(NamedTuple):
    disagreement: Fraction
    gap: int
    result: ControlResult
    criteria: Sequence[CriterionAgreement]


def _allocate(weights: Sequence[Fraction], minutes: int) -> list[int]:
    """Split minutes by weight, with the minimum for each; the largest remainders are rounded up."""
    if not any(weights):
        weights = [Fraction(1)] * len(weights)
    spare = minutes - MIN_MINUTES * len(weights)
    exact = [spare * weight / sum(weights) for weight in weights]
    boxes = [MIN_MINUTES + floor(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda n: floor(exact[n]) - exact[n])
    for n in by_remainder[: minutes - sum(boxes)]:
        boxes[n] += 1
    return boxes


def _build_item(ranked: _RankedControl, minutes: int) -> AgendaItem:
    control, criteria, gap = ranked.result, ranked.criteria, ranked.gap
    disagreement = float(ranked.disagreement)
    titles = {c.criterion: c.title for c in control.criteria}
    divided = sorted((a for a in criteria if a.spread), key=lambda a: (-(a.spread or 0), -a.votes))
    first = divided[:3]
    start = ", ".join(f"“{titles.get(a.criterion, a.criterion)}”" for a in first)
    votes = f"votes differ by {disagreement:.1f} levels on average" if criteria else "no votes yet"
    missing = f"{plural(gap, 'level')} missing" if gap else "no level missing"
    otherwise = "the assessors agree" if criteria else "vote first"
    return AgendaItem(
        control=control.control,
        title=control.title,
        minutes=minutes,
        disagreement=disagreement,
        gap=gap,
        begin_with=tuple(a.criterion for a in first),
        sentence=f"{minutes} minutes: {votes}, {missing}; "
        + (f"start with {start}." if start else f"{otherwise}."),
    )
