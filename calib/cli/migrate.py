"""`calib migrate` and `calib confirm`: move an assessment to a newer catalog."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calib.cli.options import (
    ASSESSMENT_ARGUMENT,
    DATE_OPTION,
    JSON_OPTION,
    current_author,
    find_writable_assessment,
)
from calib.cli.root import ExitCode, exit_with, handle_errors, main, print_message
from calib.errors import BadInput, Problem
from calib.text import plural

if TYPE_CHECKING:
    from calib.catalog.migration import MigratedAnswer, MigrationReport
    from calib.model import Assessment, Catalog

_CHANGE_LABELS = {
    "added": ("New questions", "green"),
    "removed": ("Removed questions", "red"),
    "reworded": ("Reworded questions", "yellow"),
}


@main.command()
@ASSESSMENT_ARGUMENT
@click.option("--dry-run", is_flag=True, help="Show the changes without writing anything.")
@click.option("--undo", is_flag=True, help="Undo the last migration.")
@DATE_OPTION
@JSON_OPTION
@handle_errors
def migrate(assessment: str, dry_run: bool, undo: bool, today: date, as_json: bool) -> None:
    """Migrate DIR to the current catalog and list changes.

    Every answer is kept, with the version of the catalog it was given for, and is flagged for
    review until a person re-confirms it (`calib confirm`, or in the form). Levels do not change.
    Answers to removed questions stay in their file and are listed. A backup of the files is saved
    in DIR/.calib/backup/.

    \b
    Examples:
      calib migrate acme --dry-run
      calib migrate acme
      calib migrate acme --undo       # possible until an answer is changed
    """
    from calib.catalog.migration import build_migration_report
    from calib.store.catalog_migration import migrate_catalog, undo_catalog_migration

    folder = find_writable_assessment(assessment)
    if undo:
        done = undo_catalog_migration(folder, today)
        print_message(f"{assessment}: restored from catalog {done.before} to {done.after}.")
        return
    catalog, found = _load(folder)
    report = build_migration_report(catalog, found)
    version = found.header.catalog_version
    if version != catalog.version:
        _check_known_version(catalog, version)
    if as_json:
        click.echo(report.model_dump_json(indent=1))
    else:
        _print_report(report)
    if version == catalog.version:
        print_message(f"{assessment}: already at catalog {version}. {_pending_sentence(report)}")
    elif dry_run:
        print_message(f"Nothing was written. {_pending_sentence(report)}")
    else:
        done = migrate_catalog(folder, catalog.version, today)
        print_message(
            f"{assessment}: migrated from catalog {version} to {catalog.version}. "
            f"{_pending_sentence(report)}\nBackup: {done.backup}"
        )


def _load(folder: Path) -> tuple[Catalog, Assessment]:
    from calib.catalog.load import load_catalog
    from calib.store.load import load_assessment

    catalog = load_catalog()
    return catalog, load_assessment(folder, catalog)


def _check_known_version(catalog: Catalog, version: str) -> None:
    """Raise BadInput if the questions of this catalog version are not on record."""
    if catalog.record(version) is None:
        known = ", ".join(r.version for r in catalog.records) or "none"
        message = f"unknown catalog version {version}; catalog {catalog.version} knows {known}"
        remedy = "if it is newer, install a newer calib; nothing was changed"
        problem = Problem("assessment.yaml", message, place="catalog_version", remedy=remedy)
        raise BadInput([problem])


def _print_report(report: MigrationReport) -> None:
    from calib.catalog.migration import ChangeStatus

    if report.before == report.after:
        return
    click.echo(click.style(f"From catalog {report.before} to {report.after}", bold=True))
    for change, (label, colour) in _CHANGE_LABELS.items():
        rows = [c for c in report.criteria if c.change == change]
        if rows:
            click.echo(click.style(f"\n{label}: {len(rows)}", fg=colour))
        for row in rows:
            click.echo(f"  {row.control}/{row.criterion}  {row.title}{_answer_status(row)}")
            if row.asked and row.asked != row.asks:
                click.echo(f"    before: {row.asked}\n    now:    {row.asks}")
            elif change == "added":
                click.echo(f"    question: {row.asks}")
            elif change == "reworded":
                click.echo("    same question; its cues or weights have changed")
    click.echo(f"\nUnchanged questions: {report.count(ChangeStatus.SAME)}")


def _answer_status(row: MigratedAnswer) -> str:
    if row.change == "removed":
        return "  (answered; the answer is kept)" if row.answered else "  (not answered)"
    if not row.answered:
        return "  (not answered yet)"
    return "  (confirmed)" if row.confirmed else "  (answered, to be confirmed)"


def _pending_sentence(report: MigrationReport) -> str:
    if not report.open:
        return "No answers to re-confirm."
    return f"{plural(len(report.open), 'answer')} to re-confirm (`calib confirm`)."


@main.command()
@ASSESSMENT_ARGUMENT
@click.argument("names", metavar="[CONTROL[/CRITERION]]...", nargs=-1)
@JSON_OPTION
@handle_errors
def confirm(assessment: str, names: tuple[str, ...], as_json: bool) -> None:
    """Re-confirm answers given for an older catalog.

    Without arguments, list the answers to re-confirm with their current questions. Check each
    answer against its question, then pass CONTROL/CRITERION, or CONTROL for all its answers. The
    log records each confirmation with your name; `calib undo` reverts it.

    \b
    Examples:
      calib confirm acme                      # list
      calib confirm acme CONTROL/roadmap
      calib confirm acme CONTROL
    """
    from calib.catalog.migration import build_migration_report

    folder = find_writable_assessment(assessment)
    catalog, found = _load(folder)
    pending = build_migration_report(catalog, found).open
    chosen = _select(pending, names, catalog)
    if as_json:
        rows = [c.model_dump(mode="json") for c in (chosen if names else pending)]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    if not names:
        _print_pending(pending, catalog, quiet=as_json)
        return
    _confirm_answers(folder, catalog, found, chosen)
    print_message(f"{len(pending) - len(chosen)} left to confirm.")


def _confirm_answers(
    folder: Path, catalog: Catalog, found: Assessment, chosen: Sequence[MigratedAnswer]
) -> None:
    """Write the current catalog version into the chosen answers; exits if a write fails."""
    from calib.store.session import Store
    from calib.store.writer import Pending, Saved

    store = Store.open(folder, current_author())
    versions = {
        (r.control, a.criterion): a.catalog_version or None
        for r in found.responses
        for a in r.criteria
    }
    for row in chosen:
        file, field = f"controls/{row.control}.yaml", ("criteria", row.criterion, "catalog_version")
        # The version as loaded: a concurrent edit of the answer is then reported as a conflict.
        seen = versions[row.control, row.criterion]
        answer = store.set(file, field, seen, catalog.version)
        if isinstance(answer, Pending):
            exit_with(
                f"saved in the journal, but not yet in the file: {answer.reason}",
                ExitCode.CANNOT_WRITE,
            )
        if not isinstance(answer, Saved):
            exit_with(f"{answer}; open the form to choose", ExitCode.NOT_READY)
        print_message(f"Confirmed {row.control}/{row.criterion} for catalog {catalog.version}.")


def _print_pending(pending: Sequence[MigratedAnswer], catalog: Catalog, *, quiet: bool) -> None:
    labels = {"same": "unchanged question", "unknown": "question (the earlier one is unknown)"}
    for row in () if quiet else pending:
        click.echo(f"{row.control}/{row.criterion}  {row.title}")
        click.echo(f"    {labels.get(row.change, 'reworded question')}: {row.asks}")
    count = plural(len(pending), "answer") if pending else "No answers"
    print_message(f"{count} to re-confirm for catalog {catalog.version}.")


def _select(
    pending: Sequence[MigratedAnswer], names: Sequence[str], catalog: Catalog
) -> list[MigratedAnswer]:
    """Return the pending answers with these names; raises BadInput for unknown names."""
    known = {f"{k.id}/{c.id}" for k in catalog.controls for c in k.criteria}
    known |= {k.id for k in catalog.controls}
    problems = []
    for name in (n for n in names if n not in known):
        # A criterion id without its control gets its full name suggested.
        close = [k for k in sorted(known) if k.endswith(f"/{name}")]
        close = close or get_close_matches(name, sorted(known), n=1)
        remedy = f"did you mean {close[0]}?" if close else "use CONTROL or CONTROL/CRITERION"
        message = "no such control or criterion in the catalog"
        problems.append(Problem(name, message, remedy=remedy))
    if problems:
        raise BadInput(problems)
    return [c for c in pending if {c.control, f"{c.control}/{c.criterion}"} & set(names)]
