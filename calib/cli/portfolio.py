"""`calib portfolio`: many assessments side by side."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from calib.cli.options import DATE, JSON
from calib.cli.root import Exit, guarded, main, say
from calib.cli.score import READINESS
from calib.errors import BadInput, CannotWrite, Problem

if TYPE_CHECKING:
    from calib.portfolio import Portfolio

_ENDINGS = (".html", ".csv", ".xlsx", ".json")
_FEW = 10


@main.command()
@click.argument("folders", metavar="FOLDER...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    "outputs",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Write a page (.html), a workbook (.xlsx), a table (.csv) or all (.json).",
)
@click.option("--fresh", is_flag=True, help="Judge everything anew, whatever is remembered.")
@click.option(
    "--jobs", type=click.IntRange(1), default=None, help="How many work at once; one per processor."
)
@DATE
@JSON
@guarded
def portfolio(
    folders: tuple[str, ...],
    outputs: tuple[Path, ...],
    fresh: bool,
    jobs: int | None,
    today: date,
    as_json: bool,
) -> None:
    """Put many assessments side by side: who is ready, what is open, what most of them lack.

    A FOLDER is an assessment, or a folder that holds assessments. One that cannot be read is listed
    with its first problem and stops nothing; the exit code is then 2. What has not changed since
    the last time is not judged again: its row is remembered in your cache folder (not with
    CALIB_CACHE=off).

    \b
    calib portfolio partners
    calib portfolio partners -o portfolio.html -o portfolio.xlsx
    calib portfolio acme beta gamma --json > portfolio.json
    """
    from calib.report.portfolio import gather

    _check(outputs)
    with _bar() as begin:
        found = gather(folders, today, fresh=fresh, processes=jobs or 0, begin=begin)
    for path in outputs:
        _write(found, path)
        click.echo(path)
    if as_json:
        click.echo(_json(found))
    elif not outputs:
        for line in _lines(found):
            click.echo(line)
    for one in found.unread:
        say(f"calib: {one.error}")
    count = found.standing()
    told = ", ".join(f"{n} {k.replace('_', ' ')}" for k, n in count.items())
    failed = f"; {len(found.unread)} could not be read" if found.unread else ""
    noun = "assessment" if len(found.rows) == 1 else "assessments"
    say(f"{len(found.rows)} {noun}: {told}{failed}.")
    if found.unread:
        sys.exit(Exit.BAD_INPUT)


def _check(outputs: tuple[Path, ...]) -> None:
    strange = [p for p in outputs if p.suffix.lower() not in _ENDINGS]
    if strange:
        remedy = f"choose of {', '.join(_ENDINGS)}"
        message = "has an ending that names no format"
        raise BadInput([Problem(str(p), message, remedy=remedy) for p in strange])


@contextmanager
def _bar() -> Iterator[Callable[[int], Callable[[], None]]]:
    """Show a bar on a terminal, nothing elsewhere."""
    bars: list[Any] = []

    def begin(count: int) -> Callable[[], None]:
        if not sys.stderr.isatty():
            return lambda: None
        bar = click.progressbar(length=count, label="Judging", file=sys.stderr, show_pos=True)
        bars.append(bar)
        bar.__enter__()
        return lambda: bar.update(1)

    try:
        yield begin
    finally:
        for bar in bars:
            bar.__exit__(None, None, None)


def _write(found: Portfolio, path: Path) -> None:
    """Write in the format that the ending names; raises CannotWrite."""
    from calib.exchange.portfolio import portfolio_csv, portfolio_xlsx
    from calib.files.atomic import replace_file

    makers: dict[str, Callable[[Portfolio], bytes]] = {
        ".html": _page,
        ".csv": portfolio_csv,
        ".xlsx": portfolio_xlsx,
        ".json": lambda p: (_json(p) + "\n").encode(),
    }
    data = makers[path.suffix.lower()](found)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(path, error) from error
    replace_file(path, data)


def _json(found: Portfolio) -> str:
    """Write the rows, and what they come to."""
    gaps = [
        {**g.asked.model_dump(), "count": g.count, "partners": g.partners}
        for g in found.common_gaps()
    ]
    levels = {control: found.levels_of(control) for control, _ in found.controls}
    sums = {"standing": found.standing(), "levels": levels, "common_gaps": gaps}
    return json.dumps({**sums, **found.model_dump(mode="json")}, ensure_ascii=False, indent=1)


def _page(found: Portfolio) -> bytes:
    from calib.report.portfolio import PortfolioReport, shown
    from calib.report.write import write_page

    return write_page(shown(PortfolioReport(found)))


def _lines(found: Portfolio) -> Iterator[str]:
    heads = " ".join(f"{c.rpartition('-')[2]:>5}" for c, _ in found.controls)
    if not found.rows:
        return
    yield click.style(
        f"{'Partner':<32} {'Readiness':<10} gauge {heads}  studies open  days  valid until",
        bold=True,
    )
    for called, row in zip(found.names, found.rows, strict=True):
        word, colour = READINESS[row.readiness]
        gauges = " ".join(
            f"{g:>4.1f}{'*' if h else ' '}" for g, h in zip(row.gauges, row.gates, strict=True)
        )
        name = "".join(c for c in called if c.isprintable())
        name = name if len(name) <= 32 else f"{name[:29]}..."
        yield (
            f"{name:<32} {click.style(f'{word:<10}', fg=colour)} {row.gauge:>5.1f} {gauges}  "
            f"{row.qualified:>7} {len(row.gaps):>4} {row.days:>5}  {row.valid_until}"
        )
    if any(any(row.gates) for row in found.rows):
        yield "* the gate of the control holds"
    gaps = found.common_gaps()
    if gaps:
        yield click.style("\nOpen most often", bold=True)
    for gap in gaps[:_FEW]:
        share = 100 * gap.count / len(found.rows)
        yield f"{gap.count:>5} {share:>4.0f} %  {gap.asked.control:<12} {gap.asked.title}"
