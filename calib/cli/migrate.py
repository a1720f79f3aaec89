"""`calib migrate` and `confirm`: an assessment of an older catalog in a newer one."""

from __future__ import annotations

import json
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calib.cli.options import DATE, FOLDER, JSON, author, own
from calib.cli.root import Exit, guarded, leave, main, say
from calib.errors import BadInput, Problem

if TYPE_CHECKING:
    from calib.catalog.migration import Carried, CarryOver
    from calib.model import Assessment, Catalog

_CHANGES = {
    "added": ("Asked for the first time", "green"),
    "removed": ("Asked no more", "red"),
    "reworded": ("Asked otherwise", "yellow"),
}


@main.command()
@FOLDER
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@click.option("--undo", "back", is_flag=True, help="Put back what the last `migrate` changed.")
@DATE
@JSON
@guarded
def migrate(assessment: str, dry_run: bool, back: bool, today: date, as_json: bool) -> None:
    """Carry the answers of DIR over to the catalog of this program, and say what has changed.

    Every answer is kept, with the catalog version it was given to; none counts as confirmed until a
    person does that (`calib confirm`, or the form). Levels do not move by it. Answers that the
    catalog asks for no more stay in their file and are listed. A copy of the files as they were is
    kept in DIR/.calib/backup/.

    \b
    calib migrate acme --dry-run
    calib migrate acme
    calib migrate acme --undo       # as long as nobody has changed the answers since
    """
    from calib.catalog.migration import carry_over
    from calib.store.catalog_migration import carry, take_back

    folder = own(assessment)
    if back:
        done = take_back(folder, today)
        say(f"{assessment}: back from catalog {done.before} to {done.after}.")
        return
    catalog, found = _read(folder)
    report = carry_over(catalog, found)
    version = found.header.catalog_version
    if version != catalog.version:
        _must_be_known(catalog, version)
    if as_json:
        click.echo(report.model_dump_json(indent=1))
    else:
        _print_report(report)
    if version == catalog.version:
        say(f"{assessment}: is of catalog {version} already. {_left(report)}")
    elif dry_run:
        say(f"Nothing was changed. {_left(report)}")
    else:
        done = carry(folder, catalog.version, today)
        say(
            f"{assessment}: carried over from catalog {version} to {catalog.version}. "
            f"{_left(report)}\nAs it was: {done.backup}"
        )


def _read(folder: Path) -> tuple[Catalog, Assessment]:
    from calib.catalog.load import load_catalog
    from calib.store.load import load_assessment

    catalog = load_catalog()
    return catalog, load_assessment(folder, catalog)


def _must_be_known(catalog: Catalog, version: str) -> None:
    """Refuse a catalog of which nobody wrote down what it asked: perhaps it is a newer one."""
    if catalog.record(version) is None:
        known = ", ".join(r.version for r in catalog.records) or "none"
        message = f"catalog {catalog.version} does not know version {version}, only {known}"
        remedy = "install a newer calib if it is newer; nothing was changed"
        problem = Problem("assessment.yaml", message, place="catalog_version", remedy=remedy)
        raise BadInput([problem])


def _print_report(report: CarryOver) -> None:
    if report.before == report.after:
        return
    click.echo(click.style(f"From catalog {report.before} to {report.after}", bold=True))
    for change, (head, colour) in _CHANGES.items():
        rows = [c for c in report.criteria if c.change == change]
        if rows:
            click.echo(click.style(f"\n{head}: {len(rows)}", fg=colour))
        for row in rows:
            click.echo(f"  {row.control}/{row.criterion}  {row.title}{_answered(row)}")
            if row.asked and row.asked != row.asks:
                click.echo(f"    before: {row.asked}\n    now:    {row.asks}")
            elif change == "added":
                click.echo(f"    asks: {row.asks}")
            elif change == "reworded":
                click.echo("    the question is the same; what it looks for or weighs is not")
    from calib.catalog.migration import Change

    click.echo(f"\nAsked as before: {report.count(Change.SAME)}")


