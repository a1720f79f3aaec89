"""The evidence register section."""

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
    """Build the evidence register with the state of each entry and what it supports."""
    if not result.evidence:
        advice = paragraph("The register is empty. Link an artefact to each claimed criterion.")
        return Section(
            "evidence", "Evidence register", (Callout("warn", "No evidence", (advice,)),)
        )
    flagged = [e for e in result.evidence if needs_attention(e)]
    count = plural(len(result.evidence), "entry", "entries")
    blocks: list[object] = [
        paragraph(f"{count}. Files are hashed when the assessment is loaded; links are not opened.")
    ]
    if flagged:
        items = tuple(finding_runs(f) for e in flagged for f in e.findings)
        title = f"{plural(len(flagged), 'entry needs', 'entries need')} review"
        blocks.append(Callout("warn", title, (BulletList(items),)))
    columns = (
        Column("Evidence", 2.8),
        Column("Location", 2.2),
        Column("Dated", 1.1),
        Column("Expires", 1.1),
        Column("State", 1.2),
        Column("Supports", 3.4),
    )
    rows = tuple(_row(e) for e in result.evidence)
    blocks.append(TableBlock("Evidence register", columns, rows))
    return Section("evidence", "Evidence register", tuple(blocks))


def _row(item: EvidenceResult) -> TableRow:
    entry = item.item
    private = (Run("  "), badge("confidential", "info")) if entry.confidential else ()
    location = run(entry.url, "", entry.url) if entry.url else run(entry.file or "", "code")
    return TableRow(
        (
            text(Run(entry.title, "strong"), *private),
            location,
            run(day(entry.dated)),
            run(day(entry.expires)),
            evidence_state(item),
            run(_supports(item.serves), "muted"),
        ),
        id=f"evidence-{entry.id}",
    )


def _supports(places: tuple[str, ...]) -> str:
    """Group the criteria and case studies that link to an entry by control."""
    groups: dict[str, list[str]] = {}
    for place in places:
        control, _, criterion = place.partition("/")
        groups.setdefault(control, []).append(criterion)
    return "; ".join(f"{c}: {', '.join(names)}" for c, names in groups.items()) or "not linked"
