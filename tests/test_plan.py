"""The improvement plan by example: order, days, people, owners, and the last day to start."""

from __future__ import annotations

from datetime import date

import pytest

from calib.model import ActionStatus, ControlResult, Effort, PlanEntry
from calib.scoring.plan import make_plan, working_days_before, working_days_between
from tests.core_examples import CONTROL, PASSING, by_name, gap, judge, result

OPEN, DOING, DONE = ActionStatus.OPEN, ActionStatus.DOING, ActionStatus.DONE
SMALL, MEDIUM, LARGE = Effort.SMALL, Effort.MEDIUM, Effort.LARGE
MON, TUE, WED, THU, FRI, SAT, SUN = (date(2026, 11, day) for day in range(23, 30))
NEXT_MON, NEXT_FRI = date(2026, 11, 30), date(2026, 12, 4)


@pytest.mark.parametrize(
    ("today", "day", "expected"),
    by_name([
        ("no date", MON, None, 0),
        ("the same day", MON, MON, 0),
        ("the day before", TUE, MON, 0),
        ("one day", MON, TUE, 1),
        ("a week has five working days", MON, NEXT_MON, 5),
        ("Saturday is no working day", MON, SAT, 5),
        ("Sunday is none either", MON, SUN, 5),
        ("the last day itself does not count", MON, FRI, 4),
        ("over a weekend", FRI, NEXT_MON, 1),
        ("from a Saturday", SAT, NEXT_MON, 0),
        ("a weekend alone", SAT, SUN, 0),
        ("more than a week", MON, NEXT_FRI, 9),
        ("four weeks", MON, date(2026, 12, 21), 20),
    ]),
)  # fmt: skip
def test_working_days_between(today, day, expected):
    assert working_days_between(today, day) == expected


@pytest.mark.parametrize(
    ("day", "days", "expected"),
    by_name([
        ("no days", WED, 0, WED),
        ("one day", WED, 1, TUE),
        ("from a Monday back over the weekend", NEXT_MON, 1, FRI),
        ("from a Sunday", SUN, 1, FRI),
        ("from a Saturday", SAT, 1, FRI),
        ("a week has five working days", NEXT_MON, 5, MON),
        ("eight days", NEXT_FRI, 8, TUE),
    ]),
)  # fmt: skip
def test_working_days_before(day, days, expected):
    assert working_days_before(day, days) == expected


@pytest.mark.parametrize(
    ("days", "target", "left", "people"),
    by_name([
        ("as many days as are left -> one", (5,), NEXT_MON, 5, 1),
        ("one day more -> two", (6,), NEXT_MON, 5, 2),
        ("people are rounded up", (5, 6), NEXT_MON, 5, 3),
        ("one day less -> one", (4,), NEXT_MON, 5, 1),
        ("nothing to do -> nobody", (), NEXT_MON, 5, 0),
        ("no target date", (5,), None, 0, 0),
        ("the target date is today", (5,), MON, 0, 0),
        ("the target date is past", (5,), date(2026, 11, 20), 0, 0),
    ]),
)  # fmt: skip
def test_people(days, target, left, people):
    gaps = [gap(str(at), count) for at, count in enumerate(days)]
    plan = make_plan(result(*gaps, today=MON, target_date=target))
    assert (plan.days, plan.days_left, plan.people) == (sum(days), left, people)


def test_finished_steps_are_not_counted_others_are():
    gaps = [gap("open", 2), gap("doing", 3), gap("done", 8)]
    entries = [PlanEntry(id="doing", status=DOING), PlanEntry(id="done", status=DONE)]
    plan = make_plan(result(*gaps, today=MON, target_date=NEXT_MON), entries)
    assert (plan.days, plan.people) == (5, 1)
    assert [s.status for s in plan.steps] == [OPEN, DOING, DONE]


@pytest.mark.parametrize(
    ("gaps", "expected"),
    by_name([
        ("quick ones first",
         [gap("l", effort=LARGE), gap("m", effort=MEDIUM), gap("s")], ["s", "m", "l"]),
        ("of one effort, case studies first",
         [gap("a"), gap("case-studies/x", control="")], ["case-studies/x", "a"]),
        ("effort counts before case studies",
         [gap("case-studies/x", effort=LARGE, control=""), gap("a")], ["a", "case-studies/x"]),
        ("equals stay in the catalog's order", [gap("b"), gap("a")], ["b", "a"]),
        ("days do not decide", [gap("b", 9), gap("a", 1)], ["b", "a"]),
    ]),
)  # fmt: skip
def test_order(gaps, expected):
    plan = make_plan(result(*gaps))
    assert [s.gap.id for s in plan.steps] == expected
    assert [s.number for s in plan.steps] == list(range(1, len(gaps) + 1))


# --- what was decided about a step ---


