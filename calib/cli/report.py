"""`calib new` and `calib report`: the commands that write."""

from __future__ import annotations

import gc
import json
from datetime import date
from pathlib import Path
from typing import Any

import click

from calib.cli.options import (
    FAIL_UNDER,
    FOLDER,
    OUTPUT,
    REQUIRE,
    as_options,
    chosen,
    gate,
    given,
    progress,
    report_options,
)
from calib.cli.root import Exit, guarded, leave, main, say


@main.command()
@FOLDER
@OUTPUT
@report_options
@click.option("--json", "as_json", is_flag=True, help="Print the files and the verdict as JSON.")
@REQUIRE
@FAIL_UNDER
@guarded
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
    """Write the readiness report of DIR as HTML, PDF and JSON.

    DIR is an assessment folder, or example:strong, example:halfway, example:insufficient. A run
    that fails leaves the previous report as it was.

    \b
    calib report acme -o reports/acme
    calib report acme --charts static --brand-name "Harbour Consulting" --brand-logo logo.svg
    """
    gc.disable()  # the process ends with the report; collecting takes a tenth of its time
    day = report_date or date.today().isoformat()  # noqa: DTZ011  see `_day`
    values = {"assessment": assessment, **given(parameters), "report_date": day}
    files, result = _written(values, output, formats, notebook)
    if as_json:
        shown = {k: str(p) for k, p in files.items()}
        summed = {"files": shown, "readiness": result["readiness"], "gauge": result["gauge"]}
        click.echo(json.dumps(summed))
    else:
        for path in files.values():
            click.echo(path)
        gaps = len(result["gaps"])
        left = f"{gaps} remediation actions to ready" if gaps else "nothing stands in the way"
        word = result["readiness"].replace("_", " ")
        say(f"{result['profile']['partner']}: {word}; {left}.")
    gate(result["readiness"], result["gauge"], require, fail_under)


def _written(
    values: dict[str, str], output: Path, formats: str, notebook: Path | None
) -> tuple[Any, Any]:
    """Write the report with a progress bar; returns the files and the result."""
    from calib.report.write import FORMATS, ReportFailed, write_report

    wanted = chosen(formats, FORMATS)
    try:
        with progress(len(wanted) + 2) as step, as_options():
            files, replaced, result = write_report(values, output, wanted, step, notebook)
    except ReportFailed as error:
        leave(f"{error}\nNothing was written.", Exit.DEFECT)
    if replaced:
        say(f"calib: no font has {', '.join(replaced)}; the PDF shows their code points")
    return files, result
