"""What an assessment holds and AWS's workbook has no place for."""

from __future__ import annotations

from collections.abc import Sequence

from calib.model import Assessment, CaseStudy


def list_omissions(assessment: Assessment, studies: Sequence[CaseStudy]) -> list[str]:
    """List what does not go into the workbook, given the studies that do."""
    head = assessment.header
    answers = [a for r in assessment.responses for a in r.criteria]
    beside = [s for s in assessment.case_studies if s not in studies]
    counts = {
        "claimed levels": sum(a.claimed_level is not None for a in answers),
        "answers to single criteria": sum(bool(a.answer) for a in answers),
        "links from criteria to evidence": sum(len(a.evidence) for a in answers),
        "links from case studies to evidence": sum(len(s.evidence) for s in studies),
        "services that a case study could lead with": sum(len(s.could_lead) for s in studies),
        "owners of criteria": sum(bool(a.owner) for a in answers),
        "due dates of criteria": sum(a.due is not None for a in answers),
        "criteria that do not apply": sum(bool(a.not_applicable) for a in answers),
        "levels set by an assessor": sum(a.override is not None for a in answers),
        "answers with a catalog version": sum(bool(a.catalog_version) for a in answers),
        "third-party services": sum(len(r.third_party) for r in assessment.responses),
        "pieces of evidence": len(assessment.evidence),
        "entries of the improvement plan": len(assessment.plan),
        "milestones": len(assessment.milestones),
    }
    found = [f"{what} ({count})" for what, count in counts.items() if count]
    if beside:
        names = ", ".join(s.title or s.slug for s in beside)
        found.append(f"other case studies ({names})")
    profile = [k for k, v in head.profile if v]
    kept = [f"the profile ({', '.join(profile)})"]
    kept += ["the scope"] if head.scope else []
    kept += ["the target date"] if head.target_date else []
    return [*found, *kept, "the names, the status and the order of the case studies"]
