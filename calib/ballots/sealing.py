"""Sealed ballots: `ballots/<control>/<assessor>.sealed`, which nobody opens without the key.

A vote is sealed until its criterion is revealed; then it moves into the open ballot beside it. The
record says what is revealed, and is read under the lock: a vote that was taken is among those that
are revealed, or it was refused.
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
    """Look at every sealed ballot, by control and assessor, also where the key is not here.

    Raises BadInput with every one that is damaged. Nothing is written, except that a change of
    several files which was cut off is completed.
    """
    folder = Path(folder)
    check_is_assessment(folder)
    folder = folder.resolve()
    finish_interrupted(folder)
    problems: list[Problem] = []
    rooms = (folder / BALLOTS_FOLDER / control.id for control in catalog.controls)
    paths = [path for room in rooms for path in sorted(room.glob(f"*{SEALED_SUFFIX}"))]
    keys = load_keys()  # after the paths: a key is kept before the first ballot that it seals
    found = [file for p in paths if (file := read_sealed_file(folder, p, keys, problems))]
    if problems:
        raise BadInput(problems)
    return tuple(found)


def open_sealed_ballots(folder: Path | str, catalog: Catalog) -> tuple[Ballot, ...]:
    """Open every sealed ballot with the keys of this machine, by control and assessor.

    Raises BadInput with every one that cannot be opened.
    """
    return tuple(ballot for _, ballot in _open_all(folder, catalog))


def open_sealed_ballot(folder: Path | str, control: str, assessor: str) -> Ballot | None:
    """Open one sealed ballot, None where there is none; raises BadInput."""
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
    """Return the votes that may be seen: of open ballots, and sealed ones that were revealed.

    What this machine cannot open stays hidden. Raises BadInput.
    """
    # The sealed ones first: a vote that is published meanwhile is then found in either place.
    sealed = [f.ballot for f in load_sealed_files(folder, catalog) if f.ballot] if workshop else []
    merged = {(b.control, b.assessor): b for b in load_ballots(folder, catalog)}
    for ballot in sealed:
        shown = _revealed_part(ballot, workshop)
        if shown.votes:
            key = (ballot.control, ballot.assessor)
            merged[key] = merge_votes(merged.get(key, shown), shown.votes, shown.name)
    return tuple(merged[key] for key in sorted(merged))


def merge_votes(ballot: Ballot, votes: Iterable[Vote], name: str = "") -> Ballot:
    """Return a ballot with votes in the place of those on the same criteria.

    One without a name takes the name that is given.
    """
    found = {v.criterion: v for v in (*ballot.votes, *votes)}
    return ballot.model_copy(update={"votes": tuple(found.values()), "name": ballot.name or name})


def seal_ballots(
    folder: Path | str, catalog: Catalog, ballots: Iterable[Ballot], *, replace: bool = True
) -> tuple[Ballot, ...]:
    """Put votes into sealed ballots, all of them or none; return what is sealed now.

    A vote on a criterion that was revealed is refused, unless it stands there already; so is,
    without `replace`, one that stands otherwise. Raises BadInput with every problem, CannotWrite.
    """
    folder = Path(folder)
    check_is_assessment(folder)
    folder = folder.resolve()
    key = load_or_create_key(folder)
    with locked_for_change(folder):
        sealing = _SealedMerge(folder, catalog, load_workshop(folder, catalog), replace)
        for ballot in ballots:
            sealing.take(ballot)
        if sealing.problems:
            raise BadInput(sealing.problems)
        changed = {n: b for n, b in sealing.found.items() if b != sealing.before[n] and b.votes}
        write_ballot_files(folder, {name: encode_sealed(key, b) for name, b in changed.items()})
    return tuple(sealing.found.values())


def anonymize_ballots(folder: Path, ballots: Iterable[Ballot]) -> tuple[Ballot, ...]:
    """Put seats in the place of the assessors and their names.

    Raises BadInput and CannotWrite, for the seats hang on the folder's key.
    """
    key = load_or_create_key(folder)
    return tuple(
        b.model_copy(update={"assessor": key.seat(b.assessor), "name": ""}) for b in ballots
    )


def save_open_ballots(
    folder: Path | str, catalog: Catalog, ballots: Iterable[Ballot], *, replace: bool
) -> tuple[Ballot, ...]:
    """Save ballots that everybody may read at once, as `save_ballots` does.

    A vote that waits sealed is not overtaken. Raises BadInput with every problem, CannotWrite.
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
                "has voted sealed already",
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
    """Move the votes that were revealed into the open ballots; return those that changed.

    Doing it again changes nothing, so whoever comes after a kill completes it. Raises BadInput,
    CannotWrite.
    """
    if load_workshop(folder, catalog) is None:
        return ()
    folder = Path(folder).resolve()
    with locked_for_change(folder):
        # Under the lock: a criterion on which the room votes again must not be published meanwhile.
        workshop = load_workshop(folder, catalog)
        keys = load_keys()
        merging = BallotMerge(folder, replace=True)
        left: dict[str, bytes | None] = {}
        for file, ballot in _open_all(folder, catalog):
            shown = _revealed_part(ballot, workshop)
            if shown.votes:
                merging.take(shown)
                rest = tuple(v for v in ballot.votes if v not in shown.votes)
                kept = ballot.model_copy(update={"votes": rest})
                left[file.place] = encode_sealed(keys[file.key], kept) if rest else None
        if merging.problems:
            raise BadInput(merging.problems)
        # Open first: whoever reads meanwhile finds a vote twice rather than not at all.
        write_ballot_files(folder, {**merging.files, **left})
    return tuple(merging.merged)


