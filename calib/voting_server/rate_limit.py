"""Rate limit of join attempts: wrong join codes slow down their own address only.

A join code has 39 bits, so guessing one is hopeless as long as attempts are slow. No address is
ever locked out by another one: attempts queue per address, and while many wrong codes come from
many addresses, the first attempt of each address still passes at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

FREE_ATTEMPTS = 4
"""Attempts of one address without a delay, so that mistyping a code has no consequence."""
_DELAYS = (1.0, 2.0, 4.0, 8.0)
"""Seconds before each further attempt; the last value repeats."""
_MAX_QUEUED_SECONDS = 30.0
"""Attempts of one address that may queue, as seconds of delay; later ones get status 429."""
_FORGIVE_SECONDS = 60.0
"""After this time one wrong attempt of an address no longer counts."""
_BUSY_FAILURES = 40
"""Wrong codes from all addresses within `_FORGIVE_SECONDS` after which each gets one free attempt.

This bounds a distributed guess: without it, every new address would add four fast attempts."""
_MAX_ADDRESSES = 4096
"""Addresses to remember, so that many senders cannot exhaust the memory."""


class RateLimitExceeded(Exception):
    """Too many join attempts of one address are waiting; `seconds` is the time until the next."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__("Too many codes were tried from here. Wait a moment.")


@dataclass(slots=True)
class _Client:
    """The join attempts of one address."""

    attempts: int = 0
    forgiven_at: float = 0.0
    free_at: float = 0.0


@dataclass(slots=True)
class RateLimiter:
    """Delay join attempts, per address."""

    clients: dict[str, _Client] = field(default_factory=dict)
    """By address, the one unseen for the longest time first."""
    failures: deque[float] = field(default_factory=lambda: deque(maxlen=_BUSY_FAILURES))
    """Times of the latest wrong codes from all addresses."""

    async def wait(self, address: str) -> _Attempt:
        """Wait until an address may try a code; raises RateLimitExceeded if too many wait."""
        now = asyncio.get_running_loop().time()
        client = self._find_client(address, now)
        delay = self._delay(client, now)
        if client.free_at - now > _MAX_QUEUED_SECONDS:
            raise RateLimitExceeded(client.free_at - now)
        start = max(now, client.free_at) + delay
        client.free_at = start if delay else client.free_at
        # Count the attempt before its result is known: a hundred parallel requests would otherwise
        # all pass as the first one. A correct code takes the count back in `_Attempt.finish`.
        client.attempts += 1
        await asyncio.sleep(start - now)
        return _Attempt(self, client)

    def _delay(self, client: _Client, now: float) -> float:
        is_full = len(self.failures) == _BUSY_FAILURES
        is_busy = is_full and now - self.failures[0] < _FORGIVE_SECONDS
        excess = client.attempts - (1 if is_busy else FREE_ATTEMPTS)
        return 0.0 if excess < 0 else _DELAYS[min(excess, len(_DELAYS) - 1)]

    def _find_client(self, address: str, now: float) -> _Client:
        client = self.clients.pop(address, None) or _Client(forgiven_at=now)
        forgiven = int((now - client.forgiven_at) / _FORGIVE_SECONDS)
        client.attempts = max(0, client.attempts - forgiven)
        client.forgiven_at += forgiven * _FORGIVE_SECONDS
        self.clients[address] = client  # re-inserted last: dicts keep insertion order
        while len(self.clients) > _MAX_ADDRESSES:
            del self.clients[next(iter(self.clients))]
        return client


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A join attempt that was let through."""

    limiter: RateLimiter
    client: _Client

    def finish(self, *, correct: bool) -> None:
        """Record the result: a correct code does not count, a wrong one counts for everyone."""
        if correct:
            self.client.attempts = max(0, self.client.attempts - 1)
        else:
            self.limiter.failures.append(asyncio.get_running_loop().time())
