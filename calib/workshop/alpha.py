"""Krippendorff's alpha, its interval, and an explanation of both.

Implemented here because the packages that have it are under the GPL or hardly maintained. The tests
compare it with Krippendorff's published examples and with the package `krippendorff`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import ceil, floor
from random import Random

from calib.model import Reliability

MIN_RELIABLE_ALPHA, MIN_TENTATIVE_ALPHA = 0.8, 0.667
"""Krippendorff's bounds (Content Analysis, 4th edition, 2018, chapter 12): 0.8 or more is reliable,
0.667 or more allows tentative conclusions, less allows none."""

MIN_CRITERIA = 5
"""Criteria needed for an interval of alpha."""
_RESAMPLES = 1000
_SEED = 2011
"""Fixed, so that the same ballots always give the same interval."""

ValueCounts = Sequence[int]
"""Number of assessors who chose each value, the lowest value first."""
Difference = Callable[[int, int, ValueCounts], float]
"""Squared difference of two values (by index), given how often each value was chosen."""

LevelByAssessor = Mapping[str, int | None]
"""Level by assessor; None if the assessor abstains."""


def count_levels(levels: Sequence[int]) -> tuple[int, int, int, int, int]:
    """Count the votes for each of the levels 0 to 4."""
    none, claimed, described, evidenced, measured = (levels.count(level) for level in range(5))
    return none, claimed, described, evidenced, measured


def ordinal_difference(low: int, high: int, chosen: ValueCounts) -> float:
    """Return the squared ordinal difference of two values.

    It counts the choices between the two values, and half of the choices of the two themselves
    (Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section D).
    """
    between = sum(chosen[min(low, high) : max(low, high) + 1])
    return (between - (chosen[low] + chosen[high]) / 2) ** 2


def krippendorff_alpha(
    units: Iterable[ValueCounts], difference: Difference = ordinal_difference
) -> float | None:
    """Return alpha = 1 - observed / expected disagreement; None if it is not defined.

    A unit is a judged item (here a criterion), as the counts of its values. Units with fewer than
    two values have no pairs and are ignored, so missing votes need no special treatment. Alpha is
    not defined without pairs or without variation. Source: Krippendorff 2011, sections C and D, and
    2018, chapter 12.
    """
    paired = [unit for unit in units if sum(unit) >= 2]
    chosen: list[int] = [sum(column) for column in zip(*paired, strict=True)]
    values = [value for value, count in enumerate(chosen) if count]
    if len(values) < 2:
        return None
    # Both disagreements are symmetric, so each pair of values is visited once.
    pairs = [(a, b, difference(a, b, chosen)) for a in values for b in values if a < b]
    observed = sum(
        sum(unit[a] * unit[b] * apart for a, b, apart in pairs) / (sum(unit) - 1) for unit in paired
    )
    expected = sum(chosen[a] * chosen[b] * apart for a, b, apart in pairs)
    return 1 - observed * (sum(chosen) - 1) / expected


def alpha_interval(units: Sequence[ValueCounts]) -> tuple[float, float] | None:
    """Return the 95 % percentile interval of alpha from resampled units.

    Samples without variation have no alpha and are ignored. Returns None for fewer than five units
    with pairs, and if most samples have no alpha. With few units such an interval tends to be too
    narrow (Hughes 2022, "Toward improved inference for Krippendorff's Alpha agreement
    coefficient").
    """
    paired = [unit for unit in units if sum(unit) >= 2]
    if len(paired) < MIN_CRITERIA:
        return None
    draw = Random(_SEED).random  # noqa: S311  statistics, not cryptography
    size = len(paired)
    samples = (
        krippendorff_alpha([paired[int(draw() * size)] for _ in paired]) for _ in range(_RESAMPLES)
    )
    alphas = sorted(value for value in samples if value is not None)
    if 2 * len(alphas) < _RESAMPLES:
        return None
    return alphas[floor(0.025 * len(alphas))], alphas[ceil(0.975 * len(alphas)) - 1]


def measure_reliability(rows: Sequence[LevelByAssessor]) -> Reliability:
    """Measure alpha over some criteria, with its interval, or the reason why it is not defined."""
    levels_by_row = [[level for level in votes.values() if level is not None] for votes in rows]
    assessors = {name for votes in rows for name, level in votes.items() if level is not None}
    units = [count_levels(levels) for levels in levels_by_row]
    compared = [levels for levels in levels_by_row if len(levels) >= 2]
    value = krippendorff_alpha(units)
    if value is None:
        sentence = f"Alpha is not defined: {_explain_undefined(len(assessors), compared)}."
        return Reliability(assessors=len(assessors), criteria=len(compared), sentence=sentence)
    low, high = alpha_interval(units) or (None, None)
    return Reliability(
        value=value,
        low=low,
        high=high,
        assessors=len(assessors),
        criteria=len(compared),
        sentence=_explain_alpha(value, low, high),
    )


def _explain_undefined(assessors: int, compared: Sequence[Sequence[int]]) -> str:
    if assessors == 0:
        return "no levels chosen yet"
    if assessors == 1:
        return "it compares assessors, but only one has chosen levels"
    if not compared:
        return "no criterion has levels of two assessors"
    return (
        f"on all criteria with two or more votes, everyone chose {compared[0][0]}; without "
        "variation, agreement cannot be distinguished from chance"
    )


def format_alpha(value: float) -> str:
    """Format alpha with three decimals, rounded down, so that 0.7999 does not appear as 0.8."""
    # 1e-9 absorbs rounding errors: an alpha of 0.8 may be computed as 0.7999999999999999.
    return f"{floor(value * 1000 + 1e-9) / 1000:.3f}"


def _explain_alpha(value: float, low: float | None, high: float | None) -> str:
    if value >= MIN_RELIABLE_ALPHA:
        meaning = f"the levels agree well enough to rely on ({MIN_RELIABLE_ALPHA} or more)"
    elif value >= MIN_TENTATIVE_ALPHA:
        meaning = (
            f"enough for tentative conclusions ({MIN_TENTATIVE_ALPHA} or more), "
            f"not to rely on ({MIN_RELIABLE_ALPHA})"
        )
    elif value > 0:
        meaning = (
            f"too low for conclusions (below {MIN_TENTATIVE_ALPHA}); "
            "compare reasons before settling"
        )
    else:
        meaning = "no better than chance; first agree on the meaning of the levels"
    between = ""
    if low is not None and high is not None:
        between = f" (95 % interval {format_alpha(low)} to {format_alpha(high)})"
        if low < MIN_TENTATIVE_ALPHA <= value:
            meaning += f"; the interval reaches below {MIN_TENTATIVE_ALPHA}, "
            meaning += "so rely on the criteria instead"
    return f"Alpha is {format_alpha(value)}{between}: {meaning}."
