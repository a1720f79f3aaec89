"""Gap register: every open gap with its reasons, remediation and owner."""

from __future__ import annotations

from collections.abc import Iterable

from calib.exchange.table import CellValue, ExportTable
from calib.model import Catalog, Finding, Result
from calib.scoring.plan import Plan, PlanStep

COLUMNS = (
    ("gap id", 22),
    ("control", 13),
    ("control title", 20),
    ("criterion", 16),
    ("criterion title", 16),
    ("asked for as", 11),
    ("what is missing", 38),
    ("remediation", 38),
    ("what to write next", 34),
    ("artefact", 24),
    ("effort", 7),
    ("days", 6),
    ("level now", 6),
    ("level needed", 7),
    ("owner", 14),
    ("due", 11),
    ("status", 8),
    ("note", 22),
)


def build_gap_table(catalog: Catalog, result: Result, plan: Plan) -> ExportTable:
    """List every open gap in the order of the result: case studies, then control by control."""
    findings = {f.id: f for f in result.all_findings()}
    steps = {s.gap.id: s for s in plan.steps}
    rows = tuple(_gap_row(catalog, steps[gap.id], findings) for gap in result.gaps)
    return ExportTable("Gap register", result.profile.partner, result.today, COLUMNS, rows)


def _gap_row(
    catalog: Catalog, step: PlanStep, findings: dict[str, Finding]
) -> tuple[CellValue, ...]:
    gap = step.gap
    control = catalog.control(gap.control) if gap.control else None
    criterion = control.criterion(gap.criterion) if control and gap.criterion else None
    reasons = [findings[name] for name in gap.because if name in findings]
    return (
        gap.id,
        gap.control,
        control.title if control else "Case studies",
        gap.criterion,
        criterion.title if criterion else "",
        str(criterion.basis) if criterion else "",
        _join_unique(f.message for f in reasons) or gap.title,
        gap.action,
        _join_unique(f.remediation for f in reasons if f.remediation != gap.action),
        gap.artefact,
        str(gap.effort),
        gap.days,
        _level_cell(gap.from_level),
        _level_cell(gap.to_level),
        step.owner,
        step.due.isoformat() if step.due else "",
        str(step.status),
        step.note,
    )


def _join_unique(texts: Iterable[str]) -> str:
    return "\n".join(dict.fromkeys(t for t in texts if t))


def _level_cell(level: int | None) -> CellValue:
    return "" if level is None else level
