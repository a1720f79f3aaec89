"""Result and agreement -> an agenda: what costs most and divides most comes first."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor

from calib.model import AgendaItem, ControlResult, CriterionAgreement, Result, WorkshopAgreement

MIN_MINUTES = 5
"""The least time that a control gets."""


def build_agenda(
    result: Result, agreements: WorkshopAgreement, minutes: int = 90, *, unvoted: bool = False
) -> tuple[AgendaItem, ...]:
    """Order the controls by disagreement x gap and share out the time.

    Disagreement is the mean spread over the criteria that two or more voted on, gap the levels
    that the criteria lack together. Equal ones go by disagreement, then gap, then the catalog. Each
    control gets five minutes and its share of the rest; where the time is too short, the last ones
    are left out. Controls without a vote do not appear, or, with `unvoted`, as if the votes lay one
    level apart.
    """
    found = []
    for control in result.controls:
        of_control = agreements.control(control.control)
        rows = [a for a in of_control.criteria if a.votes] if of_control else []
        if rows or unvoted:
            wide = [a.spread or 0 for a in rows if a.votes > 1] if rows else [1]
            gap = sum(max(0, c.needed - c.effective) for c in control.criteria)
            found.append((Fraction(sum(wide), len(wide) or 1), gap, control, rows))
    found.sort(key=lambda one: (-one[0] * one[1], -one[0], -one[1]))
    found = found[: max(0, minutes) // MIN_MINUTES]
    weights = [apart * gap for apart, gap, *_ in found]
    if not any(weights):
        weights = [apart for apart, *_ in found]
    boxes = _shares(weights, minutes)
    return tuple(
        _item(control, rows, box, float(apart), gap)
        for (apart, gap, control, rows), box in zip(found, boxes, strict=True)
    )


def _shares(weights: Sequence[Fraction], minutes: int) -> list[int]:
    """Share whole minutes by weight, the largest remainders rounded up, first come first served."""
    if not any(weights):
        weights = [Fraction(1)] * len(weights)
    spare = minutes - MIN_MINUTES * len(weights)
    exact = [spare * weight / sum(weights) for weight in weights]
    boxes = [MIN_MINUTES + floor(share) for share in exact]
    rest = sorted(range(len(exact)), key=lambda n: floor(exact[n]) - exact[n])
    for n in rest[: minutes - sum(boxes)]:
        boxes[n] += 1
    return boxes


def _item(
    control: ControlResult, rows: Sequence[CriterionAgreement], minutes: int, apart: float, gap: int
) -> AgendaItem:
    titles = {c.criterion: c.title for c in control.criteria}
    first = sorted((a for a in rows if a.spread), key=lambda a: (-(a.spread or 0), -a.votes))[:3]
    begin = ", ".join(f"“{titles.get(a.criterion, a.criterion)}”" for a in first)
    lacks = f"{gap} level{'' if gap == 1 else 's'} short" if gap else "nothing short"
    otherwise = "the assessors agree" if rows else "vote first"
    lies = f"the levels lie {apart:.1f} apart on average" if rows else "nobody has voted"
    return AgendaItem(
        control=control.control,
        title=control.title,
        minutes=minutes,
        disagreement=apart,
        gap=gap,
        begin_with=tuple(a.criterion for a in first),
        sentence=f"{minutes} minutes: {lies}, {lacks}; "
        + (f"begin with {begin}." if begin else f"{otherwise}."),
    )
