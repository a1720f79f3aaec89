"""Rules of the store by example: what looks empty, what can be redone, what is read again.

What the store does as a whole is in test_store_session.py, kills and crowds in
test_store_reliability.py.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from calib.files import atomic
from calib.store.conflicts import Conflict
from calib.store.session import Store
from calib.store.transaction import (
    finish_transaction,
    is_transaction_unfinished,
    write_transaction,
)
from calib.store.writer import Saved
from calib.yamledit.fieldpath import is_equal_when_shown
from tests.core_examples import by_name

sys.path.insert(0, str(Path(__file__).parent / "store_defects"))

import checks
import steps

FILE = checks.FILE
HEADER = "assessment.yaml"


@pytest.fixture
def acme(tmp_path):
    return checks.make_acme(tmp_path / "acme")


@pytest.fixture
def ann(acme):
    return Store.open(acme, "Ann")


# --- what looks the same in a form ---


@pytest.mark.parametrize(
    ("left", "right", "same"),
    by_name([
        ("false looks empty", False, None, True),
        ("an empty text looks empty", "", None, True),
        ("an empty list looks empty", [], None, True),
        ("an empty mapping looks empty", {}, None, True),
        ("false and an empty text", False, "", True),
        ("a mapping of empty values looks empty", {"a": "", "b": False, "c": []}, None, True),
        ("a key without a value may be left out", {"a": 1, "b": None}, {"a": 1}, True),
        ("true does not look empty", True, None, False),
        ("zero does not look empty", 0, None, False),
        ("zero is not false", 0, False, False),
        ("one is not true", 1, True, False),
        ("a number looks like its text", 2024, "2024", True),
        ("also in a list", [2024], ["2024"], True),
        ("also in a mapping", {"a": 2024}, {"a": "2024"}, True),
        ("true is not the text True", True, "True", False),
        ("texts differ by case", "Ann", "ann", False),
        ("a list keeps its order", ["a", "b"], ["b", "a"], False),
        ("an empty item of a list counts", ["a", ""], ["a"], False),
    ]),
)  # fmt: skip
def test_what_looks_the_same(left, right, same):
    assert is_equal_when_shown(left, right) is same
    assert is_equal_when_shown(right, left) is same


def test_a_box_that_is_not_ticked_is_no_conflict(ann):
    """A form shows nothing where the file has `false`, so its editor saw nothing."""
    ann.set(FILE, "ticked", None, False)
    assert isinstance(ann.set(FILE, "ticked", None, True), Saved)
    assert ann.get(FILE, "ticked") is True
    assert isinstance(ann.set(FILE, "ticked", None, False), Conflict), "she saw no tick"


# --- undo and redo ---


def test_an_undo_that_conflicts_cannot_be_redone(ann, acme):
    ann.set(FILE, "count", 0, 1)
    Store.open(acme, "Ben").set(FILE, "count", 1, 2)
    assert isinstance(ann.undo(), Conflict)
    assert ann.redo() is None, "nothing was undone"
    assert ann.undo() is None, "the edit is not tried again"
    assert ann.get(FILE, "count") == 2


def test_a_redo_that_conflicts_cannot_be_undone(ann, acme):
    ann.set(FILE, "count", 0, 1)
    ann.undo()
    Store.open(acme, "Ben").set(FILE, "count", 0, 2)
    assert isinstance(ann.redo(), Conflict)
    assert ann.undo() is None
    assert ann.redo() is None
    assert ann.get(FILE, "count") == 2


def test_an_edit_that_conflicts_cannot_be_undone(ann):
    assert isinstance(ann.set(FILE, "count", 7, 8), Conflict)
    assert ann.undo() is None


# --- journals of other machines ---


def journal_of(folder, *edits):
    """Lines of the journal of another session that made these edits, without their outcomes."""
    away = Store.open(folder, "Ben")
    for field, seen, new in edits:
        away.set(FILE, field, seen, new)
    path = folder / ".calib" / "journal" / f"{away.session}.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    return path.name, [line for line in lines if b'"settled"' not in line]


def test_a_journal_that_shrank_is_read_again(ann, acme, tmp_path):
    """A sync program may replace a journal by a shorter version with other entries."""
    other = Path(shutil.copytree(acme, tmp_path / "other"))
    name, [long, short] = journal_of(other, ("title", None, "long " * 40), ("count", 0, 1))
    assert len(short) < len(long)
    here = acme / ".calib" / "journal" / name
    here.parent.mkdir(parents=True, exist_ok=True)
    here.write_bytes(long)
    ann.retry()
    assert ann.get(FILE, "title") == "long " * 40
    here.write_bytes(short)
    ann.retry()
    assert ann.get(FILE, "count") == 1


def test_a_journal_that_did_not_change_is_not_read_again(ann, acme, tmp_path):
    other = Path(shutil.copytree(acme, tmp_path / "other"))
    name, [first, second] = journal_of(other, ("count", 0, 1), ("count", 1, 2))
    here = acme / ".calib" / "journal" / name
    here.parent.mkdir(parents=True, exist_ok=True)
    here.write_bytes(first)
    ann.retry()
    here.write_bytes(first + second)
    ann.retry()
    assert ann.get(FILE, "count") == 2
    assert ann.conflicts() == ()


# --- several files at once ---


def texts(folder):
    return {p.name: p.read_bytes() for p in folder.glob("*.yaml")}


def test_the_header_is_replaced_last(tmp_path):
    """Another program that looks meanwhile must not take a half-migrated folder for a new one."""
    new = {HEADER: b"new", "a.yaml": b"new", "z.yaml": b"new"}
    seen = set()
    for number in range(1, 200):
        folder = tmp_path / f"{number}"
        (folder / ".calib").mkdir(parents=True)
        for name in new:
            (folder / name).write_bytes(b"old")
        killed = False
        with steps.at_step(number):
            try:
                write_transaction(folder, new, last=HEADER)
            except steps.Killed:
                killed = True
        found = texts(folder)
        seen.add(tuple(found[name] for name in sorted(found)))
        if found[HEADER] == b"new":
            assert set(found.values()) == {b"new"}, f"after step {number}"
        if is_transaction_unfinished(folder):
            finish_transaction(folder)
            assert texts(folder) == new
        if not killed:
            break
    assert len(seen) >= 3, "it was interrupted between two files"


def test_a_file_goes_away_with_the_others(tmp_path):
    (tmp_path / ".calib").mkdir()
    (tmp_path / "a.yaml").write_bytes(b"old")
    write_transaction(tmp_path, {"a.yaml": None, "new/b.yaml": b"new"}, last="")
    assert not (tmp_path / "a.yaml").exists()
    assert (tmp_path / "new" / "b.yaml").read_bytes() == b"new"
    assert not is_transaction_unfinished(tmp_path)


# --- what a killed program left ---


@pytest.mark.parametrize(
    ("age", "stays"),
    by_name([
        ("just now", 0, True),
        ("an hour less a minute ago", 3540, True),
        ("an hour and a minute ago", 3660, False),
        ("a day ago", 86_400, False),
    ]),
)  # fmt: skip
def test_temporary_files_are_removed_after_an_hour(tmp_path, age, stays):
    now = 1_800_000_000
    path = tmp_path / f"{atomic.TEMPORARY_PREFIX}x"
    other = tmp_path / "kept.txt"
    for each in (path, other):
        each.write_bytes(b"")
        os.utime(each, (now - age, now - age))
    atomic.remove_stale_temporaries(iter([tmp_path, tmp_path / "none"]), now)
    assert path.exists() is stays
    assert other.exists()
