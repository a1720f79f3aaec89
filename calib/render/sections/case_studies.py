"""The case studies and the improvement plan."""

from __future__ import annotations

from calib.model import Catalog, Result, StudyResult
from calib.render import charts
from calib.render.brand import Brand, chart_block
from calib.render.document import (
    BulletList,
    Callout,
    Column,
    DefinitionList,
    Heading,
    Run,
    Section,
    TableBlock,
    TableRow,
    badge,
    paragraph,
    run,
)
from calib.render.findings import finding_runs
from calib.render.sections.best_four import best_four


def case_studies(result: Result, catalog: Catalog, brand: Brand) -> Section:
    """Show the set of four, what it covers, and each study with its findings."""
    found = result.qualification
    names = {f.id: f.name for f in catalog.qualification.families}
    kinds = {k.id: k.name for k in catalog.qualification.kinds}
    blocks: list[object] = [_set_callout(result), *best_four(result, catalog)]
    coverage = charts.case_study_coverage(result, accent=brand.accent, families=names, kinds=kinds)
    if coverage is not None:
        blocks += [chart_block(coverage), _studies_table(found.studies, names, kinds)]
    for study in found.studies:
        blocks += _study(study, found.points)
    return Section("case-studies", "Case studies", tuple(blocks), kicker="Customer examples")


def _set_callout(result: Result) -> Callout:
    found = result.qualification
    needs = (
        f"{found.needed} qualified examples, each led by another AWS-native service, together "
        "showing more than one kind of solution."
    )
    if found.chosen_by_program:
        needs += " No study is marked as submitted, so the best set as they stand was taken."
    if found.set_qualifies:
        return Callout("good", "The set qualifies", (paragraph(f"It has {needs}"),))
    reasons = BulletList(tuple(finding_runs(f) for f in found.findings))
    return Callout("bad", "The set does not qualify yet", (paragraph(f"Needed: {needs}"), reasons))


def _status(study: StudyResult) -> Run:
    if not study.submitted:
        return badge("candidate", "muted")
    return badge("qualifies", "good") if study.qualified else badge("does not qualify", "bad")


def _studies_table(
    studies: tuple[StudyResult, ...], names: dict[str, str], kinds: dict[str, str]
) -> TableBlock:
    columns = (
        Column("Case study", 3),
        Column("Customer", 1.8),
        Column("Leads with", 1.6),
        Column("Shows", 2.2),
        Column("Stands", 2.1),
    )
    rows = tuple(
        TableRow(
            (
                run(s.title or s.slug, "strong", f"#study-{s.slug}"),
                run(s.customer or "–"),
                run(names.get(s.family, s.primary_service or "–")),
                run(", ".join(kinds.get(k, k) for k in s.kinds) or "–"),
                (_status(s),),
            )
        )
        for s in studies
    )
    return TableBlock("The case studies at a glance", columns, rows)


def _study(study: StudyResult, points: int) -> list[object]:
    blocks: list[object] = [
        Heading(study.title or study.slug or "Untitled", 3, f"study-{study.slug}"),
        paragraph(Run(study.customer or "No customer named", "strong"), "  ", _status(study)),
    ]
    if study.findings:
        blocks.append(BulletList(tuple(finding_runs(f) for f in study.findings)))
    pairs = [
        ("Challenge", study.challenge),
        ("Solution", study.solution),
        ("Results", study.results),
        ("Services", ", ".join(study.services)),
        ("Tech stack", ", ".join(study.tech_stack)),
        ("Migrated from", study.migrated_from),
        ("Could lead with", ", ".join(service for _, service in study.could_lead)),
        ("Write-up", f"{study.strength} of {points} points"),
    ]
    blocks.append(
        DefinitionList(
            tuple((label, run(" ".join(value.split()))) for label, value in pairs if value.strip())
        )
    )
    return blocks
