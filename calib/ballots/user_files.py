"""What is kept for one person on one machine, outside every assessment folder.

Whoever may read an assessment, on a share or in a copy, does not read this.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from calib.errors import CannotWrite
from calib.files.atomic import fsync_folder

FILE_MODE = 0o600
"""Of every file here."""
_FOLDER_MODE = 0o700


def user_state_folder() -> Path:
    """Return where this person's own files of calib are; it may not be there yet."""
    local = os.environ.get("LOCALAPPDATA") if os.name == "nt" else None
    base = os.environ.get("XDG_STATE_HOME") or local or Path.home() / ".local" / "state"
    return Path(base) / "calib"


def make_private_folder(*parts: str) -> Path:
    """Make a folder that nobody else may open; raises CannotWrite."""
    top = user_state_folder()
    folder = top.joinpath(*parts)
    try:
        top.parent.mkdir(parents=True, exist_ok=True)
        for place in (*reversed(folder.relative_to(top).parents), Path(*parts)):
            _make_durable_folder(top / place)
    except OSError as error:
        raise CannotWrite(folder, error) from error
    return folder


def folder_id(folder: Path) -> str:
    """Return the name under which something is kept for an assessment folder on this machine."""
    return hashlib.sha256(str(folder.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _make_durable_folder(place: Path) -> None:
    try:
        place.mkdir(mode=_FOLDER_MODE)
    except FileExistsError:
        place.chmod(_FOLDER_MODE)
    else:
        # A key that is lost in a power cut takes every vote with it.
        fsync_folder(place.parent)
