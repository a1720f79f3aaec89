"""Results -> the levels and the case studies that moved, and the findings behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from calib.diff.models import LevelMove, State, StudyMove, Why
from calib.model import CriterionResult, Finding, Outcome, Result, StudyResult


def remembered(before: State, after: State) -> Iterator[LevelMove]:
    """Compare the levels where one side remembers nothing else."""
    old, new = _kept_levels(before), _kept_levels(after)
    titles = {
        f"{c.control}/{x.criterion}": x.title
        for r in (before.result, after.result)
        if r is not None
        for c in r.controls
        for x in c.criteria
    }
    for name in dict.fromkeys((*old, *new)) if old and new else ():
        if old.get(name) != new.get(name):
            control, _, criterion = name.partition("/")
            yield LevelMove(
                control=control,
                criterion=criterion,
                title=titles.get(name, criterion),
                before=old.get(name),
                after=new.get(name),
            )


def _kept_levels(state: State) -> dict[str, int]:
    if state.result is None:
        return dict(state.milestone.levels) if state.milestone else {}
    return {
        f"{c.control}/{x.criterion}": x.effective for c in state.result.controls for x in c.criteria
    }


def levels(old: Result, new: Result) -> Iterator[LevelMove]:
    """List the criteria whose effective or supported level differs, and why."""
    sides: list[dict[tuple[str, str], CriterionResult]] = [
        {(c.control, x.criterion): x for c in r.controls for x in c.criteria} for r in (old, new)
    ]
    for control, criterion in dict.fromkeys((*sides[0], *sides[1])):
        then, now = (side.get((control, criterion)) for side in sides)
        if (then and (then.effective, then.supported)) != (now and (now.effective, now.supported)):
            title = next(x.title for x in (now, then) if x is not None)
            yield LevelMove(
                control=control,
                criterion=criterion,
                title=title,
                before=then.effective if then else None,
                after=now.effective if now else None,
                claimed=(then.claimed if then else None, now.claimed if now else None),
                supported=(then.supported if then else None, now.supported if now else None),
                why=_why(then, now),
            )


def studies(old: Result, new: Result) -> Iterator[StudyMove]:
    """List the case studies of which something else is to be said."""
    sides: list[Mapping[str, StudyResult]] = [
        {s.slug: s for s in r.qualification.studies} for r in (old, new)
    ]
    for slug in dict.fromkeys((*sides[0], *sides[1])):
        then, now = (side.get(slug) for side in sides)
        old_said, new_said = (_messages(side) for side in (then, now))
        why = Why(
            gone=tuple(m for m in old_said if m not in new_said),
            new=tuple(m for m in new_said if m not in old_said),
        )
        if (then and then.qualified) != (now and now.qualified) or why != Why():
            yield StudyMove(
                slug=slug,
                title=next(s.title or slug for s in (now, then) if s is not None),
                before=then.qualified if then else None,
                after=now.qualified if now else None,
                why=why,
            )


def _messages(study: StudyResult | None) -> tuple[str, ...]:
    return tuple(f.message for f in study.findings) if study else ()


_CONSEQUENCES = ("over-claimed", "under-claimed")
"""Rules of findings that follow from the levels and do not explain them."""


def _why(then: CriterionResult | None, now: CriterionResult | None) -> Why:
    """Name what stood in the way and is gone, and what has come; what bounds no move is left out.

    A finding that is met and bounds a higher level only explains a fall to that level.
    """
    old, new = (_telling(side) for side in (then, now))
    fell = then is not None and now is not None and now.supported < then.supported
    return Why(
        gone=tuple(
            f.message
            for k, f in old.items()
            if k not in new
            and (f.bounds is None or f.outcome is not Outcome.MET)
            and (fell or f.outcome is not Outcome.MET)
        ),
        new=tuple(
            f.message
            for k, f in new.items()
            if k not in old and (fell or f.bounds is None or f.outcome is not Outcome.MET)
        ),
    )


def _telling(side: CriterionResult | None) -> dict[tuple[str, int | None], Finding]:
    found = side.findings if side else ()
    return {(f.rule, f.bounds): f for f in found if f.rule not in _CONSEQUENCES}
