"""The chapter of one control: gate and levels, reviewed narrative, next steps, evidence."""

from __future__ import annotations

from collections.abc import Iterator

from calib.catalog.migration import ORPHANED_RULE_PREFIX
from calib.model import (
    Control,
    ControlResult,
    CriterionResult,
    EvidenceResult,
    Finding,
    Outcome,
    Result,
)
from calib.render.document import (
    Block,
    BulletList,
    Callout,
    Card,
    CardGrid,
    Column,
    Heading,
    Paragraph,
    Run,
    Runs,
    Section,
    TableBlock,
    TableRow,
    badge,
    level,
    paragraph,
    run,
    text,
)
from calib.render.findings import finding_runs
from calib.render.narrative import marked_narrative
from calib.render.narrative_marks import (
    find_review_finding,
    number_sentences,
)
from calib.render.points import (
    control_example_word,
    count_example_bar,
    count_shown,
    example_bar_badge,
    our_bar_badges,
)
from calib.render.sections.points import points_blocks
from calib.text import day, listed, plural


def control(result: Result, definition: Control) -> Section:
    """Build the chapter of one control."""
    found = result.control(definition.id)
    numbers = number_sentences(found.passages)
    register = {e.item.id: e for e in result.evidence}
    blocks: list[Block] = [
        paragraph(definition.asks_for, style="lead"),
        _cards(found),
        *(Callout("bad", f.message, (paragraph(f.remediation),)) for f in _blocking(found)),
        _criteria_table(found, numbers),
        *points_blocks(found, definition),
    ]
    if found.narrative.strip():
        blocks += [
            Heading("Reviewed narrative"),
            _legend(),
            marked_narrative(found),
            *_narrative_findings(found),
        ]
    blocks += _next_steps(found, definition)
    blocks += _orphaned_answers(found)
    blocks += _third_party(found)
    blocks += _evidence(found, register)
    return Section(definition.id, definition.title, tuple(blocks), kicker=definition.id)


def _blocking(found: ControlResult) -> Iterator[Finding]:
    return (f for f in found.findings if f.outcome is Outcome.GAP)


def _narrative_findings(found: ControlResult) -> list[Block]:
    """List the findings on the narrative as a whole; gaps are shown above the criteria table."""
    findings = [
        f
        for f in found.findings
        if f.subject.place == "narrative" and f.outcome in (Outcome.PARTLY, Outcome.ADVICE)
    ]
    return [BulletList(tuple(finding_runs(f) for f in findings))] if findings else []


def _cards(found: ControlResult) -> CardGrid:
    met = sum(c.met for c in found.criteria)
    total = len(found.criteria)
    passing = [c for c in found.criteria if c.basis == "passing"]
    passing_met = sum(c.met for c in passing)
    reached, asked = count_example_bar(found.criteria)
    none = Run("")
    return CardGrid(
        (
            Card(
                "Our bar: the gate",
                "",
                "Met" if found.gate else "Not met",
                "",
                none,
                f"{met} of {total} criteria met, {passing_met} of {len(passing)} passing ones",
            ),
            Card(
                "Example bar",
                "",
                control_example_word(found).capitalize(),
                "",
                none,
                f"{reached} of {asked} criteria cover what AWS's example does",
            ),
            Card(
                "Gauge",
                "",
                f"{found.gauge:.1f}",
                "of 4.0",
                none,
                "weighted mean of effective levels",
            ),
            Card(
                "Response",
                "",
                f"{found.level}" if found.judged else "–",
                "of 4",
                none,
                "level of the text as a whole" if found.judged else "text not judged yet",
            ),
        )
    )


def _criteria_table(found: ControlResult, numbers: dict[tuple[int, int], int]) -> TableBlock:
    columns = (
        Column("Criterion", 2.8),
        Column("Our bar", 0.9, "center"),
        Column("Example bar", 1.1, "center"),
        Column("Claimed", 1.05, "center"),
        Column("Supported", 1.2, "center"),
        Column("Effective", 1.1, "center"),
        Column("Required", 1.1, "center"),
        Column("Status", 0.9, "center"),
    )
    return TableBlock(
        "Criteria: the text by both bars; claimed, supported and effective levels",
        columns,
        tuple(_criterion_row(found, c, numbers) for c in found.criteria),
    )


