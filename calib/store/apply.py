"""Apply the pending entries of the journal to their file, under the folder's lock.

Each entry contains the value its editor saw and the new value. Three cases are possible:

* The field already has the new value: the entry is done. This makes applying idempotent, so an
  entry that was written to the file just before a kill is not applied twice.
* The field looks as the editor saw it: the new value is written.
* Otherwise another person changed the field: the file keeps its value, and the entry becomes a
  conflict.

Times are never compared, since the clocks of two machines differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from calib.errors import BadInput, CannotWrite
from calib.files.atomic import make_folder, remove_file, replace_file
from calib.files.regular import read_regular
from calib.files.strict_yaml import MAX_BYTES, PlainValue
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

# Some Windows editors write a byte order mark. It is kept, so that the first line stays the same.
_BOM = b"\xef\xbb\xbf"


class EditBlocked(Exception):
    """A file cannot be edited now; the edit stays pending in the journal."""


@dataclass(frozen=True, slots=True)
class FileContent:
    """The content of a file; the text of a missing file is None."""

    name: str
    text: str | None
    bom: bytes = b""

    def value(self) -> PlainValue:
        """Return the parsed text; raises EditBlocked, with the line, if it is not strict YAML."""
        if self.text is None:
            raise EditBlocked(f"{self.name}: the file is missing")
        try:
            return parse_value(self.text, self.name)
        except InvalidYaml as error:
            raise EditBlocked(str(error)) from error

    def data(self) -> bytes | None:
        """Return the bytes of the file, None if it is missing."""
        return None if self.text is None else self.bom + self.text.encode()


def read_content(folder: Path, file: str) -> FileContent:
    """Read a file; a missing file is a valid state. Raises EditBlocked."""
    name = f"{folder.name}/{file}"
    try:
        path = yaml_path(folder, file)
        if is_unsafe_link(folder, path):
            raise EditBlocked(f"{name}: is a link; replace it by the file itself")
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
    """The result of applying the pending entries of one file, before anything is written."""

    content: FileContent
    outcomes: dict[str, EntryOutcome] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    removed: dict[str, bytes] = field(default_factory=dict)
    """The bytes of a removed file, by the entry that removes it."""
    resolved: set[str] = field(default_factory=set)
    """Ids of conflicts that an entry resolves."""
    blocked: str = ""
    """The reason why entries stay pending."""

    def apply(
        self, entry: JournalEntry, find_author: Callable[[JournalEntry, PlainValue], str]
    ) -> None:
        """Apply one entry to the content, or record a conflict or the reason why it is blocked.

        `find_author` returns who wrote the value that is in the file.
        """
        try:
            current, content = _apply_entry(self.content, entry)
        except EditBlocked as error:
            self.blocked = str(error)
            return
        if content is None:
            self.outcomes[entry.id] = EntryOutcome.CONFLICT
            self.conflicts.append(_conflict(entry, current, find_author(entry, current)))
        else:
            self.outcomes[entry.id] = EntryOutcome.SAVED
            if content.text is None and (data := self.content.data()) is not None:
                self.removed[entry.id] = data
            self.content = content
        if entry.kind is EntryKind.RESOLVE:
            self.resolved.add(entry.ref)


def _apply_entry(
    content: FileContent, entry: JournalEntry
) -> tuple[PlainValue, FileContent | None]:
    """Return the value in the file, and the content with the entry applied; None for a conflict."""
    if not entry.place:  # the entry creates or removes the whole file
        if content.text == entry.new:
            return content.text, content
        is_unchanged = content.text == entry.seen
        return content.text, replace(content, text=entry.new) if is_unchanged else None
    value = content.value()
    current = fieldpath.get_at(value, entry.place)
    if fieldpath.is_equal(current, entry.new):
        return current, content
    # An editor or a sync program may have truncated the file and not yet written it again. Waiting
    # is safer than adding a conflict for every field.
    if value is None and not fieldpath.is_equal_when_shown(entry.seen, None):
        raise EditBlocked(f"{content.name}: the file is empty, but was not before this edit")
    if not fieldpath.is_equal_when_shown(current, entry.seen):
        return current, None
    try:
        new = _edit_text(content.text or "", entry)
    except (fieldpath.UnreachableField, NotStorableValue):
        return current, None
    return current, _check_size(replace(content, text=new.text))


def _edit_text(text: str, entry: JournalEntry) -> EditedText:
    # `bare`: the key was there without a value before the edit, so its undo leaves the key.
    if entry.new is None and not (entry.kind is EntryKind.UNDO and entry.bare):
        return delete_field(text, entry.place)
    return set_field(text, entry.place, entry.new)


def _check_size(content: FileContent) -> FileContent:
    """Return the content; raises EditBlocked if it could not be read back."""
    size = len(content.data() or b"")
    if size > MAX_BYTES:
        raise EditBlocked(
            f"{content.name}: would have {size:,} bytes; at most {MAX_BYTES:,} are read"
        )
    return content


def _conflict(entry: JournalEntry, current: PlainValue, author: str) -> Conflict:
    return Conflict(
        id=entry.id,
        file=entry.file,
        place=entry.place,
        in_file=current,
        in_file_by=author,
        set_aside=entry.new,
        set_aside_by=entry.author,
        time=entry.time,
        kind=str(entry.kind),
    )


def apply_entries(
    folder: Path, internal_folder: Path, file: str, entries: Iterable[JournalEntry]
) -> tuple[FileContent, FileEdits]:
    """Apply the entries of one file, durably; return its content before, and the result.

    Raises EditBlocked or CannotWrite; all entries then stay pending and can be applied again.
    """
    before = read_content(folder, file)
    edits = FileEdits(before)

    def find_author(entry: JournalEntry, current: PlainValue) -> str:
        return _find_author(internal_folder / "journal", entry, current)

    for entry in entries:
        edits.apply(entry, find_author)
    conflicts = ConflictFile(internal_folder / "conflicts.yaml")
    # The order decides what a kill can cause. New conflicts and copies of removed files come before
    # the file: a value is at worst in two places, never in none. Resolved conflicts are removed
    # after the file: at worst a resolved conflict is still listed, and resolving it again changes
    # nothing.
    try:
        if edits.conflicts:
            conflicts.add(edits.conflicts)
        for name, data in edits.removed.items():
            _keep_removed_file(internal_folder, file, name, data)
        if edits.content.text != before.text:
            _write_file(folder / file, edits.content.data(), folder)
        if edits.resolved:
            conflicts.remove(edits.resolved)
    except (InvalidYaml, NotStorableValue) as error:
        raise EditBlocked(str(error)) from error
    return before, edits


def _write_file(path: Path, data: bytes | None, folder: Path) -> None:
    if data is None:
        remove_file(path)
        return
    if not folder.is_dir():
        raise CannotWrite(path, "the folder was removed")
    for parent in reversed(path.relative_to(folder).parents[:-1]):
        make_folder(folder / parent)
    replace_file(path, data)


def _keep_removed_file(internal_folder: Path, file: str, entry_id: str, data: bytes) -> None:
    make_folder(internal_folder / "removed")
    replace_file(internal_folder / "removed" / f"{file.replace('/', '.')}.{entry_id}", data)


def _find_author(journals: Path, entry: JournalEntry, current: PlainValue) -> str:
    """Return the author of the newest saved entry that wrote the current value."""
    for other in read_journals(journals):
        if (other.file, other.place) != (entry.file, entry.place) or other.id == entry.id:
            continue
        if other.outcome is EntryOutcome.SAVED and fieldpath.is_equal(other.new, current):
            return other.author
    return UNKNOWN_AUTHOR
