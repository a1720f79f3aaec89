"""How votes lie -> a plain sentence, with what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
          "eleven", "twelve")  # fmt: skip


def number(count: int) -> str:
    """Write a small number as a word."""
    return _WORDS[count] if count < len(_WORDS) else str(count)


def votes_said(levels: Sequence[int]) -> str:
    """Say how votes lie, the most frequent level first, without the full stop."""
    total = len(levels)
    groups = sorted(Counter(levels).items(), key=lambda group: (-group[1], group[0]))
    if len(groups) == 1:
        one = (
            "Only one assessor" if total == 1 else "Both" if total == 2 else f"All {number(total)}"
        )
        return f"{one} chose {'a level, ' if total == 1 else ''}{groups[0][0]}"
    said = [f"{number(count)} chose {level}" for level, count in groups]
    said[0] = f"{number(groups[0][1])} of {number(total)} chose {groups[0][0]}".capitalize()
    return "; ".join(said)


def on_votes(levels: Sequence[int], outlying: Sequence[int], suggestion: int | None) -> str:
    """Say in one sentence how the votes lie and what to do about it."""
    said = votes_said(levels)
    if len(levels) == 1:
        return f"{said}: it takes two to compare."
    if len(set(levels)) == 1:
        return f"{said}."
    if len(outlying) == 1 and len(set(levels)) == 2:
        advice = "ask the one first"
    elif outlying:
        asked = " and ".join(str(level) for level in sorted(set(outlying)))
        advice = f"ask {'whoever' if len(outlying) == 1 else 'those who'} chose {asked} first"
    elif suggestion is not None:
        advice = f"{suggestion} can be the consensus"
    else:
        advice = "settle what tells the two levels apart"
    return f"{said}: {advice}."