def _criterion_row(
    found: ControlResult, criterion: CriterionResult, numbers: dict[tuple[int, int], int]
) -> TableRow:
    basis = Run(f"  {criterion.basis}", "muted")
    status = badge("met", "good") if criterion.met else badge("open", "bad")
    return TableRow(
        (
            text(Run(criterion.title, "strong"), basis),
            our_bar_badges(criterion),
            (example_bar_badge(criterion),),
            level(criterion.claimed),
            level(criterion.supported),
            level(criterion.effective),
            run(criterion.needed),
            (status,),
        ),
        details=(BulletList(tuple(_details(found, criterion, numbers))),),
        id=f"{found.control}-{criterion.criterion}",
        opens=plural(len(criterion.findings), "finding"),
    )


def _details(
    found: ControlResult, criterion: CriterionResult, numbers: dict[tuple[int, int], int]
) -> Iterator[Runs]:
    for finding in criterion.findings:
        bound = f" Limits the level to {finding.bounds}." if finding.bounds is not None else ""
        refs: list[object] = []
        shown = finding
        if finding == find_review_finding(criterion):
            for number in _sentences_of(found, criterion.criterion, numbers):
                refs += [" ", Run(f"[{number}]", "ref", f"#{found.control}-s{number}")]
            if finding.rule.startswith("text-"):
                # The table of points lists them one by one, right below.
                message = f"{count_shown(criterion)} shown."
                shown = finding.model_copy(update={"message": message})
        yield text(finding_runs(shown), Run(bound, "muted"), *refs)
    if criterion.answer:
        yield text(Run("Working notes: ", "muted"), " ".join(criterion.answer.split()))
    if criterion.owner or criterion.due:
        due = f", due {day(criterion.due)}" if criterion.due else ""
        yield text(Run("Owner: ", "muted"), f"{criterion.owner or '–'}{due}")


def _sentences_of(
    found: ControlResult, criterion: str, numbers: dict[tuple[int, int], int]
) -> list[int]:
    spans = {(p.span.start, p.span.end) for p in found.passages if p.criterion == criterion}
    return sorted(numbers[s] for s in spans)


def _legend() -> Paragraph:
    return paragraph(
        Run("Highlighted sentences address a criterion: ", "muted"),
        badge("supports it", "good"),
        " ",
        badge("planned, hedged, incomplete or to be checked", "warn"),
        " ",
        badge("denied, copied or rejected", "bad"),
        Run(". The findings above cite the sentence numbers.", "muted"),
        style="legend",
    )


def _next_steps(found: ControlResult, definition: Control) -> list[Block]:
    unmet = [c for c in found.criteria if not c.met]
    if not unmet:
        return []
    items = []
    for c in unmet:
        remediation = definition.criterion(c.criterion).remediation
        items.append(
            text(
                Run(f"{c.title}. ", "strong"),
                f"{remediation.action} ",
                Run(f"Artefact: {remediation.artefact}.", "muted"),
            )
        )
    return [Heading("Next steps"), BulletList(tuple(items))]


def _orphaned_answers(found: ControlResult) -> list[Block]:
    """List the answers to questions that only an earlier catalog version asked."""
    items = tuple(
        finding_runs(f) for f in found.findings if f.rule.startswith(ORPHANED_RULE_PREFIX)
    )
    return [Heading("Answers from an earlier catalog version"), BulletList(items)] if items else []


def _third_party(found: ControlResult) -> list[Block]:
    if not found.third_party:
        return []
    items = tuple(
        text(
            Run(t.service, "strong"),
            f" {t.purpose}. " if t.purpose else " ",
            t.justification.strip() or Run("No justification given.", "badge-bad"),
        )
        for t in found.third_party
    )
    return [Heading("Third-party services"), BulletList(items)]


def _evidence(found: ControlResult, register: dict[str, EvidenceResult]) -> list[Block]:
    used: dict[str, list[str]] = {}
    for c in found.criteria:
        for entry_id in c.evidence:
            used.setdefault(entry_id, []).append(c.title)
    if not used:
        return [Heading("Evidence"), paragraph("No evidence is linked to this control.")]
    rows = tuple(
        TableRow(
            (
                run(register[i].item.title, "strong", f"#evidence-{i}"),
                run(listed(used[i])),
                evidence_state(register[i]),
            )
        )
        for i in used
    )
    columns = (Column("Evidence", 3), Column("Linked to", 4), Column("State", 1.2))
    return [Heading("Evidence"), TableBlock("Evidence linked to this control", columns, rows)]


def evidence_state(item: EvidenceResult) -> Runs:
    """Return the state of an evidence entry as badges."""
    words = {
        "present": ("unchanged", "good"),
        "linked": ("link", "info"),
        "missing": ("file missing", "bad"),
        "changed": ("changed", "warn"),
        "unregistered": ("no hash", "warn"),
    }
    state = badge(*words[item.state])
    return text(state, " ", badge("expired", "warn")) if item.expired else (state,)
