"""Measure the overhead of object storage and a cluster, and estimate the cost of 100,000 reports.

    python bench/cluster.py --markdown docs/cluster.md    # about three minutes

The same assessments run in a local batch, from and to object storage, and on a cluster of two
workers. Scheduler, workers and an S3 server are processes of this machine, measured separately.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import page
import psutil
from scale import copy_example
from stock import ROOT, Bench

sys.path.insert(0, str(ROOT))

REPORTS = 61
ESTIMATED = 100_000
# List prices of Fargate (Linux, x86) and S3 Standard in us-east-1, in dollars. They change.
VCPU_HOUR, GB_HOUR, MEMORY = 0.04048, 0.004445, 2
PUT, GET = 0.005 / 1000, 0.0004 / 1000


class ClusterBench(Bench):
    """Local and remote batches."""

    def setup(self) -> None:
        self.inputs = copy_example(self.scratch / "in", REPORTS)
        self.listed = sorted(self.inputs.iterdir())
        self.lean = ("--format", "html,json", "--charts", "static", "--date", self.today)

    def command(self, place: str | Path, out: str | Path, *more: str) -> list[str]:
        calib = str(self.bin / "calib")
        return [calib, "batch", str(place), "-o", str(out), *self.lean, *more]

    def measure(self, command: Sequence[str], others: Sequence[psutil.Process]) -> dict[str, float]:
        """Run a command; return wall and CPU seconds, and the CPU seconds of other processes."""
        before, ours, start = [cpu(p) for p in others], os.times(), time.perf_counter()
        subprocess.run(command, check=True, env=self.env, cwd=self.scratch, capture_output=True)
        wall, after = time.perf_counter() - start, os.times()
        own = sum(after[i] - ours[i] for i in (2, 3))
        spent = [cpu(p) - was for p, was in zip(others, before, strict=True)]
        return {"wall": wall, "cpu": own, "others": sum(spent)}


def cpu(process: psutil.Process) -> float:
    """Return the CPU seconds of a process and its children, including those that have ended."""
    tree = [process, *process.children(recursive=True)]
    return sum(sum(member.cpu_times()[:4]) for member in tree)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def start_process(bench: ClusterBench, *arguments: str, name: str) -> Iterator[psutil.Process]:
    with (bench.scratch / f"{name}.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, *arguments], env=bench.env, cwd=bench.scratch, stdout=log, stderr=log
        )
        try:
            yield psutil.Process(process.pid)
        finally:
            process.kill()
            process.wait()


def wait_until(check: Callable[[], bool]) -> None:
    while not check():
        time.sleep(0.1)


@contextmanager
def start_storage(bench: ClusterBench) -> Iterator[psutil.Process]:
    """Start an S3 server and upload the assessments."""
    import fsspec

    port = free_port()
    bench.env |= {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "y",
    }  # fmt: skip
    code = "from moto.server import main; main()"
    with start_process(bench, "-c", code, "-H", "127.0.0.1", "-p", str(port), name="s3") as server:
        with socket.socket() as line:
            wait_until(lambda: line.connect_ex(("127.0.0.1", port)) == 0)
        there = fsspec.filesystem(
            "s3", endpoint_url=bench.env["AWS_ENDPOINT_URL"], key="x", secret="y"
        )
        there.mkdir("work")
        for count in (1, REPORTS):
            for folder in bench.listed[:count]:
                there.put(f"{folder}/", f"work/in{count}/{folder.name}/", recursive=True)
        yield server


@contextmanager
def start_workers(bench: ClusterBench) -> Iterator[tuple[str, list[psutil.Process]]]:
    """Start a scheduler and two workers; yield its address and the workers."""
    address = f"tcp://127.0.0.1:{free_port()}"
    dask, quiet = ("-m", "distributed.cli.dask_{}"), "--no-dashboard"
    more = ("--host", "127.0.0.1", "--port", address.rpartition(":")[2], quiet)
    with start_process(bench, "-m", dask[1].format("scheduler"), *more, name="scheduler"):
        worker = ("-m", dask[1].format("worker"), address, "--nthreads", "1", "--no-nanny", quiet)
        with (
            start_process(bench, *worker, name="a") as one,
            start_process(bench, *worker, name="b") as two,
        ):
            yield address, [one, two]


def count_requests(bench: ClusterBench) -> dict[str, int]:
    said = (bench.scratch / "s3.log").read_text(encoding="utf-8", errors="replace")
    kinds = re.findall(r'"(GET|PUT|HEAD|POST) ', said)
    return {kind: kinds.count(kind) for kind in ("GET", "HEAD", "PUT", "POST")}


def measure_all(
    bench: ClusterBench,
) -> tuple[dict[str, list[tuple[float, float]]], dict[str, float], float]:
    """Return wall and CPU milliseconds per further report, requests and bytes."""
    found: dict[str, list[tuple[float, float]]] = {"local": [], "s3": [], "cluster": []}
    per: dict[str, float] = {}
    with start_storage(bench), start_workers(bench) as (address, staff):
        for _ in range(bench.rounds):
            ways = {
                "local": lambda n: (bench.inputs if n > 1 else bench.listed[0], bench.out, ()),
                "s3": lambda n: (f"s3://work/in{n}", "s3://work/out", ()),
                "cluster": lambda n: (
                    bench.inputs if n > 1 else bench.listed[0], bench.out,
                    ("--scheduler", address),
                ),
            }  # fmt: skip
            for way, of in ways.items():
                costs = []
                for count in (1, REPORTS):
                    shutil.rmtree(bench.out, ignore_errors=True)
                    place, out, more = of(count)
                    before = count_requests(bench)
                    command = bench.command(place, out, "--again", *more)
                    costs.append(bench.measure(command, staff if way == "cluster" else []))
                    if way == "s3" and count == REPORTS:
                        after = count_requests(bench)
                        per = {kind: (after[kind] - before[kind]) / REPORTS for kind in after}
                one, all_ = costs
                both = [c["cpu"] + c["others"] for c in costs]
                share = 1000 / (REPORTS - 1)
                found[way].append(
                    ((all_["wall"] - one["wall"]) * share, (both[1] - both[0]) * share)
                )
                print(way, found[way][-1], file=sys.stderr)
    size = sum(p.stat().st_size for p in (bench.out / bench.listed[0].name).rglob("*"))
    return found, per, size


def estimate(cpu_ms: float, per: dict[str, float], size: float) -> list[str]:
    """Estimate time and cost of 100,000 reports."""
    hours = cpu_ms * ESTIMATED / 1000 / 3600
    compute = hours * (VCPU_HOUR + MEMORY * GB_HOUR)
    reads = (per["GET"] + per["HEAD"]) * ESTIMATED
    writes = (per["PUT"] + per["POST"]) * ESTIMATED
    asked = reads * GET + writes * PUT
    rows = [
        ("vCPU hours", f"{hours:.1f}", f"{cpu_ms:.0f} CPU ms per report, measured here"),
        ("Time, 2 vCPU", f"{hours / 2:.1f} h", "one machine like this one"),
        ("Time, 64 vCPU", f"{hours / 64 * 60:.0f} min", "plus the minutes until they have started"),
        ("Compute", f"${compute:.2f}", f"Fargate, {MEMORY} GB per vCPU; less on Spot"),
        ("Requests", f"${asked:.2f}", f"{reads:,.0f} reads, {writes:,.0f} writes and listings"),
        ("Stored", f"{size * ESTIMATED / 1e9:.0f} GB", "HTML with static charts, and JSON"),
    ]  # fmt: skip
    lines = ["| 100,000 assessments | | basis |", "| --- | --: | --- |"]
    return [*lines, *(f"| {a} | {b} | {c} |" for a, b, c in rows)]


def render_document(bench: ClusterBench) -> list[str]:
    found, per, size = measure_all(bench)
    middle = {
        way: [statistics.median(m[i] for m in some) for i in (0, 1)] for way, some in found.items()
    }
    names = {
        "local": "local files",
        "s3": "from and to S3",
        "cluster": "a cluster of two workers",
    }
    rows = [
        f"| {names[way]} | {wall:.0f} | {cpu_:.0f} | {cpu_ / middle['local'][1]:.2f} |"
        for way, (wall, cpu_) in middle.items()
    ]
    asked = ", ".join(f"{count:.1f} {kind}" for kind, count in per.items() if count)
    return [
        "Written by `python bench/cluster.py --markdown docs/cluster.md`, on "
        f"{page.machine()}, {bench.today}; medians of {bench.rounds} rounds, {REPORTS - 1} further "
        "reports each, HTML with static charts and JSON, two at once. CPU time includes the "
        "command, its processes and the workers, but not the scheduler and the S3 server. These "
        "share the cores, so the wall times of S3 and cluster include them.", "",
        "| | Wall ms per report | CPU ms per report | relative to local |",
        "| --- | --: | --: | --: |", *rows, "",
        f"S3 requests per report of {_objects(bench)} objects: {asked}.", "",
        *estimate(max(m[1] for m in middle.values()), per, size),
    ]  # fmt: skip


def _objects(bench: ClusterBench) -> int:
    return sum(path.is_file() for path in bench.listed[0].rglob("*"))


def main() -> None:
    wanted = page.arguments(__doc__, rounds=3)
    with tempfile.TemporaryDirectory(prefix="calib-bench-") as scratch:
        bench = ClusterBench(Path(scratch), wanted.rounds)
        bench.setup()
        lines = render_document(bench)
    print("\n".join(lines))
    if wanted.markdown:
        page.put(wanted.markdown, "measured", lines)


if __name__ == "__main__":
    main()
