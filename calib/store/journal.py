"""The journal: one append-only file per session, each line `crc32 json`, on disk before anything.

It is the memory of what was asked, the log of who changed what, and the ground of undo. Nobody
writes into the journal of another session, so a journal needs no lock.
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
from calib.yamledit.fieldpath import FieldPath, format_field_path

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
_FLAGS |= getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


class EntryKind(StrEnum):
    """Say what a line of the journal is about."""

    EDIT = "edit"
    UNDO = "undo"
    REDO = "redo"
    RESOLVE = "resolve"
    CREATE = "create"
    REMOVE = "remove"
    FILE = "file"
    FILL = "fill"
    """A workbook filled in from the assessment, in which somebody set aside a gate."""
    SETTLED = "settled"
    """A note of what became of earlier entries; no edit of its own."""


class EntryOutcome(StrEnum):
    """Say what became of an entry."""

    WAITING = "waiting"
    SAVED = "saved"
    CONFLICT = "conflict"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """Hold one line of the journal: an edit, with what its editor saw and what it shall be."""

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
    """The entry that is undone, or the conflict that is resolved."""
    bare: bool = False
    """Before the edit the key stood there without a value, and so it shall after an undo."""
    outcomes: dict[str, str] = field(default_factory=dict)
    """What became of which entry; only in lines of the kind `settled`."""
    outcome: EntryOutcome = EntryOutcome.WAITING
    """Not in the line itself: what later lines say of it."""

    @property
    def id(self) -> str:
        """Return the entry's id, unique among all sessions."""
        return f"{self.session}.{self.sequence}"

    @property
    def field(self) -> str:
        """Return the place as people read it."""
        return format_field_path(self.place)


RECORD_KINDS = (EntryKind.FILE, EntryKind.FILL)
"""Notes of what was done already: nothing of them waits, and nothing can be taken back."""
_STORED = tuple(f.name for f in fields(JournalEntry) if f.name != "outcome")


# Inside a text the quotes would be escaped, so neither can be mistaken.
_SETTLED = b',"kind":"settled",'
_ID = re.compile(rb'[0-9a-f]{8} \{"id":"([^"\\]+)"')


def encode_line(entry: JournalEntry) -> bytes:
    """Write an entry as a line with its checksum."""
    data = {"id": entry.id, **{name: getattr(entry, name) for name in _STORED}}
    lean = {k: v for k, v in data.items() if v or k in ("seen", "new")}
    text = json.dumps(lean, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return b"%08x %s\n" % (zlib.crc32(text), text)


def decode_line(line: bytes) -> JournalEntry | None:
    """Read a line; None where it is torn or spoilt."""
    checksum, _, text = line.rstrip(b"\n").partition(b" ")
    try:
        if int(checksum, 16) != zlib.crc32(text):
            return None
        data = {k: v for k, v in json.loads(text).items() if k in _STORED}
        data["place"] = tuple(s if isinstance(s, int) else str(s) for s in data.get("place", ()))
        data["kind"] = EntryKind(data["kind"])
        return JournalEntry(**data)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


class Journal:
    """Append entries to the journal of one session."""

    def __init__(self, folder: Path, session: str) -> None:
        self.path = folder / f"{session}.jsonl"
        self.session = session
        self._sequence = 0
        self._named = False
        self._torn = False

    def next_sequence(self) -> int:
        """Return a number that no earlier entry has, not even one that failed."""
        self._sequence += 1
        return self._sequence

    def append(self, entry: JournalEntry) -> None:
        """Write one entry durably, or leave the journal as it was and raise CannotWrite."""
        try:
            self._named = self._named and self.path.exists()
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
            # The half line which an earlier failure may have left must not swallow this one.
            write_all(handle, b"\n" + line if self._torn else line)
            os.fsync(handle)
            if not self._named:
                fsync_folder(self.path.parent)
        except OSError:
            self._torn = True
            with suppress(OSError):
                os.ftruncate(handle, before)
                self._torn = False
            raise
        self._torn = False
        self._named = True


class JournalReader:
    """Follow all journals of a folder; what was read once is not read again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[str, int] = {}
        self._outcomes: dict[str, EntryOutcome] = {}
        self._waiting: dict[str, JournalEntry] = {}

    def refresh(self) -> None:
        """Read what has been added since the last time; raises CannotWrite where that fails."""
        with wrap_os_errors(self.folder):
            for path in journal_files(self.folder):
                with suppress(FileNotFoundError):
                    self._follow(path)

    def waiting(self) -> tuple[JournalEntry, ...]:
        """List the entries that have not reached their file, in an order that no clock decides."""
        return tuple(sorted(self._waiting.values(), key=lambda e: (e.session, e.sequence)))

    def outcome(self, entry: str) -> EntryOutcome:
        """Return what became of an entry."""
        return self._outcomes.get(entry, EntryOutcome.WAITING)

    def record(self, outcomes: dict[str, EntryOutcome]) -> None:
        """Remember what became of entries."""
        self._outcomes.update(outcomes)
        for name in outcomes:
            self._waiting.pop(name, None)

    def _follow(self, path: Path) -> None:
        start = self._read.get(path.name, 0)
        size = path.stat().st_size
        if size == start:
            return
        if size < start:  # another copy of it came back from a sync program
            start = 0
        with open_regular(path) as stream:
            stream.seek(start)
            data = stream.read()
        end = data.rfind(b"\n") + 1
        self._read[path.name] = start + end
        lines = data[:end].split(b"\n")
        for entry in _decode_lines(line for line in lines if _SETTLED in line):
            self.record({name: EntryOutcome(o) for name, o in entry.outcomes.items()})
        for entry in _decode_lines(line for line in lines if self._may_wait(line)):
            if entry.id not in self._outcomes and entry.kind not in (
                *RECORD_KINDS,
                EntryKind.SETTLED,
            ):
                self._waiting[entry.id] = entry

    def _may_wait(self, line: bytes) -> bool:
        """Spare the work of decoding years of settled entries; only their ids are looked at."""
        found = _ID.match(line)
        return found is None or found[1].decode("ascii", "replace") not in self._outcomes


def journal_files(folder: Path) -> list[Path]:
    """List the journals of a folder by name; raises OSError."""
    try:
        return sorted(p for p in folder.iterdir() if p.suffix == ".jsonl")
    except FileNotFoundError:
        return []


def read_journals(folder: Path) -> tuple[JournalEntry, ...]:
    """Read every entry of every readable journal, newest first, each with what became of it."""
    entries: dict[str, JournalEntry] = {}
    outcomes: dict[str, EntryOutcome] = {}
    with suppress(OSError):
        for path in journal_files(folder):
            with suppress(OSError):  # `unreadable_journals` names it
                for entry in _decode_lines(read_regular(path).split(b"\n")):
                    if entry.kind is EntryKind.SETTLED:
                        outcomes.update({k: EntryOutcome(v) for k, v in entry.outcomes.items()})
                    else:
                        entries[entry.id] = entry
    found = (replace(e, outcome=_outcome_of(e, outcomes)) for e in entries.values())
    return tuple(sorted(found, key=lambda e: (e.time, e.session, e.sequence), reverse=True))


def unreadable_journals(folder: Path) -> tuple[Problem, ...]:
    """List the journals that cannot be read, so that a log does not look whole without them."""
    problems = []
    try:
        paths = journal_files(folder)
    except OSError as error:
        return (_unreadable(folder, error),)
    for path in paths:
        try:
            open_regular(path).close()
        except FileNotFoundError:  # a sync program took it meanwhile
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
