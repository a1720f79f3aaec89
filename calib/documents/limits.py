"""Bounds for reading a document, and the error that a document exceeds or breaks them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds for one document."""

    max_bytes: int = 100_000_000
    max_unpacked_bytes: int = 300_000_000
    max_parts: int = 5_000
    """Files in a zip archive; a Word or Excel file is one as well."""
    max_part_bytes: int = 60_000_000
    """Of one XML part of a Word, PowerPoint or Excel file: a parsed tree takes 10 times as much."""
    max_members: int = 200
    """Documents in an archive or attached to a mail."""
    max_pages: int = 2_000
    max_characters: int = 5_000_000
    max_passages: int = 100_000
    max_memory: int = 1_500_000_000
    """Address space of the process that reads the document."""
    seconds: float = 30.0
    max_ocr_pages: int = 30


DEFAULT_LIMITS = Limits()


class Unreadable(Exception):
    """A document, or a part of it, cannot be read; both arguments are for the user."""

    def __init__(self, why: str, remedy: str = "") -> None:
        super().__init__(why, remedy)
        self.why, self.remedy = why, remedy
