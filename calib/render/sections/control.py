"""One chapter per control: how it stands, the narrative with what was found, what to do next."""

from __future__ import annotations

import re
from collections.abc import Iterator

from calib.catalog.migration import ORPHANED
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
    BulletList,
    Callout,
    Card,
    CardGrid,
    Column,
    Heading,
    Narrative,
    NarrativeSegment,
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
from calib.render.palette import VERDICT_TONES
from calib.render.sections.narrative_marks import (
    find_review_finding,
    mark_sentences,
    number_sentences,
    redact_secrets,
)
from calib.text import day, listed, plural


def control(result: Result, of_catalog: Control) -> Section:
    """Make the chapter of one control."""
    found = result.control(of_catalog.id)
    numbers = number_sentences(found.passages)
    shelf = {e.item.id: e for e in result.evidence}
    blocks: list[object] = [
        paragraph(of_catalog.asks_for, style="lead"),
        _cards(found),
        *(Callout("bad", f.message, (paragraph(f.remediation),)) for f in _blocking(found)),
        _criteria_table(found, numbers),
    ]
    if found.narrative.strip():
        blocks += [
            Heading("The narrative, as reviewed"),
            _legend(),
            _narrative(found, numbers),
            *_on_the_text(found),
        ]
    blocks += _next_steps(found, of_catalog)
    blocks += _kept(found)
    blocks += _third_party(found)
    blocks += _evidence(found, shelf)
    return Section(of_catalog.id, of_catalog.title, tuple(blocks), kicker=of_catalog.id)


def _blocking(found: ControlResult) -> Iterator[Finding]:
    return (f for f in found.findings if f.outcome is Outcome.GAP)


def _on_the_text(found: ControlResult) -> list[object]:
    """List what is to be said of the narrative as a whole, and does not stand above it."""
    said = [
        f
        for f in found.findings
        if f.subject.place == "narrative" and f.outcome in (Outcome.PARTLY, Outcome.ADVICE)
    ]
    return [BulletList(tuple(finding_runs(f) for f in said))] if said else []


def _cards(found: ControlResult) -> CardGrid:
    met = sum(c.met for c in found.criteria)
    total = len(found.criteria)
    passing = [c for c in found.criteria if c.basis == "passing"]
    holds = badge("holds", "good") if found.gate else badge("not met", "bad")
    none = Run("")
    return CardGrid(
        (
            Card(
                "Gate",
                "",
                "Holds" if found.gate else "Not met",
                "",
                holds,
                f"{sum(c.met for c in passing)} of {len(passing)} passing criteria are there",
            ),
            Card(
                "Gauge",
                "",
                f"{found.gauge:.1f}",
                "of 4.0",
                none,
                "weighted mean of effective levels",
            ),
            Card("Criteria", "", f"{met}", f"of {total}", none, "reach the level they need"),
            Card(
                "Response",
                "",
                f"{found.level}",
                "of 4",
                none,
                "level of the whole text, as a validator would give it",
            ),
        )
    )


def _criteria_table(found: ControlResult, numbers: dict[tuple[int, int], int]) -> TableBlock:
    columns = (
        Column("Criterion", 3.4),
        Column("Text carries", 1.1, "center"),
        Column("Claimed", 0.9, "center"),
        Column("Supported", 1, "center"),
        Column("Effective", 1, "center"),
        Column("Needs", 0.8, "center"),
        Column("Stands", 1, "center"),
    )
    return TableBlock(
        "Criteria: claimed, supported and effective level",
        columns,
        tuple(_criterion_row(found, c, numbers) for c in found.criteria),
    )


def _criterion_row(
    found: ControlResult, criterion: CriterionResult, numbers: dict[tuple[int, int], int]
) -> TableRow:
    basis = Run(f"  {criterion.basis}", "muted")
    stands = badge("met", "good") if criterion.met else badge("open", "bad")
    return TableRow(
        (
            text(Run(criterion.title, "strong"), basis),
            (badge(criterion.verdict, VERDICT_TONES[criterion.verdict]),),
            level(criterion.claimed),
            level(criterion.supported),
            level(criterion.effective),
            run(criterion.needed),
            (stands,),
        ),
        details=(BulletList(tuple(_details(found, criterion, numbers))),),
        id=f"{found.control}-{criterion.criterion}",
        opens=f"Why: {plural(len(criterion.findings), 'finding')}",
    )


def _details(
    found: ControlResult, criterion: CriterionResult, numbers: dict[tuple[int, int], int]
) -> Iterator[Runs]:
    for finding in criterion.findings:
        bound = f" Holds the level at {finding.bounds}." if finding.bounds is not None else ""
        refs: list[object] = []
        if finding == find_review_finding(criterion):
            for number in _sentences_of(found, criterion.criterion, numbers):
                refs += [" ", Run(f"[{number}]", "ref", f"#{found.control}-s{number}")]
        yield text(finding_runs(finding), Run(bound, "muted"), *refs)
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
        Run("Marked sentences speak of a criterion: ", "muted"),
        badge("carries it", "good"),
        " ",
        badge("planned, hedged, asserted or incomplete", "warn"),
        " ",
        badge("denied", "bad"),
        Run(". The number is the one that the findings above refer to.", "muted"),
        style="legend",
    )


