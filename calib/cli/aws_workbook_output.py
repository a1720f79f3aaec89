"""What goes into a workbook and out of it, cell by cell, for a person and for a program."""

from __future__ import annotations

import difflib
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import click

from calib.cli.root import safe, say
from calib.exchange.aws_workbook.fill_plan import MET, CellChange, FillPlan
from calib.exchange.aws_workbook.importer import Outcome, Taken
from calib.exchange.aws_workbook.labels import workbook_words
from calib.exchange.aws_workbook.reader import Answers, Book, sheet_row_cell
from calib.exchange.aws_workbook.slots import Note
from calib.model import Result

_WORDS = {
    Outcome.NEW: "taken",
    Outcome.SAME: "there already",
    Outcome.CONFLICT: "in conflict",
    Outcome.REPLACED: "taken instead",
    Outcome.WAITING: "waiting in the journal",
}


def print_import(answers: Answers, taken: Sequence[Taken]) -> None:
    """Print each cell that was read, what became of it, and what was not taken."""
    for one in _by_cell(taken):
        first = one[0]
        fields = ", ".join(t.field + (f" ({t.note})" if t.note else "") for t in one)
        size = _short(first.value) if len(one) == 1 else ""
        where = ", ".join(first.places)
        word = _WORDS[first.outcome]
        _echo(f"{where} -> {first.file}: {fields}{': ' if size else ''}{size}  [{word}]")
        if first.outcome is Outcome.CONFLICT:
            _echo("    - the assessment says   + the workbook says")
            for line in _difference(_plain(first.before), _plain(first.value)):
                _echo(f"    {line}")
    words = workbook_words()
    for entry in answers.entries:
        slot = entry.slot
        if slot.met and words.met_value(entry.met) is not None and entry not in answers.unknown:
            said = f"{_about(slot.control, slot.reference)}: {MET} {entry.met}"
            _echo(f"{slot.at(slot.met)}: {said}  [not kept: it follows from the gate]")
    _print_notes(answers.notes)


def _by_cell(taken: Sequence[Taken]) -> Iterator[list[Taken]]:
    """Put together what goes from the same cells into the same file, but for conflicts."""
    groups: dict[tuple[object, ...], list[Taken]] = {}
    for one in taken:
        alone = one.field if one.outcome is Outcome.CONFLICT else ""
        if one.field not in ("status", "order") or one.note:
            groups.setdefault((one.places, one.file, one.outcome, alone), []).append(one)
    yield from groups.values()


def _echo(line: str) -> None:
    click.echo(safe(line))


def _print_notes(notes: Sequence[Note]) -> None:
    for note in notes:
        _echo(f"{note}  [not taken]" if note.is_left_out else str(note))


def import_json(answers: Answers, taken: Sequence[Taken]) -> dict[str, Any]:
    """Return the same for a program, with sheet, row and cell."""
    return {
        "taken": [
            {
                "file": t.file,
                "field": t.field,
                "outcome": t.outcome,
                "value": t.value,
                "before": t.before,
                "from": [_where(p) for p in t.places],
                "note": t.note,
            }
            for t in taken
        ],
        "met": [
            {
                **_where(e.slot.at(e.slot.met)),
                "control": e.slot.control,
                "reference": e.slot.reference,
                "value": e.met,
            }
            for e in answers.entries
            if e.slot.met and e.met
        ],
        "unknown": [
            {
                **_where(e.place),
                "control": e.slot.control,
                "reference": e.slot.reference,
                "characters": len(e.text),
            }
            for e in answers.unknown
        ],
        "notes": [
            {**_where(n.place), "message": n.message, "not_taken": n.is_left_out}
            for n in answers.notes
        ],
    }


def say_import(answers: Answers, taken: Sequence[Taken]) -> None:
    """Sum an import up."""
    counts = Counter(t.outcome for t in taken)
    told = ", ".join(f"{n} {_WORDS[k]}" for k, n in counts.items()) or "nothing is filled in yet"
    studies = len({t.file for t in taken if t.file.startswith("case_studies/")})
    left = sum(n.is_left_out for n in answers.notes)
    read = f"{_count(len(answers.responses), 'response')}, {_count(studies, 'case study')}"
    say(f"{read}. Fields: {told}. Not taken: {_count(left, 'text')}, listed with the cell.")


