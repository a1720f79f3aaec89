"""Result -> the words of charts: names that fit their place, numbers, sentences."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from math import floor

from calib.model import ControlResult, Milestone, Result

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LOOSE_ENDS = frozenset(
    ("a", "an", "and", "at", "by", "for", "in", "of", "on", "or", "the", "to", "with", "&")
)
_HUMP = re.compile("(?<=[a-z])(?=[A-Z])")
_NARROW, _WIDE = frozenset("iljtfrI.,:;'|!()[] "), frozenset("mwMW@%—…")


def text_width(text: str, size: float) -> float:
    """Estimate the width of a text in pixels, a little wide, whatever font draws it."""
    return sum(map(_em, text)) * size


def _em(char: str) -> float:
    if unicodedata.east_asian_width(char) in "WF":
        return 1.0
    if char in _NARROW:
        return 0.33
    if char in _WIDE:
        return 0.92
    return 0.7 if char.isupper() else 0.57


def single_line(text: str) -> str:
    """Return the text on one line, without characters that no font draws."""
    return " ".join(
        "".join(c if unicodedata.category(c) not in _UNSEEN else " " for c in text).split()
    )


_UNSEEN = frozenset(("Cc", "Cs", "Cn", "Co", "Zl", "Zp"))


def escape_markup(text: str) -> str:
    """Return the text for a figure, where plotly reads a little markup."""
    # quote=False: plotly does not know &quot; and would show it.
    return html.escape(single_line(text), quote=False)


def wrap(text: str, limit: float, size: float, lines: int) -> list[str]:
    """Break a text between words into lines of even length, with an ellipsis where it goes on.

    Only a word that is wider than a whole line is divided: within a name as HealthScribe, or cut.
    """
    words = [part for word in single_line(text).split() for part in _parts(word, limit, size)]
    broken = _fill(words, limit, size)
    if len(broken) > lines:
        last = broken[lines - 1].split()
        while len(last) > 1 and text_width(" ".join(last) + " …", size) > limit:
            last.pop()
        return [*broken[: lines - 1], " ".join(last).rstrip(" ,;:") + " …"]
    even = limit
    while even > size and len(_fill(words, even - 4, size)) == len(broken):
        even -= 4
    return _fill(words, even, size)


def _fill(words: Sequence[str], limit: float, size: float) -> list[str]:
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size) <= limit:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _parts(word: str, limit: float, size: float) -> list[str]:
    if text_width(word, size) <= limit:
        return [word]
    parts = _HUMP.split(word)
    return [_clip(p, limit, size) for p in [*(f"{p}-" for p in parts[:-1]), parts[-1]]]


def _clip(word: str, limit: float, size: float) -> str:
    if text_width(word, size) <= limit:
        return word
    while len(word) > 1 and text_width(word + "…", size) > limit:
        word = word[:-1]
    return word + "…"


def control_number(control: ControlResult) -> str:
    """Return the last part of a control's id."""
    return control.control.rpartition("-")[2]


def short_title(title: str, limit: int = 40) -> str:
    """Return the beginning of a title that can stand for it, in whole words."""
    words = single_line(title).split()
    if len(" ".join(words)) <= limit or len(words) < 2:
        return " ".join(words)
    while len(words) > 1 and len(" ".join(words)) > limit:
        words.pop()
    while len(words) > 1 and words[-1].lower() in _LOOSE_ENDS:
        words.pop()
    kept = " ".join(words)
    # A list loses whole members, not the end of one.
    return kept[: kept.rindex(",")] if "," in kept else kept


def control_label(control: ControlResult) -> str:
    """Name a control in a sentence."""
    return f"{control_number(control)} {short_title(control.title)}"


def format_gauge(value: float) -> str:
    """Write a gauge with one decimal, half up as the scoring rounds."""
    return f"{floor(value * 10 + 0.5) / 10:.1f}"


def day(when: date) -> str:
    """Write a date for a picture."""
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def plural(count: int, one: str, many: str = "") -> str:
    """Write a count with its noun."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def listed(items: Sequence[str], most: int = 4) -> str:
    """Join items as in a sentence, counting those beyond the first few."""
    kept = list(items[:most])
    if len(items) > most:
        kept.append(f"{len(items) - most} more")
    comma = "; " if any("," in k for k in kept) else ", "
    return " and ".join([comma.join(kept[:-1]), kept[-1]]) if len(kept) > 1 else "".join(kept)


def needed_gauge(control: ControlResult) -> float:
    """Return the gauge of a control whose criteria all stand just where the gate needs them."""
    weights = sum(c.weight for c in control.criteria)
    return sum(c.weight * c.needed for c in control.criteria) / weights if weights else 0.0


def lowest_controls(
    result: Result, value: Callable[[ControlResult], float] = lambda c: c.gauge
) -> list[ControlResult]:
    """List the controls with the lowest value: by default the lowest gauge."""
    least = min((value(c) for c in result.controls), default=0)
    return [c for c in result.controls if value(c) == least]


def past_milestones(result: Result) -> list[Milestone]:
    """List the milestones up to the day of the result, the oldest first."""
    return sorted((m for m in result.milestones if m.date <= result.today), key=lambda m: m.date)
