"""Write several files of a folder as one transaction: a redo log that the next program completes.

`write_transaction` works in three steps, all under the folder's lock:

1. Prepare. Every new file is written to `.calib/swap/` under a number. A kill here leaves the old
   files; the next transaction deletes the prepared ones.
2. Commit. `ready.json`, the list of files and targets, is written atomically. From this moment on
   the new files are the valid ones.
3. Apply. Every new file replaces its target, then `ready.json` is removed, then the rest of the
   folder. A kill here leaves a mix of old and new files, and `ready.json`. The next
   program that opens the folder or saves into it calls `finish_transaction`, which repeats step 3.

Step 3 can be repeated because each of its operations is idempotent: the prepared files are copied,
not moved, and removing a file that is gone is not an error.

`calib.report.output_files` also writes several files or none, and is not the same: a report can be
made again, so it restores the old files after an error but has no log and does not survive a kill.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from calib.errors import CannotWrite
from calib.files.atomic import make_folder, remove_file, replace_file
from calib.files.regular import read_regular

# The names are a file format: a program of another version may have to complete the transaction.
_FOLDER = "swap"
_LOG = "ready.json"


def write_transaction(folder: Path, files: Mapping[str, bytes | None], *, last: str) -> None:
    """Write files, or remove those that are None, in this order but `last` at the end.

    The order matters to readers without the lock: while the files are applied they see the first
    ones new and the rest old. Requires the lock; raises CannotWrite.
    """
    swap_folder = folder / ".calib" / _FOLDER
    for name in files:
        _check_inside(folder, folder / name)
    # Files that an earlier attempt prepared were never committed.
    shutil.rmtree(swap_folder, ignore_errors=True)
    make_folder(swap_folder)
    for number, data in enumerate(files.values()):
        if data is not None:
            replace_file(swap_folder / str(number), data)
    rows = [(name, number, data is None) for number, (name, data) in enumerate(files.items())]
    rows.sort(key=lambda row: row[0] == last)
    # The commit. Each `replace_file` above has fsynced its file and the folder, so the log cannot
    # be on disk without the files that it lists.
    replace_file(swap_folder / _LOG, json.dumps(rows).encode())
    finish_transaction(folder)


def is_transaction_unfinished(folder: Path) -> bool:
    """Return whether a committed transaction still has to be applied."""
    return (folder / ".calib" / _FOLDER / _LOG).exists()


def finish_transaction(folder: Path) -> None:
    """Apply a committed transaction, if there is one; requires the lock, raises CannotWrite."""
    if not is_transaction_unfinished(folder):
        return
    swap_folder = folder / ".calib" / _FOLDER
    try:
        rows = json.loads(read_regular(swap_folder / _LOG))
        for name, number, is_removed in rows:
            # `int` rejects a number like `../../secret`.
            target, prepared = folder / name, swap_folder / str(int(number))
            # Anyone with access to a shared folder can write a log that reads or writes elsewhere.
            _check_inside(folder, target)
            if is_removed:
                remove_file(target)
            elif prepared.is_symlink():
                raise ValueError(f"{prepared.name} is a link")
            else:
                make_folder(target.parent)
                replace_file(target, read_regular(prepared))
    except (OSError, ValueError, TypeError) as error:
        reason = error if isinstance(error, OSError) else str(error)
        raise CannotWrite(swap_folder / _LOG, reason) from error
    # The log before the prepared files: a log without its files could not be applied again.
    remove_file(swap_folder / _LOG)
    shutil.rmtree(swap_folder, ignore_errors=True)


def _check_inside(folder: Path, path: Path) -> None:
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        raise CannotWrite(path, "is outside the assessment")
