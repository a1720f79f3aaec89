"""The facilitator's form, from preparing the workshop to closing it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from calib import workshop as agreement
from calib.errors import BadInput, CannotWrite
from calib.forms import widgets
from calib.forms.controller import EXAMPLE, Desk
from calib.forms.navigation import WORKSHOP, form
from calib.forms.workshop import criterion_view
from calib.forms.workshop.actions import Meeting
from calib.forms.workshop.consensus_panel import by_criterion, parking, settling
from calib.forms.workshop.seats_panel import joining, paper, preparing
from calib.render.escape import escape
from calib.text import listed, plural

Minutes = Callable[[Path], Sequence[Path]]
"""Writes the minutes of a folder and returns the files."""


def build_workshop(desk: Desk, meeting: Meeting, minutes: Minutes) -> Any:
    """Build the form: what it shows follows the record, whoever writes it."""
    body = widgets.stack()
    made: dict[str, tuple[Any, ...]] = {}
    views: dict[str, Callable[[Meeting], tuple[Any, ...]]] = {
        "preparing": preparing,
        "running": _running,
        "closed": lambda m: _closed(m, minutes),
    }

    def turn() -> None:
        workshop = meeting.workshop
        name = "closed" if workshop.closed else "running" if workshop.begun else "preparing"
        if name not in made:
            made[name] = views[name](meeting)
        if body.children != made[name]:
            body.children = made[name]

    desk.listen(turn)
    turn()
    troubles = widgets.panel(desk, lambda: widgets.troubles(meeting.problems))
    return form(desk, WORKSHOP, widgets.panel(desk, lambda: _head(meeting)), troubles, body)


def _head(meeting: Meeting) -> str:
    workshop = meeting.workshop
    partner = escape(meeting.desk.assessment.header.profile.partner)
    total, done = len(meeting.places), sum(m.settled is not None for m in workshop.criteria)
    if workshop.begun is None:
        return (
            f'<p class="kicker">{partner}</p><h2>Workshop</h2><p>Everybody judges the criteria '
            "alone, the votes are revealed together, and what the room agrees on becomes the level "
            "in the assessment.</p>"
        )
    stands = widgets.badge("closed", "good") if workshop.closed else widgets.badge("open", "info")
    return (
        f'<p class="kicker">{partner} · workshop</p><div class="bar-line">{stands} '
        f"<strong>{done} of {total}</strong> criteria settled · "
        f"{plural(len(meeting.people), 'person takes part', 'people take part')}</div>"
        f'<progress max="{total}" value="{done}" aria-label="Criteria settled">{done}</progress>'
    )


def _running(meeting: Meeting) -> tuple[Any, ...]:
    desk = meeting.desk
    clock = widgets.panel(desk, lambda: criterion_view.clock(meeting))

    def tick() -> None:
        shown = criterion_view.clock(meeting)
        if clock.value != shown:
            clock.value = shown

    meeting.on_tick(tick)
    return (
        _agenda(meeting),
        clock,
        widgets.panel(desk, lambda: criterion_view.question(meeting)),
        widgets.panel(desk, lambda: criterion_view.voted(meeting)),
        _steps(meeting),
        widgets.panel(desk, lambda: criterion_view.spread(meeting)),
        widgets.panel(desk, lambda: criterion_view.consensus(meeting)),
        by_criterion(meeting, lambda c, x: settling(meeting, c, x)),
        widgets.html("<h3>Parking lot</h3>"),
        parking(meeting),
        widgets.folded(
            {
                "Join codes and the room": joining(meeting),
                "Enter a vote from paper": paper(meeting),
                "How well the assessors agree": widgets.panel(desk, lambda: _agreeing(meeting)),
                "Close the workshop": _closing(meeting),
            }
        ),
    )


def _agenda(meeting: Meeting) -> Any:
    """Lay out a button for each control, in the order of the agenda, and one for each criterion."""
    desk = meeting.desk
    controls, criteria = widgets.row(kind="calib-agenda"), widgets.row(kind="calib-agenda")
    criteria.add_class("calib-small")

    def lay_out() -> None:
        here, boxes = meeting.here, {b.control: b.minutes for b in meeting.workshop.agenda}
        ids = list(dict.fromkeys(c.id for c, _ in meeting.order))
        labels = tuple((i, _told(meeting, i, boxes.get(i)), i == here[0].id) for i in ids)
        _buttons(controls, labels, lambda i: _turn_to(meeting, i))
        rows = tuple(
            (x.id, _mark(meeting, c.id, x.id) + x.title, x == here[1])
            for c, x in meeting.order
            if c == here[0]
        )
        _buttons(criteria, rows, lambda i: _turn_to(meeting, meeting.here[0].id, i))

    desk.listen(lay_out)
    lay_out()
    again = widgets.button(
        "Order again by the votes so far",
        meeting.make_agenda,
        "Puts the controls first that divide the room most and lack most",
    )
    return widgets.stack(controls, criteria, again)


def _buttons(
    box: Any, labels: tuple[tuple[str, str, bool], ...], act: Callable[[str], None]
) -> None:
    """Keep a row of buttons: made anew only where their number or order changes."""
    if [getattr(b, "stands_for", "") for b in box.children] != [i for i, _, _ in labels]:
        made = []
        for name, _, _ in labels:
            one = widgets.button(name, partial(act, name))
            one.stands_for = name
            made.append(one)
        box.children = tuple(made)
    for one, (_, label, here) in zip(box.children, labels, strict=True):
        one.description, one.tooltip = label, label
        one.button_style = "primary" if here else ""


def _told(meeting: Meeting, control: str, minutes: int | None) -> str:
    of = sum(c.id == control for c, _ in meeting.places)
    box = f" · {minutes} min" if minutes else ""
    return f"{control}{box} · {meeting.settled(control)}/{of}"


def _mark(meeting: Meeting, control: str, criterion: str) -> str:
    matter = meeting.workshop.matter(control, criterion)
    return "✓ " if matter.settled else "◐ " if matter.revealed else ""


def _turn_to(meeting: Meeting, control: str, criterion: str = "") -> None:
    """Go to a criterion; of a control, to the first that is not settled."""
    mine = [p for p in meeting.order if p[0].id == control]
    rest = [p for p in mine if not meeting.workshop.matter(control, p[1].id).settled]
    named = [p for p in mine if p[1].id == criterion]
    meeting.go_to(*(named or rest or mine)[0])


def _steps(meeting: Meeting) -> Any:
    """Offer what comes next: reveal, vote again, go on."""
    reveal = widgets.button("Reveal", meeting.reveal, primary=True)
    again = widgets.button(
        "Vote again", meeting.vote_again, "Seals the votes; the ones so far stay in the record"
    )
    back = widgets.button("Back", lambda: meeting.step(-1), "The criterion before")
    onward = widgets.button("Next", lambda: meeting.step(1), "The next criterion of the agenda")

    def stand() -> None:
        control, criterion = meeting.here
        shown = meeting.workshop.is_revealed(control.id, criterion.id)
        voters, people = len(meeting.voters(control.id, criterion.id)), len(meeting.people)
        reveal.description = f"Reveal {voters} of {people} votes" if people else "Reveal"
        reveal.disabled = shown or not voters
        reveal.button_style = "" if shown else "primary"
        again.disabled = not shown
        onward.description = "Next" if meeting.workshop.at else "Begin with this criterion"

    meeting.desk.listen(stand)
    stand()
    return widgets.row(back, reveal, again, onward, kind="calib-steps")


def _agreeing(meeting: Meeting) -> str:
    """Say how well the assessors agree, and, for the facilitator, who is stricter."""
    found = meeting.picture.agreement
    rows = f"<p><strong>All controls.</strong> {escape(found.alpha.sentence)}</p>"
    for one in found.controls:
        rows += f"<p><strong>{escape(one.control)}.</strong> {escape(one.alpha.sentence)}</p>"
    if not meeting.named:
        return rows
    strict = "".join(
        f"<li><strong>{escape(s.name or s.assessor)}</strong> {escape(s.sentence)}</li>"
        for s in agreement.strictness(meeting.picture.open)
    )
    said = '<p class="muted">Who is stricter than the group (for you, not for the screen)</p>'
    return f'{rows}{said}<ul class="calib-asked">{strict}</ul>' if strict else rows


def _closing(meeting: Meeting) -> Any:
    def close() -> None:
        meeting.desk.flush()
        meeting.write(("closed",), meeting.stamp())

    def left() -> str:
        open_ = len(meeting.places) - sum(m.settled is not None for m in meeting.workshop.criteria)
        return f"<p>{plural(open_, 'criterion is', 'criteria are')} not settled.</p>"

    told = "Nobody can vote any more; the record stays, and can be opened again"
    return widgets.stack(
        widgets.panel(meeting.desk, left), widgets.button("Close the workshop", close, told)
    )


def _closed(meeting: Meeting, minutes: Minutes) -> tuple[Any, ...]:
    desk = meeting.desk

    def reopen() -> None:
        meeting.write(("closed",), None)

    def write() -> None:
        if desk.read_only:
            desk.say(EXAMPLE, "info")
            return
        try:
            files = minutes(desk.folder)
        except (BadInput, CannotWrite) as error:
            desk.say(f"Not written: {' '.join(str(error).split())}", "bad")
        else:
            desk.say(f"Wrote {listed(f.name for f in files)} into {files[0].parent}", "good")

    return (
        widgets.html("<p>The workshop is closed. What was settled stands in the assessment.</p>"),
        widgets.row(
            widgets.button("Write the minutes", write, "As HTML, PDF and docx", primary=True),
            widgets.button("Open it again", reopen, "Goes on where it was"),
        ),
        widgets.panel(meeting.desk, lambda: _agreeing(meeting)),
    )
