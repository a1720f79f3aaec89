"""Evidence in the forms: link what is registered, upload a file, register and renew."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import ipywidgets as w

from calib.files.regular import read_regular
from calib.forms import widgets
from calib.forms.controller import Desk
from calib.forms.field_binding import PAUSE, Bound, as_text
from calib.forms.multi_select import chosen_from, offer
from calib.model import Evidence, EvidenceResult, FileState
from calib.render import html
from calib.render.escape import escape
from calib.render.sections.control import evidence_state
from calib.store.writer import Saved
from calib.yamledit.fieldpath import Place

REGISTER = "evidence.yaml"
_NEW_ID = 60


def evidence_field(desk: Desk, file: str, place: Place) -> Any:
    """Link registered evidence to a field, or upload a file and link it at once."""
    hint = "Choose a registered piece"
    chosen = chosen_from("Evidence", _offers(desk), hint)
    chosen.name = lambda name: _title(desk, name)
    Bound(desk, chosen, file, place, lambda v: list(v or []), list)
    desk.listen(lambda: offer(chosen, _offers(desk)))
    upload = _upload("Add a file", "Puts the file into evidence/, registers it and links it here")

    def take(name: str) -> None:
        if name:
            chosen.add(name)

    _on_upload(desk, upload, take)
    shown = widgets.panel(desk, lambda: _linked(desk, file, place))
    return widgets.stack(widgets.row(chosen.box, upload, kind="calib-evidence"), shown)


def _upload(label: str, hint: str) -> Any:
    made = w.FileUpload(description=label, multiple=True, layout=w.Layout(width="auto"))
    made.tooltip = hint
    return made


def _on_upload(desk: Desk, upload: Any, then: Callable[[str], None]) -> None:
    def take(_: Any) -> None:
        items = upload.value
        if items:
            upload.value = ()
            desk.flush()
        for item in items:
            then(register_upload(desk, item["name"], bytes(item["content"])))

    upload.observe(take, names="value")


def _ids(desk: Desk) -> list[str]:
    return [e.id for e in desk.assessment.evidence]


def _title(desk: Desk, name: str) -> str:
    return next((e.title for e in desk.assessment.evidence if e.id == name), name)


def _offers(desk: Desk) -> list[tuple[str, str]]:
    return [(f"{e.title} ({e.id})", e.id) for e in desk.assessment.evidence]


def _linked(desk: Desk, file: str, place: Place) -> str:
    """Show how the linked pieces stand; a missing or changed file shows at once."""
    shelf = {e.item.id: e for e in desk.result.evidence}
    rows = "".join(
        f"<li>{escape(shelf[i].item.title)} {html.runs_html(evidence_state(shelf[i]))}</li>"
        for i in desk.value(file, place) or []
        if i in shelf
    )
    return f'<ul class="linked">{rows}</ul>' if rows else ""


def register_upload(desk: Desk, name: str, content: bytes) -> str:
    """Put a file into evidence/ and register it; return its id, nothing where it failed."""
    saved = desk.act(lambda store: store.add_file(name, content))
    if not isinstance(saved, Saved):
        return ""
    file = saved.entry.file
    known = next((e.id for e in desk.assessment.evidence if e.file == file), "")
    if known:  # the same file again: it has a place in the register
        return known
    entry = {
        "id": _free_id(desk, file.split("/")[-1].rsplit(".", 1)[0], "evidence"),
        "title": name,
        "file": file,
        "sha256": hashlib.sha256(content).hexdigest(),
        "dated": desk.today.isoformat(),
    }
    return _register(desk, entry)


def _register(desk: Desk, entry: dict[str, Any]) -> str:
    """Put an entry into the register; return its id, nothing where it failed."""
    old = desk.value(REGISTER, ("evidence",)) or []
    answer = desk.save(REGISTER, ("evidence",), old, [*old, entry])
    return str(entry["id"]) if isinstance(answer, Saved) else ""


def _free_id(desk: Desk, text: str, otherwise: str) -> str:
    base = "-".join(re.findall("[a-z0-9]+", text.lower()))[:_NEW_ID].strip("-") or otherwise
    taken = set(_ids(desk))
    return next(i for i in (base, *(f"{base}-{n}" for n in range(2, 9999))) if i not in taken)


def build_register(desk: Desk) -> Any:
    """Build the form of the evidence register."""
    rows = widgets.stack()
    cards: dict[str, Any] = {}

    def lay_out() -> None:
        for name in _ids(desk):
            if name not in cards:
                cards[name] = _entry(desk, name)
        children = tuple(cards[name] for name in _ids(desk))
        if rows.children != children:
            rows.children = children

    desk.listen(lay_out)
    lay_out()
    return widgets.stack(_adding(desk), rows)


def _adding(desk: Desk) -> Any:
    upload = _upload("Add files", "Puts files into evidence/ and registers them")
    title, url = widgets.text(), widgets.text()

    def add_link() -> None:
        entry = {
            "id": _free_id(desk, title.value, "link"),
            "title": title.value.strip(),
            "url": url.value.strip(),
            "dated": desk.today.isoformat(),
        }
        try:
            Evidence.model_validate(entry)
        except ValueError:
            desk.say("A link needs a title and an address with https:// and no spaces.", "bad")
            return
        if _register(desk, entry):
            title.value = url.value = ""

    _on_upload(desk, upload, lambda _: None)
    return widgets.row(
        upload,
        widgets.labelled("Title of a link", title),
        widgets.labelled("https://", url),
        widgets.button("Add the link", add_link, reads=True),
        kind="calib-adding",
    )


def _item(desk: Desk, name: str) -> EvidenceResult | None:
    return next((e for e in desk.result.evidence if e.item.id == name), None)


def _entry_head(desk: Desk, name: str) -> str:
    found = _item(desk, name)
    if found is None:
        return ""
    where = found.item.url or found.item.file or ""
    serves = ", ".join(found.serves) or "nothing yet"
    return (
        f"<p><strong>{escape(found.item.title)}</strong> "
        f"{html.runs_html(evidence_state(found))} <code>{escape(where)}</code></p>"
        f'<p class="muted">{escape(name)} · serves {escape(serves)}</p>'
    )


def _entry(desk: Desk, name: str) -> Any:
    place: Place = ("evidence", f"={name}")
    title = widgets.text()
    dated, expires = (w.DatePicker(layout=w.Layout(width="100%")) for _ in range(2))
    private = w.Checkbox(indent=False)
    Bound(desk, title, REGISTER, (*place, "title"), as_text, str, pause=PAUSE)
    Bound(desk, dated, REGISTER, (*place, "dated"), widgets.as_date, widgets.from_date)
    Bound(desk, expires, REGISTER, (*place, "expires"), widgets.as_date, widgets.from_date)
    Bound(desk, private, REGISTER, (*place, "confidential"), bool, bool)
    fields = widgets.row(
        widgets.labelled("Title", title),
        widgets.labelled("Dated", dated),
        widgets.labelled("Expires", expires),
        widgets.labelled("Confidential", private),
        kind="calib-thirds",
    )
    head = widgets.panel(desk, lambda: _entry_head(desk, name))
    return widgets.stack(head, fields, _entry_tools(desk, name), kind="calib-card")


def _entry_tools(desk: Desk, name: str) -> Any:
    """Offer to register a changed file anew, and to take an entry off the register."""

    def renew() -> None:
        found = _item(desk, name)
        if found is not None and found.item.file:
            renew_hash(desk, name, found.item.file, desk.today)

    def remove() -> None:
        desk.flush()
        old = desk.value(REGISTER, ("evidence",)) or []
        desk.save(REGISTER, ("evidence",), old, [e for e in old if e.get("id") != name])

    again = widgets.button("I looked at it again: register it", renew, "Registers today's content")

    def refresh() -> None:
        found = _item(desk, name)
        stale = found is not None and found.state in (FileState.CHANGED, FileState.UNREGISTERED)
        again.layout.display = "" if stale else "none"

    desk.listen(refresh)
    refresh()
    return widgets.row(again, widgets.button("Take off the register", remove, "The file stays"))


def renew_hash(desk: Desk, name: str, file: str, today: date) -> None:
    """Register a file's present content, as looked at today."""
    try:
        content = read_regular(desk.folder / file)
    except OSError as error:
        desk.say(f"{file}: cannot be read: {error.strerror}", "bad")
        return
    place: Place = ("evidence", f"={name}")
    for key, new in (("sha256", hashlib.sha256(content).hexdigest()), ("dated", today.isoformat())):
        desk.save(REGISTER, (*place, key), desk.value(REGISTER, (*place, key)), new)
