"""Build the improvement plan: the gaps of a result in order, with dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from calib.model import ActionStatus, Effort, Gap, PlanEntry, Result
from calib.model.base import FrozenModel


class PlanStep(FrozenModel):
    """One remediation action with the decisions about it."""

    number: int
    """Its position in the plan, counted from 1."""
    gap: Gap
    owner: str = ""
    due: date | None = None
    status: ActionStatus = ActionStatus.OPEN
    note: str = ""
    start_by: date | None = None
    """The last day to start, counted back in working days from its due or the target date."""
    late: bool = False
    """Whether that day has passed although the action is still open."""


class Plan(FrozenModel):
    """The improvement plan."""

    steps: tuple[PlanStep, ...]
    days: int
    """The sum of the working days of all steps that are not done."""
    days_left: int = 0
    """Working days until the target date; 0 if there is none or it has passed."""
    people: int = 0
    """How many people must work in parallel to meet the target date; 0 without one."""
    stale: tuple[PlanEntry, ...] = ()
    """Entries for actions that are no longer needed."""


def make_plan(result: Result, entries: Sequence[PlanEntry] = ()) -> Plan:
    """Order the gaps of a result and add the decisions about each.

    Small efforts come first, since their results show the remaining gaps. Within one effort, case
    studies come before controls, since customers have to be asked; controls follow the catalog. The
    dates assume that each owner works on one action at a time, and that one more person does those
    without an owner.
    """
    decisions = {e.id: e for e in entries}
    answers = {
        f"{c.control}/{x.criterion}": (x.owner, x.due) for c in result.controls for x in c.criteria
    }
    sizes = list(Effort)
    # `sorted` is stable: gaps with equal keys keep the order of the result, the catalog's.
    ordered = sorted(result.gaps, key=lambda g: (sizes.index(g.effort), bool(g.control)))
    steps = [
        _join_decision(number, gap, decisions.get(gap.id), answers.get(gap.id, ("", None)))
        for number, gap in enumerate(ordered, start=1)
    ]
    days = sum(s.gap.days for s in steps if s.status is not ActionStatus.DONE)
    days_left = working_days_between(result.today, result.target_date)
    open_ids = {g.id for g in result.gaps}
    return Plan(
        steps=_schedule_backwards(steps, result),
        days=days,
        days_left=days_left,
        people=-(-days // days_left) if days_left else 0,  # rounded up
        stale=tuple(e for e in entries if e.id not in open_ids),
    )


def _join_decision(
    number: int, gap: Gap, entry: PlanEntry | None, answer: tuple[str, date | None]
) -> PlanStep:
    return PlanStep(
        number=number,
        gap=gap,
        owner=entry.owner if entry and entry.owner else answer[0],
        due=entry.due if entry and entry.due else answer[1],
        status=entry.status if entry else ActionStatus.OPEN,
        note=entry.note if entry else "",
    )


def _schedule_backwards(steps: Sequence[PlanStep], result: Result) -> tuple[PlanStep, ...]:
    """Set the latest start of each step, counted back from its due or the target date.

    Backwards, so that an owner's last step ends on the date and each earlier one ends when the next
    begins.
    """
    free_until: dict[str, date] = {}
    scheduled = []
    for step in reversed(steps):
        end = step.due or result.target_date
        if end is None or step.status is ActionStatus.DONE:
            scheduled.append(step)
            continue
        end = min(end, free_until.get(step.owner, end))
        start = working_days_before(end, step.gap.days)
        free_until[step.owner] = start
        # A step in progress may still be in time.
        late = start < result.today and step.status is ActionStatus.OPEN
        scheduled.append(step.model_copy(update={"start_by": start, "late": late}))
    return tuple(reversed(scheduled))


def working_days_before(day: date, days: int) -> date:
    """Return the date that many working days (Monday to Friday, no holidays) before a date."""
    while days > 0:
        day -= timedelta(days=1)
        days -= day.weekday() < 5
    return day


def working_days_between(today: date, day: date | None) -> int:
    """Count the working days from today until a date, which is excluded; 0 if it has passed."""
    if day is None or day <= today:
        return 0
    weeks, rest = divmod((day - today).days, 7)
    return weeks * 5 + sum((today + timedelta(days=n)).weekday() < 5 for n in range(rest))
