"""The page that sums up, and the pictures of the levels."""

from __future__ import annotations

from calib.model import Catalog, Result
from calib.render import charts
from calib.render.brand import Brand, chart_block
from calib.render.document import (
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
from calib.render.palette import OUTCOME_TONES
from calib.render.sections.cover import COVER_RULES
from calib.render.sections.progress import progress_blocks
from calib.scoring.plan import Plan
from calib.text import day, plural

_STEPS_ON_SUMMARY = 8


def summary(result: Result, catalog: Catalog, plan: Plan, brand: Brand) -> Section:
    """Sum up on one page: the picture, the warnings, the shortest way to ready."""
    blocks: list[object] = [
        Callout(OUTCOME_TONES[f.outcome], f.message, (paragraph(f.remediation),))
        for f in result.findings
        if f.rule not in COVER_RULES
    ]
    blocks += [
        paragraph(*_reading(result, catalog)),
        *_shortest_way(plan),
        chart_block(charts.gap_bars(result, accent=brand.accent), 0.9),
    ]
    trend = charts.trend(result, accent=brand.accent)
    if trend is not None:
        blocks.append(chart_block(trend, 0.7))  # so that the summary stays on one page
    return Section("summary", "Executive summary", tuple(blocks))


def maturity(result: Result, catalog: Catalog, brand: Brand) -> Section:
    """Show the levels in pictures, by control and by criterion, and how they moved."""
    made = (
        charts.maturity_radar(result, accent=brand.accent),
        charts.criteria_heat_map(
            result, accent=brand.accent, levels=tuple(level.name for level in catalog.levels)
        ),
    )
    moved = progress_blocks(result)
    scale = 0.78 if moved else 1  # on paper, so that all of it stays on one page
    blocks = (*(chart_block(chart, scale) for chart in made), *moved)
    return Section("maturity", "Maturity at a glance", blocks)


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
        for s in plan.steps[:_STEPS_ON_SUMMARY]
    )
    more = len(plan.steps) - _STEPS_ON_SUMMARY
    note = f"{more} more in the " if more > 0 else "Details stand in the "
    return [
        Heading("The shortest way to ready"),
        TableBlock("First steps of the improvement plan", columns, rows),
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
