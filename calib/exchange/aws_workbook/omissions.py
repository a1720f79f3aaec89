"""List the parts of an assessment that AWS's workbook cannot store."""

from __future__ import annotations

from collections.abc import Sequence

from calib.model import Assessment, CaseStudy


def list_omissions(assessment: Assessment, studies: Sequence[CaseStudy]) -> list[str]:
    """List the parts that are not exported, given the studies that are."""
    header = assessment.header
    answers = [a for r in assessment.responses for a in r.criteria]
    other_studies = [s for s in assessment.case_studies if s not in studies]
    counts = {
        "claimed levels": sum(a.claimed_level is not None for a in answers),
        "answers to single criteria": sum(bool(a.answer) for a in answers),
        "links from criteria to evidence": sum(len(a.evidence) for a in answers),
        "links from case studies to evidence": sum(len(s.evidence) for s in studies),
        "alternative primary services of case studies": sum(len(s.could_lead) for s in studies),
        "owners of criteria": sum(bool(a.owner) for a in answers),
        "due dates of criteria": sum(a.due is not None for a in answers),
        "criteria that do not apply": sum(bool(a.not_applicable) for a in answers),
        "levels set by an assessor": sum(a.override is not None for a in answers),
        "marks on points": sum(len(a.marks) for a in answers),
        "answers with a catalog version": sum(bool(a.catalog_version) for a in answers),
        "third-party services": sum(len(r.third_party) for r in assessment.responses),
        "pieces of evidence": len(assessment.evidence),
        "entries of the improvement plan": len(assessment.plan),
        "milestones": len(assessment.milestones),
    }
    omissions = [f"{name} ({count})" for name, count in counts.items() if count]
    if other_studies:
        titles = ", ".join(s.title or s.slug for s in other_studies)
        omissions.append(f"other case studies ({titles})")
    profile = [key for key, value in header.profile if value]
    omissions.append(f"the profile ({', '.join(profile)})")
    omissions += ["the scope"] if header.scope else []
    omissions += ["the target date"] if header.target_date else []
    return [*omissions, "the names, the status and the order of the case studies"]
