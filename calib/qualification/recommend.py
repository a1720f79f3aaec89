"""Recommend the best four case studies, the next best sets, and the least change to get there."""

from __future__ import annotations

from collections.abc import Sequence

from calib.model import (
    PrimaryService,
    QualificationResult,
    QualificationRules,
    StudyResult,
    StudySet,
)
from calib.model.qualification_rules import EffortDays
from calib.qualification.actions import ActionBuilder, ProposedSet, propose_sets
from calib.qualification.write_up import SHOWS_PRIMARY_SERVICE
from calib.text import listed, plural

_ALTERNATIVES = 3
"""How many sets are shown beside the best."""

_RANK_TEXTS = (
    (1, "shows {} of solution instead of {}", ("kind", "kinds")),
    (2, "has write-ups of {} instead of {}", ("point", "points")),
    (3, "shows {} instead of {}", ("customer", "customers")),
    (4, "changes the primary service of {} instead of {}", ("study", "studies")),
)
"""The texts on the components of a `Rank`, in the order in which sets are compared."""


def recommend(
    rules: QualificationRules, result: QualificationResult, days: EffortDays
) -> QualificationResult:
    """Add the best four studies, submitted or not, each with its stated or alternative service.

    They show the most kinds of solution; then count the strongest write-ups, the most customers and
    the fewest changed primary services. If no four qualify, the best four take the least work to
    qualify, and `change` lists that work.
    """
    if not result.studies:
        return result
    proposed = propose_sets(
        result, ActionBuilder(rules, result, days, afresh=True), 1 + _ALTERNATIVES
    )
    # Alternatives that all need work would be a list of wishes: only the least work is shown.
    proposed = proposed[:1] if proposed[0].gaps else proposed
    sets = tuple(_study_set(rules, result, one, proposed[0]) for one in proposed)
    return result.model_copy(update={"best": sets, "change": proposed[0].gaps})


def _study_set(
    rules: QualificationRules, result: QualificationResult, proposed: ProposedSet, best: ProposedSet
) -> StudySet:
    names = {f.id: f.name for f in rules.families}
    studies = _existing_studies(proposed)
    marked = [s for s in result.studies if s.submitted and not result.chosen_by_program]
    leads = tuple(_primary_service(rules, study, family, names) for study, family in proposed.leads)
    if proposed is best:
        why = _summarize_set(rules, result, studies, proposed.rank[2])
    else:
        why = _compare_with_best(result, proposed, best) + _move_sentence(leads, best)
    moved = any(study and family != study.family for study, family in proposed.leads)
    submitted = not moved and {s.number for s in studies} == {s.number for s in marked}
    if proposed is best and result.set_qualifies and len(marked) == result.needed and not submitted:
        points = sum(study.strength for study in marked)
        why += f" Of those submitted: {_summarize_set(rules, result, marked, points)}"
    if proposed is best:
        why += _swap_sentence(studies, marked)
    return StudySet(
        leads=leads,
        kinds=_kinds(rules, studies),
        strength=proposed.rank[2],
        submitted=submitted,
        why=why,
    )


def _existing_studies(proposed: ProposedSet) -> list[StudyResult]:
    return [study for study, _ in proposed.leads if study]


def _kinds(rules: QualificationRules, studies: Sequence[StudyResult]) -> tuple[str, ...]:
    """Return the kinds that studies show together, in the catalog's order, unknown ones last."""
    known = [k.id for k in rules.kinds]
    kinds = {k for study in studies for k in study.kinds}
    return tuple(sorted(kinds, key=lambda k: (known.index(k) if k in known else len(known), k)))


def _primary_service(
    rules: QualificationRules, study: StudyResult | None, family: str, names: dict[str, str]
) -> PrimaryService:
    if study is None:
        return PrimaryService(
            slug="", title="A new case study", family=family, service=names[family]
        )
    stated = study.primary_service
    moved = family != study.family
    named = dict(study.could_lead).get(family, names[family])
    return PrimaryService(
        slug=study.slug,
        title=study.title or study.slug,
        family=family,
        service=named if moved else stated,
        instead_of=stated if moved else "",
        strength=study.strength_with(family),
        lacks=_missing_points(rules, study, family, named if moved else ""),
    )


