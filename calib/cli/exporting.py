"""`calib export`: an assessment in the formats of others."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from calib.cli.main import FOLDER, guarded, main
from calib.cli.making import as_option, branded
from calib.problems import BadInput


@main.group()
def export() -> None:
    """Write an assessment in another format.

    \b
    calib export docx acme -o responses.docx
    """


@export.command()
@FOLDER
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="FILE.docx",
    help="The document to write.",
)  # fmt: skip
@click.option(
    "--date", "report_date", default="", metavar="YYYY-MM-DD", help="Write it as of this day."
)
@branded
@guarded
def docx(assessment: str, output: Path, report_date: str, **parameters: str) -> None:
    """Write the responses of DIR as a document that people edit and sign.

    A chapter for each control: the narrative without the reviewer's marks, third-party services,
    and the evidence to hand in; at the end lines to sign. A file that is there already is never
    overwritten.

    \b
    calib export docx acme -o responses.docx --confidentiality "In confidence"
    """
    from calib.report.responses import write_responses

    day = report_date or date.today().isoformat()  # noqa: DTZ011  the day on the user's wall
    values = {"assessment": assessment, **parameters, "report_date": day}
    try:
        click.echo(write_responses(values, output))
    except BadInput as error:
        raise BadInput([as_option(p) for p in error.problems]) from None
