"""The three changes of a YAML text: replace, insert or delete one node, by its place."""

from __future__ import annotations

from typing import Any

import yaml

from calib.yamledit import nodes
from calib.yamledit.emitter import Old, Style, Written, block, entry, inline, key_text, under_dash
from calib.yamledit.fieldpath import Place
from calib.yamledit.nodes import CannotSplice, Node, line_end, line_start, next_line, real_end


def replace_node(text: str, where: Place, new: Any, style: Style) -> str:
    """Write another value in the place of a node."""
    path = nodes.find(nodes.compose(text), where)
    if not where:
        return _replace_root(text, path, new, style)
    node, parent, step = path[-1], path[-2], where[-1]
    if not nodes.is_block(parent):
        return _replace_in_flow(text, parent, node, step, new)
    at = nodes.after_mark(text, parent, step)
    old = _old(text, node)
    if isinstance(parent, yaml.MappingNode):
        written = block(new, nodes.key_node(parent, step).start_mark.column, style, old)
    else:
        written = under_dash(new, parent.start_mark.column, style, old)
    return _put(text, at, node, written, is_collection=isinstance(new, dict | list))


def insert_node(text: str, where: Place, new: Any, style: Style) -> str:
    """Add a key at the end of its mapping, or an entry to its list before a position."""
    parent = nodes.find(nodes.compose(text), where[:-1])[-1]
    step = where[-1]
    if not isinstance(parent, yaml.CollectionNode):
        raise CannotSplice("nothing to insert into")
    if not parent.value:
        whole: Any = [new] if isinstance(step, int) else {step: new}
        return replace_node(text, where[:-1], whole, style)
    if not nodes.is_block(parent):
        return _insert_in_flow(text, parent, step, new)
    column = parent.start_mark.column
    if isinstance(parent, yaml.MappingNode):
        at = next_line(text, real_end(text, parent))
        return text[:at] + entry(str(step), new, column, style) + text[at:]
    written = under_dash(new, column, style)
    space = " " if written.inline else ""
    lines = f"{' ' * column}-{space}{written.inline}\n{written.body}"
    if isinstance(step, int) and step < len(parent.value):
        dash = nodes.after_mark(text, parent, step) - 1
        at = line_start(text, dash)
        if text[at:dash].strip():
            raise CannotSplice("a list that starts on the line of another")
    else:
        at = next_line(text, real_end(text, parent))
    return text[:at] + lines + text[at:]


def delete_node(text: str, where: Place, _new: Any, style: Style) -> str:
    """Remove a key with its value, or a list entry, with the lines that only they stand on."""
    parent = nodes.find(nodes.compose(text), where[:-1])[-1]
    if len(parent.value) == 1:
        empty: Any = {} if isinstance(parent, yaml.MappingNode) else []
        return replace_node(text, where[:-1], empty, style)
    number, start = _position(text, parent, where[-1])
    if not nodes.is_block(parent):
        return _delete_in_flow(text, parent, number)
    at = line_start(text, start)
    if not text[at:start].strip():
        return text[:at] + text[next_line(text, _end_of(text, parent, number)) :]
    if number + 1 == len(parent.value):
        raise CannotSplice("the last entry stands on the line of another")
    return text[:start] + text[_start_of(text, parent, number + 1) :]


def _replace_root(text: str, path: list[Node], new: Any, style: Style) -> str:
    if not isinstance(new, dict) or not new:
        if path and text[: path[0].start_mark.index].strip() == "":
            return f"{inline(new, flow=False)}\n"
        raise CannotSplice("a document without keys")
    body = "".join(entry(k, v, 0, style) for k, v in new.items())
    if not path:
        return text + body
    node = path[0]
    start, end = node.start_mark.index, node.end_mark.index
    if text[line_start(text, start) : start].strip() or start == end:
        raise CannotSplice("a document that begins in the middle of a line")
    comment = text[end : line_end(text, end)].strip()
    before = text[: line_start(text, start)] + (f"{comment}\n" if comment else "")
    return before + body + text[next_line(text, end) :]


def _old(text: str, node: Node) -> Old:
    if not isinstance(node, yaml.ScalarNode):
        return Old()
    if node.style != ">":
        return Old(node.style)
    rows = text[next_line(text, node.start_mark.index) : real_end(text, node)].split("\n")
    return Old(node.style, tuple(r.strip() for r in rows) if all(rows) else ())


def _put(text: str, at: int, node: Node, written: Written, *, is_collection: bool) -> str:
    """Write behind a `:` or `-`; a comment on that line and those below it stay."""
    start, end = node.start_mark.index, real_end(text, node)
    between, below = "", line_end(text, end)
    if nodes.is_block_text(node):
        tail = text[nodes.header_end(text, node) : line_end(text, start)]
    elif nodes.is_block(node) and line_start(text, start) > at:
        tail = text[at : line_end(text, at)]
        between = text[next_line(text, at) : line_start(text, start)]
    else:
        tail = text[end:below]
    lines = between + written.body if is_collection else written.body + between
    space = " " if written.inline else ""
    return f"{text[:at]}{space}{written.inline}{tail.rstrip()}\n{lines}{text[below + 1 :]}"


def _replace_in_flow(text: str, parent: Node, node: Node, step: str | int, new: Any) -> str:
    start, end = node.start_mark.index, node.end_mark.index
    written = inline(new, flow=True)
    if start == end and isinstance(parent, yaml.MappingNode):
        key_end = nodes.key_node(parent, step).end_mark.index
        colon = ":" in text[key_end:start]
        written = f"{'' if colon else ':'} {written}"
    return text[:start] + written + text[end:]


def _insert_in_flow(text: str, parent: Node, step: str | int, new: Any) -> str:
    written = inline(new, flow=True)
    if isinstance(parent, yaml.MappingNode):
        written = f"{key_text(str(step), flow=True)}: {written}"
    if isinstance(step, int) and step < len(parent.value):
        at = parent.value[step].start_mark.index
        return f"{text[:at]}{written}, {text[at:]}"
    at = _end_of(text, parent, len(parent.value) - 1)
    return f"{text[:at]}, {written}{text[at:]}"


def _delete_in_flow(text: str, parent: Node, number: int) -> str:
    if number + 1 < len(parent.value):
        start, end = (_start_of(text, parent, n) for n in (number, number + 1))
    else:
        start, end = (_end_of(text, parent, n) for n in (number - 1, number))
    return text[:start] + text[end:]


def _position(text: str, parent: Node, step: str | int) -> tuple[int, int]:
    if isinstance(parent, yaml.MappingNode):
        number = [key.value for key, _ in parent.value].index(step)
    elif isinstance(step, int):
        number = step
    else:
        raise CannotSplice("a list has no keys")
    return number, _start_of(text, parent, number)


def _start_of(text: str, parent: Node, number: int) -> int:
    """Return where an entry begins: its key, its dash, or in brackets the value."""
    one = parent.value[number]
    if isinstance(one, tuple):
        return int(one[0].start_mark.index)
    if nodes.is_block(parent):
        return nodes.after_mark(text, parent, number) - 1
    return int(one.start_mark.index)


def _end_of(text: str, parent: Node, number: int) -> int:
    one = parent.value[number]
    if isinstance(one, tuple):
        return max(real_end(text, one[0]), real_end(text, one[1]))
    return real_end(text, one)
