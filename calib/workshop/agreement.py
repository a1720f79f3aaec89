"""Ballots -> agreement on each criterion, and how strict each assessor is beside the others."""

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
"""From how many votes on a person is compared with the group."""


def compare_ballots(ballots: Iterable[Ballot]) -> WorkshopAgreement:
    """Compare the ballots, per criterion, per control and as a whole.

    Controls and criteria come in the order of their ids, whatever the order of the ballots. An
    abstention is counted and has no other effect. Raises ValueError where an assessor votes twice
    on one criterion.
    """
    table = _table(ballots)
    controls = []
    for control in dict.fromkeys(c for c, _ in table):
        rows = {x: votes for (c, x), votes in table.items() if c == control}
        criteria = tuple(_agreement(control, x, votes) for x, votes in rows.items())
        alpha = measure_reliability(list(rows.values()))
        controls.append(ControlAgreement(control=control, criteria=criteria, alpha=alpha))
    return WorkshopAgreement(
        controls=tuple(controls), alpha=measure_reliability(list(table.values()))
    )


def _table(ballots: Iterable[Ballot]) -> dict[tuple[str, str], dict[str, int | None]]:
    """Put the votes in one order: by control, criterion and assessor."""
    table: dict[tuple[str, str], dict[str, int | None]] = {}
    for ballot in sorted(ballots, key=lambda b: (b.control, b.assessor)):
        for vote in ballot.votes:
            votes = table.setdefault((ballot.control, vote.criterion), {})
            if ballot.assessor in votes:
                place = f"{ballot.control}/{vote.criterion}"
                raise ValueError(f"{ballot.assessor} votes twice on {place}")
            votes[ballot.assessor] = vote.level
    return dict(sorted(table.items()))


def _agreement(control: str, criterion: str, votes: LevelByAssessor) -> CriterionAgreement:
    given = {who: level for who, level in votes.items() if level is not None}
    levels = sorted(given.values())
    abstentions = len(votes) - len(levels)
    if not levels:
        return CriterionAgreement(
            control=control,
            criterion=criterion,
            abstentions=abstentions,
            sentence="Nobody has chosen a level yet.",
        )
    outliers = _outliers(given)
    suggestion = _suggestion(levels)
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


def _outliers(given: Mapping[str, int]) -> tuple[str, ...]:
    """Name whom to ask first: the farthest from the median, or both ends.

    Both ends where the votes lie two levels apart but none lies two from the median, and where
    those who do are half of all: then the lower median is one side of the two.
    """
    levels = sorted(given.values())
    middle = median_low(levels)
    far = max(abs(level - middle) for level in levels)
    if far >= 2:
        found = tuple(who for who, level in given.items() if abs(level - middle) == far)
        if 2 * len(found) < len(levels):
            return found
    if levels[-1] - levels[0] >= 2:
        return tuple(who for who, level in given.items() if level in (levels[0], levels[-1]))
    return ()


def _suggestion(levels: Sequence[int]) -> int | None:
    """Propose what more than half chose, where at least two voted and none is two levels away."""
    level, count = Counter(levels).most_common(1)[0]
    close = levels[-1] - levels[0] <= 1
    return level if close and count > 1 and 2 * count > len(levels) else None


def measure_strictness(ballots: Iterable[Ballot]) -> tuple[Strictness, ...]:
    """Compare each assessor with the median of the others, as a mean over the criteria.

    The others' median is the usual one, halfway between the two in the middle: the lower one would
    make everybody look lenient. Fewer than five votes say too little, and give no difference.
    """
    ballots = sorted(ballots, key=lambda b: (b.assessor, b.name))
    names = {b.assessor: b.name for b in ballots}
    apart: dict[str, list[float]] = {who: [] for who in names}
    for (who, _), found in _apart(ballots).items():
        apart[who] += found
    return tuple(_strict(who, names[who], found) for who, found in apart.items())


def measure_strictness_by_control(
    ballots: Iterable[Ballot], order: Sequence[str] = ()
) -> tuple[StrictnessOverTime, ...]:
    """Show how each assessor's strictness moved, control by control in the order of the room.

    Controls that `order` does not name follow by their ids. Of one control the votes are few: a
    mean is given as it is, with the number of votes beside it.
    """
    ballots = sorted(ballots, key=lambda b: (b.assessor, b.name))
    apart = _apart(ballots)
    controls = {control for _, control in apart}
    ordered = [*(c for c in order if c in controls), *sorted(controls - set(order))]
    steps: dict[str, list[StrictnessStep]] = {b.assessor: [] for b in ballots}
    for control in ordered:
        for who, found in steps.items():
            levels = apart.get((who, control), [])
            mean = fmean(levels) if levels else None
            found.append(StrictnessStep(control=control, votes=len(levels), difference=mean))
    names = {b.assessor: b.name for b in ballots}
    return tuple(
        StrictnessOverTime(assessor=who, name=names[who], steps=tuple(found))
        for who, found in steps.items()
    )


def _apart(ballots: Iterable[Ballot]) -> dict[tuple[str, str], list[float]]:
    """List, per assessor and control, how far their levels lie from the median of the others."""
    apart: dict[tuple[str, str], list[float]] = {}
    for (control, _), votes in _table(ballots).items():
        given = {who: level for who, level in votes.items() if level is not None}
        for who, level in given.items():
            others = [other for name, other in given.items() if name != who]
            if others:
                apart.setdefault((who, control), []).append(level - median(others))
    return apart


def _strict(who: str, name: str, apart: Sequence[float]) -> Strictness:
    votes = len(apart)
    if votes < MIN_VOTES:
        many = f"{number_word(votes)} vote{'' if votes == 1 else 's'} can be compared".capitalize()
        sentence = f"{many}: too few to tell ({number_word(MIN_VOTES)} are needed)."
        return Strictness(assessor=who, name=name, votes=votes, sentence=sentence)
    mean = fmean(apart)
    size = f"{abs(mean):.1f}"
    way = "stricter" if mean < 0 else "more lenient"
    how = f"{size} {'of a level' if abs(mean) < 0.95 else 'levels'} {way} than"
    sentence = f"{'As strict as' if size == '0.0' else how} the group over {votes} votes."
    return Strictness(assessor=who, name=name, votes=votes, difference=mean, sentence=sentence)
