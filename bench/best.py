"""Measure the search for the best four case studies: `python bench/best.py --candidates 30`.

For several kinds of candidates, print the milliseconds to qualify so many of them, to recommend the
best four and to find the least change: CPU time, the median and the slowest of some draws each.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from calib import load_catalog  # noqa: E402
from calib.model import CaseStudy  # noqa: E402
from calib.qualification import find_least_actions, qualify_assessment, recommend  # noqa: E402

CATALOG = load_catalog()
RULES = CATALOG.qualification
SERVICES = [f.name for f in RULES.families]
KINDS = [k.id for k in RULES.kinds]
DRAWS = 20

Make = Callable[[random.Random, int], dict[str, object]]


def study(number: int, made: dict[str, object], rng: random.Random) -> CaseStudy:
    services = made.pop("services")
    words = rng.sample(KINDS + SERVICES, 6)
    given = {
        "slug": f"s{number}", "title": f"Study {number}", "customer": f"Customer {number}",
        "order": number, "services": services, "primary_service": services[0],
        "challenge": f"Slow {number} {' '.join(words)}. " * rng.randint(1, 6),
        "solution": f"A foundation model drafts answers {number} {' '.join(words)}. ",
        "results": "Down from 9 to 5 minutes.", "evidence": ("report",) * rng.randint(0, 1),
    }  # fmt: skip
    return CaseStudy(**{**given, **made})


def some(rng: random.Random, least: int, most: int) -> tuple[str, ...]:
    return tuple(rng.sample(KINDS, rng.randint(least, most)))


def any_services(rng: random.Random, count: int) -> tuple[str, ...]:
    return tuple(rng.sample(SERVICES, count))


MAKES: dict[str, Make] = {
    "any services, any kinds": lambda r, _: {
        "services": (s := any_services(r, r.randint(1, 3))), "could_lead": s[1:],
        "solution_types": some(r, 0, 3),
    },
    "all alike, every lead possible": lambda r, _: {
        "services": (s := any_services(r, len(SERVICES))), "could_lead": s[1:],
        "solution_types": KINDS[:2], "customer": "One customer",
    },
    "one service, others only used": lambda r, _: {
        "services": ("Amazon Bedrock", *r.sample(SERVICES[1:], 2)), "solution_types": some(r, 0, 2),
    },
    "three services, all submitted": lambda r, n: {
        "services": (SERVICES[n % 3],), "solution_types": some(r, 0, 3), "status": "submitted",
    },
    "one kind of solution": lambda r, _: {
        "services": any_services(r, 3), "solution_types": KINDS[:1],
    },
    "half of them broken": lambda r, n: {
        "services": any_services(r, 3), "solution_types": some(r, 0, 3),
        "status": ("submitted", "candidate")[n % 2], "results": ("", "Down by 3%.")[n % 2],
    },
    "every one its own kinds": lambda r, n: {
        "services": (SERVICES[0], r.choice(SERVICES)), "solution_types": (f"k{n}", f"k{n + 1}"),
    },
}  # fmt: skip


def timed(studies: list[CaseStudy]) -> tuple[float, float, float]:
    began = time.process_time()
    judged = qualify_assessment(RULES, studies)
    qualified = time.process_time()
    recommend(RULES, judged, CATALOG.days)
    chosen = time.process_time()
    find_least_actions(RULES, judged, CATALOG.days)
    return qualified - began, chosen - qualified, time.process_time() - chosen


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Measure the search for the best four case studies."
    )
    parser.add_argument("--candidates", type=int, default=30, help="how many (30)")
    count = parser.parse_args().candidates
    print(f"{count} candidates, {DRAWS} draws each; CPU milliseconds, median / slowest")
    print(f"{'candidates':32} {'qualify':>12} {'best four':>12} {'least change':>14}")
    for name, make in MAKES.items():
        rows = []
        for seed in range(DRAWS):
            rng = random.Random(seed)
            rows.append(timed([study(n, make(rng, n), rng) for n in range(1, count + 1)]))
        cells = [
            f"{statistics.median(c) * 1e3:.0f} / {max(c) * 1e3:.0f}"
            for c in zip(*rows, strict=True)
        ]
        print(f"{name:32} {cells[0]:>12} {cells[1]:>12} {cells[2]:>14}")
    for module in ("scipy.optimize", "networkx", "calib.qualification"):
        took = []
        for _ in range(3):
            began = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-c", f"import {module}"], capture_output=True, check=False
            )
            took.append(time.perf_counter() - began)
        print(
            f"import {module}: {min(took):.2f} s" if not done.returncode else f"{module}: not here"
        )


if __name__ == "__main__":
    main()
