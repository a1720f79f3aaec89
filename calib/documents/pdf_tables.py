"""Find tables on a PDF page: by their ruling lines, or by cells that are aligned."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass

from calib.documents.pdf_page import Rule, Word

_NEAR = 3.0
"""Points between two lines that are meant to meet."""
_MIN_LENGTH = 8.0
_MAX_RULES = 3_000
_MAX_GROUPS = 200


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, and the height of the table's upper edge on the page."""

    top: float
    rows: tuple[tuple[str, ...], ...]


def ruled_tables(
    words: list[Word], horizontal: list[Rule], vertical: list[Rule]
) -> tuple[list[Table], list[Word]]:
    """Return the tables drawn with lines in both directions, and the words outside of them."""
    tables: list[Table] = []
    if len(horizontal) + len(vertical) > _MAX_RULES:
        return [], words  # a drawing
    for group in _connected(horizontal, vertical):
        lines_x = _positions([(r.x0 + r.x1) / 2 for r in group if r.y1 - r.y0 >= _MIN_LENGTH])
        lines_y = _positions([(r.y0 + r.y1) / 2 for r in group if r.x1 - r.x0 >= _MIN_LENGTH])
        if len(lines_x) < 3 or len(lines_y) < 3:
            continue  # a frame around text, or a row that may be decoration
        inside = [w for w in words if _is_inside(w, lines_x, lines_y)]
        rows = _fill_cells(inside, lines_x, lines_y)
        if rows and max(sum(map(bool, row)) for row in rows) > 1:
            taken = set(inside)
            words = [w for w in words if w not in taken]
            tables.append(Table(lines_y[-1], rows))
    return tables, words


def _connected(horizontal: list[Rule], vertical: list[Rule]) -> list[list[Rule]]:
    """Group lines that touch one another, however indirectly; none for a drawing of many parts."""
    groups: list[tuple[Rule, list[Rule]]] = []
    for rule in sorted([*horizontal, *vertical], key=lambda r: (-r.y1, r.x0)):
        bounds, members = rule, [rule]
        apart = []
        for other, rules in groups:
            if _touch(bounds, other):
                bounds = Rule(
                    min(bounds.x0, other.x0),
                    min(bounds.y0, other.y0),
                    max(bounds.x1, other.x1),
                    max(bounds.y1, other.y1),
                )
                members = [*rules, *members] if len(rules) < len(members) else rules + members
            else:
                apart.append((other, rules))
        groups = [*apart, (bounds, members)]
        if len(groups) > _MAX_GROUPS:
            return []
    return [members for _, members in groups if len(members) > 5]


def _touch(one: Rule, other: Rule) -> bool:
    return (
        one.x0 <= other.x1 + _NEAR
        and other.x0 <= one.x1 + _NEAR
        and one.y0 <= other.y1 + _NEAR
        and other.y0 <= one.y1 + _NEAR
    )


def _positions(values: list[float]) -> list[float]:
    """Return the distinct positions of lines, in ascending order."""
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > _NEAR:
            found.append(value)
    return found


def _is_inside(word: Word, lines_x: list[float], lines_y: list[float]) -> bool:
    middle = word.y + word.height / 3
    return (
        lines_x[0] <= (word.x0 + word.x1) / 2 <= lines_x[-1] and lines_y[0] <= middle <= lines_y[-1]
    )


def _fill_cells(
    words: list[Word], lines_x: list[float], lines_y: list[float]
) -> tuple[tuple[str, ...], ...]:
    cells: dict[tuple[int, int], list[Word]] = defaultdict(list)
    for word in words:
        row = bisect_right(lines_y, word.y + word.height / 3)
        cells[row, bisect_right(lines_x, word.x0 + 1)].append(word)
    columns = range(1, len(lines_x))
    rows = []
    for row in range(len(lines_y) - 1, 0, -1):
        texts = tuple(_join(cells.get((row, column), [])) for column in columns)
        if any(texts):
            rows.append(texts)
    return tuple(rows)


def _join(words: list[Word]) -> str:
    """Return the words of a cell line by line."""
    if not words:
        return ""
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda w: -w.y):
        if lines and lines[-1][0].y - word.y < word.height * 0.4:
            lines[-1].append(word)
        else:
            lines.append([word])
    return " ".join(w.text for line in lines for w in sorted(line, key=lambda w: w.x0))
