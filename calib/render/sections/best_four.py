"""The best four of all case studies: who, led by what, why, and what stands next to them."""

from __future__ import annotations

from typing import Any

from calib.model import Catalog, Lead, Result, StudyResult
from calib.render.document import (
    BulletList,
    Callout,
    Column,
    Heading,
    Run,
    Runs,
    TableBlock,
    TableRow,
    paragraph,
    run,
    text,
)

_POINTS = (
    "A write-up has a point for each thing it does not lack: a customer, a challenge, a solution "
    "and results told at length, figures, what they were before, a tech stack, kinds of solution, "
    "evidence. What one lacks stands with the study."
)


def best_four(result: Result, catalog: Catalog, *, linked: bool = True) -> list[Any]:
    """Show the best four, or the least change after which four qualify; nothing without studies.

    With `linked` each study leads to its own place in the report.
    """
    found = result.qualification
    if not found.best:
        return []
    best, *others = found.best
    blocks: list[Any] = [Heading("The best four", 3, "best-four")]
    if found.change:
        change = BulletList(tuple(run(gap.action) for gap in found.change))
        blocks.append(
            Callout(
                "warn",
                "No four of these studies qualify together yet",
                (paragraph("The least change after which four do:"), change),
            )
        )
    elif best.submitted:
        blocks.append(paragraph("The four that are submitted are the best of all studies here."))
    caption = "The four after that change" if found.change else "The four that go best together"
    studies = {s.slug: s for s in found.studies}
    rows = [
        _row(lead, studies.get(lead.slug), catalog, found.points, linked=linked)
        for lead in best.leads
    ]
    columns = (
        Column("Case study", 3),
        Column("Leads with", 2.2),
        Column("Shows", 2.4),
        Column("Write-up", 1.3),
    )
    blocks += [TableBlock(caption, columns, tuple(rows)), paragraph(best.why)]
    if others:
        blocks += [paragraph("Next to it:"), BulletList(tuple(run(other.why) for other in others))]
    return [*blocks, paragraph(Run(_POINTS, "muted"))]


def _row(
    lead: Lead, study: StudyResult | None, catalog: Catalog, points: int, *, linked: bool
) -> TableRow:
    names = {k.id: k.name for k in catalog.qualification.kinds}
    shows = ", ".join(names.get(k, k) for k in study.kinds) if study else ""
    return TableRow(
        (
            run(lead.title, "strong", f"#study-{lead.slug}" if study and linked else ""),
            _service(lead, study),
            run(shows or "–"),
            run(f"{lead.strength} of {points}" if study else "to be written"),
        )
    )


def _service(lead: Lead, study: StudyResult | None) -> Runs:
    if not lead.instead_of:
        return text(lead.service)
    untold = study and lead.family not in study.told
    lacks = "; its solution does not mention it yet" if untold else ""
    return text(lead.service, Run(f" instead of {lead.instead_of}{lacks}", "muted"))
