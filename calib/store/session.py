"""The one door through which an assessment folder is changed, one field at a time.

An edit is on disk in the session's journal before anything else happens, and is called saved only
when the file holds it too. What cannot be written now waits in the journal and is tried again.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from calib.errors import BadInput, CannotWrite, Problem
from calib.files.atomic import naming, sweep
from calib.store.apply import Blocked, read_state
from calib.store.conflicts import Conflict
from calib.store.filenames import is_copy, yaml_files, yaml_path
from calib.store.journal import DONE, Entry, Kind, read_all, unread
from calib.store.transaction import finish, is_unfinished
from calib.store.uploads import add_upload, new_file_text, removable_text
from calib.store.writer import Answer, Edges, Edit, Kept, Saved, Writer
from calib.yamledit import fieldpath
from calib.yamledit.edit import BadText, NotStorable, set_field
from calib.yamledit.fieldpath import Place

_SWEPT = ("", "case_studies", "controls", "evidence", ".calib", ".calib/removed")


class Store:
    """Edit an assessment folder on behalf of one author, in one session."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._done: list[Entry] = []
        self._undone: list[Entry] = []

    @classmethod
    def open(cls, folder: Path | str, author: str, edges: Edges | None = None) -> Store:
        """Open a folder; edits that still wait in its journals are tried again.

        Nothing is written unless something waits. Raises BadInput where there is no folder, or
        its format is newer than this program.
        """
        path = Path(folder).resolve()
        if not path.is_dir():
            raise BadInput([Problem(str(folder), "there is no such folder")])
        writer = Writer(path, author, edges or Edges())
        try:
            writer.must_know_format()
        except Blocked as error:
            raise BadInput([Problem(str(folder), str(error))]) from error
        if is_unfinished(path):
            with writer.locked():
                finish(path)
        rooms = (*(path / name for name in _SWEPT), *path.glob("ballots/*"))
        sweep(iter(rooms), writer.edges.now().timestamp())
        store = cls(writer)
        store.retry()
        writer.known = writer.hashes()
        return store

    @property
    def folder(self) -> Path:
        """Return the folder."""
        return self._writer.folder

    @property
    def session(self) -> str:
        """Return the name of this session and its journal."""
        return self._writer.journal.session

    def get(self, file: str, field: str | Place = ()) -> Any:
        """Return what a field holds now, None where nothing stands there; raises BadInput."""
        where = self._place(file, field)
        try:
            return fieldpath.get(read_state(self.folder, file).value(), where)
        except Blocked as error:
            raise BadInput([Problem(file, str(error))]) from error

    def set(self, file: str, field: str | Place, seen: Any, new: Any) -> Answer:
        """Change a field from what the editor saw; None removes it.

        Raises CannotWrite where not even the journal can be written (the caller still has the
        text), BadInput where the file, the field or the value is impossible.
        """
        where = self._place(file, field)
        if not where:
            raise BadInput([Problem(file, "no field is named", remedy="as profile.partner")])
        if (file, where) == ("assessment.yaml", ("format",)):
            raise BadInput([Problem(file, "only a migration changes it", place="format")])
        edit = Edit(Kind.EDIT, file, where, fieldpath.plain(seen), fieldpath.plain(new))
        self._must_be_storable(edit)
        return self._carry(self._as_found(edit))

    def create(self, file: str, text: str) -> Answer:
        """Make a YAML file, such as a new case study; a Conflict where there is another."""
        yaml_path(self.folder, file)
        return self._carry(Edit(Kind.CREATE, file, (), None, new_file_text(file, text)))

    def remove(self, file: str) -> Answer:
        """Move a YAML file out of sight, into `.calib/removed/`; `undo` brings it back."""
        seen = removable_text(self.folder, file)
        return self._carry(Edit(Kind.REMOVE, file, (), seen, None))

    def add_file(self, name: str, data: bytes) -> Saved:
        """Put a file into evidence/ under a safe, free name, which is the entry's `file`.

        Nothing is ever overwritten. Raises CannotWrite.
        """
        with self._writer.guard:
            return add_upload(self._writer, name, data)

    def note_fill(self, file: str, told: dict[str, str]) -> Saved:
        """Write into the log what was filled in against a gate, and why; raises CannotWrite."""
        with self._writer.guard, naming(self.folder):
            self._writer.prepare()
            return self._writer.record(Edit(Kind.FILL, file, (), None, fieldpath.plain(told)))

    def undo(self, entry: str | None = None) -> Answer | None:
        """Take back this session's last edit, or any entry of the log; None if there is none.

        Where the field has changed since, the answer is a Conflict and the file stays as it is.
        """
        with self._writer.guard:
            found = self._entry(entry) if entry else self._done[-1] if self._done else None
            if found is None:
                return None
            answer = self._writer.carry(_reversed(found))
            if entry is None:
                self._done.pop()
                if not isinstance(answer, Conflict):
                    self._undone.append(found)
            return answer

    def redo(self) -> Answer | None:
        """Do again what `undo` took back last; None if there is nothing."""
        with self._writer.guard:
            if not self._undone:
                return None
            found = self._undone[-1]
            edit = Edit(Kind.REDO, found.file, found.place, found.seen, found.new, found.id)
            answer = self._writer.carry(edit)
            self._undone.pop()
            if not isinstance(answer, Conflict):
                self._done.append(found)
            return answer

    def conflicts(self) -> tuple[Conflict, ...]:
        """List the conflicts that nobody has resolved yet; raises BadInput."""
        try:
            return self._writer.conflicts.read()
        except BadText as error:
            raise BadInput([Problem(".calib/conflicts.yaml", str(error))]) from error

    def resolve(self, conflict: Conflict, value: Any) -> Answer:
        """Settle a conflict with a value; a new Conflict where the file has changed meanwhile."""
        edit = Edit(
            Kind.RESOLVE,
            conflict.file,
            conflict.place,
            conflict.in_file,
            fieldpath.plain(value),
            ref=conflict.id,
        )
        self._must_be_storable(edit)
        return self._carry(edit)

    def waiting(self) -> tuple[Kept, ...]:
        """List the edits of all sessions that are not in their file yet, each with the reason."""
        with self._writer.guard, suppress(CannotWrite):
            self._writer.readers.refresh()
        reasons = self._writer.reasons
        return tuple(Kept(reasons.get(e.file, ""), e) for e in self._writer.readers.waiting())

    def retry(self) -> tuple[Kept, ...]:
        """Try again what waits; return what still does."""
        with self._writer.guard:
            if self.waiting() or self._writer.is_behind():
                self._writer.bring_all("")
        return self.waiting()

    def give_up(self, entry: str) -> None:
        """Leave a waiting edit for good; it stays in the log. Raises CannotWrite."""
        self._writer.give_up(entry)

    def log(
        self, file: str | None = None, field: str | Place | None = None, author: str | None = None
    ) -> tuple[Entry, ...]:
        """List what was done in all sessions, the newest first."""
        where = () if field is None else fieldpath.place_of(field)
        return tuple(
            e
            for e in read_all(self._writer.dot / "journal")
            if file in (None, e.file)
            and author in (None, e.author)
            and e.place[: len(where)] == where
        )

    def unread(self) -> tuple[Problem, ...]:
        """List the journals that `log` lacks because they cannot be read."""
        return unread(self._writer.dot / "journal")

    def changes(self) -> tuple[str, ...]:
        """List the files that others changed, made or removed since the last look, by content."""
        with self._writer.guard:
            before, now = self._writer.known, self._writer.hashes()
            self._writer.known = now
            return tuple(
                sorted(n for n in before.keys() | now.keys() if before.get(n) != now.get(n))
            )

    def copies(self) -> tuple[str, ...]:
        """List the second versions of files that a sync program made; a person must merge them."""
        found = (p.relative_to(self.folder).as_posix() for p in yaml_files(self.folder))
        return tuple(name for name in found if is_copy(name))

    def _carry(self, edit: Edit) -> Answer:
        with self._writer.guard:
            answer = self._writer.carry(edit)
            if not isinstance(answer, Conflict):
                self._done.append(answer.entry)
            self._undone.clear()
            return answer

    def _place(self, file: str, field: str | Place) -> Place:
        yaml_path(self.folder, file)
        try:
            return fieldpath.place_of(field)
        except ValueError as error:
            raise BadInput([Problem(file, str(error))]) from error

    def _must_be_storable(self, edit: Edit) -> None:
        """Refuse a value before it is in the journal, where it could only wait for ever."""
        if not edit.place:
            return
        step = edit.place[-1]
        try:
            set_field("", edit.place, edit.new)
        except NotStorable as error:
            where = fieldpath.spell(edit.place)
            raise BadInput([Problem(edit.file, str(error), place=where)]) from error
        except fieldpath.Unreachable:
            set_field("", ("value",), edit.new)
        if isinstance(step, str) and step.startswith("=") and edit.new is not None:
            name = edit.new.get("id") if isinstance(edit.new, dict) else edit.new
            if name != step[1:]:
                message = f"the entry is {name!r}, but the field says {step[1:]!r}"
                raise BadInput([Problem(edit.file, message, place=fieldpath.spell(edit.place))])

    def _as_found(self, edit: Edit) -> Edit:
        """Write an edit down as exactly as the file allows, so that its undo is exact too."""
        try:
            value = read_state(self.folder, edit.file).value()
        except Blocked as error:
            if isinstance(edit.place[-1], int) and edit.new is None:
                raise CannotWrite(edit.file, str(error)) from error
            return edit
        current = fieldpath.get(value, edit.place)
        if not fieldpath.looks_the_same(current, edit.seen):
            return edit
        where, step = edit.place[:-1], edit.place[-1]
        entries = fieldpath.get(value, where)
        if isinstance(step, int) and edit.new is None and isinstance(entries, list):
            # Positions shift when an entry goes: taken out twice, the next one would go as well.
            left = [e for n, e in enumerate(entries) if n != step]
            return Edit(edit.kind, edit.file, where, entries, left)
        bare = current is None and fieldpath.concrete(value, edit.place) is not None
        return Edit(edit.kind, edit.file, edit.place, current, edit.new, bare=bare)

    def _entry(self, name: str) -> Entry:
        for one in read_all(self._writer.dot / "journal"):
            if one.id == name and one.kind not in DONE:
                return one
        raise BadInput([Problem(name, "the log has no such edit")])


def _reversed(entry: Entry) -> Edit:
    return Edit(
        Kind.UNDO, entry.file, entry.place, entry.new, entry.seen, ref=entry.id, bare=entry.bare
    )
