"""The course of a workshop: date, assessors, agenda, and the levels before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from calib.model import ControlResult, CriterionResult, Readiness, Workshop
from calib.render import charts
from calib.render.brand import chart_block
from calib.render.document import (
    Block,
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
from calib.render.sections.votes import WorkshopRecord, clock
from calib.render.tones import READINESS_WORDS
from calib.text import day, listed, plural
from calib.workshop import (
    CriterionProgress,
    TimedVisit,
    is_anonymous,
    list_timed_visits,
    progress_by_criterion,
    total_minutes,
)


def meeting_time(workshop: Workshop) -> str:
    """Return the date and time of a workshop, in its own time zone."""
    begun, closed = workshop.begun, workshop.closed
    if begun is None:
        return "not started"
    offset = begun.utcoffset() or timedelta()
    # abs() first: divmod of a negative offset would round away from UTC.
    hours, minute = divmod(int(abs(offset).total_seconds()) // 60, 60)
    sign = "-" if offset < timedelta() else "+"
    zone = f"UTC{sign}{hours:02}:{minute:02}" if offset else "UTC"
    start = f"{day(begun.date())}, {clock(begun, begun)}"
    if closed is None:
        return f"{start} ({zone}), not closed yet"
    end = clock(closed, begun)
    end_date = closed.astimezone(begun.tzinfo).date()
    if end_date != begun.date():
        end = f"{day(end_date)}, {end}"
    return f"{start} to {end} ({zone})"


def count_assessors(record: WorkshopRecord) -> tuple[int, list[str]]:
    """Return the number of assessors who voted, and the names that may be shown."""
    names = {b.assessor: " ".join(b.name.split()) for b in record.ballots}
    return len(names), sorted((n for n in names.values() if n), key=str.casefold)


def list_assessors(record: WorkshopRecord) -> str:
    """Return the names of the assessors, or their number in an anonymous workshop."""
    count, names = count_assessors(record)
    if not count:
        return "no votes"
    if not names:
        return f"{plural(count, 'assessor')}, anonymous"
    nameless = count - len(names)
    return listed([*names, f"{nameless} unnamed"] if nameless else names)


def meeting_blocks(record: WorkshopRecord, workshop: Workshop) -> list[Block]:
    """Build the facts of the meeting and the agenda with planned and used minutes."""
    mode = "anonymous; ballots carry no names" if is_anonymous(workshop) else "named"
    duration = ""
    if workshop.begun is not None and workshop.closed is not None:
        spent = total_minutes([TimedVisit("", workshop.begun, workshop.closed)])
        duration = f"{plural(spent, 'minute')} ({workshop.minutes} planned)"
    pairs = [
        ("Date and time", run(meeting_time(workshop))),
        ("Duration", run(duration)),
        ("Facilitator", run(" ".join(workshop.facilitator.split()))),
        ("Assessors", run(list_assessors(record))),
        ("Votes", run(mode)),
    ]
    blocks: list[Block] = [DefinitionList(tuple(p for p in pairs if p[1][0].text))]
    if workshop.closed is None:
        note = paragraph("The workshop has not been closed; these results are provisional.")
        blocks.insert(0, Callout("warn", "Workshop in progress", (note,)))
    rows = _agenda_rows(record, workshop)
    if rows:
        columns = (
            Column("Control", 4.2),
            Column("Planned", 1.2, "right"),
            Column("Used", 1, "right"),
            Column("Agreed", 1.2, "right"),
        )
        blocks.append(TableBlock("Agenda: minutes planned and used", columns, rows))
    return blocks


def _agenda_rows(record: WorkshopRecord, workshop: Workshop) -> tuple[TableRow, ...]:
    """Return a row per control in agenda order, then the total."""
    planned = {box.control: box.minutes for box in workshop.agenda}
    used: dict[str, list[TimedVisit]] = {}
    for stay in list_timed_visits(workshop):
        used.setdefault(stay.control, []).append(stay)
    if not planned and not used:
        return ()
    states = progress_by_criterion(record.result, workshop)
    rows = [
        _agenda_row(record, workshop, control, planned.get(control), used.get(control, []), states)
        for control in dict.fromkeys([*planned, *used])
    ]
    opening = _opening_minutes(workshop)
    if opening:
        rows.insert(
            0, TableRow((run("Before the first control"), run("–"), run(opening), run("–")))
        )
    total = opening + sum(total_minutes(found) for found in used.values())
    agreed = f"{list(states.values()).count(CriterionProgress.SETTLED)} of {len(states)}"
    totals = (run("Total", "strong"), run(sum(planned.values()) or "–"), run(total), run(agreed))
    return (*rows, TableRow(totals))


def _agenda_row(
    record: WorkshopRecord,
    workshop: Workshop,
    control: str,
    planned: int | None,
    spent: Sequence[TimedVisit],
    states: Mapping[tuple[str, str], CriterionProgress],
) -> TableRow:
    of_control = [state for (name, _), state in states.items() if name == control]
    agreed = (
        f"{of_control.count(CriterionProgress.SETTLED)} of {len(of_control)}" if of_control else "–"
    )
    return TableRow(
        (
            control_runs(record, control),
            run("–" if planned is None else planned),
            run(total_minutes(spent) if spent else "–"),
            run(agreed),
        ),
        details=_discussion_times(spent, workshop.begun),
        opens="Discussion times",
    )


def _opening_minutes(workshop: Workshop) -> int:
    first = next(iter(list_timed_visits(workshop)), None)
    if first is None or workshop.begun is None:
        return 0
    return total_minutes([TimedVisit("", workshop.begun, first.since)])


def control_runs(record: WorkshopRecord, control: str) -> Runs:
    """Return a control's id and title as runs."""
    found = next((c for c in record.result.controls if c.control == control), None)
    return text(Run(control, "strong"), f" {found.title}" if found else "")


