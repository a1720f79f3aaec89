"""Folders -> rows: read and judged on all processors, and only where something has changed."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from calib.catalog.load import load_catalog
from calib.errors import BadInput
from calib.model.base import FrozenModel
from calib.portfolio.models import Portfolio, Row, Unread
from calib.portfolio.rows import make_portfolio, row_of, stands_until
from calib.scoring.assess import assess
from calib.store.cache import Memory, fingerprint
from calib.store.load import load_assessment

ALONE = 40
"""So many folders are judged sooner in this process than others take to start."""
_CHUNK = 8

Step = Callable[[], None]


class Judged(FrozenModel):
    """Hold a row and the days on which it holds, as they are remembered."""

    row: Row
    since: date
    until: date
    """The first day on which it holds no more."""


@dataclass(frozen=True, slots=True)
class _Found:
    """Hold what came of one folder: what to remember, or why there is nothing."""

    folder: Path
    judged: Judged | None
    error: str = ""


def read_portfolio(
    folders: Sequence[Path],
    today: date,
    memory: Memory,
    *,
    processes: int = 0,
    step: Step = lambda: None,
) -> Portfolio:
    """Read and judge folders; one that cannot be read is listed and stops nothing.

    What was judged before and holds today is taken from memory. `processes` is how many work at
    once; 0 means one per processor where there are more than ALONE folders to judge. `step` is
    called once per folder.
    """
    catalog = load_catalog()
    known: dict[Path, tuple[str, Judged | None]] = {}
    for folder in folders:
        name = fingerprint(folder)
        known[folder] = name, _remembered(memory, name, today)
    missing = [f for f, (_, judged) in known.items() if judged is None]
    for _ in range(len(known) - len(missing)):
        step()
    rows = {folder: judged.row for folder, (_, judged) in known.items() if judged is not None}
    unread = []
    working = processes or (_processors() if len(missing) > ALONE else 1)
    for found in _judged(missing, today, working):
        if found.judged is None:
            unread.append(Unread(folder=str(found.folder), error=found.error))
        else:
            rows[found.folder] = found.judged.row
            name = known[found.folder][0]
            if fingerprint(found.folder) == name:  # nobody wrote to it meanwhile
                memory.keep(name, found.judged.model_dump(mode="json"))
        step()
    named = [row.model_copy(update={"folder": str(folder)}) for folder, row in rows.items()]
    return make_portfolio(catalog, named, unread, today)


def _remembered(memory: Memory, name: str, today: date) -> Judged | None:
    kept = memory.get(name)
    if not isinstance(kept, Mapping):
        return None
    try:
        judged = Judged.model_validate(kept)
    except ValueError:
        return None
    return judged if judged.since <= today < judged.until else None


def _processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _judged(folders: Sequence[Path], today: date, processes: int) -> Iterator[_Found]:
    """Judge folders as they come, in other processes where that is sooner."""
    if processes < 2:
        yield from (judge(f, today) for f in folders)
        return
    left = dict.fromkeys(folders)
    # A server to fork from has no threads, unlike a kernel of Jupyter; Windows knows only `spawn`.
    ways = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in ways else "spawn")
    pool = ProcessPoolExecutor(processes, context)
    try:
        size = max(1, min(_CHUNK, len(folders) // (4 * processes)))
        chunks = [folders[n : n + size] for n in range(0, len(folders), size)]
        waiting: list[Future[list[_Found]]] = [pool.submit(_judge_all, c, today) for c in chunks]
        for done in as_completed(waiting):
            for found in done.result():
                del left[found.folder]
                yield found
    except BrokenProcessPool:  # one was killed, as when memory ends
        yield from (judge(f, today) for f in tuple(left))
    finally:
        # Where somebody gave up, nobody waits for the rest.
        pool.shutdown(wait=not left, cancel_futures=True)


def _judge_all(folders: Sequence[Path], today: date) -> list[_Found]:
    return [judge(f, today) for f in folders]


def judge(folder: Path, today: date) -> _Found:
    """Judge one folder; whatever is wrong with it is said in one line."""
    catalog = load_catalog()
    try:
        assessment = load_assessment(folder, catalog)
        row = row_of(str(folder), assess(catalog, assessment, today))
        until = stands_until(catalog, assessment, today)
    except BadInput as error:
        more = len(error.problems) - 1
        others = f" (and {more} more: `calib check` lists them)" if more else ""
        said = str(error.problems[0])
        within = said.startswith(f"{folder.name}/")
        return _Found(folder, None, (f"{folder.parent / said}" if within else said) + others)
    except OSError as error:
        return _Found(folder, None, f"{folder}: cannot be read: {error.strerror or error}")
    except Exception as error:  # noqa: BLE001  a defect in one must not hide all others
        return _Found(folder, None, f"{folder}: a defect of calib: {type(error).__name__}: {error}")
    return _Found(folder, Judged(row=row, since=today, until=until))
