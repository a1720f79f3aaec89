"""Criteria and controls that fall short -> remediation actions, one for each thing that blocks."""

from __future__ import annotations

from collections.abc import Callable

from calib.model import (
    Catalog,
    Control,
    ControlResult,
    Criterion,
    CriterionResult,
    Effort,
    Finding,
    Gap,
    Outcome,
    Verdict,
)

Days = Callable[[Effort], int]


def control_gaps(catalog: Catalog, control: Control, result: ControlResult) -> tuple[Gap, ...]:
    """List what keeps a control's gate from holding: one gap per criterion or service."""
    gaps = [
        _criterion_gap(control, control.criterion(c.criterion), c, catalog.days)
        for c in result.criteria
        if not c.met
    ]
    gaps += [_service_gap(control, f, catalog.days) for f in result.findings if _is_service(f)]
    return tuple(gaps)


def _is_service(finding: Finding) -> bool:
    return finding.rule.startswith("third-party:") and finding.outcome is Outcome.GAP


def _service_gap(control: Control, finding: Finding, days: Days) -> Gap:
    service = finding.rule.partition(":")[2]
    return Gap(
        id=f"{control.id}/third-party/{service}",
        title=f"Justify {service}",
        action=finding.remediation,
        artefact="a justification in the response",
        effort=Effort.SMALL,
        days=days(Effort.SMALL),
        control=control.id,
        because=(finding.id,),
    )


def _criterion_gap(
    control: Control, criterion: Criterion, result: CriterionResult, days: Days
) -> Gap:
    action, artefact, effort = _cheapest_way(criterion, result)
    return Gap(
        id=f"{control.id}/{criterion.id}",
        title=criterion.title,
        action=action,
        artefact=artefact,
        effort=effort,
        days=1 if result.supported >= result.needed else days(effort),
        control=control.id,
        criterion=criterion.id,
        from_level=result.effective,
        to_level=result.needed,
        because=tuple(f.id for f in result.findings if _holds_back(f, result.needed)),
    )


def _holds_back(finding: Finding, needed: int) -> bool:
    bounded = finding.bounds is not None and finding.bounds < needed
    return bounded or finding.outcome in (Outcome.PARTLY, Outcome.GAP)


def _cheapest_way(criterion: Criterion, result: CriterionResult) -> tuple[str, str, Effort]:
    """Choose the least work that lifts the criterion, with the artefact it produces."""
    remediation = criterion.remediation
    if result.overridden_by and result.supported >= result.needed:
        action = f"Settle what {result.overridden_by} holds against it: {result.override_reason}"
        return action, remediation.artefact, Effort.SMALL
    if result.supported >= result.needed:
        action = f"Raise your claim to level {result.needed}: the response already carries it."
        return action, "the claim in the assessment", Effort.SMALL
    if result.verdict is Verdict.YES:
        action = f"Link the artefact behind it, or name it in the text: {remediation.artefact}."
        return action, remediation.artefact, Effort.SMALL
    if result.verdict is Verdict.PARTLY and remediation.effort is not Effort.SMALL:
        return remediation.action, remediation.artefact, _smaller(remediation.effort)
    return remediation.action, remediation.artefact, remediation.effort


def _smaller(effort: Effort) -> Effort:
    """Return the next smaller effort: part of the work is there already."""
    sizes = list(Effort)
    return sizes[max(0, sizes.index(effort) - 1)]
