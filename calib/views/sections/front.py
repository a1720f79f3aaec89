"""The first pages: are we ready, and what holds us back?"""

from __future__ import annotations

from dataclasses import dataclass

from calib.model import Catalog, ControlResult, Outcome, Readiness, Result
from calib.plan import Plan
from calib.views import charts
from calib.views.blocks import (
    Bullets,
    Callout,
    Card,
    Cards,
    Column,
    Facts,
    Figure,
    Heading,
    Row,
    Run,
    Runs,
    Section,
    Table,
    badge,
    day,
    listed,
    paragraph,
    plural,
    run,
    text,
)
from calib.views.palette import ACCENT, READINESS_TONES, READINESS_WORDS

_STEPS_ON_SUMMARY = 8


@dataclass(frozen=True, slots=True)
class Brand:
    """Hold whose report it is: a consultant's name, logo, colour and confidentiality line."""

    name: str = ""
    logo: str = ""
    """A data: URI of a PNG, JPEG or SVG picture."""
    accent: str = ACCENT
    confidentiality: str = ""


def figure(chart: charts.Chart, scale: float = 1) -> Figure:
    """Turn a chart into a block."""
    return Figure(
        chart.id, chart.title, chart.alt, chart.figure, chart.width, chart.height,
        chart.columns, chart.rows, scale,
    )  # fmt: skip


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
            Cards(
                (
                    _studies_card(result),
                    *(_control_card(c) for c in result.controls),
                    _evidence_card(result),
                )
            ),
            Heading("What holds us back" if result.gaps else "What carries it"),
            Bullets(_holds_back(result)),
            Facts(_facts(result, brand)),
        ),
        meta={
            "readiness": result.readiness,
            "brand": {
                "name": brand.name, "logo": brand.logo, "accent": brand.accent,
                "confidentiality": brand.confidentiality,
            },
            "catalog_version": result.catalog_version,
            "program": result.program,
            "date": result.today.isoformat(),
            "day": day(result.today),
            "content_hash": result.content_hash,
        },
    )  # fmt: skip


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
        badge=badge("qualify", "good") if found.set_qualifies else badge("open", "bad"),
        note=f"{sum(s.submitted for s in found.studies)} submitted, "
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
        badge=badge("gate holds", "good") if control.gate else badge("gate open", "bad"),
        note=f"{met} of {len(control.criteria)} criteria met" + _unjustified(control),
        href=f"#{control.control}",
    )


def _unjustified(control: ControlResult) -> str:
    count = sum(not t.justification.strip() for t in control.third_party)
    return f", {plural(count, 'service')} without a justification" if count else ""


def _evidence_card(result: Result) -> Card:
    look = sum(e.expired or e.state in ("missing", "changed") for e in result.evidence)
    return Card(
        label="Evidence",
        title="Register",
        value=str(len(result.evidence)),
        unit="entries",
        badge=badge(f"{look} to look at", "warn") if look else badge("in order", "good"),
        note=f"{sum(bool(e.serves) for e in result.evidence)} linked to what they show",
        href="#evidence",
    )


def _holds_back(result: Result) -> tuple[Runs, ...]:
    """Say for each open gate, worst first, what keeps it open."""
    if not result.gaps:
        return tuple(
            text(
                Run(c.control, "strong"),
                f" {c.title}: {plural(len(c.criteria), 'criterion', 'criteria')} met",
            )
            for c in result.controls
        )  # fmt: skip
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
    pairs = [
        ("Date of this report", run(day(result.today))),
        ("Target date", run(day(result.target_date))),
        ("Practice lead", run(result.profile.practice_lead or "–")),
        ("Scope", run(result.scope or "–")),
    ]
    if brand.name:
        pairs.append(("Prepared by", run(brand.name)))
    return tuple(pairs)


def summary(result: Result, catalog: Catalog, plan: Plan, brand: Brand) -> Section:
    """Sum up on one page: the picture, the warnings, the shortest way to ready."""
    blocks: list[object] = [
        Callout("warn", f.message, (paragraph(f.remediation),))
        for f in result.findings
        if f.outcome is Outcome.PARTLY
    ]
    blocks += [
        paragraph(*_reading(result, catalog)),
        *_shortest_way(plan),
        figure(charts.gap_bars(result, accent=brand.accent), 0.9),
    ]
    trend = charts.trend(result, accent=brand.accent)
    if trend is not None:
        blocks.append(figure(trend, 0.7))  # so that the summary stays on one page
    return Section("summary", "Executive summary", tuple(blocks))


def maturity(result: Result, catalog: Catalog, brand: Brand) -> Section:
    """Show the levels in pictures: by control and by criterion."""
    made = (
        charts.maturity_radar(result, accent=brand.accent),
        charts.criteria_heat_map(
            result, accent=brand.accent, levels=tuple(level.name for level in catalog.levels)
        ),
    )
    return Section("maturity", "Maturity at a glance", tuple(figure(chart) for chart in made))


def _reading(result: Result, catalog: Catalog) -> tuple[object, ...]:
    rules = {f.rule for c in result.controls for x in c.criteria for f in x.findings}
    over = _count(result, "over-claimed")
    under = _count(result, "under-claimed")
    gate = catalog.gate
    parts: list[object] = [
        f"A gate holds when every passing criterion reaches level {gate.passing} and every "
        f"requirement criterion level {gate.requirement}; the gauge is a weighted mean that shows "
        "progress and decides nothing. ",
    ]
    if "over-claimed" in rules:
        verb = "is" if over == 1 else "are"
        parts.append(
            f"{plural(over, 'criterion', 'criteria')} {verb} claimed higher than text and "
            "evidence carry. "
        )
    if "under-claimed" in rules:
        verb = "shows" if under == 1 else "show"
        parts.append(f"{plural(under, 'criterion', 'criteria')} {verb} more than is claimed.")
    return tuple(parts)


def _count(result: Result, rule: str) -> int:
    return sum(f.rule == rule for c in result.controls for x in c.criteria for f in x.findings)


def _shortest_way(plan: Plan) -> list[object]:
    if not plan.steps:
        return [
            Heading("The shortest way to ready"),
            paragraph(
                "No remediation action stands in the way. Keep the evidence current until you "
                "apply."
            ),
        ]
    columns = (
        Column("Remediation action", 5.2), Column("Effort", 1, "center"), Column("Owner", 1.6),
        Column("Due", 1.3),
    )  # fmt: skip
    rows = tuple(
        Row(
            (
                text(Run(f"{s.number}. ", "muted"), Run(s.gap.title, "strong"),
                     Run(f"  {s.gap.control or 'Case studies'}", "muted", _anchor(s.gap.control))),
                run(f"{s.gap.effort}"),
                run(s.owner or "–", "" if s.owner else "muted"),
                run(day(s.due)),
            )
        )
        for s in plan.steps[:_STEPS_ON_SUMMARY]
    )  # fmt: skip
    more = len(plan.steps) - _STEPS_ON_SUMMARY
    note = f"{more} more in the " if more > 0 else "Details stand in the "
    return [
        Heading("The shortest way to ready"),
        Table("First steps of the improvement plan", columns, rows),
        paragraph(
            f"S takes up to two days, M one to two weeks, L a month or more; "
            f"{plan.days} working days in all. {note}",
            Run("improvement plan", "", "#plan"),
            ".",
            style="muted",
        ),
    ]


def _anchor(control: str) -> str:
    return f"#{control}" if control else "#case-studies"