def step_of(*entries, owner="", due=None):
    """The step for the gap of a criterion, whose answer may name an owner and a day."""
    judged = judge(owner=owner, due=due)
    control = ControlResult(
        control=CONTROL.id, title="-", gate=False, gauge=0.0, level=0, narrative="", passages=(),
        criteria=(judged,),
    )  # fmt: skip
    found = result(gap(f"{CONTROL.id}/{PASSING.id}"), controls=(control,), today=MON)
    [step] = make_plan(found, entries).steps
    return step


def entry(**changes):
    return PlanEntry(id=f"{CONTROL.id}/{PASSING.id}", **changes)


@pytest.mark.parametrize(
    ("entries", "owner", "due", "status", "note"),
    by_name([
        ("nothing decided -> as in the answer", (), "Ann", THU, OPEN, ""),
        ("the plan's owner counts", (entry(owner="Ben"),), "Ben", THU, OPEN, ""),
        ("the plan's day counts", (entry(due=FRI),), "Ann", FRI, OPEN, ""),
        ("an empty entry changes nothing", (entry(),), "Ann", THU, OPEN, ""),
        ("status and note", (entry(status=DOING, note="half"),), "Ann", THU, DOING, "half"),
        ("an entry for another gap", (PlanEntry(id="x", owner="Ben"),), "Ann", THU, OPEN, ""),
    ]),
)  # fmt: skip
def test_decisions(entries, owner, due, status, note):
    step = step_of(*entries, owner="Ann", due=THU)
    assert (step.owner, step.due, step.status, step.note) == (owner, due, status, note)


def test_a_step_nobody_decided_about_is_open_and_free():
    step = step_of()
    assert (step.owner, step.due, step.status, step.note) == ("", None, OPEN, "")
    assert (step.start_by, step.late) == (None, False)
    [other] = make_plan(result(gap("case-studies/x"))).steps
    assert (other.owner, other.due) == ("", None)


def test_entries_without_a_gap_are_stale():
    kept, gone = PlanEntry(id="a"), PlanEntry(id="b", note="settled")
    assert make_plan(result(gap("a")), [kept, gone]).stale == (gone,)
    assert make_plan(result(gap("a"))).stale == ()


# --- the last day to start ---


def starts(*gaps, entries=(), today=MON, target=NEXT_FRI):
    plan = make_plan(result(*gaps, today=today, target_date=target), entries)
    return {s.gap.id: (s.start_by, s.late) for s in plan.steps}


@pytest.mark.parametrize(
    ("days", "status", "expected"),
    by_name([
        ("in time", 8, OPEN, (TUE, False)),
        ("start today -> not late", 9, OPEN, (MON, False)),
        ("start yesterday -> late", 10, OPEN, (date(2026, 11, 20), True)),
        ("begun -> not late", 10, DOING, (date(2026, 11, 20), False)),
        ("done -> no start", 10, DONE, (None, False)),
    ]),
)  # fmt: skip
def test_start_and_lateness(days, status, expected):
    assert starts(gap("a", days), entries=[PlanEntry(id="a", status=status)]) == {"a": expected}


def test_a_due_date_counts_before_the_target_date():
    entries = [PlanEntry(id="a", due=WED), PlanEntry(id="b", due=date(2026, 12, 8), owner="Ben")]
    found = starts(gap("a", 1), gap("b", 1), entries=entries)
    assert found == {"a": (TUE, False), "b": (date(2026, 12, 7), False)}
    assert starts(gap("a", 1), gap("c", 1), entries=entries, target=None) == {
        "a": (TUE, False), "c": (None, False),
    }  # fmt: skip


def test_an_owner_works_on_one_action_at_a_time():
    entries = [PlanEntry(id=name, owner="Ann") for name in ("a", "b")]
    found = starts(gap("a", 2), gap("b", 2), gap("c", 2), entries=entries)
    assert found["b"] == (date(2026, 12, 2), False)
    assert found["a"] == (NEXT_MON, False), "before b"
    assert found["c"] == (date(2026, 12, 2), False), "without an owner, in a queue of its own"


def test_actions_without_an_owner_wait_for_each_other():
    found = starts(gap("a", 2), gap("b", 2))
    assert (found["b"][0], found["a"][0]) == (date(2026, 12, 2), NEXT_MON)


def test_an_early_due_date_is_not_moved_by_the_queue():
    entries = [PlanEntry(id="a", owner="Ann", due=WED), PlanEntry(id="b", owner="Ann")]
    found = starts(gap("a", 1), gap("b", 1), entries=entries)
    assert found["a"] == (TUE, False)


def test_finished_actions_hold_nobody_up():
    entries = [PlanEntry(id="b", status=DONE)]
    assert starts(gap("a", 2), gap("b", 2), entries=entries)["a"] == (date(2026, 12, 2), False)
