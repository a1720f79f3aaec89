"""Measure how a batch scales, and how it handles bad assessments and kills.

    python bench/scale.py --part growth --markdown docs/performance.md   # 1 to 2,000 assessments
    python bench/scale.py --part poison --markdown docs/performance.md   # 1,000, one in 20 is bad

growth: batches of more and more assessments, and of assessments with more case studies.
poison: one in twenty assessments is bad, in various ways; the batch is then killed at random.
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
STUDIES, REPORTS = (4, 10, 20, 30, 40, 50), 11
POISON, KILLS, LIMIT, FLAT = 1000, 10, 15, 0.1
MANIFEST_FILE = ".calib-batch.json"


class ScaleBench(Bench):
    """Run batches and measure their CPU time."""

    def measure_cpu(self, command: Sequence[str]) -> tuple[float, float]:
        """Run a command; return its wall-clock and CPU seconds."""
        shutil.rmtree(self.out, ignore_errors=True)
        before, start = os.times(), time.perf_counter()
        self.run(command)
        after = os.times()
        return time.perf_counter() - start, sum(after[i] - before[i] for i in (2, 3))


def copy_example(folder: Path, count: int, studies: int = 0) -> Path:
    """Write copies of the example with different partners and a number of case studies."""
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


def growth(bench: ScaleBench, markdown: Path | None) -> list[str]:
    """Measure CPU time by number of assessments and by number of case studies."""
    static = ("--format", "html,json", "--charts", "static", "--date", bench.today)
    inputs = copy_example(bench.scratch / "many", max(COUNTS))
    folders = sorted(inputs.iterdir())
    listed = bench.scratch / "list.txt"
    by_count, rows = [], []
    bench.run(bench.batch(folders[:1], *static))  # compiles the modules
    for count in COUNTS:
        listed.write_text("\n".join(map(str, folders[:count])), encoding="utf-8")
        wall, cpu = bench.measure_cpu(bench.batch([], "--list", str(listed), *static))
        by_count.append((float(count), cpu))
        rows.append(f"| {count:,} | {cpu:.1f} | {wall:.1f} | {1000 * cpu / count:.0f} |")
        print(rows[-1], file=sys.stderr)
    slope, start = page.fit(by_count)
    by_studies, more = [], []
    for studies in STUDIES:
        some = sorted(copy_example(bench.scratch / f"s{studies}", REPORTS, studies).iterdir())
        costs = []
        for _ in range(bench.rounds):
            one, all_ = (bench.measure_cpu(bench.batch(some[:n], *static))[1] for n in (1, REPORTS))
            costs.append(1000 * (all_ - one) / (REPORTS - 1))
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
        "| Assessments | CPU s | Wall s | CPU ms per report |", "| --: | --: | --: | --: |", *rows,
        "",
        f"Linear fit: {start:.1f} s to start, {1000 * slope:.0f} ms per report; "
        f"R² {_r_squared(by_count):.4f}. Largest deviation from the line: "
        f"{_largest_deviation(by_count):.1%}.", "",
        f"| Case studies | CPU ms per report (median of {bench.rounds}) |", "| --: | --: |", *more,
        "",
        f"Linear fit: {start_s:.0f} ms and {slope_s:.1f} ms per case study; "
        f"R² {_r_squared(by_studies):.3f}.",
    ]  # fmt: skip

    if markdown:
        panels = [("assessments", "CPU seconds", by_count),
                  ("case studies", "CPU ms per report", by_studies)]  # fmt: skip
        page.growth(markdown.with_name("performance-growth.svg"), "Growth", panels)
    return lines


def _r_squared(points: Sequence[tuple[float, float]]) -> float:
    return statistics.correlation([p[0] for p in points], [p[1] for p in points]) ** 2


def _largest_deviation(points: Sequence[tuple[float, float]]) -> float:
    """Return the largest distance from the line, relative to its height at the last point."""
    slope, start = page.fit(points)
    return max(abs(start + slope * x - y) for x, y in points) / (start + slope * points[-1][0])


# Poison


def poison(bench: ScaleBench, _: Path | None) -> list[str]:
    """Run a batch with bad assessments, watch its memory, kill it and continue it."""
    from tests.test_batch import KINDS, notebook

    own = notebook(bench.scratch)
    inputs = copy_example(bench.scratch / "in", POISON)
    kinds = [k for k, (_, stderr) in KINDS.items() if stderr and k != "deaf"]
    bad = {}
    for number, folder in enumerate(sorted(inputs.iterdir())):
        if number % 20 == 10:
            bad[folder.name] = _break_assessment(folder, number // 20, kinds)
    more = ("--format", "html,json", "--charts", "static", "--date", bench.today,
            "--notebook", str(own), "--time-limit", str(LIMIT), "--json")  # fmt: skip
    whole, memory, seconds = _run_watched(bench, bench.batch([inputs], *more))
    errors = [line for line in whole.stderr.splitlines() if line.startswith("calib: ")]
    named_once = sum(sum(name in line for line in errors) == 1 for name in bad)
    reports = json.loads(whole.stdout)["reports"]
    failed = {r["name"] for r in reports if r["state"] not in ("made", "kept")}
    files = _digests(bench.out)
    kept = _run_with_kills(bench, bench.batch([inputs], *more), seconds)
    same = _digests(bench.out) == files
    flat = (max(memory) - min(memory)) / statistics.median(memory)
    tenth = len(memory) // 10
    first, last = (statistics.mean(m) / 2**20 for m in (memory[:tenth], memory[-tenth:]))
    right = failed == set(bad)
    each = len(errors) == named_once == len(bad)
    return [
        "## Bad assessments and kills", "",
        "Written by `python bench/scale.py --part poison --markdown docs/performance.md`.", "",
        f"* {POISON:,} assessments in {seconds:.0f} s, {len(bad)} of them bad: "
        f"{', '.join(sorted(set(bad.values())))}.",
        f"* Failed: {len(failed)}, exactly the bad ones: {_yes_or_no(right)}. Error lines: "
        f"{len(errors)}, one for each: {_yes_or_no(each)}. Exit code {whole.returncode}.",
        "* Memory of the batch's main process, from the first report to the last: "
        f"{first:.0f} MB in the first tenth of the time, {last:.0f} MB in the last; the highest "
        f"and the lowest of {len(memory)} samples differ by {flat:.1%} (target {FLAT:.0%}: "
        f"{'met' if flat <= FLAT else 'missed'}).",
        f"* Killed (SIGKILL) {KILLS} times at random points and restarted, it ended with the "
        f"same {len(files):,} files, byte for byte: {_yes_or_no(same)}. The last run found and "
        f"skipped {kept:,} unchanged reports.",
    ]  # fmt: skip


def _yes_or_no(value: object) -> str:
    return "yes" if value else "no"


def _break_assessment(folder: Path, number: int, kinds: list[str]) -> str:
    """Break an assessment in one of several ways; return which."""
    from tests.test_batch import KINDS, break_assessment

    if number % 2:
        break_assessment(folder, number // 2 % 4)
        return ("no header", "broken YAML", "not UTF-8", "ten thousand brackets")[number // 2 % 4]
    kind = kinds[number // 2 % len(kinds)]
    (folder / "act.py").write_text(KINDS[kind][0], encoding="utf-8")
    return f"notebook: {kind}"


def _run_watched(bench: ScaleBench, command: Sequence[str]) -> tuple[Any, list[int], float]:
    """Run a batch and sample its memory ten times a second, from its first report on."""
    start, memory = time.monotonic(), []
    with (
        (bench.scratch / "out.json").open("w+", encoding="utf-8") as out,
        (bench.scratch / "stderr.txt").open("w+", encoding="utf-8") as stderr,
    ):
        running = subprocess.Popen(
            command, env=bench.env, cwd=bench.scratch, stdout=out, stderr=stderr
        )
        watched = psutil.Process(running.pid)
        while running.poll() is None:
            if any(bench.out.glob(f"*/{MANIFEST_FILE}")):
                memory.append(watched.memory_info().rss)
            time.sleep(0.1)
        out.seek(0)
        stderr.seek(0)
        done = subprocess.CompletedProcess(command, running.returncode, out.read(), stderr.read())
    # The last samples may be of a process that has ended or writes its summary.
    return done, [m for m in memory if m][:-5], time.monotonic() - start


def _run_with_kills(bench: ScaleBench, command: Sequence[str], seconds: float) -> int:
    """Kill the batch at random points, then finish it; return the number of unchanged reports."""
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
        there = len(list(bench.out.glob(f"*/{MANIFEST_FILE}")))
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
            lines = parts[part](ScaleBench(Path(scratch), wanted.rounds), wanted.markdown)
        print("\n".join(lines))
        if wanted.markdown:
            page.put(wanted.markdown, part, lines)


if __name__ == "__main__":
    main()
