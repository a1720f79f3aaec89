"""The journal: one append-only file per session, with one line `crc32 json` per entry.

It is the write-ahead log of edits, the history of who changed what, and the basis of undo. A
session only writes to its own journal, so journals need no lock, and a sync program that merges
two copies of a folder finds no conflict in them.

A line that was cut off by a kill has no valid checksum and is ignored. Its edit was never
acknowledged, because `append` returns only after the fsync.
"""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from calib.errors import CannotWrite, Problem
from calib.files.atomic import fsync_folder, wrap_os_errors, write_all
from calib.files.regular import open_regular, read_regular
from calib.files.strict_yaml import FieldPath, format_field_path

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
_FLAGS |= getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


class EntryKind(StrEnum):
    """The kind of a journal entry."""

    EDIT = "edit"
    UNDO = "undo"
    REDO = "redo"
    RESOLVE = "resolve"
    CREATE = "create"
    REMOVE = "remove"
    FILE = "file"
    FILL = "fill"
    """A record of an AWS workbook that was filled in although a gate was not met."""
    SETTLED = "settled"
    """A record of the outcomes of earlier entries; not an edit."""


class EntryOutcome(StrEnum):
    """The outcome of an entry."""

    WAITING = "waiting"
    SAVED = "saved"
    CONFLICT = "conflict"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One line of the journal: an edit, with the value its editor saw and the new value."""

    session: str
    sequence: int
    time: str
    author: str
    kind: EntryKind
    file: str = ""
    place: FieldPath = ()
    seen: Any = None
    new: Any = None
    ref: str = ""
    """The id of the entry that is undone or redone, or of the conflict that is resolved."""
    bare: bool = False
    """Before the edit the key existed without a value, so an undo restores it without a value."""
    outcomes: dict[str, str] = field(default_factory=dict)
    """Outcomes by entry id; only in entries of the kind `settled`."""
    outcome: EntryOutcome = EntryOutcome.WAITING
    """Not part of the line: later `settled` entries determine it."""

    @property
    def id(self) -> str:
        """Return the entry's id, unique among all sessions."""
        return f"{self.session}.{self.sequence}"

    @property
    def field(self) -> str:
        """Return the field path as text."""
        return format_field_path(self.place)


RECORD_KINDS = (EntryKind.FILE, EntryKind.FILL)
"""Records of something that is done already: never pending, and cannot be undone."""
_STORED = tuple(f.name for f in fields(JournalEntry) if f.name != "outcome")


# Found without decoding the JSON. Inside a JSON string the quotes would be escaped, so neither
# pattern can match within a value.
_SETTLED = b',"kind":"settled",'
_ID = re.compile(rb'[0-9a-f]{8} \{"id":"([^"\\]+)"')