@dataclass
class _SealedMerge:
    """Collect what the sealed ballots shall hold, and what stands against it."""

    folder: Path
    catalog: Catalog
    workshop: Workshop | None
    replace: bool
    keys: dict[str, SealingKey] = field(default_factory=load_keys)
    problems: list[Problem] = field(default_factory=list)
    before: dict[str, Ballot | None] = field(default_factory=dict)
    found: dict[str, Ballot] = field(default_factory=dict)
    """By the place of the file."""

    def take(self, ballot: Ballot) -> None:
        """Merge one ballot into what is sealed."""
        place = f"{BALLOTS_FOLDER}/{ballot.control}/{ballot.assessor}{SEALED_SUFFIX}"
        problems = list(self._unknown(ballot))
        if not problems and place not in self.before:
            self.before[place] = _open_existing(
                self.folder, self.folder / place, self.keys, problems
            )
        if not problems:
            standing = self.found.get(place) or self.before[place]
            kept = (v for v in ballot.votes if not self._is_revealed(ballot, v))
            merged = merge_votes(standing or _without_votes(ballot), kept, ballot.name)
            # What cannot be written openly could never be revealed.
            trial = BallotMerge(self.folder, replace=True)
            trial.take(merged)
            problems.extend(trial.problems)
            problems.extend(self._refuse(ballot, standing, *trial.standing.values()))
            self.found[place] = merged
        self.problems.extend(problems)

    def _unknown(self, ballot: Ballot) -> Iterator[Problem]:
        known = {c.id: {x.id for x in c.criteria} for c in self.catalog.controls}
        if ballot.control not in known:
            yield Problem(ballot.control, "the catalog has no such control")
            return
        for vote in ballot.votes:
            if vote.criterion not in known[ballot.control]:
                said = "the catalog has no such criterion"
                yield Problem(_display_name(self.folder, ballot), said, place=vote.criterion)

    def _is_revealed(self, ballot: Ballot, vote: Vote) -> bool:
        return bool(self.workshop and self.workshop.is_revealed(ballot.control, vote.criterion))

    def _refuse(self, new: Ballot, *standing: Ballot | None) -> Iterator[Problem]:
        """Say why votes must not be taken. Levels are not named: a ballot is blind."""
        name = _display_name(self.folder, new)
        sealed = standing[0]
        if sealed and sealed.name and new.name and not is_same_name(sealed.name, new.name):
            remedy = f"{new.name!r} needs a name that tells the two apart"
            yield Problem(name, f"is the ballot of {sealed.name!r}", remedy=remedy)
        for vote in new.votes:
            before = next((v for b in standing if (v := _find_vote(b, vote.criterion))), None)
            if before == vote:
                continue
            if self._is_revealed(new, vote):
                remedy = "ask the facilitator to vote again"
                said = "the votes were revealed already"
                yield Problem(name, said, place=vote.criterion, remedy=remedy)
            elif before and not self.replace and before != Vote(criterion=vote.criterion):
                remedy = "to take the new vote instead, say --replace"
                said = f"{new.assessor} has voted otherwise already"
                yield Problem(name, said, place=vote.criterion, remedy=remedy)


def _open_existing(
    folder: Path, path: Path, keys: Mapping[str, SealingKey], problems: list[Problem]
) -> Ballot | None:
    """Open the file of a ballot, if there is one."""
    if not path.exists() and not path.is_symlink():
        return None
    file = read_sealed_file(folder, path, keys, problems)
    if file and file.ballot is None:
        problems.append(missing_key_problem(folder, file))
    return file.ballot if file else None


def _open_all(folder: Path | str, catalog: Catalog) -> tuple[tuple[SealedFile, Ballot], ...]:
    files = load_sealed_files(folder, catalog)
    home = Path(folder).resolve()
    missing = [missing_key_problem(home, f) for f in files if f.ballot is None]
    if missing:
        raise BadInput(missing)
    return tuple((f, f.ballot) for f in files if f.ballot is not None)


def _display_name(folder: Path, ballot: Ballot) -> str:
    return f"{folder.name}/{BALLOTS_FOLDER}/{ballot.control}/{ballot.assessor}{SEALED_SUFFIX}"


def _without_votes(ballot: Ballot) -> Ballot:
    return ballot.model_copy(update={"votes": ()})


def _revealed_part(ballot: Ballot, workshop: Workshop | None) -> Ballot:
    """Return a ballot with the votes alone that may be seen."""
    shown = (
        v for v in ballot.votes if workshop and workshop.is_revealed(ballot.control, v.criterion)
    )
    return ballot.model_copy(update={"votes": tuple(shown)})


def _find_vote(ballot: Ballot | None, criterion: str) -> Vote | None:
    return next((v for v in ballot.votes if v.criterion == criterion), None) if ballot else None
