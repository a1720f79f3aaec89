"""A batch beyond one machine: object storage, fork servers, and the workers of a Dask cluster."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from calib import BadInput
from calib.batch import BatchLimits, Job, JobStatus, find_assessments, run_batch
from calib.batch.fork_server import ForkServer, ForkServerLost, ForkServerPool
from calib.batch.manifest import MANIFEST_FILE
from calib.batch.storage import fetch_assessment, find_remote
from calib.cli import main
from tests.jupyter import free_port
from tests.test_batch import DAY, HTML, RESULT, copy, digests, notebook, options, poisoned

fsspec = pytest.importorskip("fsspec", reason="the extra `cluster` is not installed")
posix = pytest.mark.skipif(os.name == "nt", reason="a fork server inherits a socket")
ROOT = Path(__file__).parent.parent
KEYS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_DEFAULT_REGION": "us-east-1"}
LEAN = ("--format", "html,json", "--charts", "static")


def run(*args, code=0, env=None) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "calib", "batch", *map(str, args), "--date", DAY], check=False,
        text=True, capture_output=True, timeout=300, env={**os.environ, **(env or {})},
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


def until(true, seconds: float = 60):
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)
    return found


# Finding and fetching; fsspec's storage in memory stands for any other


@pytest.fixture
def memory():
    storage = fsspec.filesystem("memory")
    storage.store.clear()
    for place in ("clients/acme", "clients/north/bolt", "clients/.hidden/x", "other"):
        storage.pipe(f"/b/{place}/assessment.yaml", b"x")
        storage.pipe(f"/b/{place}/controls/one.yaml", b"x")
    storage.pipe("/b/clients/lost/controls/one.yaml", b"x")
    storage.pipe("/b/clients/acme/old/assessment.yaml", b"x")
    storage.pipe("/b/clients/notes.txt", b"x")
    yield storage
    storage.store.clear()


def test_assessments_are_found_on_a_storage_as_in_a_folder(memory, tmp_path):
    found = find_assessments(["memory://b/clients", "memory://b/other"], "memory://out")
    assert [job.name for job in found] == ["acme", "lost", "north/bolt", "other"]
    assert found[2].assessment == "memory:///b/clients/north/bolt"
    assert found[2].output == "memory://out/north/bolt"
    assert [n for n, _ in find_remote("memory://b/clients/n*")] == ["north/bolt"]
    assert [n for n, _ in find_remote("memory://b/*/acme")] == ["clients/acme"]
    assert find_remote("memory://b/clients/z*") == []
    assert find_remote("memory://b/gone") == [("gone", "memory:///b/gone")]
    mixed = find_assessments(["memory://b/other"], tmp_path)
    assert mixed[0].output == str(tmp_path / "other")


def test_a_report_never_goes_into_its_assessment_on_a_storage(memory):
    with pytest.raises(BadInput, match="its report would be written into it"):
        find_assessments(["memory:///b/clients/acme"], "memory:///b/clients")


@pytest.mark.parametrize("name", ["../../stray", "a//b", "a/./b", "back\\slash", "bell\x07"])
def test_no_object_leaves_its_folder(memory, tmp_path, name):
    memory.store[f"/b/other/{name}"] = memory.store["/b/other/assessment.yaml"]
    with pytest.raises(BadInput, match="not a valid file name"):
        fetch_assessment("memory:///b/other", tmp_path / "in" / "deep")
    assert not (tmp_path / "in").exists()


def test_an_address_that_cannot_be_read_is_one_clear_error(tmp_path):
    with pytest.raises(BadInput, match="cannot be reached: Protocol not known"):
        find_assessments(["nosuch://b/x"], tmp_path)
    with pytest.raises(BadInput, match="no such folder"):
        fetch_assessment("memory://b/gone", tmp_path)


def test_parts_are_the_whole_and_share_nothing(tmp_path):
    for number in range(5):
        (tmp_path / "in" / f"p{number}" / "controls").mkdir(parents=True)

    def made(part):
        args = [
            "batch",
            str(tmp_path / "in"),
            "-o",
            str(tmp_path / "out"),
            "--json",
            "--part",
            part,
        ]
        done = CliRunner().invoke(main, args)
        return [r["name"] for r in json.loads(done.stdout)["reports"]]

    assert [made(f"{n}/3") for n in (1, 2, 3)] == [["p0", "p3"], ["p1", "p4"], ["p2"]]
    for odd in ("0/3", "4/3", "x", "1/", "-1/2", "²/3"):
        done = CliRunner().invoke(main, ["batch", "example:strong", "--part", odd])
        assert done.exit_code == 2
        assert "is not I/N" in done.stderr


# Fork servers


@posix
def test_a_warm_parent_makes_report_after_report_and_can_be_lost(tmp_path):
    before = set(psutil.Process().children(recursive=True))
    ways, limits = options(), BatchLimits(seconds=60)
    jobs = [
        Job(name=n, assessment=str(copy(tmp_path / n)), output=str(tmp_path / "out" / n))
        for n in ("a", "b")
    ]
    gone = Job(name="gone", assessment=str(tmp_path / "gone"), output=str(tmp_path / "out" / "g"))
    servers = ForkServerPool()
    try:
        with servers.lend(ways, limits) as server:
            assert [server.run(j).state for j in jobs] == [JobStatus.MADE, JobStatus.MADE]
            assert server.run(gone).state is JobStatus.BAD_INPUT
            assert server.run(jobs[0]).state is JobStatus.KEPT
        with servers.lend(ways, limits) as again:
            assert again is server
        with pytest.raises(ForkServerLost, match="ended"), servers.lend(ways, limits) as server:  # noqa: PT012
            server._process.kill()
            server.run(jobs[0])
        with servers.lend(options(again=True), limits) as other:
            assert other is not server
            assert other.run(jobs[0]).state is JobStatus.MADE
    finally:
        servers.close()
    with pytest.raises(ForkServerLost, match="the batch has ended"), servers.lend(ways, limits):
        pass
    assert digests(tmp_path / "out" / "a") == digests(tmp_path / "out" / "b")
    assert set(psutil.Process().children(recursive=True)) == before


@posix
def test_a_warm_parent_says_why_it_cannot_begin(tmp_path):
    with pytest.raises(BadInput, match="not a notebook"):
        ForkServer(options(notebook=str(tmp_path / "none.txt")), BatchLimits())
    with pytest.raises(BadInput, match="report_date"):
        ForkServer(options(parameters={"report_date": "soon"}), BatchLimits())


@posix
def test_leaving_early_leaves_no_process_and_waits_for_none(tmp_path):
    before = set(psutil.Process().children(recursive=True))
    for number in range(3):
        copy(tmp_path / "in" / f"p{number}")
        (tmp_path / "in" / f"p{number}" / "act.py").write_text("while True: pass" * (number > 0))
    out = tmp_path / "out"
    jobs = find_assessments([f"file://{tmp_path / 'in'}"], out)
    ways, limits = options(notebook=str(notebook(tmp_path))), BatchLimits(workers=2, seconds=500)
    running = run_batch(ways, jobs, out, limits)
    first = next(running)
    assert (first.name, first.state) == ("p0", JobStatus.MADE), first
    assert (tmp_path / "out" / "p0" / HTML).is_file()
    running.close()
    until(lambda: set(psutil.Process().children(recursive=True)) == before)


OWNER = """
import sys
from calib.batch import BatchLimits, BatchOptions, Job
from calib.batch.fork_server import ForkServer
options, job = BatchOptions.model_validate_json(sys.argv[1]), Job.model_validate_json(sys.argv[2])
ForkServer(options, BatchLimits(seconds=600)).run(job)
"""


@posix
@pytest.mark.slow
def test_with_its_owner_a_warm_parent_ends_and_all_that_it_started(tmp_path):
    folder = copy(tmp_path / "endless")
    (folder / "act.py").write_text("import subprocess; subprocess.run(['sleep', '87654'])")
    ways = options(notebook=str(notebook(tmp_path)))
    job = Job(name="endless", assessment=str(folder), output=str(tmp_path / "out"))
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, ways.model_dump_json(), job.model_dump_json()]
    )
    sleeping = until(lambda: [p for p in processes() if "87654" in p.info["cmdline"]])
    started = psutil.Process(owner.pid).children(recursive=True)
    assert len(started) >= 3
    assert sleeping[0] in started
    owner.kill()
    owner.wait()
    assert psutil.wait_procs(started, timeout=10)[1] == []


def processes():
    return [p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"]]


# S3


def answers(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def bucket(tmp_path_factory):
    """A server on this machine that speaks S3, with a bucket."""
    pytest.importorskip("moto")
    pytest.importorskip("s3fs")
    port = free_port()
    env = {**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
    command = [sys.executable, "-c", "from moto.server import main; main()", "-H", "127.0.0.1"]
    log = (tmp_path_factory.mktemp("s3") / "log").open("w")
    server = subprocess.Popen([*command, "-p", str(port)], stdout=log, stderr=log)
    storage = fsspec.filesystem(
        "s3", endpoint_url=env["AWS_ENDPOINT_URL"], key="x", secret="y", use_listings_cache=False,
        skip_instance_cache=True,
    )  # fmt: skip

    try:
        until(lambda: answers(port))
        storage.mkdir("work")
        yield storage, env
    finally:
        server.kill()
        server.wait()
        log.close()


@pytest.mark.slow
def test_from_s3_to_s3_the_bytes_are_those_of_a_local_batch(bucket, tmp_path):
    storage, env = bucket
    for name in ("acme", "north/bolt"):
        copy(tmp_path / "in" / name)
    (tmp_path / "in" / "bad" / "controls").mkdir(parents=True)
    (tmp_path / "in" / "bad" / "assessment.yaml").write_text("no: yes\n")
    storage.put(f"{tmp_path / 'in'}/", "work/in/", recursive=True)
    run(tmp_path / "in", "-o", tmp_path / "local", *LEAN, code=2)
    first = run("s3://work/in", "-o", "s3://work/out", *LEAN, "--json", code=2, env=env)
    states = {r["name"]: r["state"] for r in json.loads(first.stdout)["reports"]}
    assert states == {"acme": "made", "bad": "bad_input", "north/bolt": "made"}
    assert "s3://work/in/bad: bad/assessment.yaml:1: " in first.stderr
    assert "/calib-batch-" not in first.stdout + first.stderr, "a person knows the address alone"
    storage.get("work/out/", f"{tmp_path / 'got'}/", recursive=True)
    assert digests(tmp_path / "got") == digests(tmp_path / "local")

    again = ("s3://work/in", "-o", "s3://work/out", *LEAN, "--json")
    assert json.loads(run(*again, code=2, env=env).stdout)["kept"] == 2
    storage.pipe(f"work/out/acme/{HTML}", b"cut")
    storage.rm(f"work/out/north/bolt/{RESULT}")
    assert json.loads(run(*again, code=2, env=env).stdout)["made"] == 2
    header = storage.cat("work/in/acme/assessment.yaml")
    storage.pipe("work/in/acme/assessment.yaml", header.replace(b"partner: ", b"partner: New ", 1))
    last = json.loads(run(*again, code=2, env=env).stdout)
    assert {r["name"]: r["state"] for r in last["reports"]} == {**states, "north/bolt": "kept"}
    mixed = run("s3://work/in/acme", "-o", tmp_path / "mixed", *LEAN, env=env)
    assert mixed.stdout == f"{tmp_path / 'mixed'}/acme\n"
    new = storage.cat(f"work/out/acme/{HTML}")
    assert (tmp_path / "mixed" / "acme" / HTML).read_bytes() == new


@pytest.mark.slow
def test_what_a_storage_refuses_is_told(bucket, tmp_path):
    _, env = bucket
    copy(tmp_path / "acme")
    assert "no such folder" in run("s3://nosuch/x", code=2, env=env).stderr
    assert "no such folder" in run("s3://work/nosuch", code=2, env=env).stderr
    done = run(tmp_path / "acme", "-o", "s3://nosuch/out", *LEAN, code=3, env=env)
    assert "s3://nosuch/out/acme: cannot write" in done.stderr
    down = {**env, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}", "AWS_MAX_ATTEMPTS": "1"}
    assert "cannot be reached" in run("s3://work/in", code=2, env=down).stderr
    done = run(tmp_path / "acme", "-o", "s3://work/out", *LEAN, "--retries", "0", code=4, env=down)
    assert "gave up" in done.stderr


# A cluster


@contextmanager
def cluster(folder: Path, workers: int = 2, env=None):
    """A scheduler and workers, each a process of its own; gives the address and the workers."""
    pytest.importorskip("distributed")
    folder.mkdir()
    started: list[subprocess.Popen] = []

    def start(kind: str, *args: str, **more: str) -> subprocess.Popen:
        log = (folder / f"{kind}-{len(started)}.log").open("w")
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--no-dashboard", *args]
        one = subprocess.Popen(
            command, stdout=log, stderr=log, cwd=folder, env={**os.environ, **(env or {}), **more}
        )
        started.append(one)
        return one

    def join(**more: str) -> subprocess.Popen:
        return start("worker", address, "--nthreads", "1", "--no-nanny", **more)

    address = f"tcp://127.0.0.1:{free_port()}"
    scheduler = start("scheduler", "--host", "127.0.0.1", "--port", address.rpartition(":")[2])
    try:
        until(lambda: "Scheduler at" in (folder / "scheduler-0.log").read_text())
        yield address, scheduler, [join() for _ in range(workers)], join
    finally:
        for one in started:
            one.kill()
            one.wait()


class Watch:
    """Which file first stood as each report's record; a report made twice would have another."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.first: dict[str, int] = {}

    def look(self) -> int:
        for path in self.folder.glob(f"*/{MANIFEST_FILE}"):
            with suppress(FileNotFoundError):
                self.first.setdefault(path.parent.name, path.stat().st_ino)
        return len(self.first)

    def now(self) -> dict[str, int]:
        return {p.parent.name: p.stat().st_ino for p in self.folder.glob(f"*/{MANIFEST_FILE}")}


