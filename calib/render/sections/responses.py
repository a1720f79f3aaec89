"""The responses as they are submitted: a document to edit, to agree on and to sign."""

from __future__ import annotations

from calib.model import Catalog, Control, ControlResult, EvidenceResult, Result
from calib.render.brand import Brand, report_metadata
from calib.render.document import (
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
from calib.render.sections.control import plain_narrative
from calib.render.sections.narrative_marks import redact_secrets
from calib.render.sections.submitted_case_studies import submitted_case_studies
from calib.text import day, listed

TITLE = "responses"


def responses(result: Result, catalog: Catalog, brand: Brand) -> tuple[Section, ...]:
    """Make a section for each control, one of the submitted case studies, and one to sign.

    The narratives stand as they are, without the reviewer's marks; what looks like a secret is
    blotted out, as in the report.
    """
    shelf = {e.item.id: e for e in result.evidence}
    return (
        _cover(result, brand),
        *(_control(result.control(c.id), c, shelf) for c in catalog.controls),
        *submitted_case_studies(result.qualification),
        _to_sign(result),
    )


def _cover(result: Result, brand: Brand) -> Section:
    facts = [("Prepared by", run(brand.name))] if brand.name else []
    facts += [
        ("Date", run(day(result.today))),
        ("Target date", run(day(result.target_date))),
        ("Practice lead", run(result.profile.practice_lead or "–")),
        ("Scope", run(" ".join(result.scope.split()) or "–")),
    ]
    told = (
        "The responses to the practice controls and the case studies as they stand in the "
        "assessment, to be edited and signed. What is changed here has to be carried back into the "
        "assessment by hand."
    )
    return Section(
        "cover",
        result.profile.partner,
        (paragraph(told, style="lead"), DefinitionList(tuple(facts))),
        kicker=f"Generative AI Competency · {TITLE}",
        meta=report_metadata(result, brand) | {"document": TITLE},
    )


def _control(found: ControlResult, control: Control, shelf: dict[str, EvidenceResult]) -> Section:
    blocks: list[object] = [paragraph(control.asks_for, style="muted"), Heading("Response")]
    if found.narrative.strip():
        blocks.append(plain_narrative(found))
        if redact_secrets(found) != found.narrative:
            said = paragraph("What looks like a secret was left out of this text.")
            blocks.append(Callout("bad", "A secret in the response", (said,)))
    else:
        nothing = paragraph("Nothing is written on this control yet.")
        blocks.append(Callout("warn", "No response", (nothing,)))
    if found.third_party:
        items = tuple(
            text(
                Run(f"{t.service}. ", "strong"), " ".join(f"{t.purpose} {t.justification}".split())
            )
            for t in found.third_party
        )
        blocks += [Heading("Third-party services"), BulletList(items)]
    return Section(
        found.control, found.title, (*blocks, *_evidence(found, shelf)), kicker=found.control
    )


def _evidence(found: ControlResult, shelf: dict[str, EvidenceResult]) -> list[object]:
    """List what is linked to the control, with the criteria that it is to show."""
    used: dict[str, list[str]] = {}
    for criterion in found.criteria:
        for one in criterion.evidence:
            used.setdefault(one, []).append(criterion.title)
    if not used:
        return [Heading("Evidence"), paragraph("No evidence is linked to this control.")]
    columns = (
        Column("Evidence", 3),
        Column("Where", 2.4),
        Column("Dated", 1.4),
        Column("Shows", 3.2),
    )
    rows = []
    for name, titles in used.items():
        entry = shelf[name].item
        private = " (confidential)" if entry.confidential else ""
        where = run(entry.url, "", entry.url) if entry.url else run(entry.file or "", "code")
        rows.append(
            TableRow(
                (
                    text(Run(entry.title, "strong"), private),
                    where,
                    run(day(entry.dated)),
                    run(listed(titles)),
                )
            )
        )
    return [Heading("Evidence"), TableBlock("Evidence to hand in", columns, tuple(rows))]


def _to_sign(result: Result) -> Section:
    lead = " ".join(result.profile.practice_lead.split())
    blocks = (
        paragraph(
            "These responses are true and complete as of the date below, and the evidence named in "
            "them can be shown."
        ),
        Signatures((("Practice lead", lead), ("Approved by", ""))),
    )
    return Section("signatures", "Signatures", blocks, meta={"runs_on": True})
