"""Plain values as YAML text, in the style a person would have chosen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import yaml

INDENT = 2
_WIDTH = 100
_LONG = 80
_MAX_KEY = 100

# What libyaml takes for a line break or refuses to read as it stands.
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_ODD_INLINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NAMED = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_TEXT_TAG = "tag:yaml.org,2002:str"
_Resolver: Any = yaml.resolver.Resolver
_resolve = _Resolver().resolve


class Style(Enum):
    """Say how far the writer may go for the sake of readers."""

    NICE = "nice"
    """Literal and folded blocks for long text."""
    SAFE = "safe"
    """Every odd text in quotes on one line, which is right in every context."""


@dataclass(frozen=True, slots=True)
class RenderedNode:
    """Hold the text that follows `key:` or `-` on its line, and the lines below it."""

    inline: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class PreviousStyle:
    """Hold how a text stood before: its style, and the lines of a folded one."""

    style: str | None = None
    rows: tuple[str, ...] = ()


_NEW = PreviousStyle()


def render_inline(value: Any, *, flow: bool) -> str:
    """Write a value on one line; inside brackets more texts need quotes."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(render_inline(v, flow=True) for v in value) + "]"
    if isinstance(value, dict):
        rows = (
            f"{render_key(k, flow=True)}: {render_inline(v, flow=True)}" for k, v in value.items()
        )
        return "{" + ", ".join(rows) + "}"
    return value if is_plain(value, flow=flow) else render_quoted(value)


def render_key(key: str, *, flow: bool) -> str:
    """Write a key."""
    return key if is_plain(key, flow=flow) and len(key) <= _MAX_KEY else render_quoted(key)


def is_plain(text: str, *, flow: bool) -> bool:
    """Say whether a text may stand without quotes, for every reader of YAML."""
    if not text or not text[0].isalnum() or text != text.strip() or _ODD_INLINE.search(text):
        return False
    if ": " in text or " #" in text or text.endswith(":"):
        return False
    if flow and any(c in text for c in ",[]{}:?"):
        return False
    tag = _resolve(yaml.ScalarNode, text, (True, False))
    return tag == _TEXT_TAG or _DATE.fullmatch(text) is not None


def render_quoted(text: str) -> str:
    """Write a text in double quotes on one line, whatever it holds."""
    escaped = "".join(_NAMED.get(c, c) for c in text)
    return '"' + _ODD_INLINE.sub(lambda m: f"\\u{ord(m[0]):04X}", escaped) + '"'


def render_block(value: Any, column: int, style: Style, old: PreviousStyle = _NEW) -> RenderedNode:
    """Write a value under a key at a column, in the style that it had before."""
    if isinstance(value, str):
        return _render_text(value, column, style, old)
    if isinstance(value, list) and value and not _fits_one_line(value):
        rows = (_render_dash_line(v, column + INDENT, style) for v in value)
        return RenderedNode(body="".join(rows))
    if isinstance(value, dict) and value:
        return RenderedNode(body="".join(_render_entries(value, column + INDENT, style)))
    return RenderedNode("" if value is None else render_inline(value, flow=False))


def render_item(value: Any, column: int, style: Style, old: PreviousStyle = _NEW) -> RenderedNode:
    """Write a list entry whose dash stands at a column; a mapping starts on the dash's line."""
    if isinstance(value, dict) and value:
        rows = "".join(_render_entries(value, column + INDENT, style))
        first, _, rest = rows.partition("\n")
        return RenderedNode(first.strip(" "), rest)
    return render_block(value, column, style, old)


def render_entry(key: str, value: Any, column: int, style: Style) -> str:
    """Write whole lines for a key at a column."""
    written = render_block(value, column, style)
    space = " " if written.inline else ""
    return f"{' ' * column}{render_key(key, flow=False)}:{space}{written.inline}\n{written.body}"


def _render_entries(value: dict[str, Any], column: int, style: Style) -> Iterator[str]:
    for key, one in value.items():
        yield render_entry(key, one, column, style)


def _render_dash_line(value: Any, column: int, style: Style) -> str:
    written = render_item(value, column, style)
    space = " " if written.inline else ""
    return f"{' ' * column}-{space}{written.inline}\n{written.body}"


def _fits_one_line(values: list[Any]) -> bool:
    if any(isinstance(v, list | dict) or (isinstance(v, str) and "\n" in v) for v in values):
        return False
    return len(render_inline(values, flow=True)) <= _LONG


def _render_text(text: str, column: int, style: Style, old: PreviousStyle) -> RenderedNode:
    if style is Style.SAFE:
        return RenderedNode(render_inline(text, flow=False))
    if old.style == ">":
        written = render_folded(text, column, old.rows)
        if written:
            return written
    plain = is_plain(text, flow=False)
    if old.style in {"|", ">"} or "\n" in text or (len(text) > _LONG and not plain):
        written = render_literal(text, column)
        if written:
            return written
    if plain and old.style in {'"', "'"}:
        return RenderedNode(render_quoted(text))
    return RenderedNode(render_inline(text, flow=False))


def render_literal(text: str, column: int) -> RenderedNode | None:
    """Write a text as a `|` block; None where YAML cannot carry it so."""
    if _ODD.search(text) or not text.strip("\n"):
        return None
    hint = str(INDENT) if text[0] in " \t\n" else ""
    margin = " " * (column + INDENT)
    core = text.rstrip("\n")
    ends = len(text) - len(core)
    lines = "".join(f"{margin if line else ''}{line}\n" for line in core.split("\n"))
    chomping = ("-", "")[ends] if ends < 2 else "+"
    return RenderedNode(f"|{hint}{chomping}", lines + "\n" * (ends - 1))


def render_folded(text: str, column: int, old: tuple[str, ...] = ()) -> RenderedNode | None:
    """Write a text as a `>` block, its lines broken as before; None where that would change it."""
    core = text.removesuffix("\n")
    paragraphs = core.split("\n")
    if _ODD.search(text) or "\t" in text or not paragraphs[0] or not paragraphs[-1]:
        return None
    if any(p != p.strip() or "  " in p for p in paragraphs):
        return None
    margin = " " * (column + INDENT)
    lines: list[str] = []
    for number, paragraph in enumerate(paragraphs):
        if number:
            lines.append("")
        kept = old if len(paragraphs) == 1 else ()
        lines += [margin + row for row in _rewrapped(paragraph, _WIDTH - len(margin), kept)]
    return RenderedNode(
        ">" if text.endswith("\n") else ">-", "".join(f"{line}\n" for line in lines)
    )


def _rewrapped(paragraph: str, width: int, old: tuple[str, ...]) -> list[str]:
    """Break a paragraph into lines; those before and after the change stay as they were."""
    words = paragraph.split(" ")
    rows = [row.split() for row in old]
    head = 0
    while head < len(rows) and words[: len(rows[head])] == rows[head]:
        words = words[len(rows[head]) :]
        head += 1
    tail = len(rows)
    while tail > head and words[-len(rows[tail - 1]) :] == rows[tail - 1]:
        words = words[: -len(rows[tail - 1])]
        tail -= 1
    if words and head and head == len(rows):  # what is added goes on where the last line ended
        head -= 1
        words = rows[head] + words
    return [*old[:head], *_wrap(words, width), *old[tail:]]


def _wrap(words: list[str], width: int) -> Iterator[str]:
    row = ""
    for word in words:
        if row and len(row) + 1 + len(word) > max(width, 20):
            yield row
            row = word
        else:
            row = f"{row} {word}" if row else word
    if row:
        yield row
