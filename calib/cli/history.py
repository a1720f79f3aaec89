"""`calib log` and `calib undo`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

import click

from calib.cli.options import FOLDER, JSON, author
from calib.cli.root import Exit, guarded, leave, main, say
from calib.errors import BadInput
from calib.store.journal import Entry


@main.command()
@FOLDER
@click.argument("entry", required=False)
@guarded
def undo(assessment: str, entry: str | None) -> None:
    """Take back the last edit of DIR that was made with the forms, or the ENTRY of `calib log`.

    An undo is an edit too: it is in the log, and can be undone. Where the field was changed since,
    both values are kept and the form asks.
    """
    from calib.store.conflicts import Conflict
    from calib.store.locate import find_assessment
    from calib.store.session import Store
    from calib.store.writer import Kept

    store = Store.open(find_assessment(assessment), author())
    if entry is None:
        standing = _standing(store.log())
        entry = standing[0].id if standing else None
    answer = store.undo(entry) if entry else None
    if answer is None:
        say("There is nothing to undo.")
    elif isinstance(answer, Conflict):
        leave(f"{answer}; nothing was changed, open the form to choose", Exit.NOT_READY)
    elif isinstance(answer, Kept):
        leave(f"kept in the journal, not yet in the file: {answer.reason}", Exit.CANNOT_WRITE)
    else:
        say(f"Took back {answer.entry.file}.")


def _standing(log: Sequence[Entry]) -> list[Entry]:
    """List the edits that hold, the newest first: saved, and not taken back since."""
    from calib.store.journal import Kind, Outcome

    last = {e.ref: e.kind for e in reversed(log) if e.kind in (Kind.UNDO, Kind.REDO)}
    edits = (Kind.EDIT, Kind.CREATE, Kind.REMOVE, Kind.RESOLVE)
    return [
        e
        for e in log
        if e.kind in edits and e.outcome is Outcome.SAVED and last.get(e.id) is not Kind.UNDO
    ]


@main.command()
@FOLDER
@click.option("--file", "file", default=None, help="Only edits of this file.")
@click.option("-n", "--number", type=click.IntRange(1), default=30, show_default=True)
@JSON
@guarded
def log(assessment: str, file: str | None, number: int, as_json: bool) -> None:
    """Print what was done to DIR with the forms, the newest first: who, when, what."""
    from calib.store.journal import Kind
    from calib.store.locate import find_assessment
    from calib.store.session import Store

    store = Store.open(find_assessment(assessment), author())
    shown = [e for e in store.log(file) if e.kind is not Kind.SETTLED][:number]
    _print_entries(shown, as_json=as_json)
    if lacking := store.unread():
        raise BadInput(lacking)  # told after what can be read: a log must not look whole
    if not shown and not as_json:
        say("Nothing was edited here with the forms yet.")


def _print_entries(shown: list[Entry], *, as_json: bool) -> None:
    from calib.yamledit.fieldpath import spell

    if as_json:
        rows = [
            {
                "id": e.id,
                "time": e.time,
                "author": e.author,
                "kind": e.kind,
                "file": e.file,
                "field": spell(e.place),
                "old": e.seen,
                "new": e.new,
                "outcome": e.outcome,
            }
            for e in shown
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for e in shown:
        what = f"{e.file} {spell(e.place)}".strip()
        when = datetime.fromisoformat(e.time).astimezone()
        click.echo(
            f"{when:%Y-%m-%d %H:%M:%S}  {e.author:<12} {e.kind:<8} {what}  [{e.id}] {_short(e.new)}"
        )


def _short(value: object) -> str:
    text = " ".join(str("" if value is None else value).split())
    return text if len(text) <= 60 else text[:57] + "..."
