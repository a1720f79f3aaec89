"""A batch: what it finds, what it leaves alone, and that no report touches another."""

from __future__ import annotations

import faulthandler
import hashlib
import json
import os
import pty
import random
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import nbformat
import psutil
import pytest
from click.testing import CliRunner
from nbformat.v4 import new_code_cell

from calib import BadInput, CannotWrite
from calib.batch import (
    BatchLimits,
    BatchOptions,
    Job,
    JobResult,
    JobStatus,
    find_assessments,
    run_batch,
)
from calib.batch import run as running
from calib.batch.manifest import MANIFEST_FILE, fingerprint
from calib.batch.pool import run_jobs
from calib.cli import main
from calib.report.write import NOTEBOOK, write_report
from calib.resources import resource_path

ROOT = Path(__file__).parent.parent
DAY = "2026-11-22"
HTML, RESULT = "readiness-report.html", "result.json"
posix = pytest.mark.skipif(os.name == "nt", reason="processes are forked")


def copy(folder: Path, example: str = "brightloom") -> Path:
    return Path(shutil.copytree(resource_path("data", "examples", example), folder))


def options(**more) -> BatchOptions:
    parameters = {"report_date": DAY, "charts": "static", **more.pop("parameters", {})}
    return BatchOptions(**{"formats": ("html", "json"), "parameters": parameters, **more})


def run(places, output: Path, limits: BatchLimits | None = None, **more) -> dict[str, JobResult]:
    jobs = find_assessments([str(p) for p in places], output)
    done = list(run_batch(options(**more), jobs, output, limits or BatchLimits()))
    assert len(done) == len(jobs)
    return {one.name: one for one in done}


def command(*args, code=0):
    """Run the command here, where everything is loaded."""
    done = CliRunner().invoke(main, ["batch", *map(str, args), "--date", DAY])
    assert done.exit_code == code, (done.output, done.exception)
    assert "Traceback" not in done.output
    return done


def program(*args, code=0, **more) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    done = subprocess.run(
        [sys.executable, "-m", "calib", "batch", *map(str, args), "--date", DAY], check=False,
        text=True, **{"capture_output": True, "timeout": 300, **more},
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }


def names(jobs) -> list[str]:
    return [job.name for job in jobs]


# What is found


def test_a_report_goes_where_its_assessment_lies_below_what_was_named(tmp_path):
    for place in ("clients/acme", "clients/north/bolt", "clients/.hidden/x", "other"):
        copy(tmp_path / place)
    (tmp_path / "clients" / "notes").mkdir()
    found = find_assessments([str(tmp_path / "clients"), str(tmp_path / "other")], tmp_path / "out")
    assert names(found) == ["acme", "north/bolt", "other"]
    assert found[1].output == str(tmp_path / "out" / "north" / "bolt")
    patterns = [str(tmp_path / "clients" / "*"), "example:strong"]
    assert names(find_assessments(patterns, tmp_path)) == ["acme", "north/bolt", "strong"]


def test_a_damaged_assessment_and_one_that_is_not_there_are_jobs_too(tmp_path):
    copy(tmp_path / "clients" / "acme")
    (tmp_path / "clients" / "acme" / "assessment.yaml").unlink()
    (tmp_path / "empty").mkdir()
    places = [tmp_path / "clients", tmp_path / "empty", tmp_path / "gone"]
    found = find_assessments([str(p) for p in places], tmp_path / "out")
    assert names(found) == ["acme", "empty", "gone"]
    done = run(places, tmp_path / "out")
    assert {one.state for one in done.values()} == {JobStatus.BAD_INPUT}
    assert "assessment.yaml is missing" in done["acme"].message
    assert "no such folder" in done["gone"].message


def test_what_cannot_be_meant_is_refused_before_anything_is_made(tmp_path):
    copy(tmp_path / "a" / "same")
    copy(tmp_path / "b" / "Same")
    both = [str(tmp_path / "a" / "same"), str(tmp_path / "b" / "Same")]
    with pytest.raises(BadInput, match="would be written to Same too"):
        find_assessments(both, tmp_path / "out")
    assert len(find_assessments([both[0], both[0]], tmp_path / "out")) == 1
    with pytest.raises(BadInput, match="matches no folder"):
        find_assessments([str(tmp_path / "c*")], tmp_path / "out")
    with pytest.raises(BadInput, match="written into it"):
        find_assessments([both[0]], tmp_path / "a")


