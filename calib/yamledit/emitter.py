"""Plain values as YAML text, in the style a person would have chosen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import yaml

STEP = 2
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
class Written:
    """Hold the text that follows `key:` or `-` on its line, and the lines below it."""

    inline: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class Old:
    """Hold how a text stood before: its style, and the lines of a folded one."""

    style: str | None = None
    rows: tuple[str, ...] = ()


_NEW = Old()


def inline(value: Any, *, flow: bool) -> str:
    """Write a value on one line; inside brackets more texts need quotes."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(inline(v, flow=True) for v in value) + "]"
    if isinstance(value, dict):
        rows = (f"{key_text(k, flow=True)}: {inline(v, flow=True)}" for k, v in value.items())
        return "{" + ", ".join(rows) + "}"
    return value if is_plain(value, flow=flow) else quoted(value)


def key_text(key: str, *, flow: bool) -> str:
    """Write a key."""
    return key if is_plain(key, flow=flow) and len(key) <= _MAX_KEY else quoted(key)


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


def quoted(text: str) -> str:
    """Write a text in double quotes on one line, whatever it holds."""
    escaped = "".join(_NAMED.get(c, c) for c in text)
    return '"' + _ODD_INLINE.sub(lambda m: f"\\u{ord(m[0]):04X}", escaped) + '"'


def block(value: Any, column: int, style: Style, old: Old = _NEW) -> Written:
    """Write a value under a key at a column, in the style that it had before."""
    if isinstance(value, str):
        return _text(value, column, style, old)
    if isinstance(value, list) and value and not _is_short(value):
        rows = (_under_dash(v, column + STEP, style) for v in value)
        return Written(body="".join(rows))
    if isinstance(value, dict) and value:
        return Written(body="".join(_rows(value, column + STEP, style)))
    return Written("" if value is None else inline(value, flow=False))


def under_dash(value: Any, column: int, style: Style, old: Old = _NEW) -> Written:
    """Write a list entry whose dash stands at a column; a mapping starts on the dash's line."""
    if isinstance(value, dict) and value:
        rows = "".join(_rows(value, column + STEP, style))
        first, _, rest = rows.partition("\n")
        return Written(first.strip(" "), rest)
    return block(value, column, style, old)


def entry(key: str, value: Any, column: int, style: Style) -> str:
    """Write whole lines for a key at a column."""
    written = block(value, column, style)
    space = " " if written.inline else ""
    return f"{' ' * column}{key_text(key, flow=False)}:{space}{written.inline}\n{written.body}"


def _rows(value: dict[str, Any], column: int, style: Style) -> Iterator[str]:
    for key, one in value.items():
        yield entry(key, one, column, style)


def _under_dash(value: Any, column: int, style: Style) -> str:
    written = under_dash(value, column, style)
    space = " " if written.inline else ""
    return f"{' ' * column}-{space}{written.inline}\n{written.body}"


def _is_short(values: list[Any]) -> bool:
    if any(isinstance(v, list | dict) or (isinstance(v, str) and "\n" in v) for v in values):
        return False
    return len(inline(values, flow=True)) <= _LONG


def _text(text: str, column: int, style: Style, old: Old) -> Written:
    if style is Style.SAFE:
        return Written(inline(text, flow=False))
    if old.style == ">":
        written = folded(text, column, old.rows)
        if written:
            return written
    plain = is_plain(text, flow=False)
    if old.style in {"|", ">"} or "\n" in text or (len(text) > _LONG and not plain):
        written = literal(text, column)
        if written:
            return written
    if plain and old.style in {'"', "'"}:
        return Written(quoted(text))
    return Written(inline(text, flow=False))


def literal(text: str, column: int) -> Written | None:
    """Write a text as a `|` block; None where YAML cannot carry it so."""
    if _ODD.search(text) or not text.strip("\n"):
        return None
    hint = str(STEP) if text[0] in " \t\n" else ""
    margin = " " * (column + STEP)
    core = text.rstrip("\n")
    ends = len(text) - len(core)
    lines = "".join(f"{margin if line else ''}{line}\n" for line in core.split("\n"))
    chomping = ("-", "")[ends] if ends < 2 else "+"
    return Written(f"|{hint}{chomping}", lines + "\n" * (ends - 1))


def folded(text: str, column: int, old: tuple[str, ...] = ()) -> Written | None:
    """Write a text as a `>` block, its lines broken as before; None where that would change it."""
    core = text.removesuffix("\n")
    paragraphs = core.split("\n")
    if _ODD.search(text) or "\t" in text or not paragraphs[0] or not paragraphs[-1]:
        return None
    if any(p != p.strip() or "  " in p for p in paragraphs):
        return None
    margin = " " * (column + STEP)
    lines: list[str] = []
    for number, paragraph in enumerate(paragraphs):
        if number:
            lines.append("")
        kept = old if len(paragraphs) == 1 else ()
        lines += [margin + row for row in _rewrapped(paragraph, _WIDTH - len(margin), kept)]
    return Written(">" if text.endswith("\n") else ">-", "".join(f"{line}\n" for line in lines))


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
    return [*old[:head], *_wrapped(words, width), *old[tail:]]


def _wrapped(words: list[str], width: int) -> Iterator[str]:
    row = ""
    for word in words:
        if row and len(row) + 1 + len(word) > max(width, 20):
            yield row
            row = word
        else:
            row = f"{row} {word}" if row else word
    if row:
        yield row
