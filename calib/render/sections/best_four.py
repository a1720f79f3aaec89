"""The recommended set of case studies, with primary services and alternatives."""

from __future__ import annotations

from calib.model import Catalog, PrimaryService, Result, StudyResult
from calib.render.document import (
    Block,
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

_SCORE_NOTE = (
    "The write-up score counts one point for each quality check that a write-up passes, such as a "
    "customer, a challenge, solution and results in sufficient detail, results in figures with a "
    "baseline, a tech stack, kinds of solution and evidence. Checks that failed are listed under "
    "each case study."
)


def best_four(result: Result, catalog: Catalog, *, linked: bool = True) -> list[Block]:
    """Build the recommendation of a case-study set; empty without case studies.

    If no set qualifies, list the changes with the least effort that make one qualify. With
    `linked`, each title links to the study's own heading in the report.
    """
    found = result.qualification
    if not found.best:
        return []
    best, *others = found.best
    blocks: list[Block] = [Heading("Recommended case studies", 3, "best-four")]
    if found.change:
        change = BulletList(tuple(run(gap.action) for gap in found.change))
        blocks.append(
            Callout(
                "warn",
                f"No set of {found.needed} case studies qualifies yet",
                (paragraph("Changes with the least effort that give a qualifying set:"), change),
            )
        )
    elif best.submitted:
        blocks.append(paragraph("The submitted case studies are the best available set."))
    caption = "Recommended set after these changes" if found.change else "Recommended set"
    studies = {s.slug: s for s in found.studies}
    rows = [
        _row(lead, studies.get(lead.slug), catalog, found.points, linked=linked)
        for lead in best.leads
    ]
    columns = (
        Column("Case study", 3),
        Column("Primary service", 2.2),
        Column("Kinds of solution", 2.4),
        Column("Write-up score", 1.3),
    )
    blocks += [TableBlock(caption, columns, tuple(rows)), paragraph(best.why)]
    if others:
        alternatives = BulletList(tuple(run(other.why) for other in others))
        blocks += [paragraph("Alternatives:"), alternatives]
    return [*blocks, paragraph(Run(_SCORE_NOTE, "muted"))]


def _row(
    lead: PrimaryService, study: StudyResult | None, catalog: Catalog, points: int, *, linked: bool
) -> TableRow:
    names = {k.id: k.name for k in catalog.qualification.kinds}
    kinds = ", ".join(names.get(k, k) for k in study.kinds) if study else ""
    return TableRow(
        (
            run(lead.title, "strong", f"#study-{lead.slug}" if study and linked else ""),
            _primary_service(lead, study),
            run(kinds or "–"),
            run(f"{lead.strength} of {points}" if study else "to be written"),
        )
    )


def _primary_service(lead: PrimaryService, study: StudyResult | None) -> Runs:
    if not lead.instead_of:
        return text(lead.service)
    unmentioned = study and lead.family not in study.told
    note = "; the solution does not mention it yet" if unmentioned else ""
    return text(lead.service, Run(f" instead of {lead.instead_of}{note}", "muted"))