def test_a_list_is_read_line_by_line(tmp_path):
    from calib.cli.batch import read_folder_list

    path = tmp_path / "list.txt"
    path.write_bytes("\ufeff# nightly\r\nacme\r\n\r\n  b c  \n".encode())
    assert read_folder_list(str(path)) == ["acme", "b c"]
    for content, said in (
        (b"a\n\xff", "UTF-8"),
        (b"a\nb\0c", "list.txt:2: not a folder name"),
        (b"#", "contains no folders"),
    ):
        path.write_bytes(content)
        with pytest.raises(BadInput, match=said):
            read_folder_list(str(path))


# What is left alone


def test_only_what_is_missing_or_changed_is_made_again(tmp_path):
    for name in ("a", "b", "c"):
        copy(tmp_path / "in" / name)
    out = tmp_path / "out"
    done = run([tmp_path / "in"], out)
    assert {one.state for one in done.values()} == {JobStatus.MADE}
    assert done["a"].readiness == "not_ready"
    assert done["a"].files == (HTML, RESULT)
    first = digests(out)

    again = run([tmp_path / "in"], out)
    assert {one.state for one in again.values()} == {JobStatus.KEPT}
    assert again["b"].model_dump(exclude={"state", "seconds"}) == done["b"].model_dump(
        exclude={"state", "seconds"}
    )

    (out / "a" / RESULT).unlink()
    (out / "b" / HTML).write_text("changed by hand")
    (out / "c" / MANIFEST_FILE).write_text("{")
    assert {one.state for one in run([tmp_path / "in"], out).values()} == {JobStatus.MADE}
    assert digests(out) == first

    (out / "a" / ".calib-report-left" / "previous").mkdir(
        parents=True
    )  # by a batch that was killed
    (tmp_path / "in" / "b" / "evidence" / "new.txt").write_text("x")
    states = {name: one.state for name, one in run([tmp_path / "in"], out).items()}
    assert states == {"a": JobStatus.KEPT, "b": JobStatus.MADE, "c": JobStatus.KEPT}
    assert not list(out.rglob(".calib-report-*"))


def test_every_cause_of_other_bytes_is_in_the_fingerprint(tmp_path):
    folder = copy(tmp_path / "acme")
    [job] = find_assessments([str(folder)], tmp_path / "out")
    seen = {fingerprint(job, options())}

    def is_new(mark: str) -> bool:
        return mark not in seen and not seen.add(mark)

    assert not is_new(fingerprint(job, options(again=True)))
    assert is_new(fingerprint(job, options(formats=("html",))))
    assert is_new(fingerprint(job, options(parameters={"brand_name": "B"})))
    own = tmp_path / "own.ipynb"
    own.write_text("1")
    assert is_new(fingerprint(job, options(notebook=str(own))))
    own.write_text("2")
    assert is_new(fingerprint(job, options(notebook=str(own))))
    (folder / "plan.yaml").write_text("actions: []\n")
    assert is_new(fingerprint(job, options()))
    (folder / "evidence" / "deep").mkdir()
    (folder / "evidence" / "deep" / "x").write_bytes(b"1")
    assert is_new(fingerprint(job, options()))
    (folder / ".calib").mkdir(exist_ok=True)
    (folder / ".calib" / "journal").write_text("x")
    assert not is_new(fingerprint(job, options()))


@posix
def test_odd_things_in_a_folder_neither_hang_nor_loop(tmp_path):
    folder = copy(tmp_path / "acme")
    os.mkfifo(folder / "pipe")
    (folder / "evidence" / "round").symlink_to(folder)
    (folder / "nowhere").symlink_to(folder / "gone")
    assert run([folder], tmp_path / "out")["acme"].state is JobStatus.MADE
    assert run([folder], tmp_path / "out")["acme"].state is JobStatus.KEPT


# The command


