"""The basic widgets of all forms: panels, layout, fields with labels, buttons."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

import ipywidgets as w

from calib.forms.controller import FormController
from calib.forms.field_binding import NO_LEVEL
from calib.forms.form import style_sheet
from calib.model import Catalog, Finding
from calib.render import html as render_html
from calib.render.document import Run
from calib.render.escape import escape
from calib.render.findings import finding_runs

_LAST_KEYS_DELAY = 0.25  # seconds

Key = TypeVar("Key", bound=Hashable)


# --- text and layout ---


def html(text: str) -> w.HTML:
    """Show HTML. The caller must have escaped every partner text in it."""
    box = w.HTML(text)
    box.add_class("calib")
    return box


def style() -> w.HTML:
    """Add the style sheet to the page."""
    return w.HTML(f"<style>{style_sheet()}</style>", layout=w.Layout(height="0", margin="0"))


def panel(controller: FormController, render: Callable[[], str]) -> w.HTML:
    """Show HTML that is rendered again after every change."""
    box = html(render())

    def refresh() -> None:
        text = render()
        # An unchanged value is not sent: every message to the browser costs time.
        if box.value != text:
            box.value = text

    controller.subscribe(refresh)
    return box


def badge(word: str, tone: str) -> str:
    """Render a word as a coloured badge."""
    return render_html.render_runs([Run(word, f"badge-{tone}")])


def gate_badge(*, met: bool) -> str:
    """Render the state of a control's gate."""
    return badge("gate met", "good") if met else badge("gate not met", "bad")


def finding_list(findings: Iterable[Finding]) -> str:
    """Render findings as a list; nothing if there are none."""
    rows = "".join(f"<li>{render_html.render_runs(finding_runs(f))}</li>" for f in findings)
    return f'<ul class="findings">{rows}</ul>' if rows else ""


def stack(*children: w.Widget, kind: str = "") -> w.VBox:
    """Place widgets below one another; `kind` is a CSS class."""
    box = w.VBox(list(children), layout=w.Layout(width="100%"))
    if kind:
        box.add_class(kind)
    return box


def row(*children: w.Widget, kind: str = "") -> w.HBox:
    """Place widgets beside one another, wrapping on a narrow page; `kind` is a CSS class."""
    box = w.HBox(list(children), layout=w.Layout(width="100%", flex_flow="row wrap"))
    if kind:
        box.add_class(kind)
    return box


def keyed_stack(
    controller: FormController, keys: Callable[[], Sequence[Key]], build: Callable[[Key], w.Widget]
) -> w.VBox:
    """Show one widget per key, in the order of the keys, and follow changes of the list.

    A widget is built once per key and kept, so that a form does not lose the focus, or an opened
    pane, when an entry is added or moved.
    """
    built: dict[Key, w.Widget] = {}
    box = stack()

    def refresh() -> None:
        current = keys()
        for key in current:
            if key not in built:
                built[key] = build(key)
        children = tuple(built[key] for key in current)
        if box.children != children:
            box.children = children

    controller.subscribe(refresh)
    refresh()
    return box


def accordion(panes: Mapping[str, w.Widget]) -> w.Accordion:
    """Place widgets in panes that are closed at first."""
    made = w.Accordion(list(panes.values()), titles=tuple(panes))
    made.selected_index = None
    return made


def lazy_accordion(title: str, build: Callable[[], w.Widget]) -> w.Accordion:
    """Build the content of a pane when it is opened first, because widgets are slow to create."""
    content = stack()
    made = accordion({title: content})

    def on_select(change: Mapping[str, object]) -> None:
        if change["new"] is not None and not content.children:
            content.children = (build(),)

    made.observe(on_select, names="selected_index")
    return made


def close_tree(root: w.Widget) -> None:
    """Close a widget and all widgets below it.

    ipywidgets keeps every widget that is not closed, and sends all of them to a page that loads.
    """
    found, to_visit = {root.model_id: root}, [root]
    while to_visit:
        widget = to_visit.pop()
        # Children, layouts and styles are traits of different names: look at all of them.
        for value in (getattr(widget, key) for key in widget.keys):
            values = value if isinstance(value, (list, tuple)) else (value,)
            new = [v for v in values if isinstance(v, w.Widget) and v.model_id not in found]
            found |= {v.model_id: v for v in new}
            to_visit += new
    for widget in found.values():
        widget.close()


# --- fields ---


def labelled_field(label: str, widget: w.Widget, hint: str = "") -> w.VBox:
    """Place a visible label above a field; the hint is its placeholder and tooltip."""
    widget.tooltip = hint or label
    widget.placeholder = hint
    name = html(escape(label))
    name.add_class("calib-label")
    # Screen readers read the description, which the style sheet hides in favour of `name`.
    widget.description = label
    widget.add_class("calib-field")
    return stack(name, widget, kind="calib-labelled")


def text_field(value: str = "", width: str = "100%") -> w.Text:
    """Create a one-line text field."""
    return w.Text(value, layout=w.Layout(width=width), continuous_update=True)


def text_area(rows: int, value: str = "") -> w.Textarea:
    """Create a text field of several lines."""
    return w.Textarea(value, rows=rows, layout=w.Layout(width="100%"), continuous_update=True)


def date_field() -> w.DatePicker:
    """Create a date field."""
    return w.DatePicker(layout=w.Layout(width="100%"))


def radio_row(options: Sequence[tuple[str, object]], label: str) -> w.RadioButtons:
    """Create a row of radio buttons from (text, value) pairs; the arrow keys move the choice."""
    made = w.RadioButtons(options=list(options), description=label, layout=w.Layout(width="100%"))
    made.add_class("calib-choices")
    return made


def level_picker(catalog: Catalog, label: str, none_label: str) -> w.RadioButtons:
    """Create radio buttons for the maturity levels; the first option is `NO_LEVEL`."""
    levels = ((f"{number} {level.name}", number) for number, level in enumerate(catalog.levels))
    return radio_row([(none_label, NO_LEVEL), *levels], label)


# --- buttons ---


def button(
    label: str,
    on_click: Callable[[], object],
    tooltip: str = "",
    *,
    primary: bool = False,
    reads_fields: bool = False,
) -> w.Button:
    """Create a button.

    With `reads_fields` it waits a moment before it acts: the browser may send the last keys typed
    into a field after the click.
    """
    made = w.Button(description=label, tooltip=tooltip or label, layout=w.Layout(width="auto"))
    made.button_style = "primary" if primary else ""
    made.on_click(lambda _: _run_after_last_keys(on_click) if reads_fields else on_click())
    return made


def show_if(widget: w.Widget, *, visible: bool) -> None:
    """Show or hide a widget without removing it from its form."""
    widget.layout.display = "" if visible else "none"


def _run_after_last_keys(action: Callable[[], object]) -> None:
    """Run an action after a short delay; at once without an event loop, where no keys come."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        action()
    else:
        loop.call_later(_LAST_KEYS_DELAY, action)
