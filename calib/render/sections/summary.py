"""The executive summary and the maturity charts."""

from __future__ import annotations

from calib.model import Catalog, Result
from calib.render import charts
from calib.render.brand import Brand, chart_block
from calib.render.document import (
    Block,
    Callout,
    Column,
    Heading,
    Run,
    Section,
    TableBlock,
    TableRow,
    paragraph,
    run,
    text,
)
from calib.render.sections.cover import COVER_RULES
from calib.render.sections.progress import progress_blocks
from calib.render.tones import OUTCOME_TONES
from calib.scoring.plan import Plan
from calib.text import day, plural

_MAX_STEPS = 8


def summary(result: Result, catalog: Catalog, plan: Plan, brand: Brand) -> Section:
    """Build the executive summary: warnings, first actions, and charts."""
    blocks: list[Block] = [
        Callout(OUTCOME_TONES[f.outcome], f.message, (paragraph(f.remediation),))
        for f in result.findings
        if f.rule not in COVER_RULES
    ]
    blocks += [
        paragraph(*_overview(result, catalog)),
        *_first_steps(plan, catalog),
        chart_block(charts.gap_bars(result, accent=brand.accent), 0.9),
    ]
    trend = charts.trend(result, accent=brand.accent)
    if trend is not None:
        # Scaled down to keep the summary on one page of the PDF.
        blocks.append(chart_block(trend, 0.7))
    return Section("summary", "Executive summary", tuple(blocks))


def maturity(result: Result, catalog: Catalog, brand: Brand) -> Section:
    """Build the maturity charts by control and criterion, and the progress section."""
    made = (
        charts.maturity_radar(result, accent=brand.accent),
        charts.criteria_heat_map(
            result, accent=brand.accent, levels=tuple(level.name for level in catalog.levels)
        ),
    )
    progress = progress_blocks(result)
    # With the list of changes below them, full-size charts would overflow the PDF page.
    scale = 0.78 if progress else 1
    blocks = (*(chart_block(chart, scale) for chart in made), *progress)
    return Section("maturity", "Maturity at a glance", blocks)


def _overview(result: Result, catalog: Catalog) -> tuple[object, ...]:
    over = _count_findings(result, "over-claimed")
    under = _count_findings(result, "under-claimed")
    gate = catalog.gate
    total, met = len(result.controls), sum(c.gate for c in result.controls)
    reached = sum(c.example_bar for c in result.controls)
    parts: list[object] = [
        f"{met} of {total} controls reach our bar, the gate, and {reached} of {total} the example "
        "bar, the points that AWS's published example of the control covers. "
        f"A gate is met when every passing criterion is at level {gate.passing} or higher and "
        f"every requirement criterion at level {gate.requirement} or higher. The gauge, a weighted "
        "mean of levels, shows progress and does not affect the gate.",
    ]
    if over:
        parts.append(
            f" {plural(over, 'criterion is', 'criteria are')} claimed at a higher level than the "
            "narrative and evidence support."
        )
    if under:
        parts.append(
            f" {plural(under, 'criterion is', 'criteria are')} claimed at a lower level than "
            "supported."
        )
    return tuple(parts)


def _count_findings(result: Result, rule: str) -> int:
    return sum(f.rule == rule for c in result.controls for x in c.criteria for f in x.findings)


def _first_steps(plan: Plan, catalog: Catalog) -> list[Block]:
    heading = Heading("Shortest path to readiness")
    if not plan.steps:
        done = "No remediation actions remain. Keep the evidence current until you apply."
        return [heading, paragraph(done)]
    columns = (
        Column("Remediation action", 5.2),
        Column("Effort", 1, "center"),
        Column("Owner", 1.6),
        Column("Due", 1.3),
    )
    rows = tuple(
        TableRow(
            (
                text(
                    Run(f"{s.number}. ", "muted"),
                    Run(s.gap.title, "strong"),
                    Run("  "),
                    Run(s.gap.control or "Case studies", "muted", _anchor(s.gap.control)),
                ),
                run(f"{s.gap.effort}"),
                run(s.owner or "–", "" if s.owner else "muted"),
                run(day(s.due)),
            )
        )
        for s in plan.steps[:_MAX_STEPS]
    )
    sizes = ", ".join(f"{size.effort} {size.name}" for size in catalog.efforts)
    more = len(plan.steps) - _MAX_STEPS
    note = f"{plural(more, 'more action')} in the " if more > 0 else "See the "
    end = "." if more > 0 else " for details."
    return [
        heading,
        TableBlock("First steps of the improvement plan", columns, rows),
        paragraph(
            f"{sizes}. Total: {plural(plan.days, 'working day')}. {note}",
            Run("improvement plan", "", "#plan"),
            end,
            style="muted",
        ),
    ]


def _anchor(control: str) -> str:
    return f"#{control}" if control else "#case-studies"
