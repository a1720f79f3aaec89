"""Measure the reviewer: warm-up, speed by length, and determinism.

python bench/reviewer.py             a table
python bench/reviewer.py --pythons PYTHON ...   also compare the results of other interpreters
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WARM_UP = """
import time
start = time.perf_counter()
from calib.catalog.load import load_catalog
from calib.review import review
loaded = time.perf_counter()
catalog = load_catalog()
ready = time.perf_counter()
review(catalog.controls[0], "A first sentence.")
print(loaded - start, ready - loaded, time.perf_counter() - ready)
"""
ANSWERS = """
import hashlib, json, sys
sys.path.insert(0, sys.argv[1])
from calib.catalog.load import load_catalog
from calib.review import review
catalog = load_catalog()
digest = hashlib.sha256()
for row in map(json.loads, sys.stdin):
    digest.update(review(catalog.control(row["control"]), row["text"]).model_dump_json().encode())
print(digest.hexdigest()[:16])
"""


def texts() -> list[dict[str, str]]:
    """Return the responses of the tune part, in the input format of `calib review --jsonl`."""
    path = ROOT / "data" / "calibration" / "tune" / "consultant.jsonl"
    rows = map(json.loads, path.read_text("utf-8").splitlines())
    return [{"control": r["control"], "text": r["text"]} for r in rows]


def warm_up(times: int = 5) -> tuple[float, ...]:
    """Return the medians, in seconds, of import, catalog and first review in a new process."""
    runs = []
    for _ in range(times):
        done = subprocess.run(
            [sys.executable, "-c", WARM_UP], capture_output=True, text=True, check=True
        )
        runs.append([float(v) for v in done.stdout.split()])
    return tuple(statistics.median(column) for column in zip(*runs, strict=True))


def speed(words: int, times: int = 20) -> tuple[float, float]:
    """Return median and slowest milliseconds for texts of `words` words, each of them new."""
    from calib.catalog.load import load_catalog
    from calib.phrases import fold
    from calib.review import review

    catalog = load_catalog()
    pool = " ".join(row["text"] for row in texts()).split(" ")
    found = []
    for turn in range(times):
        start = turn * 97 % max(1, len(pool) - words)
        text = " ".join(pool[start : start + words])
        control = catalog.controls[turn % len(catalog.controls)]
        review(control, "Once, so that its tables are loaded.")
        fold.cache_clear()
        began = time.perf_counter()
        review(control, text)
        found.append(1000 * (time.perf_counter() - began))
    return statistics.median(found), max(found)


def answers(python: str, seed: int) -> str:
    """Return the digest of all reviews by an interpreter with a hash seed."""
    done = subprocess.run(
        [python, "-c", ANSWERS, str(ROOT)],
        input="\n".join(map(json.dumps, texts())), capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONHASHSEED": str(seed)},
    )  # fmt: skip
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--pythons", nargs="*", metavar="PYTHON", help="other interpreters to compare"
    )
    parser.add_argument("--runs", type=int, default=100, help="runs with different hash seeds")
    asked = parser.parse_args()
    imported, catalog, first = warm_up()
    print(f"warm-up: import {imported:.3f} s, catalog {catalog:.3f} s, first review {first:.3f} s")
    for words in (100, 500, 2000, 10000):
        median, worst = speed(words)
        print(f"{words:6d} words: median {median:6.1f} ms, worst of 20 {worst:6.1f} ms")
    digests = {answers(sys.executable, seed) for seed in range(asked.runs)}
    print(f"{asked.runs} runs with different hash seeds: {len(digests)} answer {digests}")
    for python in asked.pythons or ():
        print(f"{shutil.which(python)}: {answers(python, 0)}")


if __name__ == "__main__":
    main()
