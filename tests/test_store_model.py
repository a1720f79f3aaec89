"""Any order of edits, undo, redo, hand edits, kills and reopening: the disk is as the model says."""

from __future__ import annotations

import copy
import shutil
import sys
import tempfile
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from calib.errors import CannotWrite
from calib.store.conflicts import Conflict
from calib.store.session import Store
from calib.store.writer import Saved, StoreEnvironment
from calib.yamledit import fieldpath
from calib.yamledit.edit import parse_value, set_field

sys.path.insert(0, str(Path(__file__).parent / "store_defects"))

import checks
import steps

FILE = checks.FILE
FIELDS = [
    "count",
    "narrative",
    "criteria.methodology.answer",
    "criteria.methodology.claimed_level",
    "criteria.new.owner",
    "tags",
    "tags[=x]",
    "added",
]
VALUES = [
    0,
    1,
    "",
    "x",
    "no",
    "two\nlines\n",
    "# not a comment",
    "x\x85y",
    True,
    ["x", "y"],
    ["b"],
    None,
]
fields = st.sampled_from(FIELDS)
values = st.sampled_from(VALUES)
who = st.integers(0, 1)


class StoreMachine(RuleBasedStateMachine):
    """Two people, one file; the model is the value of the file and each one's undo."""

    def __init__(self) -> None:
        super().__init__()
        self.scratch = Path(tempfile.mkdtemp(prefix="calib-model-", dir=checks.SCRATCH))
        self.folder = checks.make_acme(self.scratch / "acme")
        numbers = count()
        self.edges = StoreEnvironment(new_id=lambda: f"s{next(numbers):03}")
        self.stores = [Store.open(self.folder, name, self.edges) for name in ("Ann", "Ben")]
        self.undos: list[list] = [[], []]
        self.redos: list[list] = [[], []]
        self.value = checks.value(self.folder)
        self.conflicts = 0
        self.comments = [r for r in checks.CONTROL.splitlines() if r.startswith("#")]

    def teardown(self) -> None:
        shutil.rmtree(self.scratch)

    def expected(self, field: str, seen, new) -> tuple[str, object]:
        """What the model says an edit comes to."""
        spot = fieldpath.parse_field_path(field)
        now = fieldpath.get_at(self.value, spot)
        if fieldpath.is_equal(now, new):
            return "same", self.value
        if not fieldpath.is_equal_when_shown(now, seen):
            return "conflict", self.value
        if new is None:
            where = fieldpath.resolve(self.value, spot)
            return "saved", fieldpath.drop_at(self.value, where) if where else self.value
        try:
            where, built = fieldpath.reduce_edit(self.value, spot, new)
        except fieldpath.UnreachableField:
            return "conflict", self.value
        return "saved", fieldpath.put_at(self.value, where, built)

    def check(self, answer, outcome: str, value) -> None:
        assert isinstance(answer, Conflict if outcome == "conflict" else Saved), (answer, outcome)
        self.conflicts += outcome == "conflict"
        self.value = value

    @staticmethod
    def fits(field: str, new) -> bool:
        return not field.endswith("[=x]") or new in ("x", None)

    @rule(person=who, field=fields, new=values, stale=st.booleans(), old=values)
    def edit(self, person, field, new, stale, old):
        if not self.fits(field, new):
            return
        seen = old if stale else fieldpath.get_at(self.value, fieldpath.parse_field_path(field))
        before = copy.deepcopy(fieldpath.get_at(self.value, fieldpath.parse_field_path(field)))
        outcome, value = self.expected(field, seen, new)
        self.check(self.stores[person].set(FILE, field, seen, new), outcome, value)
        if outcome != "conflict":
            known = before if fieldpath.is_equal_when_shown(before, seen) else seen
            self.undos[person].append((field, known, new))
        self.redos[person].clear()

    @rule(person=who)
    def undo(self, person):
        if not self.undos[person]:
            assert self.stores[person].undo() is None
            return
        field, before, after = self.undos[person].pop()
        outcome, value = self.expected(field, after, before)
        self.forgive(self.stores[person].undo(), outcome, value, field)
        if outcome != "conflict":
            self.redos[person].append((field, before, after))

    @rule(person=who)
    def redo(self, person):
        if not self.redos[person]:
            assert self.stores[person].redo() is None
            return
        field, before, after = self.redos[person].pop()
        outcome, value = self.expected(field, before, after)
        self.forgive(self.stores[person].redo(), outcome, value, field)
        if outcome != "conflict":
            self.undos[person].append((field, before, after))

    def forgive(self, answer, outcome, value, field) -> None:
        """A key that stood empty before may stand empty again; that is the same to every reader."""
        self.check(answer, outcome, value)
        now = checks.value(self.folder)
        if not fieldpath.is_equal(now, self.value):
            assert fieldpath.is_equal_when_shown(now, self.value), field
            self.value = now

    @rule(field=st.sampled_from(FIELDS[:4]), new=st.sampled_from(["x", "by hand", 7]))
    def by_hand(self, field, new):
        path = self.folder / FILE
        if fieldpath.resolve(self.value, fieldpath.parse_field_path(field)) is None:
            return
        self.stores[0].external_changes()
        path.write_text(
            set_field(path.read_bytes().decode(), fieldpath.parse_field_path(field), new).text
        )
        changed = parse_value(path.read_text(), FILE)
        assert fieldpath.is_equal(changed, self.value) or FILE in self.stores[0].external_changes()
        self.value = changed

    @rule(person=who, field=fields, new=values, step=st.integers(1, 30))
    def killed(self, person, field, new, step):
        if not self.fits(field, new):
            return
        seen = fieldpath.get_at(self.value, fieldpath.parse_field_path(field))
        outcome, after = self.expected(field, seen, new)
        before, died = self.value, False
        with steps.at_step(step):
            try:
                answer = self.stores[person].set(FILE, field, seen, new)
            except steps.Killed:
                died = True
        now = checks.value(self.folder)
        assert fieldpath.is_equal(now, before) or fieldpath.is_equal(now, after), (
            "neither old nor new"
        )
        if not died:
            self.check(answer, outcome, after)
        self.reopen(person)
        now = checks.value(self.folder)
        open_now = len(self.stores[person].conflicts())
        if outcome == "conflict":
            assert open_now in (self.conflicts, self.conflicts + 1)
            self.conflicts = open_now
        assert fieldpath.is_equal(now, before) or fieldpath.is_equal(now, after), (
            "neither old nor new, later"
        )
        assert not fieldpath.is_equal(now, before) or died or fieldpath.is_equal(before, after)
        self.value = now

    @rule(person=who)
    def reopen(self, person):
        self.stores[person] = Store.open(self.folder, ("Ann", "Ben")[person], self.edges)
        self.undos[person], self.redos[person] = [], []
        assert not self.stores[person].pending()

    @rule(
        person=who, error=st.sampled_from([5, 28]), step=st.integers(1, 25), new=st.integers(10, 99)
    )
    def refused(self, person, error, step, new):
        """One step fails; the edit is saved, or kept and done at the next try, or refused."""
        seen = fieldpath.get_at(self.value, ("count",))
        _, after = self.expected("count", seen, new)
        with steps.at_step(step, OSError(error, "refused")):
            try:
                answer = self.stores[person].set(FILE, "count", seen, new)
            except CannotWrite:
                answer = None
        assert self.stores[person].retry() == ()
        self.value = self.value if answer is None else after
        if answer is not None:
            self.undos[person].append(("count", seen, new))
            self.redos[person].clear()

    @precondition(lambda self: self.conflicts)
    @rule(person=who, ours=st.booleans())
    def resolve(self, person, ours):
        conflict = self.stores[person].conflicts()[0]
        chosen = conflict.set_aside if ours else conflict.in_file
        spelled = conflict.field
        outcome, value = self.expected(spelled, conflict.in_file, chosen)
        answer = self.stores[person].resolve(conflict, chosen)
        self.redos[person].clear()
        if outcome == "conflict":
            assert isinstance(answer, Conflict)
            return
        self.conflicts -= 1
        self.value = value
        self.undos[person].append((spelled, conflict.in_file, chosen))

    @invariant()
    def disk_is_model(self):
        text = (self.folder / FILE).read_bytes().decode()
        assert fieldpath.is_equal(parse_value(text, FILE), self.value)
        assert [r for r in text.splitlines() if r in self.comments] == self.comments
        assert len(self.stores[0].conflicts()) == self.conflicts


QUICK = settings(
    max_examples=20, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
LONG = settings(
    max_examples=200, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
)

TestModel = StoreMachine.TestCase
TestModel.settings = QUICK


@pytest.mark.slow
class TestModelAtLength(StoreMachine.TestCase):
    """The same, for longer."""

    settings = LONG
