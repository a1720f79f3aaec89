"""An open assessment: what is on disk, what is being typed, what it comes to, who is told.

Forms never touch a file. They hand edits to the desk, which hands them to the store, and they are
told when the result has changed, whoever changed it. JupyterLab answers widgets in one thread and
runs cells in another, so whoever works at the desk holds its `guard`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from calib.errors import BadInput, CannotWrite, Problem
from calib.files import strict_yaml
from calib.forms.drafts import complaint, placed, with_file
from calib.model import Assessment, Catalog, Result
from calib.scoring.assess import assess
from calib.scoring.plan import Plan, make_plan
from calib.store.conflicts import Conflict
from calib.store.journal import Entry
from calib.store.load import load_assessment
from calib.store.session import Store
from calib.store.writer import Answer, Kept
from calib.yamledit.fieldpath import Place, Unreachable, get

Listener = Callable[[], None]
Save = Callable[[], None]

_COMES_LATER = {"workshop.yaml": "# The record of the workshop; it holds no vote.\nformat: 1\n"}

EXAMPLE = "This is an example: try things, nothing is saved."


class Desk:
    """Hold one open assessment for the forms of a notebook."""

    def __init__(
        self, folder: Path, catalog: Catalog, today: date, author: str, *, read_only: bool = False
    ) -> None:
        self.folder = folder
        self.catalog = catalog
        self.today = today
        self.read_only = read_only
        self.guard = threading.RLock()
        self.problems: tuple[Problem, ...] = ()
        self.note = (EXAMPLE, "info") if read_only else ("Saves as you type", "muted")
        self._drafts: dict[tuple[str, Place], Any] = {}
        self._kept: dict[str, tuple[str, Place]] = {}
        self._pending: dict[Save, None] = {}
        self._listeners: list[Listener] = []
        self.watchers: list[Listener] = []
        """Who else looks at the folder now and then."""
        self._raw: dict[str, Any] = {}
        self._good: dict[str, Any] = {}
        self._log: tuple[Entry, ...] | None = None
        self._saved = self._live = load_assessment(folder, catalog)
        self._result: Result | None = None
        self.store = None if read_only else Store.open(folder, author)

    @property
    def assessment(self) -> Assessment:
        """Return the assessment with what is being typed."""
        return self._live

    @property
    def result(self) -> Result:
        """Return what the assessment comes to, with what is being typed."""
        if self._result is None:
            self._result = assess(self.catalog, self._live, self.today)
        return self._result

    @property
    def plan(self) -> Plan:
        """Return the improvement plan."""
        return make_plan(self.result, self._live.plan)

    @property
    def log(self) -> tuple[Entry, ...]:
        """Return what was done to the folder with the forms, the newest first."""
        if self._log is None:
            self._log = self.store.log() if self.store is not None else ()
        return self._log

    def listen(self, listener: Listener) -> None:
        """Tell somebody of every change."""
        self._listeners.append(listener)

    def tell(self) -> None:
        """Tell everybody that something has changed, even where somebody stumbles over it."""
        stumbled: Exception | None = None
        for listener in tuple(self._listeners):
            try:
                listener()
            except Exception as error:  # noqa: BLE001  the others are told all the same
                stumbled = stumbled or error
        if stumbled is not None:
            raise stumbled

    def say(self, note: str, tone: str) -> None:
        """Show a sentence in the toolbar."""
        self.note = (note, tone)
        self.tell()

    def value(self, file: str, place: Place) -> Any:
        """Return what a field holds on disk, None where nothing stands there."""
        return get(self._file(file), place)

    def draft(self, file: str, place: Place, value: Any) -> None:
        """Take what is being typed into the picture; nothing is saved yet."""
        with self.guard:
            self._drafts[file, place] = value
            self._overlay()
            self.tell()

    def save(
        self, file: str, place: Place, seen: Any, new: Any, *, typed: bool = False
    ) -> Answer | None:
        """Save one field; the note says when it was saved, or why it was not.

        None where there is nothing to save to (an example), nothing could be written, or the file
        could not be read any more with it; what was `typed` stays in the picture even so.
        """
        with self.guard:
            self._drafts[file, place] = new
            wrong = complaint(self._saved, file, self._file(file), place, new)
            answer = None
            if wrong:
                self.note = (f"Not saved yet: {wrong}", "warn")
            elif self.store is not None:
                answer = self.act(lambda store: _set(store, file, place, seen, new))
            if answer is None:
                if not typed and not self.read_only:
                    del self._drafts[file, place]
                self._overlay()
                self.tell()
            return answer

    def act(
        self, work: Callable[[Store], Answer | None], told: str = "Saved", nothing: str = ""
    ) -> Answer | None:
        """Let the store do something, and show what became of it; None where it failed."""
        with self.guard:
            if self.store is None:
                self.say(EXAMPLE, "info")
                return None
            try:
                answer = work(self.store)
            except (BadInput, CannotWrite) as error:
                self.say(f"Not saved: {_one_line(error)}", "bad")
                return None
            if answer is None:
                self.say(nothing, "info")
            else:
                self._took(answer, told)
            return answer

    def _took(self, answer: Answer, told: str) -> None:
        if isinstance(answer, Conflict):
            names = f"{answer.set_aside_by} and {answer.in_file_by}"
            self.note = (f"{names} changed the same field: choose below", "warn")
            self._drafts.pop((answer.file, answer.place), None)
        elif isinstance(answer, Kept):
            self.note = (f"Kept in the journal, not yet in the file: {answer.reason}", "warn")
            self._kept[answer.entry.id] = (answer.entry.file, answer.entry.place)
        else:
            self.note = (f"{told} {answer.at.astimezone():%H:%M:%S}", "good")
            self._drafts.pop((answer.entry.file, answer.entry.place), None)
        self.read()

    def read(self) -> None:
        """Read the folder again; a folder that cannot be read leaves the last picture."""
        with self.guard:
            self._raw.clear()
            self._log = None
            try:
                self._saved = load_assessment(self.folder, self.catalog)
                self.problems = ()
            except BadInput as error:
                self.problems = error.problems
            self._overlay()
            self.tell()

    def look(self) -> bool:
        """Notice what others changed on disk, and try again what could not be saved."""
        with self.guard:
            if self.store is None:
                return False
            self._try_again(self.store)
            if not self.store.changes():
                return False
            self.read()
            return True

    def look_again(self) -> None:
        """Read everything again, evidence files too, because somebody asked."""
        with self.guard:
            self.flush()
            if self.store is not None:
                self._try_again(self.store)
                self.store.changes()
            self.read()

    def _try_again(self, store: Store) -> None:
        if not self._kept:
            return
        left = {kept.entry.id for kept in store.retry()}
        done = self._kept.keys() - left
        for name in done:
            self._drafts.pop(self._kept.pop(name), None)
        if done:
            self.note = ("Saved: what waited is in its file now", "good")
            self.read()

    def undo(self) -> None:
        """Take back the last edit."""
        self.flush()
        self.act(lambda store: store.undo(), "Taken back", "There is nothing to take back here.")

    def redo(self) -> None:
        """Do again what was taken back last."""
        self.flush()
        self.act(lambda store: store.redo(), "Done again", "There is nothing to do again.")

    def conflicts(self) -> tuple[Conflict, ...]:
        """List the conflicts that nobody has settled yet."""
        if self.store is None:
            return ()
        with suppress(BadInput):
            return self.store.conflicts()
        return ()

    # --- what is typed and not yet saved ---

    def wait(self, save: Save) -> None:
        """Remember that somebody has something to save."""
        self._pending[save] = None

    def done(self, save: Save) -> None:
        """Forget somebody who has saved."""
        self._pending.pop(save, None)

    def flush(self, but: Save | None = None) -> None:
        """Save at once whatever waits for a pause: somebody goes on, or the kernel ends."""
        with self.guard:
            for save in tuple(self._pending):
                if save != but:
                    save()

    # --- the picture with what is being typed ---

    def _file(self, name: str) -> Any:
        """Return a file's content; while it is broken, what it held before."""
        if name not in self._raw:
            document = strict_yaml.read(self.folder / name, name)
            if isinstance(document.value, dict) and not document.problems:
                self._good[name] = document.value
            elif not (self.folder / name).exists():
                self._good.pop(name, None)
            self._raw[name] = self._good.get(name, {})
        return self._raw[name]

    def _overlay(self) -> None:
        """Lay the drafts over what is on disk; one that makes no sense yet is left out."""
        live = self._saved
        changed: dict[str, Any] = {}
        for (file, place), value in self._drafts.items():
            with suppress(Unreachable, KeyError, IndexError, TypeError):
                one = placed(changed.get(file, self._file(file)), place, value)
                live = with_file(live, file, one)
                changed[file] = one
        alike = {"content_hash": self._live.content_hash}
        if live.model_copy(update=alike) != self._live:
            self._result = None
        self._live = live


def _set(store: Store, file: str, place: Place, seen: Any, new: Any) -> Answer:
    """Change a field; a file that comes with the first edit is made."""
    if file in _COMES_LATER and not (store.folder / file).exists():
        store.create(file, _COMES_LATER[file])
    return store.set(file, place, seen, new)


def _one_line(error: Exception) -> str:
    if isinstance(error, BadInput):
        return "; ".join(str(p) for p in error.problems)
    return str(error)
