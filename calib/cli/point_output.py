"""Print the points of a criterion on the terminal: state, sentence, marks, and how to show it."""

from __future__ import annotations

import click

from calib.model import ControlResult, Criterion, CriterionResult, MarkState, PointState
from calib.render.points import (
    POINT_ICONS,
    POINT_WORDS,
    PointLine,
    mark_note,
    mark_quote,
    point_lines,
    shorten,
)

_COLOURS = {
    PointState.SHOWN: "green",
    PointState.NAMED: "yellow",
    PointState.UNSURE: "yellow",
    PointState.MISSING: "red",
}
_INDENT = " " * 9
_WORD_WIDTH = max(map(len, POINT_WORDS.values()))
_QUOTE_LENGTH = 72
"""In characters; the whole sentence is in the narrative above, under its number."""


def print_points(control: ControlResult, criterion: CriterionResult, definition: Criterion) -> None:
    """Print a line per point; a missing one with what shows it and an example sentence."""
    for line in point_lines(control, criterion):
        state = line.point.state
        word = click.style(
            f"{POINT_ICONS[state]} {POINT_WORDS[state]:<{_WORD_WIDTH}}", _COLOURS[state]
        )
        click.echo(f"{_INDENT}{word}  {line.point.title}{_sentence(line)}")
        for mark in line.marks:
            quote = shorten(mark_quote(control, mark), _QUOTE_LENGTH)
            click.echo(f"{_INDENT}  {mark_note(mark)} “{quote}”")
        if state is PointState.MISSING:
            point = definition.point(line.point.point)
            click.echo(f"{_INDENT}  {point.shows}")
            click.echo(f"{_INDENT}  For example: “{point.example}”")
    for mark in criterion.marks:
        if mark.state is MarkState.UNKNOWN:
            click.echo(f"{_INDENT}{mark_note(mark)} {mark.mark.point}")


def _sentence(line: PointLine) -> str:
    number = f" [{line.number}]" if line.number else ""
    quote = f" “{shorten(line.quote, _QUOTE_LENGTH)}”" if line.quote else ""
    reason = f" ({line.reason})" if line.reason else ""
    return f"{reason}{number}{quote}"
