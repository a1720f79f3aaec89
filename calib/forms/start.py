"""The start form: overview, next actions, partner profile, evidence, and opening an assessment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import ipywidgets as w

from calib.catalog.migration import ORPHANED_RULE_PREFIX, UNCONFIRMED_RULE
from calib.errors import BadInput, CannotWrite
from calib.forms import widgets
from calib.forms.controller import FormController
from calib.forms.evidence import build_register
from calib.forms.field_binding import bind_date, bind_text
from calib.forms.form import Displayable
from calib.forms.navigation import (
    START,
    STUDIES,
    build_form,
    control_notebook,
    link_output,
    update_links,
)
from calib.model import Readiness
from calib.render import html
from calib.render.document import Run
from calib.render.escape import escape
from calib.render.tones import READINESS_TONES, READINESS_WORDS
from calib.store.create import create_assessment
from calib.store.locate import find_assessment
from calib.text import day, plural

_FILE = "assessment.yaml"
_NEEDED = ("remediation action is needed", "remediation actions are needed")
_PROFILE_FIELDS = (
    ("partner", "Partner"),
    ("practice_lead", "Practice lead"),
    ("contact", "Contact"),
    ("website", "Website"),
    ("region", "Region"),
    ("tier", "Partner tier"),
)


def build_start(controller: FormController, switch: Callable[[Path], None]) -> Displayable:
    """Build the start form; `switch` opens the assessment in another folder."""
    return build_form(
        controller,
        START,
        widgets.panel(controller, lambda: _head(controller)),
        _cards(controller),
        widgets.panel(controller, lambda: _next_actions(controller)),
        widgets.accordion({"Partner, scope and target date": _profile(controller)}),
        widgets.accordion({"Evidence register": build_register(controller)}),
        build_opener(controller, switch),
    )


def _head(controller: FormController) -> str:
    result = controller.result
    tone = READINESS_TONES[result.readiness]
    summary = (
        "All gates are met and the case studies qualify."
        if result.readiness is Readiness.READY
        else f"{plural(len(result.gaps), *_NEEDED)}. Target date: {day(result.target_date)}."
    )
    expires = day(result.catalog_expires)
    catalog = (
        f'<div class="callout warn"><p>This catalog was valid until {expires}. '
        "Check for a newer version.</p></div>"
        if result.catalog_expired
        else f'<p class="muted">Catalog {escape(result.catalog_version)}, valid until '
        f"{expires}. Folder: <code>{escape(controller.folder)}</code></p>"
    )
    return (
        f'<p class="kicker">Generative AI Competency</p><h2>{escape(result.profile.partner)}</h2>'
        f'<div class="callout {tone}"><p class="callout-title">{READINESS_WORDS[result.readiness]}'
        f"</p><p>{summary}</p></div>{catalog}{_catalog_findings(controller)}"
    )


def _catalog_findings(controller: FormController) -> str:
    """List the findings about answers that were given for another catalog."""
    return widgets.finding_list(
        f
        for f in controller.result.findings
        if f.rule in ("catalog-differs", UNCONFIRMED_RULE)
        or f.rule.startswith(ORPHANED_RULE_PREFIX)
    )


# --- cards ---


def _cards(controller: FormController) -> w.Output:
    """Show a card for the case studies and for each control."""

    def render() -> str:
        return f'<ul class="cards">{_studies_card(controller)}{_control_cards(controller)}</ul>'

    out = link_output(render())
    controller.subscribe(lambda: update_links(out, render()))
    return out


def _card(label: str, title: str, href: str, value: str, unit: str, notes: list[str]) -> str:
    rows = "".join(f'<p class="card-note">{note}</p>' for note in notes)
    return (
        f'<li><p class="card-label"><a href="{href}">{escape(label)}</a></p>'
        f'<p class="card-title">{escape(title)}</p><p class="card-value">{value} '
        f'<span class="unit">{unit}</span></p>{rows}</li>'
    )


def _studies_card(controller: FormController) -> str:
    found = controller.result.qualification
    state = (
        widgets.badge("qualify", "good") if found.set_qualifies else widgets.badge("open", "bad")
    )
    candidates = sum(not s.submitted for s in found.studies)
    notes = [
        f"{state} {len(found.studies)} written, {plural(candidates, 'candidate')}",
        _last_edit(controller, "case_studies/"),
    ]
    value, unit = str(found.qualified_count), f"of {found.needed} qualify"
    return _card("Case studies", "Customer examples", STUDIES, value, unit, notes)


def _control_cards(controller: FormController) -> str:
    register = {e.item.id: e for e in controller.result.evidence}
    cards = ""
    for number, found in enumerate(controller.result.controls, start=1):
        total = len(found.criteria)
        met = sum(c.met for c in found.criteria)
        linked = [register[i] for c in found.criteria for i in c.evidence if i in register]
        without_evidence = sum(not c.evidence for c in found.criteria)
        stale = sum(e.expired or e.state in ("missing", "changed") for e in linked)
        to_check = f", {stale} to check" if stale else ""
        notes = [
            f"{widgets.gate_badge(met=found.gate)} {met} of {total} met",
            f"{found.answered} of {total} answered",
            f"{without_evidence} without evidence{to_check}",
            _last_edit(controller, f"controls/{found.control}.yaml"),
        ]
        notebook, gauge = control_notebook(number), f"{found.gauge:.1f}"
        cards += _card(found.control, found.title, notebook, gauge, "of 4.0", notes)
    return cards


def _last_edit(controller: FormController, file: str) -> str:
    """Return when, and by whom, a file was last edited with the forms."""
    entry = next((e for e in controller.log if e.file.startswith(file)), None)
    if entry is None:
        return "" if controller.read_only else "not edited here yet"
    edited = datetime.fromisoformat(entry.time).astimezone().date()
    return f"edited {day(edited)} by {escape(entry.author)}"


def _next_actions(controller: FormController) -> str:
    steps = controller.plan.steps[:3]
    if not steps:
        return "<h3>What to do next</h3><p>Keep the evidence up to date, and apply.</p>"
    rows = "".join(
        f"<li><strong>{escape(s.gap.title)}</strong> "
        f"{html.render_runs([Run(s.gap.control or 'Case studies', 'muted')])}<br/>"
        f"{escape(s.gap.action)}</li>"
        for s in steps
    )
    return f"<h3>What to do next</h3><ol>{rows}</ol>"


# --- fields ---


def _profile(controller: FormController) -> w.VBox:
    fields = []
    for key, label in _PROFILE_FIELDS:
        field = widgets.text_field()
        bind_text(controller, field, _FILE, ("profile", key))
        fields.append(widgets.labelled_field(label, field))
    scope, target = widgets.text_area(3), widgets.date_field()
    bind_text(controller, scope, _FILE, ("scope",))
    bind_date(controller, target, _FILE, ("target_date",))
    return widgets.stack(
        widgets.row(*fields, kind="calib-thirds"),
        widgets.labelled_field("Scope", scope, "What the application covers"),
        widgets.row(widgets.labelled_field("Target date", target), kind="calib-thirds"),
    )


def build_opener(controller: FormController, switch: Callable[[Path], None]) -> w.Accordion:
    """Build the fields that open or create another assessment."""
    folder, partner = widgets.text_field(str(controller.folder)), widgets.text_field()
    status = widgets.html("")

    def attempt(find_or_create: Callable[[str], Path]) -> None:
        controller.flush()
        error = _switch(switch, find_or_create, folder.value.strip())
        # After a success the status belongs to a form that is no longer shown.
        if error:
            status.value = f'<p role="status">{widgets.badge(error, "bad")}</p>'

    def create(name: str) -> Path:
        path = Path(name).expanduser()
        partner_name = partner.value.strip() or path.name
        return create_assessment(path, controller.catalog, partner=partner_name)

    open_button = widgets.button(
        "Open",
        lambda: attempt(find_assessment),
        "Open the assessment in this folder",
        primary=True,
        reads_fields=True,
    )
    create_button = widgets.button(
        "Create",
        lambda: attempt(create),
        "Create a new assessment, with every criterion, in this folder",
        reads_fields=True,
    )
    content = widgets.stack(
        widgets.labelled_field("Folder", folder, "Folder of the assessment to open or create"),
        widgets.labelled_field("Partner", partner, "Partner name, for a new assessment"),
        widgets.row(open_button, create_button),
        status,
    )
    pane = widgets.accordion({"Open or create another assessment": content})
    pane.selected_index = 0 if controller.read_only else None
    return pane


def _switch(
    switch: Callable[[Path], None], find_or_create: Callable[[str], Path], folder: str
) -> str:
    """Switch to the assessment in a folder; return the error message, "" after a success."""
    if not folder:
        return "Enter a folder."
    try:
        switch(find_or_create(folder))
    except BadInput as error:
        return "; ".join(str(p) for p in error.problems)
    except (CannotWrite, OSError) as error:
        return str(error)
    return ""
