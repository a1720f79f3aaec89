"""Write edits: append to the journal, take the folder's lock, apply, and record the outcome.

Crash points, in order:

* Before the journal entry is durable: the edit is lost, and the caller gets CannotWrite or dies.
* After it: the edit is pending. The next save or open of any program applies it.
* After the file is written, before the outcome is logged: the entry is applied again, finds its
  value in the file and changes nothing (see `apply`).

So an edit that was acknowledged as `Saved` is in the journal and in the file, both fsynced.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from calib.errors import BadInput, CannotWrite, Problem
from calib.files.atomic import make_folder, replace_file, wrap_os_errors
from calib.files.regular import read_regular
from calib.files.strict_yaml import FieldPath, PlainValue
from calib.model.assessment import FORMAT
from calib.store.apply import EditBlocked, apply_entries, read_content
from calib.store.conflicts import UNKNOWN_AUTHOR, Conflict, ConflictFile
from calib.store.filenames import yaml_files
from calib.store.journal import EntryKind, EntryOutcome, Journal, JournalEntry, JournalReader
from calib.store.lock import hold_lock
from calib.store.transaction import finish_transaction, is_transaction_unfinished
from calib.yamledit.edit import InvalidYaml

LOCK_SECONDS = 5.0
_HEADER = "assessment.yaml"


@dataclass(frozen=True, slots=True)
class Saved:
    """The edit is in its file, durably."""

    at: datetime
    entry: JournalEntry


@dataclass(frozen=True, slots=True)
class Pending:
    """The edit is in the journal but not yet in its file, with the reason; it is tried again."""

    reason: str
    entry: JournalEntry


EditResult = Saved | Conflict | Pending


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return uuid4().hex


@dataclass(frozen=True, slots=True)
class StoreEnvironment:
    """What the store takes from its environment: the clock, session ids, the lock timeout."""

    now: Callable[[], datetime] = _now
    new_id: Callable[[], str] = _new_id
    lock_seconds: float = LOCK_SECONDS


@dataclass(frozen=True, slots=True)
class EditRequest:
    """A requested change: at a field of a file, the value seen becomes the new value."""

    kind: EntryKind
    file: str
    place: FieldPath
    seen: PlainValue
    new: PlainValue
    ref: str = ""
    """As in `JournalEntry`."""
    bare: bool = False
    """As in `JournalEntry`."""


class FolderWriter:
    """Write the edits of one session, and apply the pending edits of all sessions.

    `thread_lock` protects the object against other threads of this program, `locked()` the folder
    against other programs. They are always taken in this order.
    """

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
        """Why the edits of a file are pending, by file."""
        self.known_hashes: dict[str, str] = {}
        """Hashes of the files as this session knows them, to notice changes by others."""
        self._unlogged: dict[str, EntryOutcome] = {}
        """Outcomes that could not be written to the journal yet."""

    def write_edit(self, edit: EditRequest) -> EditResult:
        """Append an edit to the journal, then apply it to its file.

        Raises CannotWrite if the journal cannot be written; then nothing was changed.
        """
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
            return Pending(reason or "not in its file yet", entry)

    def log_done(self, edit: EditRequest) -> Saved:
        """Append an entry for something that is done already. Raises CannotWrite."""
        entry = self._new_entry(edit)
        self.journal.append(entry)
        return Saved(self.environment.now(), replace(entry, outcome=EntryOutcome.SAVED))

    def apply_pending(self, first: str) -> str:
        """Apply the pending edits of all sessions; return why those of file `first` are pending.

        Its edits are applied first, since its user is waiting.
        """
        try:
            with wrap_os_errors(self.folder), self.locked():
                finish_transaction(self.folder)
                self.check_format()
                self._log_outcomes({})  # those that an earlier call could not write
                self.journal_reader.refresh()
                pending = self.journal_reader.pending()
                for file in sorted({e.file for e in pending}, key=lambda f: (f != first, f)):
                    self._apply_to_file(file, tuple(e for e in pending if e.file == file))
        except (EditBlocked, CannotWrite) as error:
            return str(error)
        return self.blocked_reasons.get(first, "")

    def discard(self, entry_id: str) -> None:
        """Drop a pending edit; its entry stays in the journal. Raises CannotWrite."""
        with self.thread_lock, wrap_os_errors(self.folder), self.locked():
            self.journal_reader.refresh()
            # Under the lock and read anew: another program may have applied it in the meantime.
            if entry_id in {e.id for e in self.journal_reader.pending()}:
                self.ensure_journal_folder()
                self.journal.append(self._outcome_entry({entry_id: EntryOutcome.DROPPED}))
                self.journal_reader.add_outcomes({entry_id: EntryOutcome.DROPPED})

    def ensure_journal_folder(self) -> None:
        """Create the folder of the journals; raises CannotWrite if the assessment is gone."""
        if not (self.folder / _HEADER).exists() and not self.internal_folder.exists():
            raise CannotWrite(self.folder, "the folder was removed, or is not an assessment")
        if not self.internal_folder.exists():
            make_folder(self.internal_folder)
            # Drafts and people's names do not belong in a repository that others can read.
            replace_file(self.internal_folder / ".gitignore", b"*\n")
        make_folder(self.internal_folder / "journal")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder's lock; raises CannotWrite if it is not available in time."""
        with hold_lock(self.internal_folder / "lock", self.environment.lock_seconds):
            yield

    def check_format(self) -> None:
        """Raise EditBlocked if the folder has a newer format than this program can write."""
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
        """Return whether an edit is pending, or an outcome is not in the journal yet."""
        return bool(self._unlogged or self.journal_reader.pending())

    def hash_files(self) -> dict[str, str]:
        """Return the hash of every readable YAML file of the folder, by name."""
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
                before, edits = apply_entries(self.folder, self.internal_folder, file, entries)
        except (EditBlocked, CannotWrite) as error:
            self.blocked_reasons[file] = str(error)
            return
        self.blocked_reasons[file] = edits.blocked
        # The session knows a file that only it has changed since it last looked; anything else is
        # reported by `Store.external_changes`.
        own = all(e.session == self.journal.session for e in entries)
        if own and self.known_hashes.get(file, "") == _hash(before.data()):
            self._remember_hash(file, edits.content.data())
        self._log_outcomes(edits.outcomes)

    def _remember_hash(self, file: str, data: bytes | None) -> None:
        if data is None:
            self.known_hashes.pop(file, None)
        else:
            self.known_hashes[file] = _hash(data)

    def _log_outcomes(self, outcomes: dict[str, EntryOutcome]) -> None:
        """Record outcomes in memory and in the journal; on failure the journal gets them next time.

        Without its outcome an entry is applied again: it finds its value in the file, or becomes a
        conflict.
        """
        self.journal_reader.add_outcomes(outcomes)
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
        with suppress(InvalidYaml):  # the file may have been broken by hand since
            for conflict in self.conflicts.read():
                if conflict.id == entry.id:
                    return conflict
        # Another program has resolved it since the lock was released.
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
    """Hold a folder's lock for a change that does not go through the journal.

    An interrupted transaction is completed first. Raises CannotWrite, and BadInput if the format is
    newer than this program.
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
    """Complete an interrupted transaction, so that the files of a folder can be read together.

    Without one, nothing is locked or written. Raises CannotWrite.
    """
    if is_transaction_unfinished(folder):
        with wrap_os_errors(folder), FolderWriter(folder, "", StoreEnvironment()).locked():
            finish_transaction(folder)


def _hash(data: bytes | None) -> str:
    return "" if data is None else hashlib.sha256(data).hexdigest()
