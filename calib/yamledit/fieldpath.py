"""Places inside a plain value: `criteria.methodology.claimed_level`, `evidence[=handbook].title`.

A step is a key, a position (`[0]`; one past the end appends) or an identity: `[=handbook]` is the
list entry that is the text `handbook`, or the mapping whose `id` is `handbook`. Identities hold
when somebody else adds or removes entries; positions do not.
"""

from __future__ import annotations

import json
import re
from copy import deepcopy
from datetime import date
from typing import Any

FieldPath = tuple[str | int, ...]

_STEP = re.compile(r"\[=([^\]]+)\]|\[([0-9]{1,6})\]|(?:^|\.)([^.\[\]]+)")


class UnreachableField(Exception):
    """Nothing can stand at a place, for the value around it is of another kind."""


def parse_field_path(field: str | FieldPath) -> FieldPath:
    """Read `criteria.methodology.evidence[0]` as a place; a key with a dot needs the tuple.

    Raises ValueError where the text is no place.
    """
    if not isinstance(field, str):
        return tuple(field)
    steps: list[str | int] = []
    end = 0
    while end < len(field):
        found = _STEP.match(field, end)
        if not found:
            raise ValueError(f"{field!r} is no place in a file")
        identity, number, key = found.groups()
        steps.append(f"={identity}" if identity else int(number) if number else key)
        end = found.end()
    return tuple(steps)


def format_field_path(place: FieldPath) -> str:
    """Write a place as people read it."""
    text = ""
    for step in place:
        if isinstance(step, int) or step.startswith("="):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def to_plain(value: Any) -> Any:
    """Turn what a form holds (dates, tuples, enums) into what YAML holds."""
    if isinstance(value, dict):
        return {str(k): to_plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(v) for v in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    return str(value) if isinstance(value, str) else value


def is_plain(value: Any) -> bool:
    """Say whether a value is made of texts, whole numbers, yes and no, nothing, lists, mappings."""
    if isinstance(value, dict):
        return all(isinstance(k, str) and is_plain(v) for k, v in value.items())
    if isinstance(value, list):
        return all(is_plain(v) for v in value)
    return value is None or type(value) in (str, int, bool)


def is_equal(one: Any, other: Any) -> bool:
    """Say whether two plain values are the same, types included; the order of keys is no matter."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def is_equal_when_shown(one: Any, other: Any) -> bool:
    """Say whether two values look the same in a form.

    Nothing, an empty text, an empty list and `false` all look empty, and 2024 looks like "2024".
    """
    return is_equal(_look(one), _look(other))


def _look(value: Any) -> Any:
    if isinstance(value, dict):
        shown = {k: _look(v) for k, v in value.items()}
        return {k: v for k, v in shown.items() if v is not None} or None
    if isinstance(value, list):
        return [_look(v) for v in value] or None
    if value is None or value is False or value == "":
        return None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def resolve(value: Any, place: FieldPath) -> FieldPath | None:
    """Turn identities into positions; None where nothing stands at the place."""
    found: list[str | int] = []
    for step in place:
        if isinstance(value, list):
            number = _number(value, step)
            if number is None or number >= len(value):
                return None
            found.append(number)
            value = value[number]
        elif isinstance(value, dict) and isinstance(step, str) and step in value:
            found.append(step)
            value = value[step]
        else:
            return None
    return tuple(found)


def get_at(value: Any, place: FieldPath) -> Any:
    """Return what stands at a place, None where nothing does."""
    where = resolve(value, place)
    for step in where or ():
        value = value[step]
    return None if where is None else value


def reduce_edit(value: Any, place: FieldPath, new: Any) -> tuple[FieldPath, Any]:
    """Reduce an edit to the one node to write: its parent stands in the value, or it is null.

    Raises Unreachable.
    """
    for done, step in enumerate(place):
        around = resolve(value, place[:done])
        here = get_at(value, place[:done])
        if around is None:  # pragma: no cover - the loop stops at the first missing step
            raise UnreachableField(format_field_path(place))
        if here is None:
            return around, _build(place[done:], new)
        number = _number(here, step) if isinstance(here, list) else None
        if isinstance(here, dict) and isinstance(step, str) and not step.startswith("="):
            if step not in here:
                return (*around, step), _build(place[done + 1 :], new)
        elif number is None or number > len(here):
            raise UnreachableField(format_field_path(place))
        elif number == len(here):
            return (*around, number), _build_entry(step, place[done + 1 :], new)
    where = resolve(value, place)
    return (() if where is None else where), new


def put_at(value: Any, where: FieldPath, new: Any) -> Any:
    """Return a copy of a value with another node at a settled place."""
    if not where:
        return deepcopy(new)
    copy = deepcopy(value)
    inner = copy
    for step in where[:-1]:
        inner = inner[step]
    if isinstance(inner, list) and where[-1] == len(inner):
        inner.append(deepcopy(new))
    else:
        inner[where[-1]] = deepcopy(new)
    return copy


def drop_at(value: Any, where: FieldPath) -> Any:
    """Return a copy of a value without the node at a concrete place."""
    if not where:
        return None
    copy = deepcopy(value)
    inner = copy
    for step in where[:-1]:
        inner = inner[step]
    del inner[where[-1]]
    return copy


def _number(values: list[Any], step: str | int) -> int | None:
    if isinstance(step, int):
        return step
    if not step.startswith("="):
        return None
    for number, one in enumerate(values):
        if (one.get("id") if isinstance(one, dict) else one) == step[1:]:
            return number
    return len(values)


def _build(place: FieldPath, new: Any) -> Any:
    if not place:
        return new
    step = place[0]
    if isinstance(step, int) or step.startswith("="):
        if step not in (0, str(step)):
            raise UnreachableField(format_field_path(place))
        return [_build_entry(step, place[1:], new)]
    return {step: _build(place[1:], new)}


def _build_entry(step: str | int, place: FieldPath, new: Any) -> Any:
    built = _build(place, new)
    if isinstance(step, str) and place and isinstance(built, dict):
        return {"id": step[1:], **built}
    return built
