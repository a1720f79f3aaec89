"""The one door through which an assessment folder is changed, one field at a time.

An edit is on disk in the session's journal before anything else happens, and is called saved only
when the file holds it too. What cannot be written now waits in the journal and is tried again.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from calib.errors import BadInput, CannotWrite, Problem
from calib.files.atomic import remove_stale_temporaries, wrap_os_errors
from calib.store.apply import EditBlocked, read_content
from calib.store.conflicts import Conflict
from calib.store.filenames import is_sync_copy, yaml_files, yaml_path
from calib.store.journal import (
    RECORD_KINDS,
    EntryKind,
    JournalEntry,
    read_journals,
    unreadable_journals,
)
from calib.store.transaction import finish_transaction, is_transaction_unfinished
from calib.store.uploads import add_upload, check_new_text, check_removable
from calib.store.writer import (
    EditRequest,
    EditResult,
    FolderWriter,
    Pending,
    Saved,
    StoreEnvironment,
)
from calib.yamledit import fieldpath
from calib.yamledit.edit import InvalidYaml, NotStorableValue, set_field
from calib.yamledit.fieldpath import FieldPath

_SWEPT = ("", "case_studies", "controls", "evidence", ".calib", ".calib/removed")


class Store:
    """Edit an assessment folder on behalf of one author, in one session."""

    def __init__(self, writer: FolderWriter) -> None:
        self._writer = writer
        self._done: list[JournalEntry] = []
        self._undone: list[JournalEntry] = []

    @classmethod
    def open(
        cls, folder: Path | str, author: str, environment: StoreEnvironment | None = None
    ) -> Store:
        """Open a folder; edits that still wait in its journals are tried again.

        Nothing is written unless something waits. Raises BadInput where there is no folder, or
        its format is newer than this program.
        """
        path = Path(folder).resolve()
        if not path.is_dir():
            raise BadInput([Problem(str(folder), "there is no such folder")])
        writer = FolderWriter(path, author, environment or StoreEnvironment())
        try:
            writer.check_format()
        except EditBlocked as error:
            raise BadInput([Problem(str(folder), str(error))]) from error
        if is_transaction_unfinished(path):
            with writer.locked():
                finish_transaction(path)
        rooms = (*(path / name for name in _SWEPT), *path.glob("ballots/*"))
        remove_stale_temporaries(iter(rooms), writer.environment.now().timestamp())
        store = cls(writer)
        store.retry()
        writer.known_hashes = writer.hash_files()
        return store

    @property
    def folder(self) -> Path:
        """Return the folder."""
        return self._writer.folder

    @property
    def session(self) -> str:
        """Return the name of this session and its journal."""
        return self._writer.journal.session

    def get(self, file: str, field: str | FieldPath = ()) -> Any:
        """Return what a field holds now, None where nothing stands there; raises BadInput."""
        where = self._place(file, field)
        try:
            return fieldpath.get_at(read_content(self.folder, file).value(), where)
        except EditBlocked as error:
            raise BadInput([Problem(file, str(error))]) from error

    def set(self, file: str, field: str | FieldPath, seen: Any, new: Any) -> EditResult:
        """Change a field from what the editor saw; None removes it.

        Raises CannotWrite where not even the journal can be written (the caller still has the
        text), BadInput where the file, the field or the value is impossible.
        """
        where = self._place(file, field)
        if not where:
            raise BadInput([Problem(file, "no field is named", remedy="as profile.partner")])
        if (file, where) == ("assessment.yaml", ("format",)):
            raise BadInput([Problem(file, "only a migration changes it", place="format")])
        edit = EditRequest(
            EntryKind.EDIT, file, where, fieldpath.to_plain(seen), fieldpath.to_plain(new)
        )
        self._must_be_storable(edit)
        return self._write(self._as_found(edit))

    def create(self, file: str, text: str) -> EditResult:
        """Make a YAML file, such as a new case study; a Conflict where there is another."""
        yaml_path(self.folder, file)
        return self._write(
            EditRequest(EntryKind.CREATE, file, (), None, check_new_text(file, text))
        )

    def remove(self, file: str) -> EditResult:
        """Move a YAML file out of sight, into `.calib/removed/`; `undo` brings it back."""
        seen = check_removable(self.folder, file)
        return self._write(EditRequest(EntryKind.REMOVE, file, (), seen, None))

    def add_file(self, name: str, data: bytes) -> Saved:
        """Put a file into evidence/ under a safe, free name, which is the entry's `file`.

        Nothing is ever overwritten. Raises CannotWrite.
        """
        with self._writer.thread_lock:
            return add_upload(self._writer, name, data)

    def log_fill(self, file: str, told: dict[str, str]) -> Saved:
        """Write into the log what was filled in against a gate, and why; raises CannotWrite."""
        with self._writer.thread_lock, wrap_os_errors(self.folder):
            self._writer.ensure_journal_folder()
            return self._writer.record(
                EditRequest(EntryKind.FILL, file, (), None, fieldpath.to_plain(told))
            )

    def undo(self, entry: str | None = None) -> EditResult | None:
        """Take back this session's last edit, or any entry of the log; None if there is none.

        Where the field has changed since, the answer is a Conflict and the file stays as it is.
        """
        with self._writer.thread_lock:
            found = self._entry(entry) if entry else self._done[-1] if self._done else None
            if found is None:
                return None
            answer = self._writer.write_edit(_reverse_edit(found))
            if entry is None:
                self._done.pop()
                if not isinstance(answer, Conflict):
                    self._undone.append(found)
            return answer

    def redo(self) -> EditResult | None:
        """Do again what `undo` took back last; None if there is nothing."""
        with self._writer.thread_lock:
            if not self._undone:
                return None
            found = self._undone[-1]
            edit = EditRequest(
                EntryKind.REDO, found.file, found.place, found.seen, found.new, found.id
            )
            answer = self._writer.write_edit(edit)
            self._undone.pop()
            if not isinstance(answer, Conflict):
                self._done.append(found)
            return answer

    def conflicts(self) -> tuple[Conflict, ...]:
        """List the conflicts that nobody has resolved yet; raises BadInput."""
        try:
            return self._writer.conflicts.read()
        except InvalidYaml as error:
            raise BadInput([Problem(".calib/conflicts.yaml", str(error))]) from error

    def resolve(self, conflict: Conflict, value: Any) -> EditResult:
        """Settle a conflict with a value; a new Conflict where the file has changed meanwhile."""
        edit = EditRequest(
            EntryKind.RESOLVE,
            conflict.file,
            conflict.place,
            conflict.in_file,
            fieldpath.to_plain(value),
            ref=conflict.id,
        )
        self._must_be_storable(edit)
        return self._write(edit)

    def pending(self) -> tuple[Pending, ...]:
        """List the edits of all sessions that are not in their file yet, each with the reason."""
        with self._writer.thread_lock, suppress(CannotWrite):
            self._writer.journal_reader.refresh()
        reasons = self._writer.blocked_reasons
        return tuple(
            Pending(reasons.get(e.file, ""), e) for e in self._writer.journal_reader.waiting()
        )

    def retry(self) -> tuple[Pending, ...]:
        """Try again what waits; return what still does."""
        with self._writer.thread_lock:
            if self.pending() or self._writer.has_pending():
                self._writer.apply_pending("")
        return self.pending()

    def discard(self, entry: str) -> None:
        """Leave a waiting edit for good; it stays in the log. Raises CannotWrite."""
        self._writer.discard(entry)

    def log(
        self,
        file: str | None = None,
        field: str | FieldPath | None = None,
        author: str | None = None,
    ) -> tuple[JournalEntry, ...]:
        """List what was done in all sessions, the newest first."""
        where = () if field is None else fieldpath.parse_field_path(field)
        return tuple(
            e
            for e in read_journals(self._writer.internal_folder / "journal")
            if file in (None, e.file)
            and author in (None, e.author)
            and e.place[: len(where)] == where
        )

    def unreadable_journals(self) -> tuple[Problem, ...]:
        """List the journals that `log` lacks because they cannot be read."""
        return unreadable_journals(self._writer.internal_folder / "journal")

    def external_changes(self) -> tuple[str, ...]:
        """List the files that others changed, made or removed since the last look, by content."""
        with self._writer.thread_lock:
            before, now = self._writer.known_hashes, self._writer.hash_files()
            self._writer.known_hashes = now
            return tuple(
                sorted(n for n in before.keys() | now.keys() if before.get(n) != now.get(n))
            )

    def sync_copies(self) -> tuple[str, ...]:
        """List the second versions of files that a sync program made; a person must merge them."""
        found = (p.relative_to(self.folder).as_posix() for p in yaml_files(self.folder))
        return tuple(name for name in found if is_sync_copy(name))

    def _write(self, edit: EditRequest) -> EditResult:
        with self._writer.thread_lock:
            answer = self._writer.write_edit(edit)
            if not isinstance(answer, Conflict):
                self._done.append(answer.entry)
            self._undone.clear()
            return answer

    def _place(self, file: str, field: str | FieldPath) -> FieldPath:
        yaml_path(self.folder, file)
        try:
            return fieldpath.parse_field_path(field)
        except ValueError as error:
            raise BadInput([Problem(file, str(error))]) from error

    def _must_be_storable(self, edit: EditRequest) -> None:
        """Refuse a value before it is in the journal, where it could only wait for ever."""
        if not edit.place:
            return
        step = edit.place[-1]
        try:
            set_field("", edit.place, edit.new)
        except NotStorableValue as error:
            where = fieldpath.format_field_path(edit.place)
            raise BadInput([Problem(edit.file, str(error), place=where)]) from error
        except fieldpath.UnreachableField:
            set_field("", ("value",), edit.new)
        if isinstance(step, str) and step.startswith("=") and edit.new is not None:
            name = edit.new.get("id") if isinstance(edit.new, dict) else edit.new
            if name != step[1:]:
                message = f"the entry is {name!r}, but the field says {step[1:]!r}"
                raise BadInput(
                    [Problem(edit.file, message, place=fieldpath.format_field_path(edit.place))]
                )

    def _as_found(self, edit: EditRequest) -> EditRequest:
        """Write an edit down as exactly as the file allows, so that its undo is exact too."""
        try:
            value = read_content(self.folder, edit.file).value()
        except EditBlocked as error:
            if isinstance(edit.place[-1], int) and edit.new is None:
                raise CannotWrite(edit.file, str(error)) from error
            return edit
        current = fieldpath.get_at(value, edit.place)
        if not fieldpath.is_equal_when_shown(current, edit.seen):
            return edit
        where, step = edit.place[:-1], edit.place[-1]
        entries = fieldpath.get_at(value, where)
        if isinstance(step, int) and edit.new is None and isinstance(entries, list):
            # Positions shift when an entry goes: taken out twice, the next one would go as well.
            left = [e for n, e in enumerate(entries) if n != step]
            return EditRequest(edit.kind, edit.file, where, entries, left)
        bare = current is None and fieldpath.resolve(value, edit.place) is not None
        return EditRequest(edit.kind, edit.file, edit.place, current, edit.new, bare=bare)

    def _entry(self, name: str) -> JournalEntry:
        for one in read_journals(self._writer.internal_folder / "journal"):
            if one.id == name and one.kind not in RECORD_KINDS:
                return one
        raise BadInput([Problem(name, "the log has no such edit")])


def _reverse_edit(entry: JournalEntry) -> EditRequest:
    return EditRequest(
        EntryKind.UNDO,
        entry.file,
        entry.place,
        entry.new,
        entry.seen,
        ref=entry.id,
        bare=entry.bare,
    )
