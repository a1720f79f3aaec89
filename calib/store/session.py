"""The one door through which an assessment folder is changed, one field at a time.

An edit is on disk in the session's journal before anything else happens, and is called saved only
when the file holds it too. What cannot be written now waits in the journal and is tried again.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from filelock import FileLock, Timeout

from calib.model.assessment import FORMAT
from calib.problems import BadInput, CannotWrite, Problem
from calib.store import atomic, names, place
from calib.store.conflicts import OUTSIDE, Conflict, ConflictFile
from calib.store.files import FileEdits
from calib.store.journal import Entry, Journal, Kind, Outcome, Readers, read_all
from calib.store.place import Place
from calib.store.settle import Blocked, State, read_state, settle
from calib.store.splice import BadText, NotStorable, set_field

LOCK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Saved:
    """Say that an edit is in its file and will survive a power cut."""

    at: datetime
    entry: Entry


@dataclass(frozen=True, slots=True)
class Kept:
    """Say that an edit is safe in the journal but not in its file, and why; it is tried again."""

    reason: str
    entry: Entry


Answer = Saved | Conflict | Kept


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return uuid4().hex


@dataclass(slots=True)
class Edges:
    """Hold what the store takes from the world: the time, new names, patience."""

    now: Callable[[], datetime] = _now
    new_id: Callable[[], str] = _new_id
    lock_seconds: float = LOCK_SECONDS


class Store(FileEdits):
    """Edit an assessment folder on behalf of one author."""

    def __init__(self, folder: Path, author: str, edges: Edges) -> None:
        self.folder = folder
        self.author = author
        self.edges = edges
        self.dot = folder / ".calib"
        self.session = edges.new_id()
        self._journal = Journal(self.dot / "journal", self.session)
        self._readers = Readers(self.dot / "journal")
        self._conflicts = ConflictFile(self.dot / "conflicts.yaml")
        self._guard = threading.RLock()
        self._reasons: dict[str, str] = {}
        self._unnoted: dict[str, Outcome] = {}
        self._done: list[Entry] = []
        self._undone: list[Entry] = []
        self._known: dict[str, str] = {}

    @classmethod
    def open(cls, folder: Path | str, author: str, edges: Edges | None = None) -> Store:
        """Open a folder; edits that still wait in its journals are tried again.

        Raises BadInput where there is no folder, or its format is newer than this program.
        """
        path = Path(folder).resolve()
        if not path.is_dir():
            raise BadInput([Problem(str(folder), "there is no such folder")])
        store = cls(path, author, edges or Edges())
        try:
            store._must_know_format()
        except Blocked as error:
            raise BadInput([Problem(str(folder), str(error))]) from error
        swept = (path / name for name in ("", "case_studies", "controls", "evidence", ".calib"))
        atomic.sweep(swept, store.edges.now().timestamp())
        store.retry()
        store._known = store._hashes()
        return store

    def get(self, file: str, field: str | Place) -> Any:
        """Return what a field holds now, None where nothing stands there; raises BadInput."""
        try:
            return place.get(read_state(self.folder, file).value(), self._place(file, field))
        except Blocked as error:
            raise BadInput([Problem(file, str(error))]) from error

    def set(self, file: str, field: str | Place, seen: Any, new: Any) -> Answer:
        """Change a field from what the editor saw; None removes it.

        Raises CannotWrite where not even the journal can be written (the caller still has the
        text), BadInput where the file, the field or the value is impossible.
        """
        where = self._place(file, field)
        if not where:
            raise BadInput([Problem(file, "name a field", remedy="as criteria.methodology.owner")])
        seen, new = place.plain(seen), place.plain(new)
        self._must_be_storable(file, where, new)
        where, seen, new, bare = self._as_found(file, where, seen, new)
        return self._edit(Kind.EDIT, file, where, seen, new, bare=bare)

    def undo(self, entry: str | None = None) -> Answer | None:
        """Take back this session's last edit, or any entry of the log; None if there is none.

        Where the field has changed since, the answer is a Conflict and the file stays as it is.
        """
        with self._guard:
            found = self._entry(entry) if entry else self._done.pop() if self._done else None
            if found is None:
                return None
            answer = self._edit(
                Kind.UNDO, found.file, found.place, found.new, found.seen,
                ref=found.id, bare=found.bare,
            )  # fmt: skip
            if entry is None and not isinstance(answer, Conflict):
                self._undone.append(found)
            return answer

    def redo(self) -> Answer | None:
        """Do again what `undo` took back last; None if there is nothing."""
        with self._guard:
            if not self._undone:
                return None
            found = self._undone.pop()
            return self._edit(
                Kind.REDO, found.file, found.place, found.seen, found.new,
                ref=found.id, bare=found.bare,
            )  # fmt: skip

    def conflicts(self) -> tuple[Conflict, ...]:
        """List the conflicts that nobody has resolved yet; raises BadInput."""
        try:
            return self._conflicts.read()
        except BadText as error:
            raise BadInput([Problem(str(self._conflicts.path), str(error))]) from error

    def resolve(self, conflict: Conflict, value: Any) -> Answer:
        """Settle a conflict with a value; a new Conflict where the file has changed meanwhile."""
        new = place.plain(value)
        if conflict.place:
            self._must_be_storable(conflict.file, conflict.place, new)
        return self._edit(
            Kind.RESOLVE, conflict.file, conflict.place, conflict.in_file, new, ref=conflict.id
        )

    def waiting(self) -> tuple[tuple[Entry, str], ...]:
        """List the edits of all sessions that are not in their file yet, each with the reason."""
        with contextlib.suppress(CannotWrite):
            self._readers.refresh()
        return tuple((e, self._reasons.get(e.file, "")) for e in self._readers.waiting())

    def retry(self) -> tuple[tuple[Entry, str], ...]:
        """Try again what waits; return what still does."""
        with self._guard, contextlib.suppress(CannotWrite):
            self._readers.refresh()
            if self._readers.waiting():
                self._bring_all("")
        return self.waiting()

    def give_up(self, entry: str) -> None:
        """Leave a waiting edit for good; it stays in the log. Raises CannotWrite."""
        with self._guard, self._locked():
            self._readers.refresh()
            if entry in {e.id for e in self._readers.waiting()}:
                self._note({entry: Outcome.DROPPED})
                if self._unnoted:
                    raise CannotWrite(self._journal.path, "the journal cannot be written")

    def log(
        self, file: str | None = None, field: str | Place | None = None, author: str | None = None
    ) -> tuple[Entry, ...]:
        """List what was done in all sessions, the newest first."""
        where = None if field is None else place.place_of(field)
        return tuple(
            e for e in read_all(self.dot / "journal")
            if file in (None, e.file) and author in (None, e.author)
            and (where is None or e.place[: len(where)] == where)
        )  # fmt: skip

    def changes(self) -> tuple[str, ...]:
        """List the files that others changed, made or removed since the last look, by content."""
        with self._guard:
            before, self._known = self._known, self._hashes()
            known = self._known
            names_ = before.keys() | known.keys()
            return tuple(sorted(n for n in names_ if before.get(n) != known.get(n)))

    # The way of an edit -------------------------------------------------------------------

    def _edit(
        self, kind: Kind, file: str, where: Place, seen: Any, new: Any,
        *, ref: str = "", bare: bool = False,
    ) -> Answer:  # fmt: skip
        with self._guard:
            entry = self._line(kind, file=file, place=where, seen=seen, new=new, ref=ref, bare=bare)
            self._prepare()
            self._journal.append(entry)
            reason = self._bring_all(file)
            answer = self._answer(entry, reason)
            if kind is not Kind.UNDO and not isinstance(answer, Conflict):
                self._done.append(entry if kind is not Kind.REDO else self._entry(ref) or entry)
            if kind not in (Kind.UNDO, Kind.REDO):
                self._undone.clear()
            return answer
