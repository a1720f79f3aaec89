"""`calib batch`: create many reports."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from calib.cli.options import (
    FAIL_UNDER_OPTION,
    REQUIRE_OPTION,
    local_today,
    non_default_parameters,
    option_names_in_errors,
    parse_formats,
    read_text,
    report_options,
    source_name,
    unmet_requirement,
)
from calib.cli.root import ExitCode, handle_errors, main
from calib.errors import BadInput, Problem
from calib.text import is_allowed_in_name

if TYPE_CHECKING:
    from calib.batch import BatchLimits, BatchOptions, JobResult

_EXIT_CODES = {
    "made": ExitCode.DONE,
    "kept": ExitCode.DONE,
    "bad_input": ExitCode.BAD_INPUT,
    "cannot_write": ExitCode.CANNOT_WRITE,
    "failed": ExitCode.DEFECT,
}


def _parse_part(_: click.Context, __: click.Parameter, value: str | None) -> slice:
    """Parse I/N as the slice of every N-th assessment from the I-th; all without a value."""
    if value is None:
        return slice(None)
    part, _slash, parts = value.partition("/")
    if not (part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts)):
        raise click.BadParameter(f"{value!r} is not I/N with I from 1 to N, e.g. 3/40.")
    return slice(int(part) - 1, None, int(parts))


@main.command()
@click.argument("folders", nargs=-1, metavar="[DIR]...")
@click.option(
    "--list",
    "list_file",
    metavar="FILE",
    help="Text file with one DIR per line; - for standard input.",
)
@click.option(
    "-o",
    "--output",
    default="reports",
    show_default=True,
    metavar="FOLDER",
    help="Output folder, or its address on object storage.",
)
@report_options
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    help="Number of processes.  [default: number of cores]",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(0),
    default=120,
    show_default=True,
    metavar="SECONDS",
    help="Stop a report that takes longer; 0 for no limit.",
)
@click.option("--again", is_flag=True, help="Rebuild unchanged reports too.")
@click.option(
    "--start-method",
    type=click.Choice(["fork", "spawn"]),
    help="How to start processes.  [default: fork on Linux, spawn on macOS and Windows]",
)
@click.option(
    "--part",
    metavar="I/N",
    callback=_parse_part,
    help="Create only the I-th of N equal shares, to divide the work between machines.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    default="",
    help="Run on the workers of this Dask scheduler, e.g. tcp://HOST:8786.",
)
@click.option(
    "--retries",
    type=click.IntRange(0),
    default=2,
    show_default=True,
    metavar="N",
    help="Retries after a failure of the object storage or of a cluster worker.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result of each report as JSON.")
@click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write a JUnit XML file for CI.",
)
@REQUIRE_OPTION
@FAIL_UNDER_OPTION
@handle_errors
def batch(
    folders: tuple[str, ...],
    list_file: str | None,
    output: str,
    part: slice,
    as_json: bool,
    junit: Path | None,
    require: str | None,
    fail_under: float | None,
    **settings: Any,
) -> None:
    """Create the reports of many assessments.

    DIR is an assessment, a folder that contains assessments, or a quoted pattern. Each report gets
    its own folder below the output folder. Up-to-date reports (same answers, options and version)
    are kept, so repeating an interrupted run continues it. A failure does not affect other reports.

    DIR and the output can be object storage addresses such as s3://BUCKET/FOLDER. To use several
    machines, see --scheduler, --part and docs/cluster.md.

    \b
    Examples:
      calib batch partners -o reports
      calib batch "clients/*/assessment" --format html,json --date 2027-05-31
      calib batch --list nightly.txt --require ready --junit reports/junit.xml
      calib batch s3://partners/2027 -o s3://reports/2027 --scheduler tcp://10.0.0.7:8786

    \b
    Exit codes (the highest that applies):
      0  done
      1  not ready (with --require or --fail-under)
      2  bad input in an assessment
      3  a report cannot be written
      4  a report failed, crashed or exceeded the time limit
    """
    from calib.batch import find_assessments, run_batch
    from calib.cli import batch_output

    jobs = find_assessments(_read_folders(folders, list_file), output)[part]
    options, limits = _build_settings(**settings)
    start = time.monotonic()
    with option_names_in_errors():
        outcomes = batch_output.show_progress(run_batch(options, jobs, output, limits), jobs)
    seconds = time.monotonic() - start
    below = _below_requirement(outcomes, require, fail_under)
    if junit:
        batch_output.write_junit(junit, outcomes, below)
    batch_output.print_results(outcomes, output, seconds, as_json=as_json)
    batch_output.print_summary(outcomes, seconds, below)
    sys.exit(_exit_code(outcomes, below))


def _exit_code(outcomes: Sequence[JobResult], below: Mapping[str, str]) -> int:
    """Return the highest exit code that applies."""
    codes = [_EXIT_CODES[outcome.state] for outcome in outcomes]
    return max([*codes, ExitCode.NOT_READY if below else ExitCode.DONE])


def _build_settings(
    *,
    formats: str,
    notebook: Path | None,
    again: bool,
    jobs: int | None,
    time_limit: float,
    start_method: str | None,
    scheduler: str,
    retries: int,
    **parameters: str,
) -> tuple[BatchOptions, BatchLimits]:
    """Build the options of the reports and the limits of the run from the command-line options."""
    from calib.batch import BatchLimits, BatchOptions
    from calib.report.write import FORMATS

    parameters["report_date"] = parameters["report_date"] or local_today().isoformat()
    options = BatchOptions(
        parameters=non_default_parameters(parameters),
        formats=tuple(parse_formats(formats, FORMATS)),
        notebook=str(notebook.absolute()) if notebook else "",
        again=again,
    )
    limits = BatchLimits(
        workers=_worker_count(jobs, scheduler),
        seconds=time_limit,
        scheduler=scheduler,
        method=start_method or "",
        retries=retries,
    )
    return options, limits


def _below_requirement(
    outcomes: Sequence[JobResult], require: str | None, fail_under: float | None
) -> dict[str, str]:
    """Return the reports below --require or --fail-under, each with the reason."""
    reasons = {
        outcome.name: unmet_requirement(outcome.readiness, outcome.gauge, require, fail_under)
        for outcome in outcomes
        if outcome.is_there
    }
    return {name: reason for name, reason in reasons.items() if reason}


def _worker_count(jobs: int | None, scheduler: str) -> int:
    """Return the number of processes: --jobs, or the number of cores this process may use."""
    if jobs and scheduler:
        raise click.UsageError("--jobs cannot be combined with --scheduler.")
    if jobs:
        return jobs
    # os.cpu_count() ignores CPU affinity, e.g. `taskset` or a container's cpuset.
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _read_folders(folders: Sequence[str], list_file: str | None) -> list[str]:
    """Return the folders from the arguments and from the list; raises BadInput."""
    if not folders and not list_file:
        raise click.UsageError("Give at least one DIR, or --list FILE.")
    return [*folders, *(read_folder_list(list_file) if list_file else ())]


def read_folder_list(path: str) -> list[str]:
    """Read one folder per line; `#` starts a comment line. Raises BadInput."""
    name = source_name(path)
    lines = [line.strip() for line in read_text(path).splitlines()]
    wrong = [n for n, line in enumerate(lines, start=1) if not all(map(is_allowed_in_name, line))]
    if wrong:
        message = "not a folder name: it contains control characters"
        raise BadInput([Problem(name, message, number) for number in wrong])
    folders = [line for line in lines if line and not line.startswith("#")]
    if not folders:
        raise BadInput([Problem(name, "contains no folders", remedy="write one per line")])
    return folders
