"""`calib ballots`: the votes of the assessors, before they are compared in a workshop."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from datetime import date
from pathlib import Path

import click

from calib.cli.main import DATE, FOLDER, JSON, guarded, main, say
from calib.model import ControlAgreement
from calib.problems import BadInput, Problem


@main.group()
def ballots() -> None:
    """Collect the assessors' ballots by file: send a form round, take it in, see who has voted.

    A ballot holds the levels that one assessor gives to the criteria of one control, in
    ballots/CONTROL/ASSESSOR.yaml of the assessment. Nobody sees the levels of the others until
    they are compared.

    \b
    calib ballots form acme -o ballot.xlsx          # send this to everybody
    calib ballots import acme ballot-ana.xlsx       # what came back
    calib ballots list acme                         # who has voted, without the levels
    calib ballots compare acme                      # when all have: where they differ
    """


@ballots.command()
@FOLDER
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="FILE.xlsx",
    help="The workbook to write.",
)  # fmt: skip
@guarded
def form(assessment: str, output: Path) -> None:
    """Write the form in which one assessor votes on DIR: a workbook, one sheet per control.

    Each row asks for one criterion and says what the levels look like. Only the name, the levels
    and the reasons can be filled in. A file that is there already is never overwritten.

    \b
    calib ballots form acme -o ballot.xlsx
    """
    from calib.catalog import load_catalog
    from calib.exchange.ballots import write_form
    from calib.store import find_assessment, load_assessment

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
@guarded
def import_(assessment: str, files: tuple[Path, ...], name: str, replace: bool) -> None:
    """Take filled-in forms (.xlsx), or tables (.csv), into the ballots of DIR.

    All files come in, or none. A criterion without level and reason was not voted on; what the
    assessor voted there before stays. A vote that the same assessor gave before, and gives
    otherwise now, is only replaced with --replace. A CSV has the columns control, criterion,
    level, comment and name.

    \b
    calib ballots import acme ballot-ana.xlsx ballot-ben.xlsx
    calib ballots import acme votes.csv --name "Ana Silva" --replace
    """
    from calib.catalog import load_catalog
    from calib.exchange.ballots import read_forms
    from calib.store import find_assessment
    from calib.store.ballots import save_ballots
    from calib.store.folder import must_be_assessment

    if assessment.startswith("example:"):
        remedy = "copy it first, as `calib new demo --example halfway`"
        raise BadInput([Problem(assessment, "an example takes no ballots", remedy=remedy)])
    folder = find_assessment(assessment)
    must_be_assessment(folder)
    taken = read_forms(files, load_catalog(), name)
    save_ballots(folder, taken, replace=replace)
    votes: Counter[str] = Counter()
    for ballot in taken:
        votes[ballot.assessor] += len(ballot.votes)
        click.echo(f"{ballot.control}  {ballot.assessor}  {_votes(len(ballot.votes))}")
    for assessor, count in sorted(votes.items()):
        say(f"Took in {_votes(count)} of {assessor}.")


def _votes(count: int) -> str:
    return "1 vote" if count == 1 else f"{count} votes"


@ballots.command("list")
@FOLDER
@JSON
@guarded
def list_(assessment: str, as_json: bool) -> None:
    """Print who has voted in DIR on how many criteria of which control, without the levels.

    \b
    calib ballots list acme
    calib ballots list acme --json
    """
    from calib.catalog import load_catalog
    from calib.store import find_assessment
    from calib.store.ballots import load_ballots

    catalog = load_catalog()
    rows = [
        {"control": b.control, "assessor": b.assessor, "name": b.name, "votes": len(b.votes),
         "criteria": len(catalog.control(b.control).criteria)}
        for b in load_ballots(find_assessment(assessment), catalog)
    ]  # fmt: skip
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        name = "".join(c for c in f"  {row['name']}" if c.isprintable()).rstrip()
        click.echo(
            f"{row['control']}  {row['assessor']:<20}  "
            f"voted on {row['votes']} of {row['criteria']} criteria{name}"
        )
    people = len({row["assessor"] for row in rows})
    say(
        f"{people} {'assessor' if people == 1 else 'assessors'}; the levels stay hidden here."
        if rows
        else "Nobody has voted yet: `calib ballots form --help` says how to ask."
    )


@ballots.command()
@FOLDER
@click.option("--minutes", type=click.IntRange(5, 600), default=90, help="How long you will meet.")
@click.option("--strictness", is_flag=True, help="Also who is stricter than the group.")
@DATE
@JSON
@guarded
def compare(assessment: str, minutes: int, strictness: bool, today: date, as_json: bool) -> None:
    """Compare the ballots of DIR: this shows the levels, so run it when everybody has voted.

    Per control and criterion the votes on the levels 0 to 4, the median, and whom to ask first;
    Krippendorff's alpha with what it means; and the order in which to talk it over, with a time
    box for each control. What is agreed goes into the assessment as an override, with name and
    reason.

    --strictness tells who is stricter than the group, and how that moved from control to control in
    the order of the room. It is for the facilitator: no report or minutes show it, and where the
    votes are anonymous it is refused.

    \b
    calib ballots compare acme
    calib ballots compare acme --minutes 120 --strictness
    """
    from calib import workshop
    from calib.cli.assessing import assessed
    from calib.cli.strictness import print_strictness, strictness_of
    from calib.store import find_assessment
    from calib.store.ballots import load_ballots

    catalog, _, result = assessed(assessment, today)
    given = load_ballots(find_assessment(assessment), catalog)
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
    say(found.alpha.sentence if given else "Nobody has voted yet.")


def _print_agreement(control: ControlAgreement) -> None:
    click.echo(click.style(f"{control.control}  {control.alpha.sentence}", bold=True))
    for one in control.criteria:
        votes = " ".join(f"{level}:{count}" for level, count in enumerate(one.distribution))
        median = "-" if one.median is None else one.median
        click.echo(f"  {one.criterion:<24} {votes}  median {median}  {one.sentence}")
        if one.outliers:
            click.echo(f"  {'':<24} ask first: {', '.join(one.outliers)}")
    click.echo()
