"""The way of an edit: into the journal, under the lock, into the file, and the answer."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from filelock import FileLock, Timeout

from calib.errors import BadInput, CannotWrite, Problem
from calib.files.atomic import make_folder, naming, replace_file
from calib.files.regular import read_regular
from calib.model.assessment import FORMAT
from calib.store.apply import Blocked, read_state, settle
from calib.store.conflicts import OUTSIDE, Conflict, ConflictFile
from calib.store.filenames import yaml_files
from calib.store.journal import Entry, Journal, Kind, Outcome, Readers
from calib.store.transaction import finish, is_unfinished
from calib.yamledit.fieldpath import Place

LOCK_SECONDS = 5.0
_POLL_SECONDS = 0.005
_HEADER = "assessment.yaml"


@dataclass(frozen=True, slots=True)
class Saved:
    """Say that an edit is in its file and outlives a power cut."""

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


@dataclass(frozen=True, slots=True)
class Edges:
    """Hold what the store takes from the world: the time, a name for the session, patience."""

    now: Callable[[], datetime] = _now
    new_id: Callable[[], str] = _new_id
    lock_seconds: float = LOCK_SECONDS


@dataclass(frozen=True, slots=True)
class Edit:
    """Hold what shall be done: at a place in a file, what was seen becomes the new value."""

    kind: Kind
    file: str
    place: Place
    seen: Any
    new: Any
    ref: str = ""
    bare: bool = False


class Writer:
    """Carry the edits of one session, and those that others left waiting, into their files."""

    def __init__(self, folder: Path, author: str, edges: Edges) -> None:
        self.folder = folder
        self.dot = folder / ".calib"
        self.author = author
        self.edges = edges
        self.guard = threading.RLock()
        self.journal = Journal(self.dot / "journal", edges.new_id())
        self.readers = Readers(self.dot / "journal")
        self.conflicts = ConflictFile(self.dot / "conflicts.yaml")
        self.reasons: dict[str, str] = {}
        self.known: dict[str, str] = {}
        self._unnoted: dict[str, Outcome] = {}

    def carry(self, edit: Edit) -> Answer:
        """Bring one edit into the journal, then into its file. Raises CannotWrite."""
        with self.guard:
            entry = self._line(edit)
            with naming(self.dot):
                self.prepare()
                self.journal.append(entry)
            reason = self.bring_all(edit.file)
            outcome = self.readers.outcome(entry.id)
            if outcome is Outcome.SAVED:
                return Saved(self.edges.now(), replace(entry, outcome=outcome))
            if outcome is Outcome.CONFLICT:
                return self._conflict(entry)
            return Kept(reason or "not yet in its file", entry)

    def record(self, edit: Edit) -> Saved:
        """Log what is done already."""
        entry = self._line(edit)
        self.journal.append(entry)
        return Saved(self.edges.now(), replace(entry, outcome=Outcome.SAVED))

    def bring_all(self, first: str) -> str:
        """Settle whatever waits in any journal; return why a file's edits still wait."""
        try:
            with naming(self.folder), self.locked():
                finish(self.folder)
                self.must_know_format()
                self._note({})
                self.readers.refresh()
                waiting = self.readers.waiting()
                for file in sorted({e.file for e in waiting}, key=lambda f: (f != first, f)):
                    self._bring(file, tuple(e for e in waiting if e.file == file))
        except (Blocked, CannotWrite) as error:
            return str(error)
        return self.reasons.get(first, "")

    def give_up(self, entry: str) -> None:
        """Leave a waiting edit for good. Raises CannotWrite."""
        with self.guard, naming(self.folder), self.locked():
            self.readers.refresh()
            if entry in {e.id for e in self.readers.waiting()}:
                self.prepare()
                self.journal.append(self._settled({entry: Outcome.DROPPED}))
                self.readers.record({entry: Outcome.DROPPED})

    def prepare(self) -> None:
        """Make the folder of the journals; raises CannotWrite where the assessment is gone."""
        if not (self.folder / _HEADER).exists() and not self.dot.exists():
            raise CannotWrite(self.folder, "the folder is gone, or holds no assessment")
        if not self.dot.exists():
            make_folder(self.dot)
            # Drafts and names of people have no place in a repository that others may read.
            replace_file(self.dot / ".gitignore", b"*\n")
        make_folder(self.dot / "journal")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder's lock; raises CannotWrite where it cannot be had in time."""
        path = self.dot / "lock"
        # A soft lock would outlive a kill; better no lock, and the edit waits.
        lock = FileLock(
            path,
            timeout=self.edges.lock_seconds,
            poll_interval=_POLL_SECONDS,
            fallback_to_soft=False,
        )
        try:
            lock.acquire()
        except Timeout as error:
            seconds = f"{self.edges.lock_seconds:g} s"
            raise CannotWrite(path, f"another program has held the lock for {seconds}") from error
        except (OSError, NotImplementedError) as error:
            reason = error if isinstance(error, OSError) else str(error)
            raise CannotWrite(path, reason) from error
        try:
            yield
        finally:
            lock.release()

    def must_know_format(self) -> None:
        """Raise Blocked where the folder is of a newer format, which must not be touched."""
        try:
            value = read_state(self.folder, _HEADER).value()
        except Blocked:
            return  # a broken header blocks edits of the header, not of the other files
        number = value.get("format") if isinstance(value, dict) else None
        if isinstance(number, int) and number > FORMAT:
            raise Blocked(
                f"{self.folder.name}/{_HEADER}: format {number} is newer than this program, "
                f"which writes {FORMAT}; install a newer calib"
            )

    def is_behind(self) -> bool:
        """Say whether something waits, or the journal lacks what became of it."""
        return bool(self._unnoted or self.readers.waiting())

    def hashes(self) -> dict[str, str]:
        """Return the hash of every YAML file of the folder."""
        found = {}
        for path in yaml_files(self.folder):
            with suppress(OSError):
                found[path.relative_to(self.folder).as_posix()] = _hash(read_regular(path))
        return found

    def _line(self, edit: Edit) -> Entry:
        return Entry(
            session=self.journal.session,
            sequence=self.journal.next_sequence(),
            time=self.edges.now().isoformat(),
            author=self.author,
            kind=edit.kind,
            file=edit.file,
            place=edit.place,
            seen=edit.seen,
            new=edit.new,
            ref=edit.ref,
            bare=edit.bare,
        )

    def _bring(self, file: str, entries: tuple[Entry, ...]) -> None:
        try:
            with naming(self.folder / file):
                before, batch = settle(self.folder, self.dot, file, entries)
        except (Blocked, CannotWrite) as error:
            self.reasons[file] = str(error)
            return
        self.reasons[file] = batch.blocked
        own = all(e.session == self.journal.session for e in entries)
        if own and self.known.get(file, "") == _hash(before.data()):
            self._know(file, batch.state.data())
        self._note(batch.outcomes)

    def _know(self, file: str, data: bytes | None) -> None:
        if data is None:
            self.known.pop(file, None)
        else:
            self.known[file] = _hash(data)

    def _note(self, outcomes: dict[str, Outcome]) -> None:
        """Write down what became of entries; where that fails, with the next note."""
        self.readers.record(outcomes)
        self._unnoted.update(outcomes)
        if not self._unnoted:
            return
        with suppress(CannotWrite), naming(self.dot):
            self.prepare()
            self.journal.append(self._settled(self._unnoted))
            self._unnoted.clear()

    def _settled(self, outcomes: dict[str, Outcome]) -> Entry:
        return Entry(
            session=self.journal.session,
            sequence=self.journal.next_sequence(),
            time=self.edges.now().isoformat(),
            author=self.author,
            kind=Kind.SETTLED,
            outcomes={k: str(v) for k, v in outcomes.items()},
        )

    def _conflict(self, entry: Entry) -> Conflict:
        with suppress(Exception):
            for one in self.conflicts.read():
                if one.id == entry.id:
                    return one
        # Somebody has resolved it already, between the lock and this look.
        return Conflict(
            id=entry.id,
            file=entry.file,
            place=entry.place,
            in_file=None,
            in_file_by=OUTSIDE,
            set_aside=entry.new,
            set_aside_by=entry.author,
            time=entry.time,
            kind=str(entry.kind),
        )


@contextmanager
def changing(folder: Path) -> Iterator[None]:
    """Hold a folder's lock, to change what does not go through the journal.

    A swap that was cut off is completed first. Raises BadInput where the format is newer than this
    program, and CannotWrite.
    """
    writer = Writer(folder, "", Edges())
    with naming(folder):
        writer.prepare()
    with naming(folder), writer.locked():
        finish(folder)
        try:
            writer.must_know_format()
        except Blocked as error:
            raise BadInput([Problem(folder.name, str(error))]) from error
        yield


def complete(folder: Path) -> None:
    """Complete a swap that was cut off, before files that belong together are read.

    Nothing is locked or written where there is none. Raises CannotWrite.
    """
    if is_unfinished(folder):
        with naming(folder), Writer(folder, "", Edges()).locked():
            finish(folder)


def _hash(data: bytes | None) -> str:
    return "" if data is None else hashlib.sha256(data).hexdigest()