def _answered(row: Carried) -> str:
    if row.change == "removed":
        return "  (answered; the answer is kept)" if row.answered else "  (not answered)"
    if not row.answered:
        return "  (not answered yet)"
    return "  (confirmed)" if row.confirmed else "  (answered, to be confirmed)"


def _left(report: CarryOver) -> str:
    count = len(report.open)
    if not count:
        return "No answer waits to be confirmed."
    return f"{count} {'answer waits' if count == 1 else 'answers wait'} to be confirmed."


@main.command()
@FOLDER
@click.argument("names", metavar="[CONTROL[/CRITERION]...]", nargs=-1)
@JSON
@guarded
def confirm(assessment: str, names: tuple[str, ...], as_json: bool) -> None:
    """Confirm answers of DIR that an older catalog asked for; without names, list them.

    Read the answer against what is asked now, then name it: a criterion as CONTROL/CRITERION, or a
    CONTROL for all of its answers. Each goes into the log with your name, and `calib undo` takes it
    back.

    \b
    calib confirm acme
    calib confirm acme CONTROL/roadmap
    calib confirm acme CONTROL
    """
    from calib.catalog.migration import carry_over
    from calib.store.session import Store
    from calib.store.writer import Kept, Saved

    folder = own(assessment)
    catalog, found = _read(folder)
    waiting = carry_over(catalog, found).open
    chosen = _chosen(waiting, names, catalog)
    if as_json:
        rows = [c.model_dump(mode="json") for c in (chosen if names else waiting)]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    if not names:
        _list_waiting(waiting, catalog, quiet=as_json)
        return
    store = Store.open(folder, author())
    versions = {
        (r.control, a.criterion): a.catalog_version or None
        for r in found.responses
        for a in r.criteria
    }
    for row in chosen:
        file, place = f"controls/{row.control}.yaml", ("criteria", row.criterion, "catalog_version")
        seen = versions[row.control, row.criterion]
        answer = store.set(file, place, seen, catalog.version)
        if isinstance(answer, Kept):
            leave(f"kept in the journal, not yet in the file: {answer.reason}", Exit.CANNOT_WRITE)
        if not isinstance(answer, Saved):
            leave(f"{answer}; open the form to choose", Exit.NOT_READY)
        say(f"Confirmed {row.control}/{row.criterion} for catalog {catalog.version}.")
    say(f"{len(waiting) - len(chosen)} left to confirm.")


def _list_waiting(waiting: tuple[Carried, ...], catalog: Catalog, *, quiet: bool) -> None:
    for row in () if quiet else waiting:
        click.echo(f"{row.control}/{row.criterion}  {row.title}")
        words = {"same": "asked as before", "unknown": "what was asked before is not known"}
        click.echo(f"    {words.get(row.change, 'asked otherwise')}: {row.asks}")
    count = len(waiting)
    word = "answer is" if count == 1 else "answers are"
    say(f"{count} {word} not re-confirmed for catalog {catalog.version}.")


def _chosen(
    waiting: tuple[Carried, ...], names: tuple[str, ...], catalog: Catalog
) -> list[Carried]:
    """Return what was named; raises BadInput for names of nothing that waits."""
    known = {f"{k.id}/{c.id}" for k in catalog.controls for c in k.criteria}
    known |= {k.id for k in catalog.controls}
    problems = []
    for name in (n for n in names if n not in known):
        # A criterion that was named without its control is meant as well.
        close = [k for k in sorted(known) if k.endswith(f"/{name}")]
        close = close or get_close_matches(name, sorted(known), n=1)
        remedy = f"did you mean {close[0]}?" if close else "name it as CONTROL/CRITERION"
        said = "the catalog has no such control or criterion"
        problems.append(Problem(name, said, remedy=remedy))
    if problems:
        raise BadInput(problems)
    return [c for c in waiting if {c.control, f"{c.control}/{c.criterion}"} & set(names)]
