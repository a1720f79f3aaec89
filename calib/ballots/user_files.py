"""Files of one user on one machine: keys, seats and locks, outside every assessment folder.

Assessments are shared and copied; these files must not be readable with them.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from calib.errors import CannotWrite
from calib.files.atomic import fsync_folder

FILE_MODE = 0o600
"""Of all files in this folder: only the user can read them."""
_FOLDER_MODE = 0o700


def user_state_folder() -> Path:
    """Return the folder of calib for this user's state; it may not exist yet.

    The rule is XDG's on every system but Windows. platformdirs would choose another folder on
    macOS, and the keys of existing workshops would no longer be found.
    """
    local = os.environ.get("LOCALAPPDATA") if os.name == "nt" else None
    base = os.environ.get("XDG_STATE_HOME") or local or Path.home() / ".local" / "state"
    return Path(base) / "calib"


def make_private_folder(*parts: str) -> Path:
    """Create a folder that only the user can open; raises CannotWrite."""
    top = user_state_folder()
    folder = top.joinpath(*parts)
    try:
        top.parent.mkdir(parents=True, exist_ok=True)
        for relative in (*reversed(folder.relative_to(top).parents), Path(*parts)):
            _make_durable_folder(top / relative)
    except OSError as error:
        raise CannotWrite(folder, error) from error
    return folder


def folder_id(folder: Path) -> str:
    """Return a file name for an assessment folder on this machine, from its path."""
    return hashlib.sha256(str(folder.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _make_durable_folder(path: Path) -> None:
    try:
        path.mkdir(mode=_FOLDER_MODE)
    except FileExistsError:
        path.chmod(_FOLDER_MODE)
    else:
        # Durable before a ballot is sealed: without its key no vote can be opened.
        fsync_folder(path.parent)
