"""`Store`, the interface through which an assessment folder is changed, one field at a time.

An edit is first appended to the session's journal, durably, and is reported as saved only when its
file contains it too. An edit that cannot be applied now stays pending and is tried again.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from calib.errors import BadInput, CannotWrite, Problem
from calib.files.atomic import remove_stale_temporaries, wrap_os_errors
from calib.files.strict_yaml import FieldPath, format_field_path
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

_FOLDERS_TO_CLEAN = ("", "case_studies", "controls", "evidence", ".calib", ".calib/removed")


class Store:
    """Edit an assessment folder on behalf of one author, in one session."""

    def __init__(self, writer: FolderWriter) -> None:
        self._writer = writer
        self._undo_stack: list[JournalEntry] = []
        self._redo_stack: list[JournalEntry] = []

    @classmethod
    def open(
        cls, folder: Path | str, author: str, environment: StoreEnvironment | None = None
    ) -> Store:
        """Open a folder, and try its pending edits again.

        Nothing is written unless an edit is pending. Raises BadInput if the folder does not exist
        or has a newer format than this program.
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
        folders = (*(path / name for name in _FOLDERS_TO_CLEAN), *path.glob("ballots/*"))
        remove_stale_temporaries(iter(folders), writer.environment.now().timestamp())
        store = cls(writer)
        store.retry()
        writer.known_hashes = writer.hash_files()
        return store

    @property
    def folder(self) -> Path:
        """Return the folder of the assessment."""
        return self._writer.folder

    @property
    def session(self) -> str:
        """Return the name of this session, which is also that of its journal."""
        return self._writer.journal.session

    def get(self, file: str, field: str | FieldPath = ()) -> Any:
        """Return the current value of a field, None if it does not exist; raises BadInput."""
        path = self._parse_path(file, field)
        try:
            return fieldpath.get_at(read_content(self.folder, file).value(), path)
        except EditBlocked as error:
            raise BadInput([Problem(file, str(error))]) from error

    def set(self, file: str, field: str | FieldPath, seen: object, new: object) -> EditResult:
        """Change a field from the value the editor saw to a new one; None removes the field.

        Raises CannotWrite if not even the journal can be written, in which case the caller has the
        only copy of the value, and BadInput if the file, the field or the value is invalid.
        """
        path = self._parse_path(file, field)
        if not path:
            raise BadInput([Problem(file, "no field given", remedy="for example profile.partner")])
        if (file, path) == ("assessment.yaml", ("format",)):
            raise BadInput([Problem(file, "only a migration can change it", place="format")])
        edit = EditRequest(
            EntryKind.EDIT, file, path, fieldpath.to_plain(seen), fieldpath.to_plain(new)
        )
        self._must_be_storable(edit)
        return self._write(self._with_exact_value(edit))

    def create(self, file: str, text: str) -> EditResult:
        """Create a YAML file, such as a case study; a Conflict if a different one exists."""
        yaml_path(self.folder, file)
        return self._write(
            EditRequest(EntryKind.CREATE, file, (), None, check_new_text(file, text))
        )

    def remove(self, file: str) -> EditResult:
        """Remove a YAML file, with a copy in `.calib/removed/`; `undo` restores it."""
        seen = check_removable(self.folder, file)
        return self._write(EditRequest(EntryKind.REMOVE, file, (), seen, None))

    def add_file(self, name: str, data: bytes) -> Saved:
        """Add a file to evidence/ under a safe, free name, which is the `file` of the entry.

        Existing files are never overwritten. Raises CannotWrite.
        """
        with self._writer.thread_lock:
            return add_upload(self._writer, name, data)

    def log_fill(self, file: str, details: dict[str, str]) -> Saved:
        """Log that a workbook was filled in although a gate was not met; raises CannotWrite."""
        with self._writer.thread_lock, wrap_os_errors(self.folder):
            self._writer.ensure_journal_folder()
            return self._writer.log_done(
                EditRequest(EntryKind.FILL, file, (), None, fieldpath.to_plain(details))
            )

    def undo(self, entry: str | None = None) -> EditResult | None:
        """Undo the last edit of this session, or any entry of the log; None if there is none.

        If the field has changed since, the result is a Conflict and the file is unchanged.
        """
        with self._writer.thread_lock:
            found = self._find_entry(entry) if entry else next(reversed(self._undo_stack), None)
            if found is None:
                return None
            result = self._writer.write_edit(_reverse_edit(found))
            # After the write, which may raise: the edit can then still be undone. An undo that
            # conflicts leaves the stack as well, or it would block the older ones for ever.
            if entry is None:
                self._undo_stack.pop()
                if not isinstance(result, Conflict):
                    self._redo_stack.append(found)
            return result

    def redo(self) -> EditResult | None:
        """Redo the edit that was undone last; None if there is none."""
        with self._writer.thread_lock:
            if not self._redo_stack:
                return None
            found = self._redo_stack[-1]
            edit = EditRequest(
                EntryKind.REDO, found.file, found.place, found.seen, found.new, found.id
            )
            result = self._writer.write_edit(edit)
            self._redo_stack.pop()
            if not isinstance(result, Conflict):
                self._undo_stack.append(found)
            return result

    def conflicts(self) -> tuple[Conflict, ...]:
        """Return the open conflicts; raises BadInput."""
        try:
            return self._writer.conflicts.read()
        except InvalidYaml as error:
            raise BadInput([Problem(".calib/conflicts.yaml", str(error))]) from error

    def resolve(self, conflict: Conflict, value: object) -> EditResult:
        """Resolve a conflict with a value; a new Conflict if the file has changed meanwhile."""
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
        """Return the pending edits of all sessions, each with the reason."""
        with self._writer.thread_lock, suppress(CannotWrite):
            self._writer.journal_reader.refresh()
        reasons = self._writer.blocked_reasons
        return tuple(
            Pending(reasons.get(e.file, ""), e) for e in self._writer.journal_reader.pending()
        )

    def retry(self) -> tuple[Pending, ...]:
        """Try the pending edits again; return those that are still pending."""
        with self._writer.thread_lock:
            if self.pending() or self._writer.has_pending():
                self._writer.apply_pending("")
        return self.pending()

    def discard(self, entry_id: str) -> None:
        """Drop a pending edit; it stays in the log. Raises CannotWrite."""
        self._writer.discard(entry_id)

    def log(
        self,
        file: str | None = None,
        field: str | FieldPath | None = None,
        author: str | None = None,
    ) -> tuple[JournalEntry, ...]:
        """Return the entries of all sessions, the newest first.

        With `field`, only entries for this field and the fields inside it.
        """
        path = () if field is None else fieldpath.parse_field_path(field)
        return tuple(
            e
            for e in read_journals(self._writer.internal_folder / "journal")
            if file in (None, e.file)
            and author in (None, e.author)
            and e.place[: len(path)] == path
        )

    def unreadable_journals(self) -> tuple[Problem, ...]:
        """Return a problem for each journal whose entries are missing from `log`."""
        return unreadable_journals(self._writer.internal_folder / "journal")

    def external_changes(self) -> tuple[str, ...]:
        """Return the files that others changed, created or removed since the last call.

        Content is compared, not modification times, which sync programs and editors restore.
        """
        with self._writer.thread_lock:
            before, now = self._writer.known_hashes, self._writer.hash_files()
            self._writer.known_hashes = now
            return tuple(
                sorted(n for n in before.keys() | now.keys() if before.get(n) != now.get(n))
            )

    def sync_copies(self) -> tuple[str, ...]:
        """Return the conflicted copies that a sync program made; a person has to merge them."""
        found = (p.relative_to(self.folder).as_posix() for p in yaml_files(self.folder))
        return tuple(name for name in found if is_sync_copy(name))

    def _write(self, edit: EditRequest) -> EditResult:
        with self._writer.thread_lock:
            result = self._writer.write_edit(edit)
            if not isinstance(result, Conflict):
                self._undo_stack.append(result.entry)
            self._redo_stack.clear()
            return result

    def _parse_path(self, file: str, field: str | FieldPath) -> FieldPath:
        yaml_path(self.folder, file)
        try:
            return fieldpath.parse_field_path(field)
        except ValueError as error:
            raise BadInput([Problem(file, str(error))]) from error

    def _must_be_storable(self, edit: EditRequest) -> None:
        """Raise BadInput for a value that can never be applied and would stay pending for ever."""
        if not edit.place:
            return
        step = edit.place[-1]
        try:
            set_field("", edit.place, edit.new)
        except NotStorableValue as error:
            place = format_field_path(edit.place)
            raise BadInput([Problem(edit.file, str(error), place=place)]) from error
        except fieldpath.UnreachableField:
            # The path is only valid in a file that has the list. Check the value by itself.
            set_field("", ("value",), edit.new)
        if isinstance(step, str) and step.startswith("=") and edit.new is not None:
            name = edit.new.get("id") if isinstance(edit.new, dict) else edit.new
            if name != step[1:]:
                message = f"the value has the id {name!r}, but the field names {step[1:]!r}"
                raise BadInput([Problem(edit.file, message, place=format_field_path(edit.place))])

    def _with_exact_value(self, edit: EditRequest) -> EditRequest:
        """Return the edit with the exact value in the file as `seen`, so that its undo is exact.

        The editor of a form sees the same empty field for null, "" and an empty list.
        """
        try:
            value = read_content(self.folder, edit.file).value()
        except EditBlocked as error:
            # A position is only certain while the list can be read; see below.
            if isinstance(edit.place[-1], int) and edit.new is None:
                raise CannotWrite(edit.file, str(error)) from error
            return edit
        current = fieldpath.get_at(value, edit.place)
        if not fieldpath.is_equal_when_shown(current, edit.seen):
            return edit
        parent, step = edit.place[:-1], edit.place[-1]
        items = fieldpath.get_at(value, parent)
        if isinstance(step, int) and edit.new is None and isinstance(items, list):
            # Removing a position is not idempotent: applied twice, after a kill, it would remove
            # the next item as well. The request therefore replaces the whole list.
            remaining = [item for n, item in enumerate(items) if n != step]
            return EditRequest(edit.kind, edit.file, parent, items, remaining)
        bare = current is None and fieldpath.resolve(value, edit.place) is not None
        return EditRequest(edit.kind, edit.file, edit.place, current, edit.new, bare=bare)

    def _find_entry(self, name: str) -> JournalEntry:
        for entry in read_journals(self._writer.internal_folder / "journal"):
            if entry.id == name and entry.kind not in RECORD_KINDS:
                return entry
        raise BadInput([Problem(name, "the log has no edit with this id")])


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
