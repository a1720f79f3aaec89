"""What a workshop leaves: open criteria, a parking lot, actions, and how far it agreed."""

from __future__ import annotations

from collections.abc import Mapping

from calib.model import ControlAgreement, Workshop
from calib.render.document import (
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
from calib.scoring.plan import Plan
from calib.text import day, plural
from calib.workshop import Standing, standings, thousandths

ALPHA_DEFINITION = (
    "Krippendorff's alpha with ordinal differences compares the levels of the assessors with what "
    "chance would give: 1 is full agreement, 0 is chance."
)
_ALPHA_BASIS = "It is counted on the votes as they were revealed, before they were talked over."


def open_criteria(record: WorkshopRecord, workshop: Workshop) -> list[object]:
    """List what was voted on and not settled, and what the room never came to."""
    became = standings(record.result, workshop)
    waiting, unreached = (
        _left(record, became, Standing.OPEN),
        _left(record, became, Standing.UNREACHED),
    )
    if not waiting and not unreached:
        done = paragraph("Every criterion has an agreed level.")
        return [Callout("good", "Nothing stayed open", (done,))]
    blocks: list[object] = []
    if waiting:
        blocks += [paragraph("Voted on, and not settled:"), BulletList(waiting)]
    if unreached:
        blocks += [paragraph("Never reached:"), BulletList(unreached)]
    return blocks


def _left(
    record: WorkshopRecord, became: Mapping[tuple[str, str], Standing], wanted: Standing
) -> tuple[Runs, ...]:
    """Name, control by control, the criteria that stand like this."""
    found = []
    for control in record.result.controls:
        names = [
            x.title for x in control.criteria if became[control.control, x.criterion] is wanted
        ]
        if names:
            whole = len(names) == len(control.criteria)
            said = f"all {len(names)} criteria" if whole else "; ".join(names)
            head = Run(control.control, "strong")
            found.append(text(head, f" {control.title}: {said}."))
    return tuple(found)


def parking_lot(workshop: Workshop) -> list[object]:
    """List the parking lot."""
    found = [p for p in workshop.parked if p.text.strip() or p.owner.strip()]
    if not found:
        return []
    columns = (Column("What was put off", 5), Column("Owner", 1.6), Column("Due", 1.2))
    rows = tuple(
        TableRow((run(" ".join(p.text.split())), _owner(p.owner), run(day(p.due)))) for p in found
    )
    return [
        Heading("Parking lot"),
        TableBlock("What was put off, with owner and due date", columns, rows),
    ]


def _owner(name: str) -> Runs:
    return run(" ".join(name.split()) or "–", "" if name.strip() else "muted")


def plan_actions(plan: Plan) -> list[object]:
    """List the remediation actions that somebody has taken on, or that have a day."""
    taken = [s for s in plan.steps if s.owner or s.due]
    rest = len(plan.steps) - len(taken)
    blocks: list[object] = [Heading("Actions")]
    if taken:
        columns = (
            Column("Remediation action", 4.4),
            Column("Owner", 1.6),
            Column("Due", 1.2),
            Column("Status", 1, "center"),
        )
        rows = tuple(
            TableRow(
                (
                    text(
                        Run(s.gap.title, "strong"),
                        "  ",
                        Run(s.gap.control or "Case studies", "muted"),
                        f"\n{s.gap.action}\n",
                        Run(f"Artefact: {s.gap.artefact}", "muted"),
                    ),
                    _owner(s.owner),
                    run(day(s.due)),
                    (badge(s.status, STATUS_TONES[s.status]),),
                )
            )
            for s in taken
        )
        blocks.append(TableBlock("Actions with owner and due date", columns, rows))
    if rest:
        noun = (
            plural(rest, "more remediation action") if taken else plural(rest, "remediation action")
        )
        verb = "has" if rest == 1 else "have"
        blocks.append(paragraph(f"{noun} of the improvement plan {verb} no owner and no date yet."))
    elif not taken:
        blocks.append(paragraph("No remediation action stands between this assessment and ready."))
    return blocks


def agreement_blocks(record: WorkshopRecord) -> list[object]:
    """Give alpha, of all and of each control, with what it means."""
    found = record.agreement
    spreads = [a.spread or 0 for c in found.controls for a in c.criteria if a.votes > 1]
    blocks: list[object] = [
        paragraph(found.alpha.sentence, " ", Run(f"{ALPHA_DEFINITION} {_ALPHA_BASIS}", "muted")),
    ]
    if spreads:
        same, near = spreads.count(0), spreads.count(1)
        blocks.append(
            paragraph(
                f"Of {plural(len(spreads), 'criterion', 'criteria')} with two votes or more, all "
                f"chose the same level on {same}; on {near} the votes lie one level apart, on "
                f"{len(spreads) - same - near} two or more."
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
        blocks.append(TableBlock("Agreement, control by control", columns, rows))
    return blocks


def _alpha_row(record: WorkshopRecord, found: ControlAgreement) -> TableRow:
    alpha = found.alpha
    between = "–"
    if alpha.low is not None and alpha.high is not None:
        between = f"{thousandths(alpha.low)} to {thousandths(alpha.high)}"
    return TableRow(
        (
            control_runs(record, found.control),
            run(alpha.assessors),
            run(alpha.criteria),
            run("–" if alpha.value is None else thousandths(alpha.value)),
            run(between),
        ),
        details=(paragraph(alpha.sentence),),
        opens="What it means",
    )
