"""How votes lie -> a plain sentence, with what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

_WORDS = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


def number_word(count: int) -> str:
    """Write a small number as a word."""
    return _WORDS[count] if count < len(_WORDS) else str(count)


def describe_votes(levels: Sequence[int], outlying: Sequence[int], suggestion: int | None) -> str:
    """Say in one sentence how the votes lie and what to do about it."""
    total = len(levels)
    groups = sorted(Counter(levels).items(), key=lambda group: (-group[1], group[0]))
    if total == 1:
        return f"Only one assessor chose a level, {levels[0]}: it takes two to compare."
    if len(groups) == 1:
        return f"{'Both' if total == 2 else f'All {number_word(total)}'} chose {levels[0]}."
    said = [f"{number_word(count)} chose {level}" for level, count in groups]
    said[0] = (
        f"{number_word(groups[0][1])} of {number_word(total)} chose {groups[0][0]}".capitalize()
    )
    if len(outlying) == 1 and len(groups) == 2:
        advice = "ask the one first"
    elif outlying:
        asked = " and ".join(str(level) for level in sorted(set(outlying)))
        advice = f"ask {'whoever' if len(outlying) == 1 else 'those who'} chose {asked} first"
    elif suggestion is not None:
        advice = f"{suggestion} can be the consensus"
    else:
        advice = "settle what tells the two levels apart"
    return f"{'; '.join(said)}: {advice}."
