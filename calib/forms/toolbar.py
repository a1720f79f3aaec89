"""The toolbar of a form (undo, redo, reload, save status), with problems and conflicts below."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as w

from calib.errors import Problem
from calib.forms import widgets
from calib.forms.controller import FormController
from calib.render import html as render_html
from calib.render.escape import escape
from calib.store.conflicts import Conflict

_BROKEN_FILE_NOTE = (
    "The form shows the last readable version. Your edits are kept and saved once the file is "
    "fixed."
)


def toolbar(controller: FormController) -> tuple[w.HBox, w.VBox]:
    """Build the toolbar, and the list of problems and conflicts that belongs below it.

    Both must be direct children of the form: the toolbar stays in sight while its parent scrolls.
    """
    bar = widgets.row(
        widgets.button("Undo", controller.undo, "Undo your last edit"),
        widgets.button("Redo", controller.redo, "Repeat the edit you undid"),
        widgets.button("Reload", controller.reload_all, "Read all files again, evidence included"),
        widgets.panel(controller, lambda: _status_html(controller)),
        kind="calib-toolbar",
    )
    problems = widgets.panel(
        controller, lambda: problems_html(controller.problems, _BROKEN_FILE_NOTE)
    )
    return bar, widgets.stack(problems, _conflict_list(controller))


def load_error_form(problems: Sequence[Problem], retry: Callable[[], None]) -> w.VBox:
    """Build the form shown for a folder that cannot be opened, with a button to try again."""
    return widgets.stack(
        widgets.style(),
        widgets.html(problems_html(problems)),
        widgets.button("Try again", retry, "Read the folder again", primary=True),
        kind="calib-form",
    )


def problems_html(problems: Sequence[Problem], note: str = "") -> str:
    """Render why a folder cannot be read; nothing if there are no problems."""
    rows = "".join(f"<li>{escape(p)}</li>" for p in problems)
    if not rows:
        return ""
    return (
        '<div class="callout bad" role="alert"><p class="callout-title">The folder cannot be read'
        f"</p><ul>{rows}</ul><p>{note}</p></div>"
    )


def _status_html(controller: FormController) -> str:
    message, tone = controller.status
    return f'<p role="status">{widgets.badge(message, tone) if message else ""}</p>'


def _conflict_list(controller: FormController) -> w.VBox:
    box = widgets.stack()
    shown: list[str] = []

    def refresh() -> None:
        conflicts = controller.conflicts()
        ids = [c.id for c in conflicts]
        if ids != shown:
            shown[:] = ids
            box.children = tuple(_conflict_card(controller, c) for c in conflicts)

    controller.subscribe(refresh)
    refresh()
    return box


def _conflict_card(controller: FormController, conflict: Conflict) -> w.VBox:
    """Show both values of a field, with a button for each way to resolve the conflict."""
    in_file, set_aside = conflict.in_file, conflict.set_aside
    values = widgets.html(
        '<div class="callout warn" role="alert"><p class="callout-title">Two people changed '
        f"{escape(conflict.field)} in {escape(conflict.file)}</p><dl class='facts'>"
        f"<dt>In the file (by {escape(conflict.in_file_by)})</dt><dd>{_value_html(in_file)}</dd>"
        f"<dt>Not saved (by {escape(conflict.set_aside_by)})</dt>"
        f"<dd>{_value_html(set_aside)}</dd></dl></div>"
    )

    def resolve(value: object) -> None:
        controller.flush()
        controller.run_edit(lambda store: store.resolve(conflict, value))

    buttons = [
        widgets.button("Keep the version in the file", lambda: resolve(in_file)),
        widgets.button("Use the other version", lambda: resolve(set_aside)),
    ]
    if isinstance(in_file, str) and isinstance(set_aside, str) and in_file and set_aside:
        both = f"{in_file.rstrip()}\n\n{set_aside}"
        tooltip = "Put one version below the other, then edit the text"
        buttons.append(widgets.button("Keep both", lambda: resolve(both), tooltip))
    return widgets.stack(values, widgets.row(*buttons))


def _value_html(value: object) -> str:
    """Render the value of a field for a person."""
    if value in (None, "", []):
        return '<span class="muted">empty</span>'
    if isinstance(value, str):
        return render_html.render_text(value)
    if isinstance(value, list):
        return "".join(f"<p>{escape(entry)}</p>" for entry in value)
    return escape(value)
