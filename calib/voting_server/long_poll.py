"""Long polling: requests wait until the state changes, and shared texts are rendered once.

A page asks again as soon as it has an answer, and sends the version of the state that it shows.
Nothing has to be remembered per connection, so a page that slept, moved to another network or lost
the server (a restart reads everything from disk) continues with its next request.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

POLL_SECONDS = 20.0
"""How long a request waits; the pages give up after 25 seconds (`long_poll.js`)."""
_DEBOUNCE_SECONDS = 0.1
"""Changes within this time are sent together: thirty votes at once are one update, not thirty."""


class LongPollHub:
    """Wake waiting requests on a change; needs a running event loop."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._rendered: dict[str, str] = {}

    def notify(self) -> None:
        """Wake all waiting requests, after a short time in which more changes may come."""
        # The cache is cleared at once, not with the timer: a new request must see the new state.
        self._rendered.clear()
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(_DEBOUNCE_SECONDS, self._wake)

    def render_once(self, name: str, render: Callable[[], str]) -> str:
        """Return a text, rendered once per change and shared by all requests."""
        if name not in self._rendered:
            self._rendered[name] = render()
        return self._rendered[name]

    async def wait_for_change(self, render: Callable[[], str], seen: str) -> str | None:
        """Return a JSON object as soon as its version differs from `seen`.

        `render` returns the members of the object without braces; its exceptions reach the caller.
        Returns None if nothing changes within `POLL_SECONDS`.
        """
        end = asyncio.get_running_loop().time() + POLL_SECONDS
        while True:
            # Get the event before rendering: a change in between sets it, so none is missed.
            changed, text = self._changed, render()
            version = hashlib.blake2s(text.encode(), digest_size=8).hexdigest()
            if version != seen:
                return f'{{"version":"{version}","now":"{utc_now().isoformat()}",{text}}}'
            try:
                async with asyncio.timeout_at(end):
                    await changed.wait()
            except TimeoutError:
                return None

    def _wake(self) -> None:
        self._timer = None
        self._changed.set()
        # A fresh event for the next change; requests that wait still hold the one just set.
        self._changed = asyncio.Event()


def utc_now() -> datetime:
    """Return the current time in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)
