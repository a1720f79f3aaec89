"""The last pages: the evidence register, how it was judged, and the limits of it."""

from __future__ import annotations

from calib.model import EvidenceResult, Result
from calib.render.document import (
    BulletList,
    Callout,
    Column,
    Run,
    Section,
    TableBlock,
    TableRow,
    badge,
    paragraph,
    run,
    text,
)
from calib.render.findings import finding_runs
from calib.render.sections.control import evidence_state
from calib.render.sections.cover import needs_attention
from calib.text import day, plural


def evidence(result: Result) -> Section:
    """List the evidence register with the state of every entry and what leans on it."""
    if not result.evidence:
        nothing = paragraph("The register is empty. Link an artefact to each criterion you claim.")
        return Section(
            "evidence", "Evidence register", (Callout("warn", "No evidence", (nothing,)),)
        )
    troubled = [e for e in result.evidence if needs_attention(e)]
    opening = (
        f"{plural(len(result.evidence), 'entry', 'entries')}; files are hashed when the "
        "assessment is read, links are never opened."
    )
    blocks: list[object] = [paragraph(opening)]
    if troubled:
        items = tuple(finding_runs(f) for e in troubled for f in e.findings)
        title = f"{plural(len(troubled), 'entry', 'entries')} to look at"
        blocks.append(Callout("warn", title, (BulletList(items),)))
    columns = (
        Column("Evidence", 2.8),
        Column("Where", 2.2),
        Column("Dated", 1.1),
        Column("Expires", 1.1),
        Column("State", 1.2),
        Column("Serves", 3.4),
    )
    rows = tuple(_row(e) for e in result.evidence)
    blocks.append(TableBlock("Evidence register", columns, rows))
    return Section("evidence", "Evidence register", tuple(blocks))


def _row(item: EvidenceResult) -> TableRow:
    entry = item.item
    private = (Run("  "), badge("confidential", "info")) if entry.confidential else ()
    where = run(entry.url, "", entry.url) if entry.url else run(entry.file or "", "code")
    return TableRow(
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
