"""The voting service: state, long polling and writes, shared by all request handlers.

Files are read and written in two threads, one that refreshes the state and one that writes, so that
a slow disk does not block the event loop.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TypeVar

from calib.ballots.keys import load_or_create_key
from calib.ballots.server_lock import derive_room_key
from calib.model import Catalog, Seat, Vote
from calib.scoring.assess import assess
from calib.store.load import load_assessment
from calib.voting_server import participant_view, projector_view
from calib.voting_server.long_poll import LongPollHub
from calib.voting_server.schemas import BadRequest, JoinRequest, VoteRequest
from calib.voting_server.state import VotingState
from calib.voting_server.state_reader import StateReader
from calib.voting_server.vote_writer import VoteWriter

_LOG = logging.getLogger("calib.voting_server")
_REFRESH_SECONDS = 0.3
MAX_POLLS_PER_DEVICE = 8
"""Long polls of one device at once: a few open tabs, but not all connections of the server."""
_MAX_VOTES_PER_DEVICE = 4
"""Votes of one device in progress; more would fill the queue of the writing thread."""

ResultT = TypeVar("ResultT")


class TooManyRequests(Exception):
    """A device has too many requests in progress."""


class VotingService:
    """Watch a workshop, publish changes, accept joins and votes."""

    def __init__(self, folder: Path, catalog: Catalog) -> None:
        self.folder = folder
        self.catalog = catalog
        self.screen_key = derive_room_key(folder, "screen")
        self.cards_key = derive_room_key(folder, "cards")
        self.polls = LongPollHub()
        self._secret = derive_room_key(folder, "shuffle")
        self._criteria = {f"{c.id}/{x.id}" for c in catalog.controls for x in c.criteria}
        self._reader = StateReader(folder, catalog)
        self._writer = VoteWriter(self._reader)
        self._read_pool = ThreadPoolExecutor(1, "read")
        self._write_pool = ThreadPoolExecutor(1, "write")  # one thread: votes keep their order
        self._in_progress: Counter[str] = Counter()

    async def open(self) -> None:
        """Read the state before the first request; without seats nothing may be asked.

        Raises CannotWrite.
        """
        await self._run(self._read_pool, self._refresh)
        # Load key and cryptography now, so that the first vote does not wait for them.
        await self._run(self._write_pool, lambda: load_or_create_key(self.folder).seal(b""))

    @property
    def state(self) -> VotingState:
        """Return the current state."""
        return self._reader.state

    async def watch(self) -> None:
        """Refresh the state until cancelled."""
        lookup: asyncio.Future[None] | None = None
        key = None  # not "": the empty key is looked up as well, which warms up the assessment
        while True:
            if await self._run(self._read_pool, self._refresh):
                self.polls.notify()
            if lookup is not None and lookup.done():
                lookup = None
                self.polls.notify()
            # At most one lookup at a time: scoring takes longer than a refresh, and a facilitator
            # who steps through criteria quickly only needs the last one.
            if self.state.current_key != key and lookup is None:
                key = self.state.current_key
                lookup = asyncio.ensure_future(asyncio.to_thread(self._look_up_evidence, key))
            await asyncio.sleep(_REFRESH_SECONDS)

    def render_participant(self, seat: Seat, look: str) -> str:
        """Render the state for one participant; `look` is a criterion whose votes to include."""
        look = look if look in self._criteria else ""
        # The session part is the same for everyone who looks at one criterion: render it once per
        # change, not once per participant.
        session = self.polls.render_once(
            f"session {look}",
            lambda: json.dumps(participant_view.build_session_view(self.state, look, self._secret)),
        )
        own = json.dumps(participant_view.build_own_view(self.state, seat, self._secret))
        return f'"room":{session},"you":{own}'

    def render_projector(self) -> str:
        """Render the state for the projector."""
        return self.polls.render_once("projector", self._render_projector)

    async def join(self, request: JoinRequest) -> str | None:
        """Claim a seat; return the token of the device, or None if the request lacks a name.

        Raises JoinRefused and RequestRejected with a sentence, CannotWrite, BadInput.
        """
        token = await self._run(self._write_pool, lambda: self._writer.join(request))
        if token is not None:
            self.polls.notify()
        return token

    async def vote(self, seat: Seat, request: VoteRequest) -> Vote:
        """Seal a vote.

        Raises BadRequest, TooManyRequests, RequestRejected, CannotWrite, BadInput.
        """
        if request.criterion not in self._criteria:
            raise BadRequest("There is no such criterion.")
        received_at = time.monotonic()
        with self.limit_concurrency(f"votes of {seat.id}", _MAX_VOTES_PER_DEVICE):
            vote = await self._run(
                self._write_pool, lambda: self._writer.vote(seat, request, received_at)
            )
        self.polls.notify()
        return vote

    @contextmanager
    def limit_concurrency(self, name: str, limit: int) -> Iterator[None]:
        """Count requests in progress under a name; raises TooManyRequests."""
        if self._in_progress[name] >= limit:
            raise TooManyRequests("This device sends too many requests at once.")
        self._in_progress[name] += 1
        try:
            yield
        finally:
            self._in_progress[name] -= 1
            if not self._in_progress[name]:
                del self._in_progress[name]

    async def close(self) -> None:
        """Wait for the writes in progress."""
        await asyncio.to_thread(self._write_pool.shutdown)

    def _render_projector(self) -> str:
        view = projector_view.build_projector_view(self.state, self.catalog, self._secret)
        return f'"screen":{json.dumps(view)}'

    def _refresh(self) -> bool:
        try:
            return self._reader.refresh()
        except Exception:  # noqa: BLE001  the server keeps running; the next refresh may succeed
            _LOG.exception("cannot refresh %s", self.folder)
            return False

    def _look_up_evidence(self, key: str) -> None:
        """Compute the evidence summary of a criterion; the projector works without it."""
        summary = None
        try:
            day = date.today()  # noqa: DTZ011  the local day of the workshop
            # Also run for the empty key: the first run is the slowest.
            result = assess(self.catalog, load_assessment(self.folder, self.catalog), day)
            summary = projector_view.summarize_evidence(result, key) if key else None
        except Exception as error:  # noqa: BLE001  answers are edited meanwhile and may be invalid
            _LOG.warning("the projector shows no evidence: %s", error)
        self._reader.set_evidence(key, summary)

    @staticmethod
    async def _run(pool: ThreadPoolExecutor, job: Callable[[], ResultT]) -> ResultT:
        return await asyncio.get_running_loop().run_in_executor(pool, job)
