"""Write joins and votes to disk, one at a time, each before its request is answered."""

from __future__ import annotations

import time

from calib.ballots.sealing import seal_ballots
from calib.ballots.seats import UNKNOWN_CODE, JoinRefused, claim_seat, find_seat_by_code
from calib.errors import BadInput, CannotWrite
from calib.model import Ballot, Seat, Vote
from calib.voting_server.long_poll import utc_now
from calib.voting_server.schemas import JoinRequest, VoteRequest
from calib.voting_server.state_reader import StateReader

_NOT_BEGUN = "The facilitator has not started the workshop yet. This page continues by itself."


class RequestRejected(Exception):
    """A join or vote that is not accepted, with the participant's current vote."""

    def __init__(self, reason: str, sentence: str, current: Vote | None = None) -> None:
        self.reason = reason
        self.current = current
        super().__init__(sentence)


class VoteWriter:
    """Write what devices send; the state has it before the device gets its answer.

    All calls come from one thread (`VotingService`), so no two writes overlap in this process.
    """

    def __init__(self, reader: StateReader) -> None:
        self._reader = reader
        self._failed_at = float("-inf")
        """When the last write failed, on the monotonic clock."""

    def join(self, request: JoinRequest) -> str | None:
        """Claim a seat; return the token of the device, or None if the request lacks a name.

        Raises JoinRefused and RequestRejected with a sentence, CannotWrite, BadInput.
        """
        reader = self._reader
        reader.refresh_seats()
        workshop = reader.state.workshop
        if workshop is None:
            raise RequestRejected("waiting", _NOT_BEGUN)
        seat = find_seat_by_code(reader.state.seats, request.code)
        if seat is None:
            raise JoinRefused(UNKNOWN_CODE)
        if workshop.closed is not None:
            raise RequestRejected("closed", "The workshop is closed.")
        is_named = reader.state.is_named
        if seat.name and not is_named:
            message = "This code is for a named person, but voting is anonymous. Ask for another."
            raise RequestRejected("named", message)
        if is_named and not seat.name and request.name is None:
            return None
        name = (request.name or "") if is_named else None
        _, token = claim_seat(reader.folder, request.code, name, utc_now(), reader.assessor_ids())
        reader.refresh_seats()
        return token

    def vote(self, seat: Seat, request: VoteRequest, received_at: float) -> Vote:
        """Seal a vote; `received_at` is its time of arrival on the monotonic clock.

        Raises RequestRejected, CannotWrite, BadInput.
        """
        if received_at < self._failed_at:
            # This vote queued behind a write that failed, for example while the folder was locked.
            # Fail at once: each vote would wait for the same lock again, and delay all behind it.
            raise CannotWrite(self._reader.folder, "writing failed just now")
        control, _, criterion = request.criterion.partition("/")
        new = request.to_vote()
        with self._reader.lock:
            current = self._reader.read_vote(control, criterion, seat.id)
            if current == new:
                return new  # a repeated request: the first answer was lost
            if not request.expects(current):
                # The server's state may be the stale one, for example after a form saved a ballot.
                self._reader.refresh(full=True)
                current = self._reader.read_vote(control, criterion, seat.id)
            self._require_open(request.criterion, current)
            if not request.expects(current):
                message = "You have voted on another device in the meantime; that vote counts."
                raise RequestRejected("changed", message, current)
            ballot = Ballot(control=control, assessor=seat.id, name=seat.name, votes=(new,))
            self._seal(ballot, request.criterion, current)
        return new

    def _seal(self, ballot: Ballot, key: str, current: Vote | None) -> None:
        try:
            # Sealing reads the record again under the folder's lock, and refuses revealed criteria.
            # It decides, not the state here, which may be a moment old: a vote is either among the
            # revealed ones or rejected, never both.
            sealed = seal_ballots(self._reader.folder, self._reader.catalog, [ballot])
        except CannotWrite:
            self._failed_at = time.monotonic()
            raise
        except BadInput:
            # The usual cause is a reveal since the last refresh: then answer with that reason.
            self._reader.refresh(full=True)
            self._require_open(key, current)
            raise
        # Only after the file is on disk: the state must not show a vote that a crash would lose.
        self._reader.add_sealed(sealed[0])

    def _require_open(self, key: str, current: Vote | None) -> None:
        """Raise RequestRejected unless the criterion accepts votes."""
        state = self._reader.state
        if state.workshop is None:
            raise RequestRejected("waiting", _NOT_BEGUN, current)
        if state.workshop.closed is not None:
            message = "The workshop is closed; this vote came too late."
            raise RequestRejected("closed", message, current)
        if state.is_revealed(key):
            message = "The votes were revealed before this one arrived; it does not count."
            raise RequestRejected("revealed", message, current)
