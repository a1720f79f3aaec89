"""The services of a control that are not AWS's own, each with its justification."""

from __future__ import annotations

from typing import Any

from calib.forms import widgets
from calib.forms.controller import Desk
from calib.forms.field_binding import PAUSE, Bound, as_text
from calib.render.escape import escape
from calib.yamledit.fieldpath import Place

_FIELD: Place = ("third_party",)


def build_third_party(desk: Desk, file: str) -> Any:
    """Build the list of services, with a field to add one."""
    cards: dict[tuple[int, str], Any] = {}
    rows = widgets.stack()

    def lay_out() -> None:
        names = [as_text(e.get("service")) for e in desk.value(file, _FIELD) or []]
        for key in enumerate(names):
            if key not in cards:
                cards[key] = _service(desk, file, *key)
        children = tuple(cards[key] for key in enumerate(names))
        if rows.children != children:
            rows.children = children

    desk.listen(lay_out)
    lay_out()
    about = widgets.html(f'<p class="muted">{escape(desk.catalog.third_party.rule)}</p>')
    return widgets.stack(about, rows, _adding(desk, file))


def _adding(desk: Desk, file: str) -> Any:
    name = widgets.text()

    def add() -> None:
        service = name.value.strip()
        entries = desk.value(file, _FIELD) or []
        if not service or service in (e.get("service") for e in entries):
            desk.say("Write the name of another service.", "info")
            return
        new = {"service": service, "purpose": "", "justification": ""}
        if desk.save(file, _FIELD, entries, [*entries, new]) is not None:
            name.value = ""

    return widgets.row(
        widgets.labelled("Service", name, "such as a vector store or a model API"),
        widgets.button("Add the service", add, reads=True),
        kind="calib-adding",
    )


def _service(desk: Desk, file: str, number: int, service: str) -> Any:
    place: Place = (*_FIELD, number)
    purpose, why = widgets.text(), widgets.textarea(3)
    Bound(desk, purpose, file, (*place, "purpose"), as_text, str, pause=PAUSE)
    Bound(desk, why, file, (*place, "justification"), as_text, str, pause=PAUSE)

    def remove() -> None:
        desk.flush()
        entries = desk.value(file, _FIELD) or []
        left = [e for e in entries if e.get("service") != service]
        desk.save(file, _FIELD, entries, left)

    return widgets.stack(
        widgets.row(
            widgets.html(f"<strong>{escape(service)}</strong>"),
            widgets.button("Remove", remove, f"Remove {service}; Undo brings it back"),
            kind="calib-between",
        ),
        widgets.labelled("Purpose", purpose),
        widgets.labelled("Justification", why, "How it meets AWS standards and this control"),
        kind="calib-card",
    )
