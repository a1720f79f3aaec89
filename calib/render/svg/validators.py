"""Validators for plotly JSON; each raises UnsupportedFigure with the path of the value."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import isfinite

Validator = Callable[[object, str], object]


class UnsupportedFigure(ValueError):
    """A part of a figure that the renderer does not support; the message begins with its path."""


COLOR = re.compile(r"#[0-9a-fA-F]{6}|rgba\(\d{1,3},\d{1,3},\d{1,3},(?:0|1|0?\.\d+)\)")
MARKUP = re.compile(r'(<br>|</?b>|<span style="color:#[0-9a-fA-F]{6}">|</span>)')
"""The supported markup in texts; literal `<`, `>` and `&` are entities."""


def _unsupported(value: object, path: str, want: str) -> UnsupportedFigure:
    return UnsupportedFigure(f"{path}: {str(value)[:60]!r} is not {want}")


def number(value: object, path: str) -> float:
    """Accept a finite number and return it."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise _unsupported(value, path, "a number")
    return value


def non_negative(value: object, path: str) -> None:
    """Accept a number of at least 0."""
    if number(value, path) < 0:
        raise _unsupported(value, path, "a number of at least 0")


def string(value: object, path: str) -> str:
    """Accept any string and return it."""
    if not isinstance(value, str):
        raise _unsupported(value, path, "a string")
    return value


def boolean(value: object, path: str) -> None:
    """Accept true and false."""
    if not isinstance(value, bool):
        raise _unsupported(value, path, "true or false")


def color(value: object, path: str) -> None:
    """Accept `#rrggbb` and `rgba(r,g,b,a)`."""
    if not (isinstance(value, str) and COLOR.fullmatch(value)):
        raise _unsupported(value, path, "#rrggbb or rgba(r,g,b,a)")


def dash_pattern(value: object, path: str) -> None:
    """Accept `solid` and dash lengths in pixels."""
    if not (isinstance(value, str) and re.fullmatch(r"solid|\d+px(,\d+px)*", value)):
        raise _unsupported(value, path, "solid or a list of lengths in px")


def markup_text(value: object, path: str) -> None:
    """Accept text with supported markup only."""
    for index, part in enumerate(MARKUP.split(string(value, path))):
        if index % 2 == 0 and ("<" in part or ">" in part):
            raise _unsupported(part, path, "text with supported markup")


def nullable(check: Validator) -> Validator:
    """Accept null and whatever `check` accepts."""
    return lambda value, path: None if value is None else check(value, path)


def one_of(*values: object) -> Validator:
    """Accept the given values."""

    def check(value: object, path: str) -> None:
        if not any(value == v and type(value) is type(v) for v in values):
            raise _unsupported(value, path, "one of " + ", ".join(map(repr, values)))

    return check


def list_of(check: Validator, count: int | None = None) -> Validator:
    """Accept a list whose items `check` accepts, of length `count` if given."""

    def check_all(value: object, path: str) -> None:
        if not isinstance(value, list | tuple) or count not in (None, len(value)):
            raise _unsupported(value, path, f"a list of {count}" if count else "a list")
        for index, item in enumerate(value):
            check(item, f"{path}[{index}]")

    return check_all


def pair(first: Validator, second: Validator) -> Validator:
    """Accept a list of two values, each with its own validator."""

    def check(value: object, path: str) -> None:
        if not isinstance(value, list | tuple) or len(value) != 2:
            raise _unsupported(value, path, "a list of 2")
        first(value[0], f"{path}[0]")
        second(value[1], f"{path}[1]")

    return check


def single_or_list(single: Validator, many: Validator) -> Validator:
    """Accept a single value or a list."""

    def check(value: object, path: str) -> None:
        (many if isinstance(value, list | tuple) else single)(value, path)

    return check


def object_with(known: dict[str, Validator], required: str = "") -> Validator:
    """Accept an object with these keys only; `required` lists keys separated by spaces."""

    def check(value: object, path: str) -> None:
        if not isinstance(value, dict):
            raise _unsupported(value, path, "an object")
        for key, item in value.items():
            where = f"{path}.{key}" if path else str(key)
            if key not in known:
                raise UnsupportedFigure(f"{where}: unsupported attribute")
            known[key](item, where)
        for key in required.split():
            if key not in value:
                raise UnsupportedFigure(f"{path}.{key}: missing attribute")

    return check
