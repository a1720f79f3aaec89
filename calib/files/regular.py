"""Files are read only where they are files: a pipe would make the reader wait for its writer."""

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
# A pipe that takes a file's place between looking and opening must not stop the program.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


class NotRegularFile(OSError):
    """Say that something under a file's name is no file, in `strerror`."""


def open_regular(path: Path, *, follow: bool = True) -> BufferedReader:
    """Open a file to read; raises NotRegular at once for whatever else lies there, or OSError.

    Without `follow`, a link in the file's place is refused as well.
    """
    # Looked at before opening as well: a device does things when it is opened.
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
    """Read a whole file; raises NotRegular at once for whatever else lies there, or OSError."""
    with open_regular(path) as stream:
        return stream.read()


def _check_regular(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = _KINDS.get(stat.S_IFMT(found.st_mode), "a link")
        raise NotRegularFile(0, f"it is {kind}, not a file", str(path))
