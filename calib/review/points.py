"""Decide which points a narrative shows, and turn them into the verdict on each criterion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from calib.model import Control, Criterion, Mood, PointReview, PointState, Verdict
from calib.review.point_scores import (
    Candidate,
    PointKey,
    PointTables,
    Status,
    judge_status,
    score_points,
)
from calib.review.rules import PointModel
from calib.review.sentence_scores import ScoredSentence
from calib.review.units import Unit, split_units

_EXAMPLE_SHARE = 0.6
_UNUSABLE = (Mood.COPIED, Mood.RESTATED, Mood.PLACEHOLDER)


@dataclass(frozen=True)
class PointEvidence:
    """The best sentence for a point."""

    candidate: Candidate
    unit: Unit
    mood: Mood
    """In place, or why the sentence does not count."""


@dataclass(frozen=True)
class PointFinder:
    """The units of a narrative with their scores, from which the points are found."""

    control: Control
    tables: PointTables
    model: PointModel
    best: Mapping[PointKey, PointEvidence]
    """The sentence most likely to show each point."""
    named: Mapping[PointKey, PointEvidence]
    """The sentence most likely to be about each point, whether it counts or not."""
    mentioned: Mapping[PointKey, PointEvidence]
    """The same, without copied, restated and unfinished sentences."""

    def review(self, criterion: Criterion) -> tuple[PointReview, ...]:
        """Return the result for each point of a criterion."""
        return tuple(
            self._point((criterion.id, point.id), point.title) for point in criterion.points
        )

    def is_learned(self, criterion: Criterion) -> bool:
        """Return whether the points of a criterion have learned weights."""
        return all((criterion.id, p.id) in self.tables.learned for p in criterion.points)

    def meets_example_bar(self, criterion: Criterion) -> bool:
        """Return whether the text mentions the points that the published example shows.

        The example itself is content with aims and general statements, so mentioning a point is
        enough, but only in a text that covers most of the example's points: in others, a few
        general words would reach the bar. Copied, restated and unfinished text does not count.
        """
        if self.example_share < _EXAMPLE_SHARE:
            return False
        return all(self._is_mentioned((criterion.id, p)) for p in criterion.example_bar)

    @cached_property
    def example_share(self) -> float:
        """The share of the points of the control's example that the text mentions."""
        points = [(c.id, p) for c in self.control.criteria for p in c.example_bar]
        return sum(map(self._is_mentioned, points)) / max(1, len(points))

    def _is_mentioned(self, key: PointKey) -> bool:
        found = self.mentioned.get(key)
        return found is not None and found.candidate.if_in_place >= self.model.example

    def _point(self, key: PointKey, title: str) -> PointReview:
        state, found = PointState.MISSING, None
        best, named = self.best.get(key), self.named.get(key)
        if best and best.candidate.probability >= self.model.shown:
            state, found = PointState.SHOWN, best
        elif named and named.mood is not Mood.IN_PLACE and self._is_named(named.candidate):
            state, found = PointState.NAMED, named
        elif best and best.candidate.probability >= self.model.unsure:
            state, found = PointState.UNSURE, best
        mood = Mood.UNSURE if state is PointState.UNSURE else found.mood if found else None
        if state is PointState.SHOWN:
            mood = Mood.IN_PLACE
        span = found.unit.sentence.span if found else None
        return PointReview(point=key[1], title=title, state=state, mood=mood, span=span)

    def _is_named(self, candidate: Candidate) -> bool:
        return candidate.if_in_place >= self.model.named


def find_points(
    control: Control, scored: Sequence[ScoredSentence], tables: PointTables, model: PointModel
) -> PointFinder:
    """Score a narrative's units for every point of a control."""
    units = split_units([s.sentence for s in scored])
    naming = {(c.id, p.id) for c in control.criteria for p in c.points if p.naming}
    statuses = judge_status(units, tables)
    best: dict[PointKey, PointEvidence] = {}
    named: dict[PointKey, PointEvidence] = {}
    mentioned: dict[PointKey, PointEvidence] = {}
    for candidate in score_points(units, statuses, tables, model):
        unit = units[candidate.unit]
        unusable = scored[unit.number].unusable
        if unusable is None and unit.is_bare and candidate.key not in naming:
            unusable = Mood.LISTED
        found = PointEvidence(candidate, unit, unusable or _mood(statuses[candidate.unit]))
        key = candidate.key
        # Copied, restated and unfinished sentences show nothing, whatever their words, nor does a
        # bare item of a list, unless naming the thing is enough.
        so_far = best[key].candidate.probability if key in best else -1.0
        if unusable is None and candidate.probability > so_far:
            best[key] = found
        _keep_likelier(named, found)
        if unusable not in _UNUSABLE:
            _keep_likelier(mentioned, found)
    return PointFinder(control, tables, model, best, named, mentioned)


def _keep_likelier(kept: dict[PointKey, PointEvidence], found: PointEvidence) -> None:
    """Keep the evidence most likely to be about its point; of equals the first."""
    key = found.candidate.key
    if key not in kept or found.candidate.if_in_place > kept[key].candidate.if_in_place:
        kept[key] = found


def _mood(status: Status) -> Mood:
    return Mood.IN_PLACE if status.in_place > 0 else status.otherwise


def verdict_of(criterion: Criterion, points: Sequence[PointReview]) -> Verdict:
    """Return the verdict that the catalog's rules give for the points shown."""
    shown = frozenset(p.point for p in points if p.state is PointState.SHOWN)
    if criterion.yes_rule.holds(shown):
        return Verdict.YES
    return Verdict.PARTLY if criterion.partly_rule.holds(shown) else Verdict.NO
