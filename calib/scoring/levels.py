"""Text, evidence and claim -> the findings of a criterion, and the level they permit.

The supported level is the lowest bound that one of the findings sets. Section 5 of the design has
the rules.
"""

from __future__ import annotations

from datetime import date, timedelta

from calib.model import (
    Assessment,
    Catalog,
    Control,
    Criterion,
    CriterionAnswer,
    CriterionResult,
    CriterionReview,
    Evidence,
    EvidenceResult,
    FileState,
    Finding,
    Outcome,
    Subject,
    Verdict,
    worst,
)

_STATES = {
    FileState.MISSING: (Outcome.GAP, "is listed, but its file cannot be opened", "Put it back"),
    FileState.CHANGED: (
        Outcome.PARTLY,
        "was changed after it was registered",
        "Look at it again, then register its new hash and date",
    ),
    FileState.UNREGISTERED: (
        Outcome.ADVICE,
        "is listed without a hash",
        "Register its sha256, so that changes show",
    ),
}


def shelf(assessment: Assessment, today: date) -> dict[str, EvidenceResult]:
    """Judge each piece of evidence by itself."""
    serves: dict[str, list[str]] = {}
    for response in assessment.responses:
        for answer in response.criteria:
            for one in answer.evidence:
                serves.setdefault(one, []).append(f"{response.control}/{answer.criterion}")
    for study in assessment.case_studies:
        for one in study.evidence:
            serves.setdefault(one, []).append(f"case_studies/{study.slug}")
    return {
        item.id: EvidenceResult(
            item=item,
            state=assessment.state(item.id),
            expired=item.expires is not None and item.expires < today,
            serves=tuple(serves.get(item.id, ())),
            findings=_on_evidence(item, assessment.state(item.id), today, linked=item.id in serves),
        )
        for item in assessment.evidence
    }


def _on_evidence(
    item: Evidence, state: FileState, today: date, *, linked: bool
) -> tuple[Finding, ...]:
    subject = Subject(file=item.file or "evidence.yaml", evidence=item.id)
    found = []
    if state in _STATES:
        outcome, message, remedy = _STATES[state]
        found.append((f"evidence-{state}", outcome, message, f"{remedy}: {item.file}."))
    if item.expires and item.expires < today:
        remedy = "Renew it, or link what replaced it."
        found.append(("evidence-expired", Outcome.PARTLY, f"expired on {item.expires}", remedy))
    if not linked:
        remedy = "Link it to the criterion it shows, or take it off the register."
        found.append(("evidence-unlinked", Outcome.ADVICE, "is linked to no criterion", remedy))
    return tuple(
        Finding(
            rule=f"{rule}:{item.id}",
            outcome=outcome,
            message=f"“{item.title}” {message}.",
            remediation=remedy,
            subject=subject,
        )
        for rule, outcome, message, remedy in found
    )


def usable(result: EvidenceResult) -> bool:
    """Whether a validator could open it today and find it valid."""
    return result.state is not FileState.MISSING and not result.expired


def criterion_result(
    catalog: Catalog,
    control: Control,
    criterion: Criterion,
    answer: CriterionAnswer,
    reviewed: CriterionReview,
    of_review: Finding,
    on_shelf: dict[str, EvidenceResult],
    today: date,
    carried: tuple[Finding, ...] = (),
) -> CriterionResult:
    """Judge one criterion: findings on text, evidence and claim, then the levels they permit.

    What is `carried` over from an older catalog is noted; it moves no level.
    """
    file = f"controls/{control.id}.yaml"
    linked = [on_shelf[i] for i in answer.evidence if i in on_shelf]
    findings = _on_support(catalog, criterion, answer, reviewed, linked, today)
    if not any(f.rule == "nothing-said" for f in findings):
        findings.insert(0, of_review)
    supported = min((f.bounds for f in findings if f.bounds is not None), default=4)
    findings += [*_on_claim(answer, supported, catalog.gate.needed(criterion.basis)), *carried]
    effective = supported if answer.claimed_level is None else min(answer.claimed_level, supported)
    if answer.override:
        effective = answer.override.level
    placed = tuple(_place(f, control, criterion, file) for f in findings)
    needed = catalog.gate.needed(criterion.basis)
    return CriterionResult(
        criterion=criterion.id,
        title=criterion.title,
        basis=criterion.basis,
        weight=criterion.weight,
        needed=needed,
        verdict=reviewed.verdict,
        claimed=answer.claimed_level,
        supported=supported,
        effective=effective,
        outcome=_outcome(effective, needed, placed),
        overridden_by=answer.override.by if answer.override else "",
        override_reason=answer.override.reason if answer.override else "",
        not_applicable=answer.not_applicable,
        answer=answer.answer,
        owner=answer.owner,
        due=answer.due,
        evidence=answer.evidence,
        findings=placed,
    )


