"""Render plain values as YAML text, in the style a person would choose.

The rendered text is parsed again before it is used (`edit._verify`), so a style that changes a
value costs a second attempt, never data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import yaml

from calib.files.strict_yaml import PlainValue
from calib.text import CONTROLS, LINE_SEPARATORS

INDENT = 2
_FOLD_WIDTH = 100
_INLINE_WIDTH = 80
# A longer key is quoted.
_MAX_PLAIN_KEY = 100

# Characters that libyaml reads as a line break or rejects unless they are escaped. This is YAML's
# rule (c-printable), not the question of `calib.text.is_invisible`: a zero-width space is allowed
# in a block, and a text should not lose its block because one was pasted into it.
_MUST_ESCAPE = re.compile(f"[{CONTROLS}{LINE_SEPARATORS}\\ufeff\\ufffe\\uffff]")
_MUST_ESCAPE_INLINE = re.compile(f"[{CONTROLS}\\t\\n{LINE_SEPARATORS}\\ufeff\\ufffe\\uffff]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SHORT_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_TEXT_TAG = "tag:yaml.org,2002:str"
_Resolver: Any = yaml.resolver.Resolver
_resolve = _Resolver().resolve


class Style(Enum):
    """Which styles the emitter may use."""

    NICE = "nice"
    """Literal and folded blocks for long text."""
    SAFE = "safe"
    """Texts only plain or in double quotes, on one line, which is valid in every context."""


@dataclass(frozen=True, slots=True)
class RenderedNode:
    """A value as text: what follows `key:` or `-` on its line, and the lines below it."""

    inline: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class PreviousStyle:
    """The style of a text before the edit, and its lines if it was folded."""

    style: str | None = None
    rows: tuple[str, ...] = ()


_NO_STYLE = PreviousStyle()


def render_inline(value: PlainValue, *, flow: bool) -> str:
    """Render a value on one line; with `flow`, inside brackets, more texts need quotes."""
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
    """Render a key, without its colon."""
    return key if is_plain(key, flow=flow) and len(key) <= _MAX_PLAIN_KEY else render_quoted(key)


def is_plain(text: str, *, flow: bool) -> bool:
    """Return whether a text needs no quotes, in YAML 1.1 and 1.2 alike."""
    if (
        not text
        or not text[0].isalnum()
        or text != text.strip()
        or _MUST_ESCAPE_INLINE.search(text)
    ):
        return False
    if ": " in text or " #" in text or text.endswith(":"):
        return False
    if flow and any(c in text for c in ",[]{}:?"):
        return False
    # `no`, `1_000` or `1:30` are not texts in YAML 1.1. A date is an exception: strict_yaml reads
    # it as text, and quoting every date would change most files.
    tag = _resolve(yaml.ScalarNode, text, (True, False))
    return tag == _TEXT_TAG or _DATE.fullmatch(text) is not None


def render_quoted(text: str) -> str:
    """Render any text in double quotes on one line."""
    escaped = "".join(_SHORT_ESCAPES.get(c, c) for c in text)
    return '"' + _MUST_ESCAPE_INLINE.sub(lambda m: f"\\u{ord(m[0]):04X}", escaped) + '"'


def render_block(
    value: PlainValue, column: int, style: Style, old: PreviousStyle = _NO_STYLE
) -> RenderedNode:
    """Render the value of a key that starts at a column, in its previous style if it had one."""
    if isinstance(value, str):
        return _render_text(value, column, style, old)
    if isinstance(value, list) and value and not _fits_one_line(value):
        rows = (_render_dash_line(v, column + INDENT, style) for v in value)
        return RenderedNode(body="".join(rows))
    if isinstance(value, dict) and value:
        return RenderedNode(body="".join(_render_entries(value, column + INDENT, style)))
    return RenderedNode("" if value is None else render_inline(value, flow=False))


def render_item(
    value: PlainValue, column: int, style: Style, old: PreviousStyle = _NO_STYLE
) -> RenderedNode:
    """Render a list item whose dash is at a column; a mapping starts on the line of the dash."""
    if isinstance(value, dict) and value:
        rows = "".join(_render_entries(value, column + INDENT, style))
        first, _, rest = rows.partition("\n")
        return RenderedNode(first.strip(" "), rest)
    return render_block(value, column, style, old)


def render_entry(key: str, value: PlainValue, column: int, style: Style) -> str:
    """Render the complete lines of a key at a column, with its value."""
    written = render_block(value, column, style)
    space = " " if written.inline else ""
    return f"{' ' * column}{render_key(key, flow=False)}:{space}{written.inline}\n{written.body}"


def _render_entries(value: dict[str, PlainValue], column: int, style: Style) -> Iterator[str]:
    for key, item in value.items():
        yield render_entry(key, item, column, style)


def _render_dash_line(value: PlainValue, column: int, style: Style) -> str:
    written = render_item(value, column, style)
    space = " " if written.inline else ""
    return f"{' ' * column}-{space}{written.inline}\n{written.body}"


def _fits_one_line(values: list[PlainValue]) -> bool:
    if any(isinstance(v, list | dict) or (isinstance(v, str) and "\n" in v) for v in values):
        return False
    return len(render_inline(values, flow=True)) <= _INLINE_WIDTH


def _render_text(text: str, column: int, style: Style, old: PreviousStyle) -> RenderedNode:
    if style is Style.SAFE:
        return RenderedNode(render_inline(text, flow=False))
    if old.style == ">":
        written = render_folded(text, column, old.rows)
        if written:
            return written
    plain = is_plain(text, flow=False)
    if old.style in {"|", ">"} or "\n" in text or (len(text) > _INLINE_WIDTH and not plain):
        written = render_literal(text, column)
        if written:
            return written
    if plain and old.style in {'"', "'"}:
        return RenderedNode(render_quoted(text))
    return RenderedNode(render_inline(text, flow=False))


def render_literal(text: str, column: int) -> RenderedNode | None:
    """Render a text as a `|` block; None if a block cannot represent it."""
    if _MUST_ESCAPE.search(text) or not text.strip("\n"):
        return None
    # Without the hint the reader would take leading blanks for indentation.
    hint = str(INDENT) if text[0] in " \t\n" else ""
    margin = " " * (column + INDENT)
    core = text.rstrip("\n")
    ends = len(text) - len(core)
    lines = "".join(f"{margin if line else ''}{line}\n" for line in core.split("\n"))
    # `-` removes the last newline, nothing keeps one, `+` keeps all of them.
    chomping = ("-", "")[ends] if ends < 2 else "+"
    return RenderedNode(f"|{hint}{chomping}", lines + "\n" * (ends - 1))


def render_folded(text: str, column: int, old: tuple[str, ...] = ()) -> RenderedNode | None:
    """Render a text as a `>` block, wrapped as before; None if folding would change it."""
    core = text.removesuffix("\n")
    paragraphs = core.split("\n")
    if _MUST_ESCAPE.search(text) or "\t" in text or not paragraphs[0] or not paragraphs[-1]:
        return None
    # Folding keeps lines that start with a blank, and joins words by exactly one space.
    if any(p != p.strip() or "  " in p for p in paragraphs):
        return None
    margin = " " * (column + INDENT)
    lines: list[str] = []
    for number, paragraph in enumerate(paragraphs):
        if number:
            lines.append("")
        kept = old if len(paragraphs) == 1 else ()
        lines += [margin + row for row in _rewrap(paragraph, _FOLD_WIDTH - len(margin), kept)]
    return RenderedNode(
        ">" if text.endswith("\n") else ">-", "".join(f"{line}\n" for line in lines)
    )


def _rewrap(paragraph: str, width: int, old: tuple[str, ...]) -> list[str]:
    """Wrap a paragraph; the lines before and after the changed words stay as they were."""
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
    if words and head and head == len(rows):  # words added at the end continue the last line
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
