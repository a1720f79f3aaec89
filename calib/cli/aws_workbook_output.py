"""Print the cells that an import reads or a fill changes, as text or JSON."""

from __future__ import annotations

import difflib
import json
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence

import click

from calib.cli.root import print_message, printable
from calib.exchange.aws_workbook.fill_plan import MET_COLUMN, CellChange, FillPlan
from calib.exchange.aws_workbook.importer import FieldImport, ImportOutcome
from calib.exchange.aws_workbook.labels import load_workbook_labels
from calib.exchange.aws_workbook.reader import AwsWorkbook, WorkbookAnswers, split_cell_reference
from calib.exchange.aws_workbook.slots import WorkbookNote
from calib.model import Result
from calib.text import plural

_OUTCOME_LABELS = {
    ImportOutcome.NEW: "imported",
    ImportOutcome.SAME: "unchanged",
    ImportOutcome.CONFLICT: "in conflict",
    ImportOutcome.REPLACED: "replaced",
    ImportOutcome.WAITING: "waiting in the journal",
}


def print_import(answers: WorkbookAnswers, fields: Sequence[FieldImport]) -> None:
    """Print each cell that was read with its outcome, and each text that was not imported."""
    for group in _group_by_cell(fields):
        first = group[0]
        names = ", ".join(f.field + (f" ({f.note})" if f.note else "") for f in group)
        value = _abbreviate(first.value) if len(group) == 1 else ""
        cells = ", ".join(first.places)
        label = _OUTCOME_LABELS[first.outcome]
        _print_line(f"{cells} -> {first.file}: {names}{': ' if value else ''}{value}  [{label}]")
        if first.outcome is ImportOutcome.CONFLICT:
            _print_line("    - in the assessment   + in the workbook")
            for line in _diff_lines(_as_text(first.before), _as_text(first.value)):
                _print_line(f"    {line}")
    _print_met_cells(answers)
    _print_notes(answers.notes)


def _print_met_cells(answers: WorkbookAnswers) -> None:
    """Print the Met? cells: they are read, but calib derives the value from the gate."""
    labels = load_workbook_labels()
    for entry in answers.entries:
        slot = entry.slot
        if slot.met and labels.parse_met(entry.met) is not None and entry not in answers.unknown:
            control = f"{slot.control} #{slot.reference}" if slot.reference else slot.control
            _print_line(
                f"{slot.cell_reference(slot.met)}: {control}: {MET_COLUMN} {entry.met}  "
                "[not imported: the gate decides it]"
            )


def _group_by_cell(fields: Sequence[FieldImport]) -> Iterator[list[FieldImport]]:
    """Group the fields from the same cells to the same file; conflicts are not grouped."""
    groups: dict[tuple[object, ...], list[FieldImport]] = {}
    for field in fields:
        single = field.field if field.outcome is ImportOutcome.CONFLICT else ""
        # Status and order follow from the position in the workbook, unless a note explains them.
        if field.field not in ("status", "order") or field.note:
            key = (field.places, field.file, field.outcome, single)
            groups.setdefault(key, []).append(field)
    yield from groups.values()


def _print_line(line: str) -> None:
    click.echo(printable(line))


def _print_notes(notes: Sequence[WorkbookNote]) -> None:
    for note in notes:
        _print_line(f"{note}  [not imported]" if note.is_omitted else str(note))


def import_json(answers: WorkbookAnswers, fields: Sequence[FieldImport]) -> dict[str, object]:
    """Return an import as JSON, with sheet, row and cell of each field."""
    return {
        "taken": [
            {
                "file": f.file,
                "field": f.field,
                "outcome": f.outcome,
                "value": f.value,
                "before": f.before,
                "from": [_location_json(p) for p in f.places],
                "note": f.note,
            }
            for f in fields
        ],
        "met": [
            {
                **_location_json(e.slot.cell_reference(e.slot.met)),
                "control": e.slot.control,
                "reference": e.slot.reference,
                "value": e.met,
            }
            for e in answers.entries
            if e.slot.met and e.met
        ],
        "unknown": [
            {
                **_location_json(e.place),
                "control": e.slot.control,
                "reference": e.slot.reference,
                "characters": len(e.text),
            }
            for e in answers.unknown
        ],
        "notes": [
            {**_location_json(n.place), "message": n.message, "not_taken": n.is_omitted}
            for n in answers.notes
        ],
    }


