"""Judge each piece of evidence by itself: the state of its file, its expiry, and its use."""

from __future__ import annotations

from datetime import date

from calib.model import Assessment, Evidence, EvidenceResult, FileState, Finding, Outcome, Subject

_FILE_STATE_FINDINGS = {
    FileState.MISSING: (
        Outcome.GAP,
        "is in the register, but its file cannot be opened",
        "Restore the file",
    ),
    FileState.CHANGED: (
        Outcome.PARTLY,
        "was changed after it was registered",
        "Check it again, then register its new hash and date",
    ),
    FileState.UNREGISTERED: (
        Outcome.ADVICE,
        "is in the register without a hash",
        "Register its sha256, so that changes are noticed",
    ),
}


def evidence_results(assessment: Assessment, today: date) -> dict[str, EvidenceResult]:
    """Judge each piece of evidence by itself, by evidence id."""
    users: dict[str, list[str]] = {}
    for response in assessment.responses:
        for answer in response.criteria:
            for evidence in answer.evidence:
                users.setdefault(evidence, []).append(f"{response.control}/{answer.criterion}")
    for study in assessment.case_studies:
        for evidence in study.evidence:
            users.setdefault(evidence, []).append(f"case_studies/{study.slug}")
    return {
        item.id: EvidenceResult(
            item=item,
            state=assessment.file_state(item.id),
            expired=_has_expired(item, today),
            serves=tuple(users.get(item.id, ())),
            findings=_evidence_findings(
                item, assessment.file_state(item.id), today, linked=item.id in users
            ),
        )
        for item in assessment.evidence
    }


def _has_expired(item: Evidence, today: date) -> bool:
    # Evidence is still valid on the day on which it expires.
    return item.expires is not None and item.expires < today


def _evidence_findings(
    item: Evidence, state: FileState, today: date, *, linked: bool
) -> tuple[Finding, ...]:
    subject = Subject(file=item.file or "evidence.yaml", evidence=item.id)
    found = []
    if state in _FILE_STATE_FINDINGS:
        outcome, message, remedy = _FILE_STATE_FINDINGS[state]
        found.append((f"evidence-{state}", outcome, message, f"{remedy}: {item.file}."))
    if _has_expired(item, today):
        remedy = "Renew it, or link its replacement."
        found.append(("evidence-expired", Outcome.PARTLY, f"expired on {item.expires}", remedy))
    if not linked:
        remedy = "Link it to the criterion it shows, or remove it from the register."
        found.append(
            ("evidence-unlinked", Outcome.ADVICE, "is not linked to any criterion", remedy)
        )
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


def is_usable(result: EvidenceResult) -> bool:
    """Return whether a validator could open the evidence today and find it valid.

    A changed file or one without a hash is still usable: its finding asks to check it, but it
    lowers no level.
    """
    return result.state is not FileState.MISSING and not result.expired
