"""Levels by example: one row per boundary of a rule."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest

from calib.model import (
    CaseStudy,
    ControlResponse,
    CriterionAnswer,
    FileState,
    Finding,
    Outcome,
    Span,
    Subject,
    Verdict,
)
from calib.scoring.evidence import evidence_results
from tests.core_examples import (
    CATALOG,
    CONTROL,
    PASSING,
    REQUIREMENT,
    TODAY,
    TOMORROW,
    YESTERDAY,
    assessment,
    by_name,
    days_ago,
    evidence,
    judge,
    override,
    rules,
)

YES, PARTLY, NO = Verdict.YES, Verdict.PARTLY, Verdict.NO
GONE = {"report": FileState.MISSING}


judging = partial(partial, judge)
"""Put off the judgement of a row until its test runs."""


# --- the level that text and evidence support ---


@pytest.mark.parametrize(
    ("judged", "supported", "expected"),
    by_name([
        ("a yes, measured, with a document of today -> 4",
         judging(YES, evidence()), 4, ["text-yes", "artefact-there", "measured"]),
        ("dated exactly 365 days ago -> recent",
         judging(YES, evidence(dated=days_ago(365))), 4, ["text-yes", "artefact-there", "measured"]),
        ("dated 366 days ago -> not recent",
         judging(YES, evidence(dated=days_ago(366))), 3, ["text-yes", "artefact-there", "not-recent"]),
        ("dated tomorrow -> not recent",
         judging(YES, evidence(dated=TOMORROW)), 3, ["text-yes", "artefact-there", "not-recent"]),
        ("without a date -> not recent",
         judging(YES, evidence(dated=None)), 3, ["text-yes", "artefact-there", "not-recent"]),
        ("an old document beside a recent one -> recent",
         judging(YES, evidence("old", dated=days_ago(900)), evidence()), 4,
         ["text-yes", "artefact-there", "measured"]),
        ("expires today -> still valid",
         judging(YES, evidence(expires=TODAY)), 4, ["text-yes", "artefact-there", "measured"]),
        ("expired yesterday -> does not count",
         judging(YES, evidence(expires=YESTERDAY)), 2,
         ["text-yes", "evidence-expired:report", "artefact-missing", "not-linked"]),
        ("expired, but the text names a document -> 3",
         judging(YES, evidence(expires=YESTERDAY), artefact=True), 3,
         ["text-yes", "evidence-expired:report", "artefact-there", "not-linked"]),
        ("expired beside a valid one -> the valid one counts",
         judging(YES, evidence("old", expires=YESTERDAY), evidence()), 4,
         ["text-yes", "evidence-expired:old", "artefact-there", "measured"]),
        ("the file is missing -> does not count",
         judging(YES, evidence(), states=GONE), 2,
         ["text-yes", "evidence-missing:report", "artefact-missing", "not-linked"]),
        ("missing and expired -> reported as missing",
         judging(YES, evidence(expires=YESTERDAY), states=GONE), 2,
         ["text-yes", "evidence-missing:report", "artefact-missing", "not-linked"]),
        ("the file has changed -> still counts",
         judging(YES, evidence(), states={"report": FileState.CHANGED}), 4,
         ["text-yes", "artefact-there", "measured"]),
        ("the file has no hash -> still counts",
         judging(YES, evidence(), states={"report": FileState.UNREGISTERED}), 4,
         ["text-yes", "artefact-there", "measured"]),
        ("nothing measured -> 3",
         judging(YES, evidence(), measured=False), 3, ["text-yes", "artefact-there", "not-measured"]),
        ("nothing measured and not recent -> both are reported",
         judging(YES, evidence(dated=None), measured=False), 3,
         ["text-yes", "artefact-there", "not-measured", "not-recent"]),
        ("a document named in the text alone -> 3",
         judging(YES, artefact=True), 3, ["text-yes", "artefact-there", "not-linked"]),
        ("no document at all -> 2",
         judging(YES), 2, ["text-yes", "artefact-missing", "not-linked"]),
        ("partly, with evidence -> 2",
         judging(PARTLY, evidence()), 2, ["text-partly", "artefact-there"]),
        ("partly, naming a document -> 2",
         judging(PARTLY, artefact=True), 2, ["text-partly", "artefact-there"]),
        ("partly, no document -> 2",
         judging(PARTLY), 2, ["text-partly", "artefact-missing"]),
        ("a no, with evidence -> 1",
         judging(NO, evidence()), 1, ["text-no", "artefact-there"]),
        ("a no, naming a document -> its document does not count",
         judging(NO, artefact=True), 1, ["text-no", "artefact-missing"]),
        ("only an answer -> 1",
         judging(NO, passages=False, answer="We do."), 1, ["text-no", "artefact-missing"]),
        ("only evidence -> 1",
         judging(NO, evidence(), passages=False), 1, ["text-no", "artefact-there"]),
        ("only a sentence -> 1",
         judging(NO), 1, ["text-no", "artefact-missing"]),
        ("nothing at all -> 0, and the reviewer has nothing to add",
         judging(NO, passages=False), 0, ["nothing-said"]),
    ]),
)  # fmt: skip
def test_supported_level(judged, supported, expected):
    judged = judged()
    assert rules(judged) == expected
    assert judged.supported == judged.effective == supported


NEW = {"judged": False, "passages": False}
"""A criterion without points: its text is not judged."""


@pytest.mark.parametrize(
    ("judged", "supported", "expected"),
    by_name([
        ("with evidence -> 2", judging(NO, evidence(), **NEW), 2, ["not-judged", "artefact-there"]),
        ("expired evidence does not count",
         judging(NO, evidence(expires=YESTERDAY), **NEW), 1,
         ["not-judged", "evidence-expired:report", "artefact-missing"]),
        ("only an answer -> 1", judging(NO, answer="We do.", **NEW), 1, ["not-judged", "artefact-missing"]),
        ("nothing -> 0, and it is still reported as not judged",
         judging(NO, **NEW), 0, ["not-judged", "nothing-said"]),
    ]),
)  # fmt: skip
def test_supported_level_of_a_criterion_that_is_not_judged(judged, supported, expected):
    judged = judged()
    assert rules(judged) == expected
    assert judged.supported == supported
    assert not judged.judged


def test_nothing_yet_says_whether_the_narrative_was_judged():
    judged, new = judge(NO, passages=False), judge(NO, **NEW)
    assert judged.judged
    assert judged.findings[0].message != new.findings[1].message


def test_evidence_that_is_not_in_the_register_is_ignored():
    found = judge(YES, evidence(), artefact=True)
    unknown = judge(YES, artefact=True, evidence=("unknown",))
    assert found.supported == 4
    assert (unknown.supported, unknown.evidence) == (3, ("unknown",))


@pytest.mark.parametrize(
    ("rule", "outcome", "bounds"),
    [
        ("nothing-said", Outcome.GAP, 0),
        ("artefact-there", Outcome.MET, None),
        ("artefact-missing", Outcome.PARTLY, 2),
        ("evidence-expired:report", Outcome.PARTLY, None),
        ("evidence-missing:report", Outcome.PARTLY, None),
        ("not-measured", Outcome.MET, 3),
        ("not-linked", Outcome.MET, 3),
        ("not-recent", Outcome.MET, 3),
        ("measured", Outcome.MET, None),
    ],
)
def test_what_each_finding_bounds(rule, outcome, bounds):
    judged = [
        judge(NO, passages=False),
        judge(YES, evidence()),
        judge(YES, evidence(expires=YESTERDAY)),
        judge(YES, evidence(), states=GONE),
        judge(YES, evidence(dated=None), measured=False),
    ]
    found = next(f for one in judged for f in one.findings if f.rule == rule)
    assert (found.outcome, found.bounds) == (outcome, bounds)
    assert bool(found.remediation) == (outcome is not Outcome.MET)
    assert found.message


def test_findings_say_where_they_belong():
    found = {f.rule: f for f in judge(YES, evidence(), evidence("old", expires=YESTERDAY)).findings}
    assert {(f.control, f.criterion) for f in found.values()} == {(CONTROL.id, PASSING.id)}
    assert {f.subject.file for f in found.values()} == {f"controls/{CONTROL.id}.yaml"}
    assert found["text-yes"].subject.place == f"criteria.{PASSING.id}"
    assert found["evidence-expired:old"].subject.evidence == "old"
    assert found["measured"].subject.place == "narrative"
    assert found["measured"].subject.span == Span(start=0, end=5)
    assert "Report" in found["artefact-there"].message
    assert f"“Report” of {TODAY}" in found["measured"].message
    assert PASSING.artefacts[0] in judge(YES).findings[1].remediation
    assert judge(NO, passages=False).findings[0].remediation == PASSING.remediation.sentence
    assert str(CATALOG.gate.recent_days) in judge(YES, evidence(dated=None)).findings[2].message
    text = "The text names"
    assert judge(YES, artefact=True).findings[1].message.startswith(text)


def test_the_measure_is_shown_with_the_recent_document_not_with_the_first():
    found = judge(YES, evidence("old", dated=days_ago(900)), evidence())
    assert "“Report”" in found.findings[-1].message
    assert "“Old”" in found.findings[1].message


def test_a_finding_with_a_place_of_its_own_keeps_it():
    subject = Subject(file="assessment.yaml", place="catalog_version")
    extra = Finding(rule="x", outcome=Outcome.ADVICE, message="-", subject=subject)
    found = judge(YES, evidence(), extra=(extra,)).findings[-1]
    assert (found.rule, found.subject, found.criterion) == ("x", subject, PASSING.id)


# --- what is claimed, overridden or said not to apply ---

MEASURED = (YES, evidence())  # supports 4
NOT_MEASURED = {"measured": False}  # supports 3


@pytest.mark.parametrize(
    ("judged", "effective", "outcome", "found"),
    by_name([
        ("no claim -> the text decides", judging(*MEASURED), 4, Outcome.MET, {}),
        ("claim as supported", judging(*MEASURED, claimed_level=4), 4, Outcome.MET, {}),
        ("claim above support -> the support counts",
         judging(*MEASURED, claimed_level=4, **NOT_MEASURED), 3, Outcome.ADVICE, {"over-claimed": Outcome.PARTLY}),
        ("claim above support, short of the gate",
         judging(PARTLY, claimed_level=3), 2, Outcome.PARTLY, {"over-claimed": Outcome.PARTLY}),
        ("claim below support, gate held -> advice",
         judging(*MEASURED, claimed_level=3), 3, Outcome.ADVICE, {"under-claimed": Outcome.ADVICE}),
        ("claim below support costs the gate -> partly",
         judging(*MEASURED, claimed_level=2), 2, Outcome.PARTLY, {"under-claimed": Outcome.PARTLY}),
        ("claim below support that just reaches the gate -> partly",
         judging(*MEASURED, claimed_level=2, **NOT_MEASURED), 2, Outcome.PARTLY, {"under-claimed": Outcome.PARTLY}),
        ("claim below a support that is short of the gate itself -> advice",
         judging(PARTLY, claimed_level=1), 1, Outcome.GAP, {"under-claimed": Outcome.ADVICE}),
        ("claim of 0 is a claim", judging(*MEASURED, claimed_level=0), 0, Outcome.GAP, {"under-claimed": Outcome.PARTLY}),
        ("level 2 of a passing criterion -> partly", judging(PARTLY, evidence()), 2, Outcome.PARTLY, {}),
        ("level 1 of a passing criterion -> gap", judging(NO, evidence()), 1, Outcome.GAP, {}),
        ("level 2 of a requirement -> met, with advice",
         judging(PARTLY, evidence(), criterion=REQUIREMENT), 2, Outcome.ADVICE, {}),
        ("level 1 of a requirement -> gap", judging(NO, evidence(), criterion=REQUIREMENT), 1, Outcome.GAP, {}),
        ("claim of 2 for a requirement holds the gate -> advice",
         judging(*MEASURED, criterion=REQUIREMENT, claimed_level=2), 2, Outcome.ADVICE, {"under-claimed": Outcome.ADVICE}),
        ("claim of 1 for a requirement costs the gate -> partly",
         judging(PARTLY, evidence(), criterion=REQUIREMENT, claimed_level=1), 1, Outcome.GAP, {"under-claimed": Outcome.PARTLY}),
        ("an override replaces support", judging(NO, override=override(4)), 4, Outcome.ADVICE, {"overridden": Outcome.ADVICE}),
        ("an override can lower to 0", judging(*MEASURED, override=override(0)), 0, Outcome.GAP, {"overridden": Outcome.ADVICE}),
        ("an override beats the claim",
         judging(*MEASURED, claimed_level=2, override=override(3)), 3, Outcome.ADVICE,
         {"under-claimed": Outcome.PARTLY, "overridden": Outcome.ADVICE}),
        ("not applicable counts as open",
         judging(NO, evidence(), not_applicable="we only resell"), 1, Outcome.GAP, {"not-applicable": Outcome.NOT_APPLICABLE}),
        ("not applicable takes nothing away",
         judging(*MEASURED, not_applicable="we only resell"), 4, Outcome.MET, {"not-applicable": Outcome.NOT_APPLICABLE}),
        ("one expired document beside a good one -> met, with advice",
         judging(YES, evidence(), evidence("old", expires=YESTERDAY)), 4, Outcome.ADVICE, {}),
    ]),
)  # fmt: skip
def test_effective_level_and_outcome(judged, effective, outcome, found):
    judged = judged()
    of_claim = ("over-claimed", "under-claimed", "not-applicable", "overridden")
    assert {f.rule: f.outcome for f in judged.findings if f.rule in of_claim} == found
    assert (judged.effective, judged.outcome) == (effective, outcome)
    assert judged.met == (effective >= judged.needed)
    assert all(f.message for f in judged.findings)


def test_findings_on_claims_name_the_levels_and_the_reasons():
    over = judge(PARTLY, claimed_level=4)
    under = judge(*MEASURED, claimed_level=1)
    settled = judge(NO, override=override(3, "Bea", "saw it"), not_applicable="only resale")
    found = {f.rule: f for one in (over, under, settled) for f in one.findings}
    assert {"4", "2"} <= set(
        found["over-claimed"].message.replace(",", " ").replace(".", " ").split()
    )
    assert {"1", "4"} <= set(
        found["under-claimed"].message.replace(",", " ").replace(".", " ").split()
    )
    assert "only resale" in found["not-applicable"].message
    assert all(part in found["overridden"].message for part in ("Bea", "3", "saw it"))
    assert found["over-claimed"].remediation
    assert found["under-claimed"].remediation
    assert found["not-applicable"].remediation
    assert (settled.overridden_by, settled.override_reason) == ("Bea", "saw it")
    assert (over.overridden_by, over.override_reason) == ("", "")


def test_the_result_of_a_criterion_repeats_what_views_show():
    due = date(2026, 12, 1)
    found = judge(
        PARTLY,
        evidence(),
        claimed_level=2,
        answer="We do.",
        owner="Ann",
        due=due,
        not_applicable="n/a",
    )
    assert found.model_dump(exclude={"findings", "outcome"}) == {
        "criterion": PASSING.id, "title": PASSING.title, "basis": PASSING.basis, "weight": PASSING.weight,
        "needed": 3, "verdict": PARTLY, "claimed": 2, "supported": 2, "effective": 2,
        "overridden_by": "", "override_reason": "", "not_applicable": "n/a", "answer": "We do.",
        "owner": "Ann", "due": due, "evidence": ("report",), "points": (), "marks": (),
        "learned": True, "example_bar": False, "example_points": PASSING.example_bar,
    }  # fmt: skip


# --- each entry of the evidence register by itself ---


def register(item, state=None, *, linked=True):
    """Judge one entry; without a state nothing is known of its file."""
    answer = CriterionAnswer(criterion=PASSING.id, evidence=(item.id,) if linked else ())
    response = ControlResponse(control=CONTROL.id, criteria=(answer,))
    files = ((item.id, state),) if state else ()
    return evidence_results(assessment(response, evidence=(item,), files=files), TODAY)[item.id]


registering = partial(partial, register)


@pytest.mark.parametrize(
    ("found", "expired", "expected"),
    by_name([
        ("linked, a URL", registering(evidence()), False, {}),
        ("expires today", registering(evidence(expires=TODAY)), False, {}),
        ("expires tomorrow", registering(evidence(expires=TOMORROW)), False, {}),
        ("expired yesterday", registering(evidence(expires=YESTERDAY)), True, {"evidence-expired:report": Outcome.PARTLY}),
        ("present", registering(evidence(), FileState.PRESENT), False, {}),
        ("missing", registering(evidence(), FileState.MISSING), False, {"evidence-missing:report": Outcome.GAP}),
        ("changed", registering(evidence(), FileState.CHANGED), False, {"evidence-changed:report": Outcome.PARTLY}),
        ("no hash", registering(evidence(), FileState.UNREGISTERED), False, {"evidence-unregistered:report": Outcome.ADVICE}),
        ("linked to nothing", registering(evidence(), linked=False), False, {"evidence-unlinked:report": Outcome.ADVICE}),
        ("missing, expired, linked to nothing",
         registering(evidence(expires=YESTERDAY), FileState.MISSING, linked=False), True,
         {"evidence-missing:report": Outcome.GAP, "evidence-expired:report": Outcome.PARTLY,
          "evidence-unlinked:report": Outcome.ADVICE}),
    ]),
)  # fmt: skip
def test_register_entry(found, expired, expected):
    found = found()
    assert found.expired is expired
    assert {f.rule: f.outcome for f in found.findings} == expected
    assert all("Report" in f.message and f.remediation for f in found.findings)
    assert {f.subject.evidence for f in found.findings} <= {"report"}
    assert {f.subject.file for f in found.findings} <= {"evidence.yaml"}


def test_a_finding_on_a_file_points_at_the_file():
    item = evidence(url=None, file="evidence/report.pdf")
    [found] = register(item, FileState.MISSING).findings
    assert found.subject.file == "evidence/report.pdf"
    assert "evidence/report.pdf" in found.remediation
    assert register(item, FileState.MISSING).state is FileState.MISSING


def test_an_entry_lists_everything_that_uses_it():
    answers = tuple(
        CriterionAnswer(criterion=c.id, evidence=("report", "none")) for c in CONTROL.criteria[:2]
    )
    response = ControlResponse(control=CONTROL.id, criteria=answers)
    found = evidence_results(
        assessment(
            response,
            evidence=(evidence(), evidence("other")),
            case_studies=(CaseStudy(slug="port", evidence=("report", "other")),),
        ),
        TODAY,
    )
    assert list(found) == ["report", "other"]
    first, second = (f"{CONTROL.id}/{c.id}" for c in CONTROL.criteria[:2])
    assert found["report"].serves == (first, second, "case_studies/port")
    assert found["other"].serves == ("case_studies/port",)
    assert found["other"].item == evidence("other")
