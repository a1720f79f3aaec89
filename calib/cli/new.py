"""`calib new`: create an assessment."""

from __future__ import annotations

import shlex
from datetime import date
from pathlib import Path

import click

from calib.cli.options import local_today, parse_date, partner_from_folder
from calib.cli.root import handle_errors, main, print_message


@main.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--partner", default="", metavar="NAME", help="The partner's name.  [default: from DIR]"
)
@click.option(
    "--target",
    callback=parse_date,
    metavar="YYYY-MM-DD",
    help="The date by which you want to apply.",
)
@click.option(
    "--example",
    type=click.Choice(["strong", "halfway", "insufficient"]),
    help="Copy one of the three examples.",
)
@handle_errors
def new(folder: Path, partner: str, target: date | None, example: str | None) -> None:
    """Create an assessment in the new folder DIR.

    The files list every criterion, ready to fill in.

    \b
    Examples:
      calib new acme --partner "Acme Cloud" --target 2027-05-31
      calib new demo --example halfway
    """
    from calib.catalog.load import load_catalog
    from calib.store.create import create_assessment
    from calib.store.locate import find_assessment

    template = find_assessment(f"example:{example}") if example else None
    create_assessment(
        folder,
        load_catalog(),
        partner=partner or partner_from_folder(folder),
        target=target,
        like=template,
    )
    print_message(
        f"Created {folder}. Next: fill in {folder}/controls/, "
        f"then run `calib score {shlex.quote(str(folder))}`."
    )
    if target and target < local_today():
        print_message(f"calib: the target date {target} is in the past")
