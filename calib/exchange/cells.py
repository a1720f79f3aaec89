"""Cells of a CSV: texts that no spreadsheet program runs."""

from __future__ import annotations


def tame(text: str) -> str:
    """Lead every line that a spreadsheet would take for a formula by an apostrophe."""
    lines = text.splitlines() or [""]
    runs = ("=", "+", "-", "@", "\t", "\r")
    return "\n".join(f"'{line}" if line.startswith(runs) else line for line in lines)
