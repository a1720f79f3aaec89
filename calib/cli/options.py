"""Options shared by several commands, and functions that turn their values into objects."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from calib.cli.root import ExitCode, print_message
from calib.errors import BadInput, Problem

if TYPE_CHECKING:
    from calib.model import Assessment, Catalog, Result

Command = Callable[..., None]
JsonObject = dict[str, Any]


def local_today() -> date:
    """Return the local date: deadlines are calendar days where the user is."""
    return date.today()  # noqa: DTZ011  the user's own date, not UTC's


def parse_date(_: click.Context, __: click.Parameter, value: str | None) -> date | None:
    """Parse YYYY-MM-DD; used instead of click.DateTime, whose error shows a strptime format."""
    if value is None:
        return None
    try:
        return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007  a date has no zone
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a date such as 2027-05-31.") from None


def _parse_date_or_today(ctx: click.Context, param: click.Parameter, value: str | None) -> date:
    return parse_date(ctx, param, value) or local_today()


def add_options(command: Command, options: Sequence[Callable[[Command], Command]]) -> Command:
    """Add options to a command; its help lists them in the given order."""
    for option in reversed(options):  # click shows the decorator applied last first
        command = option(command)
    return command


ASSESSMENT_ARGUMENT = click.argument("assessment", metavar="DIR")

JSON_OPTION = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")

REQUIRE_OPTION = click.option(
    "--require",
    type=click.Choice(["ready", "close"]),
    help="Exit with code 1 if the readiness is below this.",
)

FAIL_UNDER_OPTION = click.option(
    "--fail-under",
    type=click.FloatRange(0, 4),
    metavar="N",
    help="Exit with code 1 if the overall gauge is below N (0 to 4).",
)

DATE_OPTION = click.option(
    "--date",
    "today",
    callback=_parse_date_or_today,
    metavar="YYYY-MM-DD",
    help="Assess as of this date.  [default: today]",
)

REPORT_DATE_OPTION = click.option(
    "--date",
    "report_date",
    default="",
    metavar="YYYY-MM-DD",
    help="Date of the document, and date to assess as of.  [default: today]",
)

output_option = partial(click.option, "-o", "--output", type=click.Path(path_type=Path))

OUTPUT_OPTION = output_option(
    default=Path("reports"),
    show_default=True,
    metavar="FOLDER",
    help="Output folder.",
)


def brand_options(command: Command) -> Command:
    """Add the options for the consultancy or partner that hands the document over."""
    options = (
        click.option("--brand-name", default="", metavar="NAME", help="Who prepared the document."),
        click.option(
            "--brand-logo", default="", metavar="FILE", help="Logo file: PNG, JPEG or SVG."
        ),
        click.option("--brand-accent", default="", metavar="#RRGGBB", help="Accent colour."),
        click.option(
            "--confidentiality", default="", metavar="TEXT", help="Line printed on every page."
        ),
    )
    return add_options(command, options)


def report_options(command: Command) -> Command:
    """Add the options for the content and formats of a readiness report."""
    options = (
        click.option(
            "--format",
            "--formats",
            "formats",
            default="html,pdf,json",
            show_default=True,
            metavar="LIST",
            help="Formats to write: html, pdf, json, ipynb (the executed notebook).",
        ),
        REPORT_DATE_OPTION,
        click.option(
            "--charts",
            type=click.Choice(["interactive", "static"]),
            default="interactive",
            show_default=True,
            help="Charts in the HTML; static needs no scripts.",
        ),
        brand_options,
        click.option(
            "--notebook",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Use your own copy of the report notebook.",
        ),
    )
    return add_options(command, options)


def non_default_parameters(parameters: dict[str, str]) -> dict[str, str]:
    """Return the parameters that differ from the defaults of the report notebook.

    A user's own notebook need not declare the others.
    """
    return {k: v for k, v in parameters.items() if v and (k, v) != ("charts", "interactive")}


def parse_formats(formats: str, known: Sequence[str]) -> list[str]:
    """Split a comma-separated list of formats, without duplicates; raises BadInput."""
    wanted = list(dict.fromkeys(f.strip() for f in formats.split(",") if f.strip()))
    unknown = [f for f in wanted if f not in known]
    if unknown or not wanted:
        message = f"unknown format: {', '.join(unknown)}" if unknown else "no format given"
        raise BadInput([Problem("--format", message, remedy=f"choose from {', '.join(known)}")])
    return wanted


def with_option_name(problem: Problem) -> Problem:
    """Replace the name of a notebook parameter by the option that sets it."""
    options = {"report_date": "--date", "charts": "--charts", "brand_accent": "--brand-accent"}
    return replace(problem, file=options.get(problem.file, problem.file))


@contextmanager
def option_names_in_errors() -> Iterator[None]:
    """Name options instead of notebook parameters in every BadInput raised inside."""
    try:
        yield
    except BadInput as error:
        raise BadInput([with_option_name(p) for p in error.problems]) from None


@contextmanager
def progress_bar(steps: int, label: str = "Report") -> Iterator[Callable[[str], None]]:
    """Show a progress bar if standard error is a terminal; call the result once per step."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return

    def show_step(step: str | None) -> str:
        return step or ""

    with click.progressbar(
        length=steps, label=label, file=sys.stderr, item_show_func=show_step, show_eta=False
    ) as bar:
        yield lambda step: bar.update(1, step)


