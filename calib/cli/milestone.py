"""`calib milestone`."""

from __future__ import annotations

from datetime import date

import click

from calib.cli.options import DATE, FOLDER, own
from calib.cli.root import guarded, main
from calib.errors import BadInput, CannotWrite, Problem


@main.command()
@FOLDER
@click.option("--name", required=True, help="What the day is remembered for.")
@click.option("--signed-by", default="", help="Who vouches for the answers as they stand.")
@DATE
@guarded
def milestone(assessment: str, name: str, signed_by: str, today: date) -> None:
    """Remember how DIR stands today and what it says; reports then show the way from there.

    `calib diff` compares with it later. A milestone that somebody signed says so in every report,
    and whether the answers have changed since.

    \b
    calib milestone acme --name "Kick-off"
    calib milestone acme --name "Sent to AWS" --signed-by "Ann Ash"
    """
    from calib.cli.options import assessed
    from calib.files.atomic import add_new_file
    from calib.scoring.milestones import as_json, file_name, make_milestone

    folder = own(assessment)
    if not name.strip():
        remedy = 'as --name "Kick-off"'
        raise BadInput([Problem("--name", "a milestone needs a name", remedy=remedy)])
    _, found, result = assessed(assessment, today)
    made = make_milestone(result, found, name.strip(), signed_by.strip())
    path = folder / "milestones" / file_name(made)
    try:
        path.parent.mkdir(exist_ok=True)
        if not add_new_file(path, as_json(made)):
            remedy = "give it another name; nothing was changed"
            raise BadInput([Problem(str(path), "there is a milestone of that name", remedy=remedy)])
    except OSError as error:
        raise CannotWrite(path, error) from error
    click.echo(path)
