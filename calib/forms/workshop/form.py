"""The facilitator's form, from preparing the workshop to closing it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import ipywidgets as w

from calib import workshop as agreement
from calib.errors import BadInput, CannotWrite
from calib.forms import widgets
from calib.forms.controller import EXAMPLE_STATUS, FormController
from calib.forms.form import Displayable
from calib.forms.navigation import WORKSHOP, build_form
from calib.forms.toolbar import problems_html
from calib.forms.workshop import criterion_view
from calib.forms.workshop.actions import WorkshopActions
from calib.forms.workshop.agenda_panel import agenda_buttons, step_buttons
from calib.forms.workshop.consensus_panel import consensus_fields, follow_criterion, parking_lot
from calib.forms.workshop.seats_panel import join_codes, paper_vote, preparation
from calib.forms.workshop.state import WorkshopState
from calib.render.escape import escape
from calib.text import listed, plural

MinutesWriter = Callable[[Path], Sequence[Path]]
"""Writes the minutes of a workshop into a folder's exports/ and returns the files."""


def build_workshop(
    controller: FormController, workshop: WorkshopActions, write_minutes: MinutesWriter
) -> Displayable:
    """Build the form; it shows the stage of the workshop that the record is in."""
    body = widgets.stack()
    built: dict[str, tuple[w.Widget, ...]] = {}
    stages: dict[str, Callable[[WorkshopActions], tuple[w.Widget, ...]]] = {
        "preparation": preparation,
        "running": _running,
        "closed": lambda workshop: _closed(workshop, write_minutes),
    }

    def refresh() -> None:
        record = workshop.record
        stage = "closed" if record.closed else "running" if record.begun else "preparation"
        if stage not in built:
            built[stage] = stages[stage](workshop)
        if body.children != built[stage]:
            body.children = built[stage]

    controller.subscribe(refresh)
    refresh()
    problems = widgets.panel(controller, lambda: problems_html(workshop.problems))
    head = widgets.panel(controller, lambda: _head(workshop))
    return build_form(controller, WORKSHOP, head, problems, body)


def _head(workshop: WorkshopState) -> str:
    record = workshop.record
    partner = escape(workshop.controller.assessment.header.profile.partner)
    if record.begun is None:
        return (
            f'<p class="kicker">{partner}</p><h2>Workshop</h2><p>Assessors vote on each criterion '
            "alone. The votes are revealed together, and the level that you agree on becomes the "
            "level in the assessment.</p>"
        )
    total, settled = len(workshop.all_criteria), workshop.count_settled()
    state = widgets.badge("closed", "good") if record.closed else widgets.badge("open", "info")
    return (
        f'<p class="kicker">{partner} · workshop</p><div class="bar-line">{state} '
        f"<strong>{settled} of {total}</strong> criteria settled · "
        f"{plural(len(workshop.participants), 'participant')}</div>"
        f'<progress max="{total}" value="{settled}" aria-label="Criteria settled">{settled}'
        "</progress>"
    )


def _running(workshop: WorkshopActions) -> tuple[w.Widget, ...]:
    controller = workshop.controller
    clock = widgets.panel(controller, lambda: criterion_view.clock(workshop))

    def update_clock() -> None:
        text = criterion_view.clock(workshop)
        if clock.value != text:
            clock.value = text

    workshop.on_tick(update_clock)
    return (
        agenda_buttons(workshop),
        clock,
        widgets.panel(controller, lambda: criterion_view.question(workshop)),
        widgets.panel(controller, lambda: criterion_view.voters(workshop)),
        step_buttons(workshop),
        widgets.panel(controller, lambda: criterion_view.distribution(workshop)),
        widgets.panel(controller, lambda: criterion_view.consensus(workshop)),
        follow_criterion(workshop, lambda c, x: consensus_fields(workshop, c, x)),
        widgets.html("<h3>Parking lot</h3>"),
        parking_lot(workshop),
        widgets.accordion(
            {
                "Join codes and voting address": join_codes(workshop),
                "Enter a paper vote": paper_vote(workshop),
                "Agreement between assessors": widgets.panel(
                    controller, lambda: _agreement(workshop)
                ),
                "Close the workshop": _close_pane(workshop),
            }
        ),
    )


def _agreement(workshop: WorkshopState) -> str:
    """Render how far the assessors agree, and, with named votes, who is stricter."""
    found = workshop.snapshot.agreement
    rows = f"<p><strong>All controls.</strong> {escape(found.alpha.sentence)}</p>"
    for control in found.controls:
        rows += (
            f"<p><strong>{escape(control.control)}.</strong> {escape(control.alpha.sentence)}</p>"
        )
    if not workshop.named:
        return rows
    people = "".join(
        f"<li><strong>{escape(s.name or s.assessor)}</strong> {escape(s.sentence)}</li>"
        for s in agreement.measure_strictness(workshop.snapshot.open)
    )
    title = '<p class="muted">Who is stricter than the group (for the facilitator only)</p>'
    return f'{rows}{title}<ul class="calib-asked">{people}</ul>' if people else rows


def _close_pane(workshop: WorkshopActions) -> w.VBox:
    def close() -> None:
        workshop.controller.flush()
        workshop.write_field(("closed",), workshop.timestamp())

    def unsettled() -> str:
        count = len(workshop.all_criteria) - workshop.count_settled()
        return f"<p>{plural(count, 'criterion is', 'criteria are')} not settled.</p>"

    return widgets.stack(
        widgets.panel(workshop.controller, unsettled),
        widgets.button("Close the workshop", close, "End voting. You can reopen the workshop."),
    )


def _closed(workshop: WorkshopActions, write_minutes: MinutesWriter) -> tuple[w.Widget, ...]:
    controller = workshop.controller

    def reopen() -> None:
        workshop.write_field(("closed",), None)

    def write() -> None:
        if controller.read_only:
            controller.show_status(EXAMPLE_STATUS, "info")
            return
        try:
            files = write_minutes(controller.folder)
        except (BadInput, CannotWrite) as error:
            controller.show_status(f"Not written: {' '.join(str(error).split())}", "bad")
        else:
            names = listed(file.name for file in files)
            controller.show_status(f"Wrote {names} to {files[0].parent}", "good")

    return (
        widgets.html(
            "<p>The workshop is closed. The assessment contains the levels that were settled.</p>"
        ),
        widgets.row(
            widgets.button("Write the minutes", write, "As HTML, PDF and docx", primary=True),
            widgets.button("Reopen the workshop", reopen, "Continue where it was closed"),
        ),
        widgets.panel(controller, lambda: _agreement(workshop)),
    )
