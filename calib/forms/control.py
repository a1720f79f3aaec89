"""The form of one control: guidance, narrative with review, criteria, third-party services."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as w

from calib.catalog.migration import ORPHANED_RULE_PREFIX
from calib.forms import widgets
from calib.forms.controller import FormController
from calib.forms.criterion import build_criterion
from calib.forms.field_binding import bind_text
from calib.forms.form import Displayable
from calib.forms.navigation import build_form
from calib.forms.third_party import build_third_party
from calib.model import Control, ControlResult, Verdict
from calib.render import html
from calib.render.escape import escape
from calib.render.narrative import marked_narrative
from calib.render.narrative_marks import find_review_finding
from calib.render.points import control_example_word, count_example_bar, our_bar_badges


def build_control(controller: FormController, control: Control) -> Displayable:
    """Build the form of a control."""
    file = f"controls/{control.id}.yaml"

    def current() -> ControlResult:
        return controller.result.control(control.id)

    narrative, append = _narrative(controller, control, file)
    return build_form(
        controller,
        control.id,
        widgets.panel(controller, lambda: _head(control, current())),
        _guidance(control),
        widgets.html("<h3>Narrative to submit</h3>"),
        narrative,
        widgets.html("<h3>Criteria</h3>"),
        *(build_criterion(controller, control, c, file, append) for c in control.criteria),
        widgets.panel(controller, lambda: _orphaned_answers(current())),
        widgets.html("<h3>Third-party services</h3>"),
        build_third_party(controller, file),
    )


def _head(control: Control, found: ControlResult) -> str:
    met, total = sum(c.met for c in found.criteria), len(found.criteria)
    narrative = f"narrative at level {found.level}" if found.judged else "narrative not judged"
    return (
        f'<p class="kicker">{escape(control.id)}</p><h2>{escape(control.title)}</h2>'
        f'<div class="bar-line">our bar {widgets.gate_badge(met=found.gate)} '
        f"example bar {_example_bar(found)} <strong>{found.gauge:.1f}</strong> of 4.0 · "
        f"{met} of {total} criteria met · {found.answered} answered · {narrative}</div>"
        f'<progress max="{total}" value="{met}" aria-label="Criteria met">{met}</progress>'
    )


def _example_bar(found: ControlResult) -> str:
    word = control_example_word(found)
    reached, asked = count_example_bar(found.criteria)
    return f"{widgets.badge(word, 'good' if found.example_bar else 'warn')} ({reached} of {asked})"


def _orphaned_answers(found: ControlResult) -> str:
    """List the answers to criteria that the catalog no longer has."""
    orphaned = (f for f in found.findings if f.rule.startswith(ORPHANED_RULE_PREFIX))
    rows = widgets.finding_list(orphaned)
    return f"<h3>Kept from an older catalog</h3>{rows}" if rows else ""


def _guidance(control: Control) -> w.Accordion:
    """Build the panes that explain the control; they are closed at first."""
    steps = "".join(
        f"<li><strong>{escape(s.title)}.</strong> {escape(s.detail)} "
        f'<span class="muted">({escape(", ".join(s.serves))})</span></li>'
        for s in control.steps
    )
    links = ""
    for resource in control.resources:
        title = escape(resource.title)
        if resource.url:
            title = html.render_link(resource.title, resource.url)
        links += f"<li>{title}: {escape(resource.about)}</li>"
    good, bad = control.examples.good, control.examples.insufficient
    panes = {
        "Requirement and reason": f"<p>{escape(control.requirement)}</p>"
        f"<p><strong>To pass:</strong> {escape(control.asks_for)}</p>"
        f"<p><strong>Why:</strong> {escape(control.why)}</p>",
        "How to do it": f"<ol>{steps}</ol><p>Further reading</p><ul>{links}</ul>",
        "A good and an insufficient example": '<div class="sides">'
        f"<div><p>{widgets.badge('good', 'good')} {escape(good.comment)}</p>"
        f'<div class="quoted">{html.render_text(good.text)}</div></div>'
        f"<div><p>{widgets.badge('insufficient', 'bad')} {escape(bad.comment)}</p>"
        f'<div class="quoted">{html.render_text(bad.text)}</div></div></div>',
    }
    return widgets.accordion({title: widgets.html(text) for title, text in panes.items()})


def _narrative(
    controller: FormController, control: Control, file: str
) -> tuple[w.HBox, Callable[[Sequence[str]], None]]:
    """Build the narrative field with its review, and return the function that adds paragraphs."""
    area = widgets.text_area(22)
    binding = bind_text(controller, area, file, ("narrative",))

    def append(paragraphs: Sequence[str]) -> None:
        area.value = "\n\n".join([t for t in (area.value.strip(), *paragraphs) if t]) + "\n"
        binding.save()

    def append_answers() -> None:
        controller.flush()
        response = controller.assessment.response(control.id)
        answers = [response.answer(c.id).answer.strip() for c in control.criteria]
        new = [a for a in answers if a and a not in area.value]
        if new:
            append(new)
        else:
            controller.show_status(
                "All answers are already in the narrative, or none has been written.", "info"
            )

    button = widgets.button(
        "Copy answers into narrative",
        append_answers,
        "Append the answers of all criteria, one paragraph each, as a draft to edit",
    )
    field = widgets.stack(widgets.labelled_field("Narrative", area), button, kind="calib-half")

    def marked() -> str:
        found = controller.result.control(control.id)
        if not found.narrative.strip():
            return "<p>No narrative yet.</p>"
        return html.render_block(marked_narrative(found))

    review = widgets.panel(controller, lambda: _review(controller.result.control(control.id)))
    pane = widgets.accordion({"Narrative with marked sentences": widgets.panel(controller, marked)})
    box = widgets.row(field, widgets.stack(review, pane, kind="calib-half"), kind="calib-split")
    return box, append


def _review(found: ControlResult) -> str:
    """Show the verdict on each criterion, with the deciding sentence or the gap."""
    rows = ""
    for criterion in found.criteria:
        finding = find_review_finding(criterion)
        details = ""
        if finding is not None and finding.subject.span is not None:
            span = finding.subject.span
            sentence = " ".join(found.narrative[span.start : span.end].split())
            details += f'<p class="quote">“{escape(sentence)}”</p>'
        if finding is not None and criterion.verdict is not Verdict.YES:
            details += f'<p class="muted">{escape(finding.remediation)}</p>'
        verdict = html.render_runs(our_bar_badges(criterion))
        rows += f"<li>{verdict} {escape(criterion.title)}{details}</li>"
    # "No narrative" is left out: the verdicts show it already.
    general = widgets.finding_list(
        f for f in found.findings if f.subject.place == "narrative" and f.rule != "no-narrative"
    )
    title = '<p class="callout-title">Review of the narrative</p>'
    return f'{title}<ul class="verdicts">{rows}</ul>{general}'
