"""`calib log` and `calib undo`: the edit history of an assessment."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

import click

from calib.cli.options import ASSESSMENT_ARGUMENT, JSON_OPTION, current_author
from calib.cli.root import ExitCode, exit_with, handle_errors, main, print_message
from calib.errors import BadInput
from calib.store.journal import JournalEntry


@main.command()
@ASSESSMENT_ARGUMENT
@click.argument("entry", metavar="[ENTRY]", required=False)
@handle_errors
def undo(assessment: str, entry: str | None) -> None:
    """Undo the last edit of DIR, or the edit ENTRY.

    ENTRY is an id from `calib log`. Only edits made by the forms and by commands are logged, not
    those of a text editor. An undo is logged too and can be undone. If the field has been changed
    since, both values are kept and the form asks which one to use.

    \b
    Examples:
      calib undo acme
      calib undo acme ENTRY

    \b
    Exit codes:
      0  undone, or nothing to undo
      1  the field has been changed since
      3  the file cannot be written now; the undo is kept in the journal
    """
    from calib.store.conflicts import Conflict
    from calib.store.locate import find_assessment
    from calib.store.session import Store
    from calib.store.writer import Pending

    store = Store.open(find_assessment(assessment), current_author())
    if entry is None:
        edits = _edits_in_force(store.log())
        entry = edits[0].id if edits else None
    answer = store.undo(entry) if entry else None
    if answer is None:
        print_message("There is nothing to undo.")
    elif isinstance(answer, Conflict):
        exit_with(f"{answer}; nothing was changed. Open the form to choose.", ExitCode.NOT_READY)
    elif isinstance(answer, Pending):
        exit_with(
            f"saved in the journal, but not yet in the file: {answer.reason}",
            ExitCode.CANNOT_WRITE,
        )
    else:
        print_message(f"Undid the edit of {answer.entry.file}.")


def _edits_in_force(log: Sequence[JournalEntry]) -> list[JournalEntry]:
    """Return the edits that were saved and have not been undone, newest first."""
    from calib.store.journal import EntryKind, EntryOutcome

    # The log is newest first. Reversed, a later undo or redo of an edit overwrites an earlier one.
    last = {e.ref: e.kind for e in reversed(log) if e.kind in (EntryKind.UNDO, EntryKind.REDO)}
    edits = (EntryKind.EDIT, EntryKind.CREATE, EntryKind.REMOVE, EntryKind.RESOLVE)
    return [
        e
        for e in log
        if e.kind in edits
        and e.outcome is EntryOutcome.SAVED
        and last.get(e.id) is not EntryKind.UNDO
    ]


@main.command()
@ASSESSMENT_ARGUMENT
@click.option("--file", metavar="FILE", help="Show only edits of FILE, e.g. evidence.yaml.")
@click.option(
    "-n",
    "--number",
    type=click.IntRange(1),
    default=30,
    show_default=True,
    metavar="N",
    help="Show at most N edits.",
)
@JSON_OPTION
@handle_errors
def log(assessment: str, file: str | None, number: int, as_json: bool) -> None:
    """Show the edit history of DIR, newest first.

    Each line has the time, author, kind of edit, file and field, entry id and new value.

    \b
    Examples:
      calib log acme
      calib log acme --file evidence.yaml -n 100
      calib log acme --json
    """
    from calib.store.journal import EntryKind
    from calib.store.locate import find_assessment
    from calib.store.session import Store

    store = Store.open(find_assessment(assessment), current_author())
    entries = [e for e in store.log(file) if e.kind is not EntryKind.SETTLED][:number]
    _print_entries(entries, as_json=as_json)
    if unreadable := store.unreadable_journals():
        # Raised after printing the rest, so that an incomplete log does not look complete.
        raise BadInput(unreadable)
    if not entries and not as_json:
        print_message("No edits yet.")


def _print_entries(entries: list[JournalEntry], *, as_json: bool) -> None:
    from calib.files.strict_yaml import format_field_path

    if as_json:
        rows = [
            {
                "id": e.id,
                "time": e.time,
                "author": e.author,
                "kind": e.kind,
                "file": e.file,
                "field": format_field_path(e.place),
                "old": e.seen,
                "new": e.new,
                "outcome": e.outcome,
            }
            for e in entries
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for e in entries:
        field = f"{e.file} {format_field_path(e.place)}".strip()
        time = datetime.fromisoformat(e.time).astimezone()
        value = _abbreviate(e.new)
        click.echo(
            f"{time:%Y-%m-%d %H:%M:%S}  {e.author:<12} {e.kind:<8} {field}  [{e.id}] {value}"
        )


def _abbreviate(value: object) -> str:
    text = " ".join(str("" if value is None else value).split())
    return text if len(text) <= 60 else text[:57] + "..."