def test_the_command_tells_by_lines_by_files_and_by_its_code(tmp_path):
    copy(tmp_path / "in" / "good", "northwind")
    copy(tmp_path / "in" / "half")
    bad = copy(tmp_path / "in" / "bad")
    (bad / "plan.yaml").write_text("actions:\n  - id: x\n    status: soon\n  - owner: y\n")
    listed = tmp_path / "list.txt"
    listed.write_text("gone\n")
    out = tmp_path / "out"
    same = (tmp_path / "in", "--list", listed, "-o", out, "--format", "html,json")
    done = command(*same, "--junit", tmp_path / "ci" / "j.xml", "--require", "ready", code=2)
    assert sorted(done.stdout.split()) == [str(out / "good"), str(out / "half")]
    errors = [line for line in done.stderr.splitlines() if line.startswith("calib: ")]
    assert len(errors) == 3  # two that failed, and one sentence on what was required
    assert any("bad/plan.yaml:3: actions[0].status" in e and "(and 1 more)" in e for e in errors)
    assert "below the requirement: half" in errors[-1]
    assert (
        "4 reports: 2 created, 0 unchanged, 2 failed; 1 ready, 0 close, 1 not ready" in done.stderr
    )

    suite = ET.parse(tmp_path / "ci" / "j.xml").getroot().find("testsuite")
    assert suite.get("tests") == "4"
    cases = {case.get("name"): case for case in suite}
    assert "required" in cases["half"].find("failure").get("message")
    assert cases["bad"].find("error").text.count("plan.yaml") == 2
    assert len(cases["good"].findall("properties/property")) == 3
    assert not cases["good"].findall("error")

    # The same bytes as by `calib report`.
    values = {"assessment": str(tmp_path / "in" / "half"), "report_date": DAY}
    write_report(values, tmp_path / "one", ("html", "json"))
    for name in (HTML, RESULT):
        assert (tmp_path / "one" / name).read_bytes() == (out / "half" / name).read_bytes()

    data = json.loads(command(*same, "--json", code=2).stdout)
    assert (data["made"], data["kept"], data["failed"]) == (0, 2, 2)
    assert [r["state"] for r in data["reports"]].count("bad_input") == 2


def test_a_mistake_in_the_options_is_told_once_and_makes_nothing(tmp_path):
    for more, said in (
        (("--brand-accent", "red"), "--brand-accent: must be a colour"),
        (("--format", "docx"), "--format: unknown format: docx"),
        (("--notebook", tmp_path / "none.ipynb"), "none.ipynb: cannot be read"),
        (("--notebook", ROOT / "README.md"), "README.md: not a notebook"),
        (("--list", tmp_path / "none.txt"), "none.txt: cannot be read"),
    ):
        done = command("example:strong", "example:halfway", "-o", tmp_path / "out", *more, code=2)
        assert done.stderr.count(said) == 1
        assert not list((tmp_path / "out").glob("*/*"))
    assert "Give at least one DIR" in command("-o", tmp_path / "out", code=2).stderr


def test_a_notebook_of_ones_own(tmp_path):
    own = notebook(tmp_path)
    copy(tmp_path / "acme")
    assert run([tmp_path / "acme"], tmp_path / "own", notebook=str(own))["acme"].is_there
    run([tmp_path / "acme"], tmp_path / "ours")
    for name in (HTML, RESULT):
        pages = [(tmp_path / made / "acme" / name).read_bytes() for made in ("own", "ours")]
        assert pages[0] == pages[1]
    nb = nbformat.read(own, 4)
    del nb.cells[4:]
    nbformat.write(nb, own)
    cut = run([tmp_path / "acme"], tmp_path / "cut", notebook=str(own))["acme"]
    assert cut.state is JobStatus.BAD_INPUT
    assert "own.ipynb: does not show a complete report" in cut.message


def test_one_batch_at_a_time_writes_to_a_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(running, "_LOCK_SECONDS", 0.1)
    first = run_batch(
        options(), find_assessments(["example:strong"], tmp_path), tmp_path, BatchLimits()
    )
    assert next(first).state is JobStatus.MADE
    with pytest.raises(CannotWrite, match="another batch"):
        run(["example:strong"], tmp_path)
    first.close()
    assert run(["example:strong"], tmp_path)["strong"].state is JobStatus.KEPT