def say_next(assessment: str, taken: Sequence[Taken], *, merged: bool) -> None:
    """Say what was made and what comes next."""
    named = shlex.quote(assessment)
    if any(t.outcome is Outcome.CONFLICT for t in taken):
        say(
            f"Merged into {assessment}. Where both say something, it keeps its own, and the "
            f"workbook's texts are set aside: `calib open {named}` asks which one counts, "
            "--replace takes the workbook's."
        )
    else:
        done = "Merged into" if merged else "Made"
        say(f"{done} {assessment}. Next: `calib report {named} -o reports`.")


def print_fill(book: Book, plan: FillPlan, *, whole: bool) -> None:
    """Print each cell that changes; `whole` shows every line that differs."""
    for change in plan.changes:
        head = f"{change.name}  {change.about} {change.what}"
        if whole:
            _echo(f"{head}  ({change.source})")
            for line in _difference(change.before, change.after):
                _echo(f"    {line}")
        else:
            was = f"was {_short(change.before)}" if change.before else "was empty"
            _echo(f"{head}: {_short(change.after)}  [{was}]  ({change.source})")
    _print_notes(_fill_notes(book, plan))


def _fill_notes(book: Book, plan: FillPlan) -> list[Note]:
    """Return what a fill tells beside its cells; what an import would not take stays as it is."""
    told = (n for n in book.answers.notes if not (n.is_left_out and n.is_of_cell))
    return [*plan.notes, *told]


def fill_json(book: Book, plan: FillPlan, left: list[str]) -> dict[str, Any]:
    """Return the same for a program."""
    return {
        "changes": [_change_json(c) for c in plan.changes],
        "overridden": plan.overridden,
        "notes": [{**_where(n.place), "message": n.message} for n in _fill_notes(book, plan)],
        "left_behind": left,
    }


def _change_json(change: CellChange) -> dict[str, Any]:
    return {
        **_where(change.name),
        "control": change.control,
        "reference": change.reference,
        "column": change.what,
        "before": change.before,
        "after": change.after,
        "source": change.source,
    }


def say_fill(book: Book, plan: FillPlan, left: list[str], result: Result) -> None:
    """Sum a fill up, and say what the workbook cannot hold and whether its time is over."""
    texts = sum(c.what != MET for c in plan.changes)
    mets = len(plan.changes) - texts
    say(f"Cells that change: {_count(texts, 'response')}, {mets} of {MET}")
    if texts:
        say("Rows keep their height: AutoFit Row Height shows the whole of a long text.")
    for name, why in plan.overridden.items():
        say(f"calib: {name}: {MET} says Yes although the gate does not hold: {why}")
    formulas = sum(sheet.formulas for _, sheet in book.sheets.values())
    if plan.changes and formulas:
        say(f"It holds {_count(formulas, 'formula')}: old values show until it is recalculated.")
    say(f"The workbook has no place for {'; '.join(left)}.")
    for finding in result.findings:
        if finding.rule == "catalog-expired":
            say(f"calib: {finding.message} {finding.remediation}")


def _where(place: str) -> dict[str, Any]:
    return dict(zip(("sheet", "row", "cell"), sheet_row_cell(place), strict=True))


def _about(control: str, reference: int) -> str:
    return f"{control} #{reference}" if reference else control


def _count(number: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("dy") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def _difference(before: str, after: str) -> list[str]:
    rows = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)
    return [r for r in rows if not r.startswith(("---", "+++", "@@"))]


def _plain(value: object) -> str:
    return "\n".join(value) if isinstance(value, tuple | list) else str(value or "")


def _short(value: object) -> str:
    text = " ".join((", ".join(value) if isinstance(value, tuple) else str(value)).split())
    return text if len(text) <= 60 else f"{text[:50]}... ({len(text):,} characters)"
