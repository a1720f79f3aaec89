"""The buttons that lead through a workshop: controls, criteria, reveal, vote again, next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import ipywidgets as w

from calib.forms import widgets
from calib.forms.workshop.actions import WorkshopActions


class ButtonRow:
    """A row with a button per id; it is rebuilt only when the ids or their order change.

    A rebuilt button loses the focus, and a click that the browser has sent already is lost.
    """

    def __init__(self, on_click: Callable[[str], None], kind: str) -> None:
        self._on_click = on_click
        self._buttons: dict[str, w.Button] = {}
        self.box = widgets.row(kind=kind)

    def update(self, entries: Sequence[tuple[str, str]], current: str) -> None:
        """Show (id, label) entries and highlight the current one."""
        ids = [entry_id for entry_id, _ in entries]
        if ids != list(self._buttons):
            self._buttons = {i: widgets.button(i, partial(self._on_click, i)) for i in ids}
            self.box.children = tuple(self._buttons.values())
        for entry_id, label in entries:
            button = self._buttons[entry_id]
            button.description, button.tooltip = label, label
            button.button_style = "primary" if entry_id == current else ""


def agenda_buttons(workshop: WorkshopActions) -> w.VBox:
    """Build the buttons for the controls on the agenda, and for the current control's criteria."""
    controls = ButtonRow(lambda control: _go_to(workshop, control), "calib-agenda")
    criteria = ButtonRow(
        lambda criterion: _go_to(workshop, workshop.current[0].id, criterion), "calib-agenda"
    )
    criteria.box.add_class("calib-small")

    def refresh() -> None:
        control, criterion = workshop.current
        control_ids = list(dict.fromkeys(c.id for c, _ in workshop.agenda_order))
        controls.update([(i, _control_label(workshop, i)) for i in control_ids], control.id)
        of_control = [x for c, x in workshop.agenda_order if c == control]
        labels = [(x.id, _state_mark(workshop, control.id, x.id) + x.title) for x in of_control]
        criteria.update(labels, criterion.id)

    workshop.controller.subscribe(refresh)
    refresh()
    reorder = widgets.button(
        "Reorder agenda by votes",
        workshop.update_agenda,
        "Put the controls first that have the most disagreement and the largest gaps",
    )
    return widgets.stack(controls.box, criteria.box, reorder)


def _control_label(workshop: WorkshopActions, control: str) -> str:
    total = sum(c.id == control for c, _ in workshop.all_criteria)
    planned = next((i.minutes for i in workshop.record.agenda if i.control == control), None)
    minutes = f" · {planned} min" if planned else ""
    return f"{control}{minutes} · {workshop.count_settled(control)}/{total}"


def _state_mark(workshop: WorkshopActions, control: str, criterion: str) -> str:
    record = workshop.record.criterion_record(control, criterion)
    return "✓ " if record.settled else "◐ " if record.revealed else ""


def _go_to(workshop: WorkshopActions, control: str, criterion: str = "") -> None:
    """Go to a criterion, or to the first one of a control that is not settled."""
    of_control = [p for p in workshop.agenda_order if p[0].id == control]
    named = [p for p in of_control if p[1].id == criterion]
    unsettled = [
        p for p in of_control if not workshop.record.criterion_record(control, p[1].id).settled
    ]
    workshop.go_to(*(named or unsettled or of_control)[0])


def step_buttons(workshop: WorkshopActions) -> w.HBox:
    """Build the buttons for the steps of a criterion: back, reveal, vote again, next."""
    back = widgets.button("Back", lambda: workshop.step(-1), "Previous criterion on the agenda")
    reveal = widgets.button("Reveal", workshop.reveal, "Show the votes to everyone", primary=True)
    again = widgets.button(
        "Vote again",
        workshop.vote_again,
        "Seal the criterion for another round; the votes so far stay in the record",
    )
    forward = widgets.button("Next", lambda: workshop.step(1), "Next criterion on the agenda")

    def refresh() -> None:
        control, criterion = workshop.current
        revealed = workshop.record.is_revealed(control.id, criterion.id)
        voted = len(workshop.voters(control.id, criterion.id))
        people = len(workshop.participants)
        reveal.description = f"Reveal {voted} of {people} votes" if people else "Reveal"
        reveal.disabled = revealed or not voted
        reveal.button_style = "" if revealed else "primary"
        again.disabled = not revealed
        forward.description = "Next" if workshop.record.at else "Begin with this criterion"

    workshop.controller.subscribe(refresh)
    refresh()
    return widgets.row(back, reveal, again, forward, kind="calib-steps")
