"""Sealed ballots: `ballots/<control>/<assessor>.sealed`, encrypted until their votes are revealed.

A vote is sealed until its criterion is revealed, and then moves to the open ballot beside it. Three
rules keep votes blind and complete:

* Voting and publishing read the workshop record under the folder's lock. A vote that was accepted
  is therefore part of the reveal; one that comes later is rejected. No vote is lost in between.
* Publishing writes the open ballot before it removes the sealed one. A reader may find a vote in
  both places, never in none; readers look at the sealed files first.
* Messages never contain levels, since they are shown on the facilitator's screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from calib.ballots.files import (
    BALLOTS_FOLDER,
    BallotMerge,
    is_same_name,
    load_ballots,
    merge_ballots,
    write_ballot_files,
)
from calib.ballots.keys import SealingKey, load_keys, load_or_create_key
from calib.ballots.sealed_file import (
    SEALED_SUFFIX,
    SealedFile,
    encode_sealed,
    missing_key_problem,
    read_sealed_file,
)
from calib.ballots.workshop_file import load_workshop
from calib.errors import BadInput, Problem
from calib.model import Ballot, Catalog, Vote, Workshop
from calib.store.load import check_is_assessment
from calib.store.writer import finish_interrupted, locked_for_change


def load_sealed_files(folder: Path | str, catalog: Catalog) -> tuple[SealedFile, ...]:
    """Load all sealed ballots by control and assessor, also those whose key is missing.

    An interrupted transaction is completed first; otherwise nothing is written. Raises BadInput
    with a problem for each damaged file.
    """
    folder = Path(folder)
    check_is_assessment(folder)
    folder = folder.resolve()
    finish_interrupted(folder)
    problems: list[Problem] = []
    subfolders = (folder / BALLOTS_FOLDER / control.id for control in catalog.controls)
    paths = [
        path for subfolder in subfolders for path in sorted(subfolder.glob(f"*{SEALED_SUFFIX}"))
    ]
    keys = load_keys()  # after the paths, since a key is stored before its first ballot
    found = [file for p in paths if (file := read_sealed_file(folder, p, keys, problems))]
    if problems:
        raise BadInput(problems)
    return tuple(found)


def open_sealed_ballots(folder: Path | str, catalog: Catalog) -> tuple[Ballot, ...]:
    """Open all sealed ballots with the keys on this machine, by control and assessor.

    Raises BadInput with a problem for each ballot that cannot be opened.
    """
    return tuple(ballot for _, ballot in _open_all(folder, catalog))


def open_sealed_ballot(folder: Path | str, control: str, assessor: str) -> Ballot | None:
    """Open one sealed ballot; None if there is none. Raises BadInput."""
    folder = Path(folder).resolve()
    problems: list[Problem] = []
    path = folder / BALLOTS_FOLDER / control / f"{assessor}{SEALED_SUFFIX}"
    found = _open_existing(folder, path, load_keys(), problems)
    if problems:
        raise BadInput(problems)
    return found


def load_visible_ballots(
    folder: Path | str, catalog: Catalog, workshop: Workshop | None
) -> tuple[Ballot, ...]:
    """Return the visible votes: those of open ballots, and sealed ones that were revealed.

    Votes whose key is not on this machine are left out. Raises BadInput.
    """
    # Sealed ballots first: a vote published in the meantime is then found in both places. The other
    # way round it could be missed in both.
    sealed = [f.ballot for f in load_sealed_files(folder, catalog) if f.ballot] if workshop else []
    merged = {(b.control, b.assessor): b for b in load_ballots(folder, catalog)}
    for ballot in sealed:
        shown = _revealed_part(ballot, workshop)
        if shown.votes:
            key = (ballot.control, ballot.assessor)
            merged[key] = merge_votes(merged.get(key, shown), shown.votes, shown.name)
    return tuple(merged[key] for key in sorted(merged))


def merge_votes(ballot: Ballot, votes: Iterable[Vote], name: str = "") -> Ballot:
    """Return a ballot in which votes replace those on the same criteria.

    A ballot without a name gets `name`.
    """
    found = {v.criterion: v for v in (*ballot.votes, *votes)}
    return ballot.model_copy(update={"votes": tuple(found.values()), "name": ballot.name or name})


def seal_ballots(
    folder: Path | str, catalog: Catalog, ballots: Iterable[Ballot], *, replace: bool = True
) -> tuple[Ballot, ...]:
    """Save votes to sealed ballots in one transaction; return the complete sealed ballots.

    A vote on a revealed criterion is rejected unless it equals the existing one. Without `replace`,
    a vote that differs from the existing one is rejected as well. Raises BadInput with every
    problem, and CannotWrite.
    """
    folder = Path(folder)
    check_is_assessment(folder)
    folder = folder.resolve()
    # Before the lock, and durable before anything is sealed with it.
    key = load_or_create_key(folder)
    with locked_for_change(folder):
        merge = _SealedMerge(folder, catalog, load_workshop(folder, catalog), replace)
        for ballot in ballots:
            merge.add(ballot)
        if merge.problems:
            raise BadInput(merge.problems)
        changed = {n: b for n, b in merge.merged.items() if b != merge.before[n] and b.votes}
        write_ballot_files(folder, {name: encode_sealed(key, b) for name, b in changed.items()})
    return tuple(merge.merged.values())


def anonymize_ballots(folder: Path, ballots: Iterable[Ballot]) -> tuple[Ballot, ...]:
    """Replace the assessors of ballots, and their names, by anonymous seats.

    Raises BadInput and CannotWrite, since the seats are derived from the folder's key.
    """
    key = load_or_create_key(folder)
    return tuple(
        b.model_copy(update={"assessor": key.seat(b.assessor), "name": ""}) for b in ballots
    )


def save_open_ballots(
    folder: Path | str, catalog: Catalog, ballots: Iterable[Ballot], *, replace: bool
) -> tuple[Ballot, ...]:
    """Save ballots that are readable at once, as `save_ballots` does.

    A criterion with a sealed vote of the same assessor is rejected. Raises BadInput with every
    problem, and CannotWrite.
    """
    folder = Path(folder)
    check_is_assessment(folder)
    folder = folder.resolve()
    with locked_for_change(folder):
        sealed = {(b.control, b.assessor): b for b in open_sealed_ballots(folder, catalog)}
        ballots = tuple(ballots)
        remedy = "leave out --open, or reveal the sealed vote first"
        problems = [
            Problem(
                _display_name(folder, b),
                "already has a sealed vote",
                place=v.criterion,
                remedy=remedy,
            )
            for b in ballots
            for v in b.votes
            if _find_vote(sealed.get((b.control, b.assessor)), v.criterion)
        ]
        if problems:
            raise BadInput(problems)
        return merge_ballots(folder, ballots, replace=replace)


def publish_revealed(folder: Path | str, catalog: Catalog) -> tuple[Ballot, ...]:
    """Move revealed votes from sealed to open ballots; return the ballots that changed.

    Repeating it changes nothing, so after a kill the next call completes it. Raises BadInput and
    CannotWrite.
    """
    if load_workshop(folder, catalog) is None:
        return ()
    folder = Path(folder).resolve()
    with locked_for_change(folder):
        # Read again under the lock: the vote on a criterion may have been reopened meanwhile.
        workshop = load_workshop(folder, catalog)
        keys = load_keys()
        merge = BallotMerge(folder, replace=True)
        remaining: dict[str, bytes | None] = {}
        for file, ballot in _open_all(folder, catalog):
            shown = _revealed_part(ballot, workshop)
            if shown.votes:
                merge.add(shown)
                rest = tuple(v for v in ballot.votes if v not in shown.votes)
                kept = ballot.model_copy(update={"votes": rest})
                remaining[file.name] = encode_sealed(keys[file.key], kept) if rest else None
        if merge.problems:
            raise BadInput(merge.problems)
        # Open ballots first: a reader in between finds a vote twice rather than not at all.
        write_ballot_files(folder, {**merge.files, **remaining})
    return tuple(merge.merged)


@dataclass
class _SealedMerge:
    """Merge votes into sealed ballots, and collect problems; nothing is written."""

    folder: Path
    catalog: Catalog
    workshop: Workshop | None
    replace: bool
    keys: dict[str, SealingKey] = field(default_factory=load_keys)
    problems: list[Problem] = field(default_factory=list)
    before: dict[str, Ballot | None] = field(default_factory=dict)
    merged: dict[str, Ballot] = field(default_factory=dict)
    """The merged ballots by file, as `before`."""

    def add(self, ballot: Ballot) -> None:
        """Merge one ballot into its sealed ballot."""
        file = f"{BALLOTS_FOLDER}/{ballot.control}/{ballot.assessor}{SEALED_SUFFIX}"
        problems = list(self._find_unknown_ids(ballot))
        if not problems and file not in self.before:
            self.before[file] = _open_existing(self.folder, self.folder / file, self.keys, problems)
        if not problems:
            existing = self.merged.get(file) or self.before[file]
            kept = (v for v in ballot.votes if not self._is_revealed(ballot, v))
            merged = merge_votes(existing or _without_votes(ballot), kept, ballot.name)
            # A vote that cannot be written to the open ballot could never be revealed.
            trial = BallotMerge(self.folder, replace=True)
            trial.add(merged)
            problems.extend(trial.problems)
            problems.extend(self._find_conflicts(ballot, existing, *trial.existing.values()))
            self.merged[file] = merged
        self.problems.extend(problems)

    def _find_unknown_ids(self, ballot: Ballot) -> Iterator[Problem]:
        known = {c.id: {x.id for x in c.criteria} for c in self.catalog.controls}
        if ballot.control not in known:
            yield Problem(ballot.control, "the catalog has no such control")
            return
        for vote in ballot.votes:
            if vote.criterion not in known[ballot.control]:
                message = "the catalog has no such criterion"
                yield Problem(_display_name(self.folder, ballot), message, place=vote.criterion)

    def _is_revealed(self, ballot: Ballot, vote: Vote) -> bool:
        return bool(self.workshop and self.workshop.is_revealed(ballot.control, vote.criterion))

    def _find_conflicts(self, new: Ballot, *existing: Ballot | None) -> Iterator[Problem]:
        """Yield the reasons to reject votes, without their levels: a ballot is blind.

        `existing` are the sealed and the open ballot.
        """
        name = _display_name(self.folder, new)
        sealed = existing[0]
        if sealed and sealed.name and new.name and not is_same_name(sealed.name, new.name):
            remedy = f"give {new.name!r} a name that distinguishes the two"
            yield Problem(name, f"is the ballot of {sealed.name!r}", remedy=remedy)
        for vote in new.votes:
            before = next((v for b in existing if (v := _find_vote(b, vote.criterion))), None)
            if before == vote:
                continue
            if self._is_revealed(new, vote):
                remedy = "ask the facilitator to vote again"
                message = "the votes have been revealed already"
                yield Problem(name, message, place=vote.criterion, remedy=remedy)
            elif before and not self.replace and before != Vote(criterion=vote.criterion):
                remedy = "use --replace to replace it"
                message = f"{new.assessor} has already voted differently"
                yield Problem(name, message, place=vote.criterion, remedy=remedy)


def _open_existing(
    folder: Path, path: Path, keys: Mapping[str, SealingKey], problems: list[Problem]
) -> Ballot | None:
    """Open the sealed ballot at a path; None if there is none."""
    if not path.exists() and not path.is_symlink():
        return None
    file = read_sealed_file(folder, path, keys, problems)
    if file and file.ballot is None:
        problems.append(missing_key_problem(folder, file))
    return file.ballot if file else None


def _open_all(folder: Path | str, catalog: Catalog) -> tuple[tuple[SealedFile, Ballot], ...]:
    files = load_sealed_files(folder, catalog)
    root = Path(folder).resolve()
    missing = [missing_key_problem(root, f) for f in files if f.ballot is None]
    if missing:
        raise BadInput(missing)
    return tuple((f, f.ballot) for f in files if f.ballot is not None)


def _display_name(folder: Path, ballot: Ballot) -> str:
    return f"{folder.name}/{BALLOTS_FOLDER}/{ballot.control}/{ballot.assessor}{SEALED_SUFFIX}"


def _without_votes(ballot: Ballot) -> Ballot:
    return ballot.model_copy(update={"votes": ()})


def _revealed_part(ballot: Ballot, workshop: Workshop | None) -> Ballot:
    """Return a ballot with its revealed votes only."""
    revealed = (
        v for v in ballot.votes if workshop and workshop.is_revealed(ballot.control, v.criterion)
    )
    return ballot.model_copy(update={"votes": tuple(revealed)})


def _find_vote(ballot: Ballot | None, criterion: str) -> Vote | None:
    return next((v for v in ballot.votes if v.criterion == criterion), None) if ballot else None
