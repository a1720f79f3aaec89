"""What sentences say -> verdicts on the criteria -> the level of the response.

The rule for levels is section 6 of the design; how strongly words speak for what was learned from
the corpus in `data/calibration/` (docs/reviewer.md tells how, and how well it works).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from calib.model import Control, CriterionReview, Mood, Passage, Review, Verdict
from calib.review.findings import Looked, findings
from calib.review.language import unreadable
from calib.review.rules import Way, way
from calib.review.sentence_scores import (
    LIMIT,
    NAMES,
    UNUSABLE,
    Said,
    Tables,
    belongs,
    chance,
    inputs,
    learned,
    read,
    shown,
)
from calib.review.sentences import sentences

REVIEWER = (
    "weights-1: learned weights of words say which criterion each sentence speaks of and whether "
    "it tells of something in place, planned, denied, hedged or merely named; the best sentences "
    "decide. It reads words, not truth: a person must confirm each verdict."
)

NOTHING = -99.0
"""What a sentence weighs that may carry nothing: copied, restated, unfinished, or a list that
speaks more of another criterion."""
_OTHERS = NAMES.index("other criteria")


@dataclass(frozen=True)
class _Judged:
    """Hold the verdict on one criterion, and what each sentence weighed in it."""

    verdict: Verdict
    best: int
    """The sentence that decides, for a no the one nearest to the topic; -1 without any."""
    weights: tuple[float, ...]
    chance: float
    """The probability that the criterion is carried."""


def review(control: Control, text: str, file: str = "") -> Review:
    """Say per criterion what a narrative shows, and the level of the whole response.

    A text that is not English, or not in sentences, is not judged: level 0, and findings say so.
    """
    how, tables = way(), learned(control)
    written = tuple(sentences(text))
    why_not = unreadable(text, written)
    said = () if why_not else read(control, written, tables)
    reviews, level = judge(control, how, tables, said)
    shows = shown(said, how) if level == 3 else None
    unread = frozenset(c.id for c in control.criteria) - frozenset(tables.topics.columns)
    looked = Looked(control, text, file, why_not, said, shows, unread)
    return Review(
        control=control.id,
        level=level,
        criteria=reviews,
        findings=tuple(findings(looked, reviews)),
    )


def judge(
    control: Control, how: Way, tables: Tables, said: Sequence[Said]
) -> tuple[tuple[CriterionReview, ...], int]:
    """Turn what sentences say into the review of each criterion and the level of the response."""
    place = tables.controls.columns.index(control.id)
    whole = belongs(said, place)
    reviews, judged = [], []
    for criterion in control.criteria:
        if criterion.id not in tables.topics.columns:
            judged.append(_Judged(Verdict.NO, -1, (), 0.0))
            reviews.append(CriterionReview(criterion=criterion.id, verdict=Verdict.NO))
            continue
        at = tables.topics.columns.index(criterion.id)
        judged.append(_judge(how, said, at, inputs(said, at, place, whole)))
        reviews.append(_reviewed(how, criterion.id, judged[-1], said, at))
    return tuple(reviews), _level(how, said, whole, judged)


def _judge(how: Way, said: Sequence[Said], at: int, measured: Sequence[Sequence[float]]) -> _Judged:
    weights = weigh(how, said, measured)
    order = ranked(weights)
    if not order:
        return _Judged(Verdict.NO, -1, weights, 0.0)
    sure = chance(weights[order[0]] + how.second * runner_up(how, weights, order) + how.bias)
    if sure >= how.partly:
        verdict = Verdict.YES if sure >= how.yes else Verdict.PARTLY
        return _Judged(verdict, order[0], weights, sure)
    nearest = max(range(len(said)), key=lambda n: said[n].topics[at])
    return _Judged(Verdict.NO, nearest, weights, sure)


def weigh(how: Way, said: Sequence[Said], rows: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """Weigh each sentence for a criterion; those that may carry nothing weigh NOTHING.

    `fsum`, since `sum` rounds floats differently from Python 3.12 on.
    """
    return tuple(
        fsum(i.weight * (x - i.mean) / i.scale for i, x in zip(how.inputs, row, strict=True))
        if one.mood not in UNUSABLE and not (one.listing and row[_OTHERS] < 0)
        else NOTHING
        for one, row in zip(said, rows, strict=True)
    )


def runner_up(how: Way, weights: Sequence[float], order: Sequence[int]) -> float:
    """Say how far the second-best sentence would carry the criterion by itself."""
    return chance(weights[order[1]] + how.bias) if len(order) > 1 else 0.0


def ranked(weights: Sequence[float]) -> list[int]:
    """Order the sentences that may carry something, the heaviest first."""
    usable = (n for n, weight in enumerate(weights) if weight > NOTHING)
    return sorted(usable, key=lambda n: (-weights[n], n))


def _reviewed(
    how: Way, criterion: str, one: _Judged, said: Sequence[Said], at: int
) -> CriterionReview:
    """Collect the sentences that speak of a criterion, and what those that carry it show."""
    passages, carrying = [], []
    for number, sentence in enumerate(said):
        best = number == one.best
        carries = one.verdict is not Verdict.NO and (
            best
            or (
                sentence.mood is Mood.IN_PLACE
                and chance(one.weights[number] + how.bias) >= how.partly
            )
        )
        if carries:
            carrying.append(sentence)
        if carries or chance(sentence.topics[at]) >= how.speaks:
            passages.append(
                Passage(
                    criterion=criterion,
                    span=sentence.sentence.span,
                    mood=sentence.mood,
                    carries=carries,
                    decides=best,
                )
            )
    return CriterionReview(
        criterion=criterion,
        verdict=one.verdict,
        passages=tuple(passages),
        names_artefact=any(s.artefact for s in carrying),
        measured=next((s.sentence.span for s in carrying if _shows_result(s, how)), None),
    )


def _shows_result(said: Said, how: Way) -> bool:
    """Say whether a sentence gives a measured result, by the one bar that level 4 goes by too."""
    return said.shows.get("result", -LIMIT) >= how.extras["result"]


def _level(how: Way, said: Sequence[Said], whole: float, judged: Sequence[_Judged]) -> int:
    """Give the level of the response; a criterion that is partly carried counts half."""
    verdicts = [one.verdict for one in judged]
    carried = verdicts.count(Verdict.YES) + verdicts.count(Verdict.PARTLY) / 2
    if carried < how.some and max((one.chance for one in judged), default=0.0) < how.sure:
        return int(bool(said) and (carried > 0 or whole >= how.on_topic))
    if carried < len(verdicts) - how.lacking:
        return 2
    complete = Verdict.NO not in verdicts
    return 4 if complete and shown(said, how) == how.extras.keys() else 3
