"""Read the files of a voting session by content, without writing any.

Contents are compared, not modification times: a network share may report times late or in whole
seconds, and the files are small.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from calib.ballots.files import BALLOTS_FOLDER, load_ballots
from calib.ballots.sealed_file import SEALED_SUFFIX
from calib.ballots.sealing import merge_votes, open_sealed_ballot
from calib.ballots.seats import load_seats, seats_path
from calib.ballots.workshop_file import WORKSHOP_FILE, load_workshop
from calib.errors import BadInput
from calib.files.regular import read_regular
from calib.model import Ballot, Catalog, Vote, Workshop
from calib.voting_server.state import EvidenceSummary, VotingState

_LOG = logging.getLogger("calib.voting_server")
_BALLOT_INTERVAL = 4
"""Read the ballots at every fourth refresh only: this server writes nearly all votes itself and
knows them already; votes on paper or from forms may take a second to appear."""

ContentT = TypeVar("ContentT")


class StateReader:
    """Keep the state up to date; a file that cannot be read keeps its last good content."""

    def __init__(self, folder: Path, catalog: Catalog) -> None:
        self.folder = folder.resolve()
        self.catalog = catalog
        self.state = VotingState()
        self.lock = threading.RLock()
        """Held while files are read or written. Otherwise a refresh that began before a vote was
        written could end after it, and put the older vote back into the state."""
        self._contents: dict[Path, bytes | None] = {}
        """Content of workshop record and seats at the last good read."""
        self._ballot_contents: dict[Path, bytes] = {}
        self._open: dict[tuple[str, str], Ballot] = {}
        self._sealed: dict[tuple[str, str], Ballot] = {}
        self._refreshes = 0
        self._warnings: dict[str, str] = {}
        """The last warning about each file, so that a lasting problem is logged once."""

    def refresh(self, *, full: bool = False) -> bool:
        """Read changed files; return whether the state changed.

        Ballots are read with `full`, at every fourth call, and whenever the record changed.
        """
        with self.lock:
            before = self.state
            record = self.folder / WORKSHOP_FILE
            workshop = self._load_if_changed(record, self._load_begun_workshop, before.workshop)
            # A reveal must show all votes that were in the files when it happened, so record and
            # ballots enter the state together.
            if full or workshop != before.workshop or self._refreshes % _BALLOT_INTERVAL == 0:
                self._refresh_ballots()
            self._refreshes += 1
            self.state = replace(self.state, workshop=workshop)
            self.refresh_seats()
            return self.state != before

    def refresh_seats(self) -> None:
        """Read the seats if they have changed."""
        path = seats_path(self.folder)
        with self.lock:
            seats = self._load_if_changed(path, lambda: load_seats(self.folder), self.state.seats)
            self.state = replace(self.state, seats=seats)

    def read_vote(self, control: str, criterion: str, assessor: str) -> Vote | None:
        """Return the current vote, with the sealed file read anew; raises BadInput."""
        sealed = open_sealed_ballot(self.folder, control, assessor)
        ballots = (self._open.get((control, assessor)), sealed)
        votes = [v for b in ballots if b for v in b.votes if v.criterion == criterion]
        return votes[-1] if votes else None  # the sealed vote is the newer one

    def add_sealed(self, ballot: Ballot) -> None:
        """Add a ballot that was just sealed to the state, without reading its file."""
        with self.lock:
            self._sealed[ballot.control, ballot.assessor] = ballot
            self._merge_ballots()

    def set_evidence(self, key: str, summary: EvidenceSummary | None) -> None:
        """Set the evidence summary of the current criterion."""
        with self.lock:
            self.state = replace(self.state, evidence={key: summary} if summary else {})

    def assessor_ids(self) -> set[str]:
        """Return everyone who has a ballot file, open or sealed."""
        return {path.stem for path in self._ballot_paths()}

    def _load_begun_workshop(self) -> Workshop | None:
        """Load the record; None while the facilitator is still preparing it."""
        workshop = load_workshop(self.folder, self.catalog)
        return workshop if workshop and workshop.begun else None

    def _load_if_changed(
        self, path: Path, load: Callable[[], ContentT], last: ContentT
    ) -> ContentT:
        """Return the loaded content of a file; `last` if it is unchanged or cannot be read."""
        try:
            content = read_regular(path) if path.exists() else None
            if path in self._contents and self._contents[path] == content:
                return last
            loaded = load()
        except (BadInput, OSError) as error:
            self._warn_once(path, error)
            return last
        self._contents[path] = content
        self._warnings.pop(str(path), None)
        return loaded

    def _refresh_ballots(self) -> None:
        if not (self.folder / "assessment.yaml").exists():
            return  # the network share is not mounted just now; its votes are not gone
        now = dict(self._read_ballot_contents())
        changed = [p for p in now if self._ballot_contents.get(p) != now[p]]
        removed = [p for p in self._ballot_contents if p not in now]
        if not changed and not removed:
            return
        self._open_sealed(p for p in changed if p.suffix == SEALED_SUFFIX)
        for path in removed:
            self._sealed.pop((path.parent.name, path.stem), None)
        if any(p.suffix != SEALED_SUFFIX for p in (*changed, *removed)):
            self._load_open()
        self._ballot_contents = now
        self._merge_ballots()

    def _open_sealed(self, paths: Iterable[Path]) -> None:
        for path in paths:
            control, assessor = path.parent.name, path.stem
            try:
                ballot = open_sealed_ballot(self.folder, control, assessor)
            except (BadInput, OSError) as error:
                self._warn_once(path, error)  # one damaged ballot must not stop the others
                continue
            if ballot is not None:
                self._sealed[control, assessor] = ballot

    def _load_open(self) -> None:
        try:
            ballots = load_ballots(self.folder, self.catalog)
        except (BadInput, OSError) as error:
            self._warn_once(self.folder / BALLOTS_FOLDER, error)
        else:
            self._open = {(b.control, b.assessor): b for b in ballots}

    def _merge_ballots(self) -> None:
        """Merge open and sealed votes; a sealed vote is newer than an open one."""
        merged = dict(self._open)
        for key, ballot in self._sealed.items():
            merged[key] = merge_votes(merged[key], ballot.votes) if key in merged else ballot
        if merged != self.state.ballots:
            self.state = replace(self.state, ballots=merged)

    def _ballot_paths(self) -> list[Path]:
        # List sealed ballots before open ones: publishing writes the open file first and removes
        # the sealed one after it, so a vote published in between is found in one of the two.
        folder = self.folder / BALLOTS_FOLDER
        return sorted((*folder.glob(f"*/*{SEALED_SUFFIX}"), *folder.glob("*/*.yaml")))

    def _read_ballot_contents(self) -> Iterator[tuple[Path, bytes]]:
        for path in self._ballot_paths():
            try:
                yield path, read_regular(path)
            except OSError as error:
                self._warn_once(path, error)
                yield path, self._ballot_contents.get(path, b"")

    def _warn_once(self, path: Path, error: Exception) -> None:
        """Log a problem for the facilitator, unless it is the same as before."""
        if self._warnings.get(str(path)) != str(error):
            self._warnings[str(path)] = str(error)
            _LOG.warning("%s", error)
