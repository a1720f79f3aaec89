"""The form of the case studies: candidates and the four, with a verdict for each and the set."""

from __future__ import annotations

import json
import re
from typing import Any

import ipywidgets as w

from calib.forms import widgets
from calib.forms.controller import Desk
from calib.forms.evidence import evidence_field
from calib.forms.field_binding import PAUSE, Bound, as_text
from calib.forms.multi_select import chosen_freely, chosen_from
from calib.forms.navigation import STUDIES, form
from calib.model import StudyResult, StudyStatus
from calib.render import html
from calib.render.document import Bullets, Callout, paragraph
from calib.render.escape import escape
from calib.render.findings import finding_runs
from calib.render.sections.best_four import best_four

_SLUG = 56
_TEXTS = (
    ("challenge", "Challenge", "What hurt, for whom, and how much"),
    ("solution", "Solution", "What was built, and what the model does in it"),
    ("results", "Results", "What changed for the customer, in numbers"),
)


def build_studies(desk: Desk) -> Any:
    """Build the form of the case studies."""
    cards: dict[str, Any] = {}
    box = widgets.stack()

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
    head = widgets.stack(widgets.panel(desk, lambda: _head(desk)), _taking(desk))
    return form(desk, STUDIES, head, box, _adding(desk))


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
    which = "submitted examples qualify."
    if found.chosen_by_program:
        which = "examples qualify together as they stand. No study is marked as submitted yet."
    findings = Bullets(tuple(finding_runs(f) for f in found.findings))
    callout = Callout(tone, word, (paragraph(f"Needed: {rules}"), findings))
    blocks = (callout, *best_four(desk.result, desk.catalog, linked=False))
    return (
        f"<h2>Case studies</h2><p><strong>{found.qualified_count} of {found.needed}</strong> "
        f"{which}</p>{''.join(map(html.block_html, blocks))}"
    )


def _taking(desk: Desk) -> Any:
    """Offer to submit the best four, where they qualify and are not what is submitted."""

    def take() -> None:
        desk.flush()
        best = {lead.slug: lead for lead in desk.result.qualification.best[0].leads}
        for study in desk.assessment.case_studies:
            lead, file = best.get(study.slug), f"case_studies/{study.slug}.yaml"
            status = StudyStatus.SUBMITTED if lead else StudyStatus.CANDIDATE
            wanted: dict[str, Any] = {"status": status.value}
            if lead and lead.instead_of:
                others = [s for s in study.could_lead if s != lead.service]
                wanted |= {
                    "primary_service": lead.service,
                    "could_lead": [study.primary_service, *others],
                }
            for key, value in wanted.items():
                seen = desk.value(file, (key,))
                if seen != value:
                    desk.save(file, (key,), seen, value)

    offer = widgets.button("Submit these four", take, "The others become candidates", primary=True)

    def show() -> None:
        found = desk.result.qualification
        offered = bool(found.best) and not found.change and not found.best[0].submitted
        offer.layout.display = "" if offered else "none"

    desk.listen(show)
    show()
    return offer


def _study(desk: Desk, slug: str) -> StudyResult | None:
    return next((s for s in desk.result.qualification.studies if s.slug == slug), None)


def _verdict(desk: Desk, slug: str) -> str:
    study = _study(desk, slug)
    if study is None:
        return ""
    word = widgets.badge("qualifies", "good") if study.qualified else widgets.badge("open", "bad")
    status = widgets.badge(study.stands, "info")
    reasons = "".join(f"<li>{html.runs_html(finding_runs(f))}</li>" for f in study.findings)
    return (
        f'<div class="bar-line"><strong>{escape(study.title or slug)}</strong> {status} {word}'
        f"</div><ul>{reasons}</ul>"
    )


def _card(desk: Desk, slug: str) -> Any:
    panel = widgets.panel(desk, lambda: _verdict(desk, slug))
    return widgets.stack(
        panel, widgets.opened_late("Edit", lambda: _fields(desk, slug)), kind="calib-card"
    )


