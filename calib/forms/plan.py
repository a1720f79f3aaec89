"""The form of the improvement plan: the shortest way, who, when, how far."""

from __future__ import annotations

from typing import Any

import ipywidgets as w

from calib.errors import CannotWrite
from calib.forms import widgets
from calib.forms.controller import Desk
from calib.forms.field_binding import PAUSE, Bound, as_text, some
from calib.forms.navigation import PLAN, form
from calib.model import ActionStatus
from calib.render import html
from calib.render.document import Run
from calib.render.escape import escape
from calib.scoring.plan import PlanStep
from calib.text import day
from calib.yamledit.fieldpath import Place

FILE = "plan.yaml"


def build_plan(desk: Desk) -> Any:
    """Build the form of the improvement plan."""
    cards: dict[str, Any] = {}
    box = widgets.stack()

    def lay_out() -> None:
        steps = desk.plan.steps
        for step in steps:
            if step.gap.id not in cards:
                cards[step.gap.id] = _card(desk, step)
        children = tuple(cards[s.gap.id] for s in steps)
        if box.children != children:
            box.children = children

    desk.listen(lay_out)
    lay_out()
    return form(desk, PLAN, widgets.panel(desk, lambda: _head(desk)), _exports(desk), box)


def _head(desk: Desk) -> str:
    plan = desk.plan
    if not plan.steps:
        ready = widgets.badge("ready", "good")
        return f"<h2>Improvement plan</h2><p>{ready} Nothing stands in the way.</p>"
    count = {s: sum(step.status is s for step in plan.steps) for s in ActionStatus}
    late = sum(step.late for step in plan.steps)
    told = " · ".join(f"{n} {s}" for s, n in count.items() if n)
    warning = f" {widgets.badge(f'{late} should have started', 'warn')}" if late else ""
    return (
        f"<h2>Improvement plan</h2><p><strong>{len(plan.steps)} remediation actions</strong> from "
        f"here to ready, about {plan.days} working days of effort: {told}.{warning}</p>"
        '<p class="muted">Quick ones come first. An action leaves the list when the assessment '
        "shows that its gap is closed, not when it is marked as done.</p>"
    )


def _step(desk: Desk, name: str) -> PlanStep | None:
    return next((s for s in desk.plan.steps if s.gap.id == name), None)


def _card_head(desk: Desk, name: str) -> str:
    step = _step(desk, name)
    if step is None:
        return ""
    gap = step.gap
    start = f"start by {day(step.start_by)}" if step.start_by else ""
    tone = "badge-warn" if step.late else "muted"
    return (
        f'<div class="bar-line"><strong>{step.number}. {escape(gap.title)}</strong> '
        f'<span class="muted">{escape(gap.control or "Case studies")}</span>'
        f'<span class="right">{escape(gap.effort)} · {gap.days} days '
        f"{html.runs_html([Run(start, tone)])}</span></div>"
        f'<p>{escape(gap.action)}</p><p class="muted">Artefact: {escape(gap.artefact)}</p>'
    )


def _card(desk: Desk, step: PlanStep) -> Any:
    name = step.gap.id
    place: Place = ("actions", f"={name}")
    owner, note = widgets.text(), widgets.text()
    due = w.DatePicker(layout=w.Layout(width="100%"))
    status = widgets.choices([(s.value, s.value) for s in ActionStatus], "Status")
    Bound(desk, owner, FILE, (*place, "owner"), as_text, some, pause=PAUSE)
    Bound(desk, note, FILE, (*place, "note"), as_text, some, pause=PAUSE)
    Bound(desk, due, FILE, (*place, "due"), widgets.as_date, widgets.from_date)
    Bound(desk, status, FILE, (*place, "status"), lambda v: v or ActionStatus.OPEN.value)
    return widgets.stack(
        widgets.panel(desk, lambda: _card_head(desk, name)),
        widgets.row(
            widgets.labelled("Owner", owner, step.owner),
            widgets.labelled("Due", due),
            widgets.labelled("Note", note),
            kind="calib-thirds",
        ),
        status,
        kind="calib-card",
    )


def _exports(desk: Desk) -> Any:
    """Offer the plan as a file beside the assessment."""
    from calib.exchange.plan import write_plan

    def export(kind: str) -> None:
        desk.flush()
        if desk.read_only:
            desk.say("This is an example: copy it to export from it.", "info")
            return
        path = desk.folder / "exports" / f"improvement-plan.{kind}"
        try:
            write_plan(desk.plan, desk.result.profile.partner, desk.today, path)
            desk.say(f"Exported to {path}", "good")
        except (OSError, CannotWrite) as error:
            desk.say(f"Not exported: {error}", "bad")

    return widgets.row(
        widgets.button("Export as xlsx", lambda: export("xlsx"), "Writes exports/ in the folder"),
        widgets.button("Export as csv", lambda: export("csv"), "Writes exports/ in the folder"),
    )
