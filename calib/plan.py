"""Result -> improvement plan: the shortest way to ready, in an order that makes sense."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from calib.model import ActionStatus, Effort, Gap, PlanEntry, Result
from calib.model.noun import Noun


class PlanStep(Noun):
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


class Plan(Noun):
    """Hold the improvement plan."""

    steps: tuple[PlanStep, ...]
    days: int
    """Working days of all steps together."""
    stale: tuple[PlanEntry, ...] = ()
    """What was planned for things that no longer stand in the way."""


def make_plan(result: Result, entries: Sequence[PlanEntry] = ()) -> Plan:
    """Order the gaps of a result and join what was decided about each.

    Quick ones come first, since they show what is left; of one effort, case studies come before
    controls (others have to be asked), and the controls follow the catalog.
    """
    decided = {e.id: e for e in entries}
    owners = {
        f"{c.control}/{x.criterion}": (x.owner, x.due) for c in result.controls for x in c.criteria
    }
    sizes = list(Effort)
    ordered = sorted(result.gaps, key=lambda g: (sizes.index(g.effort), bool(g.control)))
    steps = tuple(
        _step(number, gap, decided.get(gap.id), owners.get(gap.id, ("", None)), result)
        for number, gap in enumerate(ordered, start=1)
    )
    open_ids = {g.id for g in result.gaps}
    return Plan(
        steps=steps,
        days=sum(g.days for g in ordered),
        stale=tuple(e for e in entries if e.id not in open_ids),
    )


def _step(
    number: int, gap: Gap, entry: PlanEntry | None, answer: tuple[str, date | None], result: Result
) -> PlanStep:
    owner = entry.owner if entry and entry.owner else answer[0]
    due = entry.due if entry and entry.due else answer[1]
    start = working_days_before(due or result.target_date, gap.days)
    return PlanStep(
        number=number, gap=gap, owner=owner, due=due,
        status=entry.status if entry else ActionStatus.OPEN, note=entry.note if entry else "",
        start_by=start, late=start is not None and start < result.today,
    )  # fmt: skip


def working_days_before(day: date | None, days: int) -> date | None:
    """Return the day that lies that many working days (Monday to Friday) before a day."""
    if day is None:
        return None
    while days > 0:
        day -= timedelta(days=1)
        days -= day.weekday() < 5
    return day
