"""Evaluate the record of a workshop: time per control, progress per criterion, visible votes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from calib.model import Ballot, Naming, Result, Workshop


@dataclass(frozen=True, slots=True)
class TimedVisit:
    """A visit of the workshop to a control; without an end while it lasts."""

    control: str
    since: datetime
    until: datetime | None

    @property
    def seconds(self) -> float:
        """Return the duration; 0 for a visit without an end, or if a clock was set back."""
        return max(0.0, (self.until - self.since).total_seconds()) if self.until else 0.0


def list_timed_visits(workshop: Workshop) -> tuple[TimedVisit, ...]:
    """List the visits in order; each ends when the next begins, the last with the workshop."""
    ends = [*(visit.since for visit in workshop.visits[1:]), workshop.closed]
    return tuple(
        TimedVisit(visit.control, visit.since, end)
        for visit, end in zip(workshop.visits, ends, strict=False)
    )


def total_minutes(visits: Iterable[TimedVisit]) -> int:
    """Return the total duration in minutes, rounded half up."""
    # Not round(), which rounds half to even: 30 seconds would be 0 minutes.
    return int(sum(visit.seconds for visit in visits) / 60 + 0.5)


class CriterionProgress(StrEnum):
    """How far a criterion got in a workshop."""

    SETTLED = "settled"
    OPEN = "open"
    """The votes were revealed, but no level was settled."""
    UNREACHED = "unreached"


def criterion_progress(workshop: Workshop, control: str, criterion: str) -> CriterionProgress:
    """Return how far a criterion got."""
    matter = workshop.criterion_record(control, criterion)
    if matter.settled is not None:
        return CriterionProgress.SETTLED
    return CriterionProgress.OPEN if matter.revealed is not None else CriterionProgress.UNREACHED


def progress_by_criterion(
    result: Result, workshop: Workshop
) -> dict[tuple[str, str], CriterionProgress]:
    """Return how far each criterion got, in the order of the result."""
    keys = [(c.control, x.criterion) for c in result.controls for x in c.criteria]
    return {key: criterion_progress(workshop, *key) for key in keys}


def is_anonymous(workshop: Workshop | None) -> bool:
    """Return whether votes must not be attributed to assessors."""
    return workshop is not None and workshop.naming is Naming.ANONYMOUS


def filter_revealed(ballots: Iterable[Ballot], workshop: Workshop | None) -> tuple[Ballot, ...]:
    """Return the ballots without unrevealed votes, and without names if voting was anonymous.

    Without a workshop, nothing is removed.
    """
    if workshop is None:
        return tuple(ballots)
    return tuple(_filter_revealed(ballots, workshop))


def _filter_revealed(ballots: Iterable[Ballot], workshop: Workshop) -> Iterator[Ballot]:
    for ballot in ballots:
        votes = tuple(v for v in ballot.votes if workshop.is_revealed(ballot.control, v.criterion))
        name = "" if is_anonymous(workshop) else ballot.name
        yield ballot.model_copy(update={"votes": votes, "name": name})


def visited_controls(workshop: Workshop) -> tuple[str, ...]:
    """List the controls in the order of their first visit."""
    return tuple(dict.fromkeys(visit.control for visit in workshop.visits))
