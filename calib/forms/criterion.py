"""The card of one criterion: claimed level, answer, evidence, owner, due date and findings."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as w

from calib.catalog.migration import UNCONFIRMED_RULE
from calib.files.strict_yaml import FieldPath
from calib.forms import widgets
from calib.forms.controller import FormController
from calib.forms.draft_review import build_draft_review
from calib.forms.evidence import evidence_field
from calib.forms.field_binding import bind_date, bind_level, bind_optional_text
from calib.forms.points import build_points
from calib.model import Control, Criterion, CriterionResult, Outcome
from calib.render import html
from calib.render.document import level
from calib.render.escape import escape


def build_criterion(
    controller: FormController,
    control: Control,
    criterion: Criterion,
    file: str,
    append: Callable[[Sequence[str]], None],
) -> w.VBox:
    """Build the card of a criterion.

    `file` is the file of its control; `append` adds paragraphs to the narrative.
    """
    base: FieldPath = ("criteria", criterion.id)

    def current() -> CriterionResult:
        criteria = controller.result.control(control.id).criteria
        return next(c for c in criteria if c.criterion == criterion.id)

    picker = widgets.level_picker(controller.catalog, "Claimed level", "not set")
    answer, due = widgets.text_area(4), widgets.date_field()
    owner, not_applicable = widgets.text_field(), widgets.text_field()
    bind_level(controller, picker, file, (*base, "claimed_level"))
    for field, key in ((answer, "answer"), (owner, "owner"), (not_applicable, "not_applicable")):
        bind_optional_text(controller, field, file, (*base, key))
    bind_date(controller, due, file, (*base, "due"))
    return widgets.stack(
        widgets.panel(controller, lambda: _head(criterion, current())),
        widgets.html(_guidance(criterion)),
        picker,
        widgets.panel(controller, lambda: _level_descriptions(criterion, current())),
        widgets.labelled_field(
            "Answer", answer, "Working notes: what you do, and which document shows it"
        ),
        build_draft_review(controller, control, criterion, append),
        build_points(controller, control, criterion, file),
        evidence_field(controller, file, (*base, "evidence")),
        widgets.row(
            widgets.labelled_field("Owner", owner),
            widgets.labelled_field("Due", due),
            widgets.labelled_field("Reason if not applicable", not_applicable),
            kind="calib-thirds",
        ),
        widgets.panel(controller, lambda: _open_findings(current())),
        _confirm_button(controller, current, file, (*base, "catalog_version")),
        kind="calib-card",
    )


def _confirm_button(
    controller: FormController, current: Callable[[], CriterionResult], file: str, path: FieldPath
) -> w.Button:
    """Build the button that confirms an answer given for an older catalog; hidden otherwise."""
    version = controller.catalog.version

    def confirm() -> None:
        controller.flush()
        controller.save_field(file, path, controller.read_field(file, path), version)

    button = widgets.button(
        f"Confirm answer for catalog {version}",
        confirm,
        "Confirm that you have checked the answer against the current question",
    )

    def refresh() -> None:
        unconfirmed = any(f.rule == UNCONFIRMED_RULE for f in current().findings)
        widgets.show_if(button, visible=unconfirmed)

    controller.subscribe(refresh)
    refresh()
    return button


def _head(criterion: Criterion, found: CriterionResult) -> str:
    state = widgets.badge("met", "good") if found.met else widgets.badge("open", "bad")
    pills = " ".join(
        f"{name} {html.render_runs(level(value))}"
        for name, value in (
            ("claimed", found.claimed),
            ("supported", found.supported),
            ("effective", found.effective),
        )
    )
    return (
        f'<div class="bar-line"><strong>{escape(criterion.title)}</strong> '
        f'<span class="muted">{escape(criterion.basis)}</span> {state}'
        f'<span class="right">{pills} <span class="muted">needs {found.needed}</span></span></div>'
        f"<p>{escape(criterion.question)}</p>"
    )


def _guidance(criterion: Criterion) -> str:
    return (
        "<details><summary>Guidance</summary>"
        f"<p><strong>Validators look for:</strong> {escape(criterion.looks_for)}</p>"
        f"<p><strong>Typical gaps:</strong> {escape(criterion.fails)}</p>"
        f'<p class="muted">Typical artefacts: {escape("; ".join(criterion.artefacts))}.</p>'
        "</details>"
    )


def _level_descriptions(criterion: Criterion, found: CriterionResult) -> str:
    """Describe the claimed level and the next one; without a claim, the level that is needed."""
    claimed = found.claimed
    if claimed is None:
        description = escape(criterion.levels[found.needed])
        return f'<p class="muted">Level {found.needed} looks like this: {description}</p>'
    text = f"<p>{html.render_runs(level(claimed))} {escape(criterion.levels[claimed])}</p>"
    if claimed < 4:
        following = escape(criterion.levels[claimed + 1])
        text += f'<p class="muted">Next: {html.render_runs(level(claimed + 1))} {following}</p>'
    return text


def _open_findings(found: CriterionResult) -> str:
    """List the findings that explain the level, without those that are met."""
    return widgets.finding_list(f for f in found.findings if f.outcome is not Outcome.MET)
