"""The fields below the spread: what is settled, who does what by when, what is parked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as w

from calib.ballots.workshop_file import FILE
from calib.forms import widgets
from calib.forms.field_binding import PAUSE, Bound, as_text, some
from calib.forms.workshop.actions import Meeting
from calib.forms.workshop.state import key_of
from calib.model import Control, Criterion
from calib.render.escape import escape
from calib.text import plural
from calib.yamledit.fieldpath import Place

_UNSAID = -1
_PLAN = "plan.yaml"


def by_criterion(meeting: Meeting, build: Callable[[Control, Criterion], Any]) -> Any:
    """Show the fields of the criterion that the room is at, made when it is there first."""
    made: dict[str, Any] = {}
    box = widgets.stack()

    def turn() -> None:
        key = key_of(*meeting.here)
        if key not in made:
            made[key] = build(*meeting.here)
        if box.children != (made[key],):
            box.children = (made[key],)

    meeting.desk.listen(turn)
    turn()
    return box


def settling(meeting: Meeting, control: Control, criterion: Criterion) -> Any:
    """Build the fields of a consensus; they are saved as they are typed, and settled at once."""
    desk = meeting.desk
    base: Place = ("criteria", key_of(control, criterion), "draft")
    names = [lv.name for lv in desk.catalog.levels]
    picker = widgets.choices(
        [("open", _UNSAID), *((f"{n} {name}", n) for n, name in enumerate(names))], "Consensus"
    )
    reason, dissent, by = widgets.textarea(2), widgets.textarea(2), widgets.text()
    Bound(
        desk,
        picker,
        FILE,
        (*base, "level"),
        lambda v: _UNSAID if v is None else v,
        lambda v: None if v == _UNSAID else v,
    )
    for field, key in ((reason, "reason"), (dissent, "dissent"), (by, "by")):
        Bound(desk, field, FILE, (*base, key), as_text, some, pause=PAUSE)
    settle = widgets.button(
        "Settle",
        meeting.settle,
        "Makes this the level of the criterion, with the name and the reason",
        primary=True,
        reads=True,
    )
    quick = widgets.button("", lambda: meeting.settle(_suggestion(meeting)), reads=True)

    def offer() -> None:
        level = _suggestion(meeting)
        quick.layout.display = "none" if level is None else ""
        quick.description = f"Settle on {level}, as the votes suggest"

    desk.listen(offer)
    offer()
    return widgets.stack(
        picker,
        widgets.row(
            widgets.labelled("Reason", reason, "Why this level: what was shown, what was missing"),
            widgets.labelled("Dissent", dissent, "Who holds otherwise, and why"),
            widgets.labelled("Decided by", by, meeting.workshop.facilitator),
            kind="calib-thirds",
        ),
        widgets.row(settle, quick),
        _action(meeting, control, criterion),
        kind="calib-card",
    )


def _suggestion(meeting: Meeting) -> int | None:
    control, criterion = meeting.here
    found = meeting.agreement_on(control.id, criterion.id)
    return found.suggestion if found is not None else None


def _action(meeting: Meeting, control: Control, criterion: Criterion) -> Any:
    """Build the fields of the remediation action; they are those of the improvement plan."""
    desk = meeting.desk
    place: Place = ("actions", f"={control.id}/{criterion.id}")
    owner, note = widgets.text(), widgets.text()
    due = w.DatePicker(layout=w.Layout(width="100%"))
    Bound(desk, owner, _PLAN, (*place, "owner"), as_text, some, pause=PAUSE)
    Bound(desk, note, _PLAN, (*place, "note"), as_text, some, pause=PAUSE)
    Bound(desk, due, _PLAN, (*place, "due"), widgets.as_date, widgets.from_date)

    name = f"{control.id}/{criterion.id}"
    fields = widgets.row(
        widgets.labelled("Owner", owner),
        widgets.labelled("Due", due),
        widgets.labelled("Note", note),
        kind="calib-thirds",
    )

    def said() -> str:
        gap = next((s.gap for s in desk.plan.steps if s.gap.id == name), None)
        planned = any(e.id == name for e in desk.assessment.plan)
        fields.layout.display = "" if gap or planned else "none"
        if gap is None:
            return '<p class="muted">Nothing to do here: the criterion is met.</p>'
        return (
            f'<p><strong>Action:</strong> {escape(gap.action)} <span class="muted">'
            f"Artefact: {escape(gap.artefact)} · {plural(gap.days, 'day')}</span></p>"
        )

    return widgets.stack(widgets.panel(desk, said), fields)


def parking(meeting: Meeting) -> Any:
    """Build the parking lot: what comes up and does not belong here, kept for afterwards."""
    desk = meeting.desk
    cards: dict[str, Any] = {}
    box = widgets.stack()

    def card(name: str) -> Any:
        place: Place = ("parked", f"={name}")
        text, owner = widgets.text(), widgets.text()
        due = w.DatePicker(layout=w.Layout(width="100%"))
        Bound(desk, text, FILE, (*place, "text"), as_text, pause=PAUSE)
        Bound(desk, owner, FILE, (*place, "owner"), as_text, some, pause=PAUSE)
        Bound(desk, due, FILE, (*place, "due"), widgets.as_date, widgets.from_date)
        return widgets.row(
            widgets.labelled("What was put off", text),
            widgets.labelled("Owner of it", owner),
            widgets.labelled("Due by", due),
            kind="calib-thirds",
        )

    def lay_out() -> None:
        names = [p.id for p in meeting.workshop.parked]
        for name in names:
            cards.setdefault(name, None)
            cards[name] = cards[name] or card(name)
        children = tuple(cards[name] for name in names)
        if box.children != children:
            box.children = children

    def add() -> None:
        taken = {p.id for p in meeting.workshop.parked}
        number = next(n for n in range(1, 10_000) if f"point-{n}" not in taken)
        name = f"point-{number}"
        meeting.write(("parked", f"={name}"), {"id": name, "text": ""})

    desk.listen(lay_out)
    lay_out()
    return widgets.stack(
        box, widgets.button("Park something", add, "Adds a line to the parking lot")
    )
