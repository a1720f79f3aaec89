"""The best four of all case studies, the sets next to them, and the least change that makes one."""

from __future__ import annotations

from collections.abc import Sequence

from calib.model import PrimaryService, QualificationResult, QualificationRules, StudyResult, StudySet
from calib.qualification.actions import ActionBuilder, Days, ProposedSet, propose_sets
from calib.qualification.write_up import SHOWS_PRIMARY_SERVICE

_ALTERNATIVES = 3
"""How many sets next to the best are shown."""

_RANK_TEXTS = (
    (1, "shows {} of solution instead of {}", ("kind", "kinds")),
    (2, "has write-ups of {} instead of {}", ("point", "points")),
    (3, "shows {} instead of {}", ("customer", "customers")),
    (4, "lets {} lead with another service than now, instead of {}", ("study", "studies")),
)
"""Where two sets differ in rank, in the order in which it counts."""


def recommend(
    rules: QualificationRules, result: QualificationResult, days: Days
) -> QualificationResult:
    """Add the best four: submitted or not, each led by a service that it leads or could lead with.

    They show the most kinds of solution, then have the strongest write-ups, then the most
    customers, then the fewest studies that lead with another service than now. Where no four
    qualify, they are those that take the least work, and `change` is that work.
    """
    if not result.studies:
        return result
    found = propose_sets(result, ActionBuilder(rules, result, days, afresh=True), 1 + _ALTERNATIVES)
    found = found[:1] if found[0].gaps else found
    sets = tuple(_study_set(rules, result, one, found[0]) for one in found)
    return result.model_copy(update={"best": sets, "change": found[0].gaps})


def _study_set(
    rules: QualificationRules, result: QualificationResult, one: ProposedSet, best: ProposedSet
) -> StudySet:
    names = {f.id: f.name for f in rules.families}
    studies = _existing_studies(one)
    marked = [s for s in result.studies if s.submitted and not result.chosen_by_program]
    leads = tuple(_primary_service(rules, study, family, names) for study, family in one.leads)
    if one is best:
        why = _summarize_set(rules, result, studies, one.rank[2])
    else:
        why = _compare_with_best(result, one, best) + _move_sentence(leads, best)
    moved = any(study and family != study.family for study, family in one.leads)
    submitted = not moved and {s.number for s in studies} == {s.number for s in marked}
    if one is best and result.set_qualifies and len(marked) == result.needed and not submitted:
        points = sum(study.strength for study in marked)
        why += f" Of those submitted: {_summarize_set(rules, result, marked, points)}"
    if one is best:
        why += _swap_sentence(studies, marked)
    return StudySet(
        leads=leads,
        kinds=_kinds(rules, studies),
        strength=one.rank[2],
        submitted=submitted,
        why=why,
    )


def _existing_studies(one: ProposedSet) -> list[StudyResult]:
    return [study for study, _ in one.leads if study]


def _kinds(rules: QualificationRules, studies: Sequence[StudyResult]) -> tuple[str, ...]:
    """List the kinds that studies show together, in the catalog's order."""
    known = [k.id for k in rules.kinds]
    kinds = {k for study in studies for k in study.kinds}
    return tuple(sorted(kinds, key=lambda k: (known.index(k) if k in known else len(known), k)))


def _primary_service(
    rules: QualificationRules, study: StudyResult | None, family: str, names: dict[str, str]
) -> PrimaryService:
    if study is None:
        return PrimaryService(slug="", title="A new case study", family=family, service=names[family])
    stated = study.primary_service or names.get(study.family, "")
    moved = family != study.family
    named = dict(study.could_lead).get(family, names[family])
    return PrimaryService(
        slug=study.slug,
        title=study.title or study.slug,
        family=family,
        service=named if moved else stated,
        instead_of=stated if moved else "",
        strength=study.strength_with(family),
        lacks=_missing_points(rules, study, family, named) if moved else _missing_points(rules, study, family, ""),
    )


def _missing_points(
    rules: QualificationRules, study: StudyResult, family: str, moved_to: str
) -> tuple[str, ...]:
    """Say what its write-up lacks, also where it leads with another service than it states."""
    shows = f"write-up:{SHOWS_PRIMARY_SERVICE}:"
    said = [
        f.message
        for f in study.findings
        if f.rule.startswith("write-up:") and not (moved_to and f.rule.startswith(shows))
    ]
    if moved_to and family not in study.told and study.solution.strip():
        point = next(p for p in rules.write_up.points if p.id == SHOWS_PRIMARY_SERVICE)
        said.append(point.message.format(service=moved_to))
    return tuple(said)


def _swap_sentence(ours: Sequence[StudyResult], marked: Sequence[StudyResult]) -> str:
    """Say which studies change places with those that are submitted."""
    new, gone = _titles_without(ours, marked), _titles_without(marked, ours)
    if not marked or not (new or gone):
        return ""
    if new and gone:
        return f" To submit them, put {new} in place of {gone}."
    return f" To submit them, add {new}." if new else f" To submit them, leave out {gone}."


def _move_sentence(leads: Sequence[PrimaryService], best: ProposedSet) -> str:
    """Say which of a set lead with another service than now."""
    moved = [
        f"“{x.title}” leads with {x.service} instead of {x.instead_of}"
        for x in leads
        if x.instead_of
    ]
    if moved:
        return f" In it {_join_names(moved)}."
    return " In it each leads with what it leads with now." if best.rank[4] else ""


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


def _compare_with_best(result: QualificationResult, one: ProposedSet, best: ProposedSet) -> str:
    """Say in what a set differs from the best, and what puts it behind."""
    ours, theirs = _existing_studies(one), _existing_studies(best)
    new, gone = _titles_without(ours, theirs), _titles_without(theirs, ours)
    for at, said, (singular, plural) in _RANK_TEXTS:
        if one.rank[at] != best.rank[at]:
            count, before = abs(one.rank[at]), abs(best.rank[at])
            noun = f"{count} {singular if count == 1 else plural}"
            return f"With {new} in place of {gone} it {said.format(noun, before)}."
    return f"With {new} in place of {gone} it is as good: {_tie_breaker(result, ours, theirs)}."


def _tie_breaker(
    result: QualificationResult, ours: Sequence[StudyResult], theirs: Sequence[StudyResult]
) -> str:
    """Say what puts one of two sets of the same rank first."""

    def standing(study: StudyResult) -> tuple[int, int]:
        leads = (study.family, *dict(study.could_lead))
        return -max(map(study.strength_with, leads)), study.number

    pairs = zip(sorted(ours, key=standing), sorted(theirs, key=standing), strict=True)
    behind, first = next((a, b) for a, b in pairs if a.number != b.number)
    if standing(behind)[0] != standing(first)[0]:
        return "the strongest single write-up decides"
    if first.submitted and not behind.submitted and not result.chosen_by_program:
        return "what is submitted stays"
    return "your order decides"


def _titles_without(studies: Sequence[StudyResult], without: Sequence[StudyResult]) -> str:
    numbers = {s.number for s in without}
    return _join_names([f"“{s.title or s.slug}”" for s in studies if s.number not in numbers])


def _join_names(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
