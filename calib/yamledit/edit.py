"""Change one field of a YAML text; comments, order and layout of the rest stay.

Every new text is parsed and compared with the expected value before it is returned. If the layout
does not allow a local edit, the whole text is rendered again and its comments are lost; the result
records this in `kept_layout`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from calib.files import strict_yaml
from calib.files.strict_yaml import FieldPath, PlainValue
from calib.yamledit import fieldpath
from calib.yamledit.emitter import Style
from calib.yamledit.node_edits import delete_node, insert_node, replace_node
from calib.yamledit.nodes import UnsupportedLayout

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class NotStorableValue(ValueError):
    """A value that strict YAML cannot represent without changing it."""


@dataclass(frozen=True, slots=True)
class EditedText:
    """The text after an edit, its value, and whether the rest of the layout was kept."""

    text: str
    value: Any  # a PlainValue; Any, because callers know the type of the edited value
    kept_layout: bool = True


def parse_value(text: str, name: str) -> PlainValue:
    """Parse a text strictly; a text of only comments is None. Raises BadText."""
    document = strict_yaml.YamlDocument(name)
    try:
        strict_yaml.parse_yaml(text, document)
    except UnicodeEncodeError as error:
        raise InvalidYaml(f"{name}: contains half of a surrogate pair") from error
    if document.problems and not _is_blank(text):
        raise InvalidYaml(str(document.problems[0]))
    value: PlainValue = document.value
    return value


class InvalidYaml(Exception):
    """A text that strict YAML rejects; the message contains the line."""


def set_field(text: str, path: FieldPath, new: object) -> EditedText:
    """Set the value of a field; missing mappings and lists around it are created.

    Raises InvalidYaml, UnreachableField, and NotStorableValue if the value cannot be represented.
    """
    if not fieldpath.is_plain(new):
        raise NotStorableValue("must be a text, whole number, yes or no, list or mapping")
    old = parse_value(text, "the text")
    path, node = fieldpath.reduce_edit(old, path, new)
    expected = fieldpath.put_at(old, path, node)
    return _verify(text, expected, _FieldEdit(path, fieldpath.get_at(old, path), node, old))


def delete_field(text: str, path: FieldPath) -> EditedText:
    """Remove a field; a field that does not exist is not an error. Raises InvalidYaml."""
    old = parse_value(text, "the text")
    found = fieldpath.resolve(old, path)
    if not found:
        return EditedText(text, old)
    return _verify(
        text, fieldpath.drop_at(old, found), _FieldEdit(found, None, None, old, delete=True)
    )


@dataclass(frozen=True, slots=True)
class _FieldEdit:
    """One edit: a reduced path, its value before and after, and the whole document before."""

    path: FieldPath
    before: PlainValue
    after: PlainValue
    whole: PlainValue
    delete: bool = False

    def node_edits(self) -> Iterator[_NodeEdit]:
        if self.delete:
            yield _NodeEdit(delete_node, self.path)
        elif self.path and fieldpath.resolve(self.whole, self.path) is None:
            yield _NodeEdit(insert_node, self.path, self.after)
        else:
            yield from _diff(self.path, self.before, self.after)


@dataclass(frozen=True, slots=True)
class _NodeEdit:
    """One call of `replace_node`, `insert_node` or `delete_node`."""

    edit: Callable[[str, FieldPath, PlainValue, Style], str]
    path: FieldPath
    new: PlainValue = None


def _diff(path: FieldPath, before: PlainValue, after: PlainValue) -> Iterator[_NodeEdit]:
    """Yield the smallest node edits that turn one value into another.

    Equal parts are not touched, so their layout and comments stay.
    """
    if fieldpath.is_equal(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict) and before and after:
        for key in (k for k in before if k in after):
            yield from _diff((*path, key), before[key], after[key])
        for key in (k for k in after if k not in before):
            yield _NodeEdit(insert_node, (*path, key), after[key])
        for key in (k for k in before if k not in after):
            yield _NodeEdit(delete_node, (*path, key))
    elif isinstance(before, list) and isinstance(after, list) and before and after:
        yield from _diff_lists(path, before, after)
    else:
        yield _NodeEdit(replace_node, path, after)


def _diff_lists(
    path: FieldPath, before: list[PlainValue], after: list[PlainValue]
) -> Iterator[_NodeEdit]:
    head = tail = 0
    shorter = min(len(before), len(after))
    while head < shorter and fieldpath.is_equal(before[head], after[head]):
        head += 1
    while tail < shorter - head and fieldpath.is_equal(before[-1 - tail], after[-1 - tail]):
        tail += 1
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    for number in range(min(len(old), len(new))):
        yield from _diff((*path, head + number), old[number], new[number])
    for number in range(len(old), len(new)):
        yield _NodeEdit(insert_node, (*path, head + number), new[number])
    # Backwards: the positions of items that are still to be deleted must not shift.
    for number in reversed(range(len(new), len(old))):
        yield _NodeEdit(delete_node, (*path, head + number))


def _verify(text: str, expected: PlainValue, edit: _FieldEdit) -> EditedText:
    """Apply an edit in the nicest style that gives the expected value; render anew if none does."""
    for style in Style:
        try:
            candidate = _apply(text, edit, style)
        except UnsupportedLayout:
            break
        for ending in _endings(text, candidate):
            if _reads_as(ending, expected):
                return EditedText(ending, expected)
    whole = dump_value(expected, _opening_comments(text))
    if not _reads_as(whole, expected):
        raise NotStorableValue("contains something that YAML would change")
    return EditedText(whole, expected, kept_layout=False)


def _apply(text: str, edit: _FieldEdit, style: Style) -> str:
    # Node edits only handle `\n`. YAML treats both line breaks alike, so the value is the same.
    windows = "\r\n" in text and "\n" not in text.replace("\r\n", "")
    new = text.replace("\r\n", "\n") if windows else text
    if new and not new.endswith("\n"):
        new += "\n"
    for step in edit.node_edits():
        new = step.edit(new, step.path, step.new, style)
    return new.replace("\n", "\r\n") if windows else new


def _endings(text: str, candidate: str) -> Iterator[str]:
    """Yield the candidate without a final newline, if the old text had none, then with it."""
    if text and not text.endswith("\n"):
        yield candidate.removesuffix("\n").removesuffix("\r")
    yield candidate


def _reads_as(text: str, expected: PlainValue) -> bool:
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


class _BlockDumper(_Dumper):  # type: ignore[misc]  # the base is chosen at run time
    """Render texts of several lines as blocks where YAML allows it."""


def _represent_text(dumper: Any, text: str) -> Any:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_BlockDumper.add_representer(str, _represent_text)


def dump_value(value: object, comments: str = "") -> str:
    """Render a value as a complete YAML text."""
    try:
        body = yaml.dump(
            value, Dumper=_BlockDumper, sort_keys=False, allow_unicode=True, width=100_000
        )
    except (yaml.YAMLError, UnicodeError) as error:
        raise NotStorableValue(f"contains something that YAML cannot represent: {error}") from error
    return comments + str(body)
