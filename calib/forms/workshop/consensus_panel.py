"""The fields below the votes: the consensus, the action it leads to, and the parking lot."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as w

from calib.ballots.workshop_file import WORKSHOP_FILE
from calib.files.strict_yaml import FieldPath
from calib.forms import widgets
from calib.forms.field_binding import bind_date, bind_level, bind_optional_text, bind_text
from calib.forms.workshop.actions import WorkshopActions
from calib.forms.workshop.state import criterion_key
from calib.model import Control, Criterion
from calib.render.escape import escape
from calib.text import plural

_PLAN_FILE = "plan.yaml"


def follow_criterion(
    workshop: WorkshopActions, build: Callable[[Control, Criterion], w.Widget]
) -> w.VBox:
    """Show the fields of the current criterion; they are built when it is visited first."""
    return widgets.keyed_stack(
        workshop.controller,
        lambda: [criterion_key(*workshop.current)],
        lambda _: build(*workshop.current),
    )


def consensus_fields(workshop: WorkshopActions, control: Control, criterion: Criterion) -> w.VBox:
    """Build the fields of a consensus; they are drafts until "Settle" is pressed."""
    controller = workshop.controller
    path: FieldPath = ("criteria", criterion_key(control, criterion), "draft")
    picker = widgets.level_picker(controller.catalog, "Consensus", "not set")
    reason, dissent, by = widgets.text_area(2), widgets.text_area(2), widgets.text_field()
    bind_level(controller, picker, WORKSHOP_FILE, (*path, "level"))
    for field, key in ((reason, "reason"), (dissent, "dissent"), (by, "by")):
        bind_optional_text(controller, field, WORKSHOP_FILE, (*path, key))
    return widgets.stack(
        picker,
        widgets.row(
            widgets.labelled_field("Reason", reason, "Why this level: evidence and gaps"),
            widgets.labelled_field("Dissent", dissent, "Who disagrees, and why"),
            widgets.labelled_field("Decided by", by, workshop.record.facilitator),
            kind="calib-thirds",
        ),
        _settle_buttons(workshop),
        _action_fields(workshop, control, criterion),
        kind="calib-card",
    )


def _settle_buttons(workshop: WorkshopActions) -> w.HBox:
    settle = widgets.button(
        "Settle",
        workshop.settle,
        "Save this as the level of the criterion, with the name and the reason",
        primary=True,
        reads_fields=True,
    )
    settle_suggested = widgets.button(
        "", lambda: workshop.settle(_suggestion(workshop)), reads_fields=True
    )

    def refresh() -> None:
        level = _suggestion(workshop)
        widgets.show_if(settle_suggested, visible=level is not None)
        settle_suggested.description = f"Settle on {level}, as the votes suggest"

    workshop.controller.subscribe(refresh)
    refresh()
    return widgets.row(settle, settle_suggested)


def _suggestion(workshop: WorkshopActions) -> int | None:
    control, criterion = workshop.current
    found = workshop.agreement_on(control.id, criterion.id)
    return found.suggestion if found is not None else None


def _action_fields(workshop: WorkshopActions, control: Control, criterion: Criterion) -> w.VBox:
    """Build the fields of the criterion's action; the improvement plan has the same fields."""
    controller = workshop.controller
    gap_id = criterion_key(control, criterion)
    path: FieldPath = ("actions", f"={gap_id}")
    owner, note, due = widgets.text_field(), widgets.text_field(), widgets.date_field()
    bind_optional_text(controller, owner, _PLAN_FILE, (*path, "owner"))
    bind_optional_text(controller, note, _PLAN_FILE, (*path, "note"))
    bind_date(controller, due, _PLAN_FILE, (*path, "due"))
    fields = widgets.row(
        widgets.labelled_field("Owner", owner),
        widgets.labelled_field("Due", due),
        widgets.labelled_field("Note", note),
        kind="calib-thirds",
    )

    def render() -> str:
        gap = next((s.gap for s in controller.plan.steps if s.gap.id == gap_id), None)
        planned = any(e.id == gap_id for e in controller.assessment.plan)
        widgets.show_if(fields, visible=gap is not None or planned)
        if gap is None:
            return '<p class="muted">No action is needed: the criterion is met.</p>'
        return (
            f'<p><strong>Action:</strong> {escape(gap.action)} <span class="muted">'
            f"Artefact: {escape(gap.artefact)} · {plural(gap.days, 'day')}</span></p>"
        )

    return widgets.stack(widgets.panel(controller, render), fields)


def parking_lot(workshop: WorkshopActions) -> w.VBox:
    """Build the parking lot: topics that are put off, each with an owner and a due date."""

    def park() -> None:
        taken = {p.id for p in workshop.record.parked}
        number = next(n for n in range(1, 10_000) if f"point-{n}" not in taken)
        topic_id = f"point-{number}"
        workshop.write_field(("parked", f"={topic_id}"), {"id": topic_id, "text": ""})

    topics = widgets.keyed_stack(
        workshop.controller,
        lambda: [p.id for p in workshop.record.parked],
        lambda topic_id: _parked_topic(workshop, topic_id),
    )
    return widgets.stack(
        topics, widgets.button("Park a topic", park, "Add a line to the parking lot")
    )


def _parked_topic(workshop: WorkshopActions, topic_id: str) -> w.HBox:
    controller = workshop.controller
    path: FieldPath = ("parked", f"={topic_id}")
    text, owner, due = widgets.text_field(), widgets.text_field(), widgets.date_field()
    bind_text(controller, text, WORKSHOP_FILE, (*path, "text"))
    bind_optional_text(controller, owner, WORKSHOP_FILE, (*path, "owner"))
    bind_date(controller, due, WORKSHOP_FILE, (*path, "due"))
    return widgets.row(
        widgets.labelled_field("Topic", text),
        widgets.labelled_field("Topic owner", owner),
        widgets.labelled_field("Topic due", due),
        kind="calib-thirds",
    )
