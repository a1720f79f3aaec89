"""The cover page: readiness, gates, gauges and main gaps."""

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
from calib.render.tones import READINESS_TONES, READINESS_WORDS
from calib.text import day, listed, plural

COVER_RULES = ("catalog-expired", "target-passed")
"""Rules of the assessment-level findings shown on the cover; the summary shows the others."""
_MAX_GAPS_NAMED = 4


def needs_attention(item: EvidenceResult) -> bool:
    """Return whether an evidence entry is missing, changed, without a hash, or expired."""
    return item.expired or item.state in ("missing", "changed", "unregistered")


def cover(result: Result, brand: Brand) -> Section:
    """Build the cover: readiness, gates and gauges, main gaps."""
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
            *_highlights(result),
            DefinitionList(_report_details(result, brand)),
        ),
        meta=report_metadata(result, brand),
    )


def _verdict(result: Result) -> tuple[object, ...]:
    partner = result.profile.partner
    met = sum(c.gate for c in result.controls)
    cases = (
        "the case studies qualify"
        if result.qualification.set_qualifies
        else "the case studies do not qualify yet"
    )
    if result.readiness is Readiness.READY:
        gates = f"all {len(result.controls)} control gates are met"
        return (f"{partner} is ready to apply: {gates} and {cases}.",)
    gates = f"{met} of {len(result.controls)} control gates {'is' if met == 1 else 'are'} met"
    days = sum(g.days for g in result.gaps)
    return (
        f"{partner} needs to complete ",
        Run(plural(len(result.gaps), "remediation action"), "strong"),
        f" before applying, an estimated {plural(days, 'working day')} of effort in total: "
        f"{gates}, and {cases}.",
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
        f"{'selected' if found.chosen_by_program else 'submitted'}, "
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
        badge=badge("gate met", "good") if control.gate else badge("gate not met", "bad"),
        note=f"{met} of {len(control.criteria)} criteria met" + _missing_justifications(control),
        href=f"#{control.control}",
    )


def _missing_justifications(control: ControlResult) -> str:
    count = sum(not t.justification.strip() for t in control.third_party)
    return f", {plural(count, 'service')} without justification" if count else ""


def _evidence_card(result: Result) -> Card:
    count = len(result.evidence)
    return Card(
        label="Evidence",
        title="Register",
        value=str(count),
        unit="entry" if count == 1 else "entries",
        badge=_evidence_badge(count, sum(needs_attention(e) for e in result.evidence)),
        note=f"{sum(bool(e.serves) for e in result.evidence)} linked",
        href="#evidence",
    )


def _evidence_badge(count: int, attention: int) -> Run:
    if not count:
        return badge("none registered", "warn")
    return badge(f"{attention} to review", "warn") if attention else badge("no issues", "good")


def _highlights(result: Result) -> tuple[Heading, BulletList]:
    """Return the main gaps, or the controls with their criteria where no gap is left."""
    if result.gaps:
        return Heading("Main gaps"), BulletList(_main_gaps(result))
    items = tuple(
        text(
            Run(c.control, "strong"),
            f" {c.title}: {plural(len(c.criteria), 'criterion', 'criteria')} met",
        )
        for c in result.controls
    )
    return Heading("Criteria met"), BulletList(items)


def _main_gaps(result: Result) -> tuple[Runs, ...]:
    """Summarize the gaps of each open gate, the gate with most gaps first."""
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
            names = listed(_truncate([_lower_initial(g.title) for g in gaps]))
            head = Run(control.control, "strong", f"#{control.control}")
            items.append((len(gaps), text(head, f" {control.title}: ", names, ".")))
    items.sort(key=lambda item: -item[0])
    return tuple(runs for _, runs in items)


def _lower_initial(title: str) -> str:
    """Lower the first letter for use inside a sentence; acronyms such as AWS stay as they are."""
    return title[0].lower() + title[1:] if title[1:2].islower() else title


def _truncate(names: list[str]) -> list[str]:
    """Keep the first few names and count the rest; "1 more" would save no space."""
    if len(names) <= _MAX_GAPS_NAMED + 1:
        return names
    return [*names[:_MAX_GAPS_NAMED], f"{len(names) - _MAX_GAPS_NAMED} more"]


def _report_details(result: Result, brand: Brand) -> tuple[tuple[str, Runs], ...]:
    pairs = [("Prepared by", run(brand.name))] if brand.name else []
    pairs += [
        ("Report date", run(day(result.today))),
        ("Target date", run(day(result.target_date))),
        ("Practice lead", run(result.profile.practice_lead or "–")),
        ("Scope", run(result.scope or "–")),
    ]
    return tuple(pairs)
