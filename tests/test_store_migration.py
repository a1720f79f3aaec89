"""Formats: a folder goes from one to the next whole, or not at all."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from calib.errors import BadInput, CannotWrite
from calib.store.format_migration import migrate_format
from calib.store.session import Store
from calib.store.writer import Saved
from calib.yamledit.edit import parse_value

sys.path.insert(0, str(Path(__file__).parent / "store_defects"))

import contextlib

import checks
import steps

TODAY = date(2026, 11, 22)
FILE = checks.FILE


def step(files):
    """Format 0 called the text `response`, and had no case study called hello."""
    new = {name: data.replace(b"response: |", b"narrative: |") for name, data in files.items()}
    new["assessment.yaml"] = new["assessment.yaml"].replace(b"format: 0", b"format: 1")
    new["case_studies/hello.yaml"] = b"title: hello\n"
    del new["controls/GENAIPR-002.yaml"]
    return new


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """In memory: the steps of a migration flush often."""
    with tempfile.TemporaryDirectory(prefix="calib-check-", dir=checks.SCRATCH) as folder:
        yield Path(folder)


@pytest.fixture
def old(tmp_path) -> Path:
    return make_old(tmp_path / "acme")


def make_old(folder: Path) -> Path:
    checks.make_acme(folder)
    (folder / "assessment.yaml").write_text(
        "# ours\n" + checks.HEADER.replace("format: 1", "format: 0")
    )
    (folder / FILE).write_text(checks.CONTROL.replace("narrative:", "response:"))
    return folder


def content(folder: Path) -> dict[str, bytes]:
    names = (p.relative_to(folder).as_posix() for p in folder.rglob("*.yaml"))
    return {n: (folder / n).read_bytes() for n in sorted(names) if not n.startswith(".calib")}


def test_a_folder_of_this_format_is_left_alone(halfway):
    before = sorted(halfway.rglob("*"))
    assert migrate_format(halfway, TODAY).changed == ()
    assert sorted(halfway.rglob("*")) == before


def test_a_migration_changes_all_and_keeps_a_copy(old):
    before = content(old)
    done = migrate_format(old, TODAY, steps={0: step})
    assert (done.before, done.after) == (0, 1)
    assert done.changed == (
        "assessment.yaml",
        "case_studies/hello.yaml",
        FILE,
        "controls/GENAIPR-002.yaml",
    )
    assert done.backup == old / ".calib" / "backup" / "2026-11-22-format-0"
    assert content(done.backup) == before
    assert content(old) == dict(step(before))
    assert not (old / ".calib" / "swap").exists()
    assert migrate_format(old, TODAY, steps={0: step}).changed == ()
    assert isinstance(Store.open(old, "Ann").set(FILE, "count", 0, 1), Saved)


def test_two_steps_and_a_second_backup_of_the_day(old):
    def to_two(files):
        return {
            **files,
            "assessment.yaml": files["assessment.yaml"].replace(b"format: 1", b"format: 2"),
        }

    (old / ".calib" / "backup" / "2026-11-22-format-0").mkdir(parents=True)
    done = migrate_format(old, TODAY, steps={0: step, 1: to_two}, target=2)
    assert done.after == 2
    assert done.backup.name == "2026-11-22-format-0-2"
    assert b"format: 2" in (old / "assessment.yaml").read_bytes()


def test_what_cannot_be_migrated_is_left_as_it_was(old):
    before = content(old)
    for steps_, target in (
        ({}, 1),
        ({0: lambda f: f}, 1),
        ({0: lambda f: {**step(f), FILE: b"a: ["}}, 1),
        ({}, -1),
    ):
        with pytest.raises(BadInput):
            migrate_format(old, TODAY, steps=steps_, target=target)
        assert content(old) == before
    (old / FILE).write_text("a: [\n")
    with pytest.raises(BadInput, match="GENAIPR-001"):
        migrate_format(old, TODAY, steps={0: step})
    (old / FILE).write_bytes(b"\xff")
    with pytest.raises(BadInput, match="UTF-8"):
        migrate_format(old, TODAY, steps={0: step})
    (old / "assessment.yaml").write_text("catalog: x\n")
    with pytest.raises(BadInput, match="no format"):
        migrate_format(old, TODAY, steps={0: step})


def test_waiting_edits_come_first(old):
    whole = (old / FILE).read_text()
    (old / FILE).write_text("a: [\n")
    store = Store.open(old, "Ann")
    store.set(FILE, "count", 0, 1)
    (old / FILE).write_text(whole)
    with pytest.raises(BadInput, match="1 edit is pending"):
        migrate_format(old, TODAY, steps={0: step})
    assert store.retry() == ()
    migrate_format(old, TODAY, steps={0: step})
    assert parse_value((old / FILE).read_text(), FILE)["count"] == 1


@pytest.mark.parametrize(
    "next_one", ["open", *(pytest.param(n, marks=pytest.mark.slow) for n in ("migrate", "save"))]
)
def test_a_kill_at_any_step_leaves_old_or_new(tmp_path, next_one):
    seen = set()
    for number in range(1, 200):
        folder = make_old(tmp_path / f"{number}")
        before, after = content(folder), dict(step(content(folder)))
        store = Store.open(folder, "Ann") if next_one == "save" else None
        with steps.at_step(number) as counter, contextlib.suppress(steps.Killed):
            migrate_format(folder, TODAY, steps={0: step})
        for name, data in content(folder).items():
            assert data in (before.get(name), after.get(name)), f"{name} after step {number}"
        if next_one == "migrate":
            migrate_format(folder, TODAY, steps={0: step})
            assert content(folder) == after
        elif next_one == "open":
            Store.open(folder, "Ann")
        else:
            assert isinstance(store.set("assessment.yaml", "scope", None, "x"), Saved)
            store.undo()
        now = content(folder)
        assert now in (before, after), f"a mixture after step {number}"
        seen.add(now == after)
        if counter.count < number:
            assert seen == {False, True} or next_one == "migrate"
            return
    pytest.fail("a migration has more steps than that")


def test_a_refused_step_is_said(old):
    before = content(old)
    with (
        steps.at_step(12, OSError(28, "No space left on device")),
        pytest.raises(CannotWrite, match="No space"),
    ):
        migrate_format(old, TODAY, steps={0: step})
    assert content(old) == before
