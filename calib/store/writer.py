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
from calib.files.atomic import make_folder, replace_file, wrap_os_errors
from calib.files.regular import read_regular
from calib.model.assessment import FORMAT
from calib.store.apply import EditBlocked, apply_entries, read_content
from calib.store.conflicts import UNKNOWN_AUTHOR, Conflict, ConflictFile
from calib.store.filenames import yaml_files
from calib.store.journal import EntryKind, EntryOutcome, Journal, JournalEntry, JournalReader
from calib.store.transaction import finish_transaction, is_transaction_unfinished
from calib.yamledit.fieldpath import FieldPath

LOCK_SECONDS = 5.0
_POLL_SECONDS = 0.005
_HEADER = "assessment.yaml"


@dataclass(frozen=True, slots=True)
class Saved:
    """Say that an edit is in its file and outlives a power cut."""

    at: datetime
    entry: JournalEntry


@dataclass(frozen=True, slots=True)
class Pending:
    """Say that an edit is safe in the journal but not in its file, and why; it is tried again."""

    reason: str
    entry: JournalEntry


EditResult = Saved | Conflict | Pending


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return uuid4().hex


@dataclass(frozen=True, slots=True)
class StoreEnvironment:
    """Hold what the store takes from the world: the time, a name for the session, patience."""

    now: Callable[[], datetime] = _now
    new_id: Callable[[], str] = _new_id
    lock_seconds: float = LOCK_SECONDS


@dataclass(frozen=True, slots=True)
class EditRequest:
    """Hold what shall be done: at a place in a file, what was seen becomes the new value."""

    kind: EntryKind
    file: str
    place: FieldPath
    seen: Any
    new: Any
    ref: str = ""
    bare: bool = False


