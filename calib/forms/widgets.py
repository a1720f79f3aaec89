"""The small widgets that all forms are made of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import ipywidgets as w

from calib.errors import Problem
from calib.forms.controller import Desk
from calib.forms.form import style_sheet
from calib.render import html as render_html
from calib.render.document import Run
from calib.render.escape import escape
from calib.store.conflicts import Conflict


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
    return render_html.runs_html([Run(word, f"badge-{tone}")])


def stack(*children: Any, kind: str = "") -> Any:
    """Put widgets below one another."""
    box = w.VBox(list(children), layout=w.Layout(width="100%"))
    if kind:
        box.add_class(kind)
    return box


def shut(shown: Any) -> None:
    """Close a widget with all that it is made of: a kernel keeps every other one for good."""
    found, left = {shown.model_id: shown}, [shown]
    while left:
        one = left.pop()
        for value in (getattr(one, key) for key in one.keys):
            inner = value if isinstance(value, (list, tuple)) else (value,)
            new = [v for v in inner if isinstance(v, w.Widget) and v.model_id not in found]
            found |= {v.model_id: v for v in new}
            left += new
    for one in found.values():
        one.close()


def troubled(problems: Sequence[Problem], again: Callable[[], None]) -> Any:
    """Say why a folder cannot be opened, and offer to try again."""
    return stack(
        style(),
        html(troubles(problems)),
        button("Try again", again, "Read the folder again", primary=True),
        kind="calib-form",
    )


def row(*children: Any, kind: str = "") -> Any:
    """Put widgets beside one another; they wrap where there is no room."""
    box = w.HBox(list(children), layout=w.Layout(width="100%", flex_flow="row wrap"))
    if kind:
        box.add_class(kind)
    return box


def button(
    label: str,
    act: Callable[[], None],
    hint: str = "",
    *,
    primary: bool = False,
    reads: bool = False,
) -> Any:
    """Make a button that does one thing.

    One that reads fields waits a moment: the front end may send the last keys after the click.
    """
    made = w.Button(description=label, tooltip=hint or label, layout=w.Layout(width="auto"))
    made.button_style = "primary" if primary else ""
    made.on_click(lambda _: later(act) if reads else act())
    return made


_LAST_KEYS = 0.25  # seconds


def later(act: Callable[[], None]) -> None:
    """Do something when the last keys have come; at once where nothing runs that could wait."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        act()
    else:
        loop.call_later(_LAST_KEYS, act)


def labelled(label: str, widget: Any, hint: str = "") -> Any:
    """Put a visible label above a field, which a screen reader reads with it."""
    widget.tooltip = hint or label
    widget.placeholder = hint
    name = html(escape(label))
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


def toolbar(desk: Desk) -> tuple[Any, Any]:
    """Show what was saved or not, undo and redo; below, what is wrong and what two people changed.

    The first stays in sight while the page scrolls, so the two must be children of the form.
    """
    state = panel(desk, lambda: _state(desk))
    undo = button("Undo", desk.undo, "Take back the last edit made here")
    redo = button("Redo", desk.redo, "Do again what was taken back")
    look = button("Look again", desk.look_again, "Read what others changed, and the evidence files")
    quarrels = stack()

    def refresh() -> None:
        found = desk.conflicts()
        if [c.id for c in found] != [getattr(b, "conflict", None) for b in quarrels.children]:
            quarrels.children = tuple(_conflict(desk, c) for c in found)

    desk.listen(refresh)
    refresh()
    bar = row(undo, redo, look, state, kind="calib-toolbar")
    return bar, stack(panel(desk, lambda: troubles(desk.problems, _MEANWHILE)), quarrels)


_MEANWHILE = (
    "What is shown is how it was before; what you type is kept in the journal until the file is "
    "mended."
)


def _state(desk: Desk) -> str:
    note, tone = desk.note
    return f'<p role="status">{badge(note, tone) if note else ""}</p>'


def troubles(problems: Sequence[Problem], meanwhile: str = "") -> str:
    """Say what in the folder cannot be read."""
    wrong = "".join(f"<li>{escape(p)}</li>" for p in problems)
    if not wrong:
        return ""
    return (
        '<div class="callout bad" role="alert"><p class="callout-title">The folder cannot be read'
        f"</p><ul>{wrong}</ul><p>{meanwhile}</p></div>"
    )


def _told(value: Any) -> str:
    """Write a value of a field for a person."""
    if value in (None, "", []):
        return '<span class="muted">nothing</span>'
    if isinstance(value, str):
        return render_html.plain_html(value)
    if isinstance(value, list):
        return "".join(f"<p>{escape(one)}</p>" for one in value)
    return escape(value)


def _conflict(desk: Desk, conflict: Conflict) -> Any:
    """Show both values of a field and let a person choose."""
    said = html(
        '<div class="callout warn" role="alert"><p class="callout-title">Two people changed '
        f"{escape(conflict.field)} in {escape(conflict.file)}</p><dl class='facts'>"
        f"<dt>In the file, by {escape(conflict.in_file_by)}</dt><dd>{_told(conflict.in_file)}</dd>"
        f"<dt>Set aside, by {escape(conflict.set_aside_by)}</dt>"
        f"<dd>{_told(conflict.set_aside)}</dd></dl></div>"
    )

    def choose(value: Any) -> None:
        desk.flush()
        desk.act(lambda store: store.resolve(conflict, value))

    mine, other = conflict.in_file, conflict.set_aside
    ways = [
        button("Keep what is in the file", lambda: choose(mine)),
        button("Take the other", lambda: choose(other)),
    ]
    if isinstance(mine, str) and isinstance(other, str) and mine and other:
        both = f"{mine.rstrip()}\n\n{other}"
        ways.append(button("Keep both, to edit", lambda: choose(both), "One below the other"))
    box = stack(said, row(*ways))
    box.conflict = conflict.id
    return box


def choices(values: Sequence[tuple[str, Any]], label: str) -> Any:
    """Make a row of choices of which one is taken; the arrow keys go from one to the next."""
    made = w.RadioButtons(options=list(values), description=label, layout=w.Layout(width="100%"))
    made.add_class("calib-choices")
    return made


def folded(panes: Mapping[str, Any]) -> Any:
    """Fold widgets away until somebody wants them."""
    made = w.Accordion(list(panes.values()), titles=tuple(panes))
    made.selected_index = None
    return made


def opened_late(title: str, build: Callable[[], Any]) -> Any:
    """Fold away what is built only when somebody opens it: widgets take time to make."""
    inside = stack()
    made = folded({title: inside})

    def look(change: Any) -> None:
        if change["new"] is not None and not inside.children:
            inside.children = (build(),)

    made.observe(look, names="selected_index")
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
