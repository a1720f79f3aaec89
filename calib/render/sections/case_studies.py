"""The case studies section."""

from __future__ import annotations

from calib.model import Catalog, Result, StudyResult
from calib.render import charts
from calib.render.brand import Brand, chart_block
from calib.render.document import (
    Block,
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
    """Build the case studies section: the submitted set, its coverage, and each study."""
    found = result.qualification
    names = {f.id: f.name for f in catalog.qualification.families}
    kinds = {k.id: k.name for k in catalog.qualification.kinds}
    blocks: list[Block] = [_set_callout(result, catalog), *best_four(result, catalog)]
    coverage = charts.case_study_coverage(result, accent=brand.accent, families=names, kinds=kinds)
    if coverage is not None:
        blocks += [chart_block(coverage), _studies_table(found.studies, names, kinds)]
    for study in found.studies:
        blocks += _study(study, found.points)
    return Section("case-studies", "Case studies", tuple(blocks), kicker="Customer examples")


def _set_callout(result: Result, catalog: Catalog) -> Callout:
    found = result.qualification
    requirement = (
        f"Required: {found.needed} qualifying customer examples, each with a different "
        f"AWS-native primary service, covering at least "
        f"{catalog.qualification.kinds_needed} kinds of solution."
    )
    if found.chosen_by_program:
        requirement += (
            " No case study is marked as submitted, so the best available set was assessed."
        )
    if found.set_qualifies:
        return Callout("good", "Case study requirements met", (paragraph(requirement),))
    reasons = BulletList(tuple(finding_runs(f) for f in found.findings))
    return Callout("bad", "Case study requirements not met", (paragraph(requirement), reasons))


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
        Column("Primary service", 1.6),
        Column("Kinds of solution", 2.2),
        Column("Status", 2.1),
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
    return TableBlock("Case studies at a glance", columns, rows)


def _study(study: StudyResult, points: int) -> list[Block]:
    blocks: list[Block] = [
        Heading(study.title or study.slug or "Untitled", 3, f"study-{study.slug}"),
        paragraph(Run(study.customer or "No customer given", "strong"), "  ", _status(study)),
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
        ("Alternative primary services", ", ".join(service for _, service in study.could_lead)),
        ("Write-up score", f"{study.strength} of {points} points"),
    ]
    blocks.append(
        DefinitionList(
            tuple((label, run(" ".join(value.split()))) for label, value in pairs if value.strip())
        )
    )
    return blocks
