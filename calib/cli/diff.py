"""`calib diff`: compare two states of an assessment."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calib.cli.options import DATE_OPTION, JSON_OPTION
from calib.cli.root import handle_errors, main, print_message
from calib.errors import BadInput, Problem

if TYPE_CHECKING:
    from calib.diff import DiffInput


@main.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="[B]", required=False)
@DATE_OPTION
@JSON_OPTION
@handle_errors
def diff(before: str, after: str | None, today: date, as_json: bool) -> None:
    """Compare two states of an assessment.

    Lists the changed answers field by field, and the levels that changed with the reasons.

    A and B are each an assessment folder, a milestone file, or DIR@MILESTONE, where MILESTONE is
    a name, a date or `last`. If B is missing, DIR is compared with its last milestone, and
    DIR@MILESTONE with DIR. The catalog of this program assesses both sides: a milestone as of its
    own date, a folder as of --date.

    \b
    Examples:
      calib diff acme
      calib diff acme@kick-off
      calib diff acme@2026-06-30 acme@last --json
      calib diff acme-before acme
    """
    from calib.cli.diff_output import difference_lines
    from calib.diff import compare

    sides = (before, after) if after is not None else _with_default_side(before)
    states: list[DiffInput] = []
    problems: list[Problem] = []
    for side in sides:
        try:
            states.append(_load_state(side, today))
        except BadInput as error:
            problems += (p for p in error.problems if p not in problems)
    if problems:
        raise BadInput(problems)
    found = compare(*states)
    if as_json:
        click.echo(found.model_dump_json(indent=1))
    else:
        for line in difference_lines(found):
            click.echo(line)
    for note in found.notes:
        print_message(f"calib: {note}")


def _split_milestone(name: str) -> tuple[str, str] | None:
    """Split DIR@MILESTONE; None for other names, and for a folder whose name contains an @."""
    folder, _, milestone = name.rpartition("@")
    return (folder, milestone) if folder and not Path(name).exists() else None


def _with_default_side(name: str) -> tuple[str, str]:
    """Return a single argument with its counterpart, the older state first."""
    split = _split_milestone(name)
    return (name, split[0]) if split else (f"{name}@last", name)


def _load_state(name: str, today: date) -> DiffInput:
    """Load and assess a folder, a milestone file or DIR@MILESTONE; raises BadInput."""
    from calib.catalog.load import load_catalog
    from calib.diff import DiffInput
    from calib.scoring.assess import assess
    from calib.store.load import check_is_assessment, load_assessment
    from calib.store.locate import find_assessment
    from calib.store.milestones import find_milestone, load_milestone

    catalog = load_catalog()
    split = _split_milestone(name)
    if split:
        folder = find_assessment(split[0])
        check_is_assessment(folder)
        path = find_milestone(folder, split[1])
    else:
        path = find_assessment(name)
    if not path.is_file():
        assessment = load_assessment(path, catalog)
        return DiffInput(name, None, assessment, assess(catalog, assessment, today))
    milestone = load_milestone(path)
    if milestone.assessment is None:  # older milestones have gauges and levels only
        return DiffInput(name, milestone, None, None)
    result = assess(catalog, milestone.assessment, milestone.date)
    return DiffInput(name, milestone, milestone.assessment, result)
