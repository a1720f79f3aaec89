"""`calib new`."""

from __future__ import annotations

import shlex
from datetime import date, datetime
from pathlib import Path

import click

from calib.cli.root import guarded, main, say


@main.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--partner", default="", help="The partner's name.")
@click.option(
    "--target",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The day you want to apply.",
)
@click.option(
    "--example",
    type=click.Choice(["strong", "halfway", "insufficient"]),
    help="Copy one of the three worked examples instead.",
)
@guarded
def new(folder: Path, partner: str, target: datetime | None, example: str | None) -> None:
    """Make a new assessment folder DIR, with every criterion laid out to fill in.

    \b
    calib new acme --partner "Acme Cloud" --target 2027-05-31
    calib new demo --example halfway
    """
    from calib.catalog.load import load_catalog
    from calib.store.create import create_assessment
    from calib.store.locate import find_assessment

    like = find_assessment(f"example:{example}") if example else None
    create_assessment(
        folder,
        load_catalog(),
        partner=partner or _spoken(folder.resolve().name),
        target=target.date() if target else None,
        like=like,
    )
    named = shlex.quote(str(folder))
    say(f"Made {folder}. Next: fill in {folder}/controls/, then `calib score {named}`.")
    if target and target.date() < date.today():  # noqa: DTZ011  the day on the user's wall
        say(f"The target date {target.date()} has passed.")


def _spoken(name: str) -> str:
    return name.replace("-", " ").replace("_", " ").title()
