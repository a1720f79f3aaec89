"""Identifiers for new entries, made from their titles."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import count


def unique_id(text: str, taken: Collection[str], fallback: str, longest: int = 60) -> str:
    """Return a lower-case id for a title, with a number if the plain one is taken.

    Letters and digits outside ASCII are dropped; `fallback` is the id if none remain. `longest` is
    the number of characters without the number.
    """
    base = "-".join(re.findall("[a-z0-9]+", text.lower()))[:longest].strip("-") or fallback
    if base not in taken:
        return base
    return next(name for n in count(2) if (name := f"{base}-{n}") not in taken)
