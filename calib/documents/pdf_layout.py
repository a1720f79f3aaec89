"""Reading order of a PDF page: words -> lines -> columns and tables -> blocks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from calib.documents.pdf_page import Word
from calib.documents.pdf_tables import Table

_CELL_GAP = 0.8
"""Heights of a line; a wider gap separates columns or cells."""
_BULLET = re.compile(r"(?:[•‣▪●○◦–·*]|-|o|\(?(?:\d{1,2}|[a-z])[.)]|\uf0b7|\uf0a7)$")
_MIN_COLUMN_LINES = 4
_PROSE_CHARACTERS = 18
_ROW_GAP = 1.2
"""Line distances; a wider gap separates the rows of a table."""


@dataclass(slots=True)
class Line:
    """Words on one baseline without a wide gap between them."""

    x0: float
    x1: float
    y: float
    """Its baseline."""
    height: float
    """Of its tallest word."""
    text: str
    first: int
    """Index of its first word's first character."""
    last: int
    """Index of its last word's first character."""
    is_bold: bool = False


@dataclass(slots=True)
class Block:
    """Lines of one column in reading order, or a table."""

    lines: list[Line] = field(default_factory=list)
    table: Table | None = None


def find_lines(words: list[Word]) -> list[Line]:
    """Group words into lines, from top to bottom and from left to right."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda w: (-w.y, w.x0)):
        if rows and abs(rows[-1][0].y - word.y) < 0.4 * max(rows[-1][0].height, word.height, 1):
            rows[-1].append(word)
        else:
            rows.append([word])
    return [line for row in rows for line in _split_row(sorted(row, key=lambda w: w.x0))]


def _split_row(words: list[Word]) -> Iterator[Line]:
    """Split the words on a baseline where the gap is wide; a bullet stays with its text."""
    current = [words[0]]
    for word in words[1:]:
        last = current[-1]
        is_wide = word.x0 - last.x1 > _CELL_GAP * max(last.height, word.height)
        if is_wide and not (len(current) == 1 and _BULLET.match(last.text)):
            yield _line(current)
            current = []
        current.append(word)
    yield _line(current)


def _line(words: list[Word]) -> Line:
    # A hyphenation point inside of a line divides nothing.
    text = " ".join(word.text for word in words).replace("\u00ad ", "")
    height = max(word.height for word in words)
    first, last = words[0], words[-1]
    return Line(first.x0, last.x1, first.y, height, text, first.first, last.first)


def find_blocks(lines: list[Line], tables: list[Table]) -> list[Block]:
    """Return the blocks of a page in reading order."""
    blocks: list[Block] = []
    for table in sorted(tables, key=lambda t: -t.top):
        above = [line for line in lines if line.y >= table.top]
        lines = [line for line in lines if line.y < table.top]
        blocks += _read_region(above)
        blocks.append(Block(table=table))
    return blocks + _read_region(lines)


def _read_region(lines: list[Line]) -> list[Block]:
    """Split a region at lines that cross its columns; read the columns between them."""
    edge = _column_edge(lines)
    if edge is None:
        return _one_column(lines)
    blocks: list[Block] = []
    band: list[Line] = []
    full: list[Line] = []
    for line in lines:
        if line.x0 < edge < line.x1:
            blocks += _read_band(band, edge)
            band = []
            full.append(line)
        else:
            blocks += _one_column(full)
            full = []
            band.append(line)
    return blocks + _read_band(band, edge) + _one_column(full)


def _column_edge(lines: list[Line]) -> float | None:
    """Return the left edge of the right-hand column, None if the region has one column."""
    counts = Counter(round(line.x0 / 3) for line in lines)
    best: tuple[int, float] | None = None
    for position, count in sorted(counts.items()):
        edge = position * 3 - 3.0
        if count + counts[position + 1] < _MIN_COLUMN_LINES:
            continue
        left = sum(line.x1 <= edge for line in lines)
        right = sum(line.x0 >= edge for line in lines)
        crossing = len(lines) - left - right
        score = min(left, right) - crossing // 4
        if score >= _MIN_COLUMN_LINES - 1 and (best is None or score > best[0]):
            best = (score, edge)
    return best[1] if best else None


def _read_band(lines: list[Line], edge: float) -> list[Block]:
    """Read a band between full-width lines: columns of prose one by one, a table by its rows."""
    left = [line for line in lines if line.x0 < edge]
    right = [line for line in lines if line.x0 >= edge]
    if not left or not right:
        return _one_column(lines)
    if _is_prose(left) and _is_prose(right) and not _have_common_rows(left, right):
        return _read_region(left) + _read_region(right)
    return _one_column(lines)


def _is_prose(lines: list[Line]) -> bool:
    """Return whether the first column of a region is filled, as paragraphs do and cells do not."""
    edges = Counter(round(line.x0 / 3) * 3 for line in lines)
    # The first of the edges that several lines share: an odd line may be further left.
    margin = min(edge for edge, count in edges.items() if count * 4 > max(edges.values())) - 3
    lines = [line for line in lines if margin <= line.x0 < margin + 3 * line.height]
    if len(lines) < 2:
        return False
    width = max(line.x1 for line in lines) - margin
    fill = median((line.x1 - line.x0) / max(width, 1) for line in lines)
    length = sum(len(line.text) for line in lines) / len(lines)
    return fill > 0.6 and length >= _PROSE_CHARACTERS


def _have_common_rows(left: list[Line], right: list[Line]) -> bool:
    """Return whether paragraphs begin side by side again and again, as the cells of a table do."""
    starts = [_paragraph_starts(column) for column in (left, right)]
    shared = sum(any(abs(y - other) < 2 for other in starts[1]) for y in starts[0])
    return shared > 2 and shared > 0.6 * min(len(starts[0]), len(starts[1]))


def _paragraph_starts(lines: list[Line]) -> list[float]:
    """Return the baselines of the lines that have a gap above."""
    starts = [lines[0].y]
    pitch = _line_pitch([line.y for line in lines])
    for above, line in pairwise(lines):
        if above.y - line.y > _ROW_GAP * pitch:
            starts.append(line.y)
    return starts


def _line_pitch(baselines: list[float]) -> float:
    """Return the distance of lines within a paragraph or cell: the smallest that is common."""
    gaps = sorted(a - b for a, b in pairwise(baselines) if a - b > 2)
    return gaps[len(gaps) // 10] if gaps else 0.0


def _one_column(lines: list[Line]) -> list[Block]:
    """Read lines from top to bottom; neighbours on one baseline are the cells of a table."""
    blocks: list[Block] = []
    rows: list[list[Line]] = []
    for line in lines:
        if rows and abs(rows[-1][0].y - line.y) < 0.4 * line.height:
            rows[-1].append(line)
        else:
            rows.append([line])
    index = 0
    while index < len(rows):
        end = _table_end(rows, index)
        if end - index > 1:
            blocks.append(Block(table=_aligned_table(rows[index:end])))
            index = end
            continue
        if not blocks or blocks[-1].table is not None:
            blocks.append(Block())
        blocks[-1].lines += rows[index]
        index += 1
    return blocks


def _table_end(rows: list[list[Line]], start: int) -> int:
    """Return the row after the aligned table that begins at a row; `start` if none does.

    A row with fewer cells continues the row above it if its cells begin where others do.
    """
    if len(rows[start]) < 2:
        return start
    edges = [line.x0 for line in rows[start]]
    end = start + 1
    full = 1
    while end < len(rows):
        row = rows[end]
        gap = rows[end - 1][0].y - row[0].y
        aligned = sum(any(abs(line.x0 - edge) < 6 for edge in edges) for line in row)
        # Numbers are often aligned to the right, and headings centred.
        if gap > 3.2 * row[0].height or (aligned < len(row) and len(row) != len(edges)):
            break
        if len(row) == 1 and row[0].x0 <= edges[0] + 6 and _is_wide(row[0], edges):
            break
        full += len(row) > 1
        edges += [line.x0 for line in row if all(abs(line.x0 - edge) >= 6 for edge in edges)]
        end += 1
    while end > start + 1 and len(rows[end - 1]) == 1 and rows[end - 1][0].x0 <= min(edges) + 6:
        end -= 1  # text below the table
    return end if full > 1 else start


def _is_wide(line: Line, edges: list[float]) -> bool:
    """Return whether a line at the left edge runs into the next column of the table."""
    following = [edge for edge in edges if edge > line.x0 + 6]
    return bool(following) and line.x1 > min(following) + 6


def _aligned_table(rows: list[list[Line]]) -> Table:
    """Return rows of cells.

    Where rows are further apart than lines, the gaps separate them; else a line without a first
    cell continues the row above.
    """
    most = max(rows, key=len)
    baselines = [row[0].y for row in rows]
    limit = _ROW_GAP * _line_pitch(baselines)
    gaps = [above - y for above, y in pairwise(baselines)]
    has_gaps = any(gap > limit for gap in gaps) and any(gap <= limit for gap in gaps)
    found: list[list[str]] = []
    for row, gap in zip(rows, [limit + 1, *gaps], strict=True):
        cells = [""] * len(most)
        for line in row:
            column = min(range(len(most)), key=lambda n: _distance(line, most[n]))
            cells[column] = f"{cells[column]} {line.text}".strip()
        if found and (gap <= limit if has_gaps else not cells[0]):
            found[-1] = [f"{a} {b}".strip() for a, b in zip(found[-1], cells, strict=True)]
        else:
            found.append(cells)
    return Table(rows[0][0].y, tuple(tuple(cells) for cells in found))


def _distance(line: Line, column: Line) -> float:
    """Return how far a cell is from a column: aligned left, right or by the centre."""
    centre = abs(line.x0 + line.x1 - column.x0 - column.x1) / 2
    return min(abs(line.x0 - column.x0), abs(line.x1 - column.x1), centre)
