"""The form of the case studies: candidates and the four, with a live verdict for each and the set."""

from __future__ import annotations

import re
from typing import Any

import ipywidgets as w

from calib.model import StudyResult, StudyStatus
from calib.views import prose
from calib.views.blocks import Bullets, Callout, paragraph
from calib.views.forms import parts
from calib.views.forms.bound import PAUSE, Bound
from calib.views.forms.desk import Desk
from calib.views.forms.evidence import evidence_field
from calib.views.prose import escape
from calib.views.sections.middle import finding_runs

_TEXTS = (
    ("challenge", "Challenge", "What hurt, for whom, and how much"),
    ("solution", "Solution", "What was built, and what the model does in it"),
    ("results", "Results", "What changed for the customer, in numbers"),
)


def build_studies(desk: Desk) -> Any:
    """Build the form of the case studies."""
    cards: dict[str, Any] = {}
    box = parts.stack()

    def lay_out() -> None:
        slugs = [s.slug for s in desk.result.qualification.studies]
        ordered = sorted(slugs, key=lambda slug: _order(desk, slug))
        for slug in ordered:
            if slug not in cards:
                cards[slug] = _card(desk, slug)
        children = tuple(cards[slug] for slug in ordered)
        if box.children != children:
            box.children = children

    desk.listen(lay_out)
    lay_out()
    return parts.stack(
        parts.style(),
        parts.panel(desk, lambda: _head(desk)),
        parts.toolbar(desk),
        box,
        _adding(desk),
        kind="calib-form",
    )


def _order(desk: Desk, slug: str) -> tuple[int, str]:
    study = next(s for s in desk.assessment.case_studies if s.slug == slug)
    return study.order or 999, slug


def _head(desk: Desk) -> str:
    found = desk.result.qualification
    tone = "good" if found.set_qualifies else "bad"
    word = "The set qualifies" if found.set_qualifies else "The set does not qualify yet"
    rules = (
        f"{found.needed} qualified examples, each led by another AWS-native service, together "
        "showing more than one kind of solution."
    )
    findings = Bullets(tuple(finding_runs(f) for f in found.findings))
    callout = Callout(tone, word, (paragraph(f"Needed: {rules}"), findings))
    return (
        f"<h2>Case studies</h2><p><strong>{found.qualified_count} of {found.needed}</strong> "
        f"submitted examples qualify.</p>{prose.block_html(callout)}"
    )


def _study(desk: Desk, slug: str) -> StudyResult | None:
    return next((s for s in desk.result.qualification.studies if s.slug == slug), None)


def _verdict(desk: Desk, slug: str) -> str:
    study = _study(desk, slug)
    if study is None:
        return ""
    word = parts.badge("qualifies", "good") if study.qualified else parts.badge("open", "bad")
    status = parts.badge("submitted" if study.submitted else "candidate", "info")
    reasons = "".join(f"<li>{prose.runs_html(finding_runs(f))}</li>" for f in study.findings)
    return (
        f'<div class="bar-line"><strong>{escape(study.title or slug)}</strong> {status} {word}'
        f"</div><ul>{reasons}</ul>"
    )


def _card(desk: Desk, slug: str) -> Any:
    file = f"case_studies/{slug}.yaml"
    rules = desk.catalog.qualification
    title, customer, lead, moved = (parts.text() for _ in range(4))
    status = parts.choices([(s.value, s.value) for s in StudyStatus], "Status")
    services = w.TagsInput(value=[], allow_duplicates=False)
    kinds = w.TagsInput(value=[], allowed_tags=[k.id for k in rules.kinds], allow_duplicates=False)
    lead = w.Combobox(
        options=[f.name for f in rules.families], ensure_option=False,
        layout=w.Layout(width="100%"), continuous_update=True,
    )  # fmt: skip
    Bound(desk, status, file, ("status",), lambda v: v or "candidate")
    for widget, key in ((title, "title"), (customer, "customer"), (lead, "primary_service"), (moved, "migrated_from")):
        Bound(desk, widget, file, (key,), lambda v: str(v or ""), str, pause=PAUSE)
    for widget, key in ((services, "services"), (kinds, "solution_types")):
        Bound(desk, widget, file, (key,), lambda v: list(v or []), list)
    areas = []
    for key, label, hint in _TEXTS:
        area = parts.textarea(4)
        Bound(desk, area, file, (key,), lambda v: str(v or ""), str, pause=PAUSE)
        areas.append(parts.labelled(label, area, hint))
    inside = parts.stack(
        parts.row(parts.labelled("Title", title), parts.labelled("Customer", customer), kind="calib-thirds"),
        status,
        parts.row(
            parts.labelled("Services", services, "Add each service by name and Enter"),
            parts.labelled("Leads with", lead, "One of the services"),
            parts.labelled("Kinds of solution", kinds),
            kind="calib-thirds",
        ),
        *areas,
        parts.row(parts.labelled("Migrated from", moved, "Where it ran before, if elsewhere"), kind="calib-thirds"),
        evidence_field(desk, file, ("evidence",)),
        _moving(desk, slug, file),
    )  # fmt: skip
    folded = w.Accordion([inside], titles=("Edit",))
    return parts.stack(parts.panel(desk, lambda: _verdict(desk, slug)), folded, kind="calib-card")


def _moving(desk: Desk, slug: str, file: str) -> Any:
    """Offer to move a study up or down, or to drop it."""

    def move(by: int) -> None:
        slugs = sorted((s.slug for s in desk.assessment.case_studies), key=lambda s: _order(desk, s))
        at = slugs.index(slug)
        to = min(max(at + by, 0), len(slugs) - 1)
        slugs.insert(to, slugs.pop(at))
        for number, name in enumerate(slugs, start=1):
            path = f"case_studies/{name}.yaml"
            seen = desk.value(path, ("order",))
            if seen != number:
                desk.save(path, ("order",), seen, number)

    def drop() -> None:
        if desk.store is not None:
            desk.took(desk.store.remove(file))

    return parts.row(
        parts.button("Move up", lambda: move(-1)),
        parts.button("Move down", lambda: move(1)),
        parts.button("Drop", drop, "Moves the file out of sight; Undo brings it back"),
    )


def _adding(desk: Desk) -> Any:
    title = parts.text()

    def add() -> None:
        words = re.sub(r"[^a-z0-9]+", "-", title.value.lower()).strip("-")[:60]
        if not words or desk.store is None:
            return
        taken = {s.slug for s in desk.assessment.case_studies}
        slug = next(s for s in (words, *(f"{words}-{n}" for n in range(2, 99))) if s not in taken)
        file = f"case_studies/{slug}.yaml"
        order = len(taken) + 1
        text = f'title: ""\ncustomer: ""\nstatus: candidate\norder: {order}\nchallenge: ""\nsolution: ""\nresults: ""\nservices: []\nprimary_service: ""\nsolution_types: []\n'
        desk.took(desk.store.create(file, text))
        desk.save(file, ("title",), "", title.value.strip())
        title.value = ""

    return parts.row(
        parts.labelled("A new candidate", title, "Its title"),
        parts.button("Add", add, "Adds a candidate", primary=True), kind="calib-adding",
    )  # fmt: skip
