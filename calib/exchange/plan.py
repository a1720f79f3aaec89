"""Export the improvement plan as .xlsx or .csv."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from calib.exchange.table import CellValue, ExportTable, write_table
from calib.scoring.plan import Plan, PlanStep

COLUMNS = (
    ("number", 8),
    ("action id", 30),
    ("control", 14),
    ("criterion", 22),
    ("title", 28),
    ("action", 60),
    ("artefact", 36),
    ("effort", 8),
    ("days", 8),
    ("owner", 18),
    ("due", 12),
    ("start by", 12),
    ("status", 10),
    ("note", 30),
)


def build_plan_table(plan: Plan, partner: str, day: date) -> ExportTable:
    """Build a table of the plan's steps, in the order in which to take them."""
    rows = tuple(_step_row(s) for s in plan.steps)
    return ExportTable("Improvement plan", partner, day, COLUMNS, rows)


def _step_row(step: PlanStep) -> tuple[CellValue, ...]:
    gap = step.gap
    return (
        step.number,
        gap.id,
        gap.control,
        gap.criterion,
        gap.title,
        gap.action,
        gap.artefact,
        str(gap.effort),
        gap.days,
        step.owner,
        step.due.isoformat() if step.due else "",
        step.start_by.isoformat() if step.start_by else "",
        str(step.status),
        step.note,
    )


def write_plan(plan: Plan, partner: str, day: date, path: Path) -> Path:
    """Write the plan in the format of the path's suffix; raises BadInput, CannotWrite."""
    return write_table(build_plan_table(plan, partner, day), path)
