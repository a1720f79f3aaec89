"""Results over time: what of a result is worth remembering."""

from __future__ import annotations

import re

from calib.model import Milestone, Result


def make_milestone(result: Result, name: str) -> Milestone:
    """Take the gauges, the readiness and the qualified studies of a day."""
    return Milestone(
        date=result.today,
        name=name,
        catalog_version=result.catalog_version,
        readiness=result.readiness,
        gauges=tuple((c.control, c.gauge) for c in result.controls),
        qualified_studies=result.qualification.qualified_count,
    )


def file_name(milestone: Milestone) -> str:
    """Name the file that a milestone is kept in."""
    slug = re.sub(r"[^a-z0-9]+", "-", milestone.name.lower()).strip("-")[:40] or "milestone"
    return f"{milestone.date.isoformat()}-{slug}.json"
