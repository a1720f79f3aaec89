"""The form of one control: what is asked, the narrative with its review beside it, the criteria."""

from __future__ import annotations

from typing import Any

import ipywidgets as w

from calib.model import Control, ControlResult, Criterion, CriterionResult, Verdict
from calib.store.place import Place
from calib.views import prose
from calib.views.blocks import level
from calib.views.forms import parts
from calib.views.forms.bound import PAUSE, Bound
from calib.views.forms.desk import Desk
from calib.views.forms.evidence import evidence_field
from calib.views.palette import VERDICT_TONES
from calib.views.prose import escape
from calib.views.sections.control import marked
from calib.views.sections.middle import finding_runs


def build_control(desk: Desk, control: Control) -> Any:
    """Build the form of a control."""
    file = f"controls/{control.id}.yaml"

    def found() -> ControlResult:
        return desk.result.control(control.id)

    cards = [_criterion(desk, control, c, file) for c in control.criteria]
    return parts.stack(
        parts.style(),
        parts.panel(desk, lambda: _head(control, found())),
        parts.toolbar(desk),
        _guide(control),
        parts.html("<h3>The narrative that will be submitted</h3>"),
        _narrative(desk, control, file),
        parts.html("<h3>Criterion by criterion</h3>"),
        *cards,
        parts.html("<h3>Third-party services</h3>"),
        _third_party(desk, file),
        kind="calib-form",
    )


def _head(control: Control, found: ControlResult) -> str:
    met = sum(c.met for c in found.criteria)
    total = len(found.criteria)
    gate = parts.badge("gate holds", "good") if found.gate else parts.badge("gate open", "bad")
    return (
        f'<p class="kicker">{escape(control.id)}</p><h2>{escape(control.title)}</h2>'
        f'<div class="bar-line">{gate} <strong>{found.gauge:.1f}</strong> of 4.0 · '
        f"{met} of {total} criteria met · {found.answered} answered · the whole text is at level "
        f"{found.level}</div>"
        f'<progress max="{total}" value="{met}" aria-label="Criteria met">{met} of {total}</progress>'
    )


def _guide(control: Control) -> Any:
    """Lay out what helps, folded away until somebody wants it."""
    steps = "".join(
        f"<li><strong>{escape(s.title)}.</strong> {escape(s.detail)} "
        f'<span class="muted">({escape(", ".join(s.serves))})</span></li>'
        for s in control.steps
    )
    links = "".join(
        f'<li>{prose.link(r.title, r.url) if r.url else escape(r.title)}: {escape(r.about)}</li>'
        for r in control.resources
    )
    good, bad = control.examples.good, control.examples.insufficient
    panes = {
        "What is asked, and why": f"<p>{escape(control.requirement)}</p>"
        f"<p><strong>To pass:</strong> {escape(control.asks_for)}</p>"
        f"<p><strong>Why:</strong> {escape(control.why)}</p>",
        "How to do it": f"<ol>{steps}</ol><p>Worth reading</p><ul>{links}</ul>",
        "A good example and one that comes back": '<div class="sides">'
        f'<div><p>{parts.badge("good", "good")} {escape(good.comment)}</p>'
        f'<div class="quoted">{prose.plain_html(good.text)}</div></div>'
        f'<div><p>{parts.badge("comes back", "bad")} {escape(bad.comment)}</p>'
        f'<div class="quoted">{prose.plain_html(bad.text)}</div></div></div>',
    }  # fmt: skip
    folded = w.Accordion([parts.html(text) for text in panes.values()], titles=tuple(panes))
    folded.selected_index = None
    return folded


def _narrative(desk: Desk, control: Control, file: str) -> Any:
    area = parts.textarea(22)
    bound = Bound(desk, area, file, ("narrative",), _text, str, pause=PAUSE)

    def compose() -> None:
        answers = [desk.assessment.response(control.id).answer(c.id).answer for c in control.criteria]
        composed = "\n\n".join(a.strip() for a in answers if a.strip())
        if composed:
            area.value = f"{area.value.strip()}\n\n{composed}".strip() + "\n"
            bound.save()

    button = parts.button(
        "Add the answers below to the text", compose,
        "Appends the answers of all criteria, one paragraph each, to edit from there",
    )  # fmt: skip
    left = parts.stack(parts.labelled("Narrative", area), button, kind="calib-half")
    shown = parts.panel(desk, lambda: _review(desk, control))
    right = parts.stack(shown, kind="calib-half")
    return parts.row(left, right, kind="calib-split")


