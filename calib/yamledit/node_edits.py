"""Replace, insert or delete one node of a YAML text.

Each function returns the new text or raises `UnsupportedLayout`. They edit by index and do not
verify; `edit` parses the result.
"""

from __future__ import annotations

import yaml

from calib.files.strict_yaml import FieldPath, PlainValue
from calib.yamledit import nodes
from calib.yamledit.emitter import (
    PreviousStyle,
    RenderedNode,
    Style,
    render_block,
    render_entry,
    render_inline,
    render_item,
    render_key,
)
from calib.yamledit.nodes import (
    Node,
    UnsupportedLayout,
    content_end,
    line_end,
    line_start,
    next_line,
)


def replace_node(text: str, path: FieldPath, new: PlainValue, style: Style) -> str:
    """Replace the value of a node."""
    chain = nodes.find_nodes(nodes.compose_nodes(text), path)
    if not path:
        return _replace_root(text, chain, new, style)
    node, parent, step = chain[-1], chain[-2], path[-1]
    if not nodes.is_block_collection(parent):
        return _replace_in_flow(text, parent, node, step, new)
    at = nodes.index_after_indicator(text, parent, step)
    old = _previous_style(text, node)
    if isinstance(parent, yaml.MappingNode):
        written = render_block(new, nodes.key_node(parent, step).start_mark.column, style, old)
    else:
        written = render_item(new, parent.start_mark.column, style, old)
    return _splice_value(text, at, node, written, is_collection=isinstance(new, dict | list))


def insert_node(text: str, path: FieldPath, new: PlainValue, style: Style) -> str:
    """Append a key to its mapping, or insert an item into its list before a position."""
    parent = nodes.find_nodes(nodes.compose_nodes(text), path[:-1])[-1]
    step = path[-1]
    if not isinstance(parent, yaml.CollectionNode):
        raise UnsupportedLayout("the parent is not a collection")
    # An empty collection is `[]`, `{}` or nothing: it is replaced, in block style.
    if not parent.value:
        whole: PlainValue = [new] if isinstance(step, int) else {step: new}
        return replace_node(text, path[:-1], whole, style)
    if not nodes.is_block_collection(parent):
        return _insert_in_flow(text, parent, step, new)
    column = parent.start_mark.column
    if isinstance(parent, yaml.MappingNode):
        at = next_line(text, content_end(text, parent))
        return text[:at] + render_entry(str(step), new, column, style) + text[at:]
    written = render_item(new, column, style)
    space = " " if written.inline else ""
    lines = f"{' ' * column}-{space}{written.inline}\n{written.body}"
    if isinstance(step, int) and step < len(parent.value):
        dash = nodes.index_after_indicator(text, parent, step) - 1
        at = line_start(text, dash)
        if text[at:dash].strip():
            raise UnsupportedLayout("nested list that starts on the line of its parent")
    else:
        at = next_line(text, content_end(text, parent))
    return text[:at] + lines + text[at:]


def delete_node(text: str, path: FieldPath, _new: PlainValue, style: Style) -> str:
    """Remove a key with its value, or a list item, with the lines that contain nothing else."""
    parent = nodes.find_nodes(nodes.compose_nodes(text), path[:-1])[-1]
    # The last entry: `key:` without a value would be null, not an empty collection.
    if len(parent.value) == 1:
        empty: PlainValue = {} if isinstance(parent, yaml.MappingNode) else []
        return replace_node(text, path[:-1], empty, style)
    number, start = _position(text, parent, path[-1])
    if not nodes.is_block_collection(parent):
        return _delete_in_flow(text, parent, number)
    at = line_start(text, start)
    if not text[at:start].strip():
        return text[:at] + text[next_line(text, _entry_end(text, parent, number)) :]
    if number + 1 == len(parent.value):
        raise UnsupportedLayout("the only line of the last entry is shared")
    return text[:start] + text[_entry_start(text, parent, number + 1) :]


