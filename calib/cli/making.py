"""`calib new` and `calib report`: the commands that write."""

from __future__ import annotations

import gc
import json
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from calib.cli.main import (
    FAIL_UNDER,
    FOLDER,
    REQUIRE,
    Exit,
    gate,
    guarded,
    leave,
    main,
    say,
)
from calib.problems import BadInput, Problem


@main.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--partner", default="", help="The partner's name.")
@click.option(
    "--target", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD",
    help="The day you want to apply.",
)  # fmt: skip
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
    from calib.catalog import load_catalog
    from calib.store import create_assessment, find_assessment

    like = find_assessment(f"example:{example}") if example else None
    create_assessment(
        folder, load_catalog(), partner=partner or _spoken(folder.resolve().name),
        target=target.date() if target else None, like=like,
    )  # fmt: skip
    named = shlex.quote(str(folder))
    say(f"Made {folder}. Next: fill in {folder}/controls/, then `calib score {named}`.")
    if target and target.date() < date.today():  # noqa: DTZ011  the day on the user's wall
        say(f"The target date {target.date()} has passed.")


def branded(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options on who hands the files over."""
    options = (
        click.option("--brand-name", default="", help="Who prepared it."),
        click.option(
            "--brand-logo", default="", metavar="FILE", help="A PNG, JPEG or SVG picture."
        ),
        click.option("--brand-accent", default="", metavar="#RRGGBB", help="The brand's colour."),
        click.option("--confidentiality", default="", help="A line that stands on every page."),
    )
    for option in reversed(options):
        command = option(command)
    return command


OUTPUT = click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=Path("reports"), show_default=True,
    help="The folder to write to.",
)  # fmt: skip


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options on what is written."""
    options = (
        click.option(
            "--format", "--formats", "formats", default="html,pdf,json", show_default=True,
            help="What to write, of html, pdf, json and ipynb (the executed notebook).",
        ),
        click.option(
            "--date", "report_date", default="", metavar="YYYY-MM-DD", help="Report as of this day."
        ),
        click.option(
            "--charts", type=click.Choice(["interactive", "static"]), default="interactive",
            show_default=True, help="static leaves every script out of the HTML.",
        ),
        branded,
        click.option(
            "--notebook", type=click.Path(path_type=Path), metavar="FILE",
            help="Run your own copy of the report notebook, with whatever it adds.",
        ),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def given(parameters: dict[str, str]) -> dict[str, str]:
    """Return the notebook parameters that differ from its defaults; a notebook may lack others."""
    return {k: v for k, v in parameters.items() if v and (k, v) != ("charts", "interactive")}


@main.command()
@FOLDER
@OUTPUT
@report_options
@click.option("--json", "as_json", is_flag=True, help="Print the files and the verdict as JSON.")
@REQUIRE
@FAIL_UNDER
@guarded
def report(
    assessment: str, output: Path, formats: str, report_date: str, as_json: bool,
    require: str | None, fail_under: float | None, notebook: Path | None, **parameters: str,
) -> None:  # fmt: skip
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


def _spoken(name: str) -> str:
    return name.replace("-", " ").replace("_", " ").title()


def chosen(formats: str, known: Sequence[str]) -> list[str]:
    """Read the formats that were asked for, each once; raises BadInput."""
    wanted = list(dict.fromkeys(f.strip() for f in formats.split(",") if f.strip()))
    strange = [f for f in wanted if f not in known]
    if strange or not wanted:
        message = f"{', '.join(strange) or 'nothing'}: choose of {', '.join(known)}"
        raise BadInput([Problem("--format", message)])
    return wanted


def as_option(problem: Problem) -> Problem:
    """Call a notebook parameter by the option that was typed."""
    options = {"report_date": "--date", "charts": "--charts", "brand_accent": "--brand-accent"}
    return replace(problem, file=options.get(problem.file, problem.file))


@contextmanager
def as_options() -> Iterator[None]:
    """Call notebook parameters by the options that were typed, in what is said about them."""
    try:
        yield
    except BadInput as error:
        raise BadInput([as_option(p) for p in error.problems]) from None


class progress:  # noqa: N801  used like a function
    """Show a bar on a terminal, nothing elsewhere."""

    def __init__(self, steps: int, label: str = "Report") -> None:
        self.bar: Any = click.progressbar(
            length=steps, label=label, file=sys.stderr, item_show_func=lambda s: s or "",
            show_eta=False,
        )  # fmt: skip

    def __enter__(self) -> Any:
        if not sys.stderr.isatty():
            return lambda _: None
        bar = self.bar.__enter__()
        return lambda what: bar.update(1, what)

    def __exit__(self, *error: object) -> None:
        if sys.stderr.isatty():
            self.bar.__exit__(*error)
