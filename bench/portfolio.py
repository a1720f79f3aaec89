"""Measure the time of a portfolio.

    python bench/portfolio.py --markdown docs/performance.md    # of 1,000, about two minutes

Creates the assessments from the three examples and assesses them in slices, alternating between one
process and all cores, so that a busy machine slows both alike. Then it times the command: the first
run, the next one without changes, and one after an edit.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import page  # noqa: E402

from calib.portfolio.gather import read_portfolio  # noqa: E402
from calib.store.cache import ResultCache  # noqa: E402
from tests.sample_partners import write_partners  # noqa: E402

DAY = date(2026, 11, 22)
SLICE = 100


def in_slices(folders: list[Path]) -> tuple[list[float], list[float], list[float]]:
    """Time each slice in one process and on all cores; return seconds per assessment.

    The third list has the CPU seconds of the single process, which a busy machine hardly affects.
    """
    alone, together, cpu = [], [], []
    # Import everything before the first measurement.
    read_portfolio(folders[:3], DAY, ResultCache(None))
    for start in range(0, len(folders), SLICE):
        part = folders[start : start + SLICE]
        for processes, times in ((1, alone), (os.cpu_count() or 1, together)):
            began, spent = time.perf_counter(), time.process_time()
            read_portfolio(part, DAY, ResultCache(None), processes=processes)
            times.append((time.perf_counter() - began) / len(part))
            if processes == 1:
                cpu.append((time.process_time() - spent) / len(part))
    return alone, together, cpu


def command(root: Path, cache: Path) -> float:
    """Run the command; return its seconds."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), "PYTHONPATH": str(ROOT)}
    page = root.parent / "portfolio.html"
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "calib", "portfolio", str(root), "-o", str(page),
         "--date", DAY.isoformat()],
        check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return time.perf_counter() - began


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("count", nargs="?", type=int, default=1000)
    parser.add_argument("--markdown", type=Path, help="Write the figures here.")
    wanted = parser.parse_args()
    lines = measured(wanted.count)
    print("\n".join(lines))
    if wanted.markdown:
        page.put(wanted.markdown, "portfolio", lines)


def measured(count: int) -> list[str]:
    rows: list[str] = []

    def add_row(title: str, seconds: float, more: str = "") -> None:
        rows.append(f"| {title} | {seconds:.1f} | {more} |")

    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "partners"
        folders = write_partners(root, count)
        alone, together, cpu = in_slices(folders[: min(count, 4 * SLICE)])
        one, all_ = statistics.median(alone), statistics.median(together)
        load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
        add_row("assessing 1,000, CPU", 1000 * statistics.median(cpu))
        add_row("assessing 1,000, one process (median of slices)", 1000 * one)
        add_row("assessing 1,000, all cores", 1000 * all_, f"{one / all_:.2f} times as fast")
        cache = Path(scratch) / "cache"
        add_row("`calib portfolio -o page.html`, first run", command(root, cache))
        again = [command(root, cache) for _ in range(3)]
        add_row("the same again, nothing changed (median of 3)", statistics.median(again))
        with (folders[0] / "assessment.yaml").open("a", encoding="utf-8") as stream:
            stream.write("# edited\n")
        add_row("the same after one edit", command(root, cache))
        size = (Path(scratch) / "portfolio.html").stat().st_size
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return [
        "## A portfolio", "",
        f"Written by `python bench/portfolio.py --markdown docs/performance.md`: {count:,} "
        f"assessments, copies of the three examples, on {page.machine()}{load}.", "",
        "| | Seconds | |", "| --- | --: | --- |", *rows, "",
        f"The page has {size / 1e6:.1f} MB; the largest process took {most:.0f} MB. The first run "
        "assesses everything, with a progress bar. Results are cached by content, so the next run "
        "assesses only changed folders.",
    ]  # fmt: skip


if __name__ == "__main__":
    main()