def _replace_root(text: str, chain: list[Node], new: PlainValue, style: Style) -> str:
    if not isinstance(new, dict) or not new:
        if chain and text[: chain[0].start_mark.index].strip() == "":
            return f"{render_inline(new, flow=False)}\n"
        raise UnsupportedLayout("the document is not a mapping")
    body = "".join(render_entry(k, v, 0, style) for k, v in new.items())
    if not chain:
        return text + body
    node = chain[0]
    start, end = node.start_mark.index, node.end_mark.index
    if text[line_start(text, start) : start].strip() or start == end:
        raise UnsupportedLayout("the document starts in the middle of a line")
    # A comment behind the old document moves to a line before the new one.
    comment = text[end : line_end(text, end)].strip()
    before = text[: line_start(text, start)] + (f"{comment}\n" if comment else "")
    return before + body + text[next_line(text, end) :]


def _previous_style(text: str, node: Node) -> PreviousStyle:
    if not isinstance(node, yaml.ScalarNode):
        return PreviousStyle()
    if node.style != ">":
        return PreviousStyle(node.style)
    rows = text[next_line(text, node.start_mark.index) : content_end(text, node)].split("\n")
    return PreviousStyle(node.style, tuple(r.strip() for r in rows) if all(rows) else ())


def _splice_value(
    text: str, at: int, node: Node, written: RenderedNode, *, is_collection: bool
) -> str:
    """Put a value after a `:` or `-`; the comments on that line and below it stay."""
    start, end = node.start_mark.index, content_end(text, node)
    between, below = "", line_end(text, end)
    # `tail` is the comment on the line of the indicator, `between` the comment lines below it and
    # above the old value.
    if nodes.is_block_scalar(node):
        tail = text[nodes.header_end(text, node) : line_end(text, start)]
    elif nodes.is_block_collection(node) and line_start(text, start) > at:
        tail = text[at : line_end(text, at)]
        between = text[next_line(text, at) : line_start(text, start)]
    else:
        tail = text[end:below]
    lines = between + written.body if is_collection else written.body + between
    space = " " if written.inline else ""
    return f"{text[:at]}{space}{written.inline}{tail.rstrip()}\n{lines}{text[below + 1 :]}"


def _replace_in_flow(text: str, parent: Node, node: Node, step: str | int, new: PlainValue) -> str:
    start, end = node.start_mark.index, node.end_mark.index
    written = render_inline(new, flow=True)
    # `{a, b: }` has keys without a value, and `a` not even a colon.
    if start == end and isinstance(parent, yaml.MappingNode):
        key_end = nodes.key_node(parent, step).end_mark.index
        colon = ":" in text[key_end:start]
        written = f"{'' if colon else ':'} {written}"
    return text[:start] + written + text[end:]


def _insert_in_flow(text: str, parent: Node, step: str | int, new: PlainValue) -> str:
    written = render_inline(new, flow=True)
    if isinstance(parent, yaml.MappingNode):
        written = f"{render_key(str(step), flow=True)}: {written}"
    if isinstance(step, int) and step < len(parent.value):
        at = parent.value[step].start_mark.index
        return f"{text[:at]}{written}, {text[at:]}"
    at = _entry_end(text, parent, len(parent.value) - 1)
    return f"{text[:at]}, {written}{text[at:]}"


def _delete_in_flow(text: str, parent: Node, number: int) -> str:
    if number + 1 < len(parent.value):
        start, end = (_entry_start(text, parent, n) for n in (number, number + 1))
    else:
        start, end = (_entry_end(text, parent, n) for n in (number - 1, number))
    return text[:start] + text[end:]


def _position(text: str, parent: Node, step: str | int) -> tuple[int, int]:
    if isinstance(parent, yaml.MappingNode):
        number = [key.value for key, _ in parent.value].index(step)
    elif isinstance(step, int):
        number = step
    else:
        raise UnsupportedLayout("a list item is addressed by its position")
    return number, _entry_start(text, parent, number)


def _entry_start(text: str, parent: Node, number: int) -> int:
    """Return path an entry starts: at its key, its dash, or inside brackets its value."""
    found = parent.value[number]
    if isinstance(found, tuple):
        return int(found[0].start_mark.index)
    if nodes.is_block_collection(parent):
        return nodes.index_after_indicator(text, parent, number) - 1
    return int(found.start_mark.index)


def _entry_end(text: str, parent: Node, number: int) -> int:
    found = parent.value[number]
    if isinstance(found, tuple):
        # An empty value has no text of its own; the entry then ends with its key.
        return max(content_end(text, found[0]), content_end(text, found[1]))
    return content_end(text, found)
