"""The method and limits section."""

from __future__ import annotations

from calib.model import Catalog, Result
from calib.render.document import (
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
from calib.text import day


def method(result: Result, catalog: Catalog) -> Section:
    """Say how levels, gates and readiness come about, and what this report cannot know."""
    blocks = (
        Heading("How it was judged"),
        paragraph(catalog.levels_note),
        _levels(catalog),
        _rules(catalog),
        Heading("How the text was read"),
        paragraph(result.reviewer),
        Heading("Versions"),
        _versions(result, catalog),
        Heading("Limits"),
        paragraph(catalog.scope),
        *(paragraph(p) for p in _notice(catalog.notice)),
    )
    return Section("method", "Method and limits", blocks)


def _levels(catalog: Catalog) -> TableBlock:
    columns = (
        Column("Level", 0.6, "center"),
        Column("Name", 1),
        Column("Means", 3),
        Column("Shows", 3),
    )
    rows = tuple(
        TableRow((level(one.level), run(one.name, "strong"), run(one.means), run(one.shows)))
        for one in catalog.levels
    )
    return TableBlock("Maturity levels", columns, rows)


def _rules(catalog: Catalog) -> BulletList:
    gate = catalog.gate
    rules = (
        ("Claimed", "is what the partner says."),
        (
            "Supported",
            "is what text and evidence carry: each finding sets an upper bound, and the "
            "lowest bound is the supported level.",
        ),
        (
            "Effective",
            "is the lower of the two, unless an assessor set a level with a name and a reason.",
        ),
        (
            "Gate:",
            f"every passing criterion at level {gate.passing}, every requirement criterion "
            f"at level {gate.requirement}, no third-party service without a justification. An average "
            "never makes a gate hold.",
        ),
        (
            "Readiness:",
            "ready when all gates hold and the case studies qualify; close when at most "
            f"{gate.close_within} remediation actions are left.",
        ),
        ("Not applicable", "needs a reason and raises nothing: an assessor has to settle it."),
    )
    return BulletList(tuple(text(Run(f"{name} ", "strong"), said) for name, said in rules))


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
            ("Date", run(day(result.today))),
            ("Content hash", run(result.content_hash, "code")),
        )
    )


def _notice(notice: str) -> list[str]:
    """Split the notice into paragraphs, without its heading."""
    parts = [" ".join(p.split()) for p in notice.split("\n\n")]
    return [p for p in parts if p and not p.startswith("#")]
