"""Findings -> levels -> gates -> readiness: `assess`, the one door.

A criterion's supported level is the lowest bound that one of its findings sets; so each level can
be opened to the findings that hold it down. Section 5 of the design has the rules.
"""

from __future__ import annotations

from datetime import date

from calib import __version__
from calib.catalog.migration import on_the_whole, orphaned, unconfirmed
from calib.model import (
    Assessment,
    Catalog,
    Control,
    ControlResponse,
    ControlResult,
    EvidenceResult,
    Finding,
    Outcome,
    Readiness,
    Result,
    Subject,
)
from calib.qualification import advised, qualify_assessment, repairs
from calib.review import REVIEWER, review
from calib.scoring.gaps import control_gaps
from calib.scoring.levels import criterion_result, shelf

SCHEMA_VERSION = "1.0"
"""The version of `result.json`; its schema is `docs/result.schema.json`."""


def assess(catalog: Catalog, assessment: Assessment, today: date) -> Result:
    """Judge an assessment by a catalog on a day; pure, and the same for the same input."""
    on_shelf = shelf(assessment, today)
    controls = tuple(
        _control(catalog, control, assessment, on_shelf, today) for control in catalog.controls
    )
    rules = catalog.qualification
    judged = qualify_assessment(rules, assessment.case_studies)
    qualification = advised(rules, judged, catalog.days)
    of_controls = tuple(
        gap
        for control, result in zip(catalog.controls, controls, strict=True)
        for gap in control_gaps(catalog, control, result)
    )
    gaps = repairs(rules, qualification, catalog.days) + of_controls
    away = len(repairs(rules, qualification, catalog.days, fewest=True)) + len(of_controls)
    head = assessment.header
    return Result(
        schema_version=SCHEMA_VERSION,
        program=__version__,
        catalog=catalog.id,
        catalog_version=catalog.version,
        catalog_expires=catalog.valid_until,
        catalog_expired=today > catalog.valid_until,
        answered_catalog_version=head.catalog_version,
        today=today,
        target_date=head.target_date,
        content_hash=assessment.content_hash,
        profile=head.profile,
        scope=head.scope,
        readiness=_readiness(catalog, away),
        gauge=_tenth(sum(c.gauge for c in controls) / len(controls)),
        controls=controls,
        qualification=qualification,
        evidence=tuple(on_shelf.values()),
        gaps=gaps,
        findings=_on_the_whole(catalog, assessment, gaps, today),
        milestones=assessment.milestones,
        answers_hash=assessment.answers_hash,
        reviewer=REVIEWER,
    )


def _readiness(catalog: Catalog, away: int) -> Readiness:
    if away == 0:
        return Readiness.READY
    return Readiness.CLOSE if away <= catalog.gate.close_within else Readiness.NOT_READY


def _tenth(value: float) -> float:
    """Round half up to one decimal, so that 2.25 is 2.3 everywhere."""
    return int(value * 10 + 0.5 + 1e-9) / 10


def _control(
    catalog: Catalog,
    control: Control,
    assessment: Assessment,
    on_shelf: dict[str, EvidenceResult],
    today: date,
) -> ControlResult:
    response, version = assessment.response(control.id), assessment.header.catalog_version
    reviewed = review(control, response.narrative, f"controls/{control.id}.yaml")
    of_review = {f.criterion: f for f in reviewed.findings if f.criterion}
    criteria = tuple(
        criterion_result(
            catalog,
            control,
            c,
            response.answer(c.id),
            reviewed.criterion(c.id),
            of_review[c.id],
            on_shelf,
            today,
            unconfirmed(catalog, control, c, response.answer(c.id), version),
        )
        for c in control.criteria
    )
    findings = [f for f in reviewed.findings if not f.criterion]
    findings += _on_control(catalog, control, response)
    blocked = any(f.outcome is Outcome.GAP for f in findings if f.rule.startswith("third-party:"))
    weights = sum(c.weight for c in criteria)
    return ControlResult(
        control=control.id,
        title=control.title,
        gate=not blocked and all(c.met for c in criteria),
        gauge=_tenth(sum(c.weight * c.effective for c in criteria) / weights),
        level=reviewed.level,
        narrative=response.narrative,
        passages=tuple(p for r in reviewed.criteria for p in r.passages),
        criteria=criteria,
        third_party=response.third_party,
        findings=tuple(findings),
    )


def _on_control(catalog: Catalog, control: Control, response: ControlResponse) -> list[Finding]:
    file = f"controls/{control.id}.yaml"
    found = []
    if not response.narrative.strip():
        found.append(
            Finding(
                rule="no-narrative",
                outcome=Outcome.GAP,
                control=control.id,
                message="There is no narrative to submit.",
                remediation="Write it, or compose it from the answers to the criteria.",
                subject=Subject(file=file, place="narrative"),
            )
        )
    rule = catalog.third_party
    for number, used in enumerate(response.third_party):
        justified = bool(used.justification.strip())
        found.append(
            Finding(
                rule=f"third-party:{used.service}",
                outcome=Outcome.MET if justified else Outcome.GAP,
                control=control.id,
                message=f"{used.service} is used, with a justification."
                if justified
                else rule.message.format(service=used.service) + ".",
                remediation="" if justified else rule.remediation.format(service=used.service),
                subject=Subject(file=file, place=f"third_party[{number}].justification"),
            )
        )
    return [*found, *orphaned(catalog, response)]


def _taken_until(catalog: Catalog, today: date) -> str:
    last = catalog.accept_until
    if last is None:
        return ""
    word = "were expected to be" if today > last else "are expected to be"
    return f"; submissions by it {word} taken until {last}"


def _on_the_whole(
    catalog: Catalog, assessment: Assessment, gaps: tuple[object, ...], today: date
) -> tuple[Finding, ...]:
    head = assessment.header
    header = Subject(file="assessment.yaml", place="catalog_version")
    found = []
    if today > catalog.valid_until:
        found.append(
            Finding(
                rule="catalog-expired",
                outcome=Outcome.PARTLY,
                subject=header,
                message=f"Catalog {catalog.version} was valid until {catalog.valid_until}"
                f"{_taken_until(catalog, today)}.",
                remediation="Check AWS's current documents and install a newer catalog before "
                "you rely on this result.",
            )
        )
    found += on_the_whole(catalog, assessment)
    if head.target_date and head.target_date < today and gaps:
        found.append(
            Finding(
                rule="target-passed",
                outcome=Outcome.ADVICE,
                message=f"The target date {head.target_date} has passed.",
                remediation="Set a new one.",
                subject=Subject(file="assessment.yaml", place="target_date"),
            )
        )
    return tuple(found)
