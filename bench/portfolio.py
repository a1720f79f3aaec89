"""How long a portfolio takes: `python bench/portfolio.py`, or with another number of assessments.

Makes the assessments from the three examples, judges them in slices (one process, then all
processors, in turn, so that a busy machine slows both alike), then times the command as a person
runs it: the first look, the next one when nothing has changed, and one after an edit.
"""

from __future__ import annotations

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

from calib.portfolio.gather import read_portfolio  # noqa: E402
from calib.store.memory import Memory  # noqa: E402
from tests.many import make_many  # noqa: E402

DAY = date(2026, 11, 22)
SLICE = 100


def in_slices(folders: list[Path]) -> tuple[list[float], list[float]]:
    """Time slices, one after the other in one process and on all processors; per assessment."""
    alone, together = [], []
    read_portfolio(folders[:3], DAY, Memory(None))  # load what every later run has loaded
    for start in range(0, len(folders), SLICE):
        part = folders[start : start + SLICE]
        for processes, times in ((1, alone), (os.cpu_count() or 1, together)):
            began = time.perf_counter()
            read_portfolio(part, DAY, Memory(None), processes=processes)
            times.append((time.perf_counter() - began) / len(part))
    return alone, together


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


def tell(what: str, seconds: float, more: str = "") -> None:
    """Print a line."""
    print(f"{what:<58} {seconds:8.2f} s  {more}")


def main() -> None:
    """Measure everything and print it."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "partners"
        folders = make_many(root, count)
        alone, together = in_slices(folders[: min(count, 4 * SLICE)])
        one, all_ = statistics.median(alone), statistics.median(together)
        print(f"{count} assessments, {os.cpu_count()} processors, Python {sys.version.split()[0]}")
        tell("judging 1,000, one process (median of slices)", 1000 * one)
        tell("judging 1,000, all processors", 1000 * all_, f"{one / all_:.2f} times as fast")
        cache = Path(scratch) / "cache"
        tell("calib portfolio -o page.html, the first look", command(root, cache))
        again = [command(root, cache) for _ in range(3)]
        tell("the same again, nothing changed (median of 3)", statistics.median(again))
        with (folders[0] / "assessment.yaml").open("a", encoding="utf-8") as stream:
            stream.write("# edited\n")
        tell("the same after one edit", command(root, cache))
        size = (Path(scratch) / "portfolio.html").stat().st_size
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"page: {size / 1e6:.2f} MB; largest process: {most:.0f} MB")


if __name__ == "__main__":
    main()
