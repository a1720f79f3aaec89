"""Judge one criterion: text, evidence and claim -> findings -> the levels they permit.

Levels follow from findings, never the other way. Each finding may set a bound, and the supported
level is the lowest of them, so a report can name the findings that hold a level down:

0  Absent. No sentence of the narrative is about it, and it has no answer and no linked evidence.
1  Claimed. The narrative does not support the criterion (the reviewer's `no`).
2  Described. The narrative supports it in part (`partly`), or no artefact is linked or named.
3  Evidenced. The narrative supports it and an artefact is linked or named, but an outcome in
   figures, linked evidence, or a recent date of it is missing.
4  Measured. Nothing is missing.

The effective level, which the gate and the gauge use, is the lower of the claimed and the supported
level: evidence cannot exceed what the partner vouches for, and a claim without evidence counts
nothing. A claim, an answer or one person's word never raises a level. An assessor's override
replaces it, and a sentence that two people confirm counts as shown (`calib.scoring.marks`); both
are listed with names and reasons.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from calib.model import (
    Catalog,
    Control,
    Criterion,
    CriterionAnswer,
    CriterionResult,
    CriterionReview,
    EvidenceResult,
    FileState,
    Finding,
    MarkResult,
    Outcome,
    Subject,
    Verdict,
    worst_outcome,
)
from calib.scoring.evidence import is_usable
from calib.scoring.marks import mark_findings


def criterion_result(
    catalog: Catalog,
    control: Control,
    criterion: Criterion,
    answer: CriterionAnswer,
    reviewed: CriterionReview,
    review_finding: Finding,
    evidence: dict[str, EvidenceResult],
    today: date,
    unconfirmed: tuple[Finding, ...] = (),
    marks: tuple[MarkResult, ...] = (),
) -> CriterionResult:
    """Judge one criterion: findings on text, evidence and claim, then the levels they permit.

    `review_finding` is the reviewer's finding on the criterion. `unconfirmed` are findings on an
    answer to an older catalog; they are listed and change no level. `marks` are applied to
    `reviewed` already (`calib.scoring.marks`).
    """
    needed = catalog.gate.needed(criterion.basis)
    # Ids that are not in the register are reported when the folder is read.
    linked = [evidence[i] for i in answer.evidence if i in evidence]
    findings = _support_findings(catalog, criterion, answer, reviewed, linked, today)
    # The finding `nothing-said` already covers the reviewer's finding that no sentence supports it,
    # but not that the criterion is not judged.
    if not reviewed.judged or not any(f.rule == "nothing-said" for f in findings):
        findings.insert(0, review_finding)
    supported = min((f.bounds for f in findings if f.bounds is not None), default=4)
    findings += [*mark_findings(marks), *_claim_findings(answer, supported, needed), *unconfirmed]
    effective = _effective_level(answer, supported)
    located = tuple(_with_subject(f, control, criterion) for f in findings)
    return CriterionResult(
        **_content(criterion, answer),
        needed=needed,
        verdict=reviewed.verdict,
        points=reviewed.points,
        marks=marks,
        example_bar=reviewed.example_bar,
        learned=reviewed.learned,
        supported=supported,
        effective=effective,
        outcome=_outcome(effective, needed, located),
        findings=located,
    )


def _content(criterion: Criterion, answer: CriterionAnswer) -> dict[str, Any]:
    """Return the fields of a result that repeat the catalog and the answer, for the views."""
    return {
        "criterion": criterion.id,
        "title": criterion.title,
        "basis": criterion.basis,
        "weight": criterion.weight,
        "example_points": criterion.example_bar,
        "claimed": answer.claimed_level,
        "overridden_by": answer.override.by if answer.override else "",
        "override_reason": answer.override.reason if answer.override else "",
        "not_applicable": answer.not_applicable,
        "answer": answer.answer,
        "owner": answer.owner,
        "due": answer.due,
        "evidence": answer.evidence,
    }


def _effective_level(answer: CriterionAnswer, supported: int) -> int:
    if answer.override:
        return answer.override.level
    # Without a claim, the supported level counts: the narrative itself is a claim.
    return supported if answer.claimed_level is None else min(answer.claimed_level, supported)


def _with_subject(finding: Finding, control: Control, criterion: Criterion) -> Finding:
    """Complete a finding with its control, criterion and, if it has none, its subject."""
    subject = finding.subject
    if not subject.file:
        place = subject.place or f"criteria.{criterion.id}"
        file = f"controls/{control.id}.yaml"
        subject = subject.model_copy(update={"file": file, "place": place})
    return finding.model_copy(
        update={"control": control.id, "criterion": criterion.id, "subject": subject}
    )


def _outcome(effective: int, needed: int, findings: tuple[Finding, ...]) -> Outcome:
    """Return the outcome of the criterion; once its level is reached, findings are only advice."""
    if effective < needed:
        # Level 2 of 3 is described and lacks only evidence; anything lower is a gap.
        return Outcome.PARTLY if effective == 2 else Outcome.GAP
    worst = worst_outcome(f.outcome for f in findings)
    return Outcome.MET if worst in (Outcome.MET, Outcome.NOT_APPLICABLE) else Outcome.ADVICE


def _support_findings(
    catalog: Catalog,
    criterion: Criterion,
    answer: CriterionAnswer,
    reviewed: CriterionReview,
    linked: list[EvidenceResult],
    today: date,
) -> list[Finding]:
    """Return the findings on evidence, and on a criterion without any content."""
    if not (reviewed.passages or answer.answer or linked):
        message = (
            "Nothing yet: no sentence in the narrative, no answer, no evidence."
            if reviewed.judged
            else "Nothing yet: no answer and no evidence; the narrative is not judged for it."
        )
        return [
            Finding(
                rule="nothing-said",
                outcome=Outcome.GAP,
                bounds=0,
                message=message,
                remediation=criterion.remediation.sentence,
            )
        ]
    found = [_unusable_evidence(item) for item in linked if not is_usable(item)]
    usable = [item for item in linked if is_usable(item)]
    named = reviewed.verdict is not Verdict.NO and reviewed.names_artefact
    if usable or named:
        message = (
            f"“{usable[0].item.title}” is linked." if usable else "The text names an artefact."
        )
        found.append(Finding(rule="artefact-there", outcome=Outcome.MET, message=message))
    else:
        found.append(
            Finding(
                rule="artefact-missing",
                outcome=Outcome.PARTLY,
                # Where the text is not judged, an answer without evidence is only a claim.
                bounds=2 if reviewed.judged else 1,
                message="No artefact is linked or named.",
                remediation=f"Link or name one, for example: {criterion.artefacts[0]}.",
            )
        )
    # Below `yes` the reviewer's own bound is 2 or lower: a list of what level 4 lacks would only
    # distract.
    if reviewed.verdict is Verdict.YES:
        found += _level_four_findings(catalog, reviewed, usable, today)
    return found


def _level_four_findings(
    catalog: Catalog, reviewed: CriterionReview, usable: list[EvidenceResult], today: date
) -> list[Finding]:
    """Return what keeps a supported criterion from level 4, or the finding that nothing does."""
    days = catalog.gate.recent_days
    # A date in the future is a typing error or a plan: such evidence is not recent.
    recent = [
        e for e in usable if e.item.dated and today - timedelta(days=days) <= e.item.dated <= today
    ]
    missing = []
    if reviewed.measured is None:
        missing.append(("not-measured", "No measured outcome in the text."))
    if not usable:
        missing.append(("not-linked", "No evidence is linked."))
    elif not recent:
        missing.append(("not-recent", f"No linked evidence is dated within the last {days} days."))
    if not missing:
        item = recent[0].item
        message = (
            f"The text gives a measured outcome, and “{item.title}” of {item.dated} is linked: "
            "check that it shows the figure."
        )
        subject = Subject(place="narrative", span=reviewed.measured)
        return [Finding(rule="measured", outcome=Outcome.MET, message=message, subject=subject)]
    # MET: level 3 is all that a gate can ask for, so a bound of 3 is not a defect.
    return [
        Finding(rule=rule, outcome=Outcome.MET, bounds=3, message=message)
        for rule, message in missing
    ]


def _unusable_evidence(result: EvidenceResult) -> Finding:
    missing = result.state is FileState.MISSING
    return Finding(
        rule=f"evidence-{'missing' if missing else 'expired'}:{result.item.id}",
        outcome=Outcome.PARTLY,
        message=f"The file of “{result.item.title}” is missing."
        if missing
        else f"“{result.item.title}” has expired.",
        remediation="Restore the file or link another." if missing else "Link its replacement.",
        subject=Subject(evidence=result.item.id),
    )


def _claim_findings(answer: CriterionAnswer, supported: int, needed: int) -> list[Finding]:
    """Compare the claimed with the supported level, and list exclusions and overrides."""
    found = []
    claimed = answer.claimed_level
    if claimed is not None and claimed > supported:
        found.append(
            Finding(
                rule="over-claimed",
                outcome=Outcome.PARTLY,
                message=f"Over-claimed: level {claimed} is claimed; text and evidence support "
                f"level {supported}.",
                remediation="Show the missing part, or lower the claim.",
            )
        )
    if claimed is not None and claimed < supported:
        found.append(
            Finding(
                rule="under-claimed",
                # Worse than advice only if the low claim alone keeps the gate closed.
                outcome=Outcome.PARTLY if claimed < needed <= supported else Outcome.ADVICE,
                message=f"Under-claimed: you claim level {claimed}, but the response supports "
                f"level {supported}.",
                remediation="Raise the claim, or explain why the level is not reached yet.",
            )
        )
    if answer.not_applicable:
        # The guide has no exclusions, so the partner's reason alone changes no level.
        found.append(
            Finding(
                rule="not-applicable",
                outcome=Outcome.NOT_APPLICABLE,
                message=f"Declared not applicable: {answer.not_applicable}",
                remediation="It counts as open until an assessor records an override with a "
                "level and a reason.",
            )
        )
    if answer.override:
        by, reason = answer.override.by, answer.override.reason
        message = f"{by} set level {answer.override.level}: {reason}"
        found.append(Finding(rule="overridden", outcome=Outcome.ADVICE, message=message))
    return found
