"""Evidence in the forms: link what is registered, upload a file, register and renew."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import ipywidgets as w

from calib.model import Evidence, EvidenceResult, FileState
from calib.problems import CannotWrite
from calib.store.place import Place
from calib.views import prose
from calib.views.forms import parts
from calib.views.forms.bound import PAUSE, Bound
from calib.views.forms.desk import Desk
from calib.views.prose import escape
from calib.views.sections.control import evidence_state

REGISTER = "evidence.yaml"
_NEW_ID = 60


def evidence_field(desk: Desk, file: str, place: Place) -> Any:
    """Link registered evidence to a field, or upload a file and link it at once."""
    tags = w.TagsInput(value=[], allowed_tags=_ids(desk), allow_duplicates=False)
    tags.add_class("calib-tags")
    Bound(desk, tags, file, place, lambda v: list(v or []), lambda v: list(v) or None)

    def refresh() -> None:
        if list(tags.allowed_tags) != _ids(desk):
            tags.allowed_tags = _ids(desk)

    desk.listen(refresh)
    upload = w.FileUpload(description="Add a file", multiple=False, layout=w.Layout(width="auto"))
    upload.tooltip = "Puts the file into evidence/, registers it and links it here"

    def take(_: Any) -> None:
        for item in upload.value:
            name = register_upload(desk, item["name"], bytes(item["content"]))
            if name:
                tags.value = [*tags.value, name]
        if upload.value:
            upload.value = ()

    upload.observe(take, names="value")
    shown = parts.panel(desk, lambda: _linked(desk, file, place))
    names = parts.labelled("Evidence", tags, "Type or choose the id of a registered piece")
    return parts.stack(parts.row(names, upload, kind="calib-evidence"), shown)


def _ids(desk: Desk) -> list[str]:
    return [e.id for e in desk.assessment.evidence]


def _linked(desk: Desk, file: str, place: Place) -> str:
    """Show how the linked pieces stand; a missing or changed file shows at once."""
    shelf = {e.item.id: e for e in desk.result.evidence}
    ids = desk.value(file, place) or []
    rows = "".join(
        f"<li>{escape(shelf[i].item.title)} {prose.runs_html(evidence_state(shelf[i]))}</li>"
        for i in ids
        if i in shelf
    )
    return f'<ul class="linked">{rows}</ul>' if rows else ""


def register_upload(desk: Desk, name: str, content: bytes) -> str:
    """Put a file into evidence/ and register it; return its id, nothing where it failed."""
    if desk.store is None:
        desk.note = ("This is an example: copy it to add evidence.", "info")
        desk.tell()
        return ""
    try:
        saved = desk.store.add_file(name, content)
    except CannotWrite as error:
        desk.note = (f"Not added: {error}", "bad")
        desk.tell()
        return ""
    file = saved.entry.file
    taken = set(_ids(desk))
    stem = "".join(c if c.isascii() and c.isalnum() else "-" for c in file.split("/")[-1].lower())
    base = stem.rsplit("-", 1)[0].strip("-")[:_NEW_ID] or "evidence"
    free = next(i for i in (base, *(f"{base}-{n}" for n in range(2, 999))) if i not in taken)
    entry = {
        "id": free, "title": name, "file": file, "sha256": hashlib.sha256(content).hexdigest(),
        "dated": desk.today.isoformat(),
    }  # fmt: skip
    old = desk.value(REGISTER, ("evidence",)) or []
    desk.save(REGISTER, ("evidence",), old, [*old, entry])
    return free


def build_register(desk: Desk) -> Any:
    """Build the form of the evidence register."""
    rows = parts.stack()
    shown: list[str] = []

    def lay_out() -> None:
        ids = _ids(desk)
        if ids != shown:
            shown[:] = ids
            rows.children = tuple(_entry(desk, i) for i in ids)

    desk.listen(lay_out)
    lay_out()
    return parts.stack(rows, _adding(desk))


def _adding(desk: Desk) -> Any:
    upload = w.FileUpload(description="Add files", multiple=True, layout=w.Layout(width="auto"))
    title, url = parts.text(), parts.text()

    def take(_: Any) -> None:
        for item in upload.value:
            register_upload(desk, item["name"], bytes(item["content"]))
        if upload.value:
            upload.value = ()

    def add_link() -> None:
        if not title.value.strip():
            return
        base = "".join(c if c.isascii() and c.isalnum() else "-" for c in title.value.lower())
        base = base.strip("-")[:_NEW_ID] or "link"
        taken = set(_ids(desk))
        free = next(i for i in (base, *(f"{base}-{n}" for n in range(2, 999))) if i not in taken)
        entry = {"id": free, "title": title.value.strip(), "url": url.value.strip(),
                 "dated": desk.today.isoformat()}  # fmt: skip
        try:
            Evidence.model_validate(entry)
        except ValueError:
            desk.note = ("A link starts with https:// and has no spaces.", "bad")
            desk.tell()
            return
        old = desk.value(REGISTER, ("evidence",)) or []
        desk.save(REGISTER, ("evidence",), old, [*old, entry])
        title.value = url.value = ""

    upload.observe(take, names="value")
    return parts.row(
        upload, parts.labelled("Title of a link", title), parts.labelled("https://", url),
        parts.button("Add the link", add_link), kind="calib-adding",
    )  # fmt: skip


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
        f"{prose.runs_html(evidence_state(found))} <code>{escape(where)}</code></p>"
        f'<p class="muted">{escape(name)} · serves {escape(serves)}</p>'
    )


def _entry(desk: Desk, name: str) -> Any:
    place: Place = ("evidence", f"={name}")
    title = parts.text()
    dated, expires = (w.DatePicker(layout=w.Layout(width="100%")) for _ in range(2))
    private = w.Checkbox(indent=False)
    Bound(desk, title, REGISTER, (*place, "title"), lambda v: str(v or ""), str, pause=PAUSE)
    Bound(desk, dated, REGISTER, (*place, "dated"), parts.as_date, parts.from_date)
    Bound(desk, expires, REGISTER, (*place, "expires"), parts.as_date, parts.from_date)
    Bound(desk, private, REGISTER, (*place, "confidential"), bool, bool)
    fields = parts.row(
        parts.labelled("Title", title), parts.labelled("Dated", dated),
        parts.labelled("Expires", expires), parts.labelled("Confidential", private),
        kind="calib-thirds",
    )  # fmt: skip
    head = parts.panel(desk, lambda: _entry_head(desk, name))
    return parts.stack(head, fields, _entry_tools(desk, name), kind="calib-card")


def _entry_tools(desk: Desk, name: str) -> Any:
    """Offer to register a changed file anew, and to take an entry off the register."""

    def renew() -> None:
        found = _item(desk, name)
        if found is not None and found.item.file:
            renew_hash(desk, name, found.item.file, desk.today)

    def remove() -> None:
        old = desk.value(REGISTER, ("evidence",)) or []
        desk.save(REGISTER, ("evidence",), old, [e for e in old if e.get("id") != name])

    again = parts.button("I looked at it again: register it", renew, "Registers today's content")

    def refresh() -> None:
        found = _item(desk, name)
        stale = found is not None and found.state in (FileState.CHANGED, FileState.UNREGISTERED)
        again.layout.display = "" if stale else "none"

    desk.listen(refresh)
    refresh()
    return parts.row(again, parts.button("Take off the register", remove, "The file stays"))


def renew_hash(desk: Desk, name: str, file: str, today: date) -> None:
    """Register a file's present content, as looked at today."""
    try:
        content = (desk.folder / file).read_bytes()
    except OSError as error:
        desk.note = (f"{file}: cannot be read: {error.strerror}", "bad")
        desk.tell()
        return
    place: Place = ("evidence", f"={name}")
    for key, new in (("sha256", hashlib.sha256(content).hexdigest()), ("dated", today.isoformat())):
        desk.save(REGISTER, (*place, key), desk.value(REGISTER, (*place, key)), new)
