"""Measure how the cost of a batch grows, and what bad assessments and kills do to it.

    python bench/scale.py --part growth --markdown docs/performance.md   # 1 to 2,000 assessments
    python bench/scale.py --part poison --markdown docs/performance.md   # 1,000, one in 20 is bad

growth: the same batch over more and more assessments, and assessments with more case studies.
poison: one in twenty is bad in one of many ways; then the batch is killed at random points.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import page
import psutil
from stock import ROOT, Bench

sys.path.insert(0, str(ROOT))

EXAMPLE = ROOT / "data" / "examples" / "brightloom"
COUNTS = (1, 10, 100, 500, 2000)
STUDIES, SOME = (4, 10, 20, 30, 40, 50), 11
POISON, KILLS, LIMIT, FLAT = 1000, 10, 15, 0.1
RECORD = ".calib-batch.json"


class Batches(Bench):
    """Batches, and what they cost."""

    def cpu_of(self, command: Sequence[str]) -> tuple[float, float]:
        """Run a command; returns its seconds and its CPU seconds."""
        shutil.rmtree(self.out, ignore_errors=True)
        before, start = os.times(), time.perf_counter()
        self.run(command)
        after = os.times()
        return time.perf_counter() - start, sum(after[i] - before[i] for i in (2, 3))


def copies(folder: Path, count: int, studies: int = 0) -> Path:
    """Make assessments that differ in their partner, and have so many case studies."""
    for number in range(count):
        made = Path(shutil.copytree(EXAMPLE, folder / f"p{number:04}"))
        header = made / "assessment.yaml"
        text = header.read_text(encoding="utf-8")
        header.write_text(text.replace("partner: ", f"partner: Nr {number} ", 1), encoding="utf-8")
        kept = sorted((made / "case_studies").iterdir())
        for path in kept[studies:] if studies else ():
            path.unlink()
        for extra in range(len(kept), studies):
            text = kept[extra % len(kept)].read_text(encoding="utf-8")
            text = text.replace("title: ", f"title: Nr {extra} ", 1)
            (made / "case_studies" / f"extra-{extra:02}.yaml").write_text(text, encoding="utf-8")
    return folder


# Growth


def growth(bench: Batches, markdown: Path | None) -> list[str]:
    """Measure CPU by the number of assessments, and of case studies."""
    static = ("--format", "html,json", "--charts", "static", "--date", bench.today)
    inputs = copies(bench.scratch / "many", max(COUNTS))
    folders = sorted(inputs.iterdir())
    listed = bench.scratch / "list.txt"
    by_count, rows = [], []
    bench.run(bench.batch(folders[:1], *static))  # compiles the modules
    for count in COUNTS:
        listed.write_text("\n".join(map(str, folders[:count])), encoding="utf-8")
        wall, cpu = bench.cpu_of(bench.batch([], "--list", str(listed), *static))
        by_count.append((float(count), cpu))
        rows.append(f"| {count:,} | {cpu:.1f} | {wall:.1f} | {1000 * cpu / count:.0f} |")
        print(rows[-1], file=sys.stderr)
    slope, start = page.fit(by_count)
    by_studies, more = [], []
    for studies in STUDIES:
        some = sorted(copies(bench.scratch / f"s{studies}", SOME, studies).iterdir())
        costs = []
        for _ in range(bench.rounds):
            one, all_ = (bench.cpu_of(bench.batch(some[:n], *static))[1] for n in (1, SOME))
            costs.append(1000 * (all_ - one) / (SOME - 1))
        by_studies.append((float(studies), statistics.median(costs)))
        more.append(f"| {studies} | {statistics.median(costs):.0f} |")
        print(more[-1], file=sys.stderr)
    slope_s, start_s = page.fit(by_studies)
    lines = [
        "## Growth", "",
        "Written by `python bench/scale.py --part growth --markdown docs/performance.md`; HTML "
        f"(static charts) and JSON, {len(os.sched_getaffinity(0))} processes at once, on "
        f"{page.machine()}. CPU seconds of all processes.", "",
        "![CPU by assessments and by case studies](performance-growth.svg)", "",
        "| Assessments | CPU s | Wall s | CPU ms a report |", "| --: | --: | --: | --: |", *rows,
        "",
        f"The straight line through these: {start:.1f} s to start, {1000 * slope:.0f} ms a report; "
        f"R² {_fits(by_count):.4f}. The farthest point is {_off(by_count):.1%} off the line.", "",
        f"| Case studies | CPU ms a report (median of {bench.rounds}) |", "| --: | --: |", *more,
        "",
        f"The straight line: {start_s:.0f} ms and {slope_s:.1f} ms a case study; "
        f"R² {_fits(by_studies):.3f}.",
    ]  # fmt: skip

    if markdown:
        panels = [("assessments", "CPU seconds", by_count),
                  ("case studies", "CPU ms a report", by_studies)]  # fmt: skip
        page.growth(markdown.with_name("performance-growth.svg"), "Growth", panels)
    return lines


def _fits(points: Sequence[tuple[float, float]]) -> float:
    return statistics.correlation([p[0] for p in points], [p[1] for p in points]) ** 2


def _off(points: Sequence[tuple[float, float]]) -> float:
    """Return the largest distance from the line, as a share of its height at the last point."""
    slope, start = page.fit(points)
    return max(abs(start + slope * x - y) for x, y in points) / (start + slope * points[-1][0])


# Poison


def poison(bench: Batches, _: Path | None) -> list[str]:
    """Run a batch with bad assessments in it, watch its memory, kill it, and go on."""
    from tests.test_batch import KINDS, notebook

    own = notebook(bench.scratch)
    inputs = copies(bench.scratch / "in", POISON)
    kinds = [k for k, (_, said) in KINDS.items() if said and k != "deaf"]
    bad = {}
    for number, folder in enumerate(sorted(inputs.iterdir())):
        if number % 20 == 10:
            bad[folder.name] = _spoil(folder, number // 20, kinds)
    more = ("--format", "html,json", "--charts", "static", "--date", bench.today,
            "--notebook", str(own), "--time-limit", str(LIMIT), "--json")  # fmt: skip
    whole, memory, seconds = _watched(bench, bench.batch([inputs], *more))
    told = [line for line in whole.stderr.splitlines() if line.startswith("calib: ")]
    once = sum(sum(name in line for line in told) == 1 for name in bad)
    reports = json.loads(whole.stdout)["reports"]
    failed = {r["name"] for r in reports if r["state"] not in ("made", "kept")}
    files = _digests(bench.out)
    kept = _killed(bench, bench.batch([inputs], *more), seconds)
    same = _digests(bench.out) == files
    flat = (max(memory) - min(memory)) / statistics.median(memory)
    tenth = len(memory) // 10
    first, last = (statistics.mean(m) / 2**20 for m in (memory[:tenth], memory[-tenth:]))
    right = failed == set(bad)
    each = len(told) == once == len(bad)
    return [
        "## Bad assessments, kills", "",
        "Written by `python bench/scale.py --part poison --markdown docs/performance.md`.", "",
        f"* {POISON:,} assessments in {seconds:.0f} s, {len(bad)} of them bad: "
        f"{', '.join(sorted(set(bad.values())))}.",
        f"* Failed: {len(failed)}, exactly the bad ones: {_yes(right)}. Lines of error: "
        f"{len(told)}, one for each: {_yes(each)}. Exit code {whole.returncode}.",
        "* Memory of the batch's own process, from the first report to the last: "
        f"{first:.0f} MB in the first tenth of the time, {last:.0f} MB in the last; the highest "
        f"and the lowest of {len(memory)} looks are {flat:.1%} apart (target {FLAT:.0%}: "
        f"{'met' if flat <= FLAT else 'missed'}).",
        f"* Killed (SIGKILL) {KILLS} times at random points and begun again, it ended with the "
        f"same {len(files):,} files, byte for byte: {_yes(same)}. The last run found {kept:,} "
        "reports there and left them alone.",
    ]  # fmt: skip


def _yes(held: object) -> str:
    return "yes" if held else "no"


def _spoil(folder: Path, number: int, kinds: list[str]) -> str:
    """Make an assessment bad in one way of many; returns which."""
    from tests.test_batch import KINDS, _spoil

    if number % 2:
        _spoil(folder, number // 2 % 4)
        return ("no header", "broken YAML", "no UTF-8", "ten thousand brackets")[number // 2 % 4]
    kind = kinds[number // 2 % len(kinds)]
    (folder / "act.py").write_text(KINDS[kind][0], encoding="utf-8")
    return f"notebook: {kind}"


def _watched(bench: Batches, command: Sequence[str]) -> tuple[Any, list[int], float]:
    """Run a batch and look at its memory from its first report on, ten times a second."""
    start, memory = time.monotonic(), []
    with (
        (bench.scratch / "out.json").open("w+", encoding="utf-8") as out,
        (bench.scratch / "said.txt").open("w+", encoding="utf-8") as said,
    ):
        running = subprocess.Popen(
            command, env=bench.env, cwd=bench.scratch, stdout=out, stderr=said
        )
        watched = psutil.Process(running.pid)
        while running.poll() is None:
            if any(bench.out.glob(f"*/{RECORD}")):
                memory.append(watched.memory_info().rss)
            time.sleep(0.1)
        out.seek(0)
        said.seek(0)
        done = subprocess.CompletedProcess(command, running.returncode, out.read(), said.read())
    # The last looks may see a process that has ended, or writes its summary.
    return done, [m for m in memory if m][:-5], time.monotonic() - start


def _killed(bench: Batches, command: Sequence[str], seconds: float) -> int:
    """Kill the batch at random points, then let it end; returns how many reports it found there."""
    chance = random.Random(11)
    shutil.rmtree(bench.out)
    for number in range(KILLS):
        running = subprocess.Popen(
            command, env=bench.env, cwd=bench.scratch, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(chance.uniform(0.2, 2 * seconds / KILLS))
        running.kill()
        running.wait()
        there = len(list(bench.out.glob(f"*/{RECORD}")))
        print(f"kill {number + 1}: {there} reports are there", file=sys.stderr)
    done = subprocess.run(
        command, env=bench.env, cwd=bench.scratch, capture_output=True, text=True, check=False
    )
    kept: int = json.loads(done.stdout)["kept"]
    return kept


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }


def main() -> None:
    parts = {"growth": growth, "poison": poison}
    wanted = page.arguments(__doc__, rounds=3, parts=tuple(parts))
    for part in wanted.part or parts:
        with tempfile.TemporaryDirectory(prefix="calib-bench-") as scratch:
            lines = parts[part](Batches(Path(scratch), wanted.rounds), wanted.markdown)
        print("\n".join(lines))
        if wanted.markdown:
            page.put(wanted.markdown, part, lines)


if __name__ == "__main__":
    main()
