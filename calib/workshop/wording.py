"""Describe the votes on a criterion in a sentence, with advice on how to proceed."""

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
    """Return a number up to twelve as a word, a larger one in digits."""
    return _WORDS[count] if count < len(_WORDS) else str(count)


def describe_votes(levels: Sequence[int], outlying: Sequence[int], suggestion: int | None) -> str:
    """Describe the votes on a criterion and how to proceed.

    `outlying` are the levels of the assessors to ask first, `suggestion` a possible consensus.
    """
    total = len(levels)
    groups = sorted(Counter(levels).items(), key=lambda group: (-group[1], group[0]))
    if total == 1:
        return f"Only one assessor chose a level, {levels[0]}: two are needed to compare."
    if len(groups) == 1:
        return f"{'Both' if total == 2 else f'All {number_word(total)}'} chose {levels[0]}."
    parts = [f"{number_word(count)} chose {level}" for level, count in groups]
    parts[0] = (
        f"{number_word(groups[0][1])} of {number_word(total)} chose {groups[0][0]}".capitalize()
    )
    if len(outlying) == 1 and len(groups) == 2:
        advice = "ask that assessor first"
    elif outlying:
        chosen = " and ".join(str(level) for level in sorted(set(outlying)))
        who = "the assessor who" if len(outlying) == 1 else "those who"
        advice = f"ask {who} chose {chosen} first"
    elif suggestion is not None:
        advice = f"{suggestion} can be the consensus"
    else:
        advice = "agree on the difference between the two levels"
    return f"{'; '.join(parts)}: {advice}."
