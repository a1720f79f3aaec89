"""The form of the case studies: the verdict on the set, a card per study, a field to add one."""

from __future__ import annotations

import json

import ipywidgets as w

from calib.forms import widgets
from calib.forms.case_study_card import build_study_card, sorted_slugs
from calib.forms.controller import FormController
from calib.forms.form import Displayable
from calib.forms.identifiers import unique_id
from calib.forms.navigation import STUDIES, build_form
from calib.model import StudyStatus
from calib.render import html
from calib.render.document import BulletList, Callout, paragraph
from calib.render.findings import finding_runs
from calib.render.sections.best_four import best_four

_LONGEST_SLUG = 56  # characters; the slug is a file name, which sync programs make longer
_TEMPLATE = """\
title: {title}
customer: ""
status: candidate
order: {order}
challenge: ""
solution: ""
results: ""
tech_stack: []
services: []
primary_service: ""
could_lead: []
solution_types: []
"""
"""The file of a new case study."""


def build_studies(controller: FormController) -> Displayable:
    """Build the form of the case studies."""
    cards = widgets.keyed_stack(
        controller,
        lambda: sorted_slugs(controller),
        lambda slug: build_study_card(controller, slug),
    )
    head = widgets.stack(
        widgets.panel(controller, lambda: _head(controller)), _submit_button(controller)
    )
    return build_form(controller, STUDIES, head, cards, _add_row(controller))


def _head(controller: FormController) -> str:
    found = controller.result.qualification
    tone = "good" if found.set_qualifies else "bad"
    title = "The set qualifies" if found.set_qualifies else "The set does not qualify yet"
    rule = (
        f"Needed: {found.needed} qualified case studies, each with a different AWS-native service "
        "as its primary service, together showing more than one kind of solution."
    )
    count = "submitted case studies qualify."
    if found.chosen_by_program:
        count = "case studies qualify together. None is marked as submitted yet."
    findings = BulletList(tuple(finding_runs(f) for f in found.findings))
    callout = Callout(tone, title, (paragraph(rule), findings))
    blocks = (callout, *best_four(controller.result, controller.catalog, linked=False))
    return (
        f"<h2>Case studies</h2><p><strong>{found.qualified_count} of {found.needed}</strong> "
        f"{count}</p>{''.join(map(html.render_block, blocks))}"
    )


def _submit_button(controller: FormController) -> w.Button:
    """Build the button that submits the best four; hidden when they are submitted already."""

    def submit() -> None:
        controller.flush()
        best = {lead.slug: lead for lead in controller.result.qualification.best[0].leads}
        for study in controller.assessment.case_studies:
            lead, file = best.get(study.slug), f"case_studies/{study.slug}.yaml"
            status = StudyStatus.SUBMITTED if lead else StudyStatus.CANDIDATE
            wanted: dict[str, str | list[str]] = {"status": status.value}
            if lead and lead.instead_of:
                # The recommendation uses an alternative as primary service: swap the two.
                others = [s for s in study.could_lead if s != lead.service]
                wanted |= {
                    "primary_service": lead.service,
                    "could_lead": [study.primary_service, *others],
                }
            for key, value in wanted.items():
                seen = controller.read_field(file, (key,))
                if seen != value:
                    controller.save_field(file, (key,), seen, value)

    tooltip = "Mark these four as submitted and all others as candidates"
    button = widgets.button("Submit these four", submit, tooltip, primary=True)

    def refresh() -> None:
        found = controller.result.qualification
        available = bool(found.best) and not found.change and not found.best[0].submitted
        widgets.show_if(button, visible=available)

    controller.subscribe(refresh)
    refresh()
    return button


def _add_row(controller: FormController) -> w.HBox:
    title = widgets.text_field()

    def add() -> None:
        name = " ".join(title.value.split())
        if not name:
            controller.show_status("Enter a title for the new case study first.", "info")
            return
        studies = controller.assessment.case_studies
        slug = unique_id(name, {s.slug for s in studies}, "example", _LONGEST_SLUG)
        last = max((s.order for s in studies), default=0)
        # A JSON string is a valid YAML string, with every special character escaped.
        text = _TEMPLATE.format(title=json.dumps(name, ensure_ascii=False), order=last + 1)
        file = f"case_studies/{slug}.yaml"
        if controller.run_edit(lambda store: store.create(file, text), "Added") is not None:
            title.value = ""

    return widgets.row(
        widgets.labelled_field("New case study", title, "Title"),
        widgets.button("Add", add, "Add it as a candidate", primary=True, reads_fields=True),
        kind="calib-adding",
    )
