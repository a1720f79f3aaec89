"""Paths to the fields of a YAML value, such as `criteria.methodology.evidence[=handbook]`.

A step is a key, a position (`[0]`; one past the end appends) or an identity: `[=handbook]` is the
list item that is the text `handbook`, or the mapping whose `id` is `handbook`. An identity stays
valid when another person adds or removes items; a position does not.

A path is resolved when each step is a key or a position that exists in the value.
"""

from __future__ import annotations

import json
import re
from copy import deepcopy
from datetime import date
from typing import TypeGuard

from calib.files.strict_yaml import FieldPath, PlainValue, format_field_path

_STEP = re.compile(r"\[=([^\]]+)\]|\[([0-9]{1,6})\]|(?:^|\.)([^.\[\]]+)")


class UnreachableField(Exception):
    """A path leads through a value of another kind, such as a key of a list."""


def parse_field_path(field: str | FieldPath) -> FieldPath:
    """Parse `criteria.methodology.evidence[0]`; a key with a dot has to be given as a tuple.

    Raises ValueError if the text is not a path.
    """
    if not isinstance(field, str):
        return tuple(field)
    steps: list[str | int] = []
    end = 0
    while end < len(field):
        found = _STEP.match(field, end)
        if not found:
            raise ValueError(f"{field!r} is not a field path")
        identity, number, key = found.groups()
        steps.append(f"={identity}" if identity else int(number) if number else key)
        end = found.end()
    return tuple(steps)


def to_plain(value: object) -> PlainValue:
    """Convert the values of a form (dates, tuples, enums) into values that YAML has."""
    if isinstance(value, dict):
        return {str(k): to_plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(v) for v in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool) or value is None:
        return value
    # `int()` and `str()` remove the subclass: PyYAML cannot represent an IntEnum or a StrEnum.
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return str(value)
    return value  # type: ignore[return-value]  # left for `is_plain` to reject


def is_plain(value: object) -> TypeGuard[PlainValue]:
    """Return whether a value is made of text, integers, booleans, null, lists and mappings."""
    if isinstance(value, dict):
        return all(isinstance(k, str) and is_plain(v) for k, v in value.items())
    if isinstance(value, list):
        return all(is_plain(v) for v in value)
    return value is None or type(value) in (str, int, bool)


def is_equal(left: object, right: object) -> bool:
    """Compare two plain values, types included; the order of keys does not matter."""
    # JSON, since `==` calls 1 and True equal, deep inside lists and mappings too.
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


def is_equal_when_shown(left: PlainValue, right: PlainValue) -> bool:
    """Return whether two values look the same in a form.

    Null, an empty text, an empty list and `false` all look empty, and 2024 looks like "2024".
    """
    return is_equal(_as_shown(left), _as_shown(right))


def _as_shown(value: PlainValue) -> PlainValue:
    if isinstance(value, dict):
        shown = {k: _as_shown(v) for k, v in value.items()}
        return {k: v for k, v in shown.items() if v is not None} or None
    if isinstance(value, list):
        return [_as_shown(v) for v in value] or None
    if value is None or value is False or value == "":
        return None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def resolve(value: PlainValue, path: FieldPath) -> FieldPath | None:
    """Replace identities by positions; None if the field does not exist."""
    resolved: list[str | int] = []
    for step in path:
        if isinstance(value, list):
            number = _position(value, step)
            if number is None or number >= len(value):
                return None
            resolved.append(number)
            value = value[number]
        elif isinstance(value, dict) and isinstance(step, str) and step in value:
            resolved.append(step)
            value = value[step]
        else:
            return None
    return tuple(resolved)


def get_at(value: PlainValue, path: FieldPath) -> PlainValue:
    """Return the value of a field; None if it does not exist."""
    resolved = resolve(value, path)
    return None if resolved is None else _descend(value, resolved)


def reduce_edit(
    value: PlainValue, path: FieldPath, new: PlainValue
) -> tuple[FieldPath, PlainValue]:
    """Reduce an edit to the one node that has to be written.

    Returns the path of the node, whose parent exists, and its value: `new`, or `new` inside the
    mappings and lists that are missing. Raises UnreachableField.
    """
    for depth, step in enumerate(path):
        parent_path = resolve(value, path[:depth])
        if parent_path is None:  # pragma: no cover - the loop stops at the first missing step
            raise UnreachableField(format_field_path(path))
        parent = _descend(value, parent_path)
        if parent is None:
            return parent_path, _wrap(path[depth:], new)
        number = _position(parent, step) if isinstance(parent, list) else None
        if isinstance(parent, dict) and isinstance(step, str) and not step.startswith("="):
            if step not in parent:
                return (*parent_path, step), _wrap(path[depth + 1 :], new)
        elif not isinstance(parent, list) or number is None or number > len(parent):
            raise UnreachableField(format_field_path(path))
        elif number == len(parent):
            return (*parent_path, number), _wrap_item(step, path[depth + 1 :], new)
    return (resolve(value, path) or ()), new


def put_at(value: PlainValue, path: FieldPath, new: PlainValue) -> PlainValue:
    """Return a copy of a value with another node at a path that `reduce_edit` returned."""
    if not path:
        return deepcopy(new)
    copy = deepcopy(value)
    parent = _descend(copy, path[:-1])
    step = path[-1]
    if isinstance(parent, list) and isinstance(step, int):
        parent[step : step + 1] = [deepcopy(new)]
    elif isinstance(parent, dict) and isinstance(step, str):
        parent[step] = deepcopy(new)
    return copy


def drop_at(value: PlainValue, path: FieldPath) -> PlainValue:
    """Return a copy of a value without the node at a resolved path."""
    if not path:
        return None
    copy = deepcopy(value)
    parent = _descend(copy, path[:-1])
    step = path[-1]
    del parent[step]  # type: ignore[union-attr, arg-type]  # as in `_descend`
    return copy


def _descend(value: PlainValue, path: FieldPath) -> PlainValue:
    """Return the node at a resolved path, not a copy of it."""
    for step in path:
        value = value[step]  # type: ignore[index]  # a resolved path fits its value
    return value


def _position(values: list[PlainValue], step: str | int) -> int | None:
    """Return the position that a step means, the length for an unknown identity, None for a key."""
    if isinstance(step, int):
        return step
    if not step.startswith("="):
        return None
    for number, item in enumerate(values):
        if (item.get("id") if isinstance(item, dict) else item) == step[1:]:
            return number
    return len(values)


def _wrap(path: FieldPath, new: PlainValue) -> PlainValue:
    """Build the mappings and lists that a path leads through, around a value."""
    if not path:
        return new
    step = path[0]
    if isinstance(step, int) or step.startswith("="):
        if step not in (0, str(step)):
            raise UnreachableField(format_field_path(path))
        return [_wrap_item(step, path[1:], new)]
    return {step: _wrap(path[1:], new)}


def _wrap_item(step: str | int, path: FieldPath, new: PlainValue) -> PlainValue:
    """Build a list item; one that is addressed by its identity gets this `id`."""
    item = _wrap(path, new)
    if isinstance(step, str) and path and isinstance(item, dict):
        return {"id": step[1:], **item}
    return item
