"""Seats of a workshop: one-time join codes, and the devices that used them.

The seats are among the facilitator's own files, outside the assessment folder, so that reading the
folder is not enough to take a seat. Of a device's token only the hash is stored.
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
"""Without 0, 1, I, L, O and U, which are easily confused."""
_CODE_LENGTH = 8  # 39 bits; wrong codes are rate limited
_SEATS = TypeAdapter(tuple[Seat, ...])
_FILE = "seats.json"
MAX_NAME_LENGTH = 60
"""Of a participant's name, in characters."""
UNKNOWN_CODE = "This code is wrong or was used already. Ask for a new one."
"""The same text in both cases, so that guessing does not show which codes existed."""


class JoinRefused(Exception):
    """A participant cannot take a seat; the message is for them."""


def seats_path(folder: Path) -> Path:
    """Return the file with the seats of an assessment's workshop."""
    return user_state_folder() / "rooms" / folder_id(folder) / _FILE


def load_seats(folder: Path) -> tuple[Seat, ...]:
    """Load the seats of an assessment's workshop; raises BadInput."""
    path = seats_path(folder)
    try:
        return _SEATS.validate_json(path.read_bytes())
    except FileNotFoundError:
        return ()
    except (OSError, ValidationError) as error:
        message = "the seats of the workshop cannot be read"
        remedy = "remove the file and hand out new join codes; it contains no votes"
        raise BadInput([Problem(str(path), message, remedy=remedy)]) from error


def create_join_codes(folder: Path, names: Iterable[str] = (), blank: int = 0) -> tuple[Seat, ...]:
    """Create a join code for each name, and blank ones; return the seats with these codes.

    A person with a seat gets a new code for it, for another or a lost device. The old device works
    until the new code is used. Raises BadInput if a name is invalid or too similar to another one;
    then no code is created.
    """
    with _locked_seats(folder) as seats:
        created: list[Seat] = []
        for name in names:
            seat = _find_seat_by_name(seats, clean_name(name)) or _new_seat(name, seats)
            if seat.id in {m.id for m in created}:
                raise BadInput([Problem(repr(name), "duplicate name")])
            created.append(seat.model_copy(update={"code": _new_code(seats)}))
            seats[:] = [s for s in seats if s.id != seat.id] + [created[-1]]
        for _ in range(blank):
            created.append(Seat(id=f"seat-{secrets.token_hex(6)}", code=_new_code(seats)))
            seats.append(created[-1])
    return tuple(created)


def _new_seat(name: str, seats: Iterable[Seat]) -> Seat:
    cleaned = clean_name(name)
    if not cleaned or len(cleaned) > MAX_NAME_LENGTH:
        message = f"a name has 1 to {MAX_NAME_LENGTH} characters"
        raise BadInput([Problem(repr(name), message)])
    seat = Seat(id=assessor_id(cleaned), name=cleaned)
    other = next((s.name for s in seats if s.id == seat.id), None)
    if other is not None:
        remedy = "add a surname or a number"
        raise BadInput([Problem(repr(name), f"is too similar to {other!r}", remedy=remedy)])
    return seat


def claim_seat(
    folder: Path, code: str, name: str | None, at: datetime, taken: Iterable[str] = ()
) -> tuple[Seat, str]:
    """Claim the seat of a join code; return it and the token for the device.

    `name` is None if votes are anonymous, and is only used for a blank seat. `taken` are assessors
    who have ballots already; only a code created for their name leads to those. Raises JoinRefused
    with a sentence for the participant.
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
    """Return the seat of a join code; None if the code is wrong or was used."""
    typed = "".join(c for c in code.upper() if c.isascii() and c.isalnum())
    return next((s for s in seats if s.code and secrets.compare_digest(s.code, typed)), None)


def find_seat_by_token(seats: Iterable[Seat], token: str) -> Seat | None:
    """Return the seat of the device with a token; None if there is none."""
    token_hash = hash_token(token)
    return next((s for s in seats if s.token and secrets.compare_digest(s.token, token_hash)), None)


def hash_token(token: str) -> str:
    """Return the hash under which a device's token is stored."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _assign_blank_seat(seat: Seat, name: str, seats: Sequence[Seat], taken: Iterable[str]) -> Seat:
    """Assign a blank seat to the person with a name; raises JoinRefused."""
    cleaned = clean_name(name)
    if not cleaned:
        raise JoinRefused("Please enter your name.")
    if len(cleaned) > MAX_NAME_LENGTH:
        raise JoinRefused(f"A name has at most {MAX_NAME_LENGTH} characters.")
    assessor = assessor_id(cleaned)
    if _find_seat_by_name(seats, cleaned) or assessor in {s.id for s in seats} | set(taken):
        raise JoinRefused(
            f"The name {cleaned} is taken. Add your surname, or ask for a code that was created "
            "for your name."
        )
    return seat.model_copy(update={"id": assessor, "name": cleaned})


def _find_seat_by_name(seats: Iterable[Seat], name: str) -> Seat | None:
    return next((s for s in seats if s.name and is_same_name(s.name, name)), None)


def _new_code(seats: Iterable[Seat]) -> str:
    known = {s.code for s in seats}
    while True:
        code = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))
        if code not in known:
            return code


@contextmanager
def _locked_seats(folder: Path) -> Iterator[list[Seat]]:
    """Lock the seats and yield a list to change; it is written unless the block raises."""
    private = make_private_folder("rooms", folder_id(folder))
    with wrap_os_errors(private), FileLock(private / "lock", timeout=5, mode=FILE_MODE):
        seats = list(load_seats(folder))
        before = tuple(seats)
        yield seats
        if tuple(seats) != before:
            rows = [s.model_dump(mode="json") for s in seats]
            replace_file(private / _FILE, json.dumps(rows, indent=1).encode(), FILE_MODE)
