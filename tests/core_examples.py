"""Small builders of real models: each test of the core writes only what its rule depends on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cache

import pytest

from calib import assess, load_catalog
from calib.model import (
    Assessment,
    Basis,
    CaseStudy,
    Catalog,
    Control,
    ControlResponse,
    Criterion,
    CriterionAnswer,
    CriterionResult,
    CriterionReview,
    Effort,
    Evidence,
    FileState,
    Finding,
    Gap,
    Header,
    Mood,
    Outcome,
    Override,
    Passage,
    Profile,
    Result,
    Span,
    Verdict,
)
from calib.scoring.evidence import evidence_results
from calib.scoring.levels import criterion_result
from tests.conftest import TODAY

CATALOG = load_catalog()
CONTROL = CATALOG.controls[0]
"""A control with criteria of both bases: passing ones need level 3, requirements level 2."""
PASSING = next(c for c in CONTROL.criteria if c.basis is Basis.PASSING)
REQUIREMENT = next(c for c in CONTROL.criteria if c.basis is Basis.REQUIREMENT)
ONE_CONTROL = CATALOG.model_copy(update={"controls": (CONTROL,)})
"""The real catalog cut to its first control, so that an assessment takes milliseconds."""


def by_name(rows: Iterable[Sequence[object]]) -> list[object]:
    """Make the rows of a table of examples: each begins with its name, the rule it shows."""
    return [pytest.param(*rest, id=str(name)) for name, *rest in rows]


BOUNDS = {Verdict.YES: None, Verdict.PARTLY: 2, Verdict.NO: 1}


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


TOMORROW, YESTERDAY = days_ago(-1), days_ago(1)


def evidence(name: str = "report", **changes: object) -> Evidence:
    """A linked document of today that never expires."""
    given = {"id": name, "title": name.title(), "url": f"https://acme.example/{name}"}
    return Evidence(**{**given, "dated": TODAY, **changes})


def assessment(*responses: ControlResponse, **changes: object) -> Assessment:
    """An assessment of the current catalog version; keywords replace fields, also of its header."""
    header = Header(
        format=1,
        catalog=CATALOG.id,
        catalog_version=CATALOG.version,
        profile=Profile(partner="Acme"),
    )
    of_header = {k: changes.pop(k) for k in tuple(changes) if k in Header.model_fields}
    return Assessment(header=header.model_copy(update=of_header), responses=responses, **changes)


def review_finding(verdict: Verdict, *, judged: bool = True) -> Finding:
    """The reviewer's finding on a criterion: a no permits level 1, a partly level 2."""
    if not judged:
        return Finding(rule="not-judged", outcome=Outcome.GAP, bounds=2, message="-")
    outcomes = {Verdict.YES: Outcome.MET, Verdict.PARTLY: Outcome.PARTLY, Verdict.NO: Outcome.GAP}
    return Finding(
        rule=f"text-{verdict}", outcome=outcomes[verdict], bounds=BOUNDS[verdict], message="-"
    )


def judge(
    verdict: Verdict = Verdict.YES,
    *items: Evidence,
    criterion: Criterion = PASSING,
    control: Control = CONTROL,
    catalog: Catalog = CATALOG,
    measured: bool = True,
    artefact: bool = False,
    passages: bool = True,
    judged: bool = True,
    states: dict[str, FileState] | None = None,
    extra: tuple[Finding, ...] = (),
    today: date = TODAY,
    **answer: object,
) -> CriterionResult:
    """Judge one criterion whose text got a verdict and to which evidence is linked."""
    span = Span(start=0, end=5)
    passage = Passage(criterion=criterion.id, span=span, mood=Mood.IN_PLACE)
    review = CriterionReview(
        criterion=criterion.id,
        verdict=verdict,
        passages=(passage,) if passages else (),
        names_artefact=artefact,
        measured=span if measured else None,
        judged=judged,
    )
    given = {"criterion": criterion.id, "evidence": tuple(e.id for e in items), **answer}
    said = CriterionAnswer(**given)
    response = ControlResponse(control=control.id, criteria=(said,))
    found = assessment(response, evidence=items, files=tuple((states or {}).items()))
    return criterion_result(
        catalog,
        control,
        criterion,
        said,
        review,
        review_finding(verdict, judged=judged),
        evidence_results(found, today),
        today,
        extra,
    )


def rules(found: object) -> list[str]:
    """The rules of the findings of a result, in order."""
    return [f.rule for f in found.findings]


def override(level: int, by: str = "Ada", reason: str = "seen in the interview") -> Override:
    return Override(level=level, by=by, reason=reason)


def response_at(*levels: int, control: Control = CONTROL, **changes: object) -> ControlResponse:
    """A response whose criteria an assessor set to levels, in the catalog's order; the last repeats."""
    given = {"narrative": "We do.", **changes}
    criteria = tuple(
        CriterionAnswer(criterion=c.id, override=override(levels[min(at, len(levels) - 1)]))
        for at, c in enumerate(control.criteria)
    )
    return ControlResponse(control=control.id, criteria=criteria, **given)


def weighted(*weights: int, control: Control = CONTROL) -> Control:
    """A control of as many passing criteria as weights are given."""
    criteria = tuple(
        c.model_copy(update={"weight": w, "basis": Basis.PASSING})
        for c, w in zip(control.criteria, weights, strict=False)
    )
    return control.model_copy(update={"criteria": criteria})


def catalog_of(*controls: Control, **changes: object) -> Catalog:
    return CATALOG.model_copy(update={"controls": controls, **changes})


STUDIES = (
    ("Amazon Bedrock", "llm-application"),
    ("Amazon SageMaker", "training-deployment"),
    ("Amazon Q Business", "llm-application"),
    ("Amazon EKS", "monitoring"),
)


def study(number: int = 0, **changes: object) -> CaseStudy:
    """A case study that qualifies; each number has its own customer and primary service."""
    service, kind = STUDIES[number % len(STUDIES)]
    given = {
        "slug": f"study-{number}",
        "title": f"Study {number}",
        "customer": f"Customer {number}",
        "challenge": "Agents searched four systems for each answer.",
        "solution": "A retrieval assistant on a foundation model drafts replies.",
        "results": "Handling time fell from 9 to 5 minutes.",
        "services": (service,),
        "primary_service": service,
        "solution_types": (kind,),
    }
    return CaseStudy(**{**given, **changes})


FOUR = tuple(study(number) for number in range(4))
"""Case studies that qualify as a set."""


def gap(name: str = "a", days: int = 2, effort: Effort = Effort.SMALL, **changes: object) -> Gap:
    """A remediation action of a control; `control=""` makes it one of the case studies."""
    given = {"title": name, "action": "do it", "artefact": "a document", "control": CONTROL.id}
    return Gap(id=name, days=days, effort=effort, **{**given, **changes})


@cache
def _empty_result() -> Result:
    return assess(ONE_CONTROL, assessment(), TODAY)


def result(*gaps: Gap, **changes: object) -> Result:
    """A result that has exactly these gaps."""
    return _empty_result().model_copy(update={"gaps": gaps, **changes})
