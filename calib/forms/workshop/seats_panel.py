"""Who votes: preparation before the workshop, join codes and paper votes during it."""

from __future__ import annotations

import ipywidgets as w

from calib.ballots.workshop_file import WORKSHOP_FILE
from calib.forms import widgets
from calib.forms.field_binding import (
    NO_LEVEL,
    FieldBinding,
    bind_optional_text,
    level_or_none,
)
from calib.forms.workshop.actions import WorkshopActions
from calib.forms.workshop.state import WorkshopState
from calib.model import Naming
from calib.render.escape import escape, escape_attribute

_DEFAULT_MINUTES = 90


def preparation(workshop: WorkshopActions) -> tuple[w.Widget, ...]:
    """Build the fields that are filled in before the workshop begins."""
    controller = workshop.controller
    naming = widgets.radio_row(
        [("with names", Naming.NAMED.value), ("anonymous", Naming.ANONYMOUS.value)], "Votes"
    )
    minutes = w.BoundedIntText(min=5, max=600, step=5, layout=w.Layout(width="100%"))
    facilitator, invited = widgets.text_field(), widgets.text_area(5)
    FieldBinding(controller, naming, WORKSHOP_FILE, ("naming",), lambda v: v or Naming.NAMED.value)
    FieldBinding(controller, minutes, WORKSHOP_FILE, ("minutes",), lambda v: v or _DEFAULT_MINUTES)
    bind_optional_text(controller, facilitator, WORKSHOP_FILE, ("facilitator",))
    bind_optional_text(controller, invited, WORKSHOP_FILE, ("invited",))
    return (
        widgets.html(
            "<h3>Before the workshop</h3><p>With names, each vote is shown with the voter's name "
            "once it is revealed. In an anonymous workshop no names are shown, and the minutes "
            "contain none. You cannot change this after the workshop has begun.</p>"
        ),
        naming,
        widgets.row(
            widgets.labelled_field("Facilitator", facilitator, "Who leads the workshop"),
            widgets.labelled_field("Length in minutes", minutes),
            kind="calib-thirds",
        ),
        widgets.labelled_field(
            "Participants, one name per line",
            invited,
            "Each participant gets a join code. In an anonymous workshop, codes have no names.",
        ),
        widgets.panel(controller, lambda: _ballots_received(workshop)),
        widgets.button(
            "Begin the workshop",
            workshop.begin,
            "Create the agenda and the join codes, and open voting",
            primary=True,
            reads_fields=True,
        ),
        widgets.panel(controller, lambda: _voting_address(workshop)),
    )


def _ballots_received(workshop: WorkshopState) -> str:
    """List the assessors whose ballots arrived before the workshop."""
    names = sorted({b.name or b.assessor for b in workshop.snapshot.ballots})
    if not names:
        return '<p class="muted">No ballots received yet.</p>'
    rows = "".join(f'<li class="in">{escape(name)}</li>' for name in names)
    return f'<p class="muted">Ballots received from</p><ul class="calib-chips">{rows}</ul>'


def _voting_address(workshop: WorkshopState) -> str:
    """Show where participants vote, with a QR code, the projector view and the join cards."""
    urls = workshop.urls
    if not urls.address:
        return (
            '<p class="muted">No voting server is running. Enter votes from paper, import ballot '
            "files, or start a server with <code>calib open DIR --workshop</code>.</p>"
        )
    links = "".join(
        f'<li><a href="{escape_attribute(target)}" target="_blank" rel="noopener">{label}</a></li>'
        for label, target in (
            ("Projector view", urls.screen),
            ("Join cards to print", urls.cards),
        )
        if target
    )
    return (
        f'<div class="calib-room">{_qr_code(urls.address)}<div><p>Vote at '
        f"<strong>{escape(urls.address)}</strong></p><ul>{links}</ul></div></div>"
    )


def _qr_code(address: str) -> str:
    """Render an address as a QR code, always black on white so that phones can read it."""
    import segno

    code = segno.make(address, error="m")
    svg: str = code.svg_inline(scale=4, border=2, omitsize=False, dark="#000", light="#fff")
    label = escape_attribute(f"QR code of {address}")
    return f'<div class="qr" role="img" aria-label="{label}">{svg}</div>'


def join_codes(workshop: WorkshopActions) -> w.VBox:
    """Build the list of unused join codes, with the buttons that create more."""
    name = widgets.text_field()

    def create_for_name() -> None:
        if name.value.strip() and workshop.named:
            workshop.replace_code(name.value)
            name.value = ""

    create_unnamed = widgets.button(
        "Create five codes without names",
        lambda: workshop.invite(blank=5),
        "For unexpected participants; each code works once",
    )
    create_named = widgets.button(
        "Create a code for this person",
        create_for_name,
        "Also for a participant who has lost their device",
        reads_fields=True,
    )
    named_row = widgets.row(
        widgets.labelled_field("Name", name), create_named, create_unnamed, kind="calib-adding"
    )
    return widgets.stack(
        widgets.panel(workshop.controller, lambda: _voting_address(workshop)),
        widgets.panel(workshop.controller, lambda: _code_table(workshop)),
        named_row if workshop.named else create_unnamed,
    )


def _code_table(workshop: WorkshopState) -> str:
    rows = "".join(
        f"<tr><td>{escape(s.name or 'anyone')}</td><td><code>{escape(s.code[:4])}-"
        f"{escape(s.code[4:])}</code></td></tr>"
        for s in workshop.snapshot.seats
        if s.code
    )
    if not rows:
        return '<p class="muted">No unused join codes.</p>'
    return (
        '<table class="calib-codes"><caption>Unused join codes; each works once</caption>'
        f"<thead><tr><th>For</th><th>Code</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def paper_vote(workshop: WorkshopActions) -> w.VBox:
    """Build the fields in which the facilitator enters a vote that was given on paper."""
    voter, comment = widgets.text_field(), widgets.text_field()
    picker = widgets.level_picker(workshop.controller.catalog, "Level", "abstains")

    def save() -> None:
        if not voter.value.strip():
            workshop.controller.show_status("Not saved: enter the voter", "warn")
            return
        level = level_or_none(picker.value)
        if workshop.enter_vote(voter.value, level, comment.value.strip()):
            voter.value, comment.value, picker.value = "", "", NO_LEVEL

    hint = "e.g. Ana Silva" if workshop.named else "The number on the sheet, not a name"
    return widgets.stack(
        widgets.html("<p>A vote on the current criterion. It is sealed like the others.</p>"),
        widgets.row(
            widgets.labelled_field("Voter", voter, hint),
            widgets.labelled_field("Comment", comment),
            kind="calib-thirds",
        ),
        picker,
        widgets.button("Save vote", save, reads_fields=True),
    )
