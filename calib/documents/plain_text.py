"""Read plain text and Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from calib.documents.dates import find_dates
from calib.documents.encodings import decode_text
from calib.documents.model import Role
from calib.documents.reading import Reading, row_context, row_passage
from calib.documents.sections import START, section_name

_ATX = re.compile(r" {0,3}#{1,6}\s+(.*?)\s*#*\s*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-{3,}|~{3,})\s*$")
_LIST_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+(?=\S)")
_FENCE = re.compile(r"\s*(```+|~~~+)")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_FRONT_MATTER = re.compile(r"---\s*\n(.*?)\n(?:---|\.\.\.)\s*(?:\n|\Z)", re.DOTALL)
_FRONT_FIELD = re.compile(r"([A-Za-z][\w -]{0,30}):\s*(\S.*)")
# `2.1 Rollback`, a line of its own, in a text without markup.
_NUMBERED_LINE = re.compile(r"\d{1,2}(?:\.\d{1,2}){0,4}\.?\s+[A-Z][^.!?;]{2,70}$")
_CAPITALS = re.compile(r"[A-Z][A-Z0-9 ,&/()-]{3,60}$")


def read_markdown(data: bytes, reading: Reading) -> None:
    """Add headings, paragraphs, list items and table rows; comments are dropped."""
    text = decode_text(data).replace("\r\n", "\n").replace("\r", "\n")
    front = _FRONT_MATTER.match(text)
    if front:
        text = text[front.end() :]
        for line in front[1].split("\n"):
            field = _FRONT_FIELD.match(line)
            reading.add(line, START)
            if field:
                reading.fact(field[1].strip().lower(), field[2].strip("'\" "), START, line)
    _Blocks(reading, is_markdown=True).read(_COMMENT.sub("", text))


def read_plain_text(data: bytes, reading: Reading) -> None:
    """Add paragraphs and list items, and headings as far as the layout shows them."""
    text = decode_text(data).replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    _Blocks(reading, is_markdown=False).read(text)


class _Blocks:
    """Group the lines of a text into paragraphs, headings and tables."""

    def __init__(self, reading: Reading, *, is_markdown: bool) -> None:
        self._reading = reading
        self._is_markdown = is_markdown
        self._where = START
        self._paragraph: list[str] = []
        self._headings: list[str] = []
        self._fence = ""

    def read(self, text: str) -> None:
        """Add all blocks of the text."""
        lines = text.split("\n")
        for index, line in enumerate(lines):
            following = lines[index + 1] if index + 1 < len(lines) else ""
            self._add_line(line, following)
        self._end_paragraph()

    def _add_line(self, line: str, following: str) -> None:
        fence = _FENCE.match(line) if self._is_markdown else None
        if self._fence or fence:
            self._add_fenced(line, fence)
        elif not line.strip():
            self._end_paragraph()
            self._headings = []
        elif self._is_markdown and "|" in line and self._add_table_line(line, following):
            pass
        elif (heading := self._heading(line, following)) is not None:
            self._end_paragraph()
            self._where = section_name(heading)
            self._reading.add(heading, self._where, Role.HEADING)
        elif _UNDERLINE.match(line):
            self._end_paragraph()  # the line below a heading, or a thematic break
        else:
            if _LIST_ITEM.match(line):
                self._end_paragraph()
            self._paragraph.append(line.lstrip("> "))

    def _heading(self, line: str, following: str) -> str | None:
        """Return the text of a heading, None for any other line."""
        atx = _ATX.match(line) if self._is_markdown else None
        if atx:
            return atx[1]
        text = line.strip()
        if self._paragraph or len(text) > 100 or _LIST_ITEM.fullmatch(text):
            return None
        mark = _UNDERLINE.match(following)
        if mark and "|" not in line and not _UNDERLINE.match(line):
            return None if _LIST_ITEM.match(line) and mark[1][0] == "-" else text
        is_plain = not self._is_markdown and not following.strip() and not _starts_with_date(text)
        if is_plain and (_NUMBERED_LINE.match(text) or _CAPITALS.match(text)):
            return text
        return None

    def _add_fenced(self, line: str, fence: re.Match[str] | None) -> None:
        """Add the lines of a code block as one paragraph each."""
        self._end_paragraph()
        if not self._fence and fence:
            self._fence = fence[1]
        elif fence and fence[1].startswith(self._fence) and not line.strip().strip(fence[1][0]):
            self._fence = ""
        else:
            self._reading.add(line, self._where)

    def _add_table_line(self, line: str, following: str) -> bool:
        """Add a row; False if the line is not part of a table."""
        is_first = _is_rule(following) and not self._headings
        if not is_first and not self._headings:
            return False
        self._end_paragraph()
        cells = list(_split_row(line))
        if is_first:
            self._headings = cells
            self._reading.add(row_passage(cells), self._where, Role.TABLE)
        elif not _is_rule(line):
            context = row_context(self._headings, cells)
            self._reading.add(row_passage(cells), self._where, Role.TABLE, context)
        return True

    def _end_paragraph(self) -> None:
        if self._paragraph:
            text = " ".join(self._paragraph)
            self._paragraph = []
            self._reading.add(text, self._where)


def _starts_with_date(text: str) -> bool:
    return any(start == 0 for start, _, _ in find_dates(text[:40]))


def _is_rule(line: str) -> bool:
    """Return whether a line separates the heading of a table from its rows, as `|---|:--|`."""
    text = line.strip()
    return "--" in text and not text.strip("|:- \t")


def _split_row(line: str) -> Iterator[str]:
    """Yield the cells of a Markdown row; `\\|` is a character of a cell."""
    row = line.strip().removeprefix("|")
    row = row if row.endswith("\\|") else row.removesuffix("|")
    for cell in re.split(r"(?<!\\)\|", row):
        yield cell.replace("\\|", "|").strip()
