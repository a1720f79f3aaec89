"""`calib milestone`: save the current state."""

from __future__ import annotations

from datetime import date

import click

from calib.cli.options import (
    ASSESSMENT_ARGUMENT,
    DATE_OPTION,
    find_writable_assessment,
    load_and_assess,
)
from calib.cli.root import handle_errors, main
from calib.errors import BadInput, CannotWrite, Problem


@main.command()
@ASSESSMENT_ARGUMENT
@click.option("--name", required=True, help="Milestone name.")
@click.option(
    "--signed-by", default="", metavar="NAME", help="Name of the person who signs off the answers."
)
@DATE_OPTION
@handle_errors
def milestone(assessment: str, name: str, signed_by: str, today: date) -> None:
    """Save the current answers and results of DIR as a milestone.

    Reports show the progress since the last milestone, and `calib diff` lists every change. For a
    signed milestone, reports also show whether the answers have changed since it was signed.

    \b
    Examples:
      calib milestone acme --name "Kick-off"
      calib milestone acme --name "Sent to AWS" --signed-by "Ann Ash"
    """
    from calib.files.atomic import add_new_file
    from calib.scoring.milestones import make_milestone, milestone_file_name, serialize_milestone

    folder = find_writable_assessment(assessment)
    if not name.strip():
        remedy = 'e.g. --name "Kick-off"'
        raise BadInput([Problem("--name", "a milestone needs a name", remedy=remedy)])
    _, found, result = load_and_assess(assessment, today)
    made = make_milestone(result, found, name.strip(), signed_by.strip())
    path = folder / "milestones" / milestone_file_name(made)
    try:
        path.parent.mkdir(exist_ok=True)
        if not add_new_file(path, serialize_milestone(made)):
            message = "a milestone with this name and date exists already"
            remedy = "choose another name; nothing was changed"
            raise BadInput([Problem(str(path), message, remedy=remedy)])
    except OSError as error:
        raise CannotWrite(path, error) from error
    click.echo(path)
