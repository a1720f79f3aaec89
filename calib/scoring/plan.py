"""Result -> improvement plan: the shortest way to ready, in an order that makes sense."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from calib.model import ActionStatus, Effort, Gap, PlanEntry, Result
from calib.model.base import FrozenModel


class PlanStep(FrozenModel):
    """Hold one remediation action with what was decided about it."""

    number: int
    gap: Gap
    owner: str = ""
    due: date | None = None
    status: ActionStatus = ActionStatus.OPEN
    note: str = ""
    start_by: date | None = None
    """The last day to start on, counted back in working days from due or target date."""
    late: bool = False


class Plan(FrozenModel):
    """Hold the improvement plan."""

    steps: tuple[PlanStep, ...]
    days: int
    """Working days of all steps together."""
    days_left: int = 0
    """Working days until the target date; 0 where there is none, or it is past."""
    people: int = 0
    """How many must work at once to hold the target date; 0 where there is none."""
    stale: tuple[PlanEntry, ...] = ()
    """What was planned for things that no longer stand in the way."""


def make_plan(result: Result, entries: Sequence[PlanEntry] = ()) -> Plan:
    """Order the gaps of a result and join what was decided about each.

    Quick ones come first, since they show what is left; of one effort, case studies come before
    controls (others have to be asked), and the controls follow the catalog. Each owner does one
    thing after the other; what has no owner yet waits in a queue of its own.
    """
    decided = {e.id: e for e in entries}
    answers = {
        f"{c.control}/{x.criterion}": (x.owner, x.due) for c in result.controls for x in c.criteria
    }
    sizes = list(Effort)
    ordered = sorted(result.gaps, key=lambda g: (sizes.index(g.effort), bool(g.control)))
    steps = [
        _step(number, gap, decided.get(gap.id), answers.get(gap.id, ("", None)))
        for number, gap in enumerate(ordered, start=1)
    ]
    days = sum(s.gap.days for s in steps if s.status is not ActionStatus.DONE)
    left = working_days_between(result.today, result.target_date)
    open_ids = {g.id for g in result.gaps}
    return Plan(
        steps=_queued(steps, result),
        days=days,
        days_left=left,
        people=-(-days // left) if left else 0,
        stale=tuple(e for e in entries if e.id not in open_ids),
    )


def _step(
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


def _queued(steps: Sequence[PlanStep], result: Result) -> tuple[PlanStep, ...]:
    """Count back from due or target date, one thing of an owner after the other."""
    free_until: dict[str, date] = {}
    placed = []
    for step in reversed(steps):
        end = step.due or result.target_date
        if end is None or step.status is ActionStatus.DONE:
            placed.append(step)
            continue
        end = min(end, free_until.get(step.owner, end))
        start = working_days_before(end, step.gap.days)
        free_until[step.owner] = start
        late = start < result.today and step.status is ActionStatus.OPEN
        placed.append(step.model_copy(update={"start_by": start, "late": late}))
    return tuple(reversed(placed))


def working_days_before(day: date, days: int) -> date:
    """Return the day that lies that many working days (Monday to Friday) before a day."""
    while days > 0:
        day -= timedelta(days=1)
        days -= day.weekday() < 5
    return day


def working_days_between(today: date, day: date | None) -> int:
    """Count the working days from today up to a day, that day excluded; 0 where it is past."""
    if day is None or day <= today:
        return 0
    weeks, rest = divmod((day - today).days, 7)
    return weeks * 5 + sum((today + timedelta(days=n)).weekday() < 5 for n in range(rest))
