"""Print the progress and the results of a batch."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calib.cli.root import print_message
from calib.text import plural

if TYPE_CHECKING:
    from calib.batch import Job, JobResult

_MAX_NAMES = 5
_INTERRUPTED = 130
"""Exit code of a shell for a program ended by Ctrl-C: 128 + SIGINT."""


def show_progress(
    running: Generator[JobResult, None, None], jobs: Sequence[Job]
) -> list[JobResult]:
    """Run a batch, showing progress and failures; return the outcomes in the order of the jobs."""
    outcomes: dict[str, JobResult] = {}
    try:
        # Closing the generator stops the workers, also after Ctrl-C.
        with closing(running), _progress_bar(len(jobs)) as step:
            for outcome in running:
                outcomes[outcome.name] = outcome
                step("" if outcome.is_there else _failure_message(outcome))
    except KeyboardInterrupt:
        done = f"{len(outcomes)} of {len(jobs)}"
        print_message(f"\ncalib: stopped after {done}; run the same command again to continue")
        sys.exit(_INTERRUPTED)
    return [outcomes[job.name] for job in jobs]


def _failure_message(outcome: JobResult) -> str:
    has_name = outcome.message.startswith(outcome.assessment)
    return (
        f"calib: {outcome.message}"
        if has_name
        else (f"calib: {outcome.assessment}: {outcome.message}")
    )


@contextmanager
def _progress_bar(length: int) -> Iterator[Callable[[str], None]]:
    """Show a bar with the rate on a terminal; elsewhere print failures only.

    Call the result once per report, with its failure or an empty text.
    """
    if not sys.stderr.isatty():
        yield lambda failure: print_message(failure) if failure else None
        return
    start = time.monotonic()

    def show_rate(rate: str | None) -> str:
        return rate or ""

    with click.progressbar(
        length=length, label="Reports", file=sys.stderr, show_pos=True, item_show_func=show_rate
    ) as bar:

        def step(failure: str) -> None:
            if failure:
                # Back to the first column and erase the bar, which is then drawn again below.
                click.echo("\r\033[K", nl=False, err=True)
                print_message(failure)
            rate = (bar.pos + 1) / max(time.monotonic() - start, 0.001)
            bar.update(1, f"{rate:.1f} per second")

        yield step


def print_results(
    outcomes: Sequence[JobResult], output: str, seconds: float, *, as_json: bool
) -> None:
    """Print the folder of each report that exists, or everything as JSON."""
    if not as_json:
        for outcome in outcomes:
            if outcome.is_there:
                click.echo(f"{output.rstrip('/')}/{outcome.name}")
        return
    result = {
        "output": output,
        **_count_states(outcomes),
        "readiness": _count_readiness(outcomes),
        "seconds": round(seconds, 1),
        "reports": [outcome.model_dump(mode="json") for outcome in outcomes],
    }
    click.echo(json.dumps(result, ensure_ascii=False, indent=1))


def _count_states(outcomes: Sequence[JobResult]) -> dict[str, int]:
    states = Counter(str(o.state) if o.is_there else "failed" for o in outcomes)
    return {key: states[key] for key in ("made", "kept", "failed")}


def _count_readiness(outcomes: Sequence[JobResult]) -> dict[str, int]:
    found = Counter(outcome.readiness for outcome in outcomes if outcome.is_there)
    return {key: found[key] for key in ("ready", "close", "not_ready")}


def print_summary(
    outcomes: Sequence[JobResult], seconds: float, below_requirement: Mapping[str, str]
) -> None:
    """Print the counts, and the reports that need attention."""
    counts = _count_states(outcomes)
    states = f"{counts['made']} created, {counts['kept']} unchanged, {counts['failed']} failed"
    readiness = ", ".join(
        f"{count} {key.replace('_', ' ')}" for key, count in _count_readiness(outcomes).items()
    )
    total = plural(len(outcomes), "report")
    print_message(f"{total}: {states}; {readiness}; {seconds:.1f} s.")
    replaced = [outcome.name for outcome in outcomes if outcome.replaced]
    if replaced:
        names = _first_names(replaced)
        print_message(f"calib: PDFs with code points for characters that no font has: {names}")
    if below_requirement:
        print_message(f"calib: below the requirement: {_first_names(list(below_requirement))}")


def _first_names(names: Sequence[str]) -> str:
    more = len(names) - _MAX_NAMES
    return ", ".join(names[:_MAX_NAMES]) + (f" and {more} more" if more > 0 else "")


def write_junit(
    path: Path, outcomes: Sequence[JobResult], below_requirement: dict[str, str]
) -> None:
    """Write a JUnit XML file; raises CannotWrite."""
    from calib.batch.junit import render_junit
    from calib.files.atomic import replace_file

    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, render_junit(outcomes, below_requirement))
