"""The responses document: narratives and case studies for editing, review and signature."""

from __future__ import annotations

from calib.model import Catalog, Control, ControlResult, EvidenceResult, Result
from calib.render.brand import Brand, report_metadata
from calib.render.document import (
    Block,
    BulletList,
    Callout,
    Column,
    DefinitionList,
    Heading,
    Run,
    Section,
    Signatures,
    TableBlock,
    TableRow,
    paragraph,
    run,
    text,
)
from calib.render.narrative import plain_narrative
from calib.render.narrative_marks import redact_secrets
from calib.render.sections.submitted_case_studies import submitted_case_studies
from calib.text import day, listed

TITLE = "responses"


def responses(result: Result, catalog: Catalog, brand: Brand) -> tuple[Section, ...]:
    """Build a section per control, one of the submitted case studies, and one for signatures.

    The narratives have no reviewer marks. Text that looks like a secret is redacted, as in the
    report.
    """
    register = {e.item.id: e for e in result.evidence}
    return (
        _cover(result, brand),
        *(_control(result.control(c.id), c, register) for c in catalog.controls),
        *submitted_case_studies(result.qualification),
        _signatures(result),
    )


def _cover(result: Result, brand: Brand) -> Section:
    facts = [("Prepared by", run(brand.name))] if brand.name else []
    facts += [
        ("Report date", run(day(result.today))),
        ("Target date", run(day(result.target_date))),
        ("Practice lead", run(result.profile.practice_lead or "–")),
        ("Scope", run(" ".join(result.scope.split()) or "–")),
    ]
    introduction = (
        "The responses to the practice controls and the case studies, exported from the assessment "
        "for editing and signature. Changes made here must be copied back into the assessment by "
        "hand."
    )
    return Section(
        "cover",
        result.profile.partner,
        (paragraph(introduction, style="lead"), DefinitionList(tuple(facts))),
        kicker=f"Generative AI Competency · {TITLE}",
        meta=report_metadata(result, brand) | {"document": TITLE},
    )


def _control(
    found: ControlResult, control: Control, register: dict[str, EvidenceResult]
) -> Section:
    blocks: list[Block] = [paragraph(control.asks_for, style="muted"), Heading("Response")]
    if found.narrative.strip():
        blocks.append(plain_narrative(found))
        if redact_secrets(found) != found.narrative:
            note = paragraph("Text that looks like a secret was redacted.")
            blocks.append(Callout("bad", "Secret in the response", (note,)))
    else:
        note = paragraph("There is no text for this control yet.")
        blocks.append(Callout("warn", "No response", (note,)))
    if found.third_party:
        items = tuple(
            text(
                Run(f"{t.service}. ", "strong"), " ".join(f"{t.purpose} {t.justification}".split())
            )
            for t in found.third_party
        )
        blocks += [Heading("Third-party services"), BulletList(items)]
    return Section(
        found.control, found.title, (*blocks, *_evidence(found, register)), kicker=found.control
    )


def _evidence(found: ControlResult, register: dict[str, EvidenceResult]) -> list[Block]:
    """List the evidence linked to the control, with the criteria it supports."""
    used: dict[str, list[str]] = {}
    for criterion in found.criteria:
        for entry_id in criterion.evidence:
            used.setdefault(entry_id, []).append(criterion.title)
    if not used:
        return [Heading("Evidence"), paragraph("No evidence is linked to this control.")]
    columns = (
        Column("Evidence", 3),
        Column("Location", 2.4),
        Column("Dated", 1.4),
        Column("Supports", 3.2),
    )
    rows = []
    for entry_id, titles in used.items():
        entry = register[entry_id].item
        private = " (confidential)" if entry.confidential else ""
        location = run(entry.url, "", entry.url) if entry.url else run(entry.file or "", "code")
        rows.append(
            TableRow(
                (
                    text(Run(entry.title, "strong"), private),
                    location,
                    run(day(entry.dated)),
                    run(listed(titles)),
                )
            )
        )
    return [Heading("Evidence"), TableBlock("Evidence to submit", columns, tuple(rows))]


def _signatures(result: Result) -> Section:
    lead = " ".join(result.profile.practice_lead.split())
    blocks = (
        paragraph(
            "These responses are true and complete as of the date below, and the evidence listed "
            "is available on request."
        ),
        Signatures((("Practice lead", lead), ("Approved by", ""))),
    )
    return Section("signatures", "Signatures", blocks, meta={"runs_on": True})
