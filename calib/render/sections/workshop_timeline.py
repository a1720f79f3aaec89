"""How a workshop was held: when, with whom, how the time went, what it changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from calib.model import ControlResult, CriterionResult, Readiness, Workshop
from calib.render import charts
from calib.render.brand import chart_block
from calib.render.document import (
    BulletList,
    Callout,
    Column,
    DefinitionList,
    Run,
    Runs,
    TableBlock,
    TableRow,
    level,
    paragraph,
    run,
    text,
)
from calib.render.palette import READINESS_WORDS
from calib.render.sections.votes import WorkshopRecord, clock
from calib.text import day, listed, plural
from calib.workshop import Standing, Stay, is_anonymous, minutes, standings, stays


def meeting_time(workshop: Workshop) -> str:
    """Write when a workshop was held, in the time of the place."""
    begun, closed = workshop.begun, workshop.closed
    if begun is None:
        return "not begun yet"
    zone = begun.utcoffset() or timedelta()
    hours, rest = divmod(int(abs(zone).total_seconds()) // 60, 60)
    named = f"UTC{'-' if zone < timedelta() else '+'}{hours:02}:{rest:02}" if zone else "UTC"
    start = f"{day(begun.date())}, {clock(begun, begun)}"
    if closed is None:
        return f"{start} ({named}), not closed yet"
    there = closed.astimezone(begun.tzinfo)
    end = clock(closed, begun)
    if there.date() != begun.date():
        end = f"{day(there.date())}, {end}"
    return f"{start} to {end} ({named})"


def count_assessors(record: WorkshopRecord) -> tuple[int, list[str]]:
    """Count who voted, with the names that may be shown, each once."""
    names = {b.assessor: " ".join(b.name.split()) for b in record.ballots}
    return len(names), sorted((n for n in names.values() if n), key=str.casefold)


def list_assessors(record: WorkshopRecord) -> str:
    """Say who voted: by name, and where the votes carry none only how many."""
    count, names = count_assessors(record)
    if not count:
        return "nobody voted"
    if not names:
        return f"{plural(count, 'assessor')}, without names"
    nameless = count - len(names)
    return listed([*names, f"{nameless} without a name"] if nameless else names)


def meeting_blocks(record: WorkshopRecord, workshop: Workshop) -> list[object]:
    """Say when, with whom, and how the time went."""
    mode = "anonymous: no ballot carries a name" if is_anonymous(workshop) else "by name"
    lasted = ""
    if workshop.begun is not None and workshop.closed is not None:
        spent = minutes([Stay("", workshop.begun, workshop.closed)])
        lasted = f"{plural(spent, 'minute')} of {workshop.minutes} planned"
    pairs = [
        ("Held", run(meeting_time(workshop))),
        ("Lasted", run(lasted)),
        ("Facilitator", run(" ".join(workshop.facilitator.split()))),
        ("Assessors", run(list_assessors(record))),
        ("Votes", run(mode)),
    ]
    blocks: list[object] = [DefinitionList(tuple(p for p in pairs if p[1][0].text))]
    if workshop.closed is None:
        said = paragraph("The workshop was not closed: this shows how it stands.")
        blocks.insert(0, Callout("warn", "Still going on", (said,)))
    rows = _agenda_rows(record, workshop)
    if rows:
        columns = (
            Column("Control", 4.2),
            Column("Planned", 1.2, "right"),
            Column("Used", 1, "right"),
            Column("Settled", 1.2, "right"),
        )
        blocks.append(TableBlock("Agenda: minutes planned and used", columns, rows))
    return blocks


def _agenda_rows(record: WorkshopRecord, workshop: Workshop) -> tuple[TableRow, ...]:
    """Give each control its planned and used minutes, in the order of the agenda."""
    planned = {box.control: box.minutes for box in workshop.agenda}
    used: dict[str, list[Stay]] = {}
    for stay in stays(workshop):
        used.setdefault(stay.control, []).append(stay)
    if not planned and not used:
        return ()
    became = standings(record.result, workshop)
    rows = []
    for control in dict.fromkeys([*planned, *used]):
        of_control = [s for (c, _), s in became.items() if c == control]
        settled = (
            f"{of_control.count(Standing.SETTLED)} of {len(of_control)}" if of_control else "–"
        )
        spent = used.get(control, [])
        rows.append(
            TableRow(
                (
                    control_runs(record, control),
                    run(planned.get(control, "–")),
                    run(minutes(spent) if spent else "–"),
                    run(settled if of_control else "–"),
                ),
                details=_times(spent, workshop.begun),
                opens="When the room was there",
            )
        )
    first = next(iter(stays(workshop)), None)
    opening = 0
    if first is not None and workshop.begun is not None:
        opening = minutes([Stay("", workshop.begun, first.since)])
    if opening:
        rows.insert(
            0, TableRow((run("Before the first control"), run("–"), run(opening), run("–")))
        )
    total = opening + sum(minutes(found) for found in used.values())
    settled = f"{list(became.values()).count(Standing.SETTLED)} of {len(became)}"
    whole = (run("All", "strong"), run(sum(planned.values()) or "–"), run(total), run(settled))
    return (*rows, TableRow(whole))


def control_runs(record: WorkshopRecord, control: str) -> Runs:
    """Write a control's id with its title."""
    found = next((c for c in record.result.controls if c.control == control), None)
    return text(Run(control, "strong"), f" {found.title}" if found else "")


