"""Measure agreement on each criterion, and the strictness of each assessor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, median, median_low, quantiles

from calib.model import (
    Ballot,
    ControlAgreement,
    CriterionAgreement,
    Strictness,
    StrictnessOverTime,
    StrictnessStep,
    WorkshopAgreement,
)
from calib.workshop.alpha import LevelByAssessor, count_levels, measure_reliability
from calib.workshop.wording import describe_votes, number_word

MIN_VOTES = 5
"""Votes needed to compare an assessor with the group."""


def compare_ballots(ballots: Iterable[Ballot]) -> WorkshopAgreement:
    """Compare the ballots per criterion, per control and in total.

    The result is ordered by ids and does not depend on the order of the ballots. Abstentions are
    counted and have no other effect. Raises ValueError if an assessor votes twice on a criterion.
    """
    table = _tabulate(ballots)
    controls = []
    for control in dict.fromkeys(c for c, _ in table):
        rows = {x: votes for (c, x), votes in table.items() if c == control}
        criteria = tuple(_build_agreement(control, x, votes) for x, votes in rows.items())
        alpha = measure_reliability(list(rows.values()))
        controls.append(ControlAgreement(control=control, criteria=criteria, alpha=alpha))
    return WorkshopAgreement(
        controls=tuple(controls), alpha=measure_reliability(list(table.values()))
    )


def _tabulate(ballots: Iterable[Ballot]) -> dict[tuple[str, str], dict[str, int | None]]:
    """Return the votes ordered by control, criterion and assessor."""
    table: dict[tuple[str, str], dict[str, int | None]] = {}
    for ballot in sorted(ballots, key=lambda b: (b.control, b.assessor)):
        for vote in ballot.votes:
            votes = table.setdefault((ballot.control, vote.criterion), {})
            if ballot.assessor in votes:
                key = f"{ballot.control}/{vote.criterion}"
                raise ValueError(f"{ballot.assessor} votes twice on {key}")
            votes[ballot.assessor] = vote.level
    return dict(sorted(table.items()))


def _build_agreement(control: str, criterion: str, votes: LevelByAssessor) -> CriterionAgreement:
    given = {who: level for who, level in votes.items() if level is not None}
    levels = sorted(given.values())
    abstentions = len(votes) - len(levels)
    if not levels:
        return CriterionAgreement(
            control=control,
            criterion=criterion,
            abstentions=abstentions,
            sentence="No levels chosen yet.",
        )
    outliers = _find_outliers(given)
    suggestion = _suggest_consensus(levels)
    low, _, high = quantiles(levels, method="inclusive") if levels[1:] else (0.0, 0.0, 0.0)
    return CriterionAgreement(
        control=control,
        criterion=criterion,
        distribution=count_levels(levels),
        votes=len(levels),
        abstentions=abstentions,
        median=median_low(levels),
        spread=levels[-1] - levels[0],
        interquartile=high - low,
        outliers=outliers,
        suggestion=suggestion,
        sentence=describe_votes(levels, [given[who] for who in outliers], suggestion),
    )


def _find_outliers(given: Mapping[str, int]) -> tuple[str, ...]:
    """Return the assessors to ask first: those farthest from the median, or those at both ends.

    Both ends are asked if the votes differ by two levels but none is two levels from the median.
    They are also asked if half or more are that far away: there are two camps then, and the lower
    median is the level of one of them.
    """
    levels = sorted(given.values())
    middle = median_low(levels)
    far = max(abs(level - middle) for level in levels)
    if far >= 2:
        farthest = tuple(who for who, level in given.items() if abs(level - middle) == far)
        if 2 * len(farthest) < len(levels):
            return farthest
    if levels[-1] - levels[0] >= 2:
        return tuple(who for who, level in given.items() if level in (levels[0], levels[-1]))
    return ()


def _suggest_consensus(levels: Sequence[int]) -> int | None:
    """Return the level of a majority, if two or more voted and no vote is two levels away."""
    level, count = Counter(levels).most_common(1)[0]
    close = levels[-1] - levels[0] <= 1
    return level if close and count > 1 and 2 * count > len(levels) else None


def measure_strictness(ballots: Iterable[Ballot]) -> tuple[Strictness, ...]:
    """Compare each assessor with the median of the others, as a mean over the criteria.

    The difference is None for fewer than five votes.
    """
    ballots = sorted(ballots, key=lambda b: (b.assessor, b.name))
    names = {b.assessor: b.name for b in ballots}
    differences: dict[str, list[float]] = {who: [] for who in names}
    for (who, _), found in _differences(ballots).items():
        differences[who] += found
    return tuple(_build_strictness(who, names[who], found) for who, found in differences.items())


def measure_strictness_by_control(
    ballots: Iterable[Ballot], order: Sequence[str] = ()
) -> tuple[StrictnessOverTime, ...]:
    """Measure the strictness of each assessor per control, in the order of the workshop.

    Controls that are not in `order` follow by id. A control has few votes, so the mean is returned
    whatever their number, together with that number.
    """
    ballots = sorted(ballots, key=lambda b: (b.assessor, b.name))
    differences = _differences(ballots)
    controls = {control for _, control in differences}
    ordered = [*(c for c in order if c in controls), *sorted(controls - set(order))]
    steps: dict[str, list[StrictnessStep]] = {b.assessor: [] for b in ballots}
    for control in ordered:
        for who, of_assessor in steps.items():
            of_control = differences.get((who, control), [])
            mean = fmean(of_control) if of_control else None
            of_assessor.append(
                StrictnessStep(control=control, votes=len(of_control), difference=mean)
            )
    names = {b.assessor: b.name for b in ballots}
    return tuple(
        StrictnessOverTime(assessor=who, name=names[who], steps=tuple(found))
        for who, found in steps.items()
    )


def _differences(ballots: Iterable[Ballot]) -> dict[tuple[str, str], list[float]]:
    """Return the differences from the median of the others, by assessor and control."""
    differences: dict[tuple[str, str], list[float]] = {}
    for (control, _), votes in _tabulate(ballots).items():
        given = {who: level for who, level in votes.items() if level is not None}
        for who, level in given.items():
            others = [other for name, other in given.items() if name != who]
            if others:
                # The usual median: the lower one would make every assessor look lenient.
                differences.setdefault((who, control), []).append(level - median(others))
    return differences


def _build_strictness(who: str, name: str, differences: Sequence[float]) -> Strictness:
    votes = len(differences)
    if votes < MIN_VOTES:
        count = f"{number_word(votes)} vote{'' if votes == 1 else 's'} can be compared".capitalize()
        sentence = f"{count}: too few to compare ({number_word(MIN_VOTES)} are needed)."
        return Strictness(assessor=who, name=name, votes=votes, sentence=sentence)
    mean = fmean(differences)
    size = f"{abs(mean):.1f}"
    direction = "stricter" if mean < 0 else "more lenient"
    # Below 0.95 the size is printed as 0.9 or less.
    unit = "of a level" if abs(mean) < 0.95 else "levels"
    comparison = f"{size} {unit} {direction} than"
    sentence = f"{'As strict as' if size == '0.0' else comparison} the group over {votes} votes."
    return Strictness(assessor=who, name=name, votes=votes, difference=mean, sentence=sentence)