@posix
@pytest.mark.slow
def test_a_worker_killed_in_the_middle_loses_nothing_and_nothing_is_made_twice(tmp_path):
    own = notebook(tmp_path)
    kinds = ("exception", "os-exit", "segfault", "chdir", "endless")
    expected = poisoned(tmp_path / "in", kinds)
    for number in range(30):
        copy(tmp_path / "in" / f"p{number:02}")
    (tmp_path / "in" / "lost" / "controls").mkdir(parents=True)
    whole = (*LEAN, "--notebook", own, "--time-limit", "15", "--json")
    run(tmp_path / "in", "-o", tmp_path / "local", *whole, code=4)
    watch = Watch(tmp_path / "out")
    with cluster(tmp_path / "dask") as (address, _, workers, _join):
        command = [sys.executable, "-m", "calib", "batch", "in", "-o", "out", "--date", DAY]
        running = subprocess.Popen(
            [*command, *map(str, whole), "--scheduler", address], cwd=tmp_path,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        until(lambda: watch.look() >= 8)
        workers[0].kill()
        while running.poll() is None:
            watch.look()
            time.sleep(0.02)
        out, said = running.communicate()
    assert running.returncode == 4, said
    reports = {r["name"]: r for r in json.loads(out)["reports"]}
    assert len(reports) == 30 + 2 * len(kinds) + 1
    bad = {name for name, why in expected.items() if why}
    assert {n for n, r in reports.items() if r["state"] == "failed"} == bad
    assert reports["lost"]["state"] == "bad_input"
    lines = [line for line in said.splitlines() if line.startswith("calib: ")]
    assert len(lines) == len(bad) + 1
    assert digests(tmp_path / "out") == digests(tmp_path / "local")
    assert watch.now() == watch.first
    until(lambda: not [p for p in processes() if "calib.batch.fork_server" in p.info["cmdline"]])


@posix
@pytest.mark.slow
def test_from_s3_to_s3_by_a_cluster(bucket, tmp_path):
    storage, env = bucket
    for number in range(6):
        copy(tmp_path / "in" / f"p{number}")
    storage.put(f"{tmp_path / 'in'}/", "work/many/", recursive=True)
    run(tmp_path / "in", "-o", tmp_path / "local", *LEAN)
    with cluster(tmp_path / "dask", env=env) as (address, *_):
        args = ("s3://work/many", "-o", "s3://work/made", *LEAN, "--json", "--scheduler", address)
        assert json.loads(run(*args, env=env).stdout)["made"] == 6
        assert json.loads(run(*args, env=env).stdout)["kept"] == 6
    storage.get("work/made/", f"{tmp_path / 'got'}/", recursive=True)
    assert digests(tmp_path / "got") == digests(tmp_path / "local")


@posix
@pytest.mark.slow
def test_without_its_scheduler_a_batch_ends_and_can_go_on(tmp_path):
    for number in range(12):
        copy(tmp_path / "in" / f"p{number:02}")
    places = (tmp_path / "in", "-o", tmp_path / "out", *LEAN)
    with cluster(tmp_path / "dask") as (address, scheduler, *_):
        command = [sys.executable, "-m", "calib", "batch", *map(str, places), "--date", DAY]
        running = subprocess.Popen(
            [*command, "--scheduler", address, "--json"], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        until(lambda: len(list((tmp_path / "out").glob(f"*/{MANIFEST_FILE}"))) > 4)
        scheduler.send_signal(signal.SIGKILL)
        out, said = running.communicate(timeout=120)
    assert running.returncode == 4, said
    told = json.loads(out)
    assert len(told["reports"]) == 12
    assert 0 < told["failed"] < 12
    assert len([line for line in said.splitlines() if "gave up" in line]) == told["failed"]
    assert "Traceback" not in said
    last = json.loads(run(*places, "--json").stdout)
    assert last["failed"] == 0
    assert last["kept"] >= told["made"]


@posix
@pytest.mark.slow
def test_a_cluster_that_cannot_do_the_work_is_one_clear_error(tmp_path):
    copy(tmp_path / "acme")
    places = (tmp_path / "acme", "-o", tmp_path / "out", *LEAN)
    for odd in ("nonsense", "tcp://", "10.0.0.7:8786"):
        assert "invalid address" in run(*places, "--scheduler", odd, code=2).stderr
    nobody = f"tcp://127.0.0.1:{free_port()}"
    assert "cannot connect to the scheduler" in run(*places, "--scheduler", nobody, code=2).stderr
    said = run(*places, "--scheduler", nobody, "--jobs", "2", code=2).stderr
    assert "--jobs cannot be combined with --scheduler" in said
    other = tmp_path / "other"
    for part in ("calib", "data", "templates", "notebooks"):
        shutil.copytree(ROOT / part, other / part)
    (other / "calib" / "more.py").write_text("")
    with cluster(tmp_path / "dask", workers=1) as (address, _, _workers, join):
        run(*places, "--scheduler", address)
        join(PYTHONPATH=str(other))
        until(lambda: log_of(tmp_path / "dask").count("Registered to") == 2)
        done = run(*places, "--scheduler", address, "--again", code=2)
        assert "1 problem" in done.stderr
        assert "has another version of calib" in done.stderr


def log_of(folder: Path) -> str:
    return "\n".join(path.read_text() for path in folder.glob("worker-*.log"))
