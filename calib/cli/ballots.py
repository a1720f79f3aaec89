"""`calib ballots`: the votes of the assessors, before they are compared in a workshop."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from calib.cli.options import DATE, FOLDER, JSON
from calib.cli.root import guarded, main, say
from calib.errors import BadInput, Problem
from calib.model import ControlAgreement
from calib.text import plural

if TYPE_CHECKING:
    from calib.model import Ballot, Catalog


@main.group()
def ballots() -> None:
    """Collect the assessors' ballots by file: send a form round, take it in, see who has voted.

    A ballot holds the levels that one assessor gives to the criteria of one control. It is sealed
    as it comes in: whoever reads the folder finds ballots/CONTROL/ASSESSOR.sealed, and no level,
    until the votes are revealed. The key stays on this machine, outside the folder.

    \b
    calib ballots form acme -o ballot.xlsx          # send this to everybody
    calib ballots import acme ballot-ana.xlsx       # what came back, sealed
    calib ballots list acme                         # who has voted, without the levels
    calib ballots reveal acme                       # when all have: open the votes
    calib ballots compare acme                      # where they differ
    calib ballots key acme --show                   # to keep the key, or open them elsewhere
    """


@ballots.command()
@FOLDER
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE.xlsx",
    help="The workbook to write.",
)
@guarded
def form(assessment: str, output: Path) -> None:
    """Write the form in which one assessor votes on DIR: a workbook, one sheet per control.

    Each row asks for one criterion and says what the levels look like. Only the name, the levels
    and the reasons can be filled in. A file that is there already is never overwritten.

    \b
    calib ballots form acme -o ballot.xlsx
    """
    from calib.catalog.load import load_catalog
    from calib.exchange.ballots import write_form
    from calib.store.load import load_assessment
    from calib.store.locate import find_assessment

    catalog = load_catalog()
    folder = find_assessment(assessment)
    click.echo(write_form(catalog, load_assessment(folder, catalog), output))
    say(
        "Send it to every assessor. What comes back: "
        f"calib ballots import {shlex.quote(assessment)} FILE"
    )


@ballots.command("import")
@FOLDER
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--name", default="", help="Who voted, instead of the name in the file.")
@click.option("--replace", is_flag=True, help="Take these votes where the assessor voted already.")
@click.option("--anonymous", is_flag=True, help="Keep no name: each assessor gets a seat instead.")
@click.option("--open", "openly", is_flag=True, help="Do not seal: the levels stand in the folder.")
@guarded
def import_(
    assessment: str,
    files: tuple[Path, ...],
    name: str,
    replace: bool,
    anonymous: bool,
    openly: bool,
) -> None:
    """Take filled-in forms (.xlsx), or tables (.csv), into the ballots of DIR, sealed.

    All files come in, or none. A criterion without level and reason was not voted on; what the
    assessor voted there before stays. A vote given otherwise now is only replaced with --replace,
    and none is taken once its criterion was revealed. A CSV has the columns control, criterion,
    level, comment and name. The files themselves are not sealed: whoever has them can read them.

    Where the workshop is anonymous, forms are taken with --anonymous alone: each assessor becomes a
    seat without a name, always the same. Who votes in the room as well then counts twice.

    Use --open for votes that are no secret, as those of last year: they stand in the folder as
    YAML, for everybody to read and to edit.

    \b
    calib ballots import acme ballot-ana.xlsx ballot-ben.xlsx
    calib ballots import acme votes.csv --name "Ana Silva" --replace
    calib ballots import acme last-year.csv --open
    """
    from calib.store.locate import find_assessment

    if assessment.startswith("example:"):
        remedy = "copy it first, as `calib new demo --example halfway`"
        raise BadInput([Problem(assessment, "an example takes no ballots", remedy=remedy)])
    taken, now = _taken(
        find_assessment(assessment),
        files,
        name=name,
        replace=replace,
        anonymous=anonymous,
        openly=openly,
    )
    votes: Counter[str] = Counter()
    for ballot in taken:
        votes[ballot.assessor] += len(ballot.votes)
        click.echo(f"{ballot.control}  {ballot.assessor}  {plural(len(ballot.votes), 'vote')}")
    for assessor, count in sorted(votes.items()):
        say(f"Took in {plural(count, 'vote')} of {assessor}.")
    if not openly and any(ballot.votes for ballot in now):
        say(f"Sealed, until they are revealed: calib ballots reveal {shlex.quote(assessment)}")


def _taken(
    folder: Path, files: Iterable[Path], *, name: str, replace: bool, anonymous: bool, openly: bool
) -> tuple[Sequence[Ballot], Sequence[Ballot]]:
    """Save the ballots of some files; return them, and those of the folder as they now are."""
    from calib.ballots.sealing import nameless, save_openly, seal_ballots
    from calib.catalog.load import load_catalog
    from calib.exchange.ballots import read_forms
    from calib.store.load import must_be_assessment

    must_be_assessment(folder)
    catalog = load_catalog()
    _must_fit_naming(folder, catalog, anonymous=anonymous)
    taken = read_forms(files, catalog, name)
    if anonymous:
        taken = nameless(folder, taken)
    save = save_openly if openly else seal_ballots
    return taken, save(folder, catalog, taken, replace=replace)


def _must_fit_naming(folder: Path, catalog: Catalog, *, anonymous: bool) -> None:
    """Refuse ballots with names where the workshop has none, and the other way round."""
    from calib.ballots.workshop_file import FILE, load_workshop
    from calib.model import Naming

    workshop = load_workshop(folder, catalog)
    if workshop is None or anonymous == (workshop.naming is Naming.ANONYMOUS):
        return
    said = f"is the record of a workshop whose votes are {workshop.naming}"
    remedy = "leave out --anonymous" if anonymous else "take them without names: --anonymous"
    raise BadInput([Problem(f"{folder.name}/{FILE}", said, place="naming", remedy=remedy)])


@ballots.command("list")
@FOLDER
@JSON
@guarded
def list_(assessment: str, as_json: bool) -> None:
    """Print who has voted in DIR on how many criteria of which control, without the levels.

    Sealed votes are waiting to be revealed; the others are open.

    \b
    calib ballots list acme
    calib ballots list acme --json
    """
    from calib.catalog.load import load_catalog
    from calib.store.locate import find_assessment

    rows = _rows(find_assessment(assessment), load_catalog())
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        name = "".join(c for c in f"  {row['name']}" if c.isprintable()).rstrip()
        done = (
            f"voted on {row['votes']} of {row['criteria']} criteria: "
            f"{row['sealed']} sealed, {row['votes'] - row['sealed']} open"
            if row["here"]
            else "sealed, and the key is not here"
        )
        click.echo(f"{row['control']}  {row['assessor']:<20}  {done}{name}")
    if not all(row["here"] for row in rows):
        say("`calib ballots key --help` says how to bring a key from another machine.")
    people = len({row["assessor"] for row in rows})
    say(
        f"{plural(people, 'assessor')}; the levels stay hidden here."
        if rows
        else "Nobody has voted yet: `calib ballots form --help` says how to ask."
    )


def _rows(folder: Path, catalog: Catalog) -> list[dict[str, Any]]:
    """Put together what is known of each ballot without looking at a level."""
    from calib.ballots.files import load_ballots
    from calib.ballots.sealing import sealed_files

    # The sealed ones first: a vote that is published meanwhile is then seen in either place.
    sealed = {(f.control, f.assessor): f for f in sealed_files(folder, catalog)}
    opened = {(b.control, b.assessor): b for b in load_ballots(folder, catalog)}
    rows = []
    for control, assessor in sorted(sealed.keys() | opened.keys()):
        file, known = sealed.get((control, assessor)), opened.get((control, assessor))
        inside = file.ballot if file else None
        waiting = {v.criterion for v in inside.votes} if inside else set()
        votes = waiting | ({v.criterion for v in known.votes} if known else set())
        name = (known.name if known else "") or (inside.name if inside else "")
        rows.append(
            {
                "control": control,
                "assessor": assessor,
                "name": name,
                "votes": len(votes),
                "sealed": len(waiting),
                "criteria": len(catalog.control(control).criteria),
                "here": file is None or inside is not None,
            }
        )
    return rows


@ballots.command()
@FOLDER
@click.option("--minutes", type=click.IntRange(5, 600), default=90, help="How long you will meet.")
@click.option("--strictness", is_flag=True, help="Also who is stricter than the group.")
@DATE
@JSON
@guarded
def compare(assessment: str, minutes: int, strictness: bool, today: date, as_json: bool) -> None:
    """Compare the ballots of DIR, as far as they are revealed or open: this shows the levels.

    Sealed votes are left out until `calib ballots reveal` opens them. Per control and criterion the
    votes on the levels 0 to 4, the median, and whom to ask first; Krippendorff's alpha with what it
    means; and the order in which to talk it over, with a time box for each control. What is agreed
    goes into the assessment as an override, with name and reason.

    --strictness tells who is stricter than the group, and how that moved from control to control in
    the order of the room. It is for the facilitator: no report or minutes show it, and where the
    votes are anonymous it is refused.

    \b
    calib ballots compare acme
    calib ballots compare acme --minutes 120 --strictness
    """
    from calib import workshop
    from calib.cli.options import assessed
    from calib.cli.strictness import print_strictness, strictness_of
    from calib.store.locate import find_assessment

    catalog, _, result = assessed(assessment, today)
    given, hidden = _seen(find_assessment(assessment), catalog)
    for sentence in hidden:
        say(sentence.format(shlex.quote(assessment)))
    found = workshop.agree(given)
    agenda = workshop.agenda(result, found, minutes)
    strict = strictness_of(find_assessment(assessment), catalog, given) if strictness else ((), ())
    if as_json:
        whole = {
            "agreement": found.model_dump(mode="json"),
            "agenda": [item.model_dump(mode="json") for item in agenda],
            "strictness": [one.model_dump(mode="json") for one in strict[0]],
            "strictness_by_control": [one.model_dump(mode="json") for one in strict[1]],
        }
        click.echo(json.dumps(whole, ensure_ascii=False, indent=1))
        return
    for control in found.controls:
        _print_agreement(control)
    for number, item in enumerate(agenda, start=1):
        click.echo(f"{number}. {item.control}  {item.sentence}")
    print_strictness(strict)
    if given:
        say(found.alpha.sentence)
    elif not hidden:
        say("Nobody has voted yet.")


def _seen(folder: Path, catalog: Catalog) -> tuple[tuple[Ballot, ...], list[str]]:
    """Return the votes that may be seen, and what there is to say of the others."""
    from calib.ballots.sealing import all_ballots, sealed_files
    from calib.ballots.workshop_file import load_workshop

    record = load_workshop(folder, catalog)
    files = sealed_files(folder, catalog)
    waiting = Counter(
        f.assessor
        for f in files
        for v in (f.ballot.votes if f.ballot else ())
        if not (record and record.is_revealed(f.control, v.criterion))
    )
    locked = sum(f.ballot is None for f in files)
    hidden = []
    if waiting:
        count = f"{plural(waiting.total(), 'vote')} of {plural(len(waiting), 'assessor')}"
        hidden.append(f"Sealed still: {count}. To open: calib ballots reveal {{}}")
    if locked:
        said = f"Sealed with a key that is not here: {plural(locked, 'ballot')}."
        hidden.append(f"{said} See: calib ballots key {{}}")
    return all_ballots(folder, catalog, record), hidden


def _print_agreement(control: ControlAgreement) -> None:
    click.echo(click.style(f"{control.control}  {control.alpha.sentence}", bold=True))
    for one in control.criteria:
        votes = " ".join(f"{level}:{count}" for level, count in enumerate(one.distribution))
        median = "-" if one.median is None else one.median
        click.echo(f"  {one.criterion:<24} {votes}  median {median}  {one.sentence}")
        if one.outliers:
            click.echo(f"  {'':<24} ask first: {', '.join(one.outliers)}")
    click.echo()
