"""The section on method and limits."""

from __future__ import annotations

from calib.model import Catalog, Result
from calib.render.document import (
    Block,
    BulletList,
    Column,
    DefinitionList,
    Heading,
    Run,
    Section,
    TableBlock,
    TableRow,
    level,
    paragraph,
    run,
    text,
)
from calib.text import day, plural


def method(result: Result, catalog: Catalog) -> Section:
    """Describe how levels, gates and readiness are derived, and the limits of the report."""
    blocks: tuple[Block, ...] = (
        Heading("Assessment method"),
        paragraph(catalog.levels_note),
        _levels(catalog),
        _rules(catalog),
        Heading("Text review"),
        paragraph(result.reviewer),
        Heading("Versions"),
        _versions(result, catalog),
        Heading("Limits"),
        paragraph(catalog.scope),
        *(paragraph(p) for p in _notice_paragraphs(catalog.notice)),
    )
    return Section("method", "Method and limits", blocks)


def _levels(catalog: Catalog) -> TableBlock:
    columns = (
        Column("Level", 0.6, "center"),
        Column("Name", 1),
        Column("Meaning", 3),
        Column("Typical evidence", 3),
    )
    rows = tuple(
        TableRow((level(item.level), run(item.name, "strong"), run(item.means), run(item.shows)))
        for item in catalog.levels
    )
    return TableBlock("Maturity levels", columns, rows)


def _rules(catalog: Catalog) -> BulletList:
    gate = catalog.gate
    rules = (
        ("Claimed level:", "the level stated by the partner."),
        (
            "Supported level:",
            "the highest level that the narrative and the evidence show. Each finding sets an "
            "upper limit, and the lowest limit applies.",
        ),
        (
            "Effective level:",
            "the lower of claimed and supported level, unless an assessor recorded an override "
            "with a name and a reason.",
        ),
        (
            "Our bar:",
            "for a criterion, the verdict that the catalog's rule gives for the points that the "
            "narrative shows; for a control, the gate.",
        ),
        (
            "Example bar:",
            "whether the narrative mentions the points that AWS's published example of the control "
            "covers; it decides no gate.",
        ),
        (
            "Marks:",
            "a person can reject a sentence for a point, which counts at once, or point at a "
            "sentence that shows it, which counts once a second person confirms it; each mark is "
            "listed with names and reasons.",
        ),
        (
            "Gate:",
            f"met when every passing criterion is at level {gate.passing} or higher, every "
            f"requirement criterion at level {gate.requirement} or higher, and every third-party "
            "service has a justification. A high average does not compensate for a criterion "
            "below its required level.",
        ),
        (
            "Readiness:",
            "ready when all gates are met and the case studies qualify; close when at most "
            f"{plural(gate.close_within, 'remediation action')} remain; otherwise not ready.",
        ),
        (
            "Not applicable:",
            "requires a reason and does not raise the level; an assessor has to confirm it with "
            "an override.",
        ),
    )
    return BulletList(tuple(text(Run(f"{name} ", "strong"), rule) for name, rule in rules))


def _versions(result: Result, catalog: Catalog) -> DefinitionList:
    version = (
        f"{catalog.title} {catalog.version}, released {day(catalog.released)}, valid until "
        f"{day(catalog.valid_until)}"
    )
    return DefinitionList(
        (
            ("Catalog", run(version)),
            ("Source", run(catalog.source)),
            ("Program", run(f"calib {result.program}, result schema {result.schema_version}")),
            ("Report date", run(day(result.today))),
            ("Content hash", run(result.content_hash, "code")),
        )
    )


def _notice_paragraphs(notice: str) -> list[str]:
    """Split the notice into paragraphs, without its heading."""
    parts = [" ".join(p.split()) for p in notice.split("\n\n")]
    return [p for p in parts if p and not p.startswith("#")]