def _review(desk: Desk, control: Control) -> str:
    """Say beside the text what it carries, with the sentence, and what is missing."""
    found = desk.result.control(control.id)
    rows = ""
    for c in found.criteria:
        said = next((f for f in c.findings if f.rule.startswith("text-")), None)
        missing = ""
        if c.verdict is not Verdict.YES and said is not None:
            missing = f'<p class="muted">{escape(said.remediation)}</p>'
        word = parts.badge(c.verdict, VERDICT_TONES[c.verdict])
        rows += f"<li>{word} {escape(c.title)}{missing}</li>"
    text = prose.block_html(marked(found)) if found.narrative.strip() else "<p>Nothing is written yet.</p>"
    return (
        '<p class="callout-title">What the text carries</p>'
        f'<ul class="verdicts">{rows}</ul><details><summary>The text with its sentences marked'
        f"</summary>{text}</details>"
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _some_text(value: str) -> str | None:
    return value if value.strip() else None


def _criterion(desk: Desk, control: Control, criterion: Criterion, file: str) -> Any:
    base: Place = ("criteria", criterion.id)

    def found() -> CriterionResult:
        return next(
            c for c in desk.result.control(control.id).criteria if c.criterion == criterion.id
        )

    names = [level.name for level in desk.catalog.levels]
    picker = parts.choices(
        [("not said", None), *((f"{n} {name}", n) for n, name in enumerate(names))],
        "Claimed level", ["Nothing is claimed", *criterion.levels],
    )  # fmt: skip
    answer, owner, why = parts.textarea(3), parts.text(), parts.text()
    due = w.DatePicker(layout=w.Layout(width="100%"))
    Bound(desk, picker, file, (*base, "claimed_level"))
    Bound(desk, answer, file, (*base, "answer"), _text, _some_text, pause=PAUSE)
    Bound(desk, owner, file, (*base, "owner"), _text, _some_text, pause=PAUSE)
    Bound(desk, due, file, (*base, "due"), parts.as_date, parts.from_date)
    Bound(desk, why, file, (*base, "not_applicable"), _text, _some_text, pause=PAUSE)
    return parts.stack(
        parts.panel(desk, lambda: _criterion_head(criterion, found())),
        picker,
        parts.panel(desk, lambda: _levels(criterion, found())),
        parts.labelled("Answer", answer, "Working notes: what you do, in which document it stands"),
        evidence_field(desk, file, (*base, "evidence")),
        parts.row(
            parts.labelled("Owner", owner),
            parts.labelled("Due", due),
            parts.labelled("Not applicable, because", why),
            kind="calib-thirds",
        ),
        kind="calib-card",
    )


def _criterion_head(criterion: Criterion, found: CriterionResult) -> str:
    stands = parts.badge("met", "good") if found.met else parts.badge("open", "bad")
    pills = " ".join(
        f"{name} {prose.runs_html(level(value))}"
        for name, value in (
            ("claimed", found.claimed),
            ("supported", found.supported),
            ("effective", found.effective),
        )
    )
    findings = "".join(
        f"<li>{prose.runs_html(finding_runs(f))}</li>" for f in found.findings
    )
    return (
        f'<div class="bar-line"><strong>{escape(criterion.title)}</strong> '
        f'<span class="muted">{escape(criterion.basis)}</span> {stands}'
        f'<span class="right">{pills} <span class="muted">needs {found.needed}</span></span></div>'
        f"<p>{escape(criterion.question)}</p>"
        f'<details><summary>What a validator looks for, and why it stands where it stands</summary>'
        f"<p>{escape(criterion.looks_for)} {escape(criterion.fails)}</p>"
        f'<p class="muted">Typical artefacts: {escape("; ".join(criterion.artefacts))}.</p>'
        f"<ul>{findings}</ul></details>"
    )


def _levels(criterion: Criterion, found: CriterionResult) -> str:
    """Show what the claimed level looks like, and the next one."""
    claimed = found.claimed
    if claimed is None:
        return f'<p class="muted">Level {found.needed} looks like this: {escape(criterion.levels[found.needed])}</p>'
    text = f"<p>{prose.runs_html(level(claimed))} {escape(criterion.levels[claimed])}</p>"
    if claimed < 4:
        following = escape(criterion.levels[claimed + 1])
        text += f'<p class="muted">Next: {prose.runs_html(level(claimed + 1))} {following}</p>'
    return text


def _third_party(desk: Desk, file: str) -> Any:
    """List the services that are not AWS's own, each with its justification."""
    rows = parts.stack()
    name = parts.text()

    def lay_out() -> None:
        entries = desk.value(file, ("third_party",)) or []
        if len(entries) != len(rows.children):
            rows.children = tuple(_service(desk, file, n) for n in range(len(entries)))

    def add() -> None:
        if name.value.strip():
            entries = desk.value(file, ("third_party",)) or []
            new = {"service": name.value.strip(), "purpose": "", "justification": ""}
            desk.save(file, ("third_party",), entries, [*entries, new])
            name.value = ""
            lay_out()

    desk.listen(lay_out)
    lay_out()
    about = parts.html(f'<p class="muted">{escape(desk.catalog.third_party.rule)}</p>')
    adding = parts.row(parts.labelled("Service", name, "such as a vector store or a model API"),
                       parts.button("Add", add, "Add this service"), kind="calib-adding")  # fmt: skip
    return parts.stack(about, rows, adding)


def _service(desk: Desk, file: str, number: int) -> Any:
    place: Place = ("third_party", number)
    purpose, why = parts.text(), parts.textarea(3)
    Bound(desk, purpose, file, (*place, "purpose"), _text, str, pause=PAUSE)
    Bound(desk, why, file, (*place, "justification"), _text, str, pause=PAUSE)
    name = w.Label(_text(desk.value(file, (*place, "service"))))

    def remove() -> None:
        entries = desk.value(file, ("third_party",)) or []
        left = [e for n, e in enumerate(entries) if n != number]
        desk.save(file, ("third_party",), entries, left or None)

    return parts.stack(
        parts.row(name, parts.button("Remove", remove)),
        parts.labelled("Purpose", purpose),
        parts.labelled("Justification", why, "How it meets AWS standards and this control"),
        kind="calib-card",
    )