def marked_narrative(found: ControlResult) -> Narrative:
    """Mark the sentences of a narrative that findings point at."""
    return _narrative(found, number_sentences(found.passages))


def plain_narrative(found: ControlResult) -> Narrative:
    """Give a narrative as it is submitted; only secrets are blotted out."""
    return _narrative(found, {})


def _narrative(found: ControlResult, numbers: dict[tuple[int, int], int]) -> Narrative:
    """Cut the narrative into paragraphs and marked sentences."""
    text = redact_secrets(found)
    tones = {m.number: (m.tone, m.note) for m in mark_sentences(found)}
    paragraphs, bullets = [], []
    for start, end, bullet in _paragraphs(text):
        pieces: list[NarrativeSegment] = []
        at = start
        for (a, b), number in numbers.items():
            if b <= start or a >= end:
                continue
            a, b = max(a, start), min(b, end)
            if a > at:
                pieces.append(NarrativeSegment(_joined(text[at:a])))
            tone, note = tones[number]
            pieces.append(NarrativeSegment(_joined(text[a:b]), tone, number, note))
            at = b
        if at < end:
            pieces.append(NarrativeSegment(_joined(text[at:end])))
        paragraphs.append(tuple(pieces))
        bullets.append(bullet)
    return Narrative(found.control, tuple(paragraphs), tuple(bullets))


_BULLET = re.compile(r"[ \t]*(?:[-*•–]|\d{1,2}[.)])[ \t]+")


def _paragraphs(narrative: str) -> Iterator[tuple[int, int, bool]]:
    """Find the paragraphs and list entries of a narrative as spans."""
    start, previous = 0, 0
    for match in re.finditer(
        r"\n(?:[ \t]*\n)+|\n(?=[ \t]*(?:[-*•–]|\d{1,2}[.)])[ \t])|\Z", narrative
    ):
        piece = narrative[start : match.start()]
        if piece.strip():
            bullet = _BULLET.match(piece)
            yield start + (bullet.end() if bullet else 0), match.start(), bool(bullet)
        start, previous = match.end(), match.start()
    del previous


def _joined(piece: str) -> str:
    """Join lines that were wrapped by hand, keeping the spaces at the ends."""
    return re.sub(r"\s*\n\s*", " ", piece)


def _next_steps(found: ControlResult, of_catalog: Control) -> list[object]:
    open_ones = [c for c in found.criteria if not c.met]
    if not open_ones:
        return []
    items = []
    for c in open_ones:
        remediation = of_catalog.criterion(c.criterion).remediation
        items.append(
            text(
                Run(f"{c.title}. ", "strong"),
                f"{remediation.action} ",
                Run(f"Artefact: {remediation.artefact}.", "muted"),
            )
        )
    return [Heading("What to do next"), BulletList(tuple(items))]


def _kept(found: ControlResult) -> list[object]:
    """List the answers that an older catalog asked for."""
    items = tuple(finding_runs(f) for f in found.findings if f.rule.startswith(ORPHANED))
    return [Heading("Kept from an older catalog"), BulletList(items)] if items else []


def _third_party(found: ControlResult) -> list[object]:
    if not found.third_party:
        return []
    items = tuple(
        text(
            Run(t.service, "strong"),
            f" {t.purpose}. " if t.purpose else " ",
            t.justification.strip() or Run("No justification is given.", "badge-bad"),
        )
        for t in found.third_party
    )
    return [Heading("Third-party services"), BulletList(items)]


def _evidence(found: ControlResult, shelf: dict[str, EvidenceResult]) -> list[object]:
    used: dict[str, list[str]] = {}
    for c in found.criteria:
        for one in c.evidence:
            used.setdefault(one, []).append(c.title)
    if not used:
        return [Heading("Evidence"), paragraph("No evidence is linked to this control.")]
    rows = tuple(
        TableRow(
            (
                run(shelf[i].item.title, "strong", f"#evidence-{i}"),
                run(listed(used[i])),
                evidence_state(shelf[i]),
            )
        )
        for i in used
    )
    columns = (Column("Evidence", 3), Column("Linked to", 4), Column("State", 1.2))
    return [Heading("Evidence"), TableBlock("Evidence linked to this control", columns, rows)]


def evidence_state(item: EvidenceResult) -> Runs:
    """Say how a piece of evidence stands."""
    words = {
        "present": ("unchanged", "good"),
        "linked": ("link", "info"),
        "missing": ("file missing", "bad"),
        "changed": ("changed", "warn"),
        "unregistered": ("no hash", "warn"),
    }
    state = badge(*words[item.state])
    return text(state, " ", badge("expired", "warn")) if item.expired else (state,)
