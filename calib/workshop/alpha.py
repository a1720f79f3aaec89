"""Counts of levels -> Krippendorff's alpha, its interval, and what both mean in words.

The formula is written out here: the packages that have it are under the GPL, or hardly kept. The
tests hold it to Krippendorff's published examples and to such a package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import ceil, floor
from random import Random

from calib.model import Reliability

MIN_RELIABLE_ALPHA, MIN_TENTATIVE_ALPHA = 0.8, 0.667
"""Krippendorff's bounds (Content Analysis, 4th edition, 2018, chapter 12): from 0.8 data can be
relied on, from 0.667 they allow tentative conclusions, below that none."""

MIN_CRITERIA = 5
"""From how many criteria on alpha gets an interval."""
_RESAMPLES = 1000
_SEED = 2011

ValueCounts = Sequence[int]
"""How many assessors chose each value, the lowest value first."""
Difference = Callable[[int, int, ValueCounts], float]
"""The squared difference of two values (by place), given how often each value was chosen."""

LevelByAssessor = Mapping[str, int | None]
"""assessor -> level; None where the assessor abstains."""


def count_levels(levels: Sequence[int]) -> tuple[int, int, int, int, int]:
    """Count how many chose level 0, 1, 2, 3 and 4."""
    none, claimed, described, evidenced, measured = (levels.count(level) for level in range(5))
    return none, claimed, described, evidenced, measured


def ordinal_difference(low: int, high: int, chosen: ValueCounts) -> float:
    """Return the squared ordinal difference of two values.

    It counts the choices from the one value to the other, half of those of the two themselves
    (Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section D).
    """
    between = sum(chosen[min(low, high) : max(low, high) + 1])
    return (between - (chosen[low] + chosen[high]) / 2) ** 2


def krippendorff_alpha(
    units: Iterable[ValueCounts], difference: Difference = ordinal_difference
) -> float | None:
    """Return alpha = 1 - observed / expected disagreement; None where it is not defined.

    A unit is what was judged (here a criterion), as the count of each value. Units with one value
    or none cannot be paired and are left out, so gaps in the data need no filling. Not defined
    without pairs and without variation. Krippendorff 2011, sections C and D, and 2018, chapter 12;
    the tests hold it to the published examples and to a second program.
    """
    paired = [unit for unit in units if sum(unit) >= 2]
    chosen: list[int] = [sum(column) for column in zip(*paired, strict=True)]
    values = [value for value, count in enumerate(chosen) if count]
    if len(values) < 2:
        return None
    # Both disagreements are symmetric: each pair of values is visited once.
    pairs = [(a, b, difference(a, b, chosen)) for a in values for b in values if a < b]
    observed = sum(
        sum(unit[a] * unit[b] * apart for a, b, apart in pairs) / (sum(unit) - 1) for unit in paired
    )
    expected = sum(chosen[a] * chosen[b] * apart for a, b, apart in pairs)
    return 1 - observed * (sum(chosen) - 1) / expected


def alpha_interval(units: Sequence[ValueCounts]) -> tuple[float, float] | None:
    """Return the 95 % percentile interval of alpha from resampled units.

    The draws are seeded, so the same ballots give the same interval. Draws without variation have
    no alpha and are left out; None for fewer than five units that can be paired, and where most
    draws have no alpha. With few units such an interval is rather too narrow (Hughes 2022,
    "Toward improved inference for Krippendorff's Alpha agreement coefficient").
    """
    paired = [unit for unit in units if sum(unit) >= 2]
    if len(paired) < MIN_CRITERIA:
        return None
    draw = Random(_SEED).random  # noqa: S311  nothing is secret here
    size = len(paired)
    drawn = (
        krippendorff_alpha([paired[int(draw() * size)] for _ in paired]) for _ in range(_RESAMPLES)
    )
    found = sorted(value for value in drawn if value is not None)
    if 2 * len(found) < _RESAMPLES:
        return None
    return found[floor(0.025 * len(found))], found[ceil(0.975 * len(found)) - 1]


def measure_reliability(rows: Sequence[LevelByAssessor]) -> Reliability:
    """Give alpha over some criteria with its interval, or say why there is none."""
    given = [[level for level in votes.values() if level is not None] for votes in rows]
    who = {name for votes in rows for name, level in votes.items() if level is not None}
    units = [count_levels(levels) for levels in given]
    compared = [levels for levels in given if len(levels) >= 2]
    value = krippendorff_alpha(units)
    if value is None:
        sentence = f"Alpha cannot be given: {_no_alpha(len(who), compared)}."
        return Reliability(assessors=len(who), criteria=len(compared), sentence=sentence)
    low, high = alpha_interval(units) or (None, None)
    return Reliability(
        value=value,
        low=low,
        high=high,
        assessors=len(who),
        criteria=len(compared),
        sentence=_on_alpha(value, low, high),
    )


def _no_alpha(assessors: int, compared: Sequence[Sequence[int]]) -> str:
    if assessors == 0:
        return "nobody has chosen a level yet"
    if assessors == 1:
        return "it compares assessors, and only one has chosen levels"
    if not compared:
        return "no criterion has the levels of two assessors"
    return (
        f"wherever two assessors can be compared, all chose {compared[0][0]}, and without "
        "variation agreement cannot be told from chance"
    )


def format_alpha(value: float) -> str:
    """Write alpha with three decimals, cut off, so that 0.7999 is not shown as 0.8."""
    return f"{floor(value * 1000 + 1e-9) / 1000:.3f}"


def _on_alpha(value: float, low: float | None, high: float | None) -> str:
    if value >= MIN_RELIABLE_ALPHA:
        meaning = f"the levels agree well enough to rely on ({MIN_RELIABLE_ALPHA} or more)"
    elif value >= MIN_TENTATIVE_ALPHA:
        meaning = f"enough for tentative conclusions ({MIN_TENTATIVE_ALPHA} or more), not to rely on ({MIN_RELIABLE_ALPHA})"
    elif value > 0:
        meaning = f"too little to conclude from (below {MIN_TENTATIVE_ALPHA}); compare reasons, then settle"
    else:
        meaning = "no more than chance would give; settle first what the levels mean"
    between = ""
    if low is not None and high is not None:
        between = f" (95 % interval {format_alpha(low)} to {format_alpha(high)})"
        if low < MIN_TENTATIVE_ALPHA <= value:
            meaning += f"; the interval reaches below {MIN_TENTATIVE_ALPHA}, so go by the criteria"
    return f"Alpha is {format_alpha(value)}{between}: {meaning}."
