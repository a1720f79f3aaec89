"""Find where the parts of a YAML text begin and end, from the marks of libyaml.

Marks are exact for scalars and flow collections. The end mark of a block collection or block scalar
lies after the blank lines and comments that follow it; `content_end` corrects this.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from calib.files.strict_yaml import FieldPath

Node = yaml.nodes.Node
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_HEADER = re.compile(r"[|>][-+0-9]*")


class UnsupportedLayout(Exception):
    """The layout of a text does not allow a local edit; the caller writes the whole file."""


def compose_nodes(text: str) -> Node | None:
    """Parse a text into nodes with marks; None if it has no content."""
    node: Node | None = yaml.compose(text, Loader=_Loader)
    return node


def line_start(text: str, index: int) -> int:
    """Return the index at which the line of an index starts."""
    return text.rfind("\n", 0, index) + 1


def line_end(text: str, index: int) -> int:
    """Return the index at which the line of an index ends, before its newline."""
    found = text.find("\n", index)
    return len(text) if found < 0 else found


def next_line(text: str, index: int) -> int:
    """Return the index at which the next line starts."""
    return min(line_end(text, index) + 1, len(text))


def is_block_scalar(node: Node) -> bool:
    """Return whether a node is a `|` or `>` block."""
    return isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")


def is_block_collection(node: Node) -> bool:
    """Return whether a node is a mapping or list in block style, without brackets."""
    return isinstance(node, yaml.CollectionNode) and not node.flow_style


def header_end(text: str, node: Node) -> int:
    """Return the index after the header of a block scalar, such as `|-`."""
    found = _HEADER.match(text, node.start_mark.index)
    if not found:
        raise UnsupportedLayout("block scalar without a header")
    return found.end()


def content_end(text: str, node: Node) -> int:
    """Return where a node's content ends, before the blank lines and comments that follow."""
    end = int(node.end_mark.index)
    if is_block_scalar(node):
        # With `+` the blank lines after the text belong to it.
        if "+" in text[node.start_mark.index : header_end(text, node)]:
            return end - 1 if text[end - 1 : end] == "\n" else end
        return _skip_blank_lines_back(text, node.start_mark.index, end)
    if is_block_collection(node):
        last = node.value[-1]
        return max(content_end(text, n) for n in (last if isinstance(last, tuple) else (last,)))
    return end


def _skip_blank_lines_back(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1] == "\n":
        before = line_start(text, end - 1)
        if text[before : end - 1].strip(" \r"):
            return end - 1
        end = before
    return end


def find_nodes(root: Node | None, path: FieldPath) -> list[Node]:
    """Return the nodes along a resolved path, the root first."""
    if root is None:
        return []
    chain = [root]
    for step in path:
        chain.append(child_node(chain[-1], step))
    return chain


def child_node(node: Node, step: str | int) -> Node:
    """Return the node under a key or at a position."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                found: Node = value
                return found
    elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item: Node = node.value[step]
        return item
    raise UnsupportedLayout(f"no node at {step}")


def index_after_indicator(text: str, parent: Node, step: str | int) -> int:
    """Return the index after the `:` of a key, or after the `-` of a list item."""
    if isinstance(parent, yaml.MappingNode):
        return _index_after_colon(text, key_node(parent, step))
    if not isinstance(step, int):
        raise UnsupportedLayout("a list item is addressed by its position")
    start = parent.value[step].start_mark.index
    before = text[:start].rstrip(" \r\n")
    at = len(before)
    # Only a dash in the list's own column is its indicator; others belong to the text or a comment.
    if not before.endswith("-") or at - 1 - line_start(text, at) != parent.start_mark.column:
        raise UnsupportedLayout("dash and list item are separated")
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
        raise UnsupportedLayout("explicit `? key` form")
    return found + 1
