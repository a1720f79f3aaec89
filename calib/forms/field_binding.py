"""Bind a widget to a field of a file: show drafts, save after a pause, follow the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from calib.files.strict_yaml import FieldPath
from calib.forms.controller import FormController
from calib.store.conflicts import Conflict
from calib.store.writer import Pending, Saved
from calib.yamledit.fieldpath import is_equal_when_shown

if TYPE_CHECKING:
    from ipywidgets import Widget

SAVE_DELAY = 0.5
"""Seconds without a key press after which a text is saved. Editing another field saves at once."""
MAX_SAVE_DELAY = 4.0
"""Seconds after which a text is saved even if the person goes on typing."""
NO_LEVEL = -1
"""The option of a level picker for "no level": widgets cannot select None."""
_DRAFT_DELAY = 0.1
"""Seconds between two updates of the result while a text is being typed."""


def unchanged(value: Any) -> Any:
    """Return a value as it is."""
    return value


def text_or_none(value: str) -> str | None:
    """Return a text; None if it is blank, so that an emptied optional field leaves the file."""
    return value if value.strip() else None


def to_text(value: object) -> str:
    """Return a stored value as text; a missing one as an empty text."""
    return "" if value is None else str(value)


def date_or_none(value: object) -> date | None:
    """Return a stored date; None if there is none or it is not a date."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def iso_or_none(value: date | None) -> str | None:
    """Return a date as it is stored."""
    return value.isoformat() if value else None


class FieldBinding:
    """Keep a widget's value and a field of a file in step.

    `delay` is the number of seconds to wait for more keys before saving; a choice has none.
    """

    def __init__(
        self,
        controller: FormController,
        widget: Widget,
        file: str,
        path: FieldPath,
        to_widget: Callable[[Any], object] = unchanged,
        to_file: Callable[[Any], object] = unchanged,
        *,
        delay: float = 0,
    ) -> None:
        self.controller, self.widget, self.file, self.path = controller, widget, file, path
        self.to_widget, self.to_file, self.delay = to_widget, to_file, delay
        self._seen = controller.read_field(file, path)
        """The stored value that the widget was last set from; an edit is saved against it."""
        self._save_timer: asyncio.TimerHandle | None = None
        self._draft_timer: asyncio.TimerHandle | None = None
        self._dirty = False
        self._dirty_since = 0.0
        self._setting_widget = False
        self._set_widget(self._seen)
        widget.observe(self._on_change, names="value")
        controller.subscribe(self.refresh)

    def save(self) -> None:
        """Save the widget's value if a person has changed it."""
        with self.controller.lock:
            if not self._dirty:
                return
            new = self.to_file(self.widget.value)
            answer = self.controller.save_field(self.file, self.path, self._seen, new, typed=True)
            if isinstance(answer, Saved | Pending) or self.controller.read_only:
                self._seen, self._dirty = new, False
            elif isinstance(answer, Conflict):
                # The conflict list shows the typed value; the field shows the one in the file.
                self._seen, self._dirty = answer.in_file, False
                self._set_widget(self._seen)
            elif loop := _running_loop():
                self._schedule_save(loop, MAX_SAVE_DELAY)  # retried until it succeeds
            if not self._dirty:
                self.controller.remove_pending(self.save)

    def refresh(self) -> None:
        """Show a value that was changed elsewhere, unless this field has unsaved changes."""
        # An example's widgets keep their input, although nothing is stored.
        if self._dirty or self.controller.read_only:
            return
        value = self.controller.read_field(self.file, self.path)
        if not is_equal_when_shown(value, self._seen):
            self._seen = value
            self._set_widget(value)

    def _set_widget(self, value: object) -> None:
        """Set the widget without treating the change as an edit."""
        shown = self.to_widget(value)
        if self.widget.value != shown:
            self._setting_widget = True
            try:
                self.widget.value = shown
            finally:
                self._setting_widget = False

    def _on_change(self, _: object) -> None:
        if self._setting_widget:
            return
        with self.controller.lock:
            # Going to another field saves the previous one at once.
            self.controller.flush(but=self.save)
            self.controller.add_pending(self.save)
            loop = _running_loop()
            if not self._dirty:
                self._dirty, self._dirty_since = True, loop.time() if loop else 0.0
            # Scoring takes longer than the time between two keys: update the result at intervals.
            if loop is None or not self.delay:
                self._update_draft()
            elif self._draft_timer is None:
                self._draft_timer = loop.call_later(_DRAFT_DELAY, self._update_draft)
            if loop is None:
                self.save()
            else:
                # Each key restarts the pause, but it ends MAX_SAVE_DELAY after the first key.
                remaining = self._dirty_since + MAX_SAVE_DELAY - loop.time()
                self._schedule_save(loop, max(0.0, min(self.delay, remaining)))

    def _update_draft(self) -> None:
        with self.controller.lock:
            self._draft_timer = None
            if self._dirty:
                new = self.to_file(self.widget.value)
                self.controller.update_draft(self.file, self.path, new)

    def _schedule_save(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        if self._save_timer is not None:
            self._save_timer.cancel()
        self._save_timer = loop.call_later(seconds, self.save)


def bind_text(
    controller: FormController, widget: Widget, file: str, path: FieldPath
) -> FieldBinding:
    """Bind a text field; emptying it stores an empty text."""
    return FieldBinding(controller, widget, file, path, to_text, str, delay=SAVE_DELAY)


def bind_optional_text(
    controller: FormController, widget: Widget, file: str, path: FieldPath
) -> FieldBinding:
    """Bind a text field; emptying it removes the field from the file."""
    return FieldBinding(controller, widget, file, path, to_text, text_or_none, delay=SAVE_DELAY)


def bind_date(
    controller: FormController, widget: Widget, file: str, path: FieldPath
) -> FieldBinding:
    """Bind a date picker; clearing it removes the field from the file."""
    return FieldBinding(controller, widget, file, path, date_or_none, iso_or_none)


def bind_level(
    controller: FormController, widget: Widget, file: str, path: FieldPath
) -> FieldBinding:
    """Bind a level picker; choosing no level removes the field from the file."""
    return FieldBinding(
        controller,
        widget,
        file,
        path,
        lambda stored: NO_LEVEL if stored is None else stored,
        level_or_none,
    )


def level_or_none(option: int) -> int | None:
    """Return the level of a picker's option."""
    return None if option == NO_LEVEL else option


def _running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the kernel's event loop; None outside a kernel, where edits are saved at once."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
