"""`calib ballots compare`: compare the votes and propose an agenda."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calib.cli.ballots import ballots
from calib.cli.options import ASSESSMENT_ARGUMENT, DATE_OPTION, JSON_OPTION, load_and_assess
from calib.cli.root import handle_errors, print_message
from calib.model import ControlAgreement
from calib.text import plural

if TYPE_CHECKING:
    from calib.model import Ballot, Catalog


@ballots.command()
@ASSESSMENT_ARGUMENT
@click.option(
    "--minutes",
    type=click.IntRange(5, 600),
    default=90,
    show_default=True,
    metavar="N",
    help="Length of the workshop in minutes.",
)
@click.option("--strictness", is_flag=True, help="Also compare each assessor with the group.")
@DATE_OPTION
@JSON_OPTION
@handle_errors
def compare(assessment: str, minutes: int, strictness: bool, today: date, as_json: bool) -> None:
    """Compare the revealed and open votes, with their levels.

    Sealed votes are left out; `calib ballots reveal` reveals them. Per criterion: the number of
    votes for each level from 0 to 4, the median and the outliers to ask first. Per control:
    Krippendorff's alpha with its interpretation. At the end: an agenda with a time box for each
    control. Enter the consensus as an override in the assessment, with name and reason.

    --strictness shows who votes higher or lower than the group, overall and by control. It is meant
    for the facilitator: reports and minutes do not contain it, and it is not available for
    anonymous workshops.

    \b
    Examples:
      calib ballots compare acme
      calib ballots compare acme --minutes 120 --strictness
    """
    from calib import workshop
    from calib.cli.strictness import compare_strictness, print_strictness
    from calib.store.locate import find_assessment

    catalog, _, result = load_and_assess(assessment, today)
    folder = find_assessment(assessment)
    visible, notes = _visible_ballots(folder, catalog, shlex.quote(assessment))
    for note in notes:
        print_message(note)
    found = workshop.compare_ballots(visible)
    agenda = workshop.build_agenda(result, found, minutes)
    tables = compare_strictness(folder, catalog, visible) if strictness else ((), ())
    if as_json:
        whole = {
            "agreement": found.model_dump(mode="json"),
            "agenda": [item.model_dump(mode="json") for item in agenda],
            "strictness": [row.model_dump(mode="json") for row in tables[0]],
            "strictness_by_control": [row.model_dump(mode="json") for row in tables[1]],
        }
        click.echo(json.dumps(whole, ensure_ascii=False, indent=1))
        return
    for control in found.controls:
        _print_agreement(control)
    for number, item in enumerate(agenda, start=1):
        click.echo(f"{number}. {item.control}  {item.sentence}")
    print_strictness(tables)
    if visible:
        print_message(found.alpha.sentence)
    elif not notes:
        print_message("No votes yet.")


def _visible_ballots(
    folder: Path, catalog: Catalog, name: str
) -> tuple[tuple[Ballot, ...], list[str]]:
    """Return the revealed and open ballots, and notes about the others."""
    from calib.ballots.sealing import load_sealed_files, load_visible_ballots
    from calib.ballots.workshop_file import load_workshop

    record = load_workshop(folder, catalog)
    files = load_sealed_files(folder, catalog)
    waiting = Counter(
        f.assessor
        for f in files
        for v in (f.ballot.votes if f.ballot else ())
        if not (record and record.is_revealed(f.control, v.criterion))
    )
    locked = sum(f.ballot is None for f in files)
    notes = []
    if waiting:
        count = f"{plural(waiting.total(), 'vote')} of {plural(len(waiting), 'assessor')}"
        notes.append(f"Not included: {count}, still sealed. Reveal: calib ballots reveal {name}")
    if locked:
        count = plural(locked, "ballot")
        notes.append(
            f"Not included: {count}, sealed with a key that is not on this machine. "
            f"See: calib ballots key {name}"
        )
    return load_visible_ballots(folder, catalog, record), notes


def _print_agreement(control: ControlAgreement) -> None:
    click.echo(click.style(f"{control.control}  {control.alpha.sentence}", bold=True))
    for criterion in control.criteria:
        votes = " ".join(f"{level}:{count}" for level, count in enumerate(criterion.distribution))
        median = "-" if criterion.median is None else criterion.median
        click.echo(f"  {criterion.criterion:<24} {votes}  median {median}  {criterion.sentence}")
        if criterion.outliers:
            click.echo(f"  {'':<24} ask first: {', '.join(criterion.outliers)}")
    click.echo()
