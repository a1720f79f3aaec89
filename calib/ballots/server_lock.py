"""One voting server per assessment on this machine, and the secrets of its addresses."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from calib.ballots.user_files import folder_id, make_private_folder
from calib.errors import BadInput, CannotWrite, Problem
from calib.files.atomic import add_new_file, wrap_os_errors

_SECRET_BYTES = 32
_TIMEOUT = 2.0  # seconds, enough for a server that is being replaced to stop


@contextmanager
def hold_server_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of the voting server of a folder.

    Raises BadInput if another server runs, and CannotWrite.
    """
    path = make_private_folder("rooms", folder_id(folder)) / "server.lock"
    # A soft lock would stay after a kill and keep the next server out.
    lock = FileLock(path, timeout=_TIMEOUT, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout as error:
        message = "a voting server for this assessment is running already"
        raise BadInput(
            [Problem(str(folder), message, remedy="use that one, or stop it")]
        ) from error
    except (OSError, NotImplementedError) as error:
        raise CannotWrite(path, error if isinstance(error, OSError) else str(error)) from error
    try:
        yield
    finally:
        lock.release()


def derive_room_key(folder: Path, purpose: str) -> str:
    """Return a key for one purpose, the same each time on this machine; raises CannotWrite.

    It is derived from a secret in the user's own files, so reading the assessment folder is not
    enough to compute it.
    """
    path = make_private_folder("rooms", folder_id(folder)) / "secret"
    with wrap_os_errors(path):
        if not path.exists():
            add_new_file(path, secrets.token_hex(_SECRET_BYTES).encode())
        path.chmod(0o600)
        secret = path.read_bytes()
    return hmac.digest(secret, purpose.encode(), "sha256").hex()[:40]
