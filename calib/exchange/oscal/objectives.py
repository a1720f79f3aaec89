"""The OSCAL objectives of an assessment, and whether each is satisfied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from calib.exchange.oscal.terms import STUDIES_CONTROL, objective_id, services_objective_id
from calib.model import Catalog, ControlResult, CriterionResult, Finding, Result


@dataclass(frozen=True, slots=True)
class AssessedObjective:
    """The state of one objective, from a criterion, a case-study rule or third-party services."""

    id: str
    title: str
    is_satisfied: bool
    messages: tuple[str, ...]
    gaps: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    criterion: CriterionResult | None = None


def assessed_objectives(catalog: Catalog, result: Result) -> Iterator[AssessedObjective]:
    """Yield the objectives of the case studies, then control by control."""
    yield from _case_study_objectives(catalog, result)
    for control in result.controls:
        for criterion in control.criteria:
            yield AssessedObjective(
                objective_id(control.control, criterion.criterion),
                criterion.title,
                criterion.met,
                _unique_messages(criterion.findings),
                (f"{control.control}/{criterion.criterion}",),
                criterion.evidence,
                criterion,
            )
        yield _services_objective(control)


def _case_study_objectives(catalog: Catalog, result: Result) -> Iterator[AssessedObjective]:
    qualification, rules = result.qualification, catalog.qualification
    gaps = tuple(g.id for g in result.gaps if not g.control)
    findings = list(qualification.findings)
    findings += [f for s in qualification.studies if s.submitted for f in s.findings]
    for reason in rules.mandatory:
        caused = [f for f in findings if f.rule.partition(":")[0] == reason.id]
        # A set that qualifies may still have findings on single studies.
        is_satisfied = qualification.set_qualifies or not caused
        rule = rules.with_numbers(reason.asks)
        yield AssessedObjective(
            objective_id(STUDIES_CONTROL, reason.id),
            rule,
            is_satisfied,
            _unique_messages(caused) or (rule,),
            () if is_satisfied else gaps,
        )


def _services_objective(control: ControlResult) -> AssessedObjective:
    findings = [f for f in control.findings if f.rule.startswith("third-party:")]
    unjustified = [f.rule.partition(":")[2] for f in findings if f.remediation]
    return AssessedObjective(
        services_objective_id(control.control),
        "Third-party services",
        not unjustified,
        _unique_messages(findings) or ("No third-party service is named.",),
        tuple(f"{control.control}/third-party/{name}" for name in unjustified),
    )


def _unique_messages(findings: Iterable[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f.message for f in findings))
