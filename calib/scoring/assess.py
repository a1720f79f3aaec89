"""Judge an assessment: findings -> levels -> gates -> readiness, in `assess`.

Everything that a report shows is in the result of `assess`, and nothing else is computed from an
assessment elsewhere. The levels of a criterion are judged in `calib.scoring.levels`.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from calib import __version__
from calib.catalog.migration import find_orphaned, find_unconfirmed, find_version_differences
from calib.model import (
    Assessment,
    Catalog,
    Control,
    ControlResponse,
    ControlResult,
    EvidenceResult,
    Finding,
    Gap,
    Outcome,
    Readiness,
    Result,
    Review,
    Subject,
)
from calib.qualification import find_least_actions, qualify_assessment, recommend
from calib.review import REVIEWER, review
from calib.scoring.evidence import evidence_results
from calib.scoring.gaps import control_gaps
from calib.scoring.levels import criterion_result
from calib.scoring.marks import apply_marks

SCHEMA_VERSION = "1.1"
"""The version of `result.json`; its schema is `docs/result.schema.json`."""


def assess(catalog: Catalog, assessment: Assessment, today: date) -> Result:
    """Judge an assessment by a catalog on a given day; the same input gives the same result."""
    evidence = evidence_results(assessment, today)
    controls = tuple(
        _assess_control(catalog, control, assessment, evidence, today)
        for control in catalog.controls
    )
    rules = catalog.qualification
    qualified = qualify_assessment(rules, assessment.case_studies)
    qualification = recommend(rules, qualified, catalog.days)
    gaps_of_controls = tuple(
        gap
        for control, result in zip(catalog.controls, controls, strict=True)
        for gap in control_gaps(catalog, control, result)
    )
    gaps = find_least_actions(rules, qualification, catalog.days) + gaps_of_controls
    # The plan minimises days; readiness counts actions. The two can need different repairs.
    fewest = find_least_actions(rules, qualification, catalog.days, fewest=True)
    actions_left = len(fewest) + len(gaps_of_controls)
    header = assessment.header
    return Result(
        schema_version=SCHEMA_VERSION,
        program=__version__,
        catalog=catalog.id,
        catalog_version=catalog.version,
        catalog_expires=catalog.valid_until,
        catalog_expired=today > catalog.valid_until,
        answered_catalog_version=header.catalog_version,
        today=today,
        target_date=header.target_date,
        content_hash=assessment.content_hash,
        profile=header.profile,
        scope=header.scope,
        readiness=_readiness(catalog, actions_left),
        gauge=_round_half_up(sum(c.gauge for c in controls) / len(controls)),
        controls=controls,
        qualification=qualification,
        evidence=tuple(evidence.values()),
        gaps=gaps,
        findings=_assessment_findings(catalog, assessment, gaps, today),
        milestones=assessment.milestones,
        answers_hash=assessment.answers_hash,
        reviewer=REVIEWER,
    )


def _readiness(catalog: Catalog, actions_left: int) -> Readiness:
    if actions_left == 0:
        return Readiness.READY
    return Readiness.CLOSE if actions_left <= catalog.gate.close_within else Readiness.NOT_READY


def _round_half_up(value: float) -> float:
    """Round half up to one decimal, so that 2.25 becomes 2.3 and not, as with `round`, 2.2."""
    # The small term makes up for means that are exactly half in decimal, but just below in binary.
    return int(value * 10 + 0.5 + 1e-9) / 10


def _assess_control(
    catalog: Catalog,
    control: Control,
    assessment: Assessment,
    evidence: dict[str, EvidenceResult],
    today: date,
) -> ControlResult:
    response, version = assessment.response(control.id), assessment.header.catalog_version
    names = known_names(assessment)
    marked = apply_marks(control, response, _review(control, response.narrative, names), names)
    reviewed = marked.review
    review_findings = {f.criterion: f for f in reviewed.findings if f.criterion}
    criteria = tuple(
        criterion_result(
            catalog,
            control,
            c,
            response.answer(c.id),
            reviewed.criterion(c.id),
            review_findings[c.id],
            evidence,
            today,
            find_unconfirmed(catalog, control, c, response.answer(c.id), version),
            marked.marks.get(c.id, ()),
        )
        for c in control.criteria
    )
    findings = [f for f in reviewed.findings if not f.criterion]
    findings += _control_findings(catalog, control, response)
    unjustified = any(
        f.outcome is Outcome.GAP for f in findings if f.rule.startswith("third-party:")
    )
    weights = sum(c.weight for c in criteria)
    return ControlResult(
        control=control.id,
        title=control.title,
        # Every criterion by itself: a strong one does not make up for a weak one, and the gauge
        # never decides. Other findings on the control (secrets, copied sentences) are defects of
        # the text, but AWS's criteria do not name them.
        gate=not unjustified and all(c.met for c in criteria),
        gauge=_round_half_up(sum(c.weight * c.effective for c in criteria) / weights),
        level=reviewed.level,
        narrative=response.narrative,
        passages=tuple(p for r in reviewed.criteria for p in r.passages),
        criteria=criteria,
        example_bar=all(c.example_bar for c in criteria),
        third_party=response.third_party,
        findings=tuple(findings),
    )


def known_names(assessment: Assessment) -> tuple[str, ...]:
    """Return the names of the partner and its customers, whose words show nothing."""
    customers = (study.customer for study in assessment.case_studies)
    return tuple(dict.fromkeys((assessment.header.profile.partner, *customers)))


@lru_cache(maxsize=64)
def _review(control: Control, narrative: str, names: tuple[str, ...]) -> Review:
    """Review a narrative once: a form assesses at each key, and five of six texts are unchanged."""
    return review(control, narrative, f"controls/{control.id}.yaml", names=names)


def _control_findings(
    catalog: Catalog, control: Control, response: ControlResponse
) -> list[Finding]:
    file = f"controls/{control.id}.yaml"
    found = []
    if not response.narrative.strip():
        found.append(
            Finding(
                rule="no-narrative",
                outcome=Outcome.GAP,
                control=control.id,
                message="The narrative is empty.",
                remediation="Write it, or compose it from the answers to the criteria.",
                subject=Subject(file=file, place="narrative"),
            )
        )
    rule = catalog.third_party
    for number, third_party in enumerate(response.third_party):
        justified = bool(third_party.justification.strip())
        service = third_party.service
        found.append(
            Finding(
                rule=f"third-party:{service}",
                outcome=Outcome.MET if justified else Outcome.GAP,
                control=control.id,
                message=f"{service} is used with a justification."
                if justified
                else rule.message.format(service=service) + ".",
                remediation="" if justified else rule.remediation.format(service=service),
                subject=Subject(file=file, place=f"third_party[{number}].justification"),
            )
        )
    return [*found, *find_orphaned(catalog, response)]


def _acceptance_note(catalog: Catalog, today: date) -> str:
    last = catalog.accept_until
    if last is None:
        return ""
    word = "were expected to be" if today > last else "are expected to be"
    return f"; submissions by it {word} accepted until {last}"


def _assessment_findings(
    catalog: Catalog, assessment: Assessment, gaps: tuple[Gap, ...], today: date
) -> tuple[Finding, ...]:
    header = assessment.header
    subject = Subject(file="assessment.yaml", place="catalog_version")
    found = []
    if today > catalog.valid_until:
        found.append(
            Finding(
                rule="catalog-expired",
                outcome=Outcome.PARTLY,
                subject=subject,
                message=f"Catalog {catalog.version} was valid until {catalog.valid_until}"
                f"{_acceptance_note(catalog, today)}.",
                remediation="Check AWS's current documents and install a newer catalog before "
                "you rely on this result.",
            )
        )
    found += find_version_differences(catalog, assessment)
    if header.target_date and header.target_date < today and gaps:
        found.append(
            Finding(
                rule="target-passed",
                outcome=Outcome.ADVICE,
                message=f"The target date {header.target_date} has passed.",
                remediation="Set a new target date.",
                subject=Subject(file="assessment.yaml", place="target_date"),
            )
        )
    return tuple(found)
