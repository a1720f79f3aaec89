"""The evidence register section."""

from __future__ import annotations

from collections.abc import Mapping

from calib.model import EvidenceResult, Result
from calib.render.document import (
    Block,
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
    """Build the evidence register with the state and the use of each entry."""
    if not result.evidence:
        advice = paragraph("The register is empty. Link an artefact to each claimed criterion.")
        return Section(
            "evidence", "Evidence register", (Callout("warn", "No evidence", (advice,)),)
        )
    flagged = [e for e in result.evidence if needs_attention(e)]
    count = plural(len(result.evidence), "entry", "entries")
    blocks: list[Block] = [
        paragraph(f"{count}. Files are hashed when the assessment is loaded; links are not opened.")
    ]
    if flagged:
        items = tuple(finding_runs(f) for e in flagged for f in e.findings)
        title = f"{plural(len(flagged), 'entry needs', 'entries need')} review"
        blocks.append(Callout("warn", title, (BulletList(items),)))
    columns = (
        Column("Evidence", 2.8),
        Column("Location", 2.2),
        Column("Dated", 1.3),
        Column("Expires", 1.3),
        Column("State", 1.3),
        Column("Supports", 3.3),
    )
    titles = _titles(result)
    rows = tuple(_row(e, titles) for e in result.evidence)
    blocks.append(TableBlock("Evidence register", columns, rows))
    return Section("evidence", "Evidence register", tuple(blocks))


def _row(item: EvidenceResult, titles: Mapping[str, str]) -> TableRow:
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
            run(_supports(item.serves, titles), "muted"),
        ),
        id=f"evidence-{entry.id}",
    )


def _titles(result: Result) -> dict[str, str]:
    """Return the titles of criteria and case studies by the places that evidence links to."""
    criteria = {
        f"{control.control}/{c.criterion}": c.title
        for control in result.controls
        for c in control.criteria
    }
    studies = {
        f"case_studies/{study.slug}": study.title or study.slug
        for study in result.qualification.studies
    }
    return criteria | studies


def _supports(places: tuple[str, ...], titles: Mapping[str, str]) -> str:
    """Group the criteria and case studies that an entry supports by control."""
    groups: dict[str, list[str]] = {}
    for place in places:
        control, _, name = place.partition("/")
        group = "Case studies" if control == "case_studies" else control
        groups.setdefault(group, []).append(titles.get(place, name))
    return "; ".join(f"{c}: {', '.join(names)}" for c, names in groups.items()) or "not linked"
