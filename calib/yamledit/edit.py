"""Change one field of a YAML text and nothing else: comments, order and layout stay.

Whatever is written has been read back first and compared. Where a text is laid out so oddly that
a part of it cannot be replaced, the whole is written anew (and its comments are lost).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from calib.files import strict_yaml
from calib.yamledit import fieldpath
from calib.yamledit.emitter import Style
from calib.yamledit.fieldpath import FieldPath
from calib.yamledit.node_edits import delete_node, insert_node, replace_node
from calib.yamledit.nodes import UnsupportedLayout

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class NotStorableValue(ValueError):
    """A value that strict YAML would not read back as it was."""


@dataclass(frozen=True, slots=True)
class EditedText:
    """Hold the new text, its value, and whether the rest of the text was left alone."""

    text: str
    value: Any
    kept_layout: bool = True


def parse_value(text: str, name: str) -> Any:
    """Parse a text strictly; comments alone mean None. Raises BadText."""
    document = strict_yaml.YamlDocument(name)
    try:
        strict_yaml.parse_yaml(text, document)
    except UnicodeEncodeError as error:
        raise InvalidYaml(f"{name}: holds half a character") from error
    if document.problems and not _is_blank(text):
        raise InvalidYaml(str(document.problems[0]))
    return document.value


class InvalidYaml(Exception):
    """A file that strict YAML does not accept; the message names its line."""


def set_field(text: str, where: FieldPath, new: Any) -> EditedText:
    """Write a value at a place, making the mappings and lists around it. Raises Unreachable."""
    if not fieldpath.is_plain(new):
        raise NotStorableValue("is no text, whole number, yes or no, list or mapping")
    old = parse_value(text, "the text")
    where, new = fieldpath.reduce_edit(old, where, new)
    expected = fieldpath.put_at(old, where, new)
    return _verified(text, expected, _Plan(where, fieldpath.get_at(old, where), new, old))


def delete_field(text: str, where: FieldPath) -> EditedText:
    """Remove what stands at a place; nothing there is no error."""
    old = parse_value(text, "the text")
    found = fieldpath.resolve(old, where)
    if not found:
        return EditedText(text, old)
    return _verified(
        text, fieldpath.drop_at(old, found), _Plan(found, None, None, old, delete=True)
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """Hold one edit: a settled place and the values there before and after."""

    where: FieldPath
    before: Any
    after: Any
    whole: Any
    delete: bool = False

    def steps(self) -> Iterator[_Step]:
        if self.delete:
            yield _Step(delete_node, self.where)
        elif self.where and fieldpath.resolve(self.whole, self.where) is None:
            yield _Step(insert_node, self.where, self.after)
        else:
            yield from _differences(self.where, self.before, self.after)


@dataclass(frozen=True, slots=True)
class _Step:
    how: Callable[[str, FieldPath, Any, Style], str]
    where: FieldPath
    new: Any = None


def _differences(where: FieldPath, before: Any, after: Any) -> Iterator[_Step]:
    """List the smallest steps from one value to another, so that what is equal stays as it is."""
    if fieldpath.is_equal(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict) and before and after:
        for key in (k for k in before if k in after):
            yield from _differences((*where, key), before[key], after[key])
        for key in (k for k in after if k not in before):
            yield _Step(insert_node, (*where, key), after[key])
        for key in (k for k in before if k not in after):
            yield _Step(delete_node, (*where, key))
    elif isinstance(before, list) and isinstance(after, list) and before and after:
        yield from _list_differences(where, before, after)
    else:
        yield _Step(replace_node, where, after)


def _list_differences(where: FieldPath, before: list[Any], after: list[Any]) -> Iterator[_Step]:
    head = tail = 0
    shorter = min(len(before), len(after))
    while head < shorter and fieldpath.is_equal(before[head], after[head]):
        head += 1
    while tail < shorter - head and fieldpath.is_equal(before[-1 - tail], after[-1 - tail]):
        tail += 1
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    for number in range(min(len(old), len(new))):
        yield from _differences((*where, head + number), old[number], new[number])
    for number in range(len(old), len(new)):
        yield _Step(insert_node, (*where, head + number), new[number])
    for number in reversed(range(len(new), len(old))):
        yield _Step(delete_node, (*where, head + number))


def _verified(text: str, expected: Any, plan: _Plan) -> EditedText:
    for style in Style:
        try:
            candidate = _apply(text, plan, style)
        except UnsupportedLayout:
            break
        for ending in _endings(text, candidate):
            if _reads_as(ending, expected):
                return EditedText(ending, expected)
    whole = dump_value(expected, _opening_comments(text))
    if not _reads_as(whole, expected):
        raise NotStorableValue("holds something that YAML would change")
    return EditedText(whole, expected, kept_layout=False)


def _apply(text: str, plan: _Plan, style: Style) -> str:
    # YAML reads both line breaks alike; one kind is enough to think about.
    windows = "\r\n" in text and "\n" not in text.replace("\r\n", "")
    new = text.replace("\r\n", "\n") if windows else text
    if new and not new.endswith("\n"):
        new += "\n"
    for step in plan.steps():
        new = step.how(new, step.where, step.new, style)
    return new.replace("\n", "\r\n") if windows else new


def _endings(text: str, candidate: str) -> Iterator[str]:
    if text and not text.endswith("\n"):
        yield candidate.removesuffix("\n").removesuffix("\r")
    yield candidate


def _reads_as(text: str, expected: Any) -> bool:
    try:
        return fieldpath.is_equal(parse_value(text, ""), expected)
    except InvalidYaml:
        return False


def _is_blank(text: str) -> bool:
    return all(not row.strip() or row.lstrip().startswith("#") for row in text.splitlines())


def _opening_comments(text: str) -> str:
    rows = []
    for row in text.splitlines():
        if not row.startswith("#"):
            break
        rows.append(f"{row}\n")
    return "".join(rows)


class _BlockDumper(_Dumper):  # type: ignore[misc]
    """Write long texts as blocks where YAML allows it."""


def _represent_text(dumper: Any, text: str) -> Any:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_BlockDumper.add_representer(str, _represent_text)


def dump_value(value: Any, comments: str = "") -> str:
    """Write a value as a whole YAML text."""
    try:
        body = yaml.dump(
            value, Dumper=_BlockDumper, sort_keys=False, allow_unicode=True, width=100_000
        )
    except (yaml.YAMLError, UnicodeError) as error:
        raise NotStorableValue(f"holds something that cannot be saved: {error}") from error
    return comments + str(body)
