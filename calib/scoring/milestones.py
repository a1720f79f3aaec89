"""Create milestones: the part of a result that is kept for later comparison."""

from __future__ import annotations

import re

from calib.model import Assessment, MilestoneFile, Result


def make_milestone(
    result: Result, assessment: Assessment, name: str, signed_by: str = ""
) -> MilestoneFile:
    """Return a milestone with the result's levels and the assessment's answers."""
    return MilestoneFile(
        date=result.today,
        name=name,
        catalog_version=result.catalog_version,
        readiness=result.readiness,
        gauges=tuple((c.control, c.gauge) for c in result.controls),
        qualified_studies=result.qualification.qualified_count,
        levels=tuple(
            (f"{c.control}/{x.criterion}", x.effective) for c in result.controls for x in c.criteria
        ),
        gates=tuple(c.control for c in result.controls if c.gate),
        answers_hash=result.answers_hash,
        signed_by=signed_by,
        # Without earlier milestones, which would nest and grow with every new one.
        assessment=assessment.model_copy(update={"milestones": ()}),
    )


def serialize_milestone(milestone: MilestoneFile) -> bytes:
    """Return the milestone as JSON; fields with default values are left out."""
    return (milestone.model_dump_json(indent=1, exclude_defaults=True) + "\n").encode()


def milestone_file_name(milestone: MilestoneFile) -> str:
    """Return the name of the milestone's file: the date, then its name as a slug."""
    slug = re.sub(r"[^a-z0-9]+", "-", milestone.name.lower()).strip("-")[:40].rstrip("-")
    return f"{milestone.date.isoformat()}-{slug or 'milestone'}.json"
