"""The hall: the event loop's side of a room, and the threads that touch the disk for it."""

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
from typing import Any, TypeVar

from calib.ballots.keys import key_of
from calib.ballots.server_lock import room_key
from calib.model import Catalog, Seat, Vote
from calib.scoring.assess import assess
from calib.store.load import load_assessment
from calib.voting_server import participant_view, projector_view
from calib.voting_server.long_poll import Board
from calib.voting_server.schemas import BadRequest, JoinAsked, VoteAsked
from calib.voting_server.state import Sight
from calib.voting_server.state_reader import Eye
from calib.voting_server.vote_writer import Hand

_LOG = logging.getLogger("calib.voting_server")
_LOOK_EVERY = 0.3
MOST_POLLS = 8
_MOST_VOTES = 4
"""That one device may have under way."""

Found = TypeVar("Found")


class TooMany(Exception):
    """Refuse a device that asks for too much at once."""


class Hall:
    """Watch the workshop, tell everybody the news, take joins and votes."""

    def __init__(self, folder: Path, catalog: Catalog) -> None:
        self.folder = folder
        self.catalog = catalog
        self.screen_key = room_key(folder, "screen")
        self.cards_key = room_key(folder, "cards")
        self.board = Board()
        self._secret = room_key(folder, "shuffle")
        self._keys = {f"{c.id}/{x.id}" for c in catalog.controls for x in c.criteria}
        self._eye = Eye(folder, catalog)
        self._hand = Hand(self._eye)
        self._looking = ThreadPoolExecutor(1, "look")
        self._writing = ThreadPoolExecutor(1, "write")
        self._busy: Counter[str] = Counter()

    async def open(self) -> None:
        """Look once: before it nobody has a seat, and nothing may be asked. Raises CannotWrite."""
        await self._run(self._looking, self._look)
        # The first vote shall not wait for a key and its library.
        await self._run(self._writing, lambda: key_of(self.folder).seal(b""))

    @property
    def sight(self) -> Sight:
        """Return what is known now."""
        return self._eye.sight

    async def watch(self) -> None:
        """Go on looking at the files, for ever."""
        asking: asyncio.Future[None] | None = None
        at = None  # so that the empty one is looked up too
        while True:
            if await self._run(self._looking, self._look):
                self.board.ring()
            if asking is not None and asking.done():
                asking = None
                self.board.ring()
            if self.sight.at != at and asking is None:
                at = self.sight.at
                asking = asyncio.ensure_future(asyncio.to_thread(self._look_up, at))
            await asyncio.sleep(_LOOK_EVERY)

    def participant(self, seat: Seat, look: str) -> str:
        """Write what one participant sees."""
        look = look if look in self._keys else ""
        alike = self.board.once(
            f"room {look}",
            lambda: json.dumps(participant_view.room(self.sight, look, self._secret)),
        )
        return f'"room":{alike},"you":{json.dumps(participant_view.own(self.sight, seat, self._secret))}'

    def screen(self) -> str:
        """Write what the projector shows."""
        return self.board.once("screen", self._screen)

    async def join(self, asked: JoinAsked) -> str | None:
        """Take a seat and return what the device has to carry; None where a name is missing.

        Raises Refused and Turned with a sentence, CannotWrite, BadInput.
        """
        token = await self._run(self._writing, self._hand.join, asked)
        if token is not None:
            self.board.ring()
        return token

    async def vote(self, seat: Seat, asked: VoteAsked) -> Vote:
        """Seal the own vote; raises Turned, BadRequest, TooMany, CannotWrite, BadInput."""
        if asked.criterion not in self._keys:
            raise BadRequest("There is no such criterion.")
        came = time.monotonic()
        with self.waiting(f"votes of {seat.id}", _MOST_VOTES):
            vote = await self._run(self._writing, self._hand.vote, seat, asked, came)
        self.board.ring()
        return vote

    @contextmanager
    def waiting(self, who: str, most: int) -> Iterator[None]:
        """Count what somebody has under way; raises TooMany."""
        if self._busy[who] >= most:
            raise TooMany("This device asks for too much at once.")
        self._busy[who] += 1
        try:
            yield
        finally:
            self._busy[who] -= 1
            if not self._busy[who]:
                del self._busy[who]

    async def close(self) -> None:
        """Finish what was begun."""
        await asyncio.to_thread(self._writing.shutdown)

    def _screen(self) -> str:
        found = projector_view.screen(self.sight, self.catalog, self._secret)
        return f'"screen":{json.dumps(found)}'

    def _look(self) -> bool:
        try:
            return self._eye.look()
        except Exception:  # noqa: BLE001  the next look may find it mended
            _LOG.exception("looking at %s", self.folder)
            return False

    def _look_up(self, key: str) -> None:
        """Find out what the evidence shows of a criterion; the rest shows without it."""
        found = None
        try:
            day = date.today()  # noqa: DTZ011  the day on the facilitator's wall
            # Also before the room is anywhere: the first time takes longest.
            result = assess(self.catalog, load_assessment(self.folder, self.catalog), day)
            found = projector_view.look_up(result, key) if key else None
        except Exception as error:  # noqa: BLE001  the assessment is being worked on
            _LOG.warning("what the evidence shows is left out: %s", error)
        self._eye.show(key, found)

    async def _run(self, pool: ThreadPoolExecutor, job: Callable[..., Found], *args: Any) -> Found:
        return await asyncio.get_running_loop().run_in_executor(pool, job, *args)
