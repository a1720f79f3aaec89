"""The forms of this kernel that somebody works at: looked after, saved, and closed when run again.

A kernel keeps every widget until it is closed, and a page that is loaded again asks for all of
them: without closing, the twentieth run of a form takes several times as long as the first.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from calib.forms import Desk

_LOOK_EVERY = 2.0  # seconds between two looks for what others changed on disk
_WATCH_EVERY = 0.5  # the same where a room full of people waits
_LINGER = 10.0  # seconds in which what a browser held back still reaches a form that was run again


@dataclass(frozen=True)
class Attended:
    """Hold what somebody works at in this kernel."""

    desk: Desk
    shown: Any
    task: asyncio.Task[None] | None


ATTENDED: dict[str, Attended] = {}
"""By the title of the form."""


def attend(title: str, desk: Desk, shown: Any) -> None:
    """Notice what an editor, a pull or a sync program changed."""
    task = None
    with suppress(RuntimeError):
        task = asyncio.get_running_loop().create_task(_look_now_and_then(desk))
    ATTENDED[title] = Attended(desk, shown, task)


async def _look_now_and_then(desk: Desk) -> None:
    every = _WATCH_EVERY if desk.watchers else _LOOK_EVERY
    watched = 0.0
    while True:
        await asyncio.sleep(every)
        watched += every
        try:
            with desk.guard:
                for watch in desk.watchers:
                    watch()
            if watched >= _LOOK_EVERY:
                watched = 0.0
                desk.look()
        except Exception as error:  # noqa: BLE001  the next look may find it mended
            logging.getLogger("calib").warning("looking at %s: %s", desk.folder, error)


def retire(title: str) -> None:
    """Save what waits at the desk that a form had before, and look after it no more."""
    former = ATTENDED.pop(title, None)
    if former is None:
        return
    if former.task is not None:
        loop = former.task.get_loop()
        with suppress(RuntimeError):  # it may be gone
            loop.call_soon_threadsafe(former.task.cancel)
            loop.call_soon_threadsafe(loop.call_later, _LINGER, _shut, former)
    former.desk.flush()


def _shut(former: Attended) -> None:
    from calib.forms import widgets

    with former.desk.guard:
        former.desk.flush()
        widgets.shut(former.shown)


@atexit.register
def _save_the_last_words() -> None:
    """Save what was typed right before the kernel was stopped or restarted."""
    for title in tuple(ATTENDED):
        with suppress(Exception):
            retire(title)
