"""The door: join codes are tried one after the other, and wrong ones ever more slowly.

Nobody is ever locked out by others. Each address waits for its own tries alone; while many wrong
codes come from many addresses, the first try of an address still passes at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

FREE_TRIES = 4
_PAUSES = (1.0, 2.0, 4.0, 8.0)
_LONGEST = 30.0
"""Seconds of tries that may wait for one address."""
_FORGIVEN = 60.0
"""Seconds in which one wrong try of an address is forgiven."""
_MANY = 40
"""Wrong codes within that time, from all addresses, after which there is one free try each."""
_MOST_ADDRESSES = 4096


class Crowded(Exception):
    """Say after how many seconds it may be tried again."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__("Too many codes were tried from here. Wait a moment.")


@dataclass(slots=True)
class _Caller:
    tries: int = 0
    forgiven_at: float = 0.0
    free_at: float = 0.0


@dataclass(slots=True)
class Door:
    """Let a code be tried when its address has its turn."""

    callers: dict[str, _Caller] = field(default_factory=dict)
    wrong: deque[float] = field(default_factory=lambda: deque(maxlen=_MANY))

    async def turn(self, address: str) -> _Try:
        """Wait for the turn of an address; raises Crowded where too many of its tries wait."""
        now = asyncio.get_running_loop().time()
        caller = self._caller(address, now)
        pause = self._pause(caller, now)
        if caller.free_at - now > _LONGEST:
            raise Crowded(caller.free_at - now)
        begins = max(now, caller.free_at) + pause
        caller.free_at = begins if pause else caller.free_at
        # Counted as wrong until it proves right, or a hundred at once would all pass as the first.
        caller.tries += 1
        await asyncio.sleep(begins - now)
        return _Try(self, caller)

    def _pause(self, caller: _Caller, now: float) -> float:
        busy = len(self.wrong) == _MANY and now - self.wrong[0] < _FORGIVEN
        over = caller.tries - (1 if busy else FREE_TRIES)
        return 0.0 if over < 0 else _PAUSES[min(over, len(_PAUSES) - 1)]

    def _caller(self, address: str, now: float) -> _Caller:
        caller = self.callers.pop(address, None) or _Caller(forgiven_at=now)
        forgiven = int((now - caller.forgiven_at) / _FORGIVEN)
        caller.tries = max(0, caller.tries - forgiven)
        caller.forgiven_at += forgiven * _FORGIVEN
        self.callers[address] = caller  # the longest unseen stand first
        while len(self.callers) > _MOST_ADDRESSES:
            del self.callers[next(iter(self.callers))]
        return caller


@dataclass(frozen=True, slots=True)
class _Try:
    door: Door
    caller: _Caller

    def ended(self, *, right: bool) -> None:
        """Say what came of it: a right code does not count, a wrong one counts for everybody."""
        if right:
            self.caller.tries = max(0, self.caller.tries - 1)
        else:
            self.door.wrong.append(asyncio.get_running_loop().time())
