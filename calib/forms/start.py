"""The first form: open or make an assessment, see where everything stands, go on from there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import ipywidgets as w

from calib.catalog.migration import ORPHANED, UNCONFIRMED
from calib.errors import BadInput, CannotWrite, Problem
from calib.forms import widgets
from calib.forms.controller import Desk
from calib.forms.evidence import build_register
from calib.forms.field_binding import PAUSE, Bound, as_text
from calib.forms.navigation import START, STUDIES, form, links, notebook_of, show_links
from calib.model import Readiness
from calib.render import html
from calib.render.document import Run
from calib.render.escape import escape
from calib.render.findings import finding_runs
from calib.render.palette import READINESS_TONES, READINESS_WORDS
from calib.store.create import create_assessment
from calib.store.locate import find_assessment
from calib.text import day

HEADER = "assessment.yaml"


def build_start(desk: Desk, switch: Callable[[Path], None]) -> Any:
    """Build the first form; `switch` opens another folder."""
    head = widgets.panel(desk, lambda: _head(desk))
    return form(
        desk,
        START,
        head,
        _cards(desk),
        widgets.panel(desk, lambda: _next(desk)),
        widgets.folded({"Partner, scope and target date": _profile(desk)}),
        widgets.folded({"Evidence register": build_register(desk)}),
        build_opening(desk, switch),
    )


def _head(desk: Desk) -> str:
    result = desk.result
    tone = READINESS_TONES[result.readiness]
    left = len(result.gaps)
    said = (
        "All gates hold and the case studies qualify."
        if result.readiness is Readiness.READY
        else f"{left} remediation actions to ready; the target date is {day(result.target_date)}."
    )
    expired = (
        f'<div class="callout warn"><p>This catalog was valid until {day(result.catalog_expires)}: '
        "look for a newer one.</p></div>"
        if result.catalog_expired
        else f'<p class="muted">Catalog {escape(result.catalog_version)}, valid until '
        f"{day(result.catalog_expires)}. Folder: <code>{escape(desk.folder)}</code></p>"
    )
    return (
        f'<p class="kicker">Generative AI Competency</p><h2>{escape(result.profile.partner)}</h2>'
        f'<div class="callout {tone}"><p class="callout-title">{READINESS_WORDS[result.readiness]}'
        f"</p><p>{said}</p></div>{expired}{_carried(desk)}"
    )


def _carried(desk: Desk) -> str:
    """Say what a newer catalog means for the answers."""
    rows = "".join(
        f"<li>{html.runs_html(finding_runs(f))}</li>"
        for f in desk.result.findings
        if f.rule in ("catalog-differs", UNCONFIRMED) or f.rule.startswith(ORPHANED)
    )
    return f'<ul class="findings">{rows}</ul>' if rows else ""


def _cards(desk: Desk) -> Any:
    """Show a card per control and for the case studies."""

    def page() -> str:
        return f'<ul class="cards">{_studies(desk)}{_controls(desk)}</ul>'

    out = links(page())
    desk.listen(lambda: show_links(out, page()))
    return out


def _card(label: str, title: str, href: str, value: str, unit: str, lines: list[str]) -> str:
    notes = "".join(f'<p class="card-note">{line}</p>' for line in lines)
    return (
        f'<li><p class="card-label"><a href="{href}">{escape(label)}</a></p>'
        f'<p class="card-title">{escape(title)}</p><p class="card-value">{value} '
        f'<span class="unit">{unit}</span></p>{notes}</li>'
    )


def _studies(desk: Desk) -> str:
    found = desk.result.qualification
    word = widgets.badge("qualify", "good") if found.set_qualifies else widgets.badge("open", "bad")
    waiting = sum(not s.submitted for s in found.studies)
    lines = [
        f"{word} {len(found.studies)} written, {waiting} candidates",
        _touched(desk, "case_studies/"),
    ]
    value, unit = str(found.qualified_count), f"of {found.needed} qualify"
    return _card("Case studies", "Customer examples", STUDIES, value, unit, lines)


def _controls(desk: Desk) -> str:
    shelf = {e.item.id: e for e in desk.result.evidence}
    cards = ""
    for number, c in enumerate(desk.result.controls, start=1):
        gate = (
            widgets.badge("gate holds", "good") if c.gate else widgets.badge("gate not met", "bad")
        )
        met = sum(x.met for x in c.criteria)
        linked = [shelf[i] for x in c.criteria for i in x.evidence if i in shelf]
        bare = sum(not x.evidence for x in c.criteria)
        trouble = sum(e.expired or e.state in ("missing", "changed") for e in linked)
        look = f", {trouble} to look at" if trouble else ""
        lines = [
            f"{gate} {met} of {len(c.criteria)} met",
            f"{c.answered} of {len(c.criteria)} answered",
            f"{bare} without evidence{look}",
            _touched(desk, f"controls/{c.control}.yaml"),
        ]
        cards += _card(c.control, c.title, notebook_of(number), f"{c.gauge:.1f}", "of 4.0", lines)
    return cards


def _touched(desk: Desk, file: str) -> str:
    """Say when a file was last edited here, from the journal."""
    entry = next((e for e in desk.log if e.file.startswith(file)), None)
    if entry is None:
        return "" if desk.read_only else "not edited here yet"
    when = datetime.fromisoformat(entry.time).astimezone().date()
    return f"edited {day(when)} by {escape(entry.author)}"


def _next(desk: Desk) -> str:
    steps = desk.plan.steps[:3]
    if not steps:
        return "<h3>What to do next</h3><p>Keep the evidence current, and apply.</p>"
    rows = "".join(
        f"<li><strong>{escape(s.gap.title)}</strong> "
        f"{html.runs_html([Run(s.gap.control or 'Case studies', 'muted')])}<br/>"
        f"{escape(s.gap.action)}</li>"
        for s in steps
    )
    return f"<h3>What to do next</h3><ol>{rows}</ol>"


def _profile(desk: Desk) -> Any:
    labels = (
        ("partner", "Partner"),
        ("practice_lead", "Practice lead"),
        ("contact", "Contact"),
        ("website", "Website"),
        ("region", "Region"),
        ("tier", "Partner tier"),
    )
    fields = []
    for key, label in labels:
        field = widgets.text()
        Bound(desk, field, HEADER, ("profile", key), as_text, str, pause=PAUSE)
        fields.append(widgets.labelled(label, field))
    scope, target = widgets.textarea(3), w.DatePicker(layout=w.Layout(width="100%"))
    Bound(desk, scope, HEADER, ("scope",), as_text, str, pause=PAUSE)
    Bound(desk, target, HEADER, ("target_date",), widgets.as_date, widgets.from_date)
    return widgets.stack(
        widgets.row(*fields, kind="calib-thirds"),
        widgets.labelled("Scope", scope, "What the application covers"),
        widgets.row(widgets.labelled("Target date", target), kind="calib-thirds"),
    )


def build_opening(desk: Desk, switch: Callable[[Path], None]) -> Any:
    """Open another folder, or make a new one."""
    folder, partner = widgets.text(str(desk.folder)), widgets.text()
    said = widgets.html("")

    def tell(message: str, tone: str) -> None:
        said.value = f'<p role="status">{widgets.badge(message, tone)}</p>'

    def attempt(work: Callable[[], Path]) -> None:
        desk.flush()
        try:
            if not folder.value.strip():
                raise BadInput([Problem("the folder", "is not named")])
            switch(work())
        except BadInput as error:
            tell("; ".join(str(p) for p in error.problems), "bad")
        except (CannotWrite, OSError) as error:
            tell(str(error), "bad")

    def open_it() -> None:
        attempt(lambda: find_assessment(folder.value.strip()))

    def make_it() -> None:
        path = Path(folder.value.strip()).expanduser()
        name = partner.value.strip() or path.name
        attempt(lambda: create_assessment(path, desk.catalog, partner=name))

    inside = widgets.stack(
        widgets.labelled("Folder", folder, "Where the assessment lies, or shall lie"),
        widgets.labelled("Partner", partner, "For a new one"),
        widgets.row(
            widgets.button(
                "Open", open_it, "Open the assessment in this folder", primary=True, reads=True
            ),
            widgets.button(
                "Make a new one", make_it, "Lay out every criterion in a new folder", reads=True
            ),
        ),
        said,
    )
    folded = widgets.folded({"Open another assessment, or make a new one": inside})
    folded.selected_index = 0 if desk.read_only else None
    return folded
