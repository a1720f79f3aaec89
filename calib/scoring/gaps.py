"""Turn unmet criteria and unjustified services into remediation actions, one for each."""

from __future__ import annotations

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
from calib.model.qualification_rules import EffortDays


def control_gaps(catalog: Catalog, control: Control, result: ControlResult) -> tuple[Gap, ...]:
    """Return one gap for each unmet criterion and each service without a justification.

    Together they are exactly what keeps the control's gate closed.
    """
    gaps = [
        _criterion_gap(control, control.criterion(c.criterion), c, catalog.days)
        for c in result.criteria
        if not c.met
    ]
    gaps += [
        _service_gap(control, f, catalog.days) for f in result.findings if _lacks_justification(f)
    ]
    return tuple(gaps)


def _lacks_justification(finding: Finding) -> bool:
    return finding.rule.startswith("third-party:") and finding.outcome is Outcome.GAP


def _service_gap(control: Control, finding: Finding, days: EffortDays) -> Gap:
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
    control: Control, criterion: Criterion, result: CriterionResult, days: EffortDays
) -> Gap:
    action, artefact, effort = _cheapest_action(criterion, result)
    return Gap(
        id=f"{control.id}/{criterion.id}",
        title=criterion.title,
        action=action,
        artefact=artefact,
        effort=effort,
        # The response already supports the level: only the claim or the override has to change.
        days=1 if result.supported >= result.needed else days(effort),
        control=control.id,
        criterion=criterion.id,
        from_level=result.effective,
        to_level=result.needed,
        because=tuple(f.id for f in result.findings if _is_cause(f, result.needed)),
    )


def _is_cause(finding: Finding, needed: int) -> bool:
    bounded = finding.bounds is not None and finding.bounds < needed
    return bounded or finding.outcome in (Outcome.PARTLY, Outcome.GAP)


def _cheapest_action(criterion: Criterion, result: CriterionResult) -> tuple[str, str, Effort]:
    """Return the action with the least work, its artefact and its effort.

    The order matters: each case assumes that the ones before it do not apply.
    """
    remediation = criterion.remediation
    if result.overridden_by and result.supported >= result.needed:
        action = f"Resolve the objection of {result.overridden_by}: {result.override_reason}"
        return action, remediation.artefact, Effort.SMALL
    if result.supported >= result.needed:
        action = f"Raise your claim to level {result.needed}: the response already supports it."
        return action, "the claim in the assessment", Effort.SMALL
    if result.verdict is Verdict.YES:  # the text is complete, so only an artefact is missing
        action = f"Link the artefact, or name it in the narrative: {remediation.artefact}."
        return action, remediation.artefact, Effort.SMALL
    partly = result.verdict is Verdict.PARTLY
    effort = _next_smaller(remediation.effort) if partly else remediation.effort
    return remediation.action, remediation.artefact, effort


def _next_smaller(effort: Effort) -> Effort:
    """Return the next smaller effort, at least SMALL: part of the work is already done."""
    sizes = list(Effort)
    return sizes[max(0, sizes.index(effort) - 1)]
