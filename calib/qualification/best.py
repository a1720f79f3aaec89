"""The best four of all case studies, the sets next to them, and the least change that makes one."""

from __future__ import annotations

from collections.abc import Sequence

from calib.model import Lead, QualificationResult, QualificationRules, StudyResult, StudySet
from calib.qualification.repair import Actions, Days, Mended, mended

_NEXT = 3
"""How many sets next to the best are shown."""

_RANKS = (
    (1, "shows {} of solution instead of {}", ("kind", "kinds")),
    (2, "has write-ups of {} instead of {}", ("point", "points")),
    (3, "shows {} instead of {}", ("customer", "customers")),
    (4, "lets {} lead with another service than now, instead of {}", ("study", "studies")),
)
"""Where two sets differ in rank, in the order in which it counts."""


def advised(
    rules: QualificationRules, result: QualificationResult, days: Days
) -> QualificationResult:
    """Add the best four: submitted or not, each led by a service that it leads or could lead with.

    They show the most kinds of solution, then have the strongest write-ups, then the most
    customers, then the fewest studies that lead with another service than now. Where no four
    qualify, they are those that take the least work, and `change` is that work.
    """
    if not result.studies:
        return result
    found = mended(result, Actions(rules, result, days, afresh=True), 1 + _NEXT)
    found = found[:1] if found[0].gaps else found
    sets = tuple(_set(rules, result, one, found[0]) for one in found)
    return result.model_copy(update={"best": sets, "change": found[0].gaps})


def _set(
    rules: QualificationRules, result: QualificationResult, one: Mended, best: Mended
) -> StudySet:
    names = {f.id: f.name for f in rules.families}
    studies = _written(one)
    marked = [s for s in result.studies if s.submitted and not result.chosen_by_program]
    why = _why(rules, result, studies, one.rank[2]) if one is best else _beside(one, best)
    moved = any(study and family != study.family for study, family in one.leads)
    submitted = not moved and {s.number for s in studies} == {s.number for s in marked}
    if one is best and result.set_qualifies and len(marked) == result.needed and not submitted:
        points = sum(study.strength for study in marked)
        why += f" Of those submitted: {_why(rules, result, marked, points)}"
    return StudySet(
        leads=tuple(_lead(study, family, names) for study, family in one.leads),
        kinds=_kinds(rules, studies), strength=one.rank[2], submitted=submitted, why=why,
    )  # fmt: skip


def _written(one: Mended) -> list[StudyResult]:
    return [study for study, _ in one.leads if study]


def _kinds(rules: QualificationRules, studies: Sequence[StudyResult]) -> tuple[str, ...]:
    """List the kinds that studies show together, in the catalog's order."""
    known = [k.id for k in rules.kinds]
    kinds = {k for study in studies for k in study.kinds}
    return tuple(sorted(kinds, key=lambda k: (known.index(k) if k in known else len(known), k)))


def _lead(study: StudyResult | None, family: str, names: dict[str, str]) -> Lead:
    if study is None:
        return Lead(slug="", title="A new case study", family=family, service=names[family])
    stated = study.primary_service or names.get(study.family, "")
    moved = family != study.family
    named = dict(study.could_lead).get(family, names[family])
    return Lead(
        slug=study.slug, title=study.title or study.slug, family=family,
        service=named if moved else stated, instead_of=stated if moved else "",
        strength=study.strength_led_by(family),
    )  # fmt: skip


def _why(
    rules: QualificationRules, result: QualificationResult, studies: Sequence[StudyResult],
    points: int,
) -> str:  # fmt: skip
    names = {k.id: k.name for k in rules.kinds}
    kinds = _kinds(rules, studies)
    shown = f" ({', '.join(names.get(k, k) for k in kinds)})" if kinds else ""
    of = len(studies) * result.points
    return f"Kinds of solution: {len(kinds)}{shown}. Write-ups: {points} of {of} points."


def _beside(one: Mended, best: Mended) -> str:
    """Say in what a set differs from the best, and what puts it behind."""
    ours, theirs = _written(one), _written(best)
    new, gone = _titles(ours, theirs), _titles(theirs, ours)
    for at, said, (singular, plural) in _RANKS:
        if one.rank[at] != best.rank[at]:
            count, before = abs(one.rank[at]), abs(best.rank[at])
            noun = f"{count} {singular if count == 1 else plural}"
            return f"With {new} in place of {gone} it {said.format(noun, before)}."
    return (
        f"With {new} in place of {gone} it is as good: the strongest single write-up, then your "
        "order decides."
    )


def _titles(studies: Sequence[StudyResult], without: Sequence[StudyResult]) -> str:
    numbers = {s.number for s in without}
    names = [f"“{s.title or s.slug}”" for s in studies if s.number not in numbers]
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
