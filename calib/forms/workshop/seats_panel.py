"""Before the workshop: who is expected, how votes are kept; and in it, join codes and paper."""

from __future__ import annotations

from typing import Any

import ipywidgets as w

from calib.ballots.workshop_file import FILE
from calib.forms import widgets
from calib.forms.field_binding import PAUSE, Bound, as_text, some
from calib.forms.workshop.actions import Meeting
from calib.model import Naming
from calib.render.escape import attribute, escape

_ABSTAIN = -1


def preparing(meeting: Meeting) -> tuple[Any, ...]:
    """Build the fields that are settled before the workshop begins."""
    desk = meeting.desk
    naming = widgets.choices(
        [("with names", Naming.NAMED.value), ("anonymous", Naming.ANONYMOUS.value)], "Votes"
    )
    minutes = w.BoundedIntText(min=5, max=600, step=5, layout=w.Layout(width="100%"))
    facilitator, invited = widgets.text(), widgets.textarea(5)
    Bound(desk, naming, FILE, ("naming",), lambda v: v or Naming.NAMED.value)
    Bound(desk, minutes, FILE, ("minutes",), lambda v: v or 90)
    Bound(desk, facilitator, FILE, ("facilitator",), as_text, some, pause=PAUSE)
    Bound(desk, invited, FILE, ("invited",), as_text, some, pause=PAUSE)
    return (
        widgets.html(
            "<h3>Before it begins</h3><p>Named votes are shown with the voter's name once they are "
            "revealed. In an anonymous workshop nobody is named, in the minutes neither. This "
            "cannot be changed later.</p>"
        ),
        naming,
        widgets.row(
            widgets.labelled("Facilitator", facilitator, "Who leads the workshop"),
            widgets.labelled("Minutes", minutes),
            kind="calib-thirds",
        ),
        widgets.labelled(
            "Who is expected, one name per line",
            invited,
            "Each gets a join code of their own; in an anonymous workshop codes carry no name",
        ),
        widgets.panel(desk, lambda: _sent_ahead(meeting)),
        widgets.button(
            "Begin the workshop",
            meeting.begin,
            "Opens the room for votes",
            primary=True,
            reads=True,
        ),
        widgets.panel(desk, lambda: where(meeting)),
    )


def _sent_ahead(meeting: Meeting) -> str:
    """Say whose ballots are here already."""
    both = (*meeting.picture.sealed, *meeting.picture.open)
    names = sorted({b.name or b.assessor for b in both})
    if not names:
        return '<p class="muted">No ballot was sent ahead.</p>'
    rows = "".join(f'<li class="in">{escape(name)}</li>' for name in names)
    return f'<p class="muted">Ballots are here from</p><ul class="calib-chips">{rows}</ul>'


def where(meeting: Meeting) -> str:
    """Say where the room votes, with the address as a QR code."""
    room = meeting.room
    if not room.address:
        return (
            '<p class="muted">No voting server runs: votes come on paper or by file. '
            "<code>calib open DIR --workshop</code> starts one.</p>"
        )
    links = "".join(
        f'<li><a href="{attribute(target)}" target="_blank" rel="noopener">{escape(label)}</a></li>'
        for label, target in (
            ("The screen for the projector", room.screen),
            ("Join cards to print", room.cards),
        )
        if target
    )
    return (
        f'<div class="calib-room">{_picture(room.address)}<div><p>The room votes at '
        f"<strong>{escape(room.address)}</strong></p><ul>{links}</ul></div></div>"
    )


def _picture(address: str) -> str:
    """Draw an address as a QR code."""
    import segno

    code = segno.make(address, error="m")
    drawn: str = code.svg_inline(scale=4, border=2, omitsize=False, dark="#000", light="#fff")
    label = attribute(f"QR code of {address}")
    return f'<div class="qr" role="img" aria-label="{label}">{drawn}</div>'


def joining(meeting: Meeting) -> Any:
    """Build the list of join codes that wait, and the way to more."""
    names = widgets.text()

    def named() -> None:
        if names.value.strip() and meeting.named:
            _again(meeting, names.value)
            names.value = ""

    def blank() -> None:
        meeting.invite(blank=5)

    more = widgets.button("Five blank codes", blank, "For whoever comes; each works once")
    one = widgets.button(
        "A code for this person", named, "Also for somebody who lost their device", reads=True
    )
    fields = widgets.row(widgets.labelled("Name", names), one, more, kind="calib-adding")
    return widgets.stack(
        widgets.panel(meeting.desk, lambda: where(meeting)),
        widgets.panel(meeting.desk, lambda: _codes(meeting)),
        fields if meeting.named else more,
    )


def _again(meeting: Meeting, name: str) -> None:
    from calib.ballots.seats import invite

    invite(meeting.desk.folder, [name])
    meeting.look()


def _codes(meeting: Meeting) -> str:
    rows = "".join(
        f"<tr><td>{escape(s.name or 'anybody')}</td><td><code>{escape(s.code[:4])}-"
        f"{escape(s.code[4:])}</code></td></tr>"
        for s in meeting.picture.seats
        if s.code
    )
    if not rows:
        return '<p class="muted">No join code waits.</p>'
    return (
        '<table class="calib-codes"><caption>Join codes that wait; each works once</caption>'
        f"<thead><tr><th>For</th><th>Code</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def paper(meeting: Meeting) -> Any:
    """Build the fields in which the facilitator enters a vote that was given on paper."""
    names = [lv.name for lv in meeting.desk.catalog.levels]
    who, why = widgets.text(), widgets.text()
    picker = widgets.choices(
        [("abstains", _ABSTAIN), *((f"{n} {name}", n) for n, name in enumerate(names))], "Level"
    )

    def enter() -> None:
        if not who.value.strip():
            meeting.desk.say("Not taken: say whose vote it is", "warn")
            return
        level = None if picker.value == _ABSTAIN else picker.value
        if meeting.enter(who.value, level, why.value.strip()):
            who.value, why.value, picker.value = "", "", _ABSTAIN

    hint = "as Ana Silva" if meeting.named else "a number of the sheet, not a name"
    return widgets.stack(
        widgets.html("<p>For the criterion that the room is at, sealed like the others.</p>"),
        widgets.row(
            widgets.labelled("Whose vote", who, hint),
            widgets.labelled("Why", why),
            kind="calib-thirds",
        ),
        picker,
        widgets.button("Take this vote", enter, reads=True),
    )