def encode_line(entry: JournalEntry) -> bytes:
    """Encode an entry as a line with its checksum."""
    data = {"id": entry.id, **{name: getattr(entry, name) for name in _STORED}}
    # Defaults are left out, except null for `seen` and `new`, where it is a value.
    lean = {k: v for k, v in data.items() if v or k in ("seen", "new")}
    text = json.dumps(lean, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return b"%08x %s\n" % (zlib.crc32(text), text)


def decode_line(line: bytes) -> JournalEntry | None:
    """Decode a line; None if it is incomplete or damaged."""
    checksum, _, text = line.rstrip(b"\n").partition(b" ")
    try:
        if int(checksum, 16) != zlib.crc32(text):
            return None
        # Unknown keys of a newer program are ignored.
        data = {k: v for k, v in json.loads(text).items() if k in _STORED}
        data["place"] = tuple(s if isinstance(s, int) else str(s) for s in data.get("place", ()))
        data["kind"] = EntryKind(data["kind"])
        return JournalEntry(**data)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


class Journal:
    """Append entries to the journal file of one session."""

    def __init__(self, folder: Path, session: str) -> None:
        self.path = folder / f"{session}.jsonl"
        self.session = session
        self._sequence = 0
        self._is_name_durable = False
        self._has_torn_line = False

    def next_sequence(self) -> int:
        """Return a number that no earlier entry used, not even one whose append failed."""
        self._sequence += 1
        return self._sequence

    def append(self, entry: JournalEntry) -> None:
        """Append one entry durably, or leave the journal unchanged and raise CannotWrite."""
        try:
            # If the file was deleted meanwhile, O_CREAT makes a new one, whose name is not durable.
            self._is_name_durable = self._is_name_durable and self.path.exists()
            handle = os.open(self.path, _FLAGS, 0o666)
            try:
                self._append(handle, encode_line(entry))
            finally:
                os.close(handle)
        except OSError as error:
            raise CannotWrite(self.path, error) from error

    def _append(self, handle: int, line: bytes) -> None:
        before = os.fstat(handle).st_size
        try:
            # After a torn line, start a new one: otherwise the checksum would cover both.
            write_all(handle, b"\n" + line if self._has_torn_line else line)
            os.fsync(handle)
            if not self._is_name_durable:
                fsync_folder(self.path.parent)
        except OSError:
            # A disk that is full or gone may have taken a part of the line. Cut it off; if that
            # fails too, remember it for the next append.
            self._has_torn_line = True
            with suppress(OSError):
                os.ftruncate(handle, before)
                self._has_torn_line = False
            raise
        self._has_torn_line = False
        self._is_name_durable = True


class JournalReader:
    """Follow all journals of a folder, reading only new entries."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._offsets: dict[str, int] = {}
        self._outcomes: dict[str, EntryOutcome] = {}
        self._pending: dict[str, JournalEntry] = {}

    def refresh(self) -> None:
        """Read the entries added since the last call; raises CannotWrite if that fails."""
        with wrap_os_errors(self.folder):
            for path in journal_files(self.folder):
                with suppress(FileNotFoundError):
                    self._follow(path)

    def pending(self) -> tuple[JournalEntry, ...]:
        """Return the entries without an outcome, in an order that does not depend on clocks."""
        return tuple(sorted(self._pending.values(), key=lambda e: (e.session, e.sequence)))

    def outcome(self, entry_id: str) -> EntryOutcome:
        """Return the outcome of an entry."""
        return self._outcomes.get(entry_id, EntryOutcome.WAITING)

    def add_outcomes(self, outcomes: dict[str, EntryOutcome]) -> None:
        """Set the outcomes of entries, which are then no longer pending."""
        self._outcomes.update(outcomes)
        for entry_id in outcomes:
            self._pending.pop(entry_id, None)

    def _follow(self, path: Path) -> None:
        start = self._offsets.get(path.name, 0)
        size = path.stat().st_size
        if size == start:
            return
        if size < start:  # a sync program restored an older copy: read it from the start
            start = 0
        with open_regular(path) as stream:
            stream.seek(start)
            data = stream.read()
        # Only complete lines: the rest may still be being written and is read next time.
        end = data.rfind(b"\n") + 1
        self._offsets[path.name] = start + end
        lines = data[:end].split(b"\n")
        # Outcomes first, so that most other lines need not be decoded.
        for entry in _decode_lines(line for line in lines if _SETTLED in line):
            self.add_outcomes({name: EntryOutcome(o) for name, o in entry.outcomes.items()})
        for entry in _decode_lines(line for line in lines if self._may_be_pending(line)):
            if entry.id not in self._outcomes and entry.kind not in (
                *RECORD_KINDS,
                EntryKind.SETTLED,
            ):
                self._pending[entry.id] = entry

    def _may_be_pending(self, line: bytes) -> bool:
        """Return whether a line may be a pending entry, from its id alone.

        Decoding years of settled entries would take most of the time of a save.
        """
        found = _ID.match(line)
        return found is None or found[1].decode("ascii", "replace") not in self._outcomes


def journal_files(folder: Path) -> list[Path]:
    """Return the journals of a folder, sorted by name; raises OSError."""
    try:
        return sorted(p for p in folder.iterdir() if p.suffix == ".jsonl")
    except FileNotFoundError:
        return []


def read_journals(folder: Path) -> tuple[JournalEntry, ...]:
    """Return every entry of every readable journal with its outcome, the newest first."""
    entries: dict[str, JournalEntry] = {}
    outcomes: dict[str, EntryOutcome] = {}
    with suppress(OSError):
        for path in journal_files(folder):
            with suppress(OSError):  # `unreadable_journals` reports it
                for entry in _decode_lines(read_regular(path).split(b"\n")):
                    if entry.kind is EntryKind.SETTLED:
                        outcomes.update({k: EntryOutcome(v) for k, v in entry.outcomes.items()})
                    else:
                        entries[entry.id] = entry
    found = (replace(e, outcome=_outcome_of(e, outcomes)) for e in entries.values())
    return tuple(sorted(found, key=lambda e: (e.time, e.session, e.sequence), reverse=True))


def unreadable_journals(folder: Path) -> tuple[Problem, ...]:
    """Return a problem for each journal that cannot be read, so that gaps in a log are visible."""
    problems = []
    try:
        paths = journal_files(folder)
    except OSError as error:
        return (_unreadable(folder, error),)
    for path in paths:
        try:
            open_regular(path).close()
        except FileNotFoundError:  # a sync program moved it meanwhile
            continue
        except OSError as error:
            problems.append(_unreadable(path, error))
    return tuple(problems)


def _unreadable(path: Path, error: OSError) -> Problem:
    return Problem(str(path), f"cannot be read: {error.strerror or error}")


def _outcome_of(entry: JournalEntry, outcomes: dict[str, EntryOutcome]) -> EntryOutcome:
    if entry.kind in RECORD_KINDS:
        return EntryOutcome.SAVED
    return outcomes.get(entry.id, EntryOutcome.WAITING)


def _decode_lines(lines: Iterable[bytes]) -> Iterator[JournalEntry]:
    for line in lines:
        entry = decode_line(line) if line else None
        if entry:
            yield entry
