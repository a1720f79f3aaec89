"""The card of one case study: its verdict, and its fields in a pane."""

from __future__ import annotations

import ipywidgets as w

from calib.forms import widgets
from calib.forms.controller import FormController
from calib.forms.evidence import evidence_field
from calib.forms.field_binding import FieldBinding, bind_text
from calib.forms.multi_select import combobox_multi_select, dropdown_multi_select
from calib.model import StudyStatus
from calib.render import html
from calib.render.escape import escape
from calib.render.findings import finding_runs

_UNORDERED = 999  # sorts studies without an order last
_WRITE_UP = (
    ("challenge", "Challenge", "The customer's problem, who had it, and its cost"),
    ("solution", "Solution", "The system, and the part of the model in it"),
    ("results", "Results", "What changed for the customer, in numbers"),
)


def sorted_slugs(controller: FormController) -> list[str]:
    """Return the slugs of all case studies in their order on the page."""
    studies = controller.assessment.case_studies
    return [s.slug for s in sorted(studies, key=lambda s: (s.order or _UNORDERED, s.slug))]


def build_study_card(controller: FormController, slug: str) -> w.VBox:
    """Build the card of a case study."""
    return widgets.stack(
        widgets.panel(controller, lambda: _verdict(controller, slug)),
        widgets.lazy_accordion("Edit", lambda: _fields(controller, slug)),
        kind="calib-card",
    )


def _verdict(controller: FormController, slug: str) -> str:
    studies = controller.result.qualification.studies
    study = next((s for s in studies if s.slug == slug), None)
    if study is None:
        return ""
    state = widgets.badge("qualifies", "good") if study.qualified else widgets.badge("open", "bad")
    status = widgets.badge(study.role, "info")
    reasons = "".join(f"<li>{html.render_runs(finding_runs(f))}</li>" for f in study.findings)
    return (
        f'<div class="bar-line"><strong>{escape(study.title or slug)}</strong> {status} {state}'
        f"</div><ul>{reasons}</ul>"
    )


def _fields(controller: FormController, slug: str) -> w.VBox:
    file = f"case_studies/{slug}.yaml"
    families = [f.name for f in controller.catalog.qualification.families]
    title, customer, migrated_from = (widgets.text_field() for _ in range(3))
    primary = w.Combobox(options=families, ensure_option=False, layout=w.Layout(width="100%"))
    status = widgets.radio_row([(s.value, s.value) for s in StudyStatus], "Status")
    FieldBinding(controller, status, file, ("status",), lambda v: v or StudyStatus.CANDIDATE.value)
    texts = (
        (title, "title"),
        (customer, "customer"),
        (primary, "primary_service"),
        (migrated_from, "migrated_from"),
    )
    for widget, key in texts:
        bind_text(controller, widget, file, (key,))
    services, could_lead, tech_stack, kinds = _list_fields(controller, file, families)
    return widgets.stack(
        widgets.row(
            widgets.labelled_field("Title", title),
            widgets.labelled_field("Customer", customer),
            kind="calib-thirds",
        ),
        status,
        *_write_up_fields(controller, file),
        widgets.row(
            services,
            widgets.labelled_field("Primary service", primary, "One of the services"),
            could_lead,
            tech_stack,
            kinds,
            widgets.labelled_field(
                "Migrated from", migrated_from, "Earlier platform, if it ran elsewhere before"
            ),
            kind="calib-thirds",
        ),
        evidence_field(controller, file, ("evidence",)),
        _action_row(controller, slug, file),
    )


def _list_fields(controller: FormController, file: str, families: list[str]) -> list[w.VBox]:
    """Build the fields for services, alternative primary services, tech stack and kinds."""
    kinds = controller.catalog.qualification.kinds
    names = {kind.id: kind.name for kind in kinds}
    solution_types = dropdown_multi_select(
        "Kinds of solution", [(kind.name, kind.id) for kind in kinds], "Choose a kind"
    )
    # The file may contain a kind that the catalog does not have: show its id.
    solution_types.label_of = lambda kind_id: names.get(kind_id, kind_id)
    fields = {
        "services": combobox_multi_select("Services", families, "Enter a service, press Enter"),
        "could_lead": combobox_multi_select(
            "Alternative primary services", families, "Enter one of the services, press Enter"
        ),
        "tech_stack": combobox_multi_select(
            "Tech stack", [], "Enter a model, library or tool, press Enter"
        ),
        "solution_types": solution_types,
    }
    for key, field in fields.items():
        FieldBinding(controller, field, file, (key,), lambda v: list(v or []), list)
    return [field.box for field in fields.values()]


def _write_up_fields(controller: FormController, file: str) -> list[w.VBox]:
    fields = []
    for key, label, hint in _WRITE_UP:
        area = widgets.text_area(4)
        bind_text(controller, area, file, (key,))
        fields.append(widgets.labelled_field(label, area, hint))
    return fields


def _action_row(controller: FormController, slug: str, file: str) -> w.HBox:
    """Build the buttons that move a case study up or down, or delete it."""

    def move(by: int) -> None:
        controller.flush()
        slugs = sorted_slugs(controller)
        at = slugs.index(slug)
        to = min(max(at + by, 0), len(slugs) - 1)
        slugs.insert(to, slugs.pop(at))
        # Number all of them: orders may be missing or equal in files edited by hand.
        for number, name in enumerate(slugs, start=1):
            path = f"case_studies/{name}.yaml"
            seen = controller.read_field(path, ("order",))
            if seen != number:
                controller.save_field(path, ("order",), seen, number)

    def delete() -> None:
        controller.flush()
        controller.run_edit(lambda store: store.remove(file), "Deleted (Undo restores it)")

    return widgets.row(
        widgets.button("Move up", lambda: move(-1)),
        widgets.button("Move down", lambda: move(1)),
        widgets.button("Delete", delete, "Delete this case study. Undo restores it."),
    )