def _times(spent: Sequence[Stay], begun: datetime | None) -> tuple[object, ...]:
    if not spent:
        return ()
    times = (
        f"{clock(s.since, begun)} to {clock(s.until, begun)}"
        if s.until
        else f"since {clock(s.since, begun)}"
        for s in spent
    )
    return (DefinitionList((("In the room", run("; ".join(times))),)),)


def change_blocks(record: WorkshopRecord, workshop: Workshop, accent: str) -> list[object]:
    """Say what moved since the beginning, with a picture and the criteria that moved."""
    before = {m.criterion: m.before for m in workshop.criteria if m.before is not None}
    known = [
        (c, x, before[f"{c.control}/{x.criterion}"])
        for c in record.result.controls
        for x in c.criteria
        if f"{c.control}/{x.criterion}" in before
    ]
    now_is, began = (
        readiness_word(record.result.readiness),
        readiness_word(workshop.readiness_before),
    )
    if not known:
        start = f"When the workshop began, the assessment was {began}. " if began else ""
        return [
            paragraph(f"{start}It is {now_is} now. The levels at the beginning were not noted.")
        ]
    total = sum(len(c.criteria) for c in record.result.controls)
    met = sum(level_ >= x.needed for _, x, level_ in known)
    now = sum(x.met for _, x, _ in known)
    start = f"the assessment was {began} and " if began else ""
    higher = sum(x.effective > level_ for _, x, level_ in known)
    lower = sum(x.effective < level_ for _, x, level_ in known)
    part = f" (the levels of {len(known)} of {total} criteria were noted)"
    blocks: list[object] = [
        paragraph(
            f"When the workshop began, {start}{met} of {len(known)} criteria were met"
            f"{part if len(known) < total else ''}. Now it is {now_is}, and {now} are met: "
            f"{higher} {'stands' if higher == 1 else 'stand'} higher than before, {lower} lower, "
            f"{len(known) - higher - lower} as before."
        ),
    ]
    chart = charts.workshop_change(record.result, before, accent=accent)
    if chart is not None:
        blocks.append(chart_block(chart, 0.9))
    return [*blocks, _change_table(record, before)]


def readiness_word(readiness: str) -> str:
    """Write a readiness inside a sentence; what nobody knows stays as it is."""
    known = {r.value: READINESS_WORDS[r].lower() for r in Readiness}
    return known.get(readiness, readiness)


def _change_table(record: WorkshopRecord, before: dict[str, int]) -> TableBlock:
    columns = (
        Column("Control", 3.2),
        Column("Met before", 1.4, "right"),
        Column("Met now", 1.2, "right"),
        Column("Higher", 1, "right"),
        Column("Lower", 1, "right"),
    )
    rows = []
    for control in record.result.controls:
        found = [
            (x, before[f"{control.control}/{x.criterion}"])
            for x in control.criteria
            if f"{control.control}/{x.criterion}" in before
        ]
        if found:
            rows.append(_change_row(control, found))
    return TableBlock("What moved, control by control", columns, tuple(rows))


def _change_row(control: ControlResult, found: Sequence[tuple[CriterionResult, int]]) -> TableRow:
    moved = [(x, old) for x, old in found if x.effective != old]
    items = tuple(
        text(f"{x.title} ", level(old), " → ", level(x.effective), ".") for x, old in moved
    )
    return TableRow(
        (
            text(Run(control.control, "strong"), f" {control.title}"),
            run(sum(old >= x.needed for x, old in found)),
            run(sum(x.met for x, _ in found)),
            run(sum(x.effective > old for x, old in found)),
            run(sum(x.effective < old for x, old in found)),
        ),
        details=(BulletList(items),) if items else (),
        opens=f"{plural(len(moved), 'criterion', 'criteria')} moved",
    )
