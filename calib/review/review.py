"""Review a narrative: sentence scores -> verdicts on the criteria -> the level of the response.

The weights are learned from the corpus in `data/calibration/`; docs/reviewer.md describes the
method and its accuracy. The level rule, with a `partly` counted as half a criterion:

0  The text is empty, unreadable, or about something else.
1  It is about this control, but supports too few criteria for level 2.
2  It supports some criteria, or one of them beyond doubt.
3  It supports all criteria, or all but the few that `lacking` permits.
4  It lacks no criterion, and names a customer, a measured result, a document and a review.

No average is taken: a validator returns a response for the criterion that is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from calib.model import Control, CriterionReview, Mood, Passage, Review, Verdict
from calib.review.findings import ReviewContext, build_findings
from calib.review.language import explain_unreadable
from calib.review.rules import VerdictModel, load_verdict_model
from calib.review.sentence_scores import (
    INPUT_NAMES,
    MAX_LOG_ODDS,
    UNUSABLE,
    ControlWeights,
    ScoredSentence,
    control_margin,
    level_four_signs,
    load_control_weights,
    probability,
    score_sentences,
    verdict_inputs,
)
from calib.review.sentences import split_sentences

REVIEWER = (
    "weights-1: a model with learned word weights decides which criterion each sentence is about "
    "and whether it describes something in place, planned, denied, hedged or merely named; the "
    "best sentences decide the verdict. It reads words, not truth: a person must confirm each "
    "verdict."
)

EXCLUDED = -99.0
"""The weight of a sentence that may support nothing: copied, restated, unfinished, or a list that
is more about another criterion. Lower than any real weight, since log-odds are clamped."""
_OTHER_CRITERIA = INPUT_NAMES.index("other criteria")


@dataclass(frozen=True)
class _Judgement:
    """The verdict on one criterion, and each sentence's weight in it."""

    verdict: Verdict
    best: int
    """The index of the deciding sentence; for a `no` the one closest to the topic; -1 if none."""
    weights: tuple[float, ...]
    probability: float
    """The probability that the text supports the criterion."""


def review(control: Control, text: str, file: str = "") -> Review:
    """Judge each criterion of a narrative, and the level of the whole response.

    A text that is not in English sentences is not judged: its level is 0, with a finding.
    """
    model, weights = load_verdict_model(), load_control_weights(control)
    sentences = tuple(split_sentences(text))
    unreadable = explain_unreadable(text, sentences)
    scored = () if unreadable else score_sentences(control, sentences, weights)
    reviews, level = judge_criteria(control, model, weights, scored)
    context = ReviewContext(
        control=control,
        text=text,
        file=file,
        unreadable=unreadable,
        sentences=scored,
        signs=level_four_signs(scored, model) if level == 3 else None,
    )
    return Review(
        control=control.id,
        level=level,
        criteria=reviews,
        findings=tuple(build_findings(context, reviews)),
    )


def judge_criteria(
    control: Control,
    model: VerdictModel,
    weights: ControlWeights,
    scored: Sequence[ScoredSentence],
) -> tuple[tuple[CriterionReview, ...], int]:
    """Return the review of each criterion and the level of the response."""
    reviews, judgements = [], []
    # Read only for learned criteria; a control that was never learned has no column.
    column = weights.controls.columns.index(control.id) if weights.topics.columns else -1
    margin = control_margin(scored, column) if weights.topics.columns else 0.0
    for criterion in control.criteria:
        if criterion.id not in weights.topics.columns:
            reviews.append(
                CriterionReview(criterion=criterion.id, verdict=Verdict.NO, learned=False)
            )
            continue
        topic = weights.topics.columns.index(criterion.id)
        inputs = verdict_inputs(scored, topic, column, margin)
        judgements.append(_judge_criterion(model, scored, topic, inputs))
        reviews.append(_build_review(model, criterion.id, judgements[-1], scored, topic))
    # Criteria that are not learned yet count neither for nor against the response.
    level = _response_level(model, scored, margin, judgements) if judgements else 0
    return tuple(reviews), level


