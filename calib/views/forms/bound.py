"""A widget tied to one field: typing shows at once, a pause saves, others' changes come in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from calib.store import Conflict, Kept, Saved
from calib.store.place import Place, looks_the_same
from calib.views.forms.desk import Desk

PAUSE = 0.8
"""Seconds without a key press after which a text is saved."""


def same(value: Any) -> Any:
    """Return a value as it is."""
    return value


class Bound:
    """Tie a widget's value to a field of a file."""

    def __init__(
        self, desk: Desk, widget: Any, file: str, place: Place,
        shown: Callable[[Any], Any] = same, stored: Callable[[Any], Any] = same,
        *, pause: float = 0,
    ) -> None:  # fmt: skip
        self.desk, self.widget, self.file, self.place = desk, widget, file, place
        self.shown, self.stored, self.pause = shown, stored, pause
        self.seen = desk.value(file, place)
        self._timer: asyncio.TimerHandle | None = None
        self._quiet = False
        self._dirty = False
        self._show(self.seen)
        widget.observe(self._typed, names="value")
        desk.listen(self.refresh)

    def _show(self, value: Any) -> None:
        shown = self.shown(value)
        if self.widget.value != shown:
            self._quiet = True
            try:
                self.widget.value = shown
            finally:
                self._quiet = False

    def _typed(self, _: Any) -> None:
        if self._quiet:
            return
        self._dirty = True
        self.desk.draft(self.file, self.place, self.stored(self.widget.value))
        if self._timer is not None:
            self._timer.cancel()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.save()
            return
        self._timer = loop.call_later(self.pause, self.save)

    def save(self) -> None:
        """Save what the widget holds, if it was changed."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._dirty:
            return
        new = self.stored(self.widget.value)
        answer = self.desk.save(self.file, self.place, self.seen, new)
        if isinstance(answer, Saved | Kept):
            self.seen = new
            self._dirty = looks_the_same(self.stored(self.widget.value), new) is False
        elif isinstance(answer, Conflict):
            # What was typed is in the list of conflicts; the form shows what the file holds.
            self.seen, self._dirty = answer.in_file, False
            self._show(self.seen)

    def refresh(self) -> None:
        """Show what others changed, unless something is being typed here."""
        if self._dirty:
            return
        value = self.desk.value(self.file, self.place)
        if not looks_the_same(value, self.seen) and self.desk.store is not None:
            self.seen = value
            self._show(value)
