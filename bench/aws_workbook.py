"""Measure import and fill of AWS's self-assessment workbook: 60 controls, 4 references.

python bench/aws_workbook.py [runs]

Times are of whole commands, including the start of Python. Responses have about 2,000 characters.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "aws_books"))

from awsbooks import COMMON, CONTROLS, EXAMPLE, KNOWN, OF_EXAMPLES, Made, build

TEXT = "Our way of working is written down, dated and owned. " * 38
EXTRA = 60 - len(CONTROLS) - len(COMMON) - len(OF_EXAMPLES) - 1
LIMITS = {"import": 2.0, "fill": 3.0}


def full() -> tuple[Made, Made]:
    """Build a workbook with all responses, and one without the six controls and the examples."""
    keys = build(KNOWN[1], extra=EXTRA).where
    texts = {key: f"{' '.join(map(str, key))}\n{TEXT}" for key in keys}
    common = {k: t for k, t in texts.items() if k[0] not in (*CONTROLS, EXAMPLE)}
    return build(KNOWN[1], texts, extra=EXTRA), build(KNOWN[1], common, extra=EXTRA)


def timed(runs: int, command: Callable[[int], list[str]]) -> list[tuple[float, float]]:
    """Return wall-clock and CPU seconds of each run."""
    taken = []
    for number in range(runs):
        start, before = time.perf_counter(), os.times()
        args = [sys.executable, "-m", "calib", *command(number)]
        subprocess.run(args, check=True, capture_output=True)
        seconds, after = time.perf_counter() - start, os.times()
        worked = after.children_user + after.children_system
        taken.append((seconds, worked - before.children_user - before.children_system))
    return taken


def main(runs: int = 10) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        filled, bare = full()
        source, target = root / "filled.xlsx", root / "bare.xlsx"
        source.write_bytes(filled.data)
        target.write_bytes(bare.data)
        print(f"60 controls, {filled.asked} answers, {len(filled.data):,} bytes, {runs} runs")
        taken = {
            "import": timed(runs, lambda n: ["import", str(source), str(root / f"a{n}")]),
            "import, merged": timed(runs, lambda _: ["import", str(source), str(root / "a0")]),
            "fill": timed(
                runs,
                lambda n: ["fill", "example:strong", str(target), "-o", str(root / f"o{n}.xlsx")],
            ),
        }
        head = ("command", "median s", "longest s", "CPU, median s", "target s")
        print(f"| {' | '.join(head)} |\n{'| --- ' * len(head)}|")
        for name, times in taken.items():
            limit = LIMITS[name.partition(",")[0]]
            clock, worked = zip(*times, strict=True)
            figures = (statistics.median(clock), max(clock), statistics.median(worked))
            cells = " | ".join(f"{f:.2f}" for f in figures)
            print(f"| {name} | {cells} | {limit:.0f} |")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
