"""Savers as they are usually written: each one must fail at least one check."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from calib.files import atomic
from calib.store import apply, journal, session, transaction, writer
from calib.store.journal import EntryKind, EntryOutcome, Journal
from calib.store.writer import FolderWriter, Pending, Saved
from calib.yamledit import edit as yaml_edit
from calib.yamledit import fieldpath


def no_file_flush() -> None:
    """The new file is renamed before its bytes are on the disk."""

    def write_new(temporary: Path, data: bytes, like: Path) -> None:
        handle = os.open(temporary, atomic._FLAGS, 0o666)
        atomic.write_all(handle, data)
        os.close(handle)

    atomic._write_temporary = write_new


def no_folder_flush() -> None:
    """The new name of the file may be forgotten in a power cut."""
    atomic.fsync_folder = journal.fsync_folder = lambda folder: None


def no_journal_flush() -> None:
    """The journal is in memory only when the edit goes on."""

    def append(self: Journal, handle: int, line: bytes) -> None:
        atomic.write_all(handle, line)

    Journal._append = append


def truncate_in_place() -> None:
    """The file is emptied, then written."""

    def replace_file(path: Path, data: bytes) -> None:
        with atomic.wrap_os_errors(path):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            atomic.write_all(handle, data)
            os.fsync(handle)
            os.close(handle)

    apply.replace_file = transaction.replace_file = writer.replace_file = replace_file


def fixed_temporary_name() -> None:
    """What one kill leaves blocks everybody from then on."""

    class Fixed:
        @staticmethod
        def token_hex(size: int) -> str:
            return "0"

    atomic.secrets = Fixed


def no_lock() -> None:
    """Two programs read, then both write."""

    @contextmanager
    def locked(self: FolderWriter) -> Iterator[None]:
        yield

    FolderWriter.locked = locked


def compares_mtime() -> None:
    """A change within the same tick, or with the time put back, is not seen."""
    names = writer.yaml_files
    FolderWriter.hash_files = lambda self: {
        p.relative_to(self.folder).as_posix(): str(p.stat().st_mtime_ns) for p in names(self.folder)
    }
    FolderWriter._remember_hash = lambda self, file, data: self.known_hashes.update(
        {file: self.hash_files()[file]}
    )


def stale_document() -> None:
    """The whole document is saved from what was read at the start."""
    read, held = apply.read_content, {}

    def read_state(folder: Path, file: str) -> apply.FileContent:
        return held.get((folder, file)) or held.setdefault((folder, file), read(folder, file))

    def keep(path: Path, data: bytes, folder: Path) -> None:
        atomic.replace_file(path, data)
        file = path.relative_to(folder).as_posix()
        held[folder, file] = apply.FileContent(file, data.decode())

    apply.read_content, apply._write_file = read_state, keep


def journal_afterwards() -> None:
    """The edit is written down only when it is in its file."""

    def carry(self: FolderWriter, edit: writer.EditRequest) -> Saved | Pending:
        entry = self._new_entry(edit)
        self.ensure_journal_folder()
        with self.locked():
            self._apply_to_file(edit.file, (entry,))
        if self.journal_reader.outcome(entry.id) is not EntryOutcome.SAVED:
            return Pending(self.blocked_reasons.get(edit.file, ""), entry)
        self.journal.append(entry)
        return Saved(self.environment.now(), entry)

    FolderWriter.write_edit = carry


def ignores_seen() -> None:
    """The last one to save wins."""
    fieldpath.is_equal_when_shown = lambda one, other: True


def no_retry() -> None:
    """What waits in the journal is forgotten when the program ends."""
    session.Store.retry = lambda self: ()


def edits_are_added() -> None:
    """An edit is done again after a kill, whether it was done or not."""
    applied = apply._apply_entry

    def again(state: apply.FileContent, entry: journal.JournalEntry):
        now = fieldpath.get_at(state.value(), entry.place)
        if entry.kind is EntryKind.EDIT and isinstance(now, int) and isinstance(entry.seen, int):
            text = yaml_edit.set_field(state.text, entry.place, now + entry.new - entry.seen).text
            return now, apply.FileContent(state.name, text)
        return applied(state, entry)

    apply._apply_entry = again


DEFECTS: dict[str, Callable[[], None]] = {
    f.__name__: f
    for f in (
        no_file_flush, no_folder_flush, no_journal_flush, truncate_in_place, fixed_temporary_name,
        no_lock, compares_mtime, stale_document, journal_afterwards, ignores_seen, no_retry,
        edits_are_added,
    )
}  # fmt: skip

CAUGHT_BY = {
    "no_file_flush": "order",
    "no_folder_flush": "order",
    "no_journal_flush": "order",
    "truncate_in_place": "faults",
    "fixed_temporary_name": "faults",
    "no_lock": "workshop",
    "compares_mtime": "outside",
    "stale_document": "outside",
    "journal_afterwards": "kept",
    "ignores_seen": "fight",
    "no_retry": "kept",
    "edits_are_added": "faults",
}
