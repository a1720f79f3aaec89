"""The record of a workshop -> how its time went, and where each criterion stands in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from calib.model import Ballot, Naming, Result, Workshop


@dataclass(frozen=True, slots=True)
class TimedVisit:
    """Hold how long the room was at a control; without an end while it still is."""

    control: str
    since: datetime
    until: datetime | None

    @property
    def seconds(self) -> float:
        """Count the seconds; none for the stay that lasts, and where a clock was set back."""
        return max(0.0, (self.until - self.since).total_seconds()) if self.until else 0.0


def list_timed_visits(workshop: Workshop) -> tuple[TimedVisit, ...]:
    """List the stays in their order: each lasts until the next begins, the last until the close."""
    ends = [*(visit.since for visit in workshop.visits[1:]), workshop.closed]
    return tuple(
        TimedVisit(visit.control, visit.since, end)
        for visit, end in zip(workshop.visits, ends, strict=False)
    )


def total_minutes(found: Iterable[TimedVisit]) -> int:
    """Add up stays as whole minutes, half a minute up."""
    return int(sum(stay.seconds for stay in found) / 60 + 0.5)


class CriterionProgress(StrEnum):
    """Say how far a criterion came in a workshop."""

    SETTLED = "settled"
    OPEN = "open"
    """The votes were seen, and no level was settled on."""
    UNREACHED = "unreached"


def criterion_progress(workshop: Workshop, control: str, criterion: str) -> CriterionProgress:
    """Say how far a criterion came."""
    matter = workshop.criterion_record(control, criterion)
    if matter.settled is not None:
        return CriterionProgress.SETTLED
    return CriterionProgress.OPEN if matter.revealed is not None else CriterionProgress.UNREACHED


def progress_by_criterion(
    result: Result, workshop: Workshop
) -> dict[tuple[str, str], CriterionProgress]:
    """Say how far every criterion came, in the order of the result."""
    places = [(c.control, x.criterion) for c in result.controls for x in c.criteria]
    return {place: criterion_progress(workshop, *place) for place in places}


def is_anonymous(workshop: Workshop | None) -> bool:
    """Say whether nobody's votes may be told from another's."""
    return workshop is not None and workshop.naming is Naming.ANONYMOUS


def filter_revealed(ballots: Iterable[Ballot], workshop: Workshop | None) -> tuple[Ballot, ...]:
    """Leave out what a workshop has not revealed, and names where it is anonymous."""
    if workshop is None:
        return tuple(ballots)
    return tuple(_seen(ballots, workshop))


def _seen(ballots: Iterable[Ballot], workshop: Workshop) -> Iterator[Ballot]:
    for ballot in ballots:
        kept = tuple(v for v in ballot.votes if workshop.is_revealed(ballot.control, v.criterion))
        name = "" if is_anonymous(workshop) else ballot.name
        yield ballot.model_copy(update={"votes": kept, "name": name})


def visited_controls(workshop: Workshop) -> tuple[str, ...]:
    """List the controls in the order in which the room first turned to them."""
    return tuple(dict.fromkeys(visit.control for visit in workshop.visits))
