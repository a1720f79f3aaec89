"""The small widgets that all forms are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import ipywidgets as w

from calib.store import Conflict
from calib.views import prose
from calib.views.blocks import Run
from calib.views.forms.desk import Desk
from calib.views.forms.live import style_sheet
from calib.views.prose import escape


def html(text: str) -> Any:
    """Show HTML that `prose` made: partner text in it is escaped."""
    box = w.HTML(text)
    box.add_class("calib")
    return box


def style() -> Any:
    """Bring the style sheet into the page."""
    return w.HTML(f"<style>{style_sheet()}</style>", layout=w.Layout(height="0", margin="0"))


def panel(desk: Desk, render: Callable[[], str]) -> Any:
    """Show HTML that follows the desk."""
    box = html(render())

    def refresh() -> None:
        text = render()
        if box.value != text:
            box.value = text

    desk.listen(refresh)
    return box


def badge(word: str, tone: str) -> str:
    """Write a word on a tone."""
    return prose.runs_html([Run(word, f"badge-{tone}")])


def stack(*children: Any, kind: str = "") -> Any:
    """Put widgets below one another."""
    box = w.VBox(list(children), layout=w.Layout(width="100%"))
    if kind:
        box.add_class(kind)
    return box


def row(*children: Any, kind: str = "") -> Any:
    """Put widgets beside one another; they wrap where there is no room."""
    box = w.HBox(list(children), layout=w.Layout(width="100%", flex_flow="row wrap"))
    if kind:
        box.add_class(kind)
    return box


def button(label: str, act: Callable[[], None], hint: str = "", *, primary: bool = False) -> Any:
    """Make a button that does one thing."""
    made = w.Button(description=label, tooltip=hint or label, layout=w.Layout(width="auto"))
    made.button_style = "primary" if primary else ""
    made.on_click(lambda _: act())
    return made


def labelled(label: str, widget: Any, hint: str = "") -> Any:
    """Put a visible label above a field, which a screen reader reads with it."""
    widget.tooltip = hint or label
    widget.placeholder = hint
    name = w.Label(label)
    name.add_class("calib-label")
    # The description is what assistive technology reads; the label above is what eyes read.
    widget.description = label
    widget.add_class("calib-field")
    return stack(name, widget, kind="calib-labelled")


def text(value: str = "", width: str = "100%") -> Any:
    """Make a one-line field."""
    return w.Text(value, layout=w.Layout(width=width), continuous_update=True)


def textarea(rows: int, value: str = "") -> Any:
    """Make a field for prose."""
    return w.Textarea(value, rows=rows, layout=w.Layout(width="100%"), continuous_update=True)


def toolbar(desk: Desk) -> Any:
    """Show what was saved or not, undo and redo, what cannot be read, what two people changed."""
    state = panel(desk, lambda: _state(desk))
    undo = button("Undo", desk.undo, "Take back the last edit")
    redo = button("Redo", desk.redo, "Do again what was taken back")
    look = button("Look again", lambda: desk.look() and None, "Read what others changed")
    quarrels = stack()

    def refresh() -> None:
        found = desk.conflicts()
        if [c.id for c in found] != [getattr(b, "conflict", None) for b in quarrels.children]:
            quarrels.children = tuple(_conflict(desk, c) for c in found)

    desk.listen(refresh)
    refresh()
    bar = row(undo, redo, look, state, kind="calib-toolbar")
    return stack(bar, quarrels)


def _state(desk: Desk) -> str:
    note, tone = desk.note
    said = f'<p role="status">{badge(note, tone)}</p>' if note else '<p role="status"></p>'
    wrong = "".join(f"<li>{escape(str(p))}</li>" for p in desk.problems)
    if wrong:
        said += f'<div class="callout bad" role="alert"><p>The folder cannot be read:</p><ul>{wrong}</ul></div>'
    return said


def _conflict(desk: Desk, conflict: Conflict) -> Any:
    """Show both values of a field and let a person choose."""
    said = html(
        f'<div class="callout warn" role="alert"><p class="callout-title">Two people changed '
        f"{escape(conflict.field)} in {escape(conflict.file)}</p><dl class='facts'>"
        f"<dt>In the file, by {escape(conflict.in_file_by)}</dt><dd>{escape(conflict.in_file)}</dd>"
        f"<dt>Set aside, by {escape(conflict.set_aside_by)}</dt>"
        f"<dd>{escape(conflict.set_aside)}</dd></dl></div>"
    )

    def choose(value: Any) -> None:
        if desk.store is not None:
            desk.took(desk.store.resolve(conflict, value))

    box = stack(
        said,
        row(
            button("Keep what is in the file", lambda: choose(conflict.in_file)),
            button("Take the other", lambda: choose(conflict.set_aside)),
        ),
    )
    box.conflict = conflict.id
    return box


def choices(values: Sequence[tuple[str, Any]], label: str, hints: Sequence[str] = ()) -> Any:
    """Make a row of buttons of which one is chosen."""
    made = w.ToggleButtons(
        options=list(values), value=None, description=label, tooltips=list(hints),
        style={"button_width": "auto"},
    )  # fmt: skip
    made.add_class("calib-levels")
    return made


def as_date(value: Any) -> date | None:
    """Read a date as it stands in a file; None where it is none."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def from_date(value: date | None) -> str | None:
    """Write a date as it stands in a file."""
    return value.isoformat() if value else None
