"""A widget tied to one field: typing shows at once, a pause saves, others' changes come in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from calib.forms.controller import Desk
from calib.store.conflicts import Conflict
from calib.store.writer import Kept, Saved
from calib.yamledit.fieldpath import Place, looks_the_same

PAUSE = 0.5
"""Seconds without a key press after which a text is saved; going to another field saves at once."""
LATEST = 4.0
"""Seconds after which a text is saved even though somebody types on."""
_SKETCH = 0.1
"""Seconds between two looks at a text that is being typed."""


def same(value: Any) -> Any:
    """Return a value as it is."""
    return value


def some(value: str) -> str | None:
    """Return a text, None where it is blank: an optional field goes when it is emptied."""
    return value if value.strip() else None


def as_text(value: Any) -> str:
    """Show a value that a file holds as a text."""
    return "" if value is None else str(value)


class Bound:
    """Tie a widget's value to a field of a file."""

    def __init__(
        self,
        desk: Desk,
        widget: Any,
        file: str,
        place: Place,
        shown: Callable[[Any], Any] = same,
        stored: Callable[[Any], Any] = same,
        *,
        pause: float = 0,
    ) -> None:
        self.desk, self.widget, self.file, self.place = desk, widget, file, place
        self.shown, self.stored, self.pause = shown, stored, pause
        self.seen = desk.value(file, place)
        self._timer: asyncio.TimerHandle | None = None
        self._sketch: asyncio.TimerHandle | None = None
        self._since = 0.0
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
        with self.desk.guard:
            self.desk.flush(but=self.save)
            self.desk.wait(self.save)
            loop = _loop()
            if not self._dirty:
                self._dirty, self._since = True, loop.time() if loop else 0.0
            if loop is None or not self.pause:
                self._draw()
            elif self._sketch is None:
                self._sketch = loop.call_later(_SKETCH, self._draw)
            if loop is None:
                self.save()
            else:
                left = self._since + LATEST - loop.time()
                self._save_in(loop, max(0.0, min(self.pause, left)))

    def _draw(self) -> None:
        with self.desk.guard:
            self._sketch = None
            if self._dirty:
                self.desk.draft(self.file, self.place, self.stored(self.widget.value))

    def _save_in(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_later(seconds, self.save)

    def save(self) -> None:
        """Save what the widget holds, if it was changed."""
        with self.desk.guard:
            if not self._dirty:
                return
            new = self.stored(self.widget.value)
            answer = self.desk.save(self.file, self.place, self.seen, new, typed=True)
            if isinstance(answer, Saved | Kept):
                self.seen, self._dirty = new, False
            elif isinstance(answer, Conflict):
                # What was typed is in the list of conflicts; the form shows what the file holds.
                self.seen, self._dirty = answer.in_file, False
                self._show(self.seen)
            elif self.desk.read_only:
                self.seen, self._dirty = new, False
            elif loop := _loop():
                self._save_in(loop, LATEST)  # it is tried until it is saved
            if not self._dirty:
                self.desk.done(self.save)

    def refresh(self) -> None:
        """Show what others changed, unless something is being typed here."""
        if self._dirty or self.desk.read_only:
            return
        value = self.desk.value(self.file, self.place)
        if not looks_the_same(value, self.seen):
            self.seen = value
            self._show(value)


def _loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