def _missing_points(
    rules: QualificationRules, study: StudyResult, family: str, moved_to: str
) -> tuple[str, ...]:
    """Return what its write-up lacks, with another primary service if `moved_to` is given."""
    shows = f"write-up:{SHOWS_PRIMARY_SERVICE}:"
    messages = [
        f.message
        for f in study.findings
        if f.rule.startswith("write-up:") and not (moved_to and f.rule.startswith(shows))
    ]
    if moved_to and family not in study.told and study.solution.strip():
        point = next(p for p in rules.write_up.points if p.id == SHOWS_PRIMARY_SERVICE)
        messages.append(point.message.format(service=moved_to))
    return tuple(messages)


def _swap_sentence(ours: Sequence[StudyResult], marked: Sequence[StudyResult]) -> str:
    """Return the sentence on which submitted studies the set replaces; empty if none."""
    new, gone = _titles_without(ours, marked), _titles_without(marked, ours)
    if not marked or not (new or gone):
        return ""
    if new and gone:
        return f" To submit them, replace {gone} with {new}."
    return f" To submit them, add {new}." if new else f" To submit them, leave out {gone}."


def _move_sentence(leads: Sequence[PrimaryService], best: ProposedSet) -> str:
    """Return the sentence on which studies of a set change their primary service."""
    moved = [
        f"“{x.title}” has the primary service {x.service} instead of {x.instead_of}"
        for x in leads
        if x.instead_of
    ]
    if moved:
        return f" In this set {listed(moved)}."
    # Worth a sentence only if the best set changes something.
    return " In this set each study keeps its primary service." if best.rank[4] else ""


def _summarize_set(
    rules: QualificationRules,
    result: QualificationResult,
    studies: Sequence[StudyResult],
    points: int,
) -> str:
    names = {k.id: k.name for k in rules.kinds}
    kinds = _kinds(rules, studies)
    shown = f" ({', '.join(names.get(k, k) for k in kinds)})" if kinds else ""
    of = len(studies) * result.points
    return f"Kinds of solution: {len(kinds)}{shown}. Write-ups: {points} of {of} points."


def _compare_with_best(
    result: QualificationResult, proposed: ProposedSet, best: ProposedSet
) -> str:
    """Return the sentence on how a set differs from the best, and why it ranks lower."""
    ours, theirs = _existing_studies(proposed), _existing_studies(best)
    new, gone = _titles_without(ours, theirs), _titles_without(theirs, ours)
    for part, text, (singular, many) in _RANK_TEXTS:
        if proposed.rank[part] != best.rank[part]:
            count, before = abs(proposed.rank[part]), abs(best.rank[part])
            difference = text.format(plural(count, singular, many), before)
            return f"With {new} in place of {gone}, the set {difference}."
    tie_breaker = _tie_breaker(result, ours, theirs)
    return f"With {new} in place of {gone}, the set ranks equally: {tie_breaker}."


def _tie_breaker(
    result: QualificationResult, ours: Sequence[StudyResult], theirs: Sequence[StudyResult]
) -> str:
    """Return the reason for the order of two sets with the same rank.

    It follows `search`: equal ranks are ordered by the first member that differs.
    """

    def preference(study: StudyResult) -> tuple[int, int]:
        leads = (study.family, *dict(study.could_lead))
        return -max(map(study.strength_with, leads)), study.number

    pairs = zip(sorted(ours, key=preference), sorted(theirs, key=preference), strict=True)
    behind, first = next((a, b) for a, b in pairs if a.number != b.number)
    if preference(behind)[0] != preference(first)[0]:
        return "the strongest single write-up decides"
    if first.submitted and not behind.submitted and not result.chosen_by_program:
        return "submitted case studies take precedence"
    return "the order of the case studies decides"


def _titles_without(studies: Sequence[StudyResult], without: Sequence[StudyResult]) -> str:
    numbers = {s.number for s in without}
    return listed(f"“{s.title or s.slug}”" for s in studies if s.number not in numbers)
