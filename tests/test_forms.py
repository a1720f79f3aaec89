"""The forms without a browser: what a click or a key changes in the files and on the panels."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import html
import re
from datetime import UTC, datetime
from types import SimpleNamespace
from zipfile import ZipFile

import ipywidgets
import pytest
import yaml

from calib.errors import BadInput
from calib.files import strict_yaml
from calib.forms import Form, FormController, case_studies, control, kernel_session, plan, start
from calib.forms.draft_review import describe_draft
from calib.forms.evidence import build_register
from calib.model import PointState
from calib.render.narrative_marks import number_sentences
from calib.render.points import POINT_ICONS, POINT_WORDS
from calib.resources import resource_path
from calib.review import review
from calib.review.marks import sentence_spans
from calib.store.locate import EXAMPLES
from tests.conftest import TODAY

CONTROL = "controls/GENAIPR-001.yaml"
BASE = ("criteria", "methodology")


@pytest.fixture
def controller(halfway, catalog):
    return FormController(halfway, catalog, TODAY, "Ada")


def again(controller, author="Ben"):
    return FormController(controller.folder, controller.catalog, TODAY, author)


def walk(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from walk(child)


def fields(form, label):
    """The fields of a label; those of a list of choices are not among them."""
    return [one for one in walk(form) if getattr(one, "description", None) == label]


def press(form, label, nth=0):
    found = [b for b in fields(form, label) if hasattr(b, "click")]
    found[nth].click()


def card(form, text):
    """The innermost card that a text stands in, opened."""
    found = [
        one for one in walk(form)
        if "calib-card" in getattr(one, "_dom_classes", ()) and text in shown(one)
    ]  # fmt: skip
    mine = min(found, key=lambda one: len(shown(one)))
    for one in walk(mine):
        if type(one).__name__ == "Accordion":
            one.selected_index = 0
            break
    return mine


def shown(form):
    """Everything that people read: HTML of panels and outputs."""
    texts = [one.value for one in walk(form) if type(one).__name__ == "HTML"]
    for one in walk(form):
        texts.extend(o["data"]["text/html"] for o in getattr(one, "outputs", ()))
    return "\n".join(t for t in texts if not t.startswith("<style>"))


def on_disk(controller, file, *place):
    value = strict_yaml.read_yaml(controller.folder / file).value
    for step in place:
        value = value[step]
    return value


def answered(controller, name="methodology"):
    return on_disk(controller, CONTROL, "criteria", name)


def upload(widget, name, content):
    item = {"name": name, "content": memoryview(content), "type": "", "size": len(content)}
    widget.set_trait("value", ({**item, "last_modified": datetime(2026, 11, 22, tzinfo=UTC)},))


@pytest.fixture
def form(controller):
    return control.build_control(controller, controller.catalog.controls[0])


# --- a control ---


def test_a_claimed_level_is_saved_and_moves_the_panel(controller, form):
    before = shown(form)
    picker = fields(form, "Claimed level")[0]
    picker.value = 1
    assert answered(controller)["claimed_level"] == 1
    after = shown(form)
    assert after != before
    assert "Saved" in after
    assert 'claimed <span class="level l1">1</span>' in after
    picker.value = -1
    assert "claimed_level" not in answered(controller)


def test_text_fields_are_saved_where_they_belong(controller, form):
    for label, key, value in (
        ("Answer", "answer", "We follow <b>handbook</b> v4.\nSecond line."),
        ("Owner", "owner", "Marisol: Trent"),
        ("Reason if not applicable", "not_applicable", "we do none of this"),
    ):
        field = fields(form, label)[0]
        field.value = value
        assert answered(controller)[key] == value
        field.value = "  "
        assert key not in answered(controller), "an emptied field goes"
    due = fields(form, "Due")[0]
    due.value = TODAY
    assert answered(controller)["due"] == "2026-11-22"
    due.value = None
    assert "due" not in answered(controller)


def test_the_narrative_moves_the_verdicts_beside_it(controller, form):
    area = fields(form, "Narrative")[0]
    before = shown(form)
    area.value = "We have nothing to say."
    assert on_disk(controller, CONTROL, "narrative") == "We have nothing to say."
    after = shown(form)
    assert before.count('class="badge good">yes') > after.count('class="badge good">yes')
    assert not controller.result.controls[0].gate


def test_answers_are_added_to_the_text_once(controller, form):
    area = fields(form, "Narrative")[0]
    area.value = "Start."
    for _ in range(2):
        press(form, "Copy answers into narrative")
    text = on_disk(controller, CONTROL, "narrative")
    assert text.startswith("Start.")
    assert text.count("gate checklist in section 2") == 1
    assert "already" in shown(form)


def adders(form, label="Evidence"):
    return [one for one in fields(form, label) if type(one).__name__ == "Dropdown"]


def test_evidence_is_linked_and_unlinked(controller, form):
    adder = adders(form)[0]
    adder.value = "launch-runbook"
    assert answered(controller)["evidence"] == ["delivery-handbook", "launch-runbook"]
    assert adder.value == "", "the list is ready for the next"
    mine = card(form, "Written methodology")
    name = next(e.title for e in controller.assessment.evidence if e.id == "delivery-handbook")
    press(mine, f"{name} ×" if len(name) <= 60 else f"{name[:59]}… ×")
    assert answered(controller)["evidence"] == ["launch-runbook"]


def test_an_upload_is_registered_and_linked(controller, form):
    button = fields(form, "Upload a file")[0]
    upload(button, "Q4 Report (final).pdf", b"%PDF-1.7 new")
    name = answered(controller)["evidence"][-1]
    entry = next(e for e in on_disk(controller, "evidence.yaml", "evidence") if e["id"] == name)
    assert (controller.folder / entry["file"]).read_bytes() == b"%PDF-1.7 new"
    assert entry["sha256"] == hashlib.sha256(b"%PDF-1.7 new").hexdigest()
    assert entry["dated"] == TODAY.isoformat()
    assert entry["title"] == "Q4 Report (final).pdf"
    assert "unchanged" in shown(form)
    count = len(on_disk(controller, "evidence.yaml", "evidence"))
    upload(fields(form, "Upload a file")[1], "Q4 Report (final).pdf", b"%PDF-1.7 new")
    assert len(on_disk(controller, "evidence.yaml", "evidence")) == count, "the same file is known"
    assert answered(controller, "readiness-data")["evidence"][-1] == name
    press(form, "Undo")
    assert name not in answered(controller, "readiness-data")["evidence"]


def test_third_party_services_come_and_go(controller, form):
    assert not on_disk(controller, CONTROL).get("third_party")
    fields(form, "Service")[0].value = "Vector<Store>"
    press(form, "Add service")
    fields(form, "Purpose")[-1].value = "Search"
    fields(form, "Justification")[-1].value = "It runs in our account."
    assert on_disk(controller, CONTROL, "third_party") == [
        {
            "service": "Vector<Store>",
            "purpose": "Search",
            "justification": "It runs in our account.",
        }
    ]
    fields(form, "Service")[0].value = "Second"
    press(form, "Add service")
    press(form, "Remove", 0)
    assert [e["service"] for e in on_disk(controller, CONTROL, "third_party")] == ["Second"]
    assert fields(form, "Purpose")[-1].value == ""
    press(form, "Undo")
    assert [e["service"] for e in on_disk(controller, CONTROL, "third_party")] == [
        "Vector<Store>",
        "Second",
    ]
    assert fields(form, "Purpose")[0].value == "Search"


def test_undo_and_redo(controller, form):
    before = (controller.folder / CONTROL).read_bytes()
    picker = fields(form, "Claimed level")[0]
    picker.value = 0
    press(form, "Undo")
    assert (controller.folder / CONTROL).read_bytes() == before
    assert picker.value == 3
    press(form, "Redo")
    assert answered(controller)["claimed_level"] == 0
    assert picker.value == 0
    press(form, "Redo")
    assert "Nothing to redo" in shown(form)


# --- points, marks on sentences, and answers as drafts ---


def criterion_of(controller, name):
    return next(c for c in controller.result.controls[0].criteria if c.criterion == name)


def point_of(controller, criterion, point):
    return next(p for p in criterion_of(controller, criterion).points if p.point == point)


@pytest.fixture
def overlooked(controller):
    """A criterion and a point that the narrative misses, with a sentence that shows the point."""
    definition = controller.catalog.controls[0]
    for criterion in controller.result.controls[0].criteria:
        for point in criterion.points:
            example = definition.criterion(criterion.criterion).point(point.point).example
            found = review(definition, example).criterion(criterion.criterion).shown
            if point.state is PointState.MISSING and point.point in found:
                return criterion.criterion, point.point, example
    raise AssertionError("the example shows every point")


def points_card(controller, form, criterion):
    """The card of a criterion."""
    title = controller.catalog.controls[0].criterion(criterion).title
    return next(
        one for one in walk(form)
        if "calib-card" in getattr(one, "_dom_classes", ()) and f"<strong>{title}</strong>" in shown(one)
    )  # fmt: skip


def row_of(card, label, title):
    """The button of a point: its tooltip names the point."""
    return next(b for b in fields(card, label) if b.tooltip == f"{label}: {title}")


def mark(card, label, title, name="Ann Ash", reason="It is told there", sentence=None):
    """Mark a point as a person does: press, choose, sign, save."""
    row_of(card, label, title).click()
    choices = fields(card, "Sentence")[-1]
    choices.value = sentence or next(v for _, v in choices.options if v)
    fields(card, "Your name")[-1].value = name
    fields(card, "Your reason")[-1].value = reason
    press(card, "Save mark")


def test_points_are_listed_with_state_sentence_and_both_bars(controller, form):
    text = shown(form)
    assert "our bar" in text
    assert "example bar" in text
    definition = controller.catalog.controls[0]
    numbers = number_sentences(controller.result.controls[0].passages)
    for criterion in controller.result.controls[0].criteria:
        card_text = shown(points_card(controller, form, criterion.criterion))
        count = sum(p.state is PointState.SHOWN for p in criterion.points)
        assert f"{count} of {len(criterion.points)} points" in card_text
        for point in criterion.points:
            assert f"{POINT_ICONS[point.state]} {POINT_WORDS[point.state]}" in card_text
            assert f"<strong>{point.title}</strong>" in card_text
            details = definition.criterion(criterion.criterion).point(point.point)
            if point.span is not None:
                number = numbers[point.span.start, point.span.end]
                assert f"<strong>{point.title}</strong> [{number}]" in card_text
            if point.state is PointState.MISSING:
                assert html.escape(details.example, quote=False) in card_text
                assert html.escape(details.shows, quote=False) in card_text


def test_a_mark_waits_for_a_second_person_and_then_counts(controller, form, overlooked):
    criterion, point, _ = overlooked
    title = point_of(controller, criterion, point).title
    mine = points_card(controller, form, criterion)
    before = criterion_of(controller, criterion)
    quote = fields_of_narrative(controller)[0]
    mark(mine, "This shows it", title, sentence=quote)
    [stored] = answered(controller, criterion)["marks"]
    assert stored == {"point": point, "quote": quote, "shows": True, "by": "Ann Ash",
                      "reason": "It is told there"}  # fmt: skip
    assert "Waiting for a second person: Ann Ash" in shown(mine)
    assert fields(mine, "Save mark") == [], "the editor is closed"
    now = criterion_of(controller, criterion)
    assert (now.verdict, now.supported, now.points) == (
        before.verdict, before.supported, before.points,
    )  # fmt: skip
    mark(mine, "Confirm", title, name=" ann ash")
    assert "another person has to confirm it" in shown(form)
    assert "confirmed_by" not in answered(controller, criterion)["marks"][0]
    fields(mine, "Your name")[-1].value = "Ben Bohm"
    press(mine, "Save mark")
    stored = answered(controller, criterion)["marks"][0]
    assert (stored["confirmed_by"], stored["confirm_reason"]) == ("Ben Bohm", "It is told there")
    assert point_of(controller, criterion, point).state is PointState.SHOWN
    assert "Ann Ash (It is told there), Ben Bohm (It is told there)" in shown(mine)
    assert "Confirmed by Ben Bohm" in shown(mine), "it is among the findings as well"
    press(form, "Undo")
    assert point_of(controller, criterion, point).state is PointState.MISSING


def fields_of_narrative(controller):
    """The sentences of the narrative, each on one line."""
    text = controller.assessment.response("GENAIPR-001").narrative
    return [" ".join(text[s.start : s.end].split()) for s in sentence_spans(text)]


def test_a_rejected_sentence_does_not_count_and_can_count_again(controller, form):
    found = next(
        (c, p) for c in controller.result.controls[0].criteria for p in c.points
        if p.state is PointState.SHOWN
    )  # fmt: skip
    criterion, point = found[0].criterion, found[1].point
    mine = points_card(controller, form, criterion)
    mark(mine, "Does not show it", found[1].title)
    [stored] = answered(controller, criterion)["marks"]
    assert not stored["shows"]
    assert point_of(controller, criterion, point).state is PointState.MISSING
    assert "Rejected: Ann Ash (It is told there)" in shown(mine)
    press(mine, "Remove marks")
    assert "marks" not in answered(controller, criterion)
    assert point_of(controller, criterion, point).state is PointState.SHOWN


def test_a_mark_needs_a_sentence_a_name_and_a_reason(controller, form, overlooked):
    criterion, point, _ = overlooked
    title = point_of(controller, criterion, point).title
    mine = points_card(controller, form, criterion)
    before = (controller.folder / CONTROL).read_bytes()
    row_of(mine, "This shows it", title).click()
    choices = fields(mine, "Sentence")[0]
    labels = [label for label, _ in choices.options]
    assert any(label.startswith("Narrative 1: ") for label in labels)
    assert any(label.startswith("Answer 1: ") for label in labels)
    assert choices.value == "", "no sentence is chosen for a person"
    choices.value = choices.options[1][1]
    for name, reason in (("Ann", " "), (" ", "Because")):
        fields(mine, "Your name")[0].value = name
        fields(mine, "Your reason")[0].value = reason
        press(mine, "Save mark")
        assert "enter your name and reason" in shown(form)
    editor = fields(mine, "Save mark")[0]
    press(mine, "Cancel")
    assert fields(mine, "Save mark") == []
    assert editor.comm is None, "the widgets of the editor are closed"
    assert (controller.folder / CONTROL).read_bytes() == before


def test_the_answer_is_reviewed_as_a_draft_and_added_by_one_button(controller, form, overlooked):
    criterion, point, example = overlooked
    title = point_of(controller, criterion, point).title
    mine = points_card(controller, form, criterion)
    area = fields(form, "Narrative")[0]
    fields(mine, "Answer")[0].value = f"Ask Marisol about the annex. {example}"
    assert f"not in the narrative yet: {title}" in shown(mine)
    [button] = fields(mine, "Add to narrative")
    assert button.layout.display == ""
    typed = f"{area.value}\nTyped last."
    area.value = typed
    button.click()
    text = on_disk(controller, CONTROL, "narrative")
    assert text.startswith(typed)
    assert example in text
    assert "Ask Marisol" not in text, "only the sentence that shows the point is added"
    assert area.value == text
    assert point_of(controller, criterion, point).state is PointState.SHOWN
    assert button.layout.display == "none"
    assert "the narrative shows it too" in shown(mine)
    press(form, "Undo")
    assert on_disk(controller, CONTROL, "narrative") == typed


@pytest.mark.parametrize(
    ("in_answer", "in_narrative", "expected"),
    [
        ((), (), "Your answer shows no point yet."),
        (("a",), (), "Your answer shows 1 point; it is not in the narrative yet: A."),
        (("a",), ("a", "b"), "Your answer shows 1 point; the narrative shows it too."),
        (("a", "b"), ("a", "b"), "Your answer shows 2 points; the narrative shows all of them too."),
        (("a", "b", "c"), (),
         "Your answer shows 3 points; none is in the narrative yet: A, B and C."),
        (("a", "b", "c"), ("b",),
         "Your answer shows 3 points; 2 of them are not in the narrative yet: A and C."),
        (("a", "b", "c"), ("b", "c"),
         "Your answer shows 3 points; 1 of them is not in the narrative yet: A."),
    ],
)  # fmt: skip
def test_the_words_about_a_draft(in_answer, in_narrative, expected):
    assert describe_draft([name.upper() for name in in_answer],
                          [name.upper() for name in in_answer if name not in in_narrative]) == expected  # fmt: skip


def test_an_empty_answer_is_no_draft(controller, form):
    mine = points_card(controller, form, "methodology")
    fields(mine, "Answer")[0].value = " "
    assert "Your answer" not in shown(mine)
    assert fields(mine, "Add to narrative")[0].layout.display == "none"


def test_a_criterion_not_learned_is_named_as_such(controller, monkeypatch):
    first = controller.result.controls[0].criteria[0].model_copy(update={"learned": False})
    control_result = controller.result.controls[0]
    changed = control_result.model_copy(update={"criteria": (first, *control_result.criteria[1:])})
    controller._result = controller.result.model_copy(
        update={"controls": (changed, *controller.result.controls[1:])}
    )
    form = control.build_control(controller, controller.catalog.controls[0])
    assert shown(form).count("not learned yet: judged by cues alone") >= 2


def test_marks_in_an_example_are_shown_and_not_saved(catalog):
    folder = resource_path("data", "examples", EXAMPLES["halfway"])
    controller = FormController(folder, catalog, TODAY, "Ada", read_only=True)
    form = control.build_control(controller, catalog.controls[0])
    before = (folder / CONTROL).read_bytes()
    criterion, point = next(
        (c, p) for c in controller.result.controls[0].criteria for p in c.points
        if p.state is PointState.SHOWN
    )  # fmt: skip
    mine = points_card(controller, form, criterion.criterion)
    mark(mine, "Does not show it", point.title)
    assert point_of(controller, criterion.criterion, point.point).state is PointState.MISSING
    assert fields(mine, "Save mark") == []
    assert (folder / CONTROL).read_bytes() == before


# --- the register ---


def test_a_changed_file_is_registered_again(controller):
    register = build_register(controller)
    file = next(
        e for e in on_disk(controller, "evidence.yaml", "evidence") if e["id"] == "launch-runbook"
    )
    (controller.folder / file["file"]).write_bytes(b"new")
    controller.reload_all()
    mine = card(register, "launch-runbook ·")
    assert "changed" in shown(mine)
    press(mine, "Register the changed file")
    entry = next(
        e for e in on_disk(controller, "evidence.yaml", "evidence") if e["id"] == "launch-runbook"
    )
    assert entry["sha256"] == hashlib.sha256(b"new").hexdigest()
    assert entry["dated"] == TODAY.isoformat()
    assert "unchanged" in shown(mine)


def test_a_link_needs_an_address(controller):
    form = start.build_start(controller, lambda _: None)
    before = (controller.folder / "evidence.yaml").read_bytes()
    fields(form, "Link title")[0].value = "Dashboard"
    fields(form, "Link address")[0].value = "javascript:alert(1)"
    press(form, "Add link")
    assert (controller.folder / "evidence.yaml").read_bytes() == before
    assert "needs a title and an address" in shown(form)
    fields(form, "Link address")[0].value = "https://example.com/board"
    press(form, "Add link")
    assert (
        on_disk(controller, "evidence.yaml", "evidence")[-1]["url"] == "https://example.com/board"
    )


def test_linked_evidence_stays_in_the_register(controller):
    form = start.build_start(controller, lambda _: None)
    before = (controller.folder / "evidence.yaml").read_bytes()
    press(card(form, "delivery-handbook ·"), "Remove from register")
    assert (controller.folder / "evidence.yaml").read_bytes() == before
    assert "unlink it there first" in shown(form)
    assert "delivery-handbook" in [e.id for e in controller.assessment.evidence]


# --- case studies ---


def test_a_case_study_is_added_edited_moved_and_dropped(controller):
    form = case_studies.build_studies(controller)
    fields(form, "New case study")[0].value = "Ünïted: “Quotes”"
    press(form, "Add")
    slug = next(s.slug for s in controller.assessment.case_studies if s.title.startswith("Ünïted"))
    file = f"case_studies/{slug}.yaml"
    assert on_disk(controller, file)["status"] == "candidate"
    mine = card(form, "Ünïted")
    fields(mine, "Customer")[0].value = "Acme"
    fields(mine, "Challenge")[0].value = "Slow claims."
    fields(mine, "Status")[0].value = "submitted"
    services = next(f for f in fields(mine, "Services"))
    services.value = "Amazon Bedrock"
    services.value = "AWS Lambda"
    kinds = next(f for f in fields(mine, "Kinds of solution"))
    kinds.value = kinds.options[1][1]
    held = on_disk(controller, file)
    assert held["customer"] == "Acme"
    assert held["challenge"] == "Slow claims."
    assert held["status"] == "submitted"
    assert held["services"] == ["Amazon Bedrock", "AWS Lambda"]
    assert held["solution_types"] == [kinds.options[1][1]]
    assert ">submitted<" in shown(mine)
    order = held["order"]
    press(mine, "Move up")
    assert on_disk(controller, file)["order"] == order - 1
    press(mine, "Delete")
    assert not (controller.folder / file).exists()
    assert "Ünïted" not in shown(form)
    press(form, "Undo")
    assert on_disk(controller, file)["customer"] == "Acme"
    assert "Ünïted" in shown(form)


def test_the_best_four_are_submitted_by_one_button(controller):
    form = case_studies.build_studies(controller)
    best = controller.result.qualification.best[0]
    assert not best.submitted
    assert all(lead.title in shown(form) for lead in best.leads)
    [offer] = fields(form, "Submit these four")
    assert offer.layout.display == ""
    press(form, "Submit these four")
    for study in controller.assessment.case_studies:
        chosen = study.slug in {lead.slug for lead in best.leads}
        assert on_disk(controller, f"case_studies/{study.slug}.yaml", "status") == (
            "submitted" if chosen else "candidate"
        )
    assert controller.result.qualification.set_qualifies
    now = controller.result.qualification.best[0]
    assert now.submitted
    assert "To submit them" in best.why
    assert "To submit them" not in now.why
    assert now.leads == best.leads
    assert offer.layout.display == "none"
    assert "The submitted case studies are the best" in shown(form)


def test_one_that_could_lead_with_another_service_does_so_when_it_is_submitted(controller):
    form = case_studies.build_studies(controller)
    for title, could in (
        ("Member service", "Amazon SageMaker"),
        ("Synthetic pictures", "Amazon EKS"),
    ):
        mine = card(form, title)
        fields(mine, "Services")[0].value = could
        fields(mine, "Alternative primary services")[0].value = could
    for gone in ("Dispatch copilot", "One watch desk"):
        press(card(form, gone), "Delete")
    best = controller.result.qualification.best[0]
    led = {lead.slug: lead.service for lead in best.leads if lead.instead_of}
    assert led == {
        "tamarack-member-agent": "Amazon SageMaker",
        "corvane-track-defects": "Amazon EKS",
    }
    assert "instead of Agents for Amazon Bedrock" in shown(form)
    press(form, "Submit these four")
    held = on_disk(controller, "case_studies/tamarack-member-agent.yaml")
    assert (held["primary_service"], held["could_lead"]) == (
        "Amazon SageMaker",
        ["Agents for Amazon Bedrock"],
    )
    after = controller.result.qualification
    assert after.set_qualifies
    assert (after.best[0].strength, after.best[0].submitted) == (best.strength, True)


def test_a_status_moves_the_verdict_of_the_set(controller):
    form = case_studies.build_studies(controller)
    before = shown(form)
    study = next(s for s in controller.result.qualification.studies if s.qualified and s.submitted)
    fields(card(form, study.title), "Status")[0].value = "candidate"
    assert shown(form) != before
    assert on_disk(controller, f"case_studies/{study.slug}.yaml", "status") == "candidate"


# --- the plan ---


def test_the_plan_holds_owner_due_and_status(controller):
    form = plan.build_plan(controller)
    step = controller.plan.steps[0]
    mine = card(form, step.gap.title)
    fields(mine, "Owner")[0].value = "Hal"
    fields(mine, "Due")[0].value = TODAY
    fields(mine, "Status")[0].value = "doing"
    entry = next(e for e in on_disk(controller, "plan.yaml", "actions") if e["id"] == step.gap.id)
    assert (entry["owner"], entry["due"], entry["status"]) == ("Hal", "2026-11-22", "doing")
    assert controller.plan.steps[0].owner == "Hal"


def test_the_plan_is_exported(controller):
    form = plan.build_plan(controller)
    press(form, "Export as csv")
    press(form, "Export as xlsx")
    path = controller.folder / "exports" / "improvement-plan.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    assert len(rows) == len(controller.plan.steps) + 1
    with ZipFile(path.with_suffix(".xlsx")) as book:
        assert book.testzip() is None
    assert "Exported" in shown(form)


# --- the start ---


def test_the_profile_and_the_target_date(controller):
    form = start.build_start(controller, lambda _: None)
    fields(form, "Partner")[0].value = "Brightloom & Sons"
    fields(form, "Target date")[0].value = TODAY
    assert on_disk(controller, "assessment.yaml", "profile", "partner") == "Brightloom & Sons"
    assert on_disk(controller, "assessment.yaml", "target_date") == "2026-11-22"
    assert "<h2>Brightloom &amp; Sons</h2>" in shown(form)


def test_an_empty_partner_is_not_saved_but_kept_on_the_screen(controller):
    form = start.build_start(controller, lambda _: None)
    before = (controller.folder / "assessment.yaml").read_bytes()
    field = fields(form, "Partner")[0]
    field.value = ""
    assert (controller.folder / "assessment.yaml").read_bytes() == before
    assert "Not saved yet" in shown(form)
    assert "must not be empty" in shown(form)
    assert field.value == ""
    field.value = "Other"
    assert on_disk(controller, "assessment.yaml", "profile", "partner") == "Other"


@pytest.fixture
def notebook(monkeypatch, tmp_path, halfway):
    """The edge, with somebody there and a state folder of its own."""
    from calib import notebook

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv(notebook.POINTER_VARIABLE, raising=False)
    monkeypatch.delenv("CALIB_ASSESSMENT", raising=False)
    monkeypatch.setattr(notebook, "has_live_front_end", lambda: True)
    notebook.remember_assessment(halfway)
    yield notebook
    kernel_session.LIVE_FORMS.clear()


def test_opening_and_making_another_assessment(notebook, tmp_path, halfway):
    assert notebook.selected_assessment() == str(halfway)
    form = notebook.open_start().build()
    assert "Brightloom" in shown(form)
    folder = fields(form, "Folder")[0]
    folder.value = str(tmp_path / "nowhere")
    press(form, "Open")
    assert "there is no such folder" in shown(form)
    assert notebook.selected_assessment() == str(halfway)
    folder.value = str(tmp_path / "fresh")
    fields(form, "Partner")[-1].value = "Fresh Ltd"
    press(form, "Create")
    assert "<h2>Fresh Ltd</h2>" in shown(form)
    assert notebook.selected_assessment() == str(tmp_path / "fresh")
    assert "Customer Onboarding" in shown(notebook.open_control("GENAIPR-001").build())
    fields(form, "Folder")[0].value = "example:strong"
    press(form, "Open")
    assert "This is an example" in shown(form)


def test_a_workbook_has_a_pointer_of_its_own(notebook, monkeypatch, tmp_path, halfway):
    monkeypatch.setenv(notebook.POINTER_VARIABLE, str(tmp_path / "own"))
    (tmp_path / "own").write_text(str(resource_path("data", "examples", EXAMPLES["strong"])))
    assert notebook.selected_assessment().endswith(EXAMPLES["strong"])
    monkeypatch.delenv(notebook.POINTER_VARIABLE)
    assert notebook.selected_assessment() == str(halfway)


def test_a_folder_that_cannot_be_opened_says_why_and_can_be_tried_again(notebook, halfway):
    good = (halfway / CONTROL).read_text()
    (halfway / CONTROL).write_text("control: [<script>")
    form = notebook.open_control("GENAIPR-001").build()
    assert "The folder cannot be read" in shown(form)
    assert "<script>" not in shown(form)
    (halfway / CONTROL).write_text(good)
    press(form, "Try again")
    assert "Written methodology" in shown(form)


def test_what_waits_is_saved_when_the_kernel_ends(notebook, halfway):
    async def typing():
        form = notebook.open_control("GENAIPR-001").build()
        fields(form, "Answer")[0].value = "The last words"
        assert "The last words" not in (halfway / CONTROL).read_text()
        kernel_session._save_at_exit()

    asyncio.run(typing())
    assert "The last words" in (halfway / CONTROL).read_text()


@pytest.mark.parametrize(
    ("name", "asked"),
    [("start", ()), ("case_studies", ()), ("control", ("GENAIPR-001",)), ("plan", ()),
     ("workshop", ())],
)  # fmt: skip
def test_a_form_that_is_run_again_keeps_no_widget_of_the_former(notebook, monkeypatch, name, asked):
    """A page that is loaded again asks the kernel for every widget that is there."""
    monkeypatch.setattr(kernel_session, "_CLOSE_DELAY", 0)

    async def counts():
        for _ in range(4):
            form = getattr(notebook, f"open_{name}")(*asked).build()
            for pane in [w for w in walk(form) if isinstance(w, ipywidgets.Accordion)]:
                pane.selected_index = 0
            await asyncio.sleep(0.05)
            yield len(ipywidgets.widgets.widget._instances)

    async def counted():
        return [number async for number in counts()]

    first, *_, last = asyncio.run(counted())
    assert last - first <= 3 * 2  # the empty box around each


def test_what_a_browser_held_back_still_reaches_a_form_that_was_run_again(notebook, halfway):
    async def typing():
        form = notebook.open_control("GENAIPR-001").build()
        notebook.open_control("GENAIPR-001").build()
        fields(form, "Answer")[0].value = "On its way"
        await asyncio.sleep(1)

    asyncio.run(typing())
    assert "On its way" in (halfway / CONTROL).read_text()


def test_going_to_another_field_saves_the_first(controller):
    async def typing():
        form = control.build_control(controller, controller.catalog.controls[0])
        fields(form, "Answer")[0].value = "Typed"
        assert answered(controller)["answer"] != "Typed"
        fields(form, "Owner")[0].value = "A"
        assert answered(controller)["answer"] == "Typed"
        assert "owner" not in answered(controller)
        await asyncio.sleep(0.7)
        assert answered(controller)["owner"] == "A"

    asyncio.run(typing())


# --- two at once ---


def test_two_desks_keep_different_fields(controller, form):
    other = again(controller)
    theirs = control.build_control(other, other.catalog.controls[0])
    fields(form, "Owner")[0].value = "Ada was here"
    fields(theirs, "Answer")[0].value = "Ben was here"
    assert answered(controller)["owner"] == "Ada was here"
    assert answered(controller)["answer"] == "Ben was here"
    assert controller.poll()
    assert fields(form, "Answer")[0].value == "Ben was here"


@pytest.mark.parametrize(
    "way", ["Keep the version in the file", "Use the other version", "Keep both"]
)
def test_two_desks_on_one_field_ask(controller, form, way):
    other = again(controller)
    theirs = control.build_control(other, other.catalog.controls[0])
    fields(form, "Answer")[0].value = "Ada's <i>text</i>"
    fields(theirs, "Answer")[0].value = "Ben's text"
    said = shown(theirs)
    assert "Two people changed criteria.methodology.answer" in said
    assert "Ada's &lt;i&gt;text&lt;/i&gt;" in said
    assert "Ben's text" in said
    assert fields(theirs, "Answer")[0].value == "Ada's <i>text</i>", "the form shows the file"
    press(theirs, way)
    held = answered(controller)["answer"]
    assert held == {
        "Keep the version in the file": "Ada's <i>text</i>", "Use the other version": "Ben's text",
        "Keep both": "Ada's <i>text</i>\n\nBen's text",
    }[way]  # fmt: skip
    assert fields(theirs, "Answer")[0].value == held
    assert "Two people" not in shown(theirs)
    controller.poll()
    assert fields(form, "Answer")[0].value == held


def test_an_editor_outside_is_noticed(controller, form):
    path = controller.folder / CONTROL
    path.write_text(path.read_text().replace("claimed_level: 3", "claimed_level: 2", 1))
    assert controller.poll()
    assert fields(form, "Claimed level")[0].value == 2
    assert not controller.poll()


def test_evidence_that_others_register_and_link_comes_in(controller, form):
    other = again(controller)
    upload(
        fields(control.build_control(other, other.catalog.controls[0]), "Upload a file")[0],
        "n.txt",
        b"n",
    )
    assert controller.poll()
    assert "n.txt" in shown(form)


def test_a_broken_file_shows_and_keeps_what_was_typed(controller, form):
    path = controller.folder / CONTROL
    good = path.read_text()
    path.write_text("<<<<<<< ours\n" + good)
    controller.poll()
    assert "The folder cannot be read" in shown(form)
    area = fields(form, "Answer")[0]
    assert area.value.startswith("Handbook v3.2"), "the form keeps its last picture"
    area.value = "Typed into the storm"
    assert "will be saved later" in shown(form)
    assert area.value == "Typed into the storm"
    path.write_text(good)
    controller.poll()
    assert answered(controller)["answer"] == "Typed into the storm"
    assert "The folder cannot be read" not in shown(form)
    assert area.value == "Typed into the storm"


def test_an_example_is_never_written(catalog):
    folder = resource_path("data", "examples", EXAMPLES["halfway"])
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    controller = FormController(folder, catalog, TODAY, "Ada", read_only=True)
    form = control.build_control(controller, catalog.controls[0])
    fields(form, "Claimed level")[0].value = 0
    fields(form, "Answer")[0].value = "Trying"
    upload(fields(form, "Upload a file")[0], "a.txt", b"a")
    fields(form, "Service")[0].value = "Thing"
    for button in ("Add service", "Undo", "Redo", "Reload"):
        press(form, button)
    other = case_studies.build_studies(controller)
    fields(other, "New case study")[0].value = "New"
    card(other, controller.assessment.case_studies[0].title)
    for button in ("Add", "Delete", "Move down", "Submit these four"):
        press(other, button)
    press(plan.build_plan(controller), "Export as csv")
    assert "This is an example" in shown(form)
    assert fields(form, "Claimed level")[0].value == 0
    assert 'claimed <span class="level l0">' in shown(form)
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


# --- whatever partners type is text ---

EVIL = "<script>xss(1)</script><img src=x onerror=xss(1)>\"'><svg onload=xss(1)> $\\href{javascript:xss(1)}{x}$"


FIXED = {
    "format", "catalog", "catalog_version", "control", "id", "file", "sha256", "url", "dated",
    "expires", "due", "status", "order", "claimed_level", "target_date", "level", "date",
}  # fmt: skip


def evil(value, key=""):
    if isinstance(value, dict):
        return {k: evil(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [one if key == "evidence" and isinstance(one, str) else evil(one) for one in value]
    return f"{value or ''} {EVIL}" if key not in FIXED and isinstance(value, str | None) else value


def poison(folder):
    """Put markup into every text of an assessment that may hold any text."""
    for path in folder.rglob("*.yaml"):
        data = evil(yaml.safe_load(path.read_text()))
        if path.parent.name == "controls":
            data["third_party"] = [{"service": EVIL, "purpose": EVIL, "justification": EVIL}]
            for one in data["criteria"].values():
                one |= {"owner": EVIL, "not_applicable": ""}
                said = {"quote": EVIL, "by": EVIL, "reason": EVIL, "confirmed_by": EVIL}
                one["marks"] = [{"point": EVIL, "shows": True, **said}]
        path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False))
    return folder


def dangerous(html):
    bare = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    return re.findall(
        r"<(?:script|img|iframe|object|embed)\b[^>]*>|<[^>]*\son\w+=[^>]*>|href=\"(?!https?://|#|\d\d_|\w+\.ipynb)[^\"]*",
        bare,
    )


def test_hostile_texts_are_text_everywhere(halfway, catalog):
    controller = FormController(poison(halfway), catalog, TODAY, EVIL)
    for build in (
        lambda: start.build_start(controller, lambda _: None),
        lambda: case_studies.build_studies(controller),
        lambda: plan.build_plan(controller),
        *(lambda c=c: control.build_control(controller, c) for c in catalog.controls),
    ):
        form = build()
        text = shown(form)
        assert "&lt;script&gt;xss(1)" in text or "Improvement plan" in text
        assert dangerous(text) == []
        for one in walk(form):
            assert type(one).__name__ not in ("Label", "HTMLMath"), "these run formulas"
    form = control.build_control(controller, catalog.controls[0])
    fields(form, "Answer")[0].value = EVIL + "2"
    other = again(controller, EVIL)
    other_form = control.build_control(other, catalog.controls[0])
    fields(form, "Owner")[0].value = EVIL + "3"
    fields(other_form, "Owner")[0].value = EVIL + "4"
    assert "Two people" in shown(other_form)
    assert dangerous(shown(form) + shown(other_form)) == []


@pytest.mark.parametrize("name", ["open_start", "open_case_studies", "open_plan", "open_control"])
def test_without_anybody_there_a_form_is_text(halfway, name, monkeypatch):
    from calib import notebook

    monkeypatch.setenv("CALIB_ASSESSMENT", str(poison(halfway)))
    before = {p: p.read_bytes() for p in halfway.rglob("*") if p.is_file()}
    count = len(ipywidgets.widgets.widget._instances)
    more = ("GENAIPR-001",) if name == "open_control" else ()
    form = getattr(notebook, name)(*more, report_date=TODAY.isoformat())
    assert isinstance(form, Form)
    assert not form.live
    bundle = form._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert dangerous(bundle["text/html"]) == []
    assert "&lt;script&gt;xss(1)" in bundle["text/html"] or name == "open_plan"
    assert len(ipywidgets.widgets.widget._instances) == count
    assert {p: p.read_bytes() for p in halfway.rglob("*") if p.is_file()} == before


def test_without_anybody_there_a_broken_folder_is_an_error(halfway, monkeypatch):
    from calib import notebook

    (halfway / CONTROL).write_text("control: [")
    monkeypatch.setenv("CALIB_ASSESSMENT", str(halfway))
    with pytest.raises(BadInput):
        notebook.open_control("GENAIPR-001")


def test_somebody_is_there_only_in_a_kernel_that_may_ask(monkeypatch):
    import IPython

    from calib import notebook

    assert not notebook.has_live_front_end()
    for asks, server, there in ((True, "", True), (False, "", False), (False, "voila/0.5", True)):
        shell = SimpleNamespace(kernel=SimpleNamespace(_allow_stdin=asks))
        monkeypatch.setattr(IPython, "get_ipython", lambda shell=shell: shell)
        monkeypatch.setenv("SERVER_SOFTWARE", server)
        assert notebook.has_live_front_end() is there


# --- the command line ---


def test_undo_and_log_of_the_command_line(controller, form):
    from click.testing import CliRunner

    from calib.cli import main

    before = (controller.folder / CONTROL).read_bytes()
    fields(form, "Owner")[0].value = "One"
    fields(form, "Owner")[1].value = "Two"
    run = CliRunner()
    assert "owner" in run.invoke(main, ["log", str(controller.folder)]).output
    for _ in range(2):
        assert run.invoke(main, ["undo", str(controller.folder)]).exit_code == 0
    assert (controller.folder / CONTROL).read_bytes() == before
    done = run.invoke(main, ["undo", str(controller.folder)])
    assert "nothing to undo" in done.output
