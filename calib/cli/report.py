"""`calib report`: create the readiness report."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import Any

import click

from calib.cli.options import (
    ASSESSMENT_ARGUMENT,
    FAIL_UNDER_OPTION,
    OUTPUT_OPTION,
    REQUIRE_OPTION,
    exit_if_below,
    local_today,
    non_default_parameters,
    option_names_in_errors,
    parse_formats,
    progress_bar,
    report_options,
    warn_replaced_characters,
)
from calib.cli.root import ExitCode, exit_with, handle_errors, main, print_message
from calib.text import plural


@main.command()
@ASSESSMENT_ARGUMENT
@OUTPUT_OPTION
@report_options
@click.option(
    "--json", "as_json", is_flag=True, help="Print the files, readiness and gauge as JSON."
)
@REQUIRE_OPTION
@FAIL_UNDER_OPTION
@handle_errors
def report(
    assessment: str,
    output: Path,
    formats: str,
    report_date: str,
    as_json: bool,
    require: str | None,
    fail_under: float | None,
    notebook: Path | None,
    **parameters: str,
) -> None:
    """Create the readiness report of DIR as HTML, PDF and JSON.

    DIR is an assessment folder, or example:strong, example:halfway, example:insufficient. If a run
    fails, the previous report stays unchanged.

    \b
    Examples:
      calib report acme -o reports/acme
      calib report acme --format html --charts static
      calib report acme --brand-name "Harbour Consulting" --brand-logo logo.svg
    """
    gc.disable()  # the process ends with the report; collection would take a tenth of its time
    values = {
        "assessment": assessment,
        **non_default_parameters(parameters),
        "report_date": report_date or local_today().isoformat(),
    }
    files, result = _write_report(values, output, formats, notebook)
    if as_json:
        written = {kind: str(path) for kind, path in files.items()}
        summary = {"files": written, "readiness": result["readiness"], "gauge": result["gauge"]}
        click.echo(json.dumps(summary))
    else:
        for path in files.values():
            click.echo(path)
        count = len(result["gaps"])
        actions = f"{plural(count, 'remediation action')} left" if count else "no actions left"
        readiness = result["readiness"].replace("_", " ")
        print_message(f"{result['profile']['partner']}: {readiness}; {actions}.")
    exit_if_below(result["readiness"], result["gauge"], require, fail_under)


def _write_report(
    values: dict[str, str], output: Path, formats: str, notebook: Path | None
) -> tuple[dict[str, Path], dict[str, Any]]:
    """Write the report with a progress bar; return the files by format, and the result."""
    from calib.report.run_notebook import ReportFailed
    from calib.report.write import FORMATS, write_report

    wanted = parse_formats(formats, FORMATS)
    try:
        with progress_bar(len(wanted) + 2) as step, option_names_in_errors():
            files, replaced, result = write_report(values, output, wanted, step, notebook)
    except ReportFailed as error:
        exit_with(f"{error}\nNothing was written.", ExitCode.DEFECT)
    warn_replaced_characters(replaced)
    return files, result