def print_import_summary(answers: WorkbookAnswers, fields: Sequence[FieldImport]) -> None:
    """Print the counts of responses, case studies and fields."""
    counts = Counter(f.outcome for f in fields)
    outcomes = ", ".join(f"{n} {_OUTCOME_LABELS[outcome]}" for outcome, n in counts.items())
    studies = len({f.file for f in fields if f.file.startswith("case_studies/")})
    left_out = sum(n.is_omitted for n in answers.notes)
    print_message(
        f"{plural(len(answers.responses), 'response')}, "
        f"{plural(studies, 'case study', 'case studies')}. "
        f"Fields: {outcomes or 'none are filled in yet'}. "
        f"Not imported: {plural(left_out, 'text')} (listed with their cells)."
    )


def print_next_step(assessment: str, fields: Sequence[FieldImport], *, merged: bool) -> None:
    """Print the result and the next command."""
    name = shlex.quote(assessment)
    if any(f.outcome is ImportOutcome.CONFLICT for f in fields):
        print_message(
            f"Merged into {assessment}, which keeps its own answers where the workbook differs. "
            f"To choose, run `calib open {name}`; to use all of the workbook's, add --replace."
        )
    else:
        done = "Merged into" if merged else "Created"
        print_message(f"{done} {assessment}. Next: `calib report {name} -o reports`.")


def print_fill(
    book: AwsWorkbook, plan: FillPlan, omissions: list[str], *, all_lines: bool, as_json: bool
) -> None:
    """Print each cell that changes; with `all_lines`, every line that differs."""
    if as_json:
        click.echo(json.dumps(fill_json(book, plan, omissions), ensure_ascii=False, indent=1))
        return
    for change in plan.changes:
        cell = f"{change.cell}  {change.answer} {change.column}"
        if all_lines:
            _print_line(f"{cell}  ({change.source})")
            for line in _diff_lines(change.before, change.after):
                _print_line(f"    {line}")
        else:
            before = f"was {_abbreviate(change.before)}" if change.before else "was empty"
            _print_line(f"{cell}: {_abbreviate(change.after)}  [{before}]  ({change.source})")
    _print_notes(_fill_notes(book, plan))


def _fill_notes(book: AwsWorkbook, plan: FillPlan) -> list[WorkbookNote]:
    """Return the notes on a fill.

    Notes on single cells that were not read are left out: a fill does not change those cells.
    """
    of_book = (n for n in book.answers.notes if not (n.is_omitted and n.is_about_cell))
    return [*plan.notes, *of_book]


def fill_json(book: AwsWorkbook, plan: FillPlan, omissions: list[str]) -> dict[str, object]:
    """Return a fill as JSON, with sheet, row and cell of each change."""
    notes = _fill_notes(book, plan)
    return {
        "changes": [_change_json(c) for c in plan.changes],
        "overridden": plan.overridden,
        "notes": [{**_location_json(n.place), "message": n.message} for n in notes],
        "left_behind": omissions,
    }


def _change_json(change: CellChange) -> dict[str, object]:
    return {
        **_location_json(change.cell),
        "control": change.control,
        "reference": change.reference,
        "column": change.column,
        "before": change.before,
        "after": change.after,
        "source": change.source,
    }


def print_fill_summary(
    book: AwsWorkbook, plan: FillPlan, omissions: list[str], result: Result
) -> None:
    """Print counts, overrides, omissions, and whether the catalog has expired."""
    responses = sum(c.column != MET_COLUMN for c in plan.changes)
    met = len(plan.changes) - responses
    print_message(f"Changed cells: {plural(responses, 'response')}, {met} under {MET_COLUMN}")
    if responses:
        print_message("Row heights are unchanged: use AutoFit Row Height to show long texts.")
    for name, reason in plan.overridden.items():
        print_message(f"calib: {name}: {MET_COLUMN} is Yes although the gate is not met: {reason}")
    formulas = sum(sheet.formula_count for _, sheet in book.sheets.values())
    if plan.changes and formulas:
        print_message(
            f"The workbook has {plural(formulas, 'formula')}: recalculate it to update old values."
        )
    print_message(f"The workbook has no cells for {'; '.join(omissions)}.")
    for finding in result.findings:
        if finding.rule == "catalog-expired":
            print_message(f"calib: {finding.message} {finding.remediation}")


def _location_json(place: str) -> dict[str, object]:
    return dict(zip(("sheet", "row", "cell"), split_cell_reference(place), strict=True))


def _diff_lines(before: str, after: str) -> list[str]:
    """Return a unified diff with one line of context, without its headers."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def _as_text(value: object) -> str:
    return "\n".join(value) if isinstance(value, tuple | list) else str(value or "")


def _abbreviate(value: object) -> str:
    text = " ".join((", ".join(value) if isinstance(value, tuple) else str(value)).split())
    return text if len(text) <= 60 else f"{text[:50]}... ({len(text):,} characters)"
