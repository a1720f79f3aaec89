"""Headings and automatic numbers of a Word document, from its styles and lists."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from docx.oxml.ns import qn

_HEADING_NAME = re.compile(r"heading ([1-9])$", re.IGNORECASE)
_MAX_DEPTH = 20
_BODY_LEVEL = 9


@dataclass(frozen=True, slots=True)
class _Style:
    """The properties of a paragraph style that concern headings and numbers."""

    name: str
    parent: str
    outline: int | None
    list_id: str
    list_level: int | None


@dataclass(frozen=True, slots=True)
class _ListLevel:
    """One level of a multi-level list."""

    text: str
    number_format: str
    start: int
    style: str


class Styles:
    """Styles of a document; counts its automatic numbers while the paragraphs are read."""

    def __init__(self, document: Any) -> None:
        self._styles = {
            s.get(qn("w:styleId")): _read_style(s)
            for s in _children(document.styles.element, "w:style")
        }
        self._levels: dict[str, dict[int, _ListLevel]] = {}
        self._abstract: dict[str, str] = {}
        self._counters: dict[str, dict[int, int]] = defaultdict(dict)
        try:
            numbering = document.part.numbering_part.element
        except (KeyError, NotImplementedError):
            return  # the document has no lists
        for item in _children(numbering, "w:abstractNum"):
            key = item.get(qn("w:abstractNumId"))
            levels = _children(item, "w:lvl")
            self._levels[key] = {
                _number(lvl.get(qn("w:ilvl"))) or 0: _read_level(lvl) for lvl in levels
            }
        for item in _children(numbering, "w:num"):
            self._abstract[item.get(qn("w:numId"))] = _value(item, "w:abstractNumId")

    def heading_level(self, paragraph: Any) -> int | None:
        """Return 1 to 9 for a heading, 0 for the title of the document, None for other text."""
        own = _number(_value(paragraph.pPr, "w:outlineLvl")) if paragraph.pPr is not None else None
        if own is not None:
            return own + 1 if own < _BODY_LEVEL else None
        for style in self._chain(paragraph):
            named = _HEADING_NAME.match(style.name)
            if named:
                return int(named[1])
            if style.name.lower() == "title":
                return 0
            if style.outline is not None:
                return style.outline + 1 if style.outline < _BODY_LEVEL else None
        return None

    def number(self, paragraph: Any) -> str:
        """Return the automatic number of a paragraph, such as `2.1`; "" if it has none.

        Call it once for each paragraph, in their order.
        """
        list_id, level = self._list_position(paragraph)
        key = self._abstract.get(list_id, "")
        levels = self._levels.get(key)
        if not levels or level not in levels:
            return ""
        counters = self._counters[key]
        counters[level] = counters.get(level, levels[level].start - 1) + 1
        for deeper in [n for n in counters if n > level]:
            del counters[deeper]
        if levels[level].number_format in ("bullet", "none"):
            return ""

        def count(match: re.Match[str]) -> str:
            index = int(match[1]) - 1
            shown = counters.get(index, levels[index].start if index in levels else 1)
            return _format(shown, levels[index].number_format if index in levels else "decimal")

        return re.sub(r"%([1-9])", count, levels[level].text).strip()

    def _chain(self, paragraph: Any) -> list[_Style]:
        """Return the paragraph's style and those that it is based on."""
        found: list[_Style] = []
        key = _value(paragraph.pPr, "w:pStyle") if paragraph.pPr is not None else ""
        while key in self._styles and len(found) < _MAX_DEPTH:
            found.append(self._styles[key])
            key = self._styles[key].parent
        return found

    def _list_position(self, paragraph: Any) -> tuple[str, int]:
        """Return the id of the paragraph's list and its level in it."""
        own = paragraph.pPr.find(qn("w:numPr")) if paragraph.pPr is not None else None
        if own is not None:
            return _value(own, "w:numId"), _number(_value(own, "w:ilvl")) or 0
        for style in self._chain(paragraph):
            if style.list_id:
                return style.list_id, self._style_level(style, paragraph)
        return "", 0

    def _style_level(self, style: _Style, paragraph: Any) -> int:
        if style.list_level is not None:
            return style.list_level
        style_id = _value(paragraph.pPr, "w:pStyle")
        levels = self._levels.get(self._abstract.get(style.list_id, ""), {})
        return next((n for n, lvl in levels.items() if lvl.style == style_id), 0)


def _read_style(element: Any) -> _Style:
    properties = element.find(qn("w:pPr"))
    numbering = properties.find(qn("w:numPr")) if properties is not None else None
    return _Style(
        _value(element, "w:name"),
        _value(element, "w:basedOn"),
        _number(_value(properties, "w:outlineLvl")) if properties is not None else None,
        _value(numbering, "w:numId") if numbering is not None else "",
        _number(_value(numbering, "w:ilvl")) if numbering is not None else None,
    )


def _read_level(element: Any) -> _ListLevel:
    start = _number(_value(element, "w:start"))
    return _ListLevel(
        _value(element, "w:lvlText"),
        _value(element, "w:numFmt") or "decimal",
        1 if start is None else start,
        _value(element, "w:pStyle"),
    )


def _format(number: int, number_format: str) -> str:
    letter = number_format in ("upperLetter", "lowerLetter") and 0 < number <= 26
    if not letter:
        return str(number)
    return chr((64 if number_format == "upperLetter" else 96) + number)


def _children(element: Any, tag: str) -> list[Any]:
    return list(element.findall(qn(tag)))


def _value(element: Any, tag: str) -> str:
    """Return the `w:val` of a child element; "" if there is none."""
    child = element.find(qn(tag))
    return (child.get(qn("w:val")) or "") if child is not None else ""


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else None
