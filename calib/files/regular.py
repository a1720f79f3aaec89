"""Open files for reading only if they are regular files.

A folder that others can write to may contain a named pipe under the name of a file, and `open`
would wait for a writer for ever.
"""

from __future__ import annotations

import os
import stat
from io import BufferedReader
from pathlib import Path

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
# O_NONBLOCK: a pipe that replaces the file between `stat` and `open` must not block the program.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


class NotRegularFile(OSError):
    """A path is not a regular file; `strerror` is a message for the user."""


def open_regular(path: Path, *, follow: bool = True) -> BufferedReader:
    """Open a regular file for reading; raises NotRegularFile, without waiting, or OSError.

    Without `follow`, a symbolic link is rejected as well.
    """
    # Before opening, since opening a device can have effects (a tape rewinds), and after it, since
    # the path may have been replaced in between.
    _check_regular(path, path.stat(follow_symlinks=follow))
    stream = os.fdopen(
        os.open(path, _FLAGS | (0 if follow else getattr(os, "O_NOFOLLOW", 0))), "rb"
    )
    try:
        _check_regular(path, os.fstat(stream.fileno()))
    except NotRegularFile:
        stream.close()
        raise
    return stream


def read_regular(path: Path) -> bytes:
    """Read a regular file; raises NotRegularFile, without waiting, or OSError."""
    with open_regular(path) as stream:
        return stream.read()


def _check_regular(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = _KINDS.get(stat.S_IFMT(found.st_mode), "a link")
        raise NotRegularFile(0, f"it is {kind}, not a file", str(path))
