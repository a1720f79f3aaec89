"""The board: what is new goes to everybody who waits, and what several see is written once."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

PATIENCE = 20.0
"""Seconds for which somebody waits for news."""
_GATHER = 0.1
"""Seconds in which several changes become one piece of news."""


class Board:
    """Keep those waiting who have seen what there is; needs a running event loop."""

    def __init__(self) -> None:
        self._news = asyncio.Event()
        self._ringing: asyncio.TimerHandle | None = None
        self._written: dict[str, str] = {}

    def ring(self) -> None:
        """Tell everybody, a little later, since more may have changed by then."""
        self._written.clear()
        if self._ringing is None:
            self._ringing = asyncio.get_running_loop().call_later(_GATHER, self._rung)

    def once(self, name: str, write: Callable[[], str]) -> str:
        """Return a text, written once until something changes."""
        if name not in self._written:
            self._written[name] = write()
        return self._written[name]

    async def news(self, write: Callable[[], str], seen: str) -> str | None:
        """Return the members of a JSON object, with their version, as soon as it is not `seen`.

        None where nothing changed for a while. Whatever `write` raises goes to the caller.
        """
        end = asyncio.get_running_loop().time() + PATIENCE
        while True:
            event, text = self._news, write()
            version = hashlib.blake2s(text.encode(), digest_size=8).hexdigest()
            if version != seen:
                return f'{{"version":"{version}","now":"{now().isoformat()}",{text}}}'
            try:
                async with asyncio.timeout_at(end):
                    await event.wait()
            except TimeoutError:
                return None

    def _rung(self) -> None:
        self._ringing = None
        self._news.set()
        self._news = asyncio.Event()


def now() -> datetime:
    """Return the time, to the second."""
    return datetime.now(UTC).replace(microsecond=0)
