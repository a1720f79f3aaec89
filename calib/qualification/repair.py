"""The least that would make a set of case studies qualify."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from calib.model import Effort, Gap, QualificationResult, QualificationRules, StudyResult


@dataclass(frozen=True)
class _Option:
    """One way to fill a place of the set: a study as it is or mended, or a new one."""

    family: str
    kinds: frozenset[str]
    days: int
    key: str
    place: tuple[int, int]
    """Existing studies before new ones, each in the order they stand in."""
    gaps: tuple[Gap, ...]


Days = Callable[[Effort], int]


def repairs(
    rules: QualificationRules, result: QualificationResult, days: Days, *, fewest: bool = False
) -> tuple[Gap, ...]:
    """Find the least work that makes the set qualify: mend, swap in a candidate, or write anew.

    With `fewest` the number of actions counts before the days they take.
    """
    if result.set_qualifies:
        return ()
    options: dict[str, list[_Option]] = {f.id: [] for f in rules.families}
    for study in result.studies:
        for option in _options(rules, study, days):
            options[option.family].append(option)
    because = tuple(f.id for f in result.findings)
    for index, (family, found) in enumerate(options.items()):
        found.append(_new_study(rules, index, family, days, because))
        found.sort(key=lambda o: (o.days, len(o.gaps), o.place))
        del found[rules.needed + 1 :]  # at most the others of the set can take one away
    good = {s.slug for s in result.studies if s.submitted and s.qualified}

    def price(group: Sequence[_Option]) -> tuple[list[int], tuple[tuple[int, int], ...]]:
        gaps = _of_group(rules, group, good, days, because)
        cost = [sum(g.days for g in gaps), len(gaps)]
        return (cost[::-1] if fewest else cost, tuple(sorted(o.place for o in group)))

    groups = (
        group
        for families in combinations(options, rules.needed)
        for group in product(*(options[f] for f in families))
        if len({o.key for o in group}) == len(group)
    )
    return tuple(_of_group(rules, min(groups, key=price), good, days, because))


def _of_group(
    rules: QualificationRules, group: Sequence[_Option], good: set[str], days: Days,
    because: tuple[str, ...],
) -> list[Gap]:  # fmt: skip
    """List what it takes to submit just this group."""
    gaps = [gap for option in group for gap in option.gaps]
    # A new study is written to show a kind of its own, so it brings variety with it.
    if len({k for option in group for k in option.kinds}) < rules.kinds_needed:
        gaps.append(_gap(rules, "insufficient-variety", days, because))
    replaced = sum(1 for gap in gaps if gap.id.endswith("/submit") or "/new-" in gap.id)
    if len(good - {o.key for o in group}) > replaced:
        gaps.append(_gap(rules, "too-many", days, because))
    return gaps


def _options(rules: QualificationRules, study: StudyResult, days: Days) -> list[_Option]:
    """List how a study could take a place: mended, and led by each family that it really uses."""
    reasons = [r.partition(":")[0] for r in study.reasons]
    texts = {r.id: r for r in rules.reasons}
    if any(texts[r].effort is Effort.LARGE for r in reasons):
        return []  # as much work as a new study
    found = []
    for family in study.families:
        because = tuple(f.id for f in study.findings)
        gaps = [_gap(rules, r, days, because, study) for r in reasons]
        if family != study.family and not any(r.startswith("primary-") for r in reasons):
            gaps.append(_lead_with(rules, study, family, days))
        if not study.submitted:
            gaps.append(_swap_in(rules, study, days))
        found.append(
            _Option(
                family,
                frozenset(study.kinds),
                sum(g.days for g in gaps),
                study.slug,
                (0, study.number),
                tuple(gaps),
            )
        )
    return found


def _gap(
    rules: QualificationRules, reason: str, days: Days, because: tuple[str, ...],
    study: StudyResult | None = None,
) -> Gap:  # fmt: skip
    text = next(r for r in rules.reasons if r.id == reason)
    slug = study.slug if study else ""
    return Gap(
        id=f"case-studies/{slug}/{reason}" if study else f"case-studies/{reason}",
        title=f"Mend “{study.title or slug}”" if study else "Balance the set of case studies",
        action=text.remediation.format(needed=rules.needed, family="", studies="", other=""),
        artefact=f"case_studies/{slug}.yaml" if study else "the four write-ups",
        effort=text.effort, days=days(text.effort), because=because,
    )  # fmt: skip


def _lead_with(rules: QualificationRules, study: StudyResult, family: str, days: Days) -> Gap:
    name = next(f.name for f in rules.families if f.id == family)
    return Gap(
        id=f"case-studies/{study.slug}/lead-with-{family}",
        title=f"Lead “{study.title}” with {name}",
        action=f"Rewrite “{study.title}” so that it leads with {name}, which it already uses.",
        artefact=f"case_studies/{study.slug}.yaml",
        effort=Effort.SMALL, days=days(Effort.SMALL),
        because=tuple(r for r in ("duplicate-primary-service",) if study.submitted),
    )  # fmt: skip


def _swap_in(rules: QualificationRules, study: StudyResult, days: Days) -> Gap:
    name = next((f.name for f in rules.families if f.id == study.family), study.primary_service)
    return Gap(
        id=f"case-studies/{study.slug}/submit",
        title=f"Submit “{study.title}”",
        action=f"Submit the candidate “{study.title}” ({name}) in place of one that does not fit.",
        artefact=f"case_studies/{study.slug}.yaml",
        effort=Effort.SMALL, days=days(Effort.SMALL),
    )  # fmt: skip


def _new_study(
    rules: QualificationRules, index: int, family: str, days: Days, because: tuple[str, ...]
) -> _Option:
    name = next(f.name for f in rules.families if f.id == family)
    gap = Gap(
        id=f"case-studies/new-{family}",
        title=f"A new case study led by {name}",
        action=f"Write up another customer example that leads with {name}.",
        artefact="a case study with challenge, solution, tech stack and results in numbers",
        effort=Effort.LARGE, days=days(Effort.LARGE), because=because,
    )  # fmt: skip
    return _Option(family, frozenset({f"new-{family}"}), gap.days, gap.id, (1, index), (gap,))
