"""Write files atomically: after a kill or power cut a file has its old content or its new one.

The order is always the same. Write a temporary file in the same folder, fsync it, rename it over
the target, fsync the folder. Without the first fsync the rename could reach the disk before the
bytes, and a power cut would leave an empty file; without the second the new name could be lost
although the caller reports the file as saved.

Several files at once are the subject of `calib.store.transaction`, which is built on this.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from calib.errors import CannotWrite

TEMPORARY_PREFIX = ".calib-tmp-"
# A live writer renames its temporary file within seconds; an hour also covers a suspended laptop.
STALE_SECONDS = 3600.0

# O_EXCL and O_NOFOLLOW: a link planted under the temporary name cannot redirect the write.
_FLAGS = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
# On Windows a virus scanner or a reader that has the target open makes a rename fail for a moment
# with one of: access denied, sharing violation, lock violation.
_WINDOWS_BUSY = (5, 32, 33)
_RETRY_SECONDS = 2.5
_RETRY_INTERVAL = 0.05
# Some network file systems cannot fsync a folder. The file itself was fsynced, so go on without.
_FOLDER_FSYNC_UNSUPPORTED = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)


@contextmanager
def wrap_os_errors(path: Path) -> Iterator[None]:
    """Turn an OSError into CannotWrite, with the file of the error, or else `path`."""
    try:
        yield
    except OSError as error:
        raise CannotWrite(error.filename or path, error) from error


def replace_file(path: Path, data: bytes, mode: int | None = None) -> None:
    """Replace the content of a file, or create it, atomically and durably; raises CannotWrite.

    Without `mode` an existing file keeps its mode and owner.
    """
    temporary = path.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}")
    try:
        _check_replaceable(path)
        _write_temporary(temporary, data, path, mode)
        _replace_with_retry(temporary, path)
        fsync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise CannotWrite(path, error) from error


@contextmanager
def open_replacement(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file for writing and reading; it replaces `path` when the block ends.

    If the block raises, `path` is unchanged. Raises CannotWrite.
    """
    temporary = path.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}")
    try:
        _check_replaceable(path)
        handle = os.open(temporary, _FLAGS & ~os.O_WRONLY | os.O_RDWR, 0o666)
        with os.fdopen(handle, "w+b") as file:
            _copy_mode(handle, path)
            yield file
            file.flush()
            os.fsync(handle)
        _replace_with_retry(temporary, path)
        fsync_folder(path.parent)
    except OSError as error:
        raise CannotWrite(path, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def _check_replaceable(path: Path) -> None:
    """Raise OSError for a device or a pipe: a rename would replace it by a regular file."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(errno.EINVAL, "not a regular file", str(path))


def add_new_file(path: Path, data: bytes, mode: int | None = None) -> bool:
    """Create a file, atomically and durably; False, with nothing written, if the name exists."""
    temporary = path.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}")
    try:
        _write_temporary(temporary, data, path, mode)
        # A link fails if another process has created the name; a rename would overwrite the file.
        try:
            os.link(temporary, path)
        except FileExistsError:
            return False
        except OSError:
            # FAT and some network shares have no hard links. The check and the rename are two
            # steps, which is safe because callers on a shared folder hold its lock.
            if path.exists():
                return False
            _replace_with_retry(temporary, path)
        fsync_folder(path.parent)
        return True
    except OSError as error:
        raise CannotWrite(path, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def make_folder(path: Path) -> None:
    """Create one folder inside an existing one, durably; raises CannotWrite."""
    try:
        path.mkdir()
        fsync_folder(path.parent)
    except FileExistsError:
        pass
    except OSError as error:
        raise CannotWrite(path, error) from error


def remove_file(path: Path) -> None:
    """Remove a file durably; raises CannotWrite."""
    try:
        path.unlink()
        fsync_folder(path.parent)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise CannotWrite(path, error) from error


def fsync_folder(folder: Path) -> None:
    """Make the names in a folder durable: files created, renamed or removed there."""
    if os.name == "nt":  # Windows cannot open a folder; NTFS journals names itself
        return
    handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _FOLDER_FSYNC_UNSUPPORTED:
            raise
    finally:
        os.close(handle)


def write_all(handle: int, data: bytes) -> None:
    """Write all bytes to a file descriptor; one `os.write` may write only a part."""
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def remove_stale_temporaries(folders: Iterator[Path], now: float) -> None:
    """Remove temporary files that a killed program left more than an hour ago."""
    for folder in folders:
        with suppress(OSError):
            for path in folder.glob(f"{TEMPORARY_PREFIX}*"):
                with suppress(OSError):
                    if now - path.lstat().st_mtime > STALE_SECONDS:
                        path.unlink()


def _write_temporary(temporary: Path, data: bytes, like: Path, mode: int | None) -> None:
    handle = os.open(temporary, _FLAGS, 0o666 if mode is None else mode)
    try:
        if mode is None:
            _copy_mode(handle, like)
        write_all(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)


def _copy_mode(handle: int, like: Path) -> None:
    if not hasattr(os, "fchmod"):
        return
    # On the descriptor, before the rename: the target never has the wrong mode, even for a moment.
    try:
        found = like.stat()
    except FileNotFoundError:
        return
    os.fchmod(handle, stat.S_IMODE(found.st_mode))
    # Only root may change the owner; for others the file becomes their own.
    with suppress(PermissionError):
        os.fchown(handle, found.st_uid, found.st_gid)


def _replace_with_retry(source: Path, target: Path) -> None:
    waited = 0.0
    while True:
        try:
            os.replace(source, target)
        except OSError as error:
            if getattr(error, "winerror", None) not in _WINDOWS_BUSY or waited >= _RETRY_SECONDS:
                raise
            time.sleep(_RETRY_INTERVAL)
            waited += _RETRY_INTERVAL
        else:
            return
