"""The live forms of this kernel: poll for outside changes, save on exit, close on re-run.

ipywidgets keeps every widget that is not closed, and a page that loads asks for all of them.
Without closing, the twentieth run of a form takes several times as long as the first.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from calib.forms import FormController

if TYPE_CHECKING:
    from ipywidgets import Widget

_POLL_INTERVAL = 2.0  # seconds between two checks for changes on disk
_WORKSHOP_POLL_INTERVAL = 0.5  # the same for a workshop, where people wait for the votes
_CLOSE_DELAY = 10.0  # seconds in which edits that the browser sends late still reach an old form


@dataclass(frozen=True)
class LiveForm:
    """Hold a form that is shown in this kernel."""

    controller: FormController
    widget: Widget
    task: asyncio.Task[None] | None
    """Polls the folder; None outside an event loop."""


LIVE_FORMS: dict[str, LiveForm] = {}
"""The live forms by title."""


def track_form(title: str, controller: FormController, widget: Widget) -> None:
    """Register a live form and poll its folder for changes by other programs."""
    task = None
    with suppress(RuntimeError):  # no event loop, so nothing to poll with
        task = asyncio.get_running_loop().create_task(_poll_periodically(controller))
    LIVE_FORMS[title] = LiveForm(controller, widget, task)


def close_form(title: str) -> None:
    """Save and unregister the live form of a title; its widgets close after a delay."""
    form = LIVE_FORMS.pop(title, None)
    if form is None:
        return
    if form.task is not None:
        loop = form.task.get_loop()
        # Cells run in another thread than the loop; the loop may be closed when the kernel ends.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(form.task.cancel)
            loop.call_soon_threadsafe(loop.call_later, _CLOSE_DELAY, _close_widgets, form)
    form.controller.flush()


async def _poll_periodically(controller: FormController) -> None:
    interval = _WORKSHOP_POLL_INTERVAL if controller.pollers else _POLL_INTERVAL
    since_last_poll = 0.0
    while True:
        await asyncio.sleep(interval)
        since_last_poll += interval
        try:
            with controller.lock:
                for poller in controller.pollers:
                    poller()
            if since_last_poll >= _POLL_INTERVAL:
                since_last_poll = 0.0
                controller.poll()
        except Exception as error:  # noqa: BLE001  the task must go on: the next poll may succeed
            logging.getLogger("calib").warning("cannot poll %s: %s", controller.folder, error)


def _close_widgets(form: LiveForm) -> None:
    from calib.forms import widgets

    with form.controller.lock:
        form.controller.flush()
        widgets.close_tree(form.widget)


@atexit.register
def _save_at_exit() -> None:
    """Save edits made just before the kernel was stopped or restarted."""
    for title in tuple(LIVE_FORMS):
        with suppress(Exception):
            close_form(title)
