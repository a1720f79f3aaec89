"""Levels come from findings, gates from levels, and no improvement ever lowers anything."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calib import assess, load_assessment, load_catalog
from calib.model import (
    Assessment,
    CaseStudy,
    CriterionAnswer,
    Evidence,
    FileState,
    Outcome,
    Override,
    Readiness,
    Verdict,
)
from calib.resources import resource_path
from calib.store.locate import EXAMPLES

CATALOG = load_catalog()
TODAY = date(2026, 11, 22)
BASES = {
    name: load_assessment(resource_path("data", "examples", slug), CATALOG)
    for name, slug in EXAMPLES.items()
}
PLACES = [(c.id, x.id) for c in CATALOG.controls for x in c.criteria]


def score(assessment: Assessment):
    return assess(CATALOG, assessment, TODAY)


def change(assessment: Assessment, control: str, criterion: str = "", **changes) -> Assessment:
    """Return the assessment with one answer, or one response, changed."""
    response = assessment.response(control)
    if criterion:
        answer = response.answer(criterion).model_copy(update=changes)
        rest = tuple(a for a in response.criteria if a.criterion != criterion)
        response = response.model_copy(update={"criteria": (*rest, answer)})
    else:
        response = response.model_copy(update=changes)
    others = tuple(r for r in assessment.responses if r.control != control)
    return assessment.model_copy(update={"responses": (*others, response)})


def test_the_three_examples_tell_their_stories(results):
    assert results["strong"].readiness is Readiness.READY
    assert results["halfway"].readiness is Readiness.NOT_READY
    assert results["insufficient"].readiness is Readiness.NOT_READY
    assert 4 < len(results["halfway"].gaps) < 20
    assert not any(c.gate for c in results["insufficient"].controls)
    assert {c.control for c in results["halfway"].controls if c.gate} == {
        "GENAIPR-001",
        "GENAIPR-006",
    }


def test_supported_is_the_lowest_bound_of_the_findings(results):
    for result in results.values():
        for control in result.controls:
            for criterion in control.criteria:
                bounds = [f.bounds for f in criterion.findings if f.bounds is not None]
                assert criterion.supported == min(bounds, default=4), criterion


def test_effective_is_the_lower_of_claimed_and_supported_unless_overridden(results):
    for result in results.values():
        for criterion in (c for x in result.controls for c in x.criteria):
            if criterion.overridden_by:
                continue
            claimed = 4 if criterion.claimed is None else criterion.claimed
            assert criterion.effective == min(claimed, criterion.supported)


def test_where_nothing_is_claimed_the_text_decides():
    control = CATALOG.controls[0].id
    good = BASES["strong"].response(control).narrative
    bare = BASES["insufficient"].model_copy(update={"responses": ()})
    result = score(change(bare, control, narrative=good))
    for criterion in result.control(control).criteria:
        assert criterion.claimed is None
        assert criterion.effective == criterion.supported >= 2


@pytest.mark.parametrize(
    ("verdict", "most"), [(Verdict.NO, 1), (Verdict.PARTLY, 2), (Verdict.YES, 4)]
)
def test_a_verdict_bounds_the_level(results, verdict, most):
    levels = [
        c.supported for r in results.values() for x in r.controls for c in x.criteria
        if c.verdict is verdict
    ]  # fmt: skip
    assert levels
    assert max(levels) <= most


def test_a_yes_without_an_artefact_stays_described():
    control = CATALOG.controls[5].id
    text = (
        "Customers report an issue by telephone or portal, tier one answers, and after 30 minutes it "
        "escalates to tier two and then to the duty manager."
    )
    result = score(
        change(BASES["strong"].model_copy(update={"responses": ()}), control, narrative=text)
    )
    [criterion] = [c for c in result.control(control).criteria if c.verdict is Verdict.YES]
    assert criterion.supported == 2
    assert "artefact-missing" in [f.rule for f in criterion.findings]


def test_level_four_needs_measure_link_and_a_recent_date():
    fours = [
        (r, c) for r in score(BASES["strong"]).controls for c in r.criteria if c.supported == 4
    ]
    assert len(fours) >= 10
    control, criterion = fours[0][0].control, fours[0][1].criterion
    assert level(BASES["strong"], control, criterion) == 4
    # Without evidence it is 3 where the text names an artefact, and 2 where it does not.
    bare = {
        level(change(BASES["strong"], r.control, c.criterion, evidence=()), r.control, c.criterion)
        for r, c in fours
    }
    assert 3 in bare
    assert bare <= {2, 3}
    old = tuple(
        e.model_copy(update={"dated": date(2025, 11, 21)}) for e in BASES["strong"].evidence
    )
    assert level(BASES["strong"].model_copy(update={"evidence": old}), control, criterion) == 3


def level(assessment, control, criterion):
    return next(
        c.supported for c in score(assessment).control(control).criteria if c.criterion == criterion
    )


@pytest.mark.parametrize("state", [FileState.MISSING])
def test_evidence_that_is_not_there_carries_nothing(state):
    strong = BASES["strong"]
    gone = tuple((i, state) for i, _ in strong.files)
    result = score(strong.model_copy(update={"files": gone}))
    assert all(c.supported <= 3 for x in result.controls for c in x.criteria)
    assert any(f.rule.startswith("evidence-missing") for f in result.all_findings())


def test_expired_evidence_carries_nothing():
    strong = BASES["strong"]
    old = tuple(e.model_copy(update={"expires": date(2026, 1, 1)}) for e in strong.evidence)
    result = score(strong.model_copy(update={"evidence": old}))
    assert all(c.supported <= 3 for x in result.controls for c in x.criteria)


def test_over_and_under_claims_are_findings():
    control, criterion = "GENAIPR-001", "methodology"
    over = score(change(BASES["insufficient"], control, criterion, claimed_level=4))
    under = score(change(BASES["strong"], control, criterion, claimed_level=1))
    assert "over-claimed" in rules_of(over, control, criterion)
    assert "under-claimed" in rules_of(under, control, criterion)
    assert not under.control(control).gate


def rules_of(result, control, criterion):
    return [
        f.rule
        for c in result.control(control).criteria
        if c.criterion == criterion
        for f in c.findings
    ]


def test_an_override_replaces_the_level_and_shows_its_reason():
    override = Override(level=3, by="Ada", reason="seen in the interview")
    result = score(change(BASES["insufficient"], "GENAIPR-001", "methodology", override=override))
    criterion = result.control("GENAIPR-001").criteria[0]
    assert (criterion.effective, criterion.overridden_by) == (3, "Ada")
    assert any("seen in the interview" in f.message for f in criterion.findings)


def test_not_applicable_raises_nothing():
    base = BASES["insufficient"]
    for control, criterion in PLACES:
        result = score(change(base, control, criterion, not_applicable="we only resell"))
        assert facts(result)[:3] == facts(score(base))[:3]


def test_a_third_party_service_needs_a_justification():
    halfway = score(BASES["halfway"])
    assert any(g.id.startswith("GENAIPR-005/third-party/") for g in halfway.gaps)
    assert not halfway.control("GENAIPR-005").gate


def test_an_expired_catalog_warns_in_every_result():
    late = assess(CATALOG, BASES["strong"], date(2031, 1, 1))
    assert late.catalog_expired
    assert [f.rule for f in late.findings if f.outcome is Outcome.PARTLY] == ["catalog-expired"]


def test_every_gap_opens_to_findings(results):
    for result in results.values():
        ids = {f.id for f in result.all_findings()}
        for gap in result.gaps:
            if not gap.id.endswith("/submit"):
                assert gap.because, gap.id
            assert set(gap.because) <= ids, gap.id


def test_result_round_trips_as_json(results):
    for result in results.values():
        assert type(result).model_validate_json(result.model_dump_json()) == result


# --- properties: improving any one answer never lowers anything ---------------

RANK = [Readiness.NOT_READY, Readiness.CLOSE, Readiness.READY]


def facts(result):
    """Everything that an improvement may only raise."""
    levels = {(x.control, c.criterion): c.effective for x in result.controls for c in x.criteria}
    gates = {x.control: x.gate for x in result.controls}
    gauges = {x.control: x.gauge for x in result.controls}
    return levels, gates, gauges, RANK.index(result.readiness), result.qualification.set_qualifies


def never_lower(before: Assessment, after: Assessment):
    old, new = facts(score(before)), facts(score(after))
    for was, now in zip(old[:3], new[:3], strict=True):
        assert all(now[key] >= was[key] for key in was)
    assert new[3:] >= old[3:]
    assert new[4] >= old[4]


@st.composite
def assessments(draw):
    """An example with some answers, states and studies stirred."""
    base = BASES[draw(st.sampled_from(list(BASES)))]
    for control, criterion in draw(st.lists(st.sampled_from(PLACES), max_size=6, unique=True)):
        base = change(
            base, control, criterion,
            claimed_level=draw(st.sampled_from([None, 0, 1, 2, 3, 4])),
            evidence=tuple(draw(st.lists(st.sampled_from([e.id for e in base.evidence]), max_size=2))),
        )  # fmt: skip
    for control in draw(st.lists(st.sampled_from([c.id for c in CATALOG.controls]), max_size=3)):
        other = BASES[draw(st.sampled_from(list(BASES)))]
        base = change(base, control, narrative=other.response(control).narrative)
    states = tuple((i, draw(st.sampled_from(FileState))) for i, _ in base.files)
    return base.model_copy(update={"files": states})


ANSWERS = st.tuples(assessments(), st.sampled_from(PLACES))


@settings(max_examples=25, deadline=None)
@given(ANSWERS)
def test_raising_a_claim_never_lowers(drawn):
    base, (control, criterion) = drawn
    claimed = base.response(control).answer(criterion).claimed_level
    if claimed is not None and claimed < 4:
        never_lower(base, change(base, control, criterion, claimed_level=claimed + 1))


@settings(max_examples=25, deadline=None)
@given(ANSWERS)
def test_linking_good_evidence_never_lowers(drawn):
    base, (control, criterion) = drawn
    item = Evidence(
        id="fresh", title="Fresh", url="https://acme.example/fresh", dated=date(2026, 11, 1)
    )
    linked = (*base.response(control).answer(criterion).evidence, "fresh")
    after = base.model_copy(update={"evidence": (*base.evidence, item)})
    never_lower(
        base, change(after, control, criterion, evidence=linked, answer="It is in the file.")
    )


@settings(max_examples=25, deadline=None)
@given(ANSWERS)
def test_adding_good_text_never_lowers(drawn):
    base, (control, _) = drawn
    text = base.response(control).narrative + "\n\n" + CATALOG.control(control).examples.good.text
    never_lower(base, change(base, control, narrative=text))


@settings(max_examples=25, deadline=None)
@given(ANSWERS)
def test_mending_what_is_around_never_lowers(drawn):
    base, (control, _) = drawn
    there = tuple((i, FileState.PRESENT) for i, _ in base.files)
    never_lower(base, base.model_copy(update={"files": there}))
    parties = tuple(
        t.model_copy(update={"justification": "It runs in the customer's account, encrypted."})
        for t in base.response(control).third_party
    )
    never_lower(base, change(base, control, third_party=parties))
    studies = tuple(
        s.model_copy(update={"results": s.results or "It fell by 4%."}) for s in base.case_studies
    )
    never_lower(base, base.model_copy(update={"case_studies": studies}))
    best = CaseStudy(
        slug="best", title="Best", customer="B", solution="A foundation model drafts notes.",
        results="Down by 3 hours.", services=("AWS HealthScribe",), primary_service="AWS HealthScribe",
        solution_types=("llm-application", "monitoring"),
    )  # fmt: skip
    never_lower(base, base.model_copy(update={"case_studies": (*base.case_studies, best)}))


@settings(max_examples=40, deadline=None)
@given(ANSWERS)
def test_a_failed_criterion_never_averages_out(drawn):
    base, (control, criterion) = drawn
    result = score(change(base, control, criterion, claimed_level=0, override=None))
    found = result.control(control)
    assert not found.gate
    assert result.readiness is not Readiness.READY
    assert any(g.id == f"{control}/{criterion}" for g in result.gaps)


@settings(max_examples=20, deadline=None)
@given(assessments())
def test_ready_means_that_nothing_is_left(base):
    result = score(base)
    ready = result.qualification.set_qualifies and all(c.gate for c in result.controls)
    assert (result.readiness is Readiness.READY) == ready == (not result.gaps)


def test_an_unanswered_criterion_counts_as_open():
    empty = BASES["strong"].model_copy(update={"responses": ()})
    result = score(empty)
    assert all(c.effective == 0 for x in result.controls for c in x.criteria)
    assert CriterionAnswer(criterion="methodology").claimed_level is None
