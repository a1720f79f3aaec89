"""Read the files of a workshop: the record, the ballots and the seats."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from calib.ballots.files import BALLOTS_FOLDER
from calib.ballots.sealing import load_visible_ballots, open_sealed_ballots
from calib.ballots.seats import load_seats
from calib.ballots.workshop_file import WORKSHOP_FILE, load_workshop
from calib.errors import BadInput
from calib.files.regular import read_regular
from calib.model import Ballot, Catalog, Seat, Workshop, WorkshopAgreement
from calib.workshop import compare_ballots


@dataclass(frozen=True, slots=True)
class VotingUrls:
    """Hold the addresses of the voting server; empty if `calib open` started none."""

    address: str = ""
    """Where participants vote."""
    screen: str = ""
    """The projector view."""
    cards: str = ""
    """Join cards to print."""


@dataclass(frozen=True)
class WorkshopSnapshot:
    """Hold the content of a workshop's files at one moment."""

    record: Workshop
    sealed: tuple[Ballot, ...]
    open: tuple[Ballot, ...]
    seats: tuple[Seat, ...]

    @cached_property
    def agreement(self) -> WorkshopAgreement:
        """The agreement of the revealed votes."""
        return compare_ballots(self.open)

    @property
    def ballots(self) -> tuple[Ballot, ...]:
        """All ballots, sealed and open."""
        return (*self.sealed, *self.open)

    def latest_votes(self) -> Iterator[Ballot]:
        """Yield ballots that contain each vote once.

        After "Vote again" an assessor has an open vote of the first round and a sealed one of the
        second on the same criterion: the sealed one counts.
        """
        yield from self.sealed
        sealed = {(b.control, b.assessor, v.criterion) for b in self.sealed for v in b.votes}
        for b in self.open:
            kept = (v for v in b.votes if (b.control, b.assessor, v.criterion) not in sealed)
            yield b.model_copy(update={"votes": tuple(kept)})


def read_snapshot(folder: Path, catalog: Catalog) -> WorkshopSnapshot:
    """Read the record, the ballots and the seats; raises BadInput."""
    record = load_workshop(folder, catalog)
    visible = load_visible_ballots(folder, catalog, record)
    sealed = open_sealed_ballots(folder, catalog)
    return WorkshopSnapshot(record or Workshop(), sealed, visible, load_seats(folder))


def compute_digest(folder: Path) -> str:
    """Return a hash of all files that `read_snapshot` reads.

    The form polls it twice a second: hashing is much cheaper than decrypting and validating.
    """
    digest = hashlib.sha256()
    for path in _workshop_files(folder):
        try:
            digest.update(str(path).encode("utf-8", "surrogateescape") + read_regular(path))
        except OSError:  # removed since the listing, or unreadable: `read_snapshot` reports it
            continue
    digest.update(repr(_load_seats_or_none(folder)).encode())
    return digest.hexdigest()


def _workshop_files(folder: Path) -> Iterator[Path]:
    yield folder / WORKSHOP_FILE
    for pattern in ("*.yaml", "*.sealed"):
        yield from sorted((folder / BALLOTS_FOLDER).glob(f"*/{pattern}"))


def _load_seats_or_none(folder: Path) -> tuple[Seat, ...]:
    """Return the seats; none if they cannot be read, which `read_snapshot` reports."""
    try:
        return load_seats(folder)
    except BadInput:
        return ()
