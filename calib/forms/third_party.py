"""The third-party services of a control, each with its purpose and justification."""

from __future__ import annotations

import ipywidgets as w

from calib.files.strict_yaml import FieldPath
from calib.forms import widgets
from calib.forms.controller import FormController
from calib.forms.field_binding import bind_text, to_text
from calib.render.escape import escape

_FIELD: FieldPath = ("third_party",)


def build_third_party(controller: FormController, file: str) -> w.VBox:
    """Build the list of services, with a field to add one; `file` is the file of the control."""

    def numbered_services() -> list[tuple[int, str]]:
        entries = controller.read_field(file, _FIELD) or []
        return list(enumerate(to_text(e.get("service")) for e in entries))

    # Services have no id, so their fields are bound by position. The name is part of the key:
    # after a removal, the services that moved up get new cards.
    cards = widgets.keyed_stack(
        controller, numbered_services, lambda key: _service_card(controller, file, *key)
    )
    rule = widgets.html(f'<p class="muted">{escape(controller.catalog.third_party.rule)}</p>')
    return widgets.stack(rule, cards, _add_row(controller, file))


def _add_row(controller: FormController, file: str) -> w.HBox:
    name = widgets.text_field()

    def add() -> None:
        service = name.value.strip()
        entries = controller.read_field(file, _FIELD) or []
        if not service or service in (e.get("service") for e in entries):
            controller.show_status("Enter the name of a service that is not listed yet.", "info")
            return
        new = {"service": service, "purpose": "", "justification": ""}
        if controller.save_field(file, _FIELD, entries, [*entries, new]) is not None:
            name.value = ""

    return widgets.row(
        widgets.labelled_field("Service", name, "e.g. a vector store or a model API"),
        widgets.button("Add service", add, reads_fields=True),
        kind="calib-adding",
    )


def _service_card(controller: FormController, file: str, number: int, service: str) -> w.VBox:
    path: FieldPath = (*_FIELD, number)
    purpose, justification = widgets.text_field(), widgets.text_area(3)
    bind_text(controller, purpose, file, (*path, "purpose"))
    bind_text(controller, justification, file, (*path, "justification"))

    def remove() -> None:
        controller.flush()
        entries = controller.read_field(file, _FIELD) or []
        remaining = [e for e in entries if e.get("service") != service]
        controller.save_field(file, _FIELD, entries, remaining)

    hint = "How the service meets AWS standards and this control"
    return widgets.stack(
        widgets.row(
            widgets.html(f"<strong>{escape(service)}</strong>"),
            widgets.button("Remove", remove, f"Remove {service}. Undo restores it."),
            kind="calib-between",
        ),
        widgets.labelled_field("Purpose", purpose),
        widgets.labelled_field("Justification", justification, hint),
        kind="calib-card",
    )
