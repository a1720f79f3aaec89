"""Results of a workshop: open criteria, parking lot, actions, inter-rater agreement."""

from __future__ import annotations

from collections.abc import Mapping

from calib.model import ControlAgreement, Workshop
from calib.render.document import (
    Block,
    BulletList,
    Callout,
    Column,
    Heading,
    Run,
    Runs,
    TableBlock,
    TableRow,
    badge,
    paragraph,
    run,
    text,
)
from calib.render.sections.improvement_plan import STATUS_TONES
from calib.render.sections.votes import WorkshopRecord
from calib.render.sections.workshop_timeline import control_runs
from calib.scoring.plan import Plan, PlanStep
from calib.text import day, plural
from calib.workshop import CriterionProgress, format_alpha, progress_by_criterion

ALPHA_DEFINITION = (
    "Krippendorff's alpha (ordinal) compares the disagreement between assessors with the "
    "disagreement expected by chance: 1 is full agreement, 0 is chance."
)
_ALPHA_BASIS = "It is computed from the votes as revealed, before discussion."


def open_criteria(record: WorkshopRecord, workshop: Workshop) -> list[Block]:
    """List the criteria without an agreed level, with those that were not reached apart."""
    states = progress_by_criterion(record.result, workshop)
    open_ = _criteria_in_state(record, states, CriterionProgress.OPEN)
    unreached = _criteria_in_state(record, states, CriterionProgress.UNREACHED)
    if not open_ and not unreached:
        done = paragraph("Every criterion has an agreed level.")
        return [Callout("good", "No open criteria", (done,))]
    blocks: list[Block] = []
    if open_:
        blocks += [paragraph("Voted on, no level agreed:"), BulletList(open_)]
    if unreached:
        blocks += [paragraph("Not reached:"), BulletList(unreached)]
    return blocks


def _criteria_in_state(
    record: WorkshopRecord,
    states: Mapping[tuple[str, str], CriterionProgress],
    wanted: CriterionProgress,
) -> tuple[Runs, ...]:
    """List the criteria in a state, one item per control."""
    items = []
    for control in record.result.controls:
        names = [
            x.title for x in control.criteria if states[control.control, x.criterion] is wanted
        ]
        if names:
            whole = len(names) == len(control.criteria)
            criteria = f"all {len(names)} criteria" if whole else "; ".join(names)
            head = Run(control.control, "strong")
            items.append(text(head, f" {control.title}: {criteria}."))
    return tuple(items)


def parking_lot(workshop: Workshop) -> list[Block]:
    """List the parking-lot items with owners and due dates."""
    found = [p for p in workshop.parked if p.text.strip() or p.owner.strip()]
    if not found:
        return []
    columns = (Column("Item", 5), Column("Owner", 1.6), Column("Due", 1.2))
    rows = tuple(
        TableRow((run(" ".join(p.text.split())), _owner(p.owner), run(day(p.due)))) for p in found
    )
    return [
        Heading("Parking lot"),
        TableBlock("Parking-lot items with owners and due dates", columns, rows),
    ]


def _owner(name: str) -> Runs:
    return run(" ".join(name.split()) or "–", "" if name.strip() else "muted")


def plan_actions(plan: Plan) -> list[Block]:
    """List the remediation actions that have an owner or a due date, and count the others."""
    assigned = [s for s in plan.steps if s.owner or s.due]
    unassigned = len(plan.steps) - len(assigned)
    blocks: list[Block] = [Heading("Actions")]
    if assigned:
        columns = (
            Column("Remediation action", 4.4),
            Column("Owner", 1.6),
            Column("Due", 1.2),
            Column("Status", 1, "center"),
        )
        rows = tuple(_action_row(step) for step in assigned)
        blocks.append(TableBlock("Actions with owners and due dates", columns, rows))
    if unassigned:
        further = "further " if assigned else ""
        actions = plural(
            unassigned, f"{further}remediation action has", f"{further}remediation actions have"
        )
        blocks.append(paragraph(f"{actions} no owner and no due date yet."))
    elif not assigned:
        blocks.append(paragraph("No remediation actions remain."))
    return blocks


def _action_row(step: PlanStep) -> TableRow:
    return TableRow(
        (
            text(
                Run(step.gap.title, "strong"),
                "  ",
                Run(step.gap.control or "Case studies", "muted"),
                f"\n{step.gap.action}\n",
                Run(f"Artefact: {step.gap.artefact}", "muted"),
            ),
            _owner(step.owner),
            run(day(step.due)),
            (badge(step.status, STATUS_TONES[step.status]),),
        )
    )


def agreement_blocks(record: WorkshopRecord) -> list[Block]:
    """Report Krippendorff's alpha overall and per control, with its meaning."""
    found = record.agreement
    spreads = [a.spread or 0 for c in found.controls for a in c.criteria if a.votes > 1]
    blocks: list[Block] = [
        paragraph(found.alpha.sentence, " ", Run(f"{ALPHA_DEFINITION} {_ALPHA_BASIS}", "muted")),
    ]
    if spreads:
        same, near = spreads.count(0), spreads.count(1)
        blocks.append(
            paragraph(
                f"Of the {plural(len(spreads), 'criterion', 'criteria')} with at least two votes, "
                f"all votes chose the same level on {same}; the votes differ by one level on "
                f"{near} and by two or more on {len(spreads) - same - near}."
            )
        )
    if found.controls:
        columns = (
            Column("Control", 3),
            Column("Assessors", 1.4, "right"),
            Column("Criteria", 1.2, "right"),
            Column("Alpha", 1, "right"),
            Column("95 % interval", 1.7, "right"),
        )
        rows = tuple(_alpha_row(record, c) for c in found.controls)
        blocks.append(TableBlock("Agreement by control", columns, rows))
    return blocks


def _alpha_row(record: WorkshopRecord, found: ControlAgreement) -> TableRow:
    alpha = found.alpha
    interval = "–"
    if alpha.low is not None and alpha.high is not None:
        interval = f"{format_alpha(alpha.low)} to {format_alpha(alpha.high)}"
    return TableRow(
        (
            control_runs(record, found.control),
            run(alpha.assessors),
            run(alpha.criteria),
            run("–" if alpha.value is None else format_alpha(alpha.value)),
            run(interval),
        ),
        details=(paragraph(alpha.sentence),),
        opens="Interpretation",
    )
