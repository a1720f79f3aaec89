"""Where the parts of a YAML text begin and end, by libyaml's marks."""

from __future__ import annotations

import re
from typing import Any

import yaml

from calib.yamledit.fieldpath import FieldPath

Node = yaml.nodes.Node
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_HEADER = re.compile(r"[|>][-+0-9]*")


class UnsupportedLayout(Exception):
    """The text is laid out in a way that only writing it anew can change."""


def compose_nodes(text: str) -> Node | None:
    """Read a text as nodes with their places; None where it holds nothing."""
    node: Node | None = yaml.compose(text, Loader=_Loader)
    return node


def line_start(text: str, index: int) -> int:
    """Return where the line of an index begins."""
    return text.rfind("\n", 0, index) + 1


def line_end(text: str, index: int) -> int:
    """Return where the line of an index ends, before its line break."""
    found = text.find("\n", index)
    return len(text) if found < 0 else found


def next_line(text: str, index: int) -> int:
    """Return where the line after that of an index begins."""
    return min(line_end(text, index) + 1, len(text))


def is_block_scalar(node: Node) -> bool:
    """Say whether a node is a `|` or `>` block."""
    return isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")


def is_block_collection(node: Node) -> bool:
    """Say whether a node is a mapping or list laid out in lines."""
    return isinstance(node, yaml.CollectionNode) and not node.flow_style


def header_end(text: str, node: Node) -> int:
    """Return where the `|-` of a block text ends."""
    found = _HEADER.match(text, node.start_mark.index)
    if not found:
        raise UnsupportedLayout("a block without a header")
    return found.end()


def content_end(text: str, node: Node) -> int:
    """Return where a node's own text ends, before the blank lines and comments after it."""
    end = int(node.end_mark.index)
    if is_block_scalar(node):
        if "+" in text[node.start_mark.index : header_end(text, node)]:
            return end - 1 if text[end - 1 : end] == "\n" else end
        return _without_blank_lines(text, node.start_mark.index, end)
    if is_block_collection(node):
        last = node.value[-1]
        return max(content_end(text, n) for n in (last if isinstance(last, tuple) else (last,)))
    return end


def _without_blank_lines(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1] == "\n":
        before = line_start(text, end - 1)
        if text[before : end - 1].strip(" \r"):
            return end - 1
        end = before
    return end


def find_nodes(root: Node | None, where: FieldPath) -> list[Node]:
    """List the nodes on the way to a concrete place, the root first."""
    if root is None:
        return []
    path = [root]
    for step in where:
        path.append(child_node(path[-1], step))
    return path


def child_node(node: Node, step: str | int) -> Node:
    """Return the node under a key or at a position."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                under: Node = value
                return under
    elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        found: Node = node.value[step]
        return found
    raise UnsupportedLayout(f"nothing at {step}")


def index_after_indicator(text: str, parent: Node, step: str | int) -> int:
    """Return the index behind the `:` of a key, or behind the `-` of a list entry."""
    if isinstance(parent, yaml.MappingNode):
        return _index_after_colon(text, key_node(parent, step))
    if not isinstance(step, int):
        raise UnsupportedLayout("a list has no keys")
    start = parent.value[step].start_mark.index
    before = text[:start].rstrip(" \r\n")
    at = len(before)
    if not before.endswith("-") or at - 1 - line_start(text, at) != parent.start_mark.column:
        raise UnsupportedLayout("a dash far from its entry")
    return at


def key_node(parent: yaml.MappingNode, step: str | int) -> Node:
    """Return the node of a key."""
    for key, _ in parent.value:
        if key.value == step:
            found: Node = key
            return found
    raise UnsupportedLayout(f"no key {step}")


def _index_after_colon(text: str, key: Node) -> int:
    end = int(key.end_mark.index)
    found = text.find(":", end)
    if found < 0 or text[end:found].strip(" ") or is_block_scalar(key):
        raise UnsupportedLayout("a key in the long form")
    return found + 1
