"""Evidence in the forms: link it to a field, upload a file, edit the register."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date

import ipywidgets as w

from calib.files.regular import read_regular
from calib.files.strict_yaml import FieldPath
from calib.forms import widgets
from calib.forms.controller import FormController
from calib.forms.field_binding import FieldBinding, bind_date, bind_text
from calib.forms.identifiers import unique_id
from calib.forms.multi_select import dropdown_multi_select
from calib.model import Evidence, EvidenceResult, FileState
from calib.render import html
from calib.render.escape import escape
from calib.render.sections.control import evidence_state
from calib.store.writer import Saved

_FILE = "evidence.yaml"


def evidence_field(controller: FormController, file: str, path: FieldPath) -> w.VBox:
    """Build the field that links registered evidence, or uploads a file and links it."""
    linked = dropdown_multi_select("Evidence", _options(controller), "Link registered evidence")
    linked.label_of = lambda evidence_id: _title(controller, evidence_id)
    FieldBinding(controller, linked, file, path, lambda v: list(v or []), list)
    controller.subscribe(lambda: linked.set_options(_options(controller)))
    tooltip = "Copy the file to evidence/, register it and link it here"
    upload = _upload_button(controller, "Upload a file", tooltip, linked.add)
    states = widgets.panel(controller, lambda: _linked_states(controller, file, path))
    return widgets.stack(widgets.row(linked.box, upload, kind="calib-evidence"), states)


def _options(controller: FormController) -> list[tuple[str, str]]:
    return [(f"{e.title} ({e.id})", e.id) for e in controller.assessment.evidence]


def _title(controller: FormController, evidence_id: str) -> str:
    evidence = controller.assessment.evidence
    return next((e.title for e in evidence if e.id == evidence_id), evidence_id)


def _linked_states(controller: FormController, file: str, path: FieldPath) -> str:
    """List the linked evidence with the state of its files, such as missing or changed."""
    register = {e.item.id: e for e in controller.result.evidence}
    linked = [register[i] for i in controller.read_field(file, path) or [] if i in register]
    rows = "".join(
        f"<li>{escape(e.item.title)} {html.render_runs(evidence_state(e))}</li>" for e in linked
    )
    return f'<ul class="linked">{rows}</ul>' if rows else ""


# --- uploading and registering ---


def _upload_button(
    controller: FormController, label: str, tooltip: str, on_registered: Callable[[str], None]
) -> w.FileUpload:
    """Build an upload button; `on_registered` is called with the id of each uploaded file."""
    upload = w.FileUpload(description=label, multiple=True, layout=w.Layout(width="auto"))
    upload.tooltip = tooltip

    def on_upload(_: object) -> None:
        items = upload.value
        if items:
            upload.value = ()  # frees the memory, and lets the same file be uploaded again
            controller.flush()
        for item in items:
            evidence_id = register_upload(controller, item["name"], bytes(item["content"]))
            if evidence_id:
                on_registered(evidence_id)

    upload.observe(on_upload, names="value")
    return upload


def register_upload(controller: FormController, name: str, content: bytes) -> str:
    """Save a file in evidence/ and register it; return its id, "" if it failed."""
    saved = controller.run_edit(lambda store: store.add_file(name, content))
    if not isinstance(saved, Saved):
        return ""
    file = saved.entry.file
    # The store returns the existing file if its content is the same: it may be registered.
    registered = next((e.id for e in controller.assessment.evidence if e.file == file), "")
    if registered:
        return registered
    entry = {
        "id": _new_id(controller, file.split("/")[-1].rsplit(".", 1)[0], "evidence"),
        "title": name,
        "file": file,
        "sha256": hashlib.sha256(content).hexdigest(),
        "dated": controller.today.isoformat(),
    }
    return _register(controller, entry)


def _register(controller: FormController, entry: dict[str, str]) -> str:
    """Add an entry to the register; return its id, "" if it failed."""
    entries = controller.read_field(_FILE, ("evidence",)) or []
    answer = controller.save_field(_FILE, ("evidence",), entries, [*entries, entry])
    return entry["id"] if isinstance(answer, Saved) else ""


def _new_id(controller: FormController, text: str, fallback: str) -> str:
    return unique_id(text, set(_ids(controller)), fallback)


def _ids(controller: FormController) -> list[str]:
    return [e.id for e in controller.assessment.evidence]


# --- the register ---


def build_register(controller: FormController) -> w.VBox:
    """Build the form of the evidence register."""
    cards = widgets.keyed_stack(
        controller,
        lambda: _ids(controller),
        lambda evidence_id: _entry_card(controller, evidence_id),
    )
    return widgets.stack(_add_row(controller), cards)


def _add_row(controller: FormController) -> w.HBox:
    tooltip = "Copy files to evidence/ and register them"
    upload = _upload_button(controller, "Upload files", tooltip, lambda _: None)
    title, url = widgets.text_field(), widgets.text_field()

    def add_link() -> None:
        entry = {
            "id": _new_id(controller, title.value, "link"),
            "title": title.value.strip(),
            "url": url.value.strip(),
            "dated": controller.today.isoformat(),
        }
        try:
            Evidence.model_validate(entry)
        except ValueError:
            controller.show_status(
                "A link needs a title and an address that starts with https:// and has no spaces.",
                "bad",
            )
            return
        if _register(controller, entry):
            title.value = url.value = ""

    return widgets.row(
        upload,
        widgets.labelled_field("Link title", title),
        widgets.labelled_field("Link address", url, "https://…"),
        widgets.button("Add link", add_link, reads_fields=True),
        kind="calib-adding",
    )


def _entry_card(controller: FormController, evidence_id: str) -> w.VBox:
    path: FieldPath = ("evidence", f"={evidence_id}")
    title, confidential = widgets.text_field(), w.Checkbox(indent=False)
    dated, expires = widgets.date_field(), widgets.date_field()
    bind_text(controller, title, _FILE, (*path, "title"))
    bind_date(controller, dated, _FILE, (*path, "dated"))
    bind_date(controller, expires, _FILE, (*path, "expires"))
    FieldBinding(controller, confidential, _FILE, (*path, "confidential"), bool, bool)
    fields = widgets.row(
        widgets.labelled_field("Title", title),
        widgets.labelled_field("Dated", dated),
        widgets.labelled_field("Expires", expires),
        widgets.labelled_field("Confidential", confidential),
        kind="calib-thirds",
    )
    head = widgets.panel(controller, lambda: _entry_head(controller, evidence_id))
    return widgets.stack(head, fields, _entry_buttons(controller, evidence_id), kind="calib-card")


def _entry_result(controller: FormController, evidence_id: str) -> EvidenceResult | None:
    return next((e for e in controller.result.evidence if e.item.id == evidence_id), None)


def _entry_head(controller: FormController, evidence_id: str) -> str:
    found = _entry_result(controller, evidence_id)
    if found is None:
        return ""
    location = found.item.url or found.item.file or ""
    users = ", ".join(found.serves)
    return (
        f"<p><strong>{escape(found.item.title)}</strong> "
        f"{html.render_runs(evidence_state(found))} <code>{escape(location)}</code></p>"
        f'<p class="muted">{escape(evidence_id)} · '
        f"{escape(f'used by {users}' if users else 'not linked yet')}</p>"
    )


def _entry_buttons(controller: FormController, evidence_id: str) -> w.HBox:
    """Build the buttons that register a changed file again, or remove the entry."""

    def register_again() -> None:
        found = _entry_result(controller, evidence_id)
        if found is not None and found.item.file:
            update_hash(controller, evidence_id, found.item.file, controller.today)

    def remove() -> None:
        controller.flush()
        entries = controller.read_field(_FILE, ("evidence",)) or []
        remaining = [e for e in entries if e.get("id") != evidence_id]
        controller.save_field(_FILE, ("evidence",), entries, remaining)

    register_button = widgets.button(
        "Register the changed file",
        register_again,
        "Confirm that you have reviewed the file: updates its hash, and its date to today",
    )

    def refresh() -> None:
        found = _entry_result(controller, evidence_id)
        stale = found is not None and found.state in (FileState.CHANGED, FileState.UNREGISTERED)
        widgets.show_if(register_button, visible=stale)

    controller.subscribe(refresh)
    refresh()
    remove_button = widgets.button(
        "Remove from register", remove, "The file stays in the evidence folder"
    )
    return widgets.row(register_button, remove_button)


def update_hash(controller: FormController, evidence_id: str, file: str, today: date) -> None:
    """Register the current content of an evidence file, dated today."""
    try:
        content = read_regular(controller.folder / file)
    except OSError as error:
        controller.show_status(f"{file}: cannot be read: {error.strerror}", "bad")
        return
    path: FieldPath = ("evidence", f"={evidence_id}")
    for key, new in (("sha256", hashlib.sha256(content).hexdigest()), ("dated", today.isoformat())):
        field = (*path, key)
        controller.save_field(_FILE, field, controller.read_field(_FILE, field), new)
