"""The hand: the one thread that takes joins and votes, each on disk before it is answered."""

from __future__ import annotations

import time

from calib.ballots.sealing import seal_ballots
from calib.ballots.seats import UNKNOWN_CODE, Refused, join, waiting_seat
from calib.errors import BadInput, CannotWrite
from calib.model import Ballot, Seat, Vote
from calib.voting_server.long_poll import now
from calib.voting_server.schemas import JoinAsked, VoteAsked
from calib.voting_server.state_reader import Eye

_NOT_BEGUN = "The facilitator has not begun yet. This page goes on by itself."


class Turned(Exception):
    """Say why something was not taken, with the own vote that stands."""

    def __init__(self, reason: str, sentence: str, standing: Vote | None = None) -> None:
        self.reason = reason
        self.standing = standing
        super().__init__(sentence)


class Hand:
    """Write what the devices send; the eye knows it before they do."""

    def __init__(self, eye: Eye) -> None:
        self._eye = eye
        self._failed = float("-inf")

    def join(self, asked: JoinAsked) -> str | None:
        """Take a seat and return what the device has to carry; None where a name is missing.

        Raises Refused and Turned with a sentence, CannotWrite, BadInput.
        """
        eye = self._eye
        eye.look_at_seats()
        workshop = eye.sight.workshop
        if workshop is None:
            raise Turned("waiting", _NOT_BEGUN)
        seat = waiting_seat(eye.sight.seats, asked.code)
        if seat is None:
            raise Refused(UNKNOWN_CODE)
        if workshop.closed is not None:
            raise Turned("closed", "The workshop is closed.")
        named = eye.sight.is_named
        if seat.name and not named:
            said = "This code carries a name, but the votes are anonymous. Ask for another one."
            raise Turned("named", said)
        if named and not seat.name and asked.name is None:
            return None
        name = (asked.name or "") if named else None
        _, token = join(eye.folder, asked.code, name, now(), eye.assessors())
        eye.look_at_seats()
        return token

    def vote(self, seat: Seat, asked: VoteAsked, came: float) -> Vote:
        """Seal a vote that came at a moment of the monotonic clock.

        Raises Turned, CannotWrite, BadInput.
        """
        if came < self._failed:
            # Each would wait for the same lock, and everybody behind it too.
            raise CannotWrite(self._eye.folder, "it could not be written just now")
        control, _, criterion = asked.criterion.partition("/")
        new = asked.vote()
        with self._eye.guard:
            standing = self._eye.standing(control, criterion, seat.id)
            if standing == new:
                return new  # sent again, since the answer was lost
            if not asked.expects(standing):
                # It may be the room that is elsewhere by now, and not the device.
                self._eye.look(all_of_it=True)
                standing = self._eye.standing(control, criterion, seat.id)
            self._must_be_open(asked.criterion, standing)
            if not asked.expects(standing):
                said = "You voted from another device meanwhile; that vote stands."
                raise Turned("changed", said, standing)
            ballot = Ballot(control=control, assessor=seat.id, name=seat.name, votes=(new,))
            self._seal(ballot, asked.criterion, standing)
        return new

    def _seal(self, ballot: Ballot, key: str, standing: Vote | None) -> None:
        try:
            sealed = seal_ballots(self._eye.folder, self._eye.catalog, [ballot])
        except CannotWrite:
            self._failed = time.monotonic()
            raise
        except BadInput:
            self._eye.look(all_of_it=True)  # the facilitator may have revealed since the last one
            self._must_be_open(key, standing)
            raise
        self._eye.keep(sealed[0])

    def _must_be_open(self, key: str, standing: Vote | None) -> None:
        sight = self._eye.sight
        if sight.workshop is None:
            raise Turned("waiting", _NOT_BEGUN, standing)
        if sight.workshop.closed is not None:
            raise Turned("closed", "The workshop is closed; this vote came too late.", standing)
        if sight.is_revealed(key):
            said = "The votes were revealed before this one came; it does not count."
            raise Turned("revealed", said, standing)
