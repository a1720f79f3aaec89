"""The last pages: the evidence register, how it was judged, and the limits of it."""

from __future__ import annotations

from calib.model import Catalog, EvidenceResult, Result
from calib.views.blocks import (
    Bullets,
    Callout,
    Column,
    Facts,
    Heading,
    Row,
    Run,
    Section,
    Table,
    badge,
    day,
    level,
    paragraph,
    plural,
    run,
    text,
)
from calib.views.sections.control import evidence_state
from calib.views.sections.front import needs_a_look
from calib.views.sections.middle import finding_runs


def evidence(result: Result) -> Section:
    """List the evidence register with the state of every entry and what leans on it."""
    if not result.evidence:
        nothing = paragraph("The register is empty. Link an artefact to each criterion you claim.")
        return Section(
            "evidence", "Evidence register", (Callout("warn", "No evidence", (nothing,)),)
        )
    troubled = [e for e in result.evidence if needs_a_look(e)]
    opening = (
        f"{plural(len(result.evidence), 'entry', 'entries')}; files are hashed when the "
        "assessment is read, links are never opened."
    )
    blocks: list[object] = [paragraph(opening)]
    if troubled:
        items = tuple(finding_runs(f) for e in troubled for f in e.findings)
        title = f"{plural(len(troubled), 'entry', 'entries')} to look at"
        blocks.append(Callout("warn", title, (Bullets(items),)))
    columns = (
        Column("Evidence", 2.8), Column("Where", 2.2), Column("Dated", 1.1), Column("Expires", 1.1),
        Column("State", 1.2), Column("Serves", 3.4),
    )  # fmt: skip
    rows = tuple(_row(e) for e in result.evidence)
    blocks.append(Table("Evidence register", columns, rows))
    return Section("evidence", "Evidence register", tuple(blocks))


def _row(item: EvidenceResult) -> Row:
    entry = item.item
    private = (Run("  "), badge("confidential", "info")) if entry.confidential else ()
    where = run(entry.url, "", entry.url) if entry.url else run(entry.file or "", "code")
    return Row(
        (
            text(Run(entry.title, "strong"), *private),
            where,
            run(day(entry.dated)),
            run(day(entry.expires)),
            evidence_state(item),
            run(_serves(item.serves), "muted"),
        ),
        id=f"evidence-{entry.id}",
    )


def _serves(places: tuple[str, ...]) -> str:
    """Group what an entry serves by control."""
    groups: dict[str, list[str]] = {}
    for place in places:
        control, _, criterion = place.partition("/")
        groups.setdefault(control, []).append(criterion)
    return "; ".join(f"{c}: {', '.join(names)}" for c, names in groups.items()) or "nothing yet"


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


def _levels(catalog: Catalog) -> Table:
    columns = (
        Column("Level", 0.6, "center"), Column("Name", 1), Column("Means", 3), Column("Shows", 3),
    )  # fmt: skip
    rows = tuple(
        Row((level(one.level), run(one.name, "strong"), run(one.means), run(one.shows)))
        for one in catalog.levels
    )
    return Table("Maturity levels", columns, rows)


def _rules(catalog: Catalog) -> Bullets:
    gate = catalog.gate
    rules = (
        ("Claimed", "is what the partner says."),
        ("Supported", "is what text and evidence carry: each finding sets an upper bound, and the "
         "lowest bound is the supported level."),
        ("Effective", "is the lower of the two, unless an assessor set a level with a name and a "
         "reason."),
        ("Gate:", f"every passing criterion at level {gate.passing}, every requirement criterion "
         f"at level {gate.requirement}, no third-party service without a justification. An average "
         "never makes a gate hold."),
        ("Readiness:", "ready when all gates hold and the case studies qualify; close when at most "
         f"{gate.close_within} remediation actions are left."),
        ("Not applicable", "needs a reason and raises nothing: an assessor has to settle it."),
    )  # fmt: skip
    return Bullets(tuple(text(Run(f"{name} ", "strong"), said) for name, said in rules))


def _versions(result: Result, catalog: Catalog) -> Facts:
    version = (
        f"{catalog.title} {catalog.version}, released {day(catalog.released)}, valid until "
        f"{day(catalog.valid_until)}"
    )
    return Facts(
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
