"""Results over time: what of a result is worth remembering."""

from __future__ import annotations

import re

from calib.model import Assessment, MilestoneFile, Result


def make_milestone(
    result: Result, assessment: Assessment, name: str, signed_by: str = ""
) -> MilestoneFile:
    """Remember how an assessment stands and what it says, so that both can be compared later."""
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
        assessment=assessment.model_copy(update={"milestones": ()}),
    )


def as_json(milestone: MilestoneFile) -> bytes:
    """Write a milestone as it is kept: what is empty is left out."""
    return (milestone.model_dump_json(indent=1, exclude_defaults=True) + "\n").encode()


def file_name(milestone: MilestoneFile) -> str:
    """Name the file that a milestone is kept in."""
    slug = re.sub(r"[^a-z0-9]+", "-", milestone.name.lower()).strip("-")[:40] or "milestone"
    return f"{milestone.date.isoformat()}-{slug}.json"