def _discussion_times(spent: Sequence[TimedVisit], begun: datetime | None) -> tuple[Block, ...]:
    if not spent:
        return ()
    times = (
        f"{clock(s.since, begun)} to {clock(s.until, begun)}"
        if s.until
        else f"since {clock(s.since, begun)}"
        for s in spent
    )
    return (DefinitionList((("Discussed", run("; ".join(times))),)),)


def change_blocks(record: WorkshopRecord, workshop: Workshop, accent: str) -> list[Block]:
    """Compare the levels before the workshop with the current ones."""
    before = {m.criterion: m.before for m in workshop.criteria if m.before is not None}
    known = [
        (x, before[f"{c.control}/{x.criterion}"])
        for c in record.result.controls
        for x in c.criteria
        if f"{c.control}/{x.criterion}" in before
    ]
    readiness = readiness_word(record.result.readiness)
    readiness_before = readiness_word(workshop.readiness_before)
    if not known:
        start = (
            f"The assessment was {readiness_before} at the start of the workshop. "
            if readiness_before
            else ""
        )
        return [
            paragraph(f"{start}It is now {readiness}. The levels at the start were not recorded.")
        ]
    blocks: list[Block] = [
        paragraph(_change_summary(record, known, readiness_before, readiness)),
    ]
    chart = charts.workshop_change(record.result, before, accent=accent)
    if chart is not None:
        blocks.append(chart_block(chart, 0.9))
    return [*blocks, _change_table(record, before)]


def _change_summary(
    record: WorkshopRecord,
    known: Sequence[tuple[CriterionResult, int]],
    readiness_before: str,
    readiness: str,
) -> str:
    total = sum(len(c.criteria) for c in record.result.controls)
    met_before = sum(old >= x.needed for x, old in known)
    met_now = sum(x.met for x, _ in known)
    higher = sum(x.effective > old for x, old in known)
    lower = sum(x.effective < old for x, old in known)
    start = f"the assessment was {readiness_before} and " if readiness_before else ""
    part = (
        f" (levels were recorded for {len(known)} of {total} criteria)"
        if len(known) < total
        else ""
    )
    state = "still" if readiness == readiness_before else "now"
    return (
        f"At the start of the workshop, {start}{met_before} of {len(known)} criteria were met"
        f"{part}. It is {state} {readiness}, and {met_now} criteria are met. Compared with the "
        f"start, "
        f"{higher} {'is' if higher == 1 else 'are'} higher, {lower} lower and "
        f"{len(known) - higher - lower} unchanged."
    )


def readiness_word(readiness: str) -> str:
    """Return the readiness in lower case for use in a sentence; unknown values as they are."""
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
    return TableBlock("Changes by control", columns, tuple(rows))


def _change_row(control: ControlResult, found: Sequence[tuple[CriterionResult, int]]) -> TableRow:
    changed = [(x, old) for x, old in found if x.effective != old]
    items = tuple(
        text(f"{x.title} ", level(old), " → ", level(x.effective), ".") for x, old in changed
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
        opens=f"{plural(len(changed), 'criterion', 'criteria')} changed",
    )
