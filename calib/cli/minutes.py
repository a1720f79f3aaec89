"""`calib minutes`: the record of a workshop, to hand over and to sign."""

from __future__ import annotations

import shlex
from datetime import date
from pathlib import Path

import click

from calib.cli.options import FOLDER, as_option, branded, chosen, progress
from calib.cli.root import Exit, guarded, leave, main, say
from calib.errors import BadInput
from calib.text import plural


@main.command()
@FOLDER
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("minutes"),
    show_default=True,
    help="The folder to write to.",
)
@click.option(
    "--format",
    "--formats",
    "formats",
    default="html,pdf,docx",
    show_default=True,
    help="What to write, of html, pdf and docx.",
)
@click.option(
    "--date", "report_date", default="", metavar="YYYY-MM-DD", help="Write them as of this day."
)
@branded
@guarded
def minutes(
    assessment: str, output: Path, formats: str, report_date: str, **parameters: str
) -> None:
    """Write the minutes of the workshop that was held on DIR: HTML, PDF and docx.

    Who took part, the agenda with the minutes planned and used, per criterion the votes, the
    consensus with its reason and its dissent, what moved, what stayed open, the parking lot, the
    actions, how far the assessors agree, and lines to sign. Where the votes are anonymous, no
    assessor is named.

    All the files are written, or none. Votes that were not revealed are left out.

    \b
    calib minutes acme -o minutes/acme
    calib minutes acme --format pdf --brand-name "Harbour Consulting" --brand-logo logo.svg
    """
    from calib.report.minutes import FORMATS, write_minutes
    from calib.report.write import ReportFailed

    wanted = chosen(formats, FORMATS)
    day = report_date or date.today().isoformat()  # noqa: DTZ011  the day on the user's wall
    values = {"assessment": assessment, **parameters, "report_date": day}
    try:
        with progress(len(wanted) + 2, "Minutes") as step:
            files, replaced = write_minutes(values, output, wanted, step)
    except ReportFailed as error:
        leave(f"{error}\nNothing was written.", Exit.DEFECT)
    except BadInput as error:
        raise BadInput([as_option(p) for p in error.problems]) from None
    for path in files.values():
        click.echo(path)
    _say_locked(assessment)
    if replaced:
        say(f"calib: no font has {', '.join(replaced)}; the PDF shows their code points")


def _say_locked(assessment: str) -> None:
    """Say whose ballots cannot be counted on this machine."""
    from calib.ballots.sealing import sealed_files
    from calib.catalog.load import load_catalog
    from calib.store.locate import find_assessment

    files = sealed_files(find_assessment(assessment), load_catalog())
    locked = sum(file.ballot is None for file in files)
    if locked:
        say(
            f"Sealed with a key that is not here: {plural(locked, 'ballot')}. Who voted in no other "
            f"is not counted. See: calib ballots key {shlex.quote(assessment)}"
        )
