"""Who may vote in the room: one-time join codes, and the devices that used them.

The seats are kept for the facilitator alone, outside the assessment folder: whoever reads the
folder cannot take another's seat. What a device carries is never stored, only its hash.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock
from pydantic import TypeAdapter, ValidationError

from calib.ballots.files import assessor_id, is_same_name
from calib.ballots.user_files import FILE_MODE, folder_id, make_private_folder, user_state_folder
from calib.errors import BadInput, Problem
from calib.files.atomic import replace_file, wrap_os_errors
from calib.model import Seat
from calib.text import clean_name

_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without those that look alike."""
_SIZE = 8  # 39 bits, and a wrong one has to wait
_SEATS = TypeAdapter(tuple[Seat, ...])
_FILE = "seats.json"
MAX_NAME_LENGTH = 60
"""Characters of a name."""
UNKNOWN_CODE = "This code is wrong or was used already. Ask for a new one."
"""The same for both, so that nobody learns which codes there were."""


class JoinRefused(Exception):
    """Say to a participant why they cannot take a seat."""


def seats_path(folder: Path) -> Path:
    """Return where the seats of an assessment's workshop are kept."""
    return user_state_folder() / "rooms" / folder_id(folder) / _FILE


def load_seats(folder: Path) -> tuple[Seat, ...]:
    """Read the seats of an assessment's workshop; raises BadInput."""
    path = seats_path(folder)
    try:
        return _SEATS.validate_json(path.read_bytes())
    except FileNotFoundError:
        return ()
    except (OSError, ValidationError) as error:
        said = "the seats of the workshop cannot be read"
        remedy = "remove the file and hand out new join codes; no vote is in it"
        raise BadInput([Problem(str(path), said, remedy=remedy)]) from error


def create_join_codes(folder: Path, names: Iterable[str] = (), blank: int = 0) -> tuple[Seat, ...]:
    """Make a join code for each name, and blank ones; return the seats that have these codes.

    A person who has a seat gets a new code for it: another device, or a lost one. The old device
    goes on until the new code is used. Raises BadInput where a name is none, or is too much like
    another one; then nobody gets a code.
    """
    with _locked_seats(folder) as seats:
        made: list[Seat] = []
        for name in names:
            seat = _find_seat_by_name(seats, clean_name(name)) or _new_seat(name, seats)
            if seat.id in {m.id for m in made}:
                raise BadInput([Problem(repr(name), "stands twice")])
            made.append(seat.model_copy(update={"code": _new_code(seats)}))
            seats[:] = [s for s in seats if s.id != seat.id] + [made[-1]]
        for _ in range(blank):
            made.append(Seat(id=f"seat-{secrets.token_hex(6)}", code=_new_code(seats)))
            seats.append(made[-1])
    return tuple(made)


def _new_seat(name: str, seats: Iterable[Seat]) -> Seat:
    said = clean_name(name)
    if not said or len(said) > MAX_NAME_LENGTH:
        message = f"a name has 1 to {MAX_NAME_LENGTH} characters"
        raise BadInput([Problem(repr(name), message)])
    seat = Seat(id=assessor_id(said), name=said)
    other = next((s.name for s in seats if s.id == seat.id), None)
    if other is not None:
        remedy = "add a surname or a number"
        raise BadInput([Problem(repr(name), f"is too much like {other!r}", remedy=remedy)])
    return seat


def claim_seat(
    folder: Path, code: str, name: str | None, at: datetime, taken: Iterable[str] = ()
) -> tuple[Seat, str]:
    """Take the seat of a code; return it and what the device has to carry.

    The name is None where the votes are anonymous, and counts on a blank seat alone. `taken` are
    assessors who have ballots already: only a code that carries their name leads to
    those. Raises Refused with a sentence for the participant.
    """
    with _locked_seats(folder) as seats:
        found = find_seat_by_code(seats, code)
        if found is None:
            raise JoinRefused(UNKNOWN_CODE)
        token = secrets.token_urlsafe(32)
        seat = (
            found if found.name or name is None else _assign_blank_seat(found, name, seats, taken)
        )
        seat = seat.model_copy(update={"code": "", "token": hash_token(token), "joined": at})
        seats[:] = [seat if s == found else s for s in seats]
    return seat, token


def find_seat_by_code(seats: Iterable[Seat], code: str) -> Seat | None:
    """Return the seat that a join code leads to; None where it is wrong or was used."""
    plain = "".join(c for c in code.upper() if c.isascii() and c.isalnum())
    return next((s for s in seats if s.code and secrets.compare_digest(s.code, plain)), None)


def find_seat_by_token(seats: Iterable[Seat], token: str) -> Seat | None:
    """Return the seat of the device that carries this; None where there is none."""
    mark = hash_token(token)
    return next((s for s in seats if s.token and secrets.compare_digest(s.token, mark)), None)


def hash_token(token: str) -> str:
    """Return what is kept of a device's token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _assign_blank_seat(seat: Seat, name: str, seats: Sequence[Seat], taken: Iterable[str]) -> Seat:
    """Give a blank seat to the person who says their name."""
    said = clean_name(name)
    if not said:
        raise JoinRefused("Please say who you are.")
    if len(said) > MAX_NAME_LENGTH:
        raise JoinRefused(f"A name has at most {MAX_NAME_LENGTH} characters.")
    assessor = assessor_id(said)
    if _find_seat_by_name(seats, said) or assessor in {s.id for s in seats} | set(taken):
        raise JoinRefused(
            f"Somebody here is called {said} already. Add your surname, or ask for a code that "
            "carries your name."
        )
    return seat.model_copy(update={"id": assessor, "name": said})


def _find_seat_by_name(seats: Iterable[Seat], name: str) -> Seat | None:
    return next((s for s in seats if s.name and is_same_name(s.name, name)), None)


def _new_code(seats: Iterable[Seat]) -> str:
    known = {s.code for s in seats}
    while True:
        code = "".join(secrets.choice(_LETTERS) for _ in range(_SIZE))
        if code not in known:
            return code


@contextmanager
def _locked_seats(folder: Path) -> Iterator[list[Seat]]:
    """Hold the seats while they change; written unless something is raised."""
    place = make_private_folder("rooms", folder_id(folder))
    with wrap_os_errors(place), FileLock(place / "lock", timeout=5, mode=FILE_MODE):
        seats = list(load_seats(folder))
        before = tuple(seats)
        yield seats
        if tuple(seats) != before:
            rows = [s.model_dump(mode="json") for s in seats]
            replace_file(place / _FILE, json.dumps(rows, indent=1).encode(), FILE_MODE)
