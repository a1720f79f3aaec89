"""Bring the waiting entries of the journal into their file, under the folder's lock.

An entry whose field stands as its editor saw it is written; one whose field already has the new
value is done, which is why an entry that was written just before a kill is not written twice; any
other is a conflict, and the file keeps its value. No clock has a say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from calib.errors import BadInput, CannotWrite
from calib.files.atomic import make_folder, remove_file, replace_file
from calib.files.regular import read_regular
from calib.files.strict_yaml import MAX_BYTES
from calib.store.conflicts import UNKNOWN_AUTHOR, Conflict, ConflictFile
from calib.store.filenames import is_unsafe_link, yaml_path
from calib.store.journal import EntryKind, EntryOutcome, JournalEntry, read_journals
from calib.yamledit import fieldpath
from calib.yamledit.edit import (
    EditedText,
    InvalidYaml,
    NotStorableValue,
    delete_field,
    parse_value,
    set_field,
)

_BOM = b"\xef\xbb\xbf"


class EditBlocked(Exception):
    """A file cannot take an edit now; the edit waits in the journal."""


@dataclass(frozen=True, slots=True)
class FileContent:
    """Hold what a file holds; a missing file has no text."""

    name: str
    text: str | None
    bom: bytes = b""

    def value(self) -> Any:
        """Return the parsed text; raises Blocked where it is not strict YAML, naming the line."""
        if self.text is None:
            raise EditBlocked(f"{self.name}: the file is missing")
        try:
            return parse_value(self.text, self.name)
        except InvalidYaml as error:
            raise EditBlocked(str(error)) from error

    def data(self) -> bytes | None:
        """Return the bytes of the file."""
        return None if self.text is None else self.bom + self.text.encode()


def read_content(folder: Path, file: str) -> FileContent:
    """Read a file as it stands; raises Blocked where that cannot be done."""
    name = f"{folder.name}/{file}"
    try:
        path = yaml_path(folder, file)
        if is_unsafe_link(folder, path):
            raise EditBlocked(f"{name}: is a link; put the file itself there")
        data = read_regular(path)
        bom = _BOM if data.startswith(_BOM) else b""
        return FileContent(name, data[len(bom) :].decode(), bom)
    except FileNotFoundError:
        return FileContent(name, None)
    except BadInput as error:
        raise EditBlocked(str(error.problems[0])) from error
    except UnicodeDecodeError as error:
        raise EditBlocked(f"{name}: is not UTF-8 (byte {error.start})") from error
    except OSError as error:
        raise EditBlocked(f"{name}: cannot be read: {error.strerror}") from error


@dataclass(slots=True)
class FileEdits:
    """Hold what the waiting entries of one file come to."""

    state: FileContent
    outcomes: dict[str, EntryOutcome] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    removed: dict[str, bytes] = field(default_factory=dict)
    resolved: set[str] = field(default_factory=set)
    blocked: str = ""

    def take(self, entry: JournalEntry, who: Callable[[JournalEntry, Any], str]) -> None:
        """Apply one entry to the state, or note why not."""
        try:
            current, state = _apply_entry(self.state, entry)
        except EditBlocked as error:
            self.blocked = str(error)
            return
        if state is None:
            self.outcomes[entry.id] = EntryOutcome.CONFLICT
            self.conflicts.append(_conflict(entry, current, who(entry, current)))
        else:
            self.outcomes[entry.id] = EntryOutcome.SAVED
            if state.text is None and (data := self.state.data()) is not None:
                self.removed[entry.id] = data
            self.state = state
        if entry.kind is EntryKind.RESOLVE:
            self.resolved.add(entry.ref)


def _apply_entry(state: FileContent, entry: JournalEntry) -> tuple[Any, FileContent | None]:
    """Return the value in the file, and the file with the entry in it; None for a conflict."""
    if not entry.place:
        if state.text == entry.new:
            return state.text, state
        fits = state.text == entry.seen
        return state.text, replace(state, text=entry.new) if fits else None
    value = state.value()
    current = fieldpath.get_at(value, entry.place)
    if fieldpath.is_equal(current, entry.new):
        return current, state
    if value is None and not fieldpath.is_equal_when_shown(entry.seen, None):
        raise EditBlocked(f"{state.name}: the file is empty, but was not when this was written")
    if not fieldpath.is_equal_when_shown(current, entry.seen):
        return current, None
    try:
        new = _edit_text(state.text or "", entry)
    except (fieldpath.UnreachableField, NotStorableValue):
        return current, None
    return current, _check_size(replace(state, text=new.text))


def _edit_text(text: str, entry: JournalEntry) -> EditedText:
    if entry.new is None and not (entry.kind is EntryKind.UNDO and entry.bare):
        return delete_field(text, entry.place)
    return set_field(text, entry.place, entry.new)


def _check_size(state: FileContent) -> FileContent:
    size = len(state.data() or b"")
    if size > MAX_BYTES:
        raise EditBlocked(
            f"{state.name}: would have {size:,} bytes; at most {MAX_BYTES:,} are read"
        )
    return state


def _conflict(entry: JournalEntry, current: Any, theirs: str) -> Conflict:
    return Conflict(
        id=entry.id,
        file=entry.file,
        place=entry.place,
        in_file=current,
        in_file_by=theirs,
        set_aside=entry.new,
        set_aside_by=entry.author,
        time=entry.time,
        kind=str(entry.kind),
    )


def apply_entries(
    folder: Path, dot: Path, file: str, entries: Iterable[JournalEntry]
) -> tuple[FileContent, FileEdits]:
    """Write what the entries of one file come to, durably; return the file before and the batch.

    Raises Blocked or CannotWrite; then nothing is settled and all entries wait.
    """
    before = read_content(folder, file)
    batch = FileEdits(before)

    def who(entry: JournalEntry, current: Any) -> str:
        return _author_of(dot / "journal", entry, current)

    for entry in entries:
        batch.take(entry, who)
    conflicts = ConflictFile(dot / "conflicts.yaml")
    try:
        if batch.conflicts:
            conflicts.add(batch.conflicts)
        for name, data in batch.removed.items():
            _keep_removed(dot, file, name, data)
        if batch.state.text != before.text:
            _write_file(folder / file, batch.state.data(), folder)
        if batch.resolved:
            conflicts.drop(batch.resolved)
    except (InvalidYaml, NotStorableValue) as error:
        raise EditBlocked(str(error)) from error
    return before, batch


def _write_file(path: Path, data: bytes | None, folder: Path) -> None:
    if data is None:
        remove_file(path)
        return
    if not folder.is_dir():
        raise CannotWrite(path, "the folder is gone")
    for parent in reversed(path.relative_to(folder).parents[:-1]):
        make_folder(folder / parent)
    replace_file(path, data)


def _keep_removed(dot: Path, file: str, entry: str, data: bytes) -> None:
    make_folder(dot / "removed")
    replace_file(dot / "removed" / f"{file.replace('/', '.')}.{entry}", data)


def _author_of(journals: Path, entry: JournalEntry, current: Any) -> str:
    for one in read_journals(journals):
        same_place = (one.file, one.place) == (entry.file, entry.place) and one.id != entry.id
        if (
            same_place
            and one.outcome is EntryOutcome.SAVED
            and fieldpath.is_equal(one.new, current)
        ):
            return one.author
    return UNKNOWN_AUTHOR
