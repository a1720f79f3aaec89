"""The title, author and dates that a program stored in the properties of a file."""

from __future__ import annotations

from datetime import date
from typing import Any

from calib.documents.reading import Reading

PLACE = "properties"
# Filled in by libraries and programs, not by an author.
_PLACEHOLDERS = frozenset({
    "(anonymous)", "(unspecified)", "anonymous", "document1", "openpyxl", "powerpoint presentation",
    "presentation1", "python-docx", "reportlab pdf library", "root", "un-named", "unknown",
    "untitled", "user", "word document",
})  # fmt: skip
# Of the empty documents that python-docx and python-pptx begin with.
_TEMPLATE_DATES = frozenset({date(2013, 12, 23), date(2013, 1, 27)})


def add_property(reading: Reading, field: str, value: str | None) -> None:
    """Add a fact from the properties, unless the value is a placeholder."""
    text = (value or "").strip()
    if text.lower() not in _PLACEHOLDERS:
        reading.fact(field, text, PLACE)


def add_core_properties(reading: Reading, properties: Any, author: str, status: str) -> None:
    """Add the facts of a Word, PowerPoint or Excel file."""
    add_property(reading, "title", properties.title)
    add_property(reading, "author", author)
    add_property(reading, "version", properties.version)
    add_property(reading, "status", status)
    if properties.modified and properties.modified.date() not in _TEMPLATE_DATES:
        add_property(reading, "dated", properties.modified.date().isoformat())
