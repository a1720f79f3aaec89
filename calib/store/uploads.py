"""Create, remove and upload whole files."""

from __future__ import annotations

import hashlib
from pathlib import Path

from calib.errors import BadInput, CannotWrite, Problem
from calib.files.atomic import add_new_file, make_folder, wrap_os_errors
from calib.files.regular import read_regular
from calib.files.strict_yaml import MAX_BYTES
from calib.store.apply import EditBlocked, read_content
from calib.store.filenames import numbered_names, safe_upload_name
from calib.store.journal import EntryKind
from calib.store.writer import EditRequest, FolderWriter, Saved
from calib.yamledit.edit import InvalidYaml, parse_value


def check_new_text(file: str, text: str) -> str:
    """Return the text of a new file; raises BadInput if it is not a YAML mapping."""
    try:
        value = parse_value(text, file)
        size = len(text.encode())
    except InvalidYaml as error:
        raise BadInput([Problem(file, str(error))]) from error
    if not isinstance(value, dict) or size > MAX_BYTES:
        raise BadInput([Problem(file, "must contain `key: value` lines")])
    return text


def check_removable(folder: Path, file: str) -> str:
    """Return the text of a file that may be removed; raises BadInput."""
    if file.count("/") == 0:
        raise BadInput([Problem(file, "is part of every assessment and cannot be removed")])
    try:
        state = read_content(folder, file)
    except EditBlocked as error:
        raise BadInput([Problem(file, str(error))]) from error
    if state.text is None:
        raise BadInput([Problem(file, "there is no such file")])
    return state.bom.decode() + state.text


def add_upload(writer: FolderWriter, name: str, data: bytes) -> Saved:
    """Write an upload under a free name, then log it; raises CannotWrite.

    Other edits are logged first, but an upload is too large for the journal. A kill between the two
    steps leaves a complete file without an entry; the same upload then reuses that file.
    """
    evidence = writer.folder / "evidence"
    with wrap_os_errors(evidence):
        writer.ensure_journal_folder()
    with wrap_os_errors(evidence), writer.locked():
        make_folder(evidence)
        if not evidence.resolve().is_relative_to(writer.folder):
            raise CannotWrite(evidence, "is outside the assessment")
        for free in numbered_names(safe_upload_name(name)):
            path = evidence / free
            if _has_content(path, data) or add_new_file(path, data):
                digest = hashlib.sha256(data).hexdigest()
                return writer.log_done(
                    EditRequest(EntryKind.FILE, f"evidence/{free}", (), None, digest)
                )
    raise CannotWrite(evidence, "no name is free")  # pragma: no cover - the numbers never end


def _has_content(path: Path, data: bytes) -> bool:
    try:
        same_size = not path.is_symlink() and path.is_file() and path.stat().st_size == len(data)
        return same_size and read_regular(path) == data
    except OSError:
        return False
