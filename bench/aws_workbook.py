"""How long AWS's self-assessment workbook takes to import and to fill: 60 controls, 4 references.

python bench/aws_workbook.py [runs]

Whole commands are timed, with the start of Python. Every response holds about 2,000 characters.
"""

from __future__ import annotations

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
    """A workbook with a response in every cell, and the same without the six and the examples."""
    keys = build(KNOWN[1], extra=EXTRA).where
    texts = {key: f"{' '.join(map(str, key))}\n{TEXT}" for key in keys}
    common = {k: t for k, t in texts.items() if k[0] not in (*CONTROLS, EXAMPLE)}
    return build(KNOWN[1], texts, extra=EXTRA), build(KNOWN[1], common, extra=EXTRA)


def timed(runs: int, command: Callable[[int], list[str]]) -> list[float]:
    taken = []
    for number in range(runs):
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "calib", *command(number)], check=True, capture_output=True
        )
        taken.append(time.perf_counter() - start)
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
        print("| command | median s | longest s | at most s |\n| --- | --- | --- | --- |")
        for name, times in taken.items():
            limit = LIMITS[name.partition(",")[0]]
            print(f"| {name} | {statistics.median(times):.2f} | {max(times):.2f} | {limit:.0f} |")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
