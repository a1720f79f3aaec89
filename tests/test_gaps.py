"""Remediation actions by example: what is asked for, how many days it counts, what is to blame."""

from __future__ import annotations

import pytest

from calib.model import Basis, ControlResult, Effort, Finding, Outcome, Verdict
from calib.scoring.gaps import control_gaps
from tests.core_examples import (
    CATALOG,
    CONTROL,
    PASSING,
    REQUIREMENT,
    YESTERDAY,
    by_name,
    evidence,
    judge,
    override,
)

YES, PARTLY, NO = Verdict.YES, Verdict.PARTLY, Verdict.NO
SMALL, MEDIUM, LARGE = Effort.SMALL, Effort.MEDIUM, Effort.LARGE
DAYS = {SMALL: 2, MEDIUM: 8, LARGE: 20}
RAISE, SETTLE, LINK, WHOLE = "raise the claim", "settle", "link the document", "the whole action"


def sized(effort, criterion=PASSING):
    """The criterion with a remediation of another size."""
    remediation = criterion.remediation.model_copy(update={"effort": effort})
    return criterion.model_copy(update={"remediation": remediation})


def control_result(*criteria, findings=()):
    return ControlResult(
        control=CONTROL.id, title=CONTROL.title, gate=False, gauge=0.0, level=0, narrative="",
        passages=(), criteria=criteria, findings=findings,
    )  # fmt: skip


def gaps_of(*criteria, findings=(), control=CONTROL, catalog=CATALOG):
    return control_gaps(catalog, control, control_result(*criteria, findings=findings))


def gap_of(verdict, *items, criterion=PASSING, **more):
    """The one action for a criterion."""
    control = CONTROL.model_copy(update={"criteria": (criterion,)})
    judged = judge(verdict, *items, criterion=criterion, control=control, **more)
    [found] = gaps_of(judged, control=control)
    return found


def kind_of(gap):
    """Tell the kinds of action apart by the facts that they must name, not by their wording."""
    if gap.action == PASSING.remediation.action:
        return WHOLE
    if "Ada" in gap.action:
        return SETTLE
    return LINK if PASSING.remediation.artefact in gap.action else RAISE


@pytest.mark.parametrize(
    ("arguments", "more", "kind", "effort", "days"),
    by_name([
        ("a no: the whole action, L", (NO,), {"criterion": sized(LARGE)}, WHOLE, LARGE, 20),
        ("a no: the whole action, M", (NO,), {"criterion": sized(MEDIUM)}, WHOLE, MEDIUM, 8),
        ("a no: the whole action, S", (NO,), {"criterion": sized(SMALL)}, WHOLE, SMALL, 2),
        ("a partly takes one size off: L -> M", (PARTLY,), {"criterion": sized(LARGE)}, WHOLE, MEDIUM, 8),
        ("a partly takes one size off: M -> S", (PARTLY,), {"criterion": sized(MEDIUM)}, WHOLE, SMALL, 2),
        ("a partly: S stays S", (PARTLY,), {"criterion": sized(SMALL)}, WHOLE, SMALL, 2),
        ("a yes without a document: link it", (YES,), {"criterion": sized(LARGE)}, LINK, SMALL, 2),
        ("a yes whose document expired: link it",
         (YES, evidence(expires=YESTERDAY)), {"criterion": sized(LARGE)}, LINK, SMALL, 2),
        ("supported, but claimed lower: one day to raise the claim",
         (YES, evidence()), {"criterion": sized(LARGE), "claimed_level": 2}, RAISE, SMALL, 1),
        ("supported just as needed, but claimed lower: one day",
         (YES, evidence()), {"criterion": sized(LARGE), "claimed_level": 0, "measured": False}, RAISE, SMALL, 1),
        ("supported, but an assessor set it lower: one day to settle it",
         (YES, evidence()), {"criterion": sized(LARGE), "override": override(1)}, SETTLE, SMALL, 1),
        ("supported just as needed, but an assessor set it lower",
         (YES, evidence()), {"criterion": sized(LARGE), "override": override(1), "measured": False}, SETTLE, SMALL, 1),
        ("an assessor agrees that it is missing: the whole action",
         (NO,), {"criterion": sized(LARGE), "override": override(1)}, WHOLE, LARGE, 20),
        ("an assessor set a partly lower: one size off",
         (PARTLY,), {"criterion": sized(LARGE), "override": override(1)}, WHOLE, MEDIUM, 8),
    ]),
)  # fmt: skip
def test_action_and_days(arguments, more, kind, effort, days):
    found = gap_of(*arguments, **more)
    assert (kind_of(found), found.effort, found.days) == (kind, effort, days)


def test_days_are_those_of_the_catalog():
    assert {size.effort: size.days for size in CATALOG.efforts} == DAYS


def test_the_artefact_is_the_one_of_the_action():
    artefact = PASSING.remediation.artefact
    assert gap_of(NO).artefact == gap_of(PARTLY).artefact == gap_of(YES).artefact == artefact
    assert gap_of(YES, evidence(), override=override(1)).artefact == artefact
    raised = gap_of(YES, evidence(), claimed_level=1)
    assert raised.artefact not in (artefact, "")
    assert "3" in raised.action


