"""Paragraphs and headings of a PDF, and the lines that run along on many pages."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from calib.documents.model import Role
from calib.documents.pdf_layout import Line

_MARGIN = 0.1
"""Share of the page's height at its top and bottom where running lines are."""
_EDGE = 0.05
_DIGITS = re.compile(r"[0-9]{1,15}")
_PAGE_NUMBER = re.compile(r"(?:page |p\. ?)?#(?: ?(?:of|/|\|) ?#)?$", re.IGNORECASE)
_BULLET_START = re.compile(r"(?:[•‣▪●○◦·\uf0b7\uf0a7]|[-–*](?= )|\(?(?:\d{1,2}|[a-z])[.)](?= ))")
_BULLET = re.compile(r"^[•‣▪●○◦·\uf0b7\uf0a7]\s*")
_NOTE_MARK = re.compile(r"(?:\d{1,3}|[*†‡])[.)]?\s?[A-Z“\"'(]")
_SENTENCE_END = re.compile(r"[.!?:;]['\"”’)]*$")
_MAX_HEADING = 150
_COMPOUNDS = frozenset({
    "add", "built", "co", "cross", "customer", "data", "end", "fine", "follow", "four", "go",
    "hands", "high", "human", "in", "large", "long", "low", "multi", "non", "off", "on", "one",
    "open", "opt", "peer", "post", "pre", "read", "real", "red", "risk", "roll", "run", "self",
    "short", "sign", "third", "top", "two", "up", "user", "well",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunningLine:
    """A header or footer: the line, and the zone that it is in."""

    text: str
    role: Role


@dataclass(frozen=True, slots=True)
class MarginLine:
    """A line in the margin of a page, which may run along on other pages."""

    role: Role
    text: str
    """With `#` for each number."""
    height: int
    """Its position on the page, in steps of 8 points."""
    numbers: tuple[int, ...]


def margin_lines(lines: list[Line], page_height: float) -> list[MarginLine]:
    """Return the lines in the margins of a page."""
    return [
        MarginLine(
            role,
            _normalise(line.text),
            round(line.y / 8),
            tuple(int(number) for number in _DIGITS.findall(line.text)),
        )
        for line in lines
        if (role := _zone(line, page_height)) and len(line.text) < _MAX_HEADING
    ]


def running_texts(pages: Iterable[list[MarginLine]]) -> set[tuple[Role, str]]:
    """Return the lines that are in the margin of several pages at the same height.

    Their numbers are the same on all pages, or one of them counts the pages: the rows of a long
    table of numbers also look alike.
    """
    found: dict[tuple[Role, str], list[tuple[int, MarginLine]]] = defaultdict(list)
    total = 0
    for page, lines in enumerate(pages, start=1):
        total = page
        for line in dict.fromkeys(lines):
            found[line.role, line.text].append((page, line))
    needed = 2 if total <= 4 else 3
    return {key for key, lines in found.items() if len(lines) >= needed and _runs_along(lines)}


def _runs_along(lines: list[tuple[int, MarginLine]]) -> bool:
    first = lines[0][1]
    if any(abs(line.height - first.height) > 1 for _, line in lines):
        return False
    columns = [[line.numbers[n] for _, line in lines] for n in range(len(first.numbers))]
    pages = [page for page, _ in lines]
    counts_pages = any(
        len({number - page for number, page in zip(column, pages, strict=True)}) == 1
        for column in columns
    )
    return counts_pages or all(len(set(column)) == 1 for column in columns)


def take_running_lines(
    lines: list[Line], page_height: float, running: set[tuple[Role, str]], body: float
) -> tuple[list[Line], list[RunningLine]]:
    """Separate the running headers and footers of a page from its other lines.

    On a single page these are page numbers and small print at the edge, such as a browser adds.
    """
    kept: list[Line] = []
    taken: list[RunningLine] = []
    on_baseline = Counter(round(line.y) for line in lines)
    for line in lines:
        role = _zone(line, page_height)
        text = _normalise(line.text)
        is_at_edge = min(line.y, page_height - line.y) < page_height * _EDGE
        is_small = is_at_edge and line.height < 0.85 * body
        # A number beside other words is a cell of a table.
        is_number = bool(_PAGE_NUMBER.match(text)) and (
            on_baseline[round(line.y)] == 1 or not line.text.isdigit()
        )
        if role and ((role, text) in running or is_number or is_small):
            taken.append(RunningLine(line.text, role))
        else:
            kept.append(line)
    return kept, taken


def _zone(line: Line, page_height: float) -> Role | None:
    if line.y > page_height * (1 - _MARGIN):
        return Role.HEADER
    return Role.FOOTER if line.y < page_height * _MARGIN else None


def _normalise(text: str) -> str:
    return _DIGITS.sub("#", text)


def body_height(lines: Iterable[Line]) -> float:
    """Return the height of most of the text."""
    weights: Counter[float] = Counter()
    for line in lines:
        weights[round(line.height, 1)] += len(line.text)
    return max(weights, key=lambda height: (weights[height], -height), default=0.0)


def paragraphs(lines: list[Line], body: float, page_height: float) -> list[tuple[str, Role]]:
    """Return the paragraphs and headings of one column."""
    if not lines:
        return []
    right = max(line.x1 for line in lines)
    left = min(line.x0 for line in lines)
    gaps = [a.y - b.y for a, b in pairwise(lines) if 0 < a.y - b.y < 3 * a.height]
    pitch = median(gaps) if gaps else body * 1.3
    # Blank lines between short paragraphs must not count as the normal distance.
    pitch = min(pitch, 1.45 * body) if body else pitch
    groups: list[list[Line]] = []
    for line in lines:
        if groups and not _starts_paragraph(groups[-1], line, pitch, left, right):
            groups[-1].append(line)
        else:
            groups.append([line])
    return [(_BULLET.sub("", join_lines(g)), _role(g, body, page_height)) for g in groups]


def _starts_paragraph(
    group: list[Line], line: Line, pitch: float, left: float, right: float
) -> bool:
    last = group[-1]
    gap = last.y - line.y
    if gap > 1.3 * max(pitch, 0.9 * line.height) or gap < -line.height:
        return True
    if abs(line.height - last.height) > 0.12 * max(line.height, last.height):
        return abs(gap) > 0.5 * line.height  # not a superscript
    if _BULLET_START.match(line.text):
        return True
    is_short = last.x1 < right - 0.15 * (right - left)
    is_indented = line.x0 > last.x0 + 0.8 * line.height and len(group) > 1
    ends = bool(_SENTENCE_END.search(last.text))
    return (is_short and ends) or (is_indented and ends)


def _role(group: list[Line], body: float, page_height: float) -> Role:
    """Return heading, footnote or body, by the size of the letters.

    A heading is larger than the text, or short and bold; a footnote is smaller and at the bottom.
    """
    text = join_lines(group)
    is_small = max(line.height for line in group) < 0.95 * body
    if is_small and group[0].y < page_height / 3 and _NOTE_MARK.match(text):
        return Role.FOOTNOTE
    if len(text) > _MAX_HEADING or len(group) > 3 or text.endswith((".", ",", ";")):
        return Role.BODY
    if body and min(line.height for line in group) > 1.12 * body:
        return Role.HEADING
    if not any(c.isalpha() for c in text):
        return Role.BODY
    return Role.HEADING if all(line.is_bold for line in group) else Role.BODY


def join_lines(lines: list[Line]) -> str:
    """Return lines as one text; a word that was hyphenated at the end of a line is joined."""
    text = ""
    for line in lines:
        following = line.text
        if text.endswith("\u00ad") or (
            text.endswith("-") and text[-2:-1].isalpha() and following[:1].islower()
        ):
            text = _join_hyphenated(text, following)
        else:
            text = f"{text} {following}" if text else following
    return text


def _join_hyphenated(text: str, following: str) -> str:
    """Join a word that is hyphenated at the end of a line.

    Whether `risk-` and `based` were one word is not in the file; compounds that are common in the
    documents of a practice keep their hyphen.
    """
    first = text.rsplit(" ", 1)[-1][:-1].lower()
    is_compound = "-" in first or first in _COMPOUNDS or not following[:1].islower()
    return text[:-1] + ("-" if is_compound else "") + following
