"""The improvement plan section."""

from __future__ import annotations

from calib.model import ActionStatus, Result
from calib.render.document import (
    Block,
    Callout,
    Column,
    Run,
    Section,
    TableBlock,
    TableRow,
    badge,
    paragraph,
    run,
    text,
)
from calib.scoring.plan import Plan, PlanStep
from calib.text import day, plural

STATUS_TONES = {
    ActionStatus.OPEN: "muted",
    ActionStatus.DOING: "info",
    ActionStatus.DONE: "good",
}


def improvement_plan(result: Result, plan: Plan) -> Section:
    """Build the list of remediation actions with owners, dates and status."""
    if not plan.steps:
        done = paragraph("No remediation actions remain.")
        return Section(
            "plan", "Improvement plan", (Callout("good", "All actions completed", (done,)),)
        )
    late = [s for s in plan.steps if s.late]
    blocks: list[Block] = [
        paragraph(
            f"{plural(len(plan.steps), 'remediation action remains', 'remediation actions remain')}"
            f", an estimated {plural(plan.days, 'working day')} of effort. "
            f"{_capacity(result, plan)} Short actions come first, and each names the artefact it "
            "produces. “Start by” is counted back in working days from the due or target "
            "date, assuming each owner works on one action at a time.",
        )
    ]
    if late:
        title = f"{plural(len(late), 'action')} should already have started"
        names = "; ".join(s.gap.title for s in late)
        blocks.append(Callout("warn", title, (paragraph(names + "."),)))
    blocks.append(_plan_table(plan.steps))
    if plan.stale:
        count = plural(len(plan.stale), "planned action is", "planned actions are")
        title = f"{count} no longer needed"
        blocks.append(Callout("info", title, (paragraph(", ".join(e.id for e in plan.stale)),)))
    return Section("plan", "Improvement plan", tuple(blocks), kicker="Shortest path to readiness")


def _capacity(result: Result, plan: Plan) -> str:
    """Compare the effort with the working days left until the target date."""
    if result.target_date is None:
        return "No target date is set."
    if not plan.days_left:
        return f"The target date, {day(result.target_date)}, has passed."
    verb = "remains" if plan.days_left == 1 else "remain"
    left = f"{plural(plan.days_left, 'working day')} {verb} until {day(result.target_date)}"
    if plan.people == 1:
        return f"{left}; one person is sufficient."
    return f"{left}; at least {plan.people} people working in parallel are needed."


def _plan_table(steps: tuple[PlanStep, ...]) -> TableBlock:
    columns = (
        Column("Remediation action", 5.6),
        Column("Effort", 0.9, "center"),
        Column("Owner", 1.6),
        Column("Due", 1.5),
        Column("Start by", 1.5),
        Column("Status", 1, "center"),
    )
    return TableBlock("Remediation actions in order", columns, tuple(_plan_row(s) for s in steps))


def _plan_row(step: PlanStep) -> TableRow:
    gap = step.gap
    control = Run(gap.control or "Case studies", "muted", f"#{gap.control or 'case-studies'}")
    levels = f" · level {gap.from_level} → {gap.to_level}" if gap.to_level is not None else ""
    return TableRow(
        (
            text(
                Run(f"{step.number}. ", "muted"),
                Run(gap.title, "strong"),
                "  ",
                control,
                Run(levels, "muted"),
                f"\n{gap.action}\n",
                Run(f"Artefact: {gap.artefact}", "muted"),
                Run(f"\n{step.note}" if step.note else "", "em"),
            ),
            run(gap.effort),
            run(step.owner or "–", "" if step.owner else "muted"),
            run(day(step.due)),
            (badge(day(step.start_by), "warn"),) if step.late else run(day(step.start_by)),
            (badge(step.status, STATUS_TONES[step.status]),),
        )
    )
