"""Read what the notebook and others wrote, by content; nothing is written here."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from calib.ballots.files import FOLDER, load_ballots
from calib.ballots.sealing import SUFFIX, open_sealed, with_votes
from calib.ballots.seats import load_seats, seats_path
from calib.ballots.workshop_file import FILE, load_workshop
from calib.errors import BadInput
from calib.files.regular import read_regular
from calib.model import Ballot, Catalog, Vote, Workshop
from calib.voting_server.state import Shown, Sight

_LOG = logging.getLogger("calib.voting_server")
_BALLOTS_EVERY = 4
"""Votes come by this server, which knows them; paper and forms may wait for every fourth look."""

Found = TypeVar("Found")


class Eye:
    """Look at the files of a workshop; what cannot be read leaves the last good state."""

    def __init__(self, folder: Path, catalog: Catalog) -> None:
        self.folder = folder.resolve()
        self.catalog = catalog
        self.sight = Sight()
        self.guard = threading.RLock()
        """Held while files are read or written, so that no look brings back an older vote."""
        self._noted: dict[Path, bytes | None] = {}
        """What the record and the seats held at the last good look."""
        self._files: dict[Path, bytes] = {}
        """What the ballots held."""
        self._open: dict[tuple[str, str], Ballot] = {}
        self._sealed: dict[tuple[str, str], Ballot] = {}
        self._looks = 0
        self._said: dict[str, str] = {}

    def look(self, *, all_of_it: bool = False) -> bool:
        """Read what has changed, now and then the ballots too; say whether anything did."""
        with self.guard:
            before = self.sight
            workshop = self._kept(self.folder / FILE, self._begun, before.workshop)
            # What was revealed shows together with the votes that were there at that moment.
            if all_of_it or workshop != before.workshop or self._looks % _BALLOTS_EVERY == 0:
                self._look_at_ballots()
            self._looks += 1
            self.sight = replace(self.sight, workshop=workshop)
            self.look_at_seats()
            return self.sight != before

    def look_at_seats(self) -> None:
        """Read the seats, if they have changed."""
        path = seats_path(self.folder)
        with self.guard:
            seats = self._kept(path, lambda: load_seats(self.folder), self.sight.seats)
            self.sight = replace(self.sight, seats=seats)

    def standing(self, control: str, criterion: str, assessor: str) -> Vote | None:
        """Return the vote that stands, from the file itself; raises BadInput."""
        ballots = (self._open.get((control, assessor)), open_sealed(self.folder, control, assessor))
        votes = [v for b in ballots if b for v in b.votes if v.criterion == criterion]
        return votes[-1] if votes else None

    def keep(self, ballot: Ballot) -> None:
        """Know a ballot that was just sealed."""
        with self.guard:
            self._sealed[ballot.control, ballot.assessor] = ballot
            self._merge()

    def show(self, key: str, shown: Shown | None) -> None:
        """Know what the evidence shows of the criterion that the room is at."""
        with self.guard:
            self.sight = replace(self.sight, evidence={key: shown} if shown else {})

    def assessors(self) -> set[str]:
        """List who has a ballot, in whatever file."""
        return {path.stem for path in self._paths()}

    def _begun(self) -> Workshop | None:
        """Read the record; one that is only being prepared is none yet."""
        found = load_workshop(self.folder, self.catalog)
        return found if found and found.begun else None

    def _kept(self, path: Path, load: Callable[[], Found], last: Found) -> Found:
        """Return what a file holds now; the last that was good where it cannot be read."""
        try:
            content = read_regular(path) if path.exists() else None
            if path in self._noted and self._noted[path] == content:
                return last
            found = load()
        except (BadInput, OSError) as error:
            self._complain(path, error)
            return last
        self._noted[path] = content
        self._said.pop(str(path), None)
        return found

    def _look_at_ballots(self) -> None:
        if not (self.folder / "assessment.yaml").exists():
            return  # a share that went away has not lost its votes
        now = dict(self._contents())
        changed = [p for p in now if self._files.get(p) != now[p]]
        gone = [p for p in self._files if p not in now]
        if not changed and not gone:
            return
        self._open_sealed(p for p in changed if p.suffix == SUFFIX)
        for path in gone:
            self._sealed.pop((path.parent.name, path.stem), None)
        if any(p.suffix != SUFFIX for p in (*changed, *gone)):
            self._load_open()
        self._files = now
        self._merge()

    def _open_sealed(self, paths: Iterable[Path]) -> None:
        for path in paths:
            place = path.parent.name, path.stem
            try:
                found = open_sealed(self.folder, *place)
            except (BadInput, OSError) as error:
                self._complain(path, error)
                continue
            if found is not None:
                self._sealed[place] = found

    def _load_open(self) -> None:
        try:
            found = load_ballots(self.folder, self.catalog)
        except (BadInput, OSError) as error:
            self._complain(self.folder / FOLDER, error)
        else:
            self._open = {(b.control, b.assessor): b for b in found}

    def _merge(self) -> None:
        """Lay the sealed votes over the open ones: they are the newer."""
        merged = dict(self._open)
        for key, ballot in self._sealed.items():
            merged[key] = with_votes(merged[key], ballot.votes) if key in merged else ballot
        if merged != self.sight.ballots:
            self.sight = replace(self.sight, ballots=merged)

    def _paths(self) -> list[Path]:
        # A sealed one before the open one: a vote that is published meanwhile is in either.
        room = self.folder / FOLDER
        return sorted((*room.glob(f"*/*{SUFFIX}"), *room.glob("*/*.yaml")))

    def _contents(self) -> Iterable[tuple[Path, bytes]]:
        for path in self._paths():
            try:
                yield path, read_regular(path)
            except OSError as error:
                self._complain(path, error)
                yield path, self._files.get(path, b"")

    def _complain(self, path: Path, error: Exception) -> None:
        """Tell the facilitator, once for each new trouble."""
        if self._said.get(str(path)) != str(error):
            self._said[str(path)] = str(error)
            _LOG.warning("%s", error)