def _fields(desk: Desk, slug: str) -> Any:
    file = f"case_studies/{slug}.yaml"
    families = [f.name for f in desk.catalog.qualification.families]
    title, customer, moved = (widgets.text() for _ in range(3))
    lead = w.Combobox(options=families, ensure_option=False, layout=w.Layout(width="100%"))
    status = widgets.choices([(s.value, s.value) for s in StudyStatus], "Status")
    Bound(desk, status, file, ("status",), lambda v: v or StudyStatus.CANDIDATE.value)
    texts = (
        (title, "title"),
        (customer, "customer"),
        (lead, "primary_service"),
        (moved, "migrated_from"),
    )
    for widget, key in texts:
        Bound(desk, widget, file, (key,), as_text, str, pause=PAUSE)
    services, could, stack, kinds = _lists(desk, file, families)
    return widgets.stack(
        widgets.row(
            widgets.labelled("Title", title),
            widgets.labelled("Customer", customer),
            kind="calib-thirds",
        ),
        status,
        *_texts(desk, file),
        widgets.row(
            services,
            widgets.labelled("Leads with", lead, "One of the services"),
            could,
            stack,
            kinds,
            widgets.labelled("Migrated from", moved, "Where it ran before, if elsewhere"),
            kind="calib-thirds",
        ),
        evidence_field(desk, file, ("evidence",)),
        _moving(desk, slug, file),
    )


def _lists(desk: Desk, file: str, families: list[str]) -> list[Any]:
    """Make the fields that hold several entries each."""
    known = desk.catalog.qualification.kinds
    names = {k.id: k.name for k in known}
    kinds = chosen_from("Kinds of solution", [(k.name, k.id) for k in known], "Choose a kind")
    kinds.name = lambda name: names.get(name, name)
    typed = "Type or choose a service, then Enter"
    lists = {
        "services": chosen_freely("Services", families, typed),
        "could_lead": chosen_freely("Could lead with as well", families, "Others of its services"),
        "tech_stack": chosen_freely("Tech stack", [], "A model, library or tool, then Enter"),
        "solution_types": kinds,
    }
    for key, chosen in lists.items():
        Bound(desk, chosen, file, (key,), lambda v: list(v or []), list)
    return [chosen.box for chosen in lists.values()]


def _texts(desk: Desk, file: str) -> list[Any]:
    areas = []
    for key, label, hint in _TEXTS:
        area = widgets.textarea(4)
        Bound(desk, area, file, (key,), as_text, str, pause=PAUSE)
        areas.append(widgets.labelled(label, area, hint))
    return areas


def _moving(desk: Desk, slug: str, file: str) -> Any:
    """Offer to move a study up or down, or to drop it."""

    def move(by: int) -> None:
        desk.flush()
        slugs = sorted(
            (s.slug for s in desk.assessment.case_studies), key=lambda s: _order(desk, s)
        )
        at = slugs.index(slug)
        to = min(max(at + by, 0), len(slugs) - 1)
        slugs.insert(to, slugs.pop(at))
        for number, name in enumerate(slugs, start=1):
            path = f"case_studies/{name}.yaml"
            seen = desk.value(path, ("order",))
            if seen != number:
                desk.save(path, ("order",), seen, number)

    def drop() -> None:
        desk.flush()
        desk.act(lambda store: store.remove(file), "Dropped; Undo brings it back.")

    return widgets.row(
        widgets.button("Move up", lambda: move(-1)),
        widgets.button("Move down", lambda: move(1)),
        widgets.button("Drop", drop, "Moves the file out of sight; Undo brings it back"),
    )


_BLANK = """\
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


def _adding(desk: Desk) -> Any:
    title = widgets.text()

    def add() -> None:
        name = " ".join(title.value.split())
        if not name:
            desk.say("Write a title for the new candidate first.", "info")
            return
        words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_SLUG].strip("-")
        taken = {s.slug for s in desk.assessment.case_studies}
        words = words or "example"
        slug = next(s for s in (words, *(f"{words}-{n}" for n in range(2, 999))) if s not in taken)
        last = max((s.order for s in desk.assessment.case_studies), default=0)
        text = _BLANK.format(title=json.dumps(name, ensure_ascii=False), order=last + 1)
        file = f"case_studies/{slug}.yaml"
        if desk.act(lambda store: store.create(file, text), "Added") is not None:
            title.value = ""

    return widgets.row(
        widgets.labelled("A new candidate", title, "Its title"),
        widgets.button("Add", add, "Adds a candidate", primary=True, reads=True),
        kind="calib-adding",
    )
