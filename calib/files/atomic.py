"""Bytes to a file: afterwards the disk holds the old content or the new, nothing else."""

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
STALE_SECONDS = 3600.0

_FLAGS = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
# Virus scanners and readers hold a file for a moment: denied, sharing violation, lock violation.
_BUSY = (5, 32, 33)
_PATIENCE = 2.5
_PAUSE = 0.05
# Some shared file systems cannot flush a folder; there is nothing more that could be done there.
_NO_FOLDER_FLUSH = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)


@contextmanager
def wrap_os_errors(path: Path) -> Iterator[None]:
    """Turn whatever the system refuses into CannotWrite, which names the file."""
    try:
        yield
    except OSError as error:
        raise CannotWrite(error.filename or path, error) from error


def replace_file(path: Path, data: bytes, mode: int | None = None) -> None:
    """Write bytes so that after a kill or a power cut the file is whole; raises CannotWrite.

    Without a mode the file keeps the one it has.
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
    """Give a file to write to and to read from; it takes the place of `path` when the block ends.

    Where the block raises, what was there stays. Raises CannotWrite for what the system refuses.
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
    """Raise OSError for a device or a pipe, which a file that takes its place would end."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(errno.EINVAL, "it is no regular file", str(path))


def add_new_file(path: Path, data: bytes, mode: int | None = None) -> bool:
    """Write bytes under a name that is free; False, and nothing written, where it is taken."""
    temporary = path.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}")
    try:
        _write_temporary(temporary, data, path, mode)
        try:
            os.link(temporary, path)
        except FileExistsError:
            return False
        except OSError:
            # FAT and some shares know no links; the caller holds the lock of the folder.
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
    """Make one folder inside an existing one, durably; raises CannotWrite."""
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
    """Make the names in a folder durable."""
    if os.name == "nt":  # Windows has no handle to flush
        return
    handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_FOLDER_FLUSH:
            raise
    finally:
        os.close(handle)


def write_all(handle: int, data: bytes) -> None:
    """Write every byte to an open file, however many calls it takes."""
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def remove_stale_temporaries(folders: Iterator[Path], now: float) -> None:
    """Remove temporary files which a killed program left more than an hour ago."""
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
    try:
        found = like.stat()
    except FileNotFoundError:
        return
    os.fchmod(handle, stat.S_IMODE(found.st_mode))
    # Only root may give a file away; others keep what they can.
    with suppress(PermissionError):
        os.fchown(handle, found.st_uid, found.st_gid)


def _replace_with_retry(source: Path, target: Path) -> None:
    waited = 0.0
    while True:
        try:
            os.replace(source, target)
        except OSError as error:
            if getattr(error, "winerror", None) not in _BUSY or waited >= _PATIENCE:
                raise
            time.sleep(_PAUSE)
            waited += _PAUSE
        else:
            return
