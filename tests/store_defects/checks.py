"""The checks that a store must pass and every seeded defect must fail; each raises AssertionError.

Run as a program, `checks.py CHECK [DEFECT]`, a check runs with a defect patched in first.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import random
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from calib.errors import CannotWrite
from calib.store.conflicts import Conflict
from calib.store.session import Store
from calib.store.writer import Pending, Saved, StoreEnvironment
from calib.yamledit.edit import parse_value

FILE = "controls/GENAIPR-001.yaml"
HEADER = "format: 1\ncatalog: genai\ncatalog_version: '1'\nprofile:\n  partner: Acme\n"
NARRATIVE = "".join(
    f"  Line {n} of what Acme does in every engagement, said plainly.\n" for n in range(60)
)
CONTROL = f"""\
# Acme's first control
control: GENAIPR-001
count: 0    # how often
narrative: |
{NARRATIVE}
# who takes part
criteria:
  methodology:
    claimed_level: 2   # agreed
    answer:
    evidence: [handbook]
tags: []
"""


# A kill is a kill on any disk; in memory the checks do not wait for a busy one.
MEMORY = Path("/dev/shm")
SCRATCH = str(MEMORY) if os.access(MEMORY, os.W_OK | os.X_OK) else None


@contextmanager
def acme() -> Iterator[Path]:
    """A small assessment folder of its own."""
    with tempfile.TemporaryDirectory(prefix="calib-check-", dir=SCRATCH) as scratch:
        yield make_acme(Path(scratch) / "acme")


def make_acme(folder: Path) -> Path:
    for name in ("controls", "case_studies", "evidence"):
        (folder / name).mkdir(parents=True)
    (folder / "assessment.yaml").write_text(HEADER)
    (folder / FILE).write_text(CONTROL)
    (folder / FILE.replace("001", "002")).write_text(CONTROL)
    return folder


def value(folder: Path, file: str = FILE) -> dict:
    return parse_value((folder / file).read_bytes().decode(), file)


def spawn(work: Callable[[int], None]) -> tuple[int, int]:
    """Fork a child that may write bytes to the returned pipe; it never returns into the tests."""
    receive, send = os.pipe()
    pid = os.fork()
    if pid:
        os.close(send)
        return pid, receive
    code = 1
    try:
        os.close(receive)
        work(send)
        code = 0
    except BaseException as error:
        with suppress(OSError):
            os.write(2, f"child: {error!r}\n".encode())
    finally:
        os._exit(code)


def drain(pipe: int) -> bytes:
    data = b""
    while chunk := os.read(pipe, 65536):
        data += chunk
    os.close(pipe)
    return data


# Kills ------------------------------------------------------------------------------------------


def kills(count: int = 60, seed: int = 1) -> dict[str, int]:
    """Kill a writer at random moments: nothing acknowledged is lost, the file is old or new."""
    rng = random.Random(seed)
    found = {"kills": 0, "acknowledged": 0, "settled later": 0}
    while found["kills"] < count:
        with acme() as folder:
            _kills_in(folder, rng, min(250, count - found["kills"]), found)
    return found


def _kills_in(folder: Path, rng: random.Random, count: int, found: dict[str, int]) -> None:
    known = 0

    def work(pipe: int) -> None:
        store = Store.open(folder, "Ann")
        number = store.get(FILE, "count")
        while True:
            answer = store.set(FILE, "count", number, number + 1)
            assert isinstance(answer, Saved), answer
            number += 1
            os.write(pipe, b"%d\n" % number)

    for _ in range(count):
        pid, pipe = spawn(work)
        select.select([pipe], [], [], 10)
        time.sleep(rng.random() * 0.02)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        acknowledged = [int(n) for n in drain(pipe).split(b"\n")[:-1]]
        assert acknowledged, "the writer could not save at all"
        text = (folder / FILE).read_text()
        now = parse_value(text, FILE)["count"]
        assert now in (acknowledged[-1], acknowledged[-1] + 1), f"{now} after {acknowledged[-1]}"
        assert text == CONTROL.replace("count: 0 ", f"count: {now} "), "something else changed"
        assert acknowledged == list(range(acknowledged[0], acknowledged[-1] + 1))
        assert acknowledged[0] - 1 in (known, known + 1), "an edit was lost or doubled"
        found["kills"] += 1
        found["acknowledged"] += len(acknowledged)
        found["settled later"] += acknowledged[0] - 1 > known
        known = now
    store = Store.open(folder, "Ann")
    assert not store.pending(), "an edit still waits"
    assert not store.conflicts(), f"conflicts with oneself: {store.conflicts()[0]}"


# Faults at every system call ------------------------------------------------------------------

FAULTS = ("ENOSPC", "EIO", "EACCES", "EROFS", "EDQUOT", "SIGKILL")
_NEVER = {"close", "lseek", "poll", "select", "pselect6", "mmap", "dup", "ioctl"}


def can_trace() -> str:
    """Say why faults cannot be injected here; an empty text where they can."""
    if not shutil.which("strace"):
        return "strace is not installed"
    done = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False)
    return "" if done.returncode == 0 else "this machine does not allow ptrace"


@contextmanager
def traced(folder: Path, *options: str) -> Iterator[Callable[[], tuple[int, str]]]:
    """Give a function that lets a child save once under strace: its wait status and its answer."""
    go_receive, go = os.pipe()

    def work(pipe: int) -> None:
        _allow_tracing()
        store = Store.open(folder, "Ann")
        store.set(FILE, "criteria.methodology.claimed_level", 2, 3)
        os.write(pipe, b"ready\n")
        os.read(go_receive, 1)
        try:
            answer = store.set(FILE, "count", 0, 1)
            said = f"{type(answer).__name__} {getattr(answer, 'reason', '')}"
        except CannotWrite as error:
            said = f"CannotWrite {error}"
        except BaseException as error:
            said = f"Other {error!r}"
        for _ in range(9):  # the fault may hit this very call
            with suppress(OSError):
                os.write(pipe, said.encode())
                return

    pid, pipe = spawn(work)
    assert os.read(pipe, 6) == b"ready\n"
    tracer = subprocess.Popen(["strace", "-p", str(pid), *options], stderr=subprocess.DEVNULL)
    try:
        status = Path(f"/proc/{pid}/status")
        while "TracerPid:\t0\n" in status.read_text():
            assert tracer.poll() is None, "strace did not attach"
            time.sleep(0.001)
        time.sleep(0.005)

        def run() -> tuple[int, str]:
            os.write(go, b"g")
            said = drain(pipe).decode()
            return os.waitpid(pid, 0)[1], said

        yield run
    finally:
        tracer.wait(10)
        os.close(go)
        os.close(go_receive)


def _allow_tracing() -> None:
    """Let a strace that is no ancestor attach, where the machine restricts that."""
    import ctypes

    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(0x59616D61, ctypes.c_ulong(-1), 0, 0, 0)


def trace() -> list[str]:
    """List the calls of one save, with the paths behind the numbers."""
    with acme() as folder:
        out = folder.parent / "trace"
        with traced(folder, "-y", "-e", "trace=%file,%desc", "-o", str(out)) as run:
            assert run()[1].startswith("Saved")
        rows = [r for r in out.read_text().splitlines() if re.match(r"\w+\(", r)]
        last = max(n for n, r in enumerate(rows) if r.startswith("write(") and "Saved" in r)
        return rows[1:last]


def faults(kinds: tuple[str, ...] = FAULTS) -> int:
    """Let every call of one save fail in every way; return how many were tried."""
    calls: dict[str, int] = {}
    for row in trace():
        name = row.partition("(")[0]
        calls[name] = calls.get(name, 0) + 1
    tried = 0
    for name, times in calls.items():
        for number in range(1, times + 1):
            for kind in kinds:
                # The first read is the one that waits for the start.
                if name not in _NEVER:
                    _fault(name, number + (name == "read"), kind)
                    tried += 1
    return tried


def _fault(call: str, number: int, kind: str) -> None:
    what = f"signal={kind}" if kind == "SIGKILL" else f"error={kind}"
    where = f"{call} {number} {kind}"
    with acme() as folder:
        options = ("-e", f"trace={call}", "-e", f"inject={call}:{what}:when={number}")
        with traced(folder, *options, "-o", os.devnull) as run:
            status, said = run()
        _judge_fault(folder, where, kind, status, said)


def _judge_fault(folder: Path, where: str, kind: str, status: int, said: str) -> None:
    old = CONTROL.replace("claimed_level: 2", "claimed_level: 3")
    new = old.replace("count: 0 ", "count: 1 ")
    text = (folder / FILE).read_text()
    assert text in (old, new), f"{where}: neither old nor new"
    killed = os.WIFSIGNALED(status)
    outcome = said.partition(" ")[0]
    if not killed:
        assert outcome in {"Saved", "Pending", "CannotWrite"}, f"{where}: {said}"
        if outcome == "Saved":
            assert text == new, f"{where}: called saved, but the file is old"
        else:
            cause = os.strerror(getattr(errno, kind))
            assert cause in said, f"{where}: {said!r} does not say {cause!r}"
            assert str(folder) in said or "acme/" in said, f"{where}: {said!r} names no file"
    store = Store.open(folder, "Ben")
    assert not store.pending(), f"{where}: still waits: {store.pending()}"
    assert not store.conflicts(), f"{where}: conflict with oneself"
    text = (folder / FILE).read_text()
    assert text in (old, new), f"{where}: neither old nor new after opening again"
    if not killed and outcome != "CannotWrite":
        assert text == new, f"{where}: {said!r}, but the edit is gone"
    again = store.set(FILE, "count", store.get(FILE, "count"), 7)
    assert isinstance(again, Saved), f"{where}: the next save fails: {again}"


def order() -> None:
    """Both the journal and the file are flushed, renamed and their folders flushed, in order."""
    rows = trace()
    temporary = next(r for r in rows if ".calib-tmp-" in r)
    name = re.search(r"\.calib-tmp-[0-9a-f]+", temporary)
    assert name, "no temporary file"
    steps = [
        (r"write\(\d+<[^>]*journal/[^>]*>", "the journal is written"),
        (r"fsync\(\d+<[^>]*journal/[^>]*>", "the journal is flushed"),
        (r"flock\(.*LOCK_EX", "the lock is taken"),
        (rf"write\(\d+<[^>]*{name[0]}", "the new file is written"),
        (rf"fsync\(\d+<[^>]*{name[0]}", "the new file is flushed"),
        (rf"rename\w*\(.*{name[0]}.*GENAIPR-001", "it takes the place of the old"),
        (r"fsync\(\d+<[^>]*/controls>", "the folder is flushed"),
    ]
    at = 0
    for pattern, meaning in steps:
        found = next((n for n in range(at, len(rows)) if re.match(pattern, rows[n])), None)
        assert found is not None, f"not in this order: {meaning}"
        at = found


# Many at once ---------------------------------------------------------------------------------


def workshop(people: int = 4, edits: int = 12, kill_every: float = 0.15, seed: int = 1) -> dict:
    """Let people edit the same files while some are killed: none lost, none doubled."""
    rng = random.Random(seed)
    with acme() as folder:
        team = [_Person(folder, n, edits) for n in range(people)]
        killed = 0
        deadline = time.monotonic() + 300
        next_kill = time.monotonic() + kill_every
        while any(not p.finished for p in team):
            assert time.monotonic() < deadline, "the workshop does not end"
            for person in team:
                person.listen()
            if time.monotonic() > next_kill:
                victim = rng.choice([p for p in team if not p.finished] or team)
                killed += victim.kill()
                next_kill = time.monotonic() + kill_every * rng.random() * 2
            time.sleep(0.002)
        store = Store.open(folder, "judge")
        assert not store.pending(), f"waiting: {store.pending()[0]}"
        assert not store.conflicts(), f"conflict: {store.conflicts()[0]}"
        for person in team:
            person.judge()
        return {"people": people, "edits": people * edits * 2, "kills": killed}


class _Person:
    def __init__(self, folder: Path, number: int, edits: int) -> None:
        self.folder, self.number, self.edits = folder, number, edits
        self.file = FILE if number % 2 else FILE.replace("001", "002")
        self.acknowledged = 0
        self.finished = False
        self.start()

    def start(self) -> None:
        self.pid, self.pipe = spawn(self.work)
        os.set_blocking(self.pipe, False)

    def work(self, pipe: int) -> None:
        # The judge counts lost edits, so patience is long on a busy machine.
        store = Store.open(self.folder, f"p{self.number}", StoreEnvironment(lock_seconds=60))
        field = f"criteria.p{self.number}.answer"
        for edit in range(self.acknowledged + 1, self.edits + 1):
            tag = f"p{self.number}-{edit}"
            for place, new in ((field, f"edit {edit}"), (f"tags[={tag}]", tag)):
                answer = store.set(self.file, place, store.get(self.file, place), new)
                assert isinstance(answer, Saved), answer
            os.write(pipe, b"%d\n" % edit)

    def listen(self) -> None:
        if self.finished:
            return
        with suppress(BlockingIOError):
            for row in os.read(self.pipe, 65536).split():
                self.acknowledged = max(self.acknowledged, int(row))
        done, status = os.waitpid(self.pid, os.WNOHANG)
        if done:
            self._absorb_rest()
            assert os.WIFSIGNALED(status) or status == 0, "a person could not save"
            self.finished = self.acknowledged == self.edits
            if not self.finished:
                self.start()

    def _absorb_rest(self) -> None:
        os.set_blocking(self.pipe, True)
        for row in drain(self.pipe).split():
            self.acknowledged = max(self.acknowledged, int(row))

    def kill(self) -> bool:
        if self.finished:
            return False
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        return True

    def judge(self) -> None:
        found = value(self.folder, self.file)
        answer = found["criteria"][f"p{self.number}"]["answer"]
        assert answer == f"edit {self.edits}", f"p{self.number} has {answer}"
        mine = [t for t in found["tags"] if t.startswith(f"p{self.number}-")]
        wanted = [f"p{self.number}-{n}" for n in range(1, self.edits + 1)]
        assert mine == wanted, f"p{self.number}: lost {set(wanted) - set(mine)}, {len(mine)} tags"


def fight(people: int = 4, edits: int = 15) -> dict:
    """Let people change one field: each value was current once, or is a visible conflict."""
    met = multiprocessing.get_context("fork").Barrier(people)
    with acme() as folder:

        def work(number: int) -> Callable[[int], None]:
            def run(_pipe: int) -> None:
                store = Store.open(folder, f"p{number}", StoreEnvironment(lock_seconds=60))
                for edit in range(edits):
                    seen = store.get(FILE, "narrative")
                    if not edit:
                        met.wait(60)  # all have seen the same, so all but one are in conflict
                    time.sleep(0.001)
                    answer = store.set(FILE, "narrative", seen, f"p{number}: text {edit}\n")
                    assert not isinstance(answer, Pending), answer

            return run

        children = [spawn(work(n)) for n in range(people)]
        for pid, pipe in children:
            drain(pipe)
            assert os.waitpid(pid, 0)[1] == 0, "a person could not save"
        store = Store.open(folder, "judge")
        entries = store.log()
        saved = {e.seen: e for e in entries if e.outcome == "saved"}
        aside = {c.set_aside for c in store.conflicts()}
        current = (
            "\n".join(
                f"Line {n} of what Acme does in every engagement, said plainly." for n in range(60)
            )
            + "\n"
        )
        steps = 0
        while current in saved:
            current = saved[current].new
            steps += 1
        assert store.get(FILE, "narrative") == current, "the file holds what nobody wrote last"
        lost = {e.new for e in entries} - {e.new for e in saved.values()} - aside
        assert not lost, f"neither current nor in a conflict: {lost}"
        assert steps == sum(e.outcome == "saved" for e in entries), "a value was overwritten unseen"
        assert len(entries) == people * edits
        return {"saved": steps, "conflicts": len(aside)}


# What others do to the files -----------------------------------------------------------------


def outside() -> None:
    """Edits made by hand stay, and are noticed by content."""
    with acme() as folder:
        store = Store.open(folder, "Ann")
        path = folder / FILE
        before = path.stat()
        path.write_text(path.read_text().replace("claimed_level: 2", "claimed_level: 4"))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert store.external_changes() == (FILE,), "a change was overlooked"
        os.utime(path)
        assert store.external_changes() == (), "a change was seen where there is none"
        assert isinstance(store.set(FILE, "count", 0, 1), Saved)
        assert store.external_changes() == (), "an edit of one's own was called a change"
        path.write_text(path.read_text().replace("claimed_level: 4", "claimed_level: 1"))
        assert isinstance(store.set(FILE, "count", 1, 2), Saved)
        now = value(folder)
        assert now["criteria"]["methodology"]["claimed_level"] == 1, "a hand edit was undone"
        assert now["count"] == 2
        path.write_text(path.read_text().replace("count: 2", "count: 9"))
        answer = store.set(FILE, "count", 2, 3)
        assert isinstance(answer, Conflict), "a hand edit was overwritten"
        assert value(folder)["count"] == 9


def kept() -> None:
    """An edit whose file cannot be written is in the journal before anything else happens."""
    with acme() as folder:
        whole = (folder / FILE).read_text()
        broken = whole + "<<<<<<< HEAD\n"
        (folder / FILE).write_text(broken)
        answer = Store.open(folder, "Ann").set(FILE, "count", 0, 5)
        assert isinstance(answer, Pending)
        assert f"acme/{FILE}:" in answer.reason, answer.reason
        assert (folder / FILE).read_text() == broken, "a broken file was overwritten"
        (folder / FILE).write_text(whole)
        store = Store.open(folder, "Ben")
        assert value(folder)["count"] == 5, "the edit is gone"
        assert store.log()[0].author == "Ann"


CHECKS: dict[str, Callable[[], object]] = {
    "kills": kills, "faults": lambda: faults(("ENOSPC", "SIGKILL")), "order": order,
    "workshop": lambda: workshop(4, 25, 0.3), "fight": fight, "outside": outside, "kept": kept,
}  # fmt: skip

if __name__ == "__main__":
    if len(sys.argv) > 2:
        sys.path.insert(0, str(Path(__file__).parent))
        import defects

        defects.DEFECTS[sys.argv[2]]()
    try:
        CHECKS[sys.argv[1]]()
    except AssertionError as error:
        sys.stdout.write(f"{error}\n")
        sys.exit(9)
