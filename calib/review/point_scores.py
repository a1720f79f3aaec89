"""Score each unit of a narrative for each point of a control.

The learned tables give the weight of a unit's words for each point, and its status: in place at the
partner, planned, denied, the practice of others, and so on. The point's cues and the tables'
scores are then weighed by one formula that is the same for all points (`PointModel`), so a point
without a table is judged by its cues and the status alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from calib.model import Control, Mood
from calib.phrases import CueIndex
from calib.review.blocks import BlockKind
from calib.review.rules import PointModel
from calib.review.unit_features import status_features, topic_features
from calib.review.units import Unit
from calib.review.weights import NO_WEIGHTS, WeightTable, has_weights, load_weights

PointKey = tuple[str, str]
"""A criterion and one of its points."""

Inputs = Callable[[float], tuple[float, ...]]
"""The inputs of the formula, in the order of INPUT_NAMES, for a status."""

INPUT_NAMES = (
    "topic",
    "topic above -5",
    "topic above -3",
    "topic above -1",
    "cue",
    "context",
    "cue in the rest",
    "cue above",
    "status",
    "status above -1",
    "status above 1",
    "short",
    "row",
    "item",
    "lead",
    "lead above -1",
    "cue and topic",
    "topic and status",
    "other cues",
)
"""The names of the inputs of the formula; `model.yaml` uses them as keys.

"Topic", "status" and "lead" are log-odds; "lead" is the topic's lead over the best other point.
"Above" inputs let the weight of a log-odds change at that value.
"""
_MAX_TOPIC, _MAX_STATUS = 8.0, 4.0
_SURELY_IN_PLACE = 2.0
"""The status of a sentence that is in place beyond doubt."""
_LOWEST_TOPIC = -5.0
"""A unit with a lower topic and without a cue is not considered for a point."""
_UNLEARNED = {True: -1.0, False: -4.0}
"""The topic of a point without a table, with and without a cue: typical of those with one."""
_SHORT = 4
_MAX_CUES = 5
_CUE, _CONTEXT = "cue", "context"


@dataclass(frozen=True)
class PointTables:
    """The learned tables and the cues for the responses to one control."""

    topics: WeightTable
    """One column per learned point, named `criterion.point`."""
    status: WeightTable
    """One column for `in place` and for each mood in which a point does not count."""
    keys: tuple[PointKey, ...]
    columns: tuple[int, ...]
    """The column of each key in `topics`, -1 if it was not learned."""
    cues: CueIndex[tuple[PointKey, str]]
    learned: frozenset[PointKey]
    """The points that have a column."""


@dataclass(frozen=True)
class Candidate:
    """A unit that may show a point."""

    unit: int
    key: PointKey
    probability: float
    """That the unit shows the point."""
    if_in_place: float
    """The same, if its content were in place at the partner."""


@dataclass(frozen=True)
class Status:
    """Whether the content of a unit is in place at the partner."""

    in_place: float
    """The log-odds that it is."""
    otherwise: Mood
    """The most likely reason if it is not."""


@lru_cache(maxsize=64)
def load_point_tables(control: Control) -> PointTables:
    """Load the tables of a control, without topics if it has not been learned."""
    name = f"points/{control.id}"
    topics = load_weights(name) if has_weights(name) else NO_WEIGHTS
    return point_tables(control, topics, load_weights("status"))


def point_tables(control: Control, topics: WeightTable, status: WeightTable) -> PointTables:
    """Combine the tables of a control with the cues of its points."""
    places = {column: number for number, column in enumerate(topics.columns)}
    points = [(c.id, p) for c in control.criteria for p in c.points]
    keys = tuple((criterion, point.id) for criterion, point in points)
    cues = CueIndex(
        (cue, ((criterion, point.id), kind))
        for criterion, point in points
        for kind, text in ((_CUE, point.cues), (_CONTEXT, point.context))
        for cue in text.split(";")
    )
    columns = tuple(places.get(f"{criterion}.{point}", -1) for criterion, point in keys)
    learned = frozenset(key for key, column in zip(keys, columns, strict=True) if column >= 0)
    return PointTables(topics, status, keys, columns, cues, learned)


def judge_status(units: Sequence[Unit], tables: PointTables) -> list[Status]:
    """Return the status of each unit."""
    found = []
    for unit in units:
        scores = tables.status.score(status_features(unit))
        by_mood = dict(zip(tables.status.columns, scores, strict=True))
        in_place = by_mood.pop(Mood.IN_PLACE)
        otherwise = max(by_mood, key=by_mood.__getitem__)
        found.append(Status(_clamp(in_place, _MAX_STATUS), Mood(otherwise)))
    return found


def score_points(
    units: Sequence[Unit],
    statuses: Sequence[Status],
    tables: PointTables,
    model: PointModel,
) -> Iterator[Candidate]:
    """Yield the units that may show a point, in order of the text."""
    for number, key, inputs in candidate_inputs(units, tables):
        actual = model.probability(inputs(statuses[number].in_place))
        yield Candidate(number, key, actual, model.probability(inputs(_SURELY_IN_PLACE)))


def candidate_inputs(
    units: Sequence[Unit], tables: PointTables
) -> Iterator[tuple[int, PointKey, Inputs]]:
    """Yield the number of a unit, a point that it may show, and the formula's inputs."""
    for number, unit in enumerate(units):
        reading = _Reading(unit, tables)
        topics = reading.topics()
        # Points that are not learned yet must not change the others, so they lead over nothing.
        learned = [t for t, column in zip(topics, tables.columns, strict=True) if column >= 0]
        best, second = sorted([*learned, _LOWEST_TOPIC, _LOWEST_TOPIC], reverse=True)[:2]
        for key, topic in zip(tables.keys, topics, strict=True):
            if topic < _LOWEST_TOPIC and not reading.mentions(key):
                continue
            lead = topic - (second if topic == best else best)
            yield number, key, partial(reading.inputs, key, topic, lead)


