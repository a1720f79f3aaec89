"""Readiness, gauges, gates and findings on the whole, by example.

The properties that hold for every assessment are in test_scoring.py.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from calib import __version__, assess
from calib.catalog.migration import build_catalog_record
from calib.model import (
    Basis,
    ControlResponse,
    CriterionAnswer,
    FileState,
    Milestone,
    Outcome,
    Readiness,
    StudyStatus,
    ThirdParty,
)
from calib.review import REVIEWER, review
from tests.core_examples import (
    CATALOG,
    CONTROL,
    FOUR,
    ONE_CONTROL,
    PASSING,
    TODAY,
    TOMORROW,
    YESTERDAY,
    assessment,
    by_name,
    catalog_of,
    days_ago,
    evidence,
    override,
    response_at,
    rules,
    study,
    weighted,
)

SUBMITTED = StudyStatus.SUBMITTED
READY, CLOSE, NOT_READY = Readiness.READY, Readiness.CLOSE, Readiness.NOT_READY
DAY = timedelta(days=1)


def score(*responses, catalog=ONE_CONTROL, today=TODAY, **changes):
    given = {"case_studies": FOUR, **changes}
    return assess(catalog, assessment(*responses, **given), today)


def short_by(count):
    """A response whose first criteria fall short of the gate, and all others meet it."""
    return response_at(*[0] * count, 3)


# --- readiness ---


@pytest.mark.parametrize(
    ("actions", "readiness"),
    by_name([
        ("nothing left -> ready", 0, READY),
        ("one action -> close", 1, CLOSE),
        ("exactly three actions -> close", 3, CLOSE),
        ("four actions -> not ready", 4, NOT_READY),
    ]),
)  # fmt: skip
def test_readiness(actions, readiness):
    found = score(short_by(actions))
    assert (len(found.gaps), found.readiness) == (actions, readiness)


@pytest.mark.parametrize(
    ("actions", "missing", "readiness"),
    by_name([
        ("a case study short, nothing else -> close", 0, 1, CLOSE),
        ("a case study and two criteria -> close", 2, 1, CLOSE),
        ("a case study and three criteria -> not ready", 3, 1, NOT_READY),
        ("two case studies and two criteria -> not ready", 2, 2, NOT_READY),
    ]),
)  # fmt: skip
def test_case_studies_count_as_actions(actions, missing, readiness):
    found = score(short_by(actions), case_studies=FOUR[missing:])
    assert (len(found.gaps), found.readiness) == (actions + missing, readiness)
    assert all(g.id.startswith("case-studies/") for g in found.gaps[:missing])


def test_close_counts_the_fewest_actions_the_plan_the_least_days():
    """To mend two defects of a study takes fewer days than to write one anew, but two actions."""
    gate = CATALOG.gate.model_copy(update={"close_within": 1})
    broken = study(3, status=SUBMITTED, results="", primary_service="Amazon ECS")
    marked = [study(number, status=SUBMITTED) for number in range(3)]
    found = score(
        short_by(0), catalog=catalog_of(CONTROL, gate=gate), case_studies=(*marked, broken)
    )
    assert [g.id.rpartition("/")[2] for g in found.gaps] == [
        "primary-not-in-services", "missing-results",
    ]  # fmt: skip
    assert found.readiness is CLOSE


# --- gauges: weighted means, rounded half up to one decimal ---


@pytest.mark.parametrize(
    ("weights", "levels", "gauge"),
    by_name([
        ("all at 3", (1, 1, 1), (3,), 3.0),
        ("all at 0", (1, 1), (0,), 0.0),
        ("all at 4", (2, 1), (4,), 4.0),
        ("2.25 -> 2.3", (1, 1, 1, 1), (2, 2, 2, 3), 2.3),
        ("2.75 -> 2.8", (1, 1, 1, 1), (2, 3, 3, 3), 2.8),
        ("2.333 -> 2.3", (1, 1, 1), (2, 2, 3), 2.3),
        ("2.667 -> 2.7", (1, 1, 1), (2, 3, 3), 2.7),
        ("a weight of 3 counts three times", (3, 1), (4, 0), 3.0),
        ("the weight goes with its criterion", (3, 1), (0, 4), 1.0),
    ]),
)  # fmt: skip
def test_gauge_of_a_control(weights, levels, gauge):
    control = weighted(*weights)
    found = score(response_at(*levels, control=control), catalog=catalog_of(control))
    assert found.control(CONTROL.id).gauge == found.gauge == gauge


@pytest.mark.parametrize(
    ("levels", "gauge"),
    by_name([
        ("controls count alike", (4, 2), 3.0),
        ("2.5 stays", (3, 2), 2.5),
        ("2.333 -> 2.3", (2, 2, 3), 2.3),
        ("2.25 -> 2.3", (2, 2, 2, 3), 2.3),
    ]),
)  # fmt: skip
def test_gauge_of_the_whole_is_the_mean_of_the_controls(levels, gauge):
    controls = CATALOG.controls[: len(levels)]
    responses = [response_at(n, control=c) for n, c in zip(levels, controls, strict=True)]
    assert score(*responses, catalog=catalog_of(*controls)).gauge == gauge


def test_a_mean_that_floats_put_just_below_the_half_is_rounded_up():
    """(3.4 + 2.0 + 2.0 + 1.6) / 4 is 2.25, whatever its last bit."""
    tenth = weighted(1, 1, 1, 1, 1)
    controls = [tenth.model_copy(update={"id": c.id}) for c in CATALOG.controls[:4]]
    rows = [(3, 3, 3, 4, 4), (2,), (2,), (1, 1, 2, 2, 2)]
    responses = [response_at(*r, control=c) for r, c in zip(rows, controls, strict=True)]
    found = score(*responses, catalog=catalog_of(*controls))
    assert [c.gauge for c in found.controls] == [3.4, 2.0, 2.0, 1.6]
    assert found.gauge == 2.3


# --- gates ---


def with_basis(*bases):
    criteria = tuple(
        c.model_copy(update={"basis": b}) for c, b in zip(CONTROL.criteria, bases, strict=False)
    )
    return CONTROL.model_copy(update={"criteria": criteria})


PASS, REQUIRE = Basis.PASSING, Basis.REQUIREMENT


@pytest.mark.parametrize(
    ("bases", "levels", "gate"),
    by_name([
        ("passing criteria at 3", (PASS, PASS), (3,), True),
        ("one passing criterion at 2", (PASS, PASS), (3, 2), False),
        ("a requirement at 2", (PASS, REQUIRE), (3, 2), True),
        ("a requirement at 1", (PASS, REQUIRE), (3, 1), False),
        ("a 4 makes up for nothing", (PASS, PASS), (4, 2), False),
    ]),
)  # fmt: skip
def test_gate(bases, levels, gate):
    control = with_basis(*bases)
    found = score(response_at(*levels, control=control), catalog=catalog_of(control))
    assert found.control(CONTROL.id).gate is gate
    assert bool(found.gaps) is not gate


@pytest.mark.parametrize(
    ("justification", "gate", "outcome"),
    by_name([
        ("none -> blocked", "", False, Outcome.GAP),
        ("blanks -> blocked", " \n", False, Outcome.GAP),
        ("given -> open", "It runs in the customer's account.", True, Outcome.MET),
    ]),
)  # fmt: skip
def test_a_third_party_service(justification, gate, outcome):
    used = ThirdParty(service="Pinecone", justification=justification)
    found = score(response_at(3, third_party=(ThirdParty(service="Aha", justification="-"), used)))
    control = found.control(CONTROL.id)
    assert control.gate is gate
    assert control.third_party[1] == used
    [of_service] = [f for f in control.findings if f.rule == "third-party:Pinecone"]
    assert (of_service.outcome, of_service.control) == (outcome, CONTROL.id)
    assert "Pinecone" in of_service.message
    assert of_service.subject.file == f"controls/{CONTROL.id}.yaml"
    assert of_service.subject.place == "third_party[1].justification"
    assert ("Pinecone" in of_service.remediation) is not gate
    assert (of_service.remediation == "") is gate
    assert [g.id for g in found.gaps] == ([] if gate else [f"{CONTROL.id}/third-party/Pinecone"])


@pytest.mark.parametrize(
    ("narrative", "expected"),
    by_name([("text", "We do.", 0), ("none", "", 1), ("blanks", " \n", 1)]),
)
def test_a_response_without_a_narrative(narrative, expected):
    found = score(response_at(3, narrative=narrative)).control(CONTROL.id)
    missing = [f for f in found.findings if f.rule == "no-narrative"]
    assert len(missing) == expected
    assert found.gate, "an assessor's levels count"
    for finding in missing:
        assert (finding.outcome, finding.control) == (Outcome.GAP, CONTROL.id)
        assert finding.subject.file == f"controls/{CONTROL.id}.yaml"
        assert finding.subject.place == "narrative"
        assert finding.message
        assert finding.remediation


# --- dates ---


def catalog_until(valid, accept=None):
    return catalog_of(CONTROL, valid_until=valid, accept_until=accept)


def expiry(today, accept=None):
    found = score(short_by(0), catalog=catalog_until(TODAY, accept), today=today)
    messages = [f for f in found.findings if f.rule == "catalog-expired"]
    assert bool(messages) is found.catalog_expired
    return messages


@pytest.mark.parametrize(
    ("today", "count"),
    by_name([
        ("the day before the last", YESTERDAY, 0),
        ("valid on its last day", TODAY, 0),
        ("expired a day later", TOMORROW, 1),
    ]),
)  # fmt: skip
def test_the_catalog_expires(today, count):
    found = expiry(today)
    assert len(found) == count
    for finding in found:
        assert finding.outcome is Outcome.PARTLY
        assert str(TODAY) in finding.message
        assert CATALOG.version in finding.message
        assert finding.remediation
        assert finding.subject.file == "assessment.yaml"
        assert finding.subject.place == "catalog_version"


def test_an_expired_catalog_says_until_when_submissions_were_expected_to_be_taken():
    last = TODAY + 90 * DAY
    [on_last], [after] = (expiry(day, last) for day in (last, last + DAY))
    [earlier], [unknown] = (
        expiry(day, accept) for day, accept in ((last - DAY, last), (last, None))
    )
    assert str(last) in on_last.message
    assert earlier.message == on_last.message
    assert after.message != on_last.message
    assert str(last) in after.message
    assert str(last) not in unknown.message
    assert on_last.message.startswith(unknown.message[:-1])


@pytest.mark.parametrize(
    ("target", "actions", "passed"),
    by_name([
        ("tomorrow", TOMORROW, 1, False),
        ("today is not past", TODAY, 1, False),
        ("yesterday is past", YESTERDAY, 1, True),
        ("yesterday, but nothing is left", YESTERDAY, 0, False),
        ("no target date", None, 1, False),
    ]),
)  # fmt: skip
def test_the_target_date(target, actions, passed):
    found = score(short_by(actions), target_date=target)
    of_target = [f for f in found.findings if f.rule == "target-passed"]
    assert bool(of_target) is passed
    for finding in of_target:
        assert finding.outcome is Outcome.ADVICE
        assert str(target) in finding.message
        assert finding.remediation
        assert finding.subject.file == "assessment.yaml"
        assert finding.subject.place == "target_date"


# --- what the result repeats ---


def test_the_head_of_a_result():
    milestone = Milestone(date=days_ago(30), name="Kick-off")
    found = score(
        short_by(0),
        catalog=catalog_until(date(2027, 5, 31)),
        scope="EMEA",
        target_date=TOMORROW,
        catalog_version="2025.1",
        milestones=(milestone,),
        content_hash="abc",
    )
    kept = found.model_dump(
        exclude={"controls", "qualification", "evidence", "gaps", "findings", "answers_hash"}
    )
    assert kept == {
        "schema_version": "1.1", "program": __version__, "catalog": CATALOG.id,
        "catalog_version": CATALOG.version, "catalog_expires": date(2027, 5, 31),
        "catalog_expired": False, "answered_catalog_version": "2025.1", "today": TODAY,
        "target_date": TOMORROW, "content_hash": "abc", "profile": found.profile.model_dump(),
        "scope": "EMEA", "readiness": "ready", "gauge": 3.0, "milestones": (milestone.model_dump(),),
        "reviewer": REVIEWER,
    }  # fmt: skip
    assert found.profile.partner == "Acme"
    assert len(found.answers_hash) == 64
    assert "catalog-differs" in rules(found)


def test_a_control_repeats_the_response_and_its_review():
    text = CONTROL.examples.insufficient.text
    found = score(ControlResponse(control=CONTROL.id, narrative=text)).control(CONTROL.id)
    assert (found.control, found.title, found.narrative) == (CONTROL.id, CONTROL.title, text)
    assert found.level == review(CONTROL, text).level
    assert found.passages
    assert {p.criterion for p in found.passages} <= {c.id for c in CONTROL.criteria}
    assert [c.criterion for c in found.criteria] == [c.id for c in CONTROL.criteria]
    files = {f.subject.file for c in found.criteria for f in c.findings}
    assert files == {f"controls/{CONTROL.id}.yaml"}


def test_findings_of_the_review_on_the_text_as_a_whole_are_on_the_control():
    text = "Unser Support dauert zwölf Wochen nach dem Go-live und danach ein Jahr."
    found = score(ControlResponse(control=CONTROL.id, narrative=text)).control(CONTROL.id)
    assert rules(found) == ["cannot-review"]
    assert found.findings[0].subject.file == f"controls/{CONTROL.id}.yaml"
    assert found.level == 0


@pytest.mark.parametrize(
    ("days", "highest"),
    by_name([("dated 365 days ago", 365, 4), ("dated 366 days ago", 366, 3)]),
)
def test_the_day_decides_what_is_recent(days, highest):
    other = CATALOG.control("GENAIPR-003")
    control = CATALOG.control("GENAIPR-002").model_copy(update={"examples": other.examples})
    criteria = tuple(
        CriterionAnswer(criterion=c.id, evidence=("report",)) for c in control.criteria
    )
    text = CATALOG.control("GENAIPR-002").examples.good.text
    found = score(
        ControlResponse(control=control.id, narrative=text, criteria=criteria),
        catalog=catalog_of(control),
        evidence=(evidence(dated=days_ago(days)),),
    )
    assert max(c.supported for c in found.control(control.id).criteria) == highest


def test_evidence_and_answers_reach_the_criteria():
    answer = CriterionAnswer(criterion=PASSING.id, evidence=("report",), answer="We do.")
    found = score(
        ControlResponse(control=CONTROL.id, criteria=(answer,)),
        evidence=(evidence(expires=YESTERDAY),),
        files=(("report", FileState.PRESENT),),
        case_studies=(),
    )
    [item] = found.evidence
    assert (item.state, item.expired) == (FileState.PRESENT, True)
    assert item.serves == (f"{CONTROL.id}/{PASSING.id}",)
    first = next(c for c in found.control(CONTROL.id).criteria if c.criterion == PASSING.id)
    assert "evidence-expired:report" in rules(first)
    assert first.answer == "We do."


def test_an_answer_to_an_older_catalog_is_marked_and_an_unknown_one_is_orphaned():
    criteria = (
        CriterionAnswer(criterion=PASSING.id, override=override(3)),
        CriterionAnswer(criterion="once-asked", answer="We did."),
    )
    found = score(
        ControlResponse(control=CONTROL.id, narrative="We do.", criteria=criteria),
        catalog_version="2025.1",
    )
    control = found.control(CONTROL.id)
    first = next(c for c in control.criteria if c.criterion == PASSING.id)
    assert "not-reconfirmed" in rules(first)
    assert "orphaned:once-asked" in rules(control)
    assert {"catalog-differs", "not-reconfirmed"} <= set(rules(found))


def test_the_mark_of_an_older_answer_compares_its_own_question():
    first, second, *rest = CONTROL.criteria
    older = second.model_copy(update={"question": "What was asked before?"})
    record = build_catalog_record(
        catalog_of(CONTROL.model_copy(update={"criteria": (first, older, *rest)}), version="1")
    )
    found = score(
        response_at(3), catalog=catalog_of(CONTROL, records=(record,)), catalog_version="1"
    )
    marks = {
        c.criterion: f.message
        for c in found.control(CONTROL.id).criteria
        for f in c.findings
        if f.rule == "not-reconfirmed"
    }
    assert [name for name, text in marks.items() if "What was asked before?" in text] == [second.id]
    assert len(marks) == len(CONTROL.criteria)
    assert all("catalog 1," in text for text in marks.values())


def test_the_result_advises_on_case_studies():
    found = score(short_by(0))
    assert found.qualification.set_qualifies
    assert found.qualification.best
    assert not found.qualification.change
