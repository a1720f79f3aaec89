"""What the renderer knows of a plotly figure; anything else is refused by its path."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import isfinite
from typing import Any

Check = Callable[[Any, str], None]


class UnsupportedFigure(ValueError):
    """Name the part of a figure that the renderer does not know."""


COLOR = re.compile(r"#[0-9a-fA-F]{6}|rgba\(\d{1,3},\d{1,3},\d{1,3},(?:0|1|0?\.\d+)\)")
MARKUP = re.compile(r'(<br>|</?b>|<span style="color:#[0-9a-fA-F]{6}">|</span>)')
"""The markup of texts; `<`, `>` and `&` of a text itself stand as entities."""


def _refuse(value: object, path: str, want: str) -> UnsupportedFigure:
    return UnsupportedFigure(f"{path}: {str(value)[:60]!r} is not {want}")


def number(value: Any, path: str) -> None:
    """Accept a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise _refuse(value, path, "a number")


def at_least_zero(value: Any, path: str) -> None:
    """Accept a size."""
    number(value, path)
    if value < 0:
        raise _refuse(value, path, "a size")


def string(value: Any, path: str) -> None:
    """Accept any string."""
    if not isinstance(value, str):
        raise _refuse(value, path, "a string")


def flag(value: Any, path: str) -> None:
    """Accept true and false."""
    if not isinstance(value, bool):
        raise _refuse(value, path, "true or false")


def color(value: Any, path: str) -> None:
    """Accept `#rrggbb` and `rgba(r,g,b,a)`."""
    if not (isinstance(value, str) and COLOR.fullmatch(value)):
        raise _refuse(value, path, "a colour that is known here")


def dashes(value: Any, path: str) -> None:
    """Accept `solid` and lengths in pixels."""
    if not (isinstance(value, str) and re.fullmatch(r"solid|\d+px(,\d+px)*", value)):
        raise _refuse(value, path, "solid or a list of lengths in px")


def label(value: Any, path: str) -> None:
    """Accept a text whose markup is known."""
    string(value, path)
    for index, part in enumerate(MARKUP.split(value)):
        if index % 2 == 0 and ("<" in part or ">" in part):
            raise _refuse(part, path, "text with markup that is known here")


def nothing_or(check: Check) -> Check:
    """Accept null beside what a check accepts."""
    return lambda value, path: None if value is None else check(value, path)


def one_of(*values: object) -> Check:
    """Accept the values given."""

    def check(value: Any, path: str) -> None:
        if not any(value == v and type(value) is type(v) for v in values):
            raise _refuse(value, path, "one of " + ", ".join(map(repr, values)))

    return check


def each(check: Check, count: int | None = None) -> Check:
    """Accept a list of what a check accepts, of any length or just one."""

    def check_all(value: Any, path: str) -> None:
        if not isinstance(value, list | tuple) or count not in (None, len(value)):
            raise _refuse(value, path, f"a list of {count}" if count else "a list")
        for index, item in enumerate(value):
            check(item, f"{path}[{index}]")

    return check_all


def either(one: Check, many: Check) -> Check:
    """Accept one thing, or a list."""

    def check(value: Any, path: str) -> None:
        (many if isinstance(value, list | tuple) else one)(value, path)

    return check


def keys(known: dict[str, Check], required: str = "") -> Check:
    """Accept an object with these keys only."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise _refuse(value, path, "an object")
        for key, item in value.items():
            where = f"{path}.{key}" if path else str(key)
            if key not in known:
                raise UnsupportedFigure(f"{where}: the renderer does not know this attribute")
            known[key](item, where)
        for key in required.split():
            if key not in value:
                raise UnsupportedFigure(f"{path}.{key}: the renderer needs this attribute")

    return check
