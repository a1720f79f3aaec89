"""Options that several commands share, and the values made of them."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from calib.cli.root import Exit, say
from calib.errors import BadInput, Problem


def author() -> str:
    """Say who is at the keyboard, as the journal writes it down."""
    try:
        return os.environ.get("CALIB_AUTHOR") or getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


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
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("reports"),
    show_default=True,
    help="The folder to write to.",
)


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options on what is written."""
    options = (
        click.option(
            "--format",
            "--formats",
            "formats",
            default="html,pdf,json",
            show_default=True,
            help="What to write, of html, pdf, json and ipynb (the executed notebook).",
        ),
        click.option(
            "--date", "report_date", default="", metavar="YYYY-MM-DD", help="Report as of this day."
        ),
        click.option(
            "--charts",
            type=click.Choice(["interactive", "static"]),
            default="interactive",
            show_default=True,
            help="static leaves every script out of the HTML.",
        ),
        branded,
        click.option(
            "--notebook",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Run your own copy of the report notebook, with whatever it adds.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def given(parameters: dict[str, str]) -> dict[str, str]:
    """Return the notebook parameters that differ from its defaults; a notebook may lack others."""
    return {k: v for k, v in parameters.items() if v and (k, v) != ("charts", "interactive")}


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
            length=steps,
            label=label,
            file=sys.stderr,
            item_show_func=lambda s: s or "",
            show_eta=False,
        )

    def __enter__(self) -> Any:
        if not sys.stderr.isatty():
            return lambda _: None
        bar = self.bar.__enter__()
        return lambda what: bar.update(1, what)

    def __exit__(self, *error: object) -> None:
        if sys.stderr.isatty():
            self.bar.__exit__(*error)


def assessed(place: str, today: date) -> tuple[Any, Any, Any]:
    """Load catalog and assessment, and assess; raises BadInput."""
    from calib.catalog.load import load_catalog
    from calib.scoring.assess import assess
    from calib.store.load import load_assessment
    from calib.store.locate import find_assessment

    catalog = load_catalog()
    assessment = load_assessment(find_assessment(place), catalog)
    return catalog, assessment, assess(catalog, assessment, today)


def own(assessment: str) -> Path:
    """Return the folder of an assessment that may be changed."""
    from calib.store.load import must_be_assessment
    from calib.store.locate import find_assessment

    if assessment.startswith("example:"):
        remedy = "copy it first, as `calib new demo --example halfway`"
        raise BadInput([Problem(assessment, "an example stays as it is", remedy=remedy)])
    folder = find_assessment(assessment)
    must_be_assessment(folder)
    return folder


FOLDER = click.argument("assessment", metavar="DIR")


JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


REQUIRE = click.option(
    "--require",
    type=click.Choice(["ready", "close"]),
    help="Exit with 1 unless the readiness is at least this.",
)


FAIL_UNDER = click.option(
    "--fail-under",
    type=click.FloatRange(0, 4),
    metavar="N",
    help="Exit with 1 if the overall gauge is below N (0 to 4).",
)


def _day(_: click.Context, __: click.Parameter, value: datetime | None) -> date:
    return value.date() if value else date.today()  # noqa: DTZ011  the day on the user's wall


DATE = click.option(
    "--date",
    "today",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=_day,
    metavar="YYYY-MM-DD",
    help="Judge as of this day instead of today.",
)


def gate(readiness: str, gauge: float, require: str | None, fail_under: float | None) -> None:
    """End with 1 where a script asked for more than there is."""
    said = below(readiness, gauge, require, fail_under)
    if said:
        say(f"calib: {said}")
        sys.exit(Exit.NOT_READY)


def below(readiness: str, gauge: float, require: str | None, fail_under: float | None) -> str:
    """Say what is missing to what a script asked for; nothing where nothing is."""
    order = ("not_ready", "close", "ready")
    if require and order.index(readiness) < order.index(require):
        return f"readiness is {readiness}, but {require} is required"
    if fail_under is not None and gauge < fail_under:
        return f"the gauge is {gauge:.1f}, below {fail_under:g}"
    return ""


def source(path: str) -> str:
    """Name where lines come from."""
    return "standard input" if path == "-" else path


def read_lines(path: str) -> tuple[list[tuple[int, Any]], list[Problem]]:
    """Read JSON Lines from a file, or from standard input for `-`, with what is wrong in them.

    Raises BadInput where nothing can be read.
    """
    import json

    name = source(path)
    try:
        content = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise BadInput([Problem(name, f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise BadInput([Problem(name, f"is not UTF-8 (byte {error.start})")]) from error
    rows: list[tuple[int, Any]] = []
    problems: list[Problem] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            said = getattr(error, "msg", "nested too deeply")
            problems.append(Problem(name, f"is not JSON: {said}", number))
            continue
        if isinstance(row, dict):
            rows.append((number, row))
        else:
            problems.append(Problem(name, "must be a JSON object", number, remedy="start with {"))
    return rows, problems