def warn_replaced_characters(characters: Sequence[str]) -> None:
    """Warn about characters that no font of the PDF has."""
    if characters:
        shown = ", ".join(characters)
        print_message(f"calib: no font has {shown}; the PDF shows code points instead")


def load_and_assess(name: str, today: date) -> tuple[Catalog, Assessment, Result]:
    """Load the catalog and the assessment, and assess it; raises BadInput."""
    from calib.catalog.load import load_catalog
    from calib.scoring.assess import assess
    from calib.store.load import load_assessment
    from calib.store.locate import find_assessment

    catalog = load_catalog()
    assessment = load_assessment(find_assessment(name), catalog)
    return catalog, assessment, assess(catalog, assessment, today)


def must_not_be_example(assessment: str) -> None:
    """Raise BadInput for `example:NAME`: the examples are part of the installed package."""
    if assessment.startswith("example:"):
        remedy = "copy it first, e.g. `calib new demo --example halfway`"
        raise BadInput([Problem(assessment, "the examples are read-only", remedy=remedy)])


def find_writable_assessment(assessment: str) -> Path:
    """Return the folder of an existing assessment that is not an example; raises BadInput."""
    from calib.store.load import check_is_assessment
    from calib.store.locate import find_assessment

    must_not_be_example(assessment)
    folder = find_assessment(assessment)
    check_is_assessment(folder)
    return folder


def partner_from_folder(folder: Path) -> str:
    """Return a partner's name made from a folder's name: acme-cloud -> Acme Cloud."""
    return folder.resolve().name.replace("-", " ").replace("_", " ").title()


def current_author() -> str:
    """Return the name that the edit journal records: $CALIB_AUTHOR or the account name."""
    try:
        return os.environ.get("CALIB_AUTHOR") or getpass.getuser()
    except (KeyError, OSError):  # an account without a name, e.g. in a container
        return "unknown"


def exit_if_below(
    readiness: str, gauge: float, require: str | None, fail_under: float | None
) -> None:
    """Exit with code 1 if the result is below --require or --fail-under."""
    reason = unmet_requirement(readiness, gauge, require, fail_under)
    if reason:
        print_message(f"calib: {reason}")
        sys.exit(ExitCode.NOT_READY)


def unmet_requirement(
    readiness: str, gauge: float, require: str | None, fail_under: float | None
) -> str:
    """Return why a result is below --require or --fail-under; empty if it is not."""
    order = ("not_ready", "close", "ready")
    if require and order.index(readiness) < order.index(require):
        return f"readiness is {readiness}, but {require} is required"
    if fail_under is not None and gauge < fail_under:
        return f"the gauge is {gauge:.1f}, below {fail_under:g}"
    return ""


def source_name(path: str) -> str:
    """Return the name of an input for messages; `-` is standard input."""
    return "standard input" if path == "-" else path


@contextmanager
def input_errors(name: str) -> Iterator[None]:
    """Raise BadInput if the file `name` cannot be read or decoded inside."""
    try:
        yield
    except OSError as error:
        raise BadInput([Problem(name, f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise BadInput([Problem(name, f"is not UTF-8 (byte {error.start})")]) from error


def read_text(path: str) -> str:
    """Read a UTF-8 text file, or standard input for `-`; raises BadInput."""
    with input_errors(source_name(path)):
        content = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        return content.decode("utf-8-sig")


def read_json_lines(path: str) -> tuple[list[tuple[int, JsonObject]], list[Problem]]:
    """Read JSON Lines from a file, or from standard input for `-`.

    Returns the objects with their line numbers, and the problems of the other lines. Raises
    BadInput if the input cannot be read at all.
    """
    name = source_name(path)
    rows: list[tuple[int, JsonObject]] = []
    problems: list[Problem] = []
    # Not splitlines(): U+2028 and U+0085 may occur unescaped inside a JSON string.
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            reason = getattr(error, "msg", "nested too deeply")
            problems.append(Problem(name, f"is not JSON: {reason}", number))
            continue
        if isinstance(row, dict):
            rows.append((number, row))
        else:
            problems.append(Problem(name, "must be a JSON object", number, remedy="start with {"))
    return rows, problems