class FolderWriter:
    """Carry the edits of one session, and those that others left waiting, into their files."""

    def __init__(self, folder: Path, author: str, environment: StoreEnvironment) -> None:
        self.folder = folder
        self.internal_folder = folder / ".calib"
        self.author = author
        self.environment = environment
        self.thread_lock = threading.RLock()
        self.journal = Journal(self.internal_folder / "journal", environment.new_id())
        self.journal_reader = JournalReader(self.internal_folder / "journal")
        self.conflicts = ConflictFile(self.internal_folder / "conflicts.yaml")
        self.blocked_reasons: dict[str, str] = {}
        self.known_hashes: dict[str, str] = {}
        self._unlogged: dict[str, EntryOutcome] = {}

    def write_edit(self, edit: EditRequest) -> EditResult:
        """Bring one edit into the journal, then into its file. Raises CannotWrite."""
        with self.thread_lock:
            entry = self._new_entry(edit)
            with wrap_os_errors(self.internal_folder):
                self.ensure_journal_folder()
                self.journal.append(entry)
            reason = self.apply_pending(edit.file)
            outcome = self.journal_reader.outcome(entry.id)
            if outcome is EntryOutcome.SAVED:
                return Saved(self.environment.now(), replace(entry, outcome=outcome))
            if outcome is EntryOutcome.CONFLICT:
                return self._find_conflict(entry)
            return Pending(reason or "not yet in its file", entry)

    def record(self, edit: EditRequest) -> Saved:
        """Log what is done already."""
        entry = self._new_entry(edit)
        self.journal.append(entry)
        return Saved(self.environment.now(), replace(entry, outcome=EntryOutcome.SAVED))

    def apply_pending(self, first: str) -> str:
        """Settle whatever waits in any journal; return why a file's edits still wait."""
        try:
            with wrap_os_errors(self.folder), self.locked():
                finish_transaction(self.folder)
                self.check_format()
                self._log_outcomes({})
                self.journal_reader.refresh()
                waiting = self.journal_reader.waiting()
                for file in sorted({e.file for e in waiting}, key=lambda f: (f != first, f)):
                    self._apply_to_file(file, tuple(e for e in waiting if e.file == file))
        except (EditBlocked, CannotWrite) as error:
            return str(error)
        return self.blocked_reasons.get(first, "")

    def discard(self, entry: str) -> None:
        """Leave a waiting edit for good. Raises CannotWrite."""
        with self.thread_lock, wrap_os_errors(self.folder), self.locked():
            self.journal_reader.refresh()
            if entry in {e.id for e in self.journal_reader.waiting()}:
                self.ensure_journal_folder()
                self.journal.append(self._outcome_entry({entry: EntryOutcome.DROPPED}))
                self.journal_reader.record({entry: EntryOutcome.DROPPED})

    def ensure_journal_folder(self) -> None:
        """Make the folder of the journals; raises CannotWrite where the assessment is gone."""
        if not (self.folder / _HEADER).exists() and not self.internal_folder.exists():
            raise CannotWrite(self.folder, "the folder is gone, or holds no assessment")
        if not self.internal_folder.exists():
            make_folder(self.internal_folder)
            # Drafts and names of people have no place in a repository that others may read.
            replace_file(self.internal_folder / ".gitignore", b"*\n")
        make_folder(self.internal_folder / "journal")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder's lock; raises CannotWrite where it cannot be had in time."""
        path = self.internal_folder / "lock"
        # A soft lock would outlive a kill; better no lock, and the edit waits.
        lock = FileLock(
            path,
            timeout=self.environment.lock_seconds,
            poll_interval=_POLL_SECONDS,
            fallback_to_soft=False,
        )
        try:
            lock.acquire()
        except Timeout as error:
            seconds = f"{self.environment.lock_seconds:g} s"
            raise CannotWrite(path, f"another program has held the lock for {seconds}") from error
        except (OSError, NotImplementedError) as error:
            reason = error if isinstance(error, OSError) else str(error)
            raise CannotWrite(path, reason) from error
        try:
            yield
        finally:
            lock.release()

    def check_format(self) -> None:
        """Raise Blocked where the folder is of a newer format, which must not be touched."""
        try:
            value = read_content(self.folder, _HEADER).value()
        except EditBlocked:
            return  # a broken header blocks edits of the header, not of the other files
        number = value.get("format") if isinstance(value, dict) else None
        if isinstance(number, int) and number > FORMAT:
            raise EditBlocked(
                f"{self.folder.name}/{_HEADER}: format {number} is newer than this program, "
                f"which writes {FORMAT}; install a newer calib"
            )

    def has_pending(self) -> bool:
        """Say whether something waits, or the journal lacks what became of it."""
        return bool(self._unlogged or self.journal_reader.waiting())

    def hash_files(self) -> dict[str, str]:
        """Return the hash of every YAML file of the folder."""
        found = {}
        for path in yaml_files(self.folder):
            with suppress(OSError):
                found[path.relative_to(self.folder).as_posix()] = _hash(read_regular(path))
        return found

    def _new_entry(self, edit: EditRequest) -> JournalEntry:
        return JournalEntry(
            session=self.journal.session,
            sequence=self.journal.next_sequence(),
            time=self.environment.now().isoformat(),
            author=self.author,
            kind=edit.kind,
            file=edit.file,
            place=edit.place,
            seen=edit.seen,
            new=edit.new,
            ref=edit.ref,
            bare=edit.bare,
        )

    def _apply_to_file(self, file: str, entries: tuple[JournalEntry, ...]) -> None:
        try:
            with wrap_os_errors(self.folder / file):
                before, batch = apply_entries(self.folder, self.internal_folder, file, entries)
        except (EditBlocked, CannotWrite) as error:
            self.blocked_reasons[file] = str(error)
            return
        self.blocked_reasons[file] = batch.blocked
        own = all(e.session == self.journal.session for e in entries)
        if own and self.known_hashes.get(file, "") == _hash(before.data()):
            self._remember_hash(file, batch.state.data())
        self._log_outcomes(batch.outcomes)

    def _remember_hash(self, file: str, data: bytes | None) -> None:
        if data is None:
            self.known_hashes.pop(file, None)
        else:
            self.known_hashes[file] = _hash(data)

    def _log_outcomes(self, outcomes: dict[str, EntryOutcome]) -> None:
        """Write down what became of entries; where that fails, with the next note."""
        self.journal_reader.record(outcomes)
        self._unlogged.update(outcomes)
        if not self._unlogged:
            return
        with suppress(CannotWrite), wrap_os_errors(self.internal_folder):
            self.ensure_journal_folder()
            self.journal.append(self._outcome_entry(self._unlogged))
            self._unlogged.clear()

    def _outcome_entry(self, outcomes: dict[str, EntryOutcome]) -> JournalEntry:
        return JournalEntry(
            session=self.journal.session,
            sequence=self.journal.next_sequence(),
            time=self.environment.now().isoformat(),
            author=self.author,
            kind=EntryKind.SETTLED,
            outcomes={k: str(v) for k, v in outcomes.items()},
        )

    def _find_conflict(self, entry: JournalEntry) -> Conflict:
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
            in_file_by=UNKNOWN_AUTHOR,
            set_aside=entry.new,
            set_aside_by=entry.author,
            time=entry.time,
            kind=str(entry.kind),
        )


@contextmanager
def locked_for_change(folder: Path) -> Iterator[None]:
    """Hold a folder's lock, to change what does not go through the journal.

    A swap that was cut off is completed first. Raises BadInput where the format is newer than this
    program, and CannotWrite.
    """
    writer = FolderWriter(folder, "", StoreEnvironment())
    with wrap_os_errors(folder):
        writer.ensure_journal_folder()
    with wrap_os_errors(folder), writer.locked():
        finish_transaction(folder)
        try:
            writer.check_format()
        except EditBlocked as error:
            raise BadInput([Problem(folder.name, str(error))]) from error
        yield


def finish_interrupted(folder: Path) -> None:
    """Complete a swap that was cut off, before files that belong together are read.

    Nothing is locked or written where there is none. Raises CannotWrite.
    """
    if is_transaction_unfinished(folder):
        with wrap_os_errors(folder), FolderWriter(folder, "", StoreEnvironment()).locked():
            finish_transaction(folder)


def _hash(data: bytes | None) -> str:
    return "" if data is None else hashlib.sha256(data).hexdigest()
