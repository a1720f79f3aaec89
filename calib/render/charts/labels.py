"""Text for charts: names that fit their space, numbers, and text alternatives."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from math import floor

from calib.model import ControlResult, Milestone, Result
from calib.text import blank_invisible, day

_TRAILING_WORDS = frozenset(
    ("a", "an", "and", "at", "by", "for", "in", "of", "on", "or", "the", "to", "with", "&")
)
_CAMEL_CASE = re.compile("(?<=[a-z])(?=[A-Z])")
_NARROW, _WIDE = frozenset("iljtfrI.,:;'|!()[] "), frozenset("mwMW@%—…")


def text_width(text: str, size: float) -> float:
    """Estimate the width of a text in pixels.

    The estimate is slightly wide, since the font that renders the chart is not known here.
    """
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
    """Return the text on one line, without invisible characters."""
    return " ".join(blank_invisible(text).split())


def escape_markup(text: str) -> str:
    """Escape text for a figure, since plotly interprets some HTML tags."""
    # quote=False: plotly does not know &quot; and would show it.
    return html.escape(single_line(text), quote=False)


def wrap(text: str, limit: float, size: float, lines: int) -> list[str]:
    """Wrap text into at most `lines` lines of even length; an ellipsis marks omitted text.

    `limit` is the width in pixels at font size `size`. Only a word wider than a line is divided:
    at a capital inside it (HealthScribe), or else cut.
    """
    words = [part for word in single_line(text).split() for part in _split_word(word, limit, size)]
    broken = _fill_lines(words, limit, size)
    if len(broken) > lines:
        last = broken[lines - 1].split()
        while len(last) > 1 and text_width(" ".join(last) + " …", size) > limit:
            last.pop()
        return [*broken[: lines - 1], " ".join(last).rstrip(" ,;:") + " …"]
    # Narrow the limit as long as the number of lines stays the same: the lines become even.
    even = limit
    while even > size and len(_fill_lines(words, even - 4, size)) == len(broken):
        even -= 4
    return _fill_lines(words, even, size)


def _fill_lines(words: Sequence[str], limit: float, size: float) -> list[str]:
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size) <= limit:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _split_word(word: str, limit: float, size: float) -> list[str]:
    if text_width(word, size) <= limit:
        return [word]
    parts = _CAMEL_CASE.split(word)
    return [_truncate_word(p, limit, size) for p in [*(f"{p}-" for p in parts[:-1]), parts[-1]]]


def _truncate_word(word: str, limit: float, size: float) -> str:
    if text_width(word, size) <= limit:
        return word
    while len(word) > 1 and text_width(word + "…", size) > limit:
        word = word[:-1]
    return word + "…"


def control_number(control: ControlResult) -> str:
    """Return the number at the end of a control's id."""
    return control.control.rpartition("-")[2]


def short_title(title: str, limit: int = 40) -> str:
    """Shorten a title to at most `limit` characters, in whole words."""
    words = single_line(title).split()
    if len(" ".join(words)) <= limit or len(words) < 2:
        return " ".join(words)
    while len(words) > 1 and len(" ".join(words)) > limit:
        words.pop()
    while len(words) > 1 and words[-1].lower() in _TRAILING_WORDS:
        words.pop()
    kept = " ".join(words)
    # Cut a list after a complete member.
    return kept[: kept.rindex(",")] if "," in kept else kept


def control_label(control: ControlResult) -> str:
    """Return a control's number and short title."""
    return f"{control_number(control)} {short_title(control.title)}"


def format_gauge(value: float) -> str:
    """Format a gauge with one decimal, rounded half up as in scoring."""
    return f"{floor(value * 10 + 0.5) / 10:.1f}"


def short_date(when: date) -> str:
    """Format a date with plain spaces, which `wrap` may break."""
    return day(when).replace("\u00a0", " ")


def join_first(items: Sequence[str], limit: int = 4) -> str:
    """Join the first items as in a sentence and count the others.

    Items that contain commas are separated by semicolons.
    """
    kept = list(items[:limit])
    if len(items) > limit:
        kept.append(f"{len(items) - limit} more")
    separator = "; " if any("," in k for k in kept) else ", "
    return " and ".join([separator.join(kept[:-1]), kept[-1]]) if len(kept) > 1 else "".join(kept)


def needed_gauge(control: ControlResult) -> float:
    """Return the gauge of a control whose criteria are all exactly at their required level."""
    weights = sum(c.weight for c in control.criteria)
    return sum(c.weight * c.needed for c in control.criteria) / weights if weights else 0.0


def lowest_controls(
    result: Result, value: Callable[[ControlResult], float] = lambda c: c.gauge
) -> list[ControlResult]:
    """Return the controls with the lowest value, by default the lowest gauge."""
    least = min((value(c) for c in result.controls), default=0)
    return [c for c in result.controls if value(c) == least]


def past_milestones(result: Result) -> list[Milestone]:
    """Return the milestones up to the date of the result, oldest first."""
    return sorted((m for m in result.milestones if m.date <= result.today), key=lambda m: m.date)
