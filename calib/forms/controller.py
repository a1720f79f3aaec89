"""The controller behind the forms: one open assessment, its unsaved drafts, its current result.

Forms never touch a file. They pass edits to the controller, which passes them to the store and
notifies every form when the result has changed, here or on disk. JupyterLab handles widget events
in one thread and runs cells in another, so each public method that changes state takes `lock`.
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
from calib.files.strict_yaml import FieldPath
from calib.forms.drafts import FileContent, find_save_blocker, with_file_content, with_value
from calib.model import Assessment, Catalog, Result
from calib.scoring.assess import assess
from calib.scoring.plan import Plan, make_plan
from calib.store.conflicts import Conflict
from calib.store.journal import JournalEntry
from calib.store.load import load_assessment
from calib.store.session import Store
from calib.store.writer import EditResult, Pending
from calib.yamledit.fieldpath import UnreachableField, get_at

Callback = Callable[[], None]

# Files that do not exist until their first edit, and the text they start with.
_CREATED_ON_FIRST_EDIT = {
    "workshop.yaml": "# The record of the workshop; it contains no votes.\nformat: 1\n"
}

EXAMPLE_STATUS = "This is an example. Try anything; nothing is saved."


class FormController:
    """Load one assessment, apply edits to it, and notify its forms of changes."""

    def __init__(
        self, folder: Path, catalog: Catalog, today: date, author: str, *, read_only: bool = False
    ) -> None:
        self.folder = folder
        self.catalog = catalog
        self.today = today
        self.read_only = read_only
        self.lock = threading.RLock()
        self.problems: tuple[Problem, ...] = ()
        """Why the folder cannot be read; empty while it can."""
        self.status = (EXAMPLE_STATUS, "info") if read_only else ("Saves as you type", "muted")
        """The message in the toolbar, and its tone."""
        self.pollers: list[Callback] = []
        """Called regularly by the kernel session, for forms that read other files as well."""
        self._drafts: dict[tuple[str, FieldPath], object] = {}
        self._waiting: dict[str, tuple[str, FieldPath]] = {}  # journal entry id -> its field
        self._pending: dict[Callback, None] = {}  # a dict keeps the order, a set does not
        self._listeners: list[Callback] = []
        self._contents: dict[str, FileContent] = {}
        self._last_valid: dict[str, FileContent] = {}
        self._log: tuple[JournalEntry, ...] | None = None
        self._on_disk = self._current = load_assessment(folder, catalog)
        self._result: Result | None = None
        self.store = None if read_only else Store.open(folder, author)

    # --- reading ---

    @property
    def assessment(self) -> Assessment:
        """Return the assessment, including unsaved drafts."""
        return self._current

    @property
    def result(self) -> Result:
        """Return the result of the assessment, including unsaved drafts."""
        if self._result is None:
            self._result = assess(self.catalog, self._current, self.today)
        return self._result

    @property
    def plan(self) -> Plan:
        """Return the improvement plan."""
        return make_plan(self.result, self._current.plan)

    @property
    def log(self) -> tuple[JournalEntry, ...]:
        """Return the edits made with the forms, newest first."""
        if self._log is None:
            self._log = self.store.log() if self.store is not None else ()
        return self._log

    def read_field(self, file: str, path: FieldPath) -> Any:
        """Return the value of a field on disk; None if it is not set."""
        return get_at(self._content(file), path)

    def conflicts(self) -> tuple[Conflict, ...]:
        """Return the unresolved conflicts; none while the list of conflicts is unreadable."""
        if self.store is None:
            return ()
        with suppress(BadInput):
            return self.store.conflicts()
        return ()

    # --- notifying ---

    def subscribe(self, listener: Callback) -> None:
        """Call a listener after every change."""
        self._listeners.append(listener)

    def notify(self) -> None:
        """Call every listener; raise the first error once all of them have run."""
        first_error: Exception | None = None
        for listener in tuple(self._listeners):
            try:
                listener()
            except Exception as error:  # noqa: BLE001  one broken panel must not freeze the rest
                first_error = first_error or error
        if first_error is not None:
            raise first_error

    def show_status(self, message: str, tone: str) -> None:
        """Show a message in the toolbar."""
        self.status = (message, tone)
        self.notify()

    # --- editing ---

    def update_draft(self, file: str, path: FieldPath, value: object) -> None:
        """Include a value that is being typed in the result, without saving it."""
        with self.lock:
            self._drafts[file, path] = value
            self._apply_drafts()
            self.notify()

    def save_field(
        self, file: str, path: FieldPath, seen: object, new: object, *, typed: bool = False
    ) -> EditResult | None:
        """Save one field; the status shows when it was saved, or why it was not.

        `seen` is the value that the edit started from: the store reports a conflict if the file
        contains another one. Returns None if nothing was saved: the assessment is an example, the
        disk refused, or the file would become unreadable. A `typed` value stays in the result even
        then, because the person still sees it in the field.
        """
        with self.lock:
            self._drafts[file, path] = new
            blocker = find_save_blocker(self._on_disk, file, self._content(file), path, new)
            answer = None
            if blocker:
                self.status = (f"Not saved yet: {blocker}", "warn")
            elif self.store is not None:
                answer = self.run_edit(lambda store: _set_field(store, file, path, seen, new))
            if answer is None:
                if not typed and not self.read_only:
                    del self._drafts[file, path]
                self._apply_drafts()
                self.notify()
            return answer

    def run_edit(
        self,
        edit: Callable[[Store], EditResult | None],
        done: str = "Saved",
        nothing_done: str = "",
    ) -> EditResult | None:
        """Run an edit on the store and show its outcome; return None if it failed.

        `done` begins the status after a success; `nothing_done` is the status when `edit` returns
        None, as undo does with an empty history.
        """
        with self.lock:
            if self.store is None:
                self.show_status(EXAMPLE_STATUS, "info")
                return None
            try:
                answer = edit(self.store)
            except (BadInput, CannotWrite) as error:
                self.show_status(f"Not saved: {_error_text(error)}", "bad")
                return None
            if answer is None:
                self.show_status(nothing_done, "info")
            else:
                self._show_outcome(answer, done)
            return answer

    def _show_outcome(self, answer: EditResult, done: str) -> None:
        if isinstance(answer, Conflict):
            names = f"{answer.set_aside_by} and {answer.in_file_by}"
            self.status = (f"{names} changed the same field. Choose a version below.", "warn")
            self._drafts.pop((answer.file, answer.place), None)
        elif isinstance(answer, Pending):
            # The draft stays: the result must include the edit until the file does.
            self.status = (f"Your edit is kept and will be saved later: {answer.reason}", "warn")
            self._waiting[answer.entry.id] = (answer.entry.file, answer.entry.place)
        else:
            self.status = (f"{done} {answer.at.astimezone():%H:%M:%S}", "good")
            self._drafts.pop((answer.entry.file, answer.entry.place), None)
        self.reload()

    def undo(self) -> None:
        """Undo the last edit of this session."""
        self.flush()
        self.run_edit(lambda store: store.undo(), "Undone", "Nothing to undo.")

    def redo(self) -> None:
        """Repeat the edit that was undone last."""
        self.flush()
        self.run_edit(lambda store: store.redo(), "Redone", "Nothing to redo.")

    # --- following the disk ---

    def reload(self) -> None:
        """Read the folder again; keep the last valid assessment if it cannot be read."""
        with self.lock:
            self._contents.clear()
            self._log = None
            try:
                self._on_disk = load_assessment(self.folder, self.catalog)
                self.problems = ()
            except BadInput as error:
                self.problems = error.problems
            self._apply_drafts()
            self.notify()

    def poll(self) -> bool:
        """Retry waiting edits and reload if a file has changed; return whether one had."""
        with self.lock:
            if self.store is None:
                return False
            self._retry_waiting(self.store)
            if not self.store.external_changes():
                return False
            self.reload()
            return True

    def reload_all(self) -> None:
        """Save pending input and read everything again, evidence files included.

        `poll` watches the YAML files only, so a replaced evidence file shows after this.
        """
        with self.lock:
            self.flush()
            if self.store is not None:
                self._retry_waiting(self.store)
                self.store.external_changes()
            self.reload()

    def _retry_waiting(self, store: Store) -> None:
        if not self._waiting:
            return
        still_waiting = {pending.entry.id for pending in store.retry()}
        saved = self._waiting.keys() - still_waiting
        for entry_id in saved:
            self._drafts.pop(self._waiting.pop(entry_id), None)
        if saved:
            self.status = ("Saved the edits that were waiting", "good")
            self.reload()

    # --- fields that are not saved yet ---

    def add_pending(self, save: Callback) -> None:
        """Register the `save` of a field that has unsaved changes."""
        self._pending[save] = None

    def remove_pending(self, save: Callback) -> None:
        """Remove the `save` of a field that has been saved."""
        self._pending.pop(save, None)

    def flush(self, but: Callback | None = None) -> None:
        """Save all fields with unsaved changes now, except `but`."""
        with self.lock:
            for save in tuple(self._pending):
                if save != but:
                    save()

    def _content(self, name: str) -> FileContent:
        """Return the content of a file; its last valid content while the file is broken."""
        if name not in self._contents:
            document = strict_yaml.read_yaml(self.folder / name, name)
            if isinstance(document.value, dict) and not document.problems:
                self._last_valid[name] = document.value
            elif not (self.folder / name).exists():
                self._last_valid.pop(name, None)
            self._contents[name] = self._last_valid.get(name, {})
        return self._contents[name]

    def _apply_drafts(self) -> None:
        """Build the current assessment from the one on disk and the drafts.

        A draft that does not fit its file (yet) is left out, as when the list entry that it
        belongs to was removed by someone else.
        """
        current = self._on_disk
        contents: dict[str, FileContent] = {}
        for (file, path), value in self._drafts.items():
            with suppress(UnreachableField, KeyError, IndexError, TypeError):
                content = with_value(contents.get(file, self._content(file)), path, value)
                current = with_file_content(current, file, content)
                contents[file] = content
        # The hash follows the bytes on disk; without a change of content the result stays valid,
        # which saves a full scoring run after every save.
        same_hash = {"content_hash": self._current.content_hash}
        if current.model_copy(update=same_hash) != self._current:
            self._result = None
        self._current = current


def _set_field(store: Store, file: str, path: FieldPath, seen: object, new: object) -> EditResult:
    if file in _CREATED_ON_FIRST_EDIT and not (store.folder / file).exists():
        store.create(file, _CREATED_ON_FIRST_EDIT[file])
    return store.set(file, path, seen, new)


def _error_text(error: Exception) -> str:
    if isinstance(error, BadInput):
        return "; ".join(str(p) for p in error.problems)
    return str(error)
