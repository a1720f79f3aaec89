"""The card of one criterion: the claimed level, the answer, the evidence, who and when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as w

from calib.catalog.migration import UNCONFIRMED
from calib.forms import widgets
from calib.forms.controller import Desk
from calib.forms.evidence import evidence_field
from calib.forms.field_binding import PAUSE, Bound, as_text, some
from calib.model import Control, Criterion, CriterionResult, Outcome
from calib.render import html
from calib.render.document import level
from calib.render.escape import escape
from calib.render.findings import finding_runs
from calib.yamledit.fieldpath import Place

_UNSAID = -1


def build_criterion(desk: Desk, control: Control, criterion: Criterion, file: str) -> Any:
    """Build the card of a criterion."""
    base: Place = ("criteria", criterion.id)

    def found() -> CriterionResult:
        return next(
            c for c in desk.result.control(control.id).criteria if c.criterion == criterion.id
        )

    picker, answer = _claim(desk, file, base), widgets.textarea(4)
    owner, why = widgets.text(), widgets.text()
    due = w.DatePicker(layout=w.Layout(width="100%"))
    for field, key in ((answer, "answer"), (owner, "owner"), (why, "not_applicable")):
        Bound(desk, field, file, (*base, key), as_text, some, pause=PAUSE)
    Bound(desk, due, file, (*base, "due"), widgets.as_date, widgets.from_date)
    return widgets.stack(
        widgets.panel(desk, lambda: _head(criterion, found())),
        widgets.html(_looks_for(criterion)),
        picker,
        widgets.panel(desk, lambda: _levels(criterion, found())),
        widgets.labelled(
            "Answer", answer, "Working notes: what you do, in which document it stands"
        ),
        evidence_field(desk, file, (*base, "evidence")),
        widgets.row(
            widgets.labelled("Owner", owner),
            widgets.labelled("Due", due),
            widgets.labelled("Not applicable, because", why),
            kind="calib-thirds",
        ),
        widgets.panel(desk, lambda: _findings(found())),
        _confirmation(desk, found, file, (*base, "catalog_version")),
        kind="calib-card",
    )


def _confirmation(desk: Desk, found: Callable[[], CriterionResult], file: str, place: Place) -> Any:
    """Offer to confirm an answer of an older catalog; seen only where that is still to be done."""
    version = desk.catalog.version

    def confirm() -> None:
        desk.flush()
        desk.save(file, place, desk.value(file, place), version)

    button = widgets.button(
        f"The answer holds for catalog {version}",
        confirm,
        "Confirm that you have read the answer against what is asked now",
    )

    def refresh() -> None:
        waits = any(f.rule == UNCONFIRMED for f in found().findings)
        button.layout.display = None if waits else "none"

    desk.listen(refresh)
    refresh()
    return button


def _claim(desk: Desk, file: str, base: Place) -> Any:
    names = [level.name for level in desk.catalog.levels]
    picker = widgets.choices(
        [("not said", _UNSAID), *((f"{n} {name}", n) for n, name in enumerate(names))],
        "Claimed level",
    )
    Bound(
        desk,
        picker,
        file,
        (*base, "claimed_level"),
        lambda v: _UNSAID if v is None else v,
        lambda v: None if v == _UNSAID else v,
    )
    return picker


def _head(criterion: Criterion, found: CriterionResult) -> str:
    stands = widgets.badge("met", "good") if found.met else widgets.badge("open", "bad")
    pills = " ".join(
        f"{name} {html.runs_html(level(value))}"
        for name, value in (
            ("claimed", found.claimed),
            ("supported", found.supported),
            ("effective", found.effective),
        )
    )
    return (
        f'<div class="bar-line"><strong>{escape(criterion.title)}</strong> '
        f'<span class="muted">{escape(criterion.basis)}</span> {stands}'
        f'<span class="right">{pills} <span class="muted">needs {found.needed}</span></span></div>'
        f"<p>{escape(criterion.question)}</p>"
    )


def _looks_for(criterion: Criterion) -> str:
    return (
        "<details><summary>What a validator looks for</summary>"
        f"<p>{escape(criterion.looks_for)} {escape(criterion.fails)}</p>"
        f'<p class="muted">Typical artefacts: {escape("; ".join(criterion.artefacts))}.</p>'
        "</details>"
    )


def _levels(criterion: Criterion, found: CriterionResult) -> str:
    """Show what the claimed level looks like, and the next one."""
    claimed = found.claimed
    if claimed is None:
        looks = escape(criterion.levels[found.needed])
        return f'<p class="muted">Level {found.needed} looks like this: {looks}</p>'
    text = f"<p>{html.runs_html(level(claimed))} {escape(criterion.levels[claimed])}</p>"
    if claimed < 4:
        following = escape(criterion.levels[claimed + 1])
        text += f'<p class="muted">Next: {html.runs_html(level(claimed + 1))} {following}</p>'
    return text


def _findings(found: CriterionResult) -> str:
    """Say below the fields why it stands where it stands; what is met needs no words."""
    rows = "".join(
        f"<li>{html.runs_html(finding_runs(f))}</li>"
        for f in found.findings
        if f.outcome is not Outcome.MET
    )
    return f'<ul class="findings">{rows}</ul>' if rows else ""
