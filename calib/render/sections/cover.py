"""The first page: are we ready, and what holds us back?"""

from __future__ import annotations

from calib.model import ControlResult, EvidenceResult, Readiness, Result
from calib.render.brand import Brand, report_metadata
from calib.render.document import (
    BulletList,
    Callout,
    Card,
    CardGrid,
    DefinitionList,
    Heading,
    Run,
    Runs,
    Section,
    badge,
    paragraph,
    run,
    text,
)
from calib.render.palette import READINESS_TONES, READINESS_WORDS
from calib.text import day, listed, plural

COVER_RULES = ("catalog-expired", "target-passed")
"""The findings on the whole that the first page shows; the others stand in the summary."""


def needs_attention(item: EvidenceResult) -> bool:
    """Say whether a piece of evidence is missing, changed, without a hash or expired."""
    return item.expired or item.state in ("missing", "changed", "unregistered")


def cover(result: Result, brand: Brand) -> Section:
    """Answer in ten seconds: verdict, gates and gauges, what holds us back."""
    return Section(
        id="cover",
        title=result.profile.partner,
        kicker="Generative AI Competency · readiness report",
        blocks=(
            Callout(
                READINESS_TONES[result.readiness],
                READINESS_WORDS[result.readiness],
                (paragraph(*_verdict(result), style="lead"),),
            ),
            CardGrid(
                (
                    _studies_card(result),
                    *(_control_card(c) for c in result.controls),
                    _evidence_card(result),
                )
            ),
            *(
                Callout("warn", f.message, (paragraph(f.remediation),))
                for f in result.findings
                if f.rule in COVER_RULES
            ),
            Heading("What holds us back" if result.gaps else "What carries it"),
            BulletList(_holds_back(result)),
            DefinitionList(_facts(result, brand)),
        ),
        meta=report_metadata(result, brand),
    )


def _verdict(result: Result) -> tuple[object, ...]:
    partner = result.profile.partner
    held = sum(c.gate for c in result.controls)
    gates = f"{held} of {len(result.controls)} control gates hold"
    cases = (
        "the case studies qualify"
        if result.qualification.set_qualifies
        else "the case studies do not qualify yet"
    )
    if result.readiness is Readiness.READY:
        return (f"{partner} can apply: all {len(result.controls)} control gates hold and {cases}.",)
    days = sum(g.days for g in result.gaps)
    actions = plural(len(result.gaps), "remediation action")
    return (
        f"{partner} is ",
        Run(f"{actions}", "strong"),
        f" away from applying, about {days} working days of effort in all: {gates}, and {cases}.",
    )


def _studies_card(result: Result) -> Card:
    found = result.qualification
    return Card(
        label="Case studies",
        title="Customer examples",
        value=str(found.qualified_count),
        unit=f"of {found.needed} qualify",
        badge=badge("qualify", "good") if found.set_qualifies else badge("not yet", "bad"),
        note=f"{sum(s.submitted for s in found.studies)} "
        f"{'taken' if found.chosen_by_program else 'submitted'}, "
        f"{plural(sum(not s.submitted for s in found.studies), 'candidate')}",
        href="#case-studies",
    )


def _control_card(control: ControlResult) -> Card:
    met = sum(c.met for c in control.criteria)
    return Card(
        label=control.control,
        title=control.title,
        value=f"{control.gauge:.1f}",
        unit="of 4.0",
        badge=badge("gate holds", "good") if control.gate else badge("gate not met", "bad"),
        note=f"{met} of {len(control.criteria)} criteria met" + _unjustified(control),
        href=f"#{control.control}",
    )


def _unjustified(control: ControlResult) -> str:
    count = sum(not t.justification.strip() for t in control.third_party)
    return f", {plural(count, 'service')} without a justification" if count else ""


def _evidence_card(result: Result) -> Card:
    look = sum(needs_attention(e) for e in result.evidence)
    count = len(result.evidence)
    return Card(
        label="Evidence",
        title="Register",
        value=str(count),
        unit="entry" if count == 1 else "entries",
        badge=_evidence_badge(count, look),
        note=f"{sum(bool(e.serves) for e in result.evidence)} linked to what they show",
        href="#evidence",
    )


def _evidence_badge(count: int, look: int) -> Run:
    if not count:
        return badge("nothing registered", "warn")
    return badge(f"{look} to look at", "warn") if look else badge("in order", "good")


def _holds_back(result: Result) -> tuple[Runs, ...]:
    """Say for each open gate, worst first, what keeps it open."""
    if not result.gaps:
        return tuple(
            text(
                Run(c.control, "strong"),
                f" {c.title}: {plural(len(c.criteria), 'criterion', 'criteria')} met",
            )
            for c in result.controls
        )
    items: list[tuple[int, Runs]] = []
    studies = [f.message for f in result.qualification.findings]
    if studies:
        count = sum(not g.control for g in result.gaps)
        items.append(
            (count, text(Run("Case studies", "strong", "#case-studies"), f" {' '.join(studies)}"))
        )
    for control in result.controls:
        gaps = [g for g in result.gaps if g.control == control.control]
        if gaps:
            names = listed(_first_few([_inside(g.title) for g in gaps]))
            head = Run(control.control, "strong", f"#{control.control}")
            items.append((len(gaps), text(head, f" {control.title}: ", names, ".")))
    items.sort(key=lambda item: -item[0])
    return tuple(runs for _, runs in items)


def _inside(title: str) -> str:
    """Write a title as it stands inside a sentence; names such as AWS keep their capitals."""
    return title[0].lower() + title[1:] if title[1:2].islower() else title


def _first_few(names: list[str]) -> list[str]:
    few = 4
    return [*names[:few], f"{len(names) - few} more"] if len(names) > few + 1 else names


def _facts(result: Result, brand: Brand) -> tuple[tuple[str, Runs], ...]:
    pairs = [("Prepared by", run(brand.name))] if brand.name else []
    pairs += [
        ("Date of this report", run(day(result.today))),
        ("Target date", run(day(result.target_date))),
        ("Practice lead", run(result.profile.practice_lead or "–")),
        ("Scope", run(result.scope or "–")),
    ]
    return tuple(pairs)
