"""The state of a voting session at one moment: workshop record, seats, votes and evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from calib.ballots.seats import find_seat_by_token
from calib.model import Ballot, Naming, Seat, Vote, Workshop
from calib.voting_server.schemas import clean_text


@dataclass(frozen=True, slots=True)
class EvidenceSummary:
    """The supported level of one criterion, with a sentence short enough for a projector."""

    level: int
    sentence: str
    documents: int


@dataclass(frozen=True, slots=True)
class VotingState:
    """Everything that the server knows, sealed votes included.

    Never send it as it is: `participant_view` and `projector_view` select what may be seen.
    """

    workshop: Workshop | None = None
    seats: tuple[Seat, ...] = ()
    ballots: Mapping[tuple[str, str], Ballot] = field(default_factory=dict)
    """By control and assessor."""
    evidence: Mapping[str, EvidenceSummary] = field(default_factory=dict)
    """By CONTROL/criterion: that of the current criterion only, once it has been computed."""

    @property
    def current_key(self) -> str:
        """Return the criterion under discussion as CONTROL/criterion; empty if there is none."""
        return self.workshop.at if self.workshop else ""

    @property
    def is_named(self) -> bool:
        """Return whether ballots have names."""
        return self.workshop is not None and self.workshop.naming is Naming.NAMED

    def find_seat(self, token: str) -> Seat | None:
        """Find the seat of a device; None if it has none in this workshop.

        A seat with a name does not count in an anonymous workshop, nor one without in a named one.
        """
        seat = find_seat_by_token(self.seats, token)
        return seat if seat and self._fits_naming(seat) else None

    def participants(self) -> dict[str, str]:
        """Return the names of everyone who has joined, by assessor; empty names if anonymous."""
        return {s.id: clean_text(s.name) for s in self.seats if s.token and self._fits_naming(s)}

    def votes_on(self, key: str) -> dict[str, tuple[str, Vote]]:
        """Return name and vote on a criterion by assessor, whether revealed or not."""
        control, _, criterion = key.partition("/")
        return {
            ballot.assessor: (clean_text(ballot.name) if self.is_named else "", vote)
            for ballot in self._ballots_on(control)
            for vote in ballot.votes
            if vote.criterion == criterion
        }

    def votes_by(self, assessor: str) -> dict[str, Vote]:
        """Return the votes of one assessor, by CONTROL/criterion."""
        ballots = (b for b in self.ballots.values() if b.assessor == assessor)
        return {f"{b.control}/{v.criterion}": v for b in ballots for v in b.votes}

    def is_revealed(self, key: str) -> bool:
        """Return whether the votes on a criterion have been revealed."""
        control, _, criterion = key.partition("/")
        return self.workshop is not None and self.workshop.is_revealed(control, criterion)

    def _ballots_on(self, control: str) -> Iterator[Ballot]:
        return (self.ballots[key] for key in sorted(self.ballots) if key[0] == control)

    def _fits_naming(self, seat: Seat) -> bool:
        return self.workshop is None or bool(seat.name) == self.is_named
