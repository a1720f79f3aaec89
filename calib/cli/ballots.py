"""`calib ballots`: collect and compare the votes of the assessors."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from calib.cli.options import ASSESSMENT_ARGUMENT, JSON_OPTION, must_not_be_example, output_option
from calib.cli.root import handle_errors, main, print_message
from calib.errors import BadInput, Problem
from calib.text import clean_name, plural

if TYPE_CHECKING:
    from calib.model import Ballot, Catalog


@main.group()
def ballots() -> None:
    """Collect and compare the votes of the assessors.

    A ballot contains one assessor's levels for the criteria of one control. Imported ballots are
    encrypted ("sealed") in DIR/ballots/CONTROL/ASSESSOR.sealed until they are revealed. The key is
    stored on this machine, outside DIR.

    \b
    Examples:
      calib ballots form acme -o ballot.xlsx      # create a form; send it to each assessor
      calib ballots import acme ballot-ana.xlsx   # import and seal a filled-in form
      calib ballots list acme                     # show who has voted
      calib ballots reveal acme                   # reveal the votes when all have voted
      calib ballots compare acme                  # compare the revealed votes
      calib ballots key acme --show               # show the key, to back it up
    """


@ballots.command()
@ASSESSMENT_ARGUMENT
@output_option(
    required=True,
    metavar="FILE.xlsx",
    help="The workbook to write.",
)
@handle_errors
def form(assessment: str, output: Path) -> None:
    """Create the voting form for DIR as an Excel workbook.

    The workbook has one sheet per control and one row per criterion with its question and the
    descriptions of its levels. Only the name, the levels and the reasons can be edited. An existing
    file is never overwritten.

    \b
    Example:
      calib ballots form acme -o ballot.xlsx
    """
    from calib.catalog.load import load_catalog
    from calib.exchange.ballot_form import write_ballot_form
    from calib.store.load import load_assessment
    from calib.store.locate import find_assessment

    catalog = load_catalog()
    folder = find_assessment(assessment)
    click.echo(write_ballot_form(catalog, load_assessment(folder, catalog), output))
    print_message(
        "Send it to every assessor. Import the filled-in forms: "
        f"calib ballots import {shlex.quote(assessment)} FILE..."
    )


@ballots.command("import")
@ASSESSMENT_ARGUMENT
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--name", default="", metavar="NAME", help="Assessor, instead of the name in the file."
)
@click.option("--replace", is_flag=True, help="Overwrite earlier votes of the assessor.")
@click.option("--anonymous", is_flag=True, help="Replace each name by a seat id.")
@click.option("--open", "openly", is_flag=True, help="Save the votes unencrypted.")
@handle_errors
def import_(
    assessment: str,
    files: tuple[Path, ...],
    name: str,
    replace: bool,
    anonymous: bool,
    openly: bool,
) -> None:
    """Import filled-in forms (.xlsx, .csv) and seal the votes.

    Either all files are imported, or none. A row without level and reason is not a vote; an earlier
    vote on that criterion is kept. Changed votes require --replace, and votes on revealed criteria
    are rejected. A CSV file has the columns control, criterion, level, comment and name. The files
    themselves stay readable: delete or protect them.

    In an anonymous workshop --anonymous is required. Each assessor then gets a seat id, the same
    one every time. An assessor who also votes on the voting server is counted twice.

    With --open the votes are saved as YAML that anyone can read and edit, e.g. those of last year.

    \b
    Examples:
      calib ballots import acme ballot-ana.xlsx ballot-ben.xlsx
      calib ballots import acme votes.csv --name "Ana Silva" --replace
      calib ballots import acme last-year.csv --open
    """
    from calib.store.locate import find_assessment

    must_not_be_example(assessment)
    imported, saved = _import_ballots(
        find_assessment(assessment),
        files,
        name=name,
        replace=replace,
        anonymous=anonymous,
        openly=openly,
    )
    votes: Counter[str] = Counter()
    for ballot in imported:
        votes[ballot.assessor] += len(ballot.votes)
        click.echo(f"{ballot.control}  {ballot.assessor}  {plural(len(ballot.votes), 'vote')}")
    for assessor, count in sorted(votes.items()):
        print_message(f"Imported {plural(count, 'vote')} of {assessor}.")
    if not openly and any(ballot.votes for ballot in saved):
        print_message(
            f"Sealed, until they are revealed: calib ballots reveal {shlex.quote(assessment)}"
        )


def _import_ballots(
    folder: Path, files: Iterable[Path], *, name: str, replace: bool, anonymous: bool, openly: bool
) -> tuple[Sequence[Ballot], Sequence[Ballot]]:
    """Save the ballots of some files; return these ballots, and those of the folder as saved."""
    from calib.ballots.sealing import anonymize_ballots, save_open_ballots, seal_ballots
    from calib.catalog.load import load_catalog
    from calib.exchange.ballots import read_ballot_forms
    from calib.store.load import check_is_assessment

    check_is_assessment(folder)
    catalog = load_catalog()
    _check_naming(folder, catalog, anonymous=anonymous)
    imported = read_ballot_forms(files, catalog, name)
    if anonymous:
        imported = anonymize_ballots(folder, imported)
    save = save_open_ballots if openly else seal_ballots
    return imported, save(folder, catalog, imported, replace=replace)


def _check_naming(folder: Path, catalog: Catalog, *, anonymous: bool) -> None:
    """Raise BadInput if the ballots have names but the workshop is anonymous, or vice versa."""
    from calib.ballots.workshop_file import WORKSHOP_FILE, load_workshop
    from calib.model import Naming

    workshop = load_workshop(folder, catalog)
    if workshop is None or anonymous == (workshop.naming is Naming.ANONYMOUS):
        return
    file = f"{folder.name}/{WORKSHOP_FILE}"
    message = f"the votes of this workshop are {workshop.naming}"
    remedy = "leave out --anonymous" if anonymous else "add --anonymous"
    raise BadInput([Problem(file, message, place="naming", remedy=remedy)])


@ballots.command("list")
@ASSESSMENT_ARGUMENT
@JSON_OPTION
@handle_errors
def list_(assessment: str, as_json: bool) -> None:
    """Show who has voted, without the levels.

    Lists each assessor's sealed and open votes per control. Sealed votes have not been revealed.

    \b
    Examples:
      calib ballots list acme
      calib ballots list acme --json
    """
    from calib.catalog.load import load_catalog
    from calib.store.locate import find_assessment

    rows = _count_votes(find_assessment(assessment), load_catalog())
    if as_json:
        click.echo(json.dumps([row._asdict() for row in rows], ensure_ascii=False, indent=1))
        return
    for row in rows:
        name = f"  {clean_name(row.name)}".rstrip()
        done = (
            f"voted on {row.votes} of {row.criteria} criteria: "
            f"{row.sealed} sealed, {row.votes - row.sealed} open"
            if row.here
            else "sealed; the key is not on this machine"
        )
        click.echo(f"{row.control}  {row.assessor:<20}  {done}{name}")
    if not all(row.here for row in rows):
        print_message("To copy a key from another machine, see `calib ballots key --help`.")
    people = len({row.assessor for row in rows})
    print_message(
        f"{plural(people, 'assessor')}; levels are not shown."
        if rows
        else "No votes yet. To collect votes, see `calib ballots form --help`."
    )


class _VoteCount(NamedTuple):
    """Number of votes of an assessor on a control; the fields are the keys of the JSON output."""

    control: str
    assessor: str
    name: str
    votes: int
    sealed: int
    criteria: int
    here: bool
    """Whether this machine has the key; without it, sealed votes cannot be counted."""


def _count_votes(folder: Path, catalog: Catalog) -> list[_VoteCount]:
    """Count the votes of each assessor on each control."""
    from calib.ballots.files import load_ballots
    from calib.ballots.sealing import load_sealed_files

    # Sealed files are read first. Revealing moves votes from sealed to open files, so a vote that
    # is revealed between the two reads is found twice and counted once, but never missed.
    sealed = {(f.control, f.assessor): f for f in load_sealed_files(folder, catalog)}
    opened = {(b.control, b.assessor): b for b in load_ballots(folder, catalog)}
    rows = []
    for control, assessor in sorted(sealed.keys() | opened.keys()):
        file, other = sealed.get((control, assessor)), opened.get((control, assessor))
        ballot = file.ballot if file else None
        waiting = {v.criterion for v in ballot.votes} if ballot else set()
        votes = waiting | ({v.criterion for v in other.votes} if other else set())
        name = (other.name if other else "") or (ballot.name if ballot else "")
        rows.append(
            _VoteCount(
                control=control,
                assessor=assessor,
                name=name,
                votes=len(votes),
                sealed=len(waiting),
                criteria=len(catalog.control(control).criteria),
                here=file is None or ballot is not None,
            )
        )
    return rows