class _Reading:
    """One unit with the cues of points in it, in its sentence and in the texts above it."""

    def __init__(self, unit: Unit, tables: PointTables) -> None:
        self.unit, self.tables = unit, tables
        self.own = tables.cues.labels(unit.folded)
        self.rest = tables.cues.labels(unit.rest)
        self.above = {key for key, _ in tables.cues.labels(unit.sentence.context)}
        learned = tables.learned
        self.cues = min(sum(kind == _CUE and key in learned for key, kind in self.own), _MAX_CUES)
        self.short = len(unit.folded.split()) < _SHORT

    def mentions(self, key: PointKey) -> bool:
        """Return whether the unit itself has a cue of the point or a word of its topic."""
        return (key, _CUE) in self.own or (key, _CONTEXT) in self.own

    def topics(self) -> list[float]:
        """Return how much the unit speaks for each point, in log-odds."""
        scores = self.tables.topics.score(topic_features(self.unit))
        return [
            _clamp(scores[column], _MAX_TOPIC)
            if column >= 0
            else _UNLEARNED[(key, _CUE) in self.own]
            for key, column in zip(self.tables.keys, self.tables.columns, strict=True)
        ]

    def inputs(self, key: PointKey, topic: float, lead: float, status: float) -> tuple[float, ...]:
        """Return the inputs of the formula in the order of INPUT_NAMES."""
        cue = (key, _CUE) in self.own
        relevant = max(0.0, topic + 4)
        return (
            topic,
            max(0.0, topic + 5),
            max(0.0, topic + 3),
            max(0.0, topic + 1),
            cue,
            (key, _CONTEXT) in self.own,
            (key, _CUE) in self.rest,
            key in self.above,
            status,
            max(0.0, status + 1),
            max(0.0, status - 1),
            self.short,
            self.unit.sentence.kind is BlockKind.ROW,
            self.unit.sentence.kind is BlockKind.ITEM,
            lead,
            max(0.0, lead + 1),
            cue * relevant,
            relevant * max(0.0, status + 2),
            self.cues,
        )


def _clamp(value: float, bound: float) -> float:
    return max(-bound, min(bound, value))
