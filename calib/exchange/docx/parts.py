"""Small things that the writing of a .docx is made of."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

BlockData = Mapping[str, Any]


def make_element(tag: str, attributes: Mapping[str, str] | None = None) -> Any:
    """Make an element that python-docx has no call for."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(tag)
    for name, value in (attributes or {}).items():
        made.set(qn(name) if ":" in name else name, value)
    return made


def is_rtl(text: str) -> bool:
    """Say whether a text runs from right to left, by its first letter that has a direction."""
    for char in text:
        way = unicodedata.bidirectional(char)
        if way in ("R", "AL", "L"):
            return way != "L"
    return False


def text_length(value: object) -> int:
    """Count the characters of all texts."""
    if isinstance(value, Mapping):
        return text_length(list(value.values()))
    if isinstance(value, list | tuple):
        return sum(map(text_length, value))
    return len(value) if isinstance(value, str) else 0


def split_lines(runs: Iterable[BlockData]) -> list[list[BlockData]]:
    """Divide runs where a line ends: a program lays out many short paragraphs, not one long."""
    found: list[list[BlockData]] = [[]]
    for run in runs:
        for number, part in enumerate(run["text"].split("\n")):
            if number:
                found.append([])
            if part:
                found[-1].append({**run, "text": part})
    return found


def plain_run(text: str) -> BlockData:
    """Make a run of plain text."""
    return {"text": text, "style": "", "href": ""}


def text_column(title: str, width: float) -> BlockData:
    """Make a column of texts."""
    return {"title": title, "width": width, "align": "left"}


def narrative_runs(piece: BlockData) -> tuple[BlockData, ...]:
    """Write a stretch of a narrative, a marked one with its note behind it."""
    if not piece["tone"]:
        return (plain_run(piece["text"]),)
    return (
        {**plain_run(piece["text"]), "style": f"marked-{piece['tone']}"},
        {**plain_run(f" [{piece['number']}] {piece['note']}"), "style": f"note-{piece['tone']}"},
    )
