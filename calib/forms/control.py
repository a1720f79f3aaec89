"""The form of one control: what is asked, the narrative with its review beside it, the criteria."""

from __future__ import annotations

from typing import Any

from calib.catalog.migration import ORPHANED
from calib.forms import widgets
from calib.forms.controller import Desk
from calib.forms.criterion import build_criterion
from calib.forms.field_binding import PAUSE, Bound, as_text
from calib.forms.navigation import form
from calib.forms.third_party import build_third_party
from calib.model import Control, ControlResult, Verdict
from calib.render import html
from calib.render.escape import escape
from calib.render.findings import finding_runs
from calib.render.palette import VERDICT_TONES
from calib.render.sections.control import marked
from calib.render.sections.narrative_marks import of_text


def build_control(desk: Desk, control: Control) -> Any:
    """Build the form of a control."""
    file = f"controls/{control.id}.yaml"

    def found() -> ControlResult:
        return desk.result.control(control.id)

    head = widgets.panel(desk, lambda: _head(control, found()))
    return form(
        desk,
        control.id,
        head,
        _guide(control),
        widgets.html("<h3>The narrative that will be submitted</h3>"),
        _narrative(desk, control, file),
        widgets.html("<h3>Criterion by criterion</h3>"),
        *(build_criterion(desk, control, c, file) for c in control.criteria),
        widgets.panel(desk, lambda: _kept(found())),
        widgets.html("<h3>Third-party services</h3>"),
        build_third_party(desk, file),
    )


def _head(control: Control, found: ControlResult) -> str:
    met = sum(c.met for c in found.criteria)
    total = len(found.criteria)
    gate = (
        widgets.badge("gate holds", "good") if found.gate else widgets.badge("gate not met", "bad")
    )
    return (
        f'<p class="kicker">{escape(control.id)}</p><h2>{escape(control.title)}</h2>'
        f'<div class="bar-line">{gate} <strong>{found.gauge:.1f}</strong> of 4.0 · '
        f"{met} of {total} criteria met · {found.answered} answered · the whole text is at level "
        f"{found.level}</div>"
        f'<progress max="{total}" value="{met}" aria-label="Criteria met">{met}</progress>'
    )


def _kept(found: ControlResult) -> str:
    """List the answers that an older catalog asked for; nothing shows where there are none."""
    kept = (f for f in found.findings if f.rule.startswith(ORPHANED))
    rows = "".join(f"<li>{html.runs_html(finding_runs(f))}</li>" for f in kept)
    return f'<h3>Kept from an older catalog</h3><ul class="findings">{rows}</ul>' if rows else ""


def _guide(control: Control) -> Any:
    """Lay out what helps, folded away until somebody wants it."""
    steps = "".join(
        f"<li><strong>{escape(s.title)}.</strong> {escape(s.detail)} "
        f'<span class="muted">({escape(", ".join(s.serves))})</span></li>'
        for s in control.steps
    )
    links = "".join(
        f"<li>{html.link(r.title, r.url) if r.url else escape(r.title)}: {escape(r.about)}</li>"
        for r in control.resources
    )
    good, bad = control.examples.good, control.examples.insufficient
    panes = {
        "What is asked, and why": f"<p>{escape(control.requirement)}</p>"
        f"<p><strong>To pass:</strong> {escape(control.asks_for)}</p>"
        f"<p><strong>Why:</strong> {escape(control.why)}</p>",
        "How to do it": f"<ol>{steps}</ol><p>Worth reading</p><ul>{links}</ul>",
        "A good example and one that comes back": '<div class="sides">'
        f"<div><p>{widgets.badge('good', 'good')} {escape(good.comment)}</p>"
        f'<div class="quoted">{html.plain_html(good.text)}</div></div>'
        f"<div><p>{widgets.badge('comes back', 'bad')} {escape(bad.comment)}</p>"
        f'<div class="quoted">{html.plain_html(bad.text)}</div></div></div>',
    }
    return widgets.folded({title: widgets.html(text) for title, text in panes.items()})


def _narrative(desk: Desk, control: Control, file: str) -> Any:
    area = widgets.textarea(22)
    bound = Bound(desk, area, file, ("narrative",), as_text, str, pause=PAUSE)

    def compose() -> None:
        desk.flush()
        response = desk.assessment.response(control.id)
        answers = [response.answer(c.id).answer.strip() for c in control.criteria]
        new = [a for a in answers if a and a not in area.value]
        if new:
            area.value = "\n\n".join([t for t in (area.value.strip(), *new) if t]) + "\n"
            bound.save()
        else:
            desk.say("Every answer stands in the text already, or none is written yet.", "info")

    button = widgets.button(
        "Add the answers below to the text",
        compose,
        "Appends the answers of all criteria, one paragraph each, to edit from there",
    )
    left = widgets.stack(widgets.labelled("Narrative", area), button, kind="calib-half")

    def marks() -> str:
        found = desk.result.control(control.id)
        return html.block_html(marked(found)) if found.narrative.strip() else "<p>No text yet.</p>"

    shown = widgets.panel(desk, lambda: _review(desk, control))
    text = widgets.folded({"The text with its sentences marked": widgets.panel(desk, marks)})
    right = widgets.stack(shown, text, kind="calib-half")
    return widgets.row(left, right, kind="calib-split")


def _review(desk: Desk, control: Control) -> str:
    """Say beside the text what it carries, with the sentence, and what is missing."""
    found = desk.result.control(control.id)
    rows = ""
    for c in found.criteria:
        said = of_text(c)
        more = ""
        if said is not None and said.subject.span is not None:
            span = said.subject.span
            sentence = " ".join(found.narrative[span.start : span.end].split())
            more += f'<p class="quote">“{escape(sentence)}”</p>'
        if said is not None and c.verdict is not Verdict.YES:
            more += f'<p class="muted">{escape(said.remediation)}</p>'
        word = widgets.badge(c.verdict, VERDICT_TONES[c.verdict])
        rows += f"<li>{word} {escape(c.title)}{more}</li>"
    whole = "".join(
        f"<li>{html.runs_html(finding_runs(f))}</li>"
        for f in found.findings
        if f.subject.place == "narrative" and f.rule != "no-narrative"
    )
    return f'<p class="callout-title">What the text carries</p><ul class="verdicts">{rows}</ul>' + (
        f'<ul class="findings">{whole}</ul>' if whole else ""
    )
