"""The points of a control's criteria: those that the narrative shows, and the open ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from calib.model import (
    Control,
    ControlResult,
    Criterion,
    CriterionResult,
    PointState,
    Span,
    Verdict,
)
from calib.render.document import (
    Block,
    BulletList,
    Column,
    Heading,
    Run,
    Runs,
    TableBlock,
    TableRow,
    run,
    text,
)
from calib.render.points import (
    POINT_ICONS,
    PointLine,
    count_shown,
    mark_note,
    mark_quote,
    point_lines,
    shorten,
    state_badge,
)
from calib.text import plural

_LINE_LENGTH = 86
"""In characters, of the titles and the quote on one line of the table's second column."""
_MIN_QUOTE, _MAX_QUOTE = 40, 80
"""In characters. The whole sentence is in the narrative, under its number."""


def points_blocks(found: ControlResult, definition: Control) -> list[Block]:
    """Build a table with a row per criterion: the points shown, and the open ones below it."""
    rows = tuple(
        _row(found, criterion, definition.criterion(criterion.criterion))
        for criterion in found.criteria
        if criterion.points
    )
    if not rows:
        return []
    columns = (Column("Criterion", 2), Column("Points shown", 8))
    return [
        Heading("Points"),
        TableBlock("Points of each criterion: shown and open", columns, rows),
    ]


def _row(found: ControlResult, criterion: CriterionResult, definition: Criterion) -> TableRow:
    lines = point_lines(found, criterion)
    still_open = [line for line in lines if not line.is_shown]
    details = BulletList(tuple(_open_items(found, criterion, definition, still_open)))
    return TableRow(
        (
            text(Run(criterion.title, "strong"), Run(f"  {count_shown(criterion)}", "muted")),
            _shown_cell(found, [line for line in lines if line.is_shown]),
        ),
        details=(details,) if details.items else (),
        opens=plural(len(still_open), "open point"),
    )


def _shown_cell(found: ControlResult, lines: Sequence[PointLine]) -> Runs:
    """Return a line per sentence: the points that it shows, its number and its first words."""
    if not lines:
        return run("–", "muted")
    by_sentence: dict[Span | None, list[PointLine]] = {}
    for line in lines:
        by_sentence.setdefault(line.point.span, []).append(line)
    parts: list[object] = []
    for same in by_sentence.values():
        titles = "  ".join(f"{POINT_ICONS[PointState.SHOWN]} {line.point.title}" for line in same)
        length = max(_MIN_QUOTE, _LINE_LENGTH - len(titles))
        parts += ["\n" if parts else "", titles, *_sentence(found, same[0], length)]
        notes = (mark_note(mark) for line in same for mark in line.marks)
        parts += [Run(f"  {note}.", "muted") for note in notes]
    return text(*parts)


def _open_items(
    found: ControlResult,
    criterion: CriterionResult,
    definition: Criterion,
    lines: Sequence[PointLine],
) -> Iterator[Runs]:
    """Yield the open points: those with a sentence to look at, then the missing ones.

    A criterion that reaches our bar needs no instructions, so its missing points share an item.
    """
    absent = [line for line in lines if line.point.state is PointState.MISSING and not line.marks]
    for line in lines:
        if line not in absent:
            marks = [
                Run(f"  {mark_note(m)} “{shorten(mark_quote(found, m), _MAX_QUOTE)}”.", "muted")
                for m in line.marks
            ]
            reason = f" ({line.reason})" if line.reason else ""
            sentence = _sentence(found, line, _MAX_QUOTE)
            yield text(state_badge(line), f" {line.point.title}{reason}", *sentence, ".", *marks)
    if criterion.verdict is Verdict.YES:
        titles = "; ".join(line.point.title for line in absent)
        if titles:
            yield text(state_badge(absent[0]), f" {titles}.")
        return
    for line in absent:
        point = definition.point(line.point.point)
        yield text(
            state_badge(line),
            Run(f" {line.point.title}: ", "strong"),
            point.shows,
            Run(f" For example: “{point.example}”", "muted"),
        )


def _sentence(found: ControlResult, line: PointLine, length: int) -> list[object]:
    """Return the number and the beginning of the sentence behind a point."""
    parts: list[object] = []
    if line.number:
        parts += [" ", Run(f"[{line.number}]", "ref", f"#{found.control}-s{line.number}")]
    if line.quote:
        parts.append(Run(f" “{shorten(line.quote, length)}”", "muted"))
    return parts
