"""Several files at once: one moment decides, and whoever comes next completes it.

The new files lie in `.calib/swap/` before anything changes. The moment at which `ready.json`
appears there decides: a kill before it leaves the old files, a kill after it is completed by the
next program that opens the folder or saves into it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from calib.errors import CannotWrite
from calib.files.atomic import make_folder, remove_file, replace_file
from calib.files.regular import read_regular


def write_transaction(folder: Path, files: Mapping[str, bytes | None], *, last: str) -> None:
    """Write and remove files together, one of them last; needs the lock. Raises CannotWrite."""
    place = folder / ".calib" / "swap"
    for name in files:
        _check_inside(folder, folder / name)
    # What an earlier attempt left undecided counts for nothing.
    shutil.rmtree(place, ignore_errors=True)
    make_folder(place)
    for number, data in enumerate(files.values()):
        if data is not None:
            replace_file(place / str(number), data)
    rows = [(name, number, data is None) for number, (name, data) in enumerate(files.items())]
    rows.sort(key=lambda row: row[0] == last)
    replace_file(place / "ready.json", json.dumps(rows).encode())
    finish_transaction(folder)


def is_transaction_unfinished(folder: Path) -> bool:
    """Say whether a decided swap has still to be completed."""
    return (folder / ".calib" / "swap" / "ready.json").exists()


def finish_transaction(folder: Path) -> None:
    """Complete a swap that was interrupted after its decision; needs the lock."""
    if not is_transaction_unfinished(folder):
        return
    place = folder / ".calib" / "swap"
    try:
        rows = json.loads(read_regular(place / "ready.json"))
        for name, number, goes in rows:
            path, new = folder / name, place / str(int(number))
            # Whoever shares the folder could have written the list, to have other files copied.
            _check_inside(folder, path)
            if goes:
                remove_file(path)
            elif new.is_symlink():
                raise ValueError(f"{new.name} is a link")
            else:
                make_folder(path.parent)
                replace_file(path, read_regular(new))
    except (OSError, ValueError, TypeError) as error:
        reason = error if isinstance(error, OSError) else str(error)
        raise CannotWrite(place / "ready.json", reason) from error
    remove_file(place / "ready.json")
    shutil.rmtree(place, ignore_errors=True)


def _check_inside(folder: Path, path: Path) -> None:
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        raise CannotWrite(path, "lies outside the assessment")
