"""Locations in documents without pages: the section that a passage is in."""

from __future__ import annotations

import re

from calib.documents.dates import find_dates
from calib.documents.reading import clean_text

START = "start"
"""The location of text before the first heading."""
_NUMBERED = re.compile(
    r"(?:(?i:section)\s+|§\s*)?(\d{1,2}(?:\.\d{1,3}){0,5}|[A-Z](?:\.\d{1,3}){1,5})[.):]?"
    r"(?:$|\s+(?=[^a-z\s]))"
)
_MAX_TITLE = 120


def section_name(heading: str) -> str:
    """Return the location for the text below a heading: `section 2.1` or `section "Scope"`."""
    heading = clean_text(heading).strip("*_ ")
    numbered = _NUMBERED.match(heading)
    is_date = any(start == 0 for start, _, _ in find_dates(heading[:40]))
    if numbered and not is_date:
        return f"section {numbered[1]}"
    title = heading.replace('"', "'")[:_MAX_TITLE]
    return f'section "{title}"'
