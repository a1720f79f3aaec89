"""The form of the improvement plan: its actions with owner, due date, status and note."""

from __future__ import annotations

import ipywidgets as w

from calib.errors import CannotWrite
from calib.files.strict_yaml import FieldPath
from calib.forms import widgets
from calib.forms.controller import FormController
from calib.forms.field_binding import FieldBinding, bind_date, bind_optional_text
from calib.forms.form import Displayable
from calib.forms.navigation import PLAN, build_form
from calib.model import ActionStatus
from calib.render import html
from calib.render.document import Run
from calib.render.escape import escape
from calib.scoring.plan import PlanStep
from calib.text import day, plural

_FILE = "plan.yaml"


def build_plan(controller: FormController) -> Displayable:
    """Build the form of the improvement plan."""
    cards = widgets.keyed_stack(
        controller,
        lambda: [step.gap.id for step in controller.plan.steps],
        lambda gap_id: _card(controller, gap_id),
    )
    head = widgets.panel(controller, lambda: _head(controller))
    return build_form(controller, PLAN, head, _export_buttons(controller), cards)


def _head(controller: FormController) -> str:
    plan = controller.plan
    if not plan.steps:
        ready = widgets.badge("ready", "good")
        return f"<h2>Improvement plan</h2><p>{ready} No actions are left.</p>"
    by_status = {s: sum(step.status is s for step in plan.steps) for s in ActionStatus}
    late = sum(step.late for step in plan.steps)
    statuses = " · ".join(f"{count} {status}" for status, count in by_status.items() if count)
    warning = f" {widgets.badge(f'{late} should have started', 'warn')}" if late else ""
    return (
        f"<h2>Improvement plan</h2><p><strong>{plural(len(plan.steps), 'remediation action')}"
        f"</strong> to readiness, about {plural(plan.days, 'working day')} of effort: "
        f"{statuses}.{warning}</p>"
        '<p class="muted">Quick actions come first. An action leaves the list when the assessment '
        "shows that its gap is closed, not when you mark the action as done.</p>"
    )


def _step(controller: FormController, gap_id: str) -> PlanStep | None:
    return next((s for s in controller.plan.steps if s.gap.id == gap_id), None)


def _card_head(controller: FormController, gap_id: str) -> str:
    step = _step(controller, gap_id)
    if step is None:
        return ""
    gap = step.gap
    start = f"start by {day(step.start_by)}" if step.start_by else ""
    tone = "badge-warn" if step.late else "muted"
    return (
        f'<div class="bar-line"><strong>{step.number}. {escape(gap.title)}</strong> '
        f'<span class="muted">{escape(gap.control or "Case studies")}</span>'
        f'<span class="right">{escape(gap.effort)} · {gap.days} days '
        f"{html.render_runs([Run(start, tone)])}</span></div>"
        f'<p>{escape(gap.action)}</p><p class="muted">Artefact: {escape(gap.artefact)}</p>'
    )


def _card(controller: FormController, gap_id: str) -> w.VBox:
    path: FieldPath = ("actions", f"={gap_id}")
    step = _step(controller, gap_id)
    owner, note, due = widgets.text_field(), widgets.text_field(), widgets.date_field()
    status = widgets.radio_row([(s.value, s.value) for s in ActionStatus], "Status")
    bind_optional_text(controller, owner, _FILE, (*path, "owner"))
    bind_optional_text(controller, note, _FILE, (*path, "note"))
    bind_date(controller, due, _FILE, (*path, "due"))
    FieldBinding(
        controller, status, _FILE, (*path, "status"), lambda v: v or ActionStatus.OPEN.value
    )
    return widgets.stack(
        widgets.panel(controller, lambda: _card_head(controller, gap_id)),
        widgets.row(
            # Without an owner in the plan, the placeholder shows the owner of the answer.
            widgets.labelled_field("Owner", owner, step.owner if step else ""),
            widgets.labelled_field("Due", due),
            widgets.labelled_field("Note", note),
            kind="calib-thirds",
        ),
        status,
        kind="calib-card",
    )


def _export_buttons(controller: FormController) -> w.HBox:
    """Build the buttons that write the plan into exports/ of the assessment folder."""
    from calib.exchange.plan import write_plan

    def export(extension: str) -> None:
        controller.flush()
        if controller.read_only:
            controller.show_status("This is an example. Copy it before you export.", "info")
            return
        path = controller.folder / "exports" / f"improvement-plan.{extension}"
        try:
            partner = controller.result.profile.partner
            write_plan(controller.plan, partner, controller.today, path)
            controller.show_status(f"Exported to {path}", "good")
        except (OSError, CannotWrite) as error:
            controller.show_status(f"Not exported: {error}", "bad")

    tooltip = "Write the plan to exports/ in the assessment folder"
    return widgets.row(
        widgets.button("Export as xlsx", lambda: export("xlsx"), tooltip),
        widgets.button("Export as csv", lambda: export("csv"), tooltip),
    )
