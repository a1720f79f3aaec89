"""`calib minutes`: create the minutes of a workshop."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from calib.cli.options import (
    ASSESSMENT_ARGUMENT,
    REPORT_DATE_OPTION,
    brand_options,
    local_today,
    option_names_in_errors,
    output_option,
    parse_formats,
    progress_bar,
    warn_replaced_characters,
)
from calib.cli.root import ExitCode, exit_with, handle_errors, main, print_message
from calib.text import plural


@main.command()
@ASSESSMENT_ARGUMENT
@output_option(
    default=Path("minutes"),
    show_default=True,
    metavar="FOLDER",
    help="Output folder.",
)
@click.option(
    "--format",
    "--formats",
    "formats",
    default="html,pdf,docx",
    show_default=True,
    metavar="LIST",
    help="Formats to write: html, pdf, docx.",
)
@REPORT_DATE_OPTION
@brand_options
@handle_errors
def minutes(
    assessment: str, output: Path, formats: str, report_date: str, **parameters: str
) -> None:
    """Create the minutes of the workshop on DIR.

    Contents: participants, agenda with planned and used minutes, votes and consensus per criterion
    with reasons and dissent, level changes, open criteria, parking lot, actions, agreement between
    the assessors, and signature lines. In an anonymous workshop no assessor is named. Votes that
    have not been revealed are left out.

    Either all files are written, or none.

    \b
    Examples:
      calib minutes acme -o minutes/acme
      calib minutes acme --format pdf --brand-name "Harbour Consulting" --brand-logo logo.svg
    """
    from calib.report.minutes import FORMATS, write_minutes
    from calib.report.run_notebook import ReportFailed

    wanted = parse_formats(formats, FORMATS)
    values = {
        "assessment": assessment,
        **parameters,
        "report_date": report_date or local_today().isoformat(),
    }
    try:
        with progress_bar(len(wanted) + 2, "Minutes") as step, option_names_in_errors():
            files, replaced = write_minutes(values, output, wanted, step)
    except ReportFailed as error:
        exit_with(f"{error}\nNothing was written.", ExitCode.DEFECT)
    for path in files.values():
        click.echo(path)
    _warn_unreadable_ballots(assessment)
    warn_replaced_characters(replaced)


def _warn_unreadable_ballots(assessment: str) -> None:
    """Warn about ballots sealed with a key that this machine does not have."""
    from calib.ballots.sealing import load_sealed_files
    from calib.catalog.load import load_catalog
    from calib.store.locate import find_assessment

    files = load_sealed_files(find_assessment(assessment), load_catalog())
    locked = sum(file.ballot is None for file in files)
    if locked:
        print_message(
            f"calib: {plural(locked, 'ballot')} sealed with a key that is not on this machine. "
            "Assessors with no other ballot are not counted. "
            f"See: calib ballots key {shlex.quote(assessment)}"
        )