def _place(finding: Finding, control: Control, criterion: Criterion, file: str) -> Finding:
    """Complete a finding with what it is about."""
    subject = finding.subject
    if not subject.file:
        place = subject.place or f"criteria.{criterion.id}"
        subject = subject.model_copy(update={"file": file, "place": place})
    return finding.model_copy(
        update={"control": control.id, "criterion": criterion.id, "subject": subject}
    )


def _outcome(effective: int, needed: int, findings: tuple[Finding, ...]) -> Outcome:
    if effective < needed:
        return Outcome.PARTLY if effective == 2 else Outcome.GAP
    bad = worst([f.outcome for f in findings]) not in (Outcome.MET, Outcome.NOT_APPLICABLE)
    return Outcome.ADVICE if bad else Outcome.MET


def _on_support(
    catalog: Catalog,
    criterion: Criterion,
    answer: CriterionAnswer,
    reviewed: CriterionReview,
    linked: list[EvidenceResult],
    today: date,
) -> list[Finding]:
    """Find what text and evidence carry beyond the reviewer's verdict."""
    if not (reviewed.passages or answer.answer or linked):
        message = "Nothing is said: no sentence, no answer, no evidence."
        remedy = criterion.remediation.sentence
        rule = "nothing-said"
        return [
            Finding(rule=rule, outcome=Outcome.GAP, bounds=0, message=message, remediation=remedy)
        ]
    found = [_dead_link(item) for item in linked if not usable(item)]
    good = [item for item in linked if usable(item)]
    named = reviewed.verdict is not Verdict.NO and reviewed.names_artefact
    if good or named:
        what = f"“{good[0].item.title}” is linked." if good else "The text names an artefact."
        found.append(Finding(rule="artefact-there", outcome=Outcome.MET, message=what))
    else:
        found.append(
            Finding(
                rule="artefact-missing",
                outcome=Outcome.PARTLY,
                bounds=2,
                message="No artefact is linked or named.",
                remediation=f"Link or name one, for example: {criterion.artefacts[0]}.",
            )
        )
    if reviewed.verdict is Verdict.YES:
        found += _on_measure(catalog, reviewed, good, today)
    return found


def _on_measure(
    catalog: Catalog, reviewed: CriterionReview, good: list[EvidenceResult], today: date
) -> list[Finding]:
    """Find what keeps a carried criterion from level 4."""
    since = today - timedelta(days=catalog.gate.recent_days)
    recent = [g for g in good if g.item.dated and since <= g.item.dated <= today]
    found = []
    if reviewed.measured is None:
        found.append(("not-measured", "No measured outcome stands in the text."))
    if not good:
        found.append(("not-linked", "No evidence is linked to it."))
    elif not recent:
        days = catalog.gate.recent_days
        found.append(("not-recent", f"No linked evidence is dated within the last {days} days."))
    if not found:
        title = recent[0].item.title
        message = (
            f"A measured outcome stands in the text, and “{title}” of {recent[0].item.dated} is "
            "linked: check that it shows the figure."
        )
        subject = Subject(place="narrative", span=reviewed.measured)
        return [Finding(rule="measured", outcome=Outcome.MET, message=message, subject=subject)]
    return [
        Finding(rule=rule, outcome=Outcome.MET, bounds=3, message=message)
        for rule, message in found
    ]


def _dead_link(item: EvidenceResult) -> Finding:
    gone = item.state is FileState.MISSING
    return Finding(
        rule=f"evidence-{'missing' if gone else 'expired'}:{item.item.id}",
        outcome=Outcome.PARTLY,
        message=f"“{item.item.title}” {'is not there' if gone else 'has expired'}.",
        remediation="Put the file back or link another." if gone else "Link what replaced it.",
        subject=Subject(evidence=item.item.id),
    )


def _on_claim(answer: CriterionAnswer, supported: int, needed: int) -> list[Finding]:
    """Compare what is claimed with what is supported, and note overrides and exclusions."""
    found = []
    claimed = answer.claimed_level
    if claimed is not None and claimed > supported:
        found.append(
            Finding(
                rule="over-claimed",
                outcome=Outcome.PARTLY,
                message=f"Level {claimed} is claimed, but text and evidence carry {supported}.",
                remediation="Show the missing part, or lower the claim.",
            )
        )
    if claimed is not None and claimed < supported:
        found.append(
            Finding(
                rule="under-claimed",
                outcome=Outcome.PARTLY if claimed < needed <= supported else Outcome.ADVICE,
                message=f"You have more than you say: {claimed} is claimed, {supported} carried.",
                remediation="Raise the claim, or say why it is not there yet.",
            )
        )
    if answer.not_applicable:
        found.append(
            Finding(
                rule="not-applicable",
                outcome=Outcome.NOT_APPLICABLE,
                message=f"Said not to apply: {answer.not_applicable}",
                remediation="It counts as open until an assessor settles it with a level and a "
                "reason.",
            )
        )
    if answer.override:
        by, reason = answer.override.by, answer.override.reason
        message = f"{by} set level {answer.override.level}: {reason}"
        found.append(Finding(rule="overridden", outcome=Outcome.ADVICE, message=message))
    return found
