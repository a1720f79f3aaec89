"""What the files of a workshop hold at one look."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from calib.ballots.files import FOLDER
from calib.ballots.sealing import all_ballots, load_sealed
from calib.ballots.seats import load_seats
from calib.ballots.workshop_file import FILE, load_workshop
from calib.errors import BadInput
from calib.files.regular import read_regular
from calib.model import Ballot, Catalog, Seat, Workshop, WorkshopAgreement
from calib.workshop import agree


@dataclass(frozen=True, slots=True)
class Room:
    """Hold where the room votes, as `calib open --workshop` says it; empty without a server."""

    address: str = ""
    screen: str = ""
    cards: str = ""


@dataclass(frozen=True)
class Picture:
    """Hold what the files of the workshop held at one look."""

    workshop: Workshop
    sealed: tuple[Ballot, ...]
    open: tuple[Ballot, ...]
    seats: tuple[Seat, ...]

    @cached_property
    def agreement(self) -> WorkshopAgreement:
        """How the votes that were revealed agree."""
        return agree(self.open)

    def every_vote(self) -> Iterator[Ballot]:
        """Give each vote once, sealed or open; of two the sealed one is the newer."""
        yield from self.sealed
        sealed = {(b.control, b.assessor, v.criterion) for b in self.sealed for v in b.votes}
        for b in self.open:
            left = (v for v in b.votes if (b.control, b.assessor, v.criterion) not in sealed)
            yield b.model_copy(update={"votes": tuple(left)})


def read_picture(folder: Path, catalog: Catalog) -> Picture:
    """Read the record, the ballots and the seats; raises BadInput."""
    found = load_workshop(folder, catalog)
    opened = all_ballots(folder, catalog, found)
    sealed = load_sealed(folder, catalog)
    return Picture(found or Workshop(), sealed, opened, load_seats(folder))


def digest(folder: Path) -> str:
    """Return a hash of all that `read_picture` reads; cheap enough for twice a second."""
    found = hashlib.sha256()
    for path in _files(folder):
        try:
            found.update(str(path).encode("utf-8", "surrogateescape") + read_regular(path))
        except OSError:
            continue
    found.update(repr(_seats(folder)).encode())
    return found.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    yield folder / FILE
    for pattern in ("*.yaml", "*.sealed"):
        yield from sorted((folder / FOLDER).glob(f"*/{pattern}"))


def _seats(folder: Path) -> tuple[Seat, ...]:
    """Read the seats; none where they cannot be read, which the reading reports."""
    try:
        return load_seats(folder)
    except BadInput:
        return ()