def test_a_report_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "strong").write_text("in the way")
    done = run(["example:strong", "example:halfway"], tmp_path / "out")
    assert done["strong"].state is JobStatus.CANNOT_WRITE
    assert done["halfway"].state is JobStatus.MADE
    assert (tmp_path / "out" / "strong").read_text() == "in the way"


@posix
def test_a_terminal_gets_a_bar(tmp_path):
    ours, theirs = pty.openpty()
    program(
        "example:strong", "gone", "-o", tmp_path, "--format", "json", code=2, capture_output=False,
        stdout=subprocess.DEVNULL, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    try:
        while data := os.read(ours, 65536):
            shown += data
    except OSError:  # the end, on Linux
        pass
    text = shown.decode()
    assert "Reports" in text
    assert "2/2" in text
    assert "per second" in text
    assert text.count("calib: gone: there is no such folder") == 1


# The processes


def outcome(job: Job, message: str = "") -> JobResult:
    return JobResult(name=job.name, assessment="", state=JobStatus.MADE, message=message)


def shout(data: bytes) -> None:
    """Write to every line there is."""
    for number in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                os.write(number, data)
        except OSError:
            continue


def misbehave(job: Job) -> JobResult:
    what = job.name.partition("-")[2]
    if what == "exit":
        os._exit(3)
    if what == "crash":
        faulthandler.disable()  # pytest's would tell the whole story
        os.kill(os.getpid(), signal.SIGSEGV)
    if what == "hang":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            pass
    if what == "cut":
        os.closerange(3, 256)
    if what == "noise":
        shout(b"noise\n")
    while what == "flood":
        shout(b"x" * 65536)
    if what == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    if what == "raise":
        raise ValueError(what)
    return outcome(job, "x" * 100_000 if what == "long" else "")


SAID = {
    "exit": "exit code 3", "crash": "SIGSEGV", "hang": "took longer than 3 s", "cut": "exit code 1|closed its connection",
    "noise": "not a result", "flood": "too much data|took longer", "stop": "took longer than 3 s",
    "raise": "exit code 1", "long": "x" * 100_000,
}  # fmt: skip


@posix
def test_whatever_a_process_does_costs_one_job_alone():
    kinds = list(SAID)
    jobs = [
        Job(name=f"{n}-{kind}", assessment="", output="")
        for n, kind in enumerate(one for kind in kinds for one in (kind, "good"))
    ]
    before = {p.pid for p in psutil.Process().children(recursive=True)}
    done = {
        o.name: o
        for o in run_jobs(jobs, misbehave, BatchLimits(workers=2, seconds=3, method="fork"))
    }
    assert len(done) == len(jobs)
    for name, one in done.items():
        kind = name.partition("-")[2]
        expected = JobStatus.MADE if kind in ("good", "long") else JobStatus.FAILED
        assert one.state is expected, name
        assert re.search(SAID.get(kind, ""), one.message), name
    assert {p.pid for p in psutil.Process().children(recursive=True)} == before


@posix
def test_leaving_early_leaves_no_process():
    def sleep(job: Job) -> JobResult:
        if job.name != "0":
            subprocess.run(["sleep", "60"], check=False)
        return outcome(job)

    def children() -> set[psutil.Process]:
        return set(psutil.Process().children(recursive=True)) - before

    before = set(psutil.Process().children(recursive=True))
    jobs = [Job(name=str(n), assessment="", output="") for n in range(3)]
    done = run_jobs(jobs, sleep, BatchLimits(workers=3, method="fork"))
    assert next(done).name == "0"
    time.sleep(0.2)
    assert len(children()) >= 2
    done.close()
    assert not children()


# Fourteen kinds of bad notebook, and more

KINDS = {
    "exception": ("raise ValueError('no')", "ValueError: no"),
    "sys-exit": ("import sys; sys.exit(3)", "SystemExit: 3"),
    "os-exit": ("import os; os._exit(0)", "exit code 0"),
    "segfault": ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
    "endless": ("while True: pass", "took longer"),
    "deaf": (
        "import signal, time\nfor s in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):\n"
        "    signal.signal(s, signal.SIG_IGN)\ntime.sleep(10000)", "took longer",
    ),
    "deep": ("def f(): f()\nf()", "RecursionError|took longer"),
    "noise": (
        "import os\nfor n in range(3, 64):\n    try: os.write(n, b'noise\\n')\n"
        "    except OSError: pass", "not a result",
    ),
    "closed": ("import os; os.closerange(0, 256)", "exit code 1|closed its connection"),
    "chdir": ("import os, tempfile; os.chdir(tempfile.mkdtemp()); os.rmdir(os.getcwd())", ""),
    "patched": (
        "import builtins, calib.report.report as content, calib.render.html as prose, pandas\n"
        "prose.escape = content.style_sheet = lambda text: 'patched'\n"
        "pandas.DataFrame = None; builtins.sorted = lambda x, **_: list(x)",
        "",
    ),
    "environment": ("import os, time; os.environ.clear(); os.environ['TZ'] = 'Asia/Tokyo'; time.tzset()", ""),
    "memory": ("held = bytearray(600 * 2**20); held[::4096] = b'x' * len(held[::4096])", ""),
    "thread": (
        "import threading, time\n"
        "threading.Thread(target=lambda: [time.sleep(0.001) for _ in range(10**9)]).start()", "",
    ),
    "program": ("import subprocess; subprocess.Popen(['sleep', '98765'])", ""),
    "path": ("import sys; sys.path.clear(); sys.meta_path.clear()", None),
    "streams": ("import sys; sys.stdout = sys.stderr = sys.stdin = None", ""),
    "limits": ("import sys, gc; sys.setrecursionlimit(250); gc.disable()", None),
}  # fmt: skip


def notebook(folder: Path) -> Path:
    """Write a report notebook that does what lies in the assessment."""
    nb = nbformat.read(resource_path("notebooks", NOTEBOOK), 4)
    act = (
        "from pathlib import Path\nact = Path(assessment) / 'act.py'\n"
        "exec(act.read_text() if act.exists() else '')"
    )
    nb.cells.insert(2, new_code_cell(act))
    nbformat.write(nb, folder / "own.ipynb")
    return folder / "own.ipynb"


def poisoned(folder: Path, kinds) -> dict[str, str | None]:
    """Make a bad assessment of each kind, each followed by a good one."""
    expected = {}
    for number, kind in enumerate(kinds):
        code, said = KINDS[kind]
        bad = copy(folder / f"{number:02}-{kind}")
        (bad / "act.py").write_text(code)
        expected[bad.name] = said
        copy(folder / f"{number:02}-{kind}-then")
    return expected


@posix
@pytest.mark.slow
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_after_every_kind_of_bad_notebook_the_next_report_has_the_same_bytes(tmp_path, method):
    own = notebook(tmp_path)
    kinds = (
        list(KINDS) if method == "fork" else ["patched", "chdir", "closed", "environment", "path"]
    )
    expected = poisoned(tmp_path / "in", kinds)
    subprocess.run(
        [sys.executable, "-m", "calib", "report", copy(tmp_path / "alone"), "-o", tmp_path / "one",
         "--date", DAY, "--format", "html,json", "--notebook", own], check=True, capture_output=True,
    )  # fmt: skip
    code = 4 if any(expected.values()) else 0
    done = program(
        tmp_path / "in", "-o", tmp_path / "out", "--format", "html,json", "--notebook", own,
        "--jobs", "1", "--time-limit", "20", "--start-method", method, "--json", code=code,
    )  # fmt: skip
    reports = {r["name"]: r for r in json.loads(done.stdout)["reports"]}
    for name, said in expected.items():
        if said is not None:
            assert reports[name]["state"] == ("failed" if said else "made"), reports[name]
            assert re.search(said, reports[name]["message"]), reports[name]
        then = reports[f"{name}-then"]
        assert then["state"] == "made", then
        for file in (HTML, RESULT):
            alone = (tmp_path / "one" / file).read_bytes()
            assert (tmp_path / "out" / then["name"] / file).read_bytes() == alone, then["name"]
    failed = [r for r in reports.values() if r["state"] == "failed"]
    lines = [line for line in done.stderr.splitlines() if line.startswith("calib: ")]
    assert len(lines) == len(failed)
    assert not [p for p in psutil.process_iter(["cmdline"]) if "98765" in (p.info["cmdline"] or ())]


@pytest.mark.slow
def test_spawned_processes_give_the_same_bytes(tmp_path):
    places = ["example:strong", "example:halfway", "gone", "example:insufficient"]
    limits = BatchLimits(workers=2, method="spawn")
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, 'tests')\n"
        "from test_batch import *\n"
        "if __name__ == '__main__':\n"
        f"    done = run({places!r}, Path({str(tmp_path / 'spawned')!r}), {limits!r})\n"
        "    assert [o.is_there for o in done.values()].count(True) == 3, done\n"
    )
    script = tmp_path / "spawns.py"
    script.write_text(code)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, script], check=True, cwd=ROOT, env=environment, timeout=300)
    run(places, tmp_path / "forked")
    assert digests(tmp_path / "spawned") == digests(tmp_path / "forked")


