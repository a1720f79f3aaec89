"""Kills, faults, crowds: what was called saved is there, and the file is old or new."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "store_defects"))

import checks
import defects

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks and signals")
strace = pytest.mark.skipif(bool(checks.can_trace()), reason=checks.can_trace() or "-")


def test_kills_lose_nothing():
    assert checks.kills(60)["acknowledged"] >= 60


@pytest.mark.slow
def test_many_kills_lose_nothing():
    assert checks.kills(300, seed=2)["acknowledged"] >= 300


def test_a_workshop_with_kills_loses_nothing():
    assert checks.workshop(people=4, edits=30, kill_every=0.05)["kills"] >= 1


@pytest.mark.slow
def test_eight_people_and_many_kills():
    assert checks.workshop(people=8, edits=100, kill_every=0.5, seed=3)["kills"] >= 10


def test_a_fight_over_one_field_loses_nothing():
    found = checks.fight(people=4)
    assert found["conflicts"] >= 3
    assert found["saved"] > 0


@pytest.mark.slow
def test_a_long_fight():
    checks.fight(people=4, edits=100)


def test_hand_edits_stay():
    checks.outside()


def test_what_cannot_be_written_is_kept():
    checks.kept()


@strace
def test_everything_is_flushed_in_order():
    checks.order()


@pytest.mark.slow
@strace
@pytest.mark.parametrize("kind", checks.FAULTS)
def test_every_call_of_a_save_may_fail(kind):
    assert checks.faults((kind,)) >= 30


@pytest.mark.slow
@strace
@pytest.mark.parametrize("defect", defects.DEFECTS)
def test_the_checks_catch_bad_savers(defect):
    harness = Path(checks.__file__)
    command = [sys.executable, str(harness), defects.CAUGHT_BY[defect], defect]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=root, env={"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin"}, check=False)  # fmt: skip
    assert done.returncode == 9, f"{defect} went unnoticed: {done.stdout}{done.stderr}"
