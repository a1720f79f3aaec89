"""Helpers for runs, texts and the XML that python-docx has no public API for."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docx.oxml.xmlchemy import BaseOxmlElement
    from docx.table import Table, _Row
    from docx.text.paragraph import Paragraph

BlockData = Mapping[str, Any]
"""A block, a run or a column of the document model as JSON-compatible data."""


def make_element(tag: str, attributes: Mapping[str, str] | None = None) -> BaseOxmlElement:
    """Make an XML element; names with a colon have a namespace prefix."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element = OxmlElement(tag)
    for name, value in (attributes or {}).items():
        element.set(qn(name) if ":" in name else name, value)
    return element


def append_element(paragraph: Paragraph, element: BaseOxmlElement) -> None:
    """Append an XML element to a paragraph."""
    paragraph._p.append(element)  # noqa: SLF001  no public API


def add_row(table: Table) -> _Row:
    """Add an empty row to a table."""
    row: _Row = table.add_row()  # type: ignore[no-untyped-call]  # not annotated in python-docx
    return row


def append_row_property(row: _Row, element: BaseOxmlElement) -> None:
    """Append an XML element to the properties of a table row."""
    row._tr.get_or_add_trPr().append(element)  # noqa: SLF001  no public API


def is_rtl(text: str) -> bool:
    """Return whether a text runs from right to left: its first letter with a direction decides."""
    for char in text:
        direction = unicodedata.bidirectional(char)
        if direction in ("R", "AL", "L"):
            return direction != "L"
    return False


def text_length(value: object) -> int:
    """Return the number of characters of all texts in nested data."""
    if isinstance(value, Mapping):
        return text_length(list(value.values()))
    if isinstance(value, list | tuple):
        return sum(map(text_length, value))
    return len(value) if isinstance(value, str) else 0


def split_lines(runs: Iterable[BlockData]) -> list[list[BlockData]]:
    """Split runs at line breaks, so that each line becomes a paragraph.

    Word processors take very long to lay out one paragraph with many line breaks.
    """
    lines: list[list[BlockData]] = [[]]
    for run in runs:
        for number, part in enumerate(run["text"].split("\n")):
            if number:
                lines.append([])
            if part:
                lines[-1].append({**run, "text": part})
    return lines


def plain_run(text: str) -> BlockData:
    """Make a run without style and link."""
    return {"text": text, "style": "", "href": ""}


def text_column(title: str, width: float) -> BlockData:
    """Make a left-aligned table column; widths are relative."""
    return {"title": title, "width": width, "align": "left"}


def narrative_runs(segment: BlockData) -> tuple[BlockData, ...]:
    """Return the runs of a narrative segment; a marked one is followed by its note."""
    if not segment["tone"]:
        return (plain_run(segment["text"]),)
    return (
        {**plain_run(segment["text"]), "style": f"marked-{segment['tone']}"},
        {
            **plain_run(f" [{segment['number']}] {segment['note']}"),
            "style": f"note-{segment['tone']}",
        },
    )
