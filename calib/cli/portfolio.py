"""`calib portfolio`: compare many assessments."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calib.cli.options import DATE_OPTION, JSON_OPTION
from calib.cli.root import ExitCode, handle_errors, main, print_message
from calib.cli.score import READINESS
from calib.errors import BadInput, CannotWrite, Problem
from calib.text import clean_name, plural

if TYPE_CHECKING:
    from calib.portfolio import Portfolio

_SUFFIXES = (".html", ".csv", ".xlsx", ".json")
_MAX_GAPS = 10
_NAME_WIDTH = 32


@main.command()
@click.argument("folders", metavar="DIR...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    "outputs",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Output file: .html, .xlsx, .csv or .json; repeatable.",
)
@click.option("--fresh", is_flag=True, help="Ignore cached results.")
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=None,
    metavar="N",
    help="Number of processes.  [default: 1, or the number of cores for many assessments]",
)
@DATE_OPTION
@JSON_OPTION
@handle_errors
def portfolio(
    folders: tuple[str, ...],
    outputs: tuple[Path, ...],
    fresh: bool,
    jobs: int | None,
    today: date,
    as_json: bool,
) -> None:
    """Compare many assessments side by side.

    Shows readiness, gauges, open gaps and the most frequent gaps. DIR is an assessment, or a folder
    that contains assessments. Results of unchanged assessments come from your cache folder; set
    CALIB_CACHE=off to disable it.

    \b
    Examples:
      calib portfolio partners
      calib portfolio partners -o portfolio.html -o portfolio.xlsx
      calib portfolio acme beta gamma --json > portfolio.json

    \b
    Exit codes:
      0  done
      2  bad input; unreadable assessments are listed, all others are compared
      3  an output file cannot be written
    """
    from calib.report.portfolio import load_portfolio

    _check_outputs(outputs)
    with _progress_bar() as begin:
        found = load_portfolio(folders, today, fresh=fresh, processes=jobs or 0, begin=begin)
    for path in outputs:
        _write_portfolio(found, path)
        click.echo(path)
    if as_json:
        click.echo(_render_json(found))
    elif not outputs:
        for line in _table_lines(found):
            click.echo(line)
    for folder in found.unread:
        print_message(f"calib: {folder.error}")
    counts = found.count_by_readiness()
    readiness = ", ".join(f"{n} {key.replace('_', ' ')}" for key, n in counts.items())
    failed = f"; {len(found.unread)} could not be read" if found.unread else ""
    print_message(f"{plural(len(found.rows), 'assessment')}: {readiness}{failed}.")
    if found.unread:
        sys.exit(ExitCode.BAD_INPUT)


def _check_outputs(outputs: tuple[Path, ...]) -> None:
    unknown = [p for p in outputs if p.suffix.lower() not in _SUFFIXES]
    if unknown:
        remedy = f"use one of {', '.join(_SUFFIXES)}"
        message = "unknown output format"
        raise BadInput([Problem(str(p), message, remedy=remedy) for p in unknown])


@contextmanager
def _progress_bar() -> Iterator[Callable[[int], Callable[[], None]]]:
    """Show a progress bar if standard error is a terminal.

    The result takes the number of steps and returns the function to call once per step.
    """
    with ExitStack() as stack:

        def begin(count: int) -> Callable[[], None]:
            if not sys.stderr.isatty():
                return lambda: None
            bar = stack.enter_context(
                click.progressbar(length=count, label="Assessing", file=sys.stderr, show_pos=True)
            )
            return lambda: bar.update(1)

        yield begin


def _write_portfolio(found: Portfolio, path: Path) -> None:
    """Write a portfolio in the format of the file's suffix; raises CannotWrite."""
    from calib.exchange.portfolio import render_portfolio_csv, render_portfolio_xlsx
    from calib.files.atomic import replace_file

    renderers: dict[str, Callable[[Portfolio], bytes]] = {
        ".html": _render_html,
        ".csv": render_portfolio_csv,
        ".xlsx": render_portfolio_xlsx,
        ".json": lambda p: (_render_json(p) + "\n").encode(),
    }
    data = renderers[path.suffix.lower()](found)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(path, error) from error
    replace_file(path, data)


def _render_json(found: Portfolio) -> str:
    """Return the rows and their totals as JSON."""
    gaps = [
        {**g.asked.model_dump(), "count": g.count, "partners": g.partners}
        for g in found.common_gaps()
    ]
    levels = {control: found.count_levels(control) for control, _ in found.controls}
    totals = {"standing": found.count_by_readiness(), "levels": levels, "common_gaps": gaps}
    return json.dumps({**totals, **found.model_dump(mode="json")}, ensure_ascii=False, indent=1)


def _render_html(found: Portfolio) -> bytes:
    from calib.report.convert import render_page
    from calib.report.portfolio import PortfolioReport, all_sections

    return render_page(all_sections(PortfolioReport(found)))


def _table_lines(found: Portfolio) -> Iterator[str]:
    """Yield the lines of the table, one per assessment, and the most frequent gaps."""
    controls = " ".join(f"{c.rpartition('-')[2]:>5}" for c, _ in found.controls)
    if not found.rows:
        return
    yield click.style(
        f"{'Partner':<{_NAME_WIDTH}} {'Readiness':<10} gauge {controls}  "
        "studies open  days  valid until",
        bold=True,
    )
    for partner, row in zip(found.names, found.rows, strict=True):
        label, colour = READINESS[row.readiness]
        gauges = " ".join(
            f"{gauge:>4.1f}{'*' if gate else ' '}"
            for gauge, gate in zip(row.gauges, row.gates, strict=True)
        )
        name = clean_name(partner)
        name = name if len(name) <= _NAME_WIDTH else f"{name[: _NAME_WIDTH - 3]}..."
        yield (
            f"{name:<{_NAME_WIDTH}} {click.style(f'{label:<10}', fg=colour)} "
            f"{row.gauge:>5.1f} {gauges}  {row.qualified:>7} {len(row.gaps):>4} "
            f"{row.days:>5}  {row.valid_until}"
        )
    if any(any(row.gates) for row in found.rows):
        yield "* gate met"
    gaps = found.common_gaps()
    if gaps:
        yield click.style("\nMost frequent gaps", bold=True)
    for gap in gaps[:_MAX_GAPS]:
        share = 100 * gap.count / len(found.rows)
        yield f"{gap.count:>5} {share:>4.0f} %  {gap.asked.control:<12} {gap.asked.title}"