def test_an_override_is_quoted():
    found = gap_of(YES, evidence(), override=override(1, "Bea", "the log is empty"))
    assert "Bea" in found.action
    assert "the log is empty" in found.action


def test_a_gap_names_its_criterion_and_the_way_to_go():
    found = gap_of(PARTLY, evidence(), claimed_level=1)
    assert found.id == f"{CONTROL.id}/{PASSING.id}"
    assert (found.control, found.criterion, found.title) == (CONTROL.id, PASSING.id, PASSING.title)
    assert (found.from_level, found.to_level) == (1, 3)


def test_only_criteria_short_of_the_gate_are_gaps():
    met = judge(YES, evidence())
    required = judge(PARTLY, evidence(), criterion=REQUIREMENT)
    short = judge(NO, evidence(), criterion=REQUIREMENT)
    assert gaps_of(met, required) == ()
    assert [g.criterion for g in gaps_of(met, short)] == [REQUIREMENT.id]
    assert gaps_of(met, short)[0].to_level == 2


# --- which findings a gap is blamed on ---


def blamed(verdict, *items, criterion=PASSING, catalog=CATALOG, **more):
    judged = judge(verdict, *items, criterion=criterion, catalog=catalog, **more)
    [found] = gaps_of(judged, catalog=catalog)
    prefix = f"{CONTROL.id}/{criterion.id}/"
    assert all(name.startswith(prefix) for name in found.because)
    return [name.removeprefix(prefix) for name in found.because]


FOUR = CATALOG.model_copy(
    update={"gate": CATALOG.gate.model_copy(update={"passing": 4, "requirement": 1})}
)
"""A catalog that needs level 4 of passing criteria and level 1 of requirements."""


@pytest.mark.parametrize(
    ("arguments", "more", "expected"),
    by_name([
        ("a no and no document", (NO,), {}, ["text-no", "artefact-missing"]),
        ("a no with a document: the document is not to blame", (NO, evidence()), {}, ["text-no"]),
        ("a partly", (PARTLY, evidence()), {}, ["text-partly"]),
        ("nothing at all", (NO,), {"passages": False}, ["nothing-said"]),
        ("a bound of 3 holds nothing back where 3 is needed",
         (YES,), {}, ["artefact-missing"]),
        ("a bound of 3 holds back where 4 is needed, although the finding is met",
         (YES, evidence()), {"measured": False, "catalog": FOUR}, ["not-measured"]),
        ("a bound of 2 holds nothing back where 2 is needed, its outcome does",
         (PARTLY, evidence()), {"criterion": REQUIREMENT, "claimed_level": 1}, ["text-partly", "under-claimed"]),
        ("an expired document", (YES, evidence(expires=YESTERDAY)), {},
         ["evidence-expired:report", "artefact-missing"]),
        ("a claim below the support that costs the gate", (YES, evidence()), {"claimed_level": 2}, ["under-claimed"]),
        ("a claim above the support", (PARTLY, evidence()), {"claimed_level": 3}, ["text-partly", "over-claimed"]),
        ("an override is advice", (YES, evidence()), {"override": override(1)}, []),
        ("not applicable is no reason", (NO, evidence()), {"not_applicable": "-"}, ["text-no"]),
    ]),
)  # fmt: skip
def test_because(arguments, more, expected):
    assert blamed(*arguments, **more) == expected


# --- third-party services ---


def service(name, outcome=Outcome.GAP, rule="third-party:"):
    return Finding(
        rule=f"{rule}{name}",
        outcome=outcome,
        control=CONTROL.id,
        message="-",
        remediation="Say how.",
    )


@pytest.mark.parametrize(
    ("finding", "count"),
    by_name([
        ("without a justification -> a gap", service("Pinecone"), 1),
        ("with a justification -> none", service("Pinecone", Outcome.MET), 0),
        ("advice -> none", service("Pinecone", Outcome.ADVICE), 0),
        ("a gap of another rule -> none", service("", rule="no-narrative"), 0),
    ]),
)  # fmt: skip
def test_third_party(finding, count):
    assert len(gaps_of(judge(YES, evidence()), findings=(finding,))) == count


def test_the_gap_of_a_service():
    [found] = gaps_of(findings=(service("Model: hub"),))
    assert found.id == f"{CONTROL.id}/third-party/Model: hub"
    assert "Model: hub" in found.title
    assert (found.action, found.effort, found.days) == ("Say how.", SMALL, 2)
    assert found.artefact
    assert (found.control, found.criterion) == (CONTROL.id, "")
    assert found.because == (f"{CONTROL.id}/third-party:Model: hub",)
    assert (found.from_level, found.to_level) == (None, None)


def test_criteria_come_before_services():
    found = gaps_of(judge(NO), findings=(service("Pinecone"),))
    assert [g.id.rpartition("/")[2] for g in found] == [PASSING.id, "Pinecone"]
    assert REQUIREMENT.basis is Basis.REQUIREMENT
