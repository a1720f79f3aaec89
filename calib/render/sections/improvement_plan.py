"""The improvement plan section."""

from __future__ import annotations

from calib.model import ActionStatus, Result
from calib.render.document import (
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
    """List every remediation action of the shortest way, with who and when."""
    if not plan.steps:
        done = paragraph("No remediation action stands between this assessment and ready.")
        return Section(
            "plan", "Improvement plan", (Callout("good", "Nothing left to do", (done,)),)
        )
    late = [s for s in plan.steps if s.late]
    blocks: list[object] = [
        paragraph(
            "The shortest way from here to ready: "
            f"{plural(len(plan.steps), 'remediation action')}, "
            f"about {plan.days} working days of effort. {_capacity(result, plan)} Quick ones come "
            "first; each names the artefact it produces. “Start by” counts back in working days "
            "from the due or target date, one thing of an owner after the other.",
        )
    ]
    if late:
        title = f"{plural(len(late), 'action')} should have started already"
        names = "; ".join(s.gap.title for s in late)
        blocks.append(Callout("warn", title, (paragraph(names + "."),)))
    blocks.append(_plan_table(plan.steps))
    if plan.stale:
        title = f"{plural(len(plan.stale), 'planned action')} no longer stands in the way"
        blocks.append(Callout("info", title, (paragraph(", ".join(e.id for e in plan.stale)),)))
    return Section("plan", "Improvement plan", tuple(blocks), kicker="The shortest way to ready")


def _capacity(result: Result, plan: Plan) -> str:
    """Say whether the target date can be held, and by how many people."""
    if result.target_date is None:
        return "No target date is set."
    left = f"{plural(plan.days_left, 'working day')} are left until {day(result.target_date)}"
    if not plan.days_left:
        return f"The target date, {day(result.target_date)}, has passed."
    if plan.people == 1:
        return f"{left}: one person can do it."
    return f"{left}: it takes at least {plan.people} people working at once."


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
    where = Run(gap.control or "Case studies", "muted", f"#{gap.control or 'case-studies'}")
    levels = f" · level {gap.from_level} → {gap.to_level}" if gap.to_level is not None else ""
    return TableRow(
        (
            text(
                Run(f"{step.number}. ", "muted"),
                Run(gap.title, "strong"),
                "  ",
                where,
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
