"""What the room knows at one moment: the record, the seats, the votes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from calib.ballots.seats import seat_of
from calib.model import Ballot, Naming, Seat, Vote, Workshop
from calib.voting_server.schemas import cleaned


@dataclass(frozen=True, slots=True)
class Shown:
    """Hold what the evidence shows of one criterion, short enough for a projector."""

    level: int
    sentence: str
    documents: int


@dataclass(frozen=True, slots=True)
class Sight:
    """Hold what the room knows, sealed votes too: `calib.voting_server.participant_view` decides who sees them."""

    workshop: Workshop | None = None
    seats: tuple[Seat, ...] = ()
    ballots: Mapping[tuple[str, str], Ballot] = field(default_factory=dict)
    """By control and assessor."""
    evidence: Mapping[str, Shown] = field(default_factory=dict)
    """By CONTROL/criterion; of the one that the room is at, once it was looked up."""

    @property
    def at(self) -> str:
        """Return the criterion that the room is at, empty where it is at none."""
        return self.workshop.at if self.workshop else ""

    @property
    def is_named(self) -> bool:
        """Say whether the ballots carry names."""
        return self.workshop is not None and self.workshop.naming is Naming.NAMED

    def seat(self, token: str) -> Seat | None:
        """Return the seat of a device; None where it has none in this workshop.

        A seat with a name is none where the votes are anonymous, and the other way round.
        """
        found = seat_of(self.seats, token)
        return found if found and self._fits(found) else None

    def people(self) -> dict[str, str]:
        """Return the names of those who have joined, by assessor; empty where anonymous."""
        return {s.id: cleaned(s.name) for s in self.seats if s.token and self._fits(s)}

    def votes(self, key: str) -> dict[str, tuple[str, Vote]]:
        """Return everybody's name and vote on a criterion, by assessor: revealed or not."""
        control, _, criterion = key.partition("/")
        return {
            ballot.assessor: (cleaned(ballot.name) if self.is_named else "", vote)
            for ballot in self._of(control)
            for vote in ballot.votes
            if vote.criterion == criterion
        }

    def own(self, assessor: str) -> dict[str, Vote]:
        """Return one assessor's votes, by CONTROL/criterion."""
        mine = (b for b in self.ballots.values() if b.assessor == assessor)
        return {f"{b.control}/{v.criterion}": v for b in mine for v in b.votes}

    def is_revealed(self, key: str) -> bool:
        """Say whether the votes on a criterion were revealed."""
        control, _, criterion = key.partition("/")
        return self.workshop is not None and self.workshop.is_revealed(control, criterion)

    def _of(self, control: str) -> Iterator[Ballot]:
        return (self.ballots[key] for key in sorted(self.ballots) if key[0] == control)

    def _fits(self, seat: Seat) -> bool:
        return self.workshop is None or bool(seat.name) == self.is_named
