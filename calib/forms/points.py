"""The points of a criterion in its card: state, sentence, how to show it, and people's marks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import ipywidgets as w
from ipywidgets.widgets.widget_string import HTMLStyle

from calib.forms import widgets
from calib.forms.controller import FormController
from calib.forms.marks import MarkAction, MarkStore, build_mark_editor
from calib.model import Control, ControlResult, Criterion, CriterionResult, PointState
from calib.model.catalog import Point
from calib.render import html
from calib.render.document import Run
from calib.render.escape import escape
from calib.render.points import (
    PointLine,
    count_shown,
    example_bar_badge,
    mark_note,
    mark_quote,
    our_bar_badges,
    point_lines,
    state_badge,
)


def build_points(
    controller: FormController, control: Control, criterion: Criterion, file: str
) -> w.VBox:
    """Build a row per point of a criterion, with the buttons to mark its sentence."""
    store = MarkStore(controller, control.id, criterion.id, file)
    look = _Look()
    rows = [_PointRow(store, point, look) for point in criterion.points]

    def current() -> CriterionResult:
        criteria = controller.result.control(control.id).criteria
        return next(c for c in criteria if c.criterion == criterion.id)

    def refresh() -> None:
        found = controller.result.control(control.id)
        for row, line in zip(rows, point_lines(found, current()), strict=True):
            row.show(found, line)

    controller.subscribe(refresh)
    refresh()
    head = widgets.panel(controller, lambda: _bars(current()))
    return widgets.stack(head, *(row.box for row in rows), kind="calib-points")


def _bars(found: CriterionResult) -> str:
    """Show how many points are shown, and both bars."""
    if not found.points:
        return ""
    example = (
        f"example bar {html.render_runs([example_bar_badge(found)])}"
        if found.example_points
        else '<span class="muted">AWS\'s example shows no point of it</span>'
    )
    return (
        f'<div class="bar-line"><strong>{escape(count_shown(found))}</strong> '
        f"our bar {html.render_runs(our_bar_badges(found))} · {example}</div>"
    )


@dataclass(frozen=True)
class _Look:
    """Layouts and styles that all rows of a criterion share.

    Each is a widget of its own by default, and a form has dozens of points.
    """

    full: w.Layout = field(default_factory=lambda: w.Layout(width="100%"))
    row: w.Layout = field(default_factory=lambda: w.Layout(width="100%", flex_flow="row wrap"))
    button: w.Layout = field(default_factory=lambda: w.Layout(width="auto"))
    html_style: HTMLStyle = field(default_factory=HTMLStyle)
    button_style: w.ButtonStyle = field(default_factory=w.ButtonStyle)


class _PointRow:
    """One point: a text that follows the result, its buttons, and at times the mark editor."""

    def __init__(self, store: MarkStore, point: Point, look: _Look) -> None:
        self._store, self._point, self._look = store, point, look
        self._line: PointLine | None = None
        self._made: dict[str, w.Button] = {}
        self._editor: w.VBox | None = None
        self._text = w.HTML(layout=look.full, style=look.html_style)
        self._text.add_class("calib")
        self._buttons = w.HBox(layout=look.row)
        self._buttons.add_class("calib-point-buttons")
        self.box = w.VBox([self._text, self._buttons], layout=look.full)

    def show(self, found: ControlResult, line: PointLine) -> None:
        """Show the present state of the point."""
        self._line = line
        text = _describe(found, line, self._point)
        # Unchanged values are not sent: every message to the browser costs time.
        if self._text.value != text:
            self._text.value = text
        buttons = tuple(self._useful_buttons(line))
        if self._buttons.children != buttons:
            self._buttons.children = buttons

    def _useful_buttons(self, line: PointLine) -> list[w.Button]:
        """Return the buttons that make sense in the present state, made when first needed."""
        is_waiting = any(m.is_waiting for m in line.marks)
        is_quoted = line.point.state in (PointState.SHOWN, PointState.UNSURE) and line.quote
        found = []
        if not line.is_shown:
            found.append(self._action_button(MarkAction.SHOWS))
        if is_quoted or is_waiting:
            found.append(self._action_button(MarkAction.REJECTS))
        if is_waiting:
            found.append(self._action_button(MarkAction.CONFIRM))
        if line.marks:
            found.append(self._button("Remove marks", self._remove_marks))
        return found

    def _action_button(self, action: MarkAction) -> w.Button:
        return self._button(action, lambda: self._open(action))

    def _button(self, label: str, on_click: Callable[[], None]) -> w.Button:
        if label not in self._made:
            look = self._look
            made = w.Button(description=label, layout=look.button, style=look.button_style)
            made.tooltip = f"{label}: {self._point.title}"
            made.on_click(lambda _: on_click())
            self._made[label] = made
        return self._made[label]

    def _open(self, action: MarkAction) -> None:
        self._close()
        if self._line is not None:
            self._editor = build_mark_editor(self._store, self._line, action, self._close)
            self.box.children = (self._text, self._buttons, self._editor)

    def _close(self) -> None:
        if self._editor is not None:
            self.box.children = (self._text, self._buttons)
            widgets.close_tree(self._editor)
            self._editor = None

    def _remove_marks(self) -> None:
        if self._line is not None:
            self._store.remove([m.mark for m in self._line.marks])


def _describe(found: ControlResult, line: PointLine, point: Point) -> str:
    number = f" [{line.number}]" if line.number else ""
    reason = f" ({escape(line.reason)})" if line.reason else ""
    example = ' <span class="muted">in AWS\'s example</span>' if line.in_example else ""
    text = (
        f'<p class="point">{html.render_runs([state_badge(line)])} '
        f"<strong>{escape(point.title)}</strong>{number}{reason}{example}</p>"
    )
    if line.quote:
        text += f'<p class="quote">“{escape(line.quote)}”</p>'
    for mark in line.marks:
        note = html.render_runs([Run(mark_note(mark), "strong")])
        text += f'<p class="mark">{note} “{escape(mark_quote(found, mark))}”</p>'
    return text if line.is_shown else text + _how_to(point)


def _how_to(point: Point) -> str:
    """Explain in a closed disclosure how to show a point."""
    return (
        "<details><summary>How to show it</summary>"
        f"<p>{escape(point.shows)}</p><p>For example: “{escape(point.example)}”</p>"
        f'<p class="muted">Not enough: {escape(point.not_enough)} For example: '
        f"“{escape(point.counter_example)}”</p></details>"
    )
