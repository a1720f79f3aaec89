"""The voting room of an assessment on this machine: one server at a time, and its keys."""

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

_BYTES = 32
_PATIENCE = 2.0  # seconds in which a server that is being replaced ends


@contextmanager
def hold_server_lock(folder: Path) -> Iterator[None]:
    """Be the one voting server of a folder; raises BadInput where another one is, CannotWrite."""
    place = make_private_folder("rooms", folder_id(folder)) / "server.lock"
    # A soft lock would outlive a kill, and keep the next server out.
    lock = FileLock(place, timeout=_PATIENCE, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout as error:
        said = "another voting server runs on this assessment"
        raise BadInput([Problem(str(folder), said, remedy="use that one, or stop it")]) from error
    except (OSError, NotImplementedError) as error:
        raise CannotWrite(place, error if isinstance(error, OSError) else str(error)) from error
    try:
        yield
    finally:
        lock.release()


def derive_room_key(folder: Path, purpose: str) -> str:
    """Return the room's key for one purpose, always the same on this machine; raises CannotWrite.

    It is made of a secret beside the seats, which whoever reads the assessment folder lacks.
    """
    place = make_private_folder("rooms", folder_id(folder)) / "secret"
    with wrap_os_errors(place):
        if not place.exists():
            add_new_file(place, secrets.token_hex(_BYTES).encode())
        place.chmod(0o600)
        secret = place.read_bytes()
    return hmac.digest(secret, purpose.encode(), "sha256").hex()[:40]
