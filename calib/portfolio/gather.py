"""Assess many folders: on all processors, and only those that have changed."""

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
from calib.portfolio.models import PartnerRow, Portfolio, UnreadableFolder
from calib.portfolio.rows import build_portfolio, build_row, first_day_of_change
from calib.scoring.assess import assess
from calib.store.cache import ResultCache, folder_hash
from calib.store.load import load_assessment

SINGLE_PROCESS_LIMIT = 40
"""Up to this many folders are assessed in this process: starting others would take longer."""
_CHUNK_SIZE = 8

Step = Callable[[], None]


class CachedRow(FrozenModel):
    """A row and the days for which it is valid, as cached."""

    row: PartnerRow
    since: date
    until: date
    """The first day for which it is not valid."""


@dataclass(frozen=True, slots=True)
class _FolderResult:
    """The row of one folder, or the reason why there is none."""

    folder: Path
    cached: CachedRow | None
    error: str = ""


def read_portfolio(
    folders: Sequence[Path],
    today: date,
    cache: ResultCache,
    *,
    processes: int = 0,
    step: Step = lambda: None,
) -> Portfolio:
    """Assess folders; one that cannot be read is listed and does not stop the others.

    Unchanged folders are taken from the cache. `processes` is how many work at once; 0 means one
    per processor if more than SINGLE_PROCESS_LIMIT folders have to be assessed. `step` is called
    once per folder, for a progress bar.
    """
    catalog = load_catalog()
    known: dict[Path, tuple[str, CachedRow | None]] = {}
    for folder in folders:
        key = folder_hash(folder)
        known[folder] = key, _load_cached(cache, key, today)
    missing = [f for f, (_, cached) in known.items() if cached is None]
    for _ in range(len(known) - len(missing)):
        step()
    rows = {folder: cached.row for folder, (_, cached) in known.items() if cached is not None}
    unread = []
    workers = processes or (_count_processors() if len(missing) > SINGLE_PROCESS_LIMIT else 1)
    for result in _assess_folders(missing, today, workers):
        if result.cached is None:
            unread.append(UnreadableFolder(folder=str(result.folder), error=result.error))
        else:
            rows[result.folder] = result.cached.row
            key = known[result.folder][0]
            # A folder that was edited while it was read would cache a mixture under either hash.
            if folder_hash(result.folder) == key:
                cache.put(key, result.cached.model_dump(mode="json"))
        step()
    # The hash does not cover the path: a copied or moved folder finds its row under its old name.
    placed = [row.model_copy(update={"folder": str(folder)}) for folder, row in rows.items()]
    return build_portfolio(catalog, placed, unread, today)


def _load_cached(cache: ResultCache, key: str, today: date) -> CachedRow | None:
    stored = cache.get(key)
    if not isinstance(stored, Mapping):
        return None
    try:
        cached = CachedRow.model_validate(stored)
    except ValueError:  # written by another version, or damaged: assess the folder again
        return None
    return cached if cached.since <= today < cached.until else None


def _count_processors() -> int:
    # In a container, fewer processors may be available than the machine has.
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _assess_folders(
    folders: Sequence[Path], today: date, processes: int
) -> Iterator[_FolderResult]:
    """Yield results in the order in which they are ready, from `processes` processes."""
    if processes < 2:
        yield from (assess_folder(f, today) for f in folders)
        return
    remaining = dict.fromkeys(folders)
    # `fork` would copy a Jupyter kernel with its threads and their locks; a fork server has no
    # threads. Windows has only `spawn`.
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    pool = ProcessPoolExecutor(processes, context)
    try:
        # At least four chunks per process, or the last ones would work alone.
        size = max(1, min(_CHUNK_SIZE, len(folders) // (4 * processes)))
        chunks = [folders[n : n + size] for n in range(0, len(folders), size)]
        futures: list[Future[list[_FolderResult]]] = [
            pool.submit(_assess_chunk, chunk, today) for chunk in chunks
        ]
        for future in as_completed(futures):
            for result in future.result():
                del remaining[result.folder]
                yield result
    except BrokenProcessPool:  # a process was killed, for example for lack of memory
        yield from (assess_folder(f, today) for f in tuple(remaining))
    finally:
        # If the caller stopped early, cancel the rest instead of waiting for it.
        pool.shutdown(wait=not remaining, cancel_futures=True)


def _assess_chunk(folders: Sequence[Path], today: date) -> list[_FolderResult]:
    return [assess_folder(f, today) for f in folders]


def assess_folder(folder: Path, today: date) -> _FolderResult:
    """Assess one folder; an error is returned as one line."""
    catalog = load_catalog()
    try:
        assessment = load_assessment(folder, catalog)
        row = build_row(str(folder), assess(catalog, assessment, today))
        until = first_day_of_change(catalog, assessment, today)
    except BadInput as error:
        return _FolderResult(folder, None, _first_problem(folder, error))
    except OSError as error:
        return _FolderResult(folder, None, f"{folder}: cannot be read: {error.strerror or error}")
    except Exception as error:  # noqa: BLE001  a defect in one folder must not hide all others
        message = f"{folder}: internal error: {type(error).__name__}: {error}"
        return _FolderResult(folder, None, message)
    return _FolderResult(folder, CachedRow(row=row, since=today, until=until))


def _first_problem(folder: Path, error: BadInput) -> str:
    more = len(error.problems) - 1
    others = f" (and {more} more: see `calib check`)" if more else ""
    problem = str(error.problems[0])
    # Problems name their file relative to the folder's parent.
    is_relative = problem.startswith(f"{folder.name}/")
    return (f"{folder.parent / problem}" if is_relative else problem) + others
