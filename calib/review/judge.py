"""Sentences -> verdicts -> response level.

First edition, by hand-made cues: a criterion is carried where sentences in place name enough of its
points. It knows no synonyms beyond its cues and cannot tell a true sentence from a false one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from calib.model import (
    Control,
    CriterionReview,
    Finding,
    Mood,
    Outcome,
    Passage,
    Review,
    Subject,
    Verdict,
)
from calib.review.rules import ControlRules, CriterionRules, control_rules, moods
from calib.review.sentences import Sentence, sentences

REVIEWER = (
    "rules-1: each sentence is matched with the cues of every criterion and sorted by mood (in "
    "place, planned, denied, hedged, merely named); enough points in sentences that are in place "
    "make a yes. It reads words, not truth: a person must confirm each verdict."
)
_WEIGHT = {Mood.IN_PLACE: 2, Mood.HEDGED: 1}


def review(control: Control, text: str, file: str = "") -> Review:
    """Say per criterion what a narrative shows, and the level of the whole response.

    Levels follow section 6 of the design: 0 nothing on the control, 1 only assertions or plans,
    2 some criteria in place, 3 all or all but one, 4 all, for a named customer, measured,
    documented and reviewed.
    """
    rules = control_rules(control.id)
    said = list(sentences(text))
    reviews = tuple(
        _judge(r, _about(r, [o for o in rules.criteria if o is not r], said))
        for r in rules.criteria
    )
    return Review(
        control=control.id,
        level=_level(rules, reviews, said, text),
        criteria=reviews,
        findings=tuple(_finding(control, r, file) for r in reviews),
    )


def _about(
    rules: CriterionRules, others: Sequence[CriterionRules], said: Sequence[Sentence]
) -> list[tuple[Sentence, tuple[str, ...]]]:
    """Select the sentences that speak of a criterion, each with the points that it names.

    A sentence that names a point speaks on about what the one before it spoke of, unless it names
    another criterion or starts a paragraph.
    """
    found: list[tuple[Sentence, tuple[str, ...]]] = []
    before = False
    for sentence in said:
        points = tuple(p for p, cues in rules.points.items() if sentence.folded in cues)
        named = sentence.folded in rules.about
        speaks_on = before and bool(points) and not sentence.opens
        if named or (speaks_on and not any(sentence.folded in o.about for o in others)):
            found.append((sentence, points))
            before = True
        else:
            before = before and not sentence.opens
    return found


def _judge(
    rules: CriterionRules, found: Sequence[tuple[Sentence, tuple[str, ...]]]
) -> CriterionReview:
    carrying = [(s, p) for s, p in found if s.mood is Mood.IN_PLACE and p]
    points = tuple(dict.fromkeys(p for _, ps in carrying for p in ps))
    concrete = any(s.specific or s.artefact for s, _ in carrying)
    hedged = any(s.mood is Mood.HEDGED and len(p) >= 1 for s, p in found)
    if len(points) >= rules.needed and concrete:
        verdict = Verdict.YES
    elif points or hedged:
        verdict = Verdict.PARTLY if concrete or hedged else Verdict.NO
    else:
        verdict = Verdict.NO
    return CriterionReview(
        criterion=rules.criterion,
        verdict=verdict,
        passages=tuple(
            Passage(
                criterion=rules.criterion, span=s.span, mood=s.mood, points=p,
                carries=verdict is not Verdict.NO and bool(p) and s.mood in _WEIGHT,
            )
            for s, p in found
        ),
        points=points,
        missing=tuple(p for p in rules.points if p not in points),
        names_artefact=any(s.artefact for s, _ in carrying),
        measured=next((s.span for s, _ in carrying if s.measured), None),
    )  # fmt: skip


def _level(
    rules: ControlRules, reviews: Sequence[CriterionReview], said: Sequence[Sentence], text: str
) -> int:
    verdicts = [r.verdict for r in reviews]
    yes, partly = verdicts.count(Verdict.YES), verdicts.count(Verdict.PARTLY)
    if yes + partly == 0:
        return int(any(s.folded in rules.topic for s in said))
    if yes < len(reviews) - 1:
        return 2 if yes else 1
    cues = moods()
    whole = (
        yes == len(reviews)
        and bool(re.search(r"\b(?:for|with|at|customer|client) [A-Z][\w&.-]+", text))
        and any(s.measured for s in said)
        and any(s.artefact for s in said)
        and any(s.folded in cues["review_loop"] and s.mood is Mood.IN_PLACE for s in said)
    )
    return 4 if whole else 3


def _finding(control: Control, review: CriterionReview, file: str) -> Finding:
    criterion = control.criterion(review.criterion)
    best = max(
        review.passages,
        key=lambda p: (p.carries, _WEIGHT.get(p.mood, 0), len(p.points), -p.span.start),
        default=None,
    )
    subject = Subject(file=file, place="narrative", span=best.span if best else None)

    def finding(rule: str, outcome: Outcome, bounds: int | None, message: str) -> Finding:
        return Finding(
            rule=rule,
            outcome=outcome,
            bounds=bounds,
            message=message,
            control=control.id,
            criterion=review.criterion,
            subject=subject,
            remediation="" if bounds is None else criterion.remediation.sentence,
        )

    title = criterion.title
    if review.verdict is Verdict.YES:
        return finding("text-carries", Outcome.MET, None, f"The narrative carries “{title}”.")
    if review.verdict is Verdict.PARTLY:
        why = "" if review.points else ": it is hedged"
        message = f"The narrative speaks of “{title}”, but not completely{why}."
        return finding("text-incomplete", Outcome.PARTLY, 2, message)
    return finding("text-missing", Outcome.GAP, 1, _why_not(title, best))


def _why_not(title: str, best: Passage | None) -> str:
    if best is None:
        return f"No sentence was found that speaks of “{title}”."
    reasons = {
        Mood.PLANNED: "only as a plan",
        Mood.DENIED: "only to say that it is not there",
        Mood.HEDGED: "only with a hedge",
        Mood.NAMED: "only as an assertion",
        Mood.IN_PLACE: "without anything concrete",
    }
    return f"The narrative names “{title}” {reasons[best.mood]}."