def _judge_criterion(
    model: VerdictModel,
    scored: Sequence[ScoredSentence],
    topic: int,
    inputs: Sequence[Sequence[float]],
) -> _Judgement:
    weights = weigh_sentences(model, scored, inputs)
    order = rank_sentences(weights)
    if not order:
        return _Judgement(Verdict.NO, -1, weights, 0.0)
    support = probability(
        weights[order[0]] + model.second * runner_up_probability(model, weights, order) + model.bias
    )
    if support >= model.partly:
        verdict = Verdict.YES if support >= model.yes else Verdict.PARTLY
        return _Judgement(verdict, order[0], weights, support)
    closest = max(range(len(scored)), key=lambda n: scored[n].topics[topic])
    return _Judgement(Verdict.NO, closest, weights, support)


def weigh_sentences(
    model: VerdictModel, scored: Sequence[ScoredSentence], rows: Sequence[Sequence[float]]
) -> tuple[float, ...]:
    """Return the weight of each sentence for a criterion, EXCLUDED if it may support nothing."""
    # `fsum`, since `sum` rounds floats differently from Python 3.12 on.
    return tuple(
        fsum(i.weight * (x - i.mean) / i.scale for i, x in zip(model.inputs, row, strict=True))
        # A list of keywords would otherwise support every criterion that it names.
        if one.mood not in UNUSABLE and not (one.is_list and row[_OTHER_CRITERIA] < 0)
        else EXCLUDED
        for one, row in zip(scored, rows, strict=True)
    )


def runner_up_probability(
    model: VerdictModel, weights: Sequence[float], order: Sequence[int]
) -> float:
    """Return how far the second-best sentence alone would support the criterion."""
    return probability(weights[order[1]] + model.bias) if len(order) > 1 else 0.0


def rank_sentences(weights: Sequence[float]) -> list[int]:
    """Return the indices of the sentences that may support something, the heaviest first."""
    usable = (n for n, weight in enumerate(weights) if weight > EXCLUDED)
    return sorted(usable, key=lambda n: (-weights[n], n))


def _build_review(
    model: VerdictModel,
    criterion: str,
    judgement: _Judgement,
    scored: Sequence[ScoredSentence],
    topic: int,
) -> CriterionReview:
    """Collect the passages on a criterion, and the artefact and figure in those that support it."""
    passages, supporting = [], []
    for number, one in enumerate(scored):
        best = number == judgement.best
        # The best sentence always counts; another one only if it is in place and would be enough
        # for a `partly` by itself.
        carries = judgement.verdict is not Verdict.NO and (
            best
            or (
                one.mood is Mood.IN_PLACE
                and probability(judgement.weights[number] + model.bias) >= model.partly
            )
        )
        if carries:
            supporting.append(one)
        if carries or probability(one.topics[topic]) >= model.speaks:
            passages.append(
                Passage(
                    criterion=criterion,
                    span=one.sentence.span,
                    mood=one.mood,
                    carries=carries,
                    decides=best,
                )
            )
    return CriterionReview(
        criterion=criterion,
        verdict=judgement.verdict,
        passages=tuple(passages),
        names_artefact=any(s.artefact for s in supporting),
        measured=next((s.sentence.span for s in supporting if _is_measured(s, model)), None),
    )


def _is_measured(scored: ScoredSentence, model: VerdictModel) -> bool:
    """Return whether a sentence gives a measured result, by the same bar as level 4."""
    return scored.signs.get("result", -MAX_LOG_ODDS) >= model.extras["result"]


def _response_level(
    model: VerdictModel,
    scored: Sequence[ScoredSentence],
    margin: float,
    judgements: Sequence[_Judgement],
) -> int:
    """Return the level of the response by the rule at the top of this module."""
    verdicts = [judgement.verdict for judgement in judgements]
    supported = verdicts.count(Verdict.YES) + verdicts.count(Verdict.PARTLY) / 2
    surest = max((judgement.probability for judgement in judgements), default=0.0)
    if supported < model.some and surest < model.sure:
        return int(bool(scored) and (supported > 0 or margin >= model.on_topic))
    if supported < len(verdicts) - model.lacking:
        return 2
    complete = Verdict.NO not in verdicts
    return 4 if complete and level_four_signs(scored, model) == model.extras.keys() else 3
