"""Find the levels and case studies that moved between two results, and the causes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from calib.diff.models import Cause, DiffInput, LevelMove, StudyMove
from calib.model import CriterionResult, Finding, Outcome, Result, StudyResult


def compare_milestone_levels(before: DiffInput, after: DiffInput) -> Iterator[LevelMove]:
    """Yield the levels that differ, for comparisons in which one side has no answers."""
    old, new = _effective_levels(before), _effective_levels(after)
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


def _effective_levels(side: DiffInput) -> dict[str, int]:
    if side.result is None:
        return dict(side.milestone.levels) if side.milestone else {}
    return {
        f"{c.control}/{x.criterion}": x.effective for c in side.result.controls for x in c.criteria
    }


def find_level_moves(old: Result, new: Result) -> Iterator[LevelMove]:
    """Yield the criteria whose effective or supported level differs, with the cause."""
    sides: list[dict[tuple[str, str], CriterionResult]] = [
        {(c.control, x.criterion): x for c in r.controls for x in c.criteria} for r in (old, new)
    ]
    for control, criterion in dict.fromkeys((*sides[0], *sides[1])):
        then, now = (results.get((control, criterion)) for results in sides)
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
                why=_find_cause(then, now),
            )


def find_study_moves(old: Result, new: Result) -> Iterator[StudyMove]:
    """Yield the case studies whose qualification or findings differ."""
    sides: list[Mapping[str, StudyResult]] = [
        {s.slug: s for s in r.qualification.studies} for r in (old, new)
    ]
    for slug in dict.fromkeys((*sides[0], *sides[1])):
        then, now = (results.get(slug) for results in sides)
        old_messages, new_messages = (_messages(study) for study in (then, now))
        cause = Cause(
            gone=tuple(m for m in old_messages if m not in new_messages),
            new=tuple(m for m in new_messages if m not in old_messages),
        )
        if (then and then.qualified) != (now and now.qualified) or cause != Cause():
            yield StudyMove(
                slug=slug,
                title=next(s.title or slug for s in (now, then) if s is not None),
                before=then.qualified if then else None,
                after=now.qualified if now else None,
                why=cause,
            )


def _messages(study: StudyResult | None) -> tuple[str, ...]:
    return tuple(f.message for f in study.findings) if study else ()


_CONSEQUENCE_RULES = ("over-claimed", "under-claimed")
"""Rules of findings that follow from the levels, and so do not explain them."""


def _find_cause(then: CriterionResult | None, now: CriterionResult | None) -> Cause:
    """Return the messages of findings that disappeared or appeared and explain the move.

    A met finding with a bound (no figure, so at most level 3) explains only a fall.
    """
    old, new = (_explaining_findings(result) for result in (then, now))
    fell = then is not None and now is not None and now.supported < then.supported
    return Cause(
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


def _explaining_findings(result: CriterionResult | None) -> dict[tuple[str, int | None], Finding]:
    findings = result.findings if result else ()
    return {(f.rule, f.bounds): f for f in findings if f.rule not in _CONSEQUENCE_RULES}