# Kills


def many(folder: Path, count: int, *, every: int = 20) -> list[str]:
    """Make assessments that differ, some of them bad in different ways; returns the bad ones."""
    bad = []
    for number in range(count):
        made = copy(folder / f"p{number:04}", ("brightloom", "northwind", "cloudnova")[number % 3])
        header = made / "assessment.yaml"
        header.write_text(header.read_text().replace("partner: ", f"partner: Nr {number} of ", 1))
        if number % every == every // 2:
            bad.append(made.name)
            break_assessment(made, number // every % 5)
    return bad


def break_assessment(folder: Path, kind: int) -> None:
    plan = folder / "plan.yaml"
    if kind == 0:
        (folder / "assessment.yaml").unlink()
    elif kind == 1:
        plan.write_text("actions: [")
    elif kind == 2:
        plan.write_bytes(b"\xff\xfe\x00actions")
    elif kind == 3:
        plan.write_text("actions: " + "[" * 10_000)
    else:
        plan.unlink()
        os.mkfifo(plan)  # whoever reads it waits for ever


@posix
@pytest.mark.slow
def test_a_batch_killed_at_any_point_goes_on_to_the_same_files(tmp_path):
    bad = many(tmp_path / "in", 40, every=10)
    same = (tmp_path / "in", "--format", "html,json", "--charts", "static", "--time-limit", "15")
    whole = program(*same, "-o", tmp_path / "whole", code=4 if len(bad) > 4 else 2)
    lines = [line for line in whole.stderr.splitlines() if line.startswith("calib: ")]
    assert len(lines) == len(bad)
    for name in bad:
        assert sum(f"/{name}" in line for line in lines) == 1, name
    chance = random.Random(7)
    for least in (0, 1, 6, 15, 24):
        args = [sys.executable, "-m", "calib", "batch", *same, "-o", tmp_path / "killed"]
        killed = subprocess.Popen(
            [*map(str, args), "--date", DAY], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 120
        while len(list((tmp_path / "killed").glob(f"*/{MANIFEST_FILE}"))) < least:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.5))
        killed.kill()
        killed.wait()
    done = program(*same, "-o", tmp_path / "killed", "--json", code=4 if len(bad) > 4 else 2)
    assert json.loads(done.stdout)["kept"] >= 24
    assert digests(tmp_path / "killed") == digests(tmp_path / "whole")


@posix
@pytest.mark.slow
def test_an_interrupt_ends_everything_and_says_how_to_go_on(tmp_path):
    own = notebook(tmp_path)
    poisoned(tmp_path / "in", ["endless", "program"])
    args = ["batch", tmp_path / "in", "-o", tmp_path / "out", "--notebook", own, "--jobs", "2"]
    batch = subprocess.Popen(
        [sys.executable, "-m", "calib", *map(str, args)], stderr=subprocess.PIPE, text=True,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not (tmp_path / "out" / "01-program-then" / MANIFEST_FILE).exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    children = psutil.Process(batch.pid).children(recursive=True)
    assert children
    batch.send_signal(signal.SIGINT)
    _, said = batch.communicate(timeout=30)
    assert batch.returncode == 130
    assert re.search("stopped after [23] of 4; run the same command again to continue", said)
    assert "Traceback" not in said
    assert not [one for one in children if one.is_running()]
