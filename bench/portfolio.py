"""Measure how long a portfolio takes.

    python bench/portfolio.py --markdown docs/performance.md    # of 1,000, about two minutes

Makes the assessments from the three examples, judges them in slices (one process, then all
processors, in turn, so that a busy machine slows both alike), then times the command as a person
runs it: the first look, the next one when nothing has changed, and one after an edit.
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
    """Time slices, one after the other in one process and on all processors; per assessment.

    Also the CPU seconds of the one process, which a busy machine leaves alone.
    """
    alone, together, cpu = [], [], []
    read_portfolio(folders[:3], DAY, ResultCache(None))  # load what every later run has loaded
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
    """Time the command from start to page."""
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

    def tell(what: str, seconds: float, more: str = "") -> None:
        rows.append(f"| {what} | {seconds:.1f} | {more} |")

    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "partners"
        folders = write_partners(root, count)
        alone, together, cpu = in_slices(folders[: min(count, 4 * SLICE)])
        one, all_ = statistics.median(alone), statistics.median(together)
        load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
        tell("judging 1,000, CPU", 1000 * statistics.median(cpu))
        tell("judging 1,000, one process (median of slices)", 1000 * one)
        tell("judging 1,000, all processors", 1000 * all_, f"{one / all_:.2f} times as fast")
        cache = Path(scratch) / "cache"
        tell("`calib portfolio -o page.html`, the first look", command(root, cache))
        again = [command(root, cache) for _ in range(3)]
        tell("the same again, nothing changed (median of 3)", statistics.median(again))
        with (folders[0] / "assessment.yaml").open("a", encoding="utf-8") as stream:
            stream.write("# edited\n")
        tell("the same after one edit", command(root, cache))
        size = (Path(scratch) / "portfolio.html").stat().st_size
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return [
        "## A portfolio", "",
        f"Written by `python bench/portfolio.py --markdown docs/performance.md`: {count:,} "
        f"assessments, copies of the three examples, on {page.machine()}{load}.", "",
        "| | Seconds | |", "| --- | --: | --- |", *rows, "",
        f"The page has {size / 1e6:.1f} MB; the largest process took {most:.0f} MB. The first look "
        "judges every assessment, with a bar; what it found is kept by content, and the next look "
        "judges what has changed.",
    ]  # fmt: skip


if __name__ == "__main__":
    main()
