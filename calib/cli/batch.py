"""`calib batch`: many reports, one line for each that fails."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from calib.cli.options import (
    FAIL_UNDER,
    REQUIRE,
    as_options,
    below,
    chosen,
    given,
    report_options,
    source,
)
from calib.cli.root import Exit, guarded, main, say
from calib.errors import BadInput, Problem

if TYPE_CHECKING:
    from calib.batch import Job, Outcome

_NAMED = 5  # reports in a sentence


def _part(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, int]:
    """Read which part is wanted, of how many."""
    if value is None:
        return 1, 1
    one, _slash, of = value.partition("/")
    if not (one.isdecimal() and of.isdecimal() and 1 <= int(one) <= int(of)):
        raise click.BadParameter(f"{value!r} is no part; 3/40 is the third of forty.")
    return int(one), int(of)


@main.command()
@click.argument("places", nargs=-1, metavar="[DIR]...")
@click.option(
    "--list",
    "listed",
    metavar="FILE",
    help="A text with a folder or pattern a line; - for standard input.",
)
@click.option(
    "-o",
    "--output",
    default="reports",
    show_default=True,
    help="The folder or address to write to.",
)
@report_options
@click.option(
    "-j", "--jobs", type=click.IntRange(1), metavar="N", help="Processes at once [the cores here]."
)
@click.option(
    "--time-limit",
    type=click.FloatRange(0),
    default=120,
    show_default=True,
    metavar="SECONDS",
    help="End a report that takes longer; 0 for no limit.",
)
@click.option("--again", is_flag=True, help="Make the reports that have not changed as well.")
@click.option(
    "--start-method",
    type=click.Choice(["fork", "spawn"]),
    help="How processes begin [fork on Linux, spawn on macOS and Windows].",
)
@click.option(
    "--part", metavar="I/N", callback=_part, help="Make only the I-th of N parts, from 1/N to N/N."
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    default="",
    help="Let the workers of this Dask scheduler make them, tcp://HOST:8786.",
)
@click.option(
    "--retries",
    type=click.IntRange(0),
    default=2,
    show_default=True,
    metavar="N",
    help="Try again where a storage or a worker of a cluster fails.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what came of each report as JSON.")
@click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write a JUnit report.",
)
@REQUIRE
@FAIL_UNDER
@guarded
def batch(
    places: tuple[str, ...],
    listed: str | None,
    output: str,
    formats: str,
    jobs: int | None,
    time_limit: float,
    again: bool,
    start_method: str | None,
    part: tuple[int, int],
    scheduler: str,
    retries: int,
    as_json: bool,
    junit: Path | None,
    require: str | None,
    fail_under: float | None,
    notebook: Path | None,
    **parameters: str,
) -> None:
    """Write the reports of many assessments, each in a folder below the output.

    DIR is an assessment, a folder with assessments somewhere inside, or a pattern in quotes. A
    report that is there and whole, from the same answers, options and version, is left as it is;
    so the same command goes on where it was stopped. One that fails, hangs or crashes is one line
    here and touches no other.

    DIR and the output may be addresses on object storage, s3://BUCKET/FOLDER. Many machines share
    the work by --scheduler or --part (docs/cluster.md).

    The exit code is the highest of: 0 done, 1 not ready (with --require or --fail-under), 2 some
    input is bad, 3 some report could not be written, 4 some report failed, crashed or took too
    long.

    \b
    calib batch partners -o reports
    calib batch "clients/*/assessment" --format html,json --date 2027-05-31
    calib batch --list nightly.txt --require ready --junit reports/junit.xml
    calib batch s3://partners/2027 -o s3://reports/2027 --scheduler tcp://10.0.0.7:8786
    """
    from calib.batch import Limits, Options, find_assessments, run_batch
    from calib.report.write import FORMATS

    found = find_assessments(_asked(places, listed), output)[part[0] - 1 :: part[1]]
    parameters["report_date"] = parameters["report_date"] or date.today().isoformat()  # noqa: DTZ011  see main
    options = Options(
        parameters=given(parameters),
        formats=tuple(chosen(formats, FORMATS)),
        notebook=str(notebook.absolute()) if notebook else "",
        again=again,
    )
    limits = Limits(
        workers=_workers(jobs, scheduler),
        seconds=time_limit,
        scheduler=scheduler,
        method=start_method or "",
        retries=retries,
    )
    start = time.monotonic()
    with as_options():
        outcomes = _followed(run_batch(options, found, output, limits), found)
    refused = _refused(outcomes, require, fail_under)
    if junit:
        _write_junit(junit, outcomes, refused)
    _tell(outcomes, output, time.monotonic() - start, refused, as_json=as_json)
    sys.exit(max([_CODES[o.state] for o in outcomes] + [int(bool(refused))], default=Exit.DONE))


_CODES = {
    "made": Exit.DONE,
    "kept": Exit.DONE,
    "bad_input": Exit.BAD_INPUT,
    "cannot_write": Exit.CANNOT_WRITE,
    "failed": Exit.DEFECT,
}


def _refused(
    outcomes: Sequence[Outcome], require: str | None, fail_under: float | None
) -> dict[str, str]:
    """Return the reports that say less than a script asked for, with the reason."""
    return {
        one.name: said
        for one in outcomes
        if one.is_there and (said := below(one.readiness, one.gauge, require, fail_under))
    }


def _workers(wanted: int | None, scheduler: str) -> int:
    """Return how many processes may run at once: unless told, as many as there are cores."""
    if wanted and scheduler:
        raise click.UsageError("With --scheduler its workers decide how much is done at once.")
    if wanted:
        return wanted
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


def _asked(places: Sequence[str], listed: str | None) -> list[str]:
    """Return the places that were named, and those of the list."""
    if not places and not listed:
        raise click.UsageError("Name at least one folder, or a list.")
    return [*places, *(_listed(listed) if listed else ())]


def _listed(path: str) -> list[str]:
    """Read the places of a list; raises BadInput where it is no text, or holds none."""
    name = source(path)
    try:
        content = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        lines = [line.strip() for line in content.decode("utf-8-sig").splitlines()]
    except OSError as error:
        raise BadInput([Problem(name, f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise BadInput([Problem(name, f"is not UTF-8 (byte {error.start})")]) from error
    odd = [n for n, line in enumerate(lines, start=1) if not line.isprintable()]
    if odd:
        raise BadInput([Problem(name, "is no folder's name", number) for number in odd])
    places = [line for line in lines if line and not line.startswith("#")]
    if not places:
        raise BadInput([Problem(name, "names no folder", remedy="write one a line")])
    return places


def _followed(running: Generator[Outcome, None, None], jobs: Sequence[Job]) -> list[Outcome]:
    """Show how far it is, and every failure as it comes; returns the outcomes in order."""
    outcomes: dict[str, Outcome] = {}
    try:
        with closing(running), _bar(len(jobs)) as step:
            for one in running:
                outcomes[one.name] = one
                step(None if one.is_there else _failure(one))
    except KeyboardInterrupt:
        done = f"{len(outcomes)} of {len(jobs)}"
        say(f"\ncalib: stopped after {done}; the same command goes on from here")
        sys.exit(130)
    return [outcomes[job.name] for job in jobs]


def _failure(one: Outcome) -> str:
    named = one.message.startswith(one.assessment)
    return f"calib: {one.message}" if named else f"calib: {one.assessment}: {one.message}"


@contextmanager
def _bar(length: int) -> Iterator[Any]:
    """Show a bar with rate and time left on a terminal, failures alone elsewhere."""
    if not sys.stderr.isatty():
        yield lambda failure: say(failure) if failure else None
        return
    start = time.monotonic()

    def rate(_: Any) -> str:
        return f"{bar.pos / max(time.monotonic() - start, 0.001):.1f} a second"

    bar: Any = click.progressbar(
        length=length, label="Reports", file=sys.stderr, show_pos=True, item_show_func=rate
    )

    def step(failure: str | None) -> None:
        if failure:
            click.echo("\r\033[K", nl=False, err=True)
            say(failure)
        bar.update(1, bar)

    with bar:
        yield step


def _tell(
    outcomes: Sequence[Outcome],
    output: str,
    seconds: float,
    refused: dict[str, str],
    *,
    as_json: bool,
) -> None:
    """Print where the reports are, or all about them, and sum it up."""
    states = Counter("failed" if not one.is_there else str(one.state) for one in outcomes)
    stand = Counter(one.readiness for one in outcomes if one.is_there)
    counts = {key: states[key] for key in ("made", "kept", "failed")}
    readiness = {key: stand[key] for key in ("ready", "close", "not_ready")}
    if as_json:
        reports = [one.model_dump(mode="json") for one in outcomes]
        whole = {
            "output": output,
            **counts,
            "readiness": readiness,
            "seconds": round(seconds, 1),
            "reports": reports,
        }
        click.echo(json.dumps(whole, ensure_ascii=False, indent=1))
    else:
        for one in outcomes:
            if one.is_there:
                click.echo(f"{output.rstrip('/')}/{one.name}")
    many = f"{len(outcomes)} report{'' if len(outcomes) == 1 else 's'}"
    made = f"{counts['made']} made, {counts['kept']} unchanged, {counts['failed']} failed"
    said = ", ".join(f"{n} {word.replace('_', ' ')}" for word, n in readiness.items())
    say(f"{many}: {made}; {said}; {seconds:.1f} s.")
    odd = [one.name for one in outcomes if one.replaced]
    if odd:
        say(f"calib: PDFs that show code points, for want of a font: {_some(odd)}")
    if refused:
        say(f"calib: below what was required: {_some(list(refused))}")


def _some(names: list[str]) -> str:
    """Name the first of some reports."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _write_junit(path: Path, outcomes: Sequence[Outcome], refused: dict[str, str]) -> None:
    from calib.batch.junit import junit
    from calib.files.atomic import replace_file

    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, junit(outcomes, refused))
