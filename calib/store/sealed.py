"""Sealed ballots: `ballots/<control>/<assessor>.sealed`, which nobody opens without the key.

A vote is sealed until its criterion is revealed; then it is written into the open ballot beside it.
The record says what is revealed, and is read under the lock: a vote that was taken is among those
that are revealed, or it was refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from calib.model import Ballot, Catalog, Vote, Workshop
from calib.problems import BadInput, CannotWrite, Problem
from calib.store.atomic import make_folder, naming, replace_file
from calib.store.ballots import FOLDER, is_same_name, load_ballots, save_ballots
from calib.store.folder import must_be_assessment
from calib.store.keys import Key, key_of, keys_here
from calib.store.names import leads_outside
from calib.store.record import load_workshop
from calib.store.settle import Blocked
from calib.store.swap import finish, swap
from calib.store.writer import Edges, Writer

SUFFIX = ".sealed"
_MAX_BYTES = 2_000_000


def load_sealed(folder: Path | str, catalog: Catalog) -> tuple[Ballot, ...]:
    """Open every sealed ballot with the keys of this machine, by control and assessor.

    Raises BadInput with every one that cannot be opened. Nothing is written.
    """
    folder = Path(folder)
    must_be_assessment(folder)
    folder = folder.resolve()
    problems: list[Problem] = []
    keys = keys_here()
    found = []
    for control in catalog.controls:
        for path in sorted((folder / FOLDER / control.id).glob(f"*{SUFFIX}")):
            ballot = _opened(folder, path, keys, problems)
            if ballot is not None:
                found.append(ballot)
    if problems:
        raise BadInput(problems)
    return tuple(found)


def open_sealed(folder: Path | str, control: str, assessor: str) -> Ballot | None:
    """Open one sealed ballot, None where there is none; raises BadInput."""
    folder = Path(folder).resolve()
    problems: list[Problem] = []
    found = _standing(folder, f"{FOLDER}/{control}/{assessor}{SUFFIX}", problems)
    if problems:
        raise BadInput(problems)
    return found


def all_ballots(
    folder: Path | str, catalog: Catalog, workshop: Workshop | None
) -> tuple[Ballot, ...]:
    """Return the votes that may be seen: of open ballots, and sealed ones that were revealed."""
    merged = {(b.control, b.assessor): b for b in load_ballots(folder, catalog)}
    for ballot in load_sealed(folder, catalog) if workshop else ():
        assert workshop is not None  # noqa: S101  said above
        shown = [v for v in ballot.votes if workshop.is_revealed(ballot.control, v.criterion)]
        if shown:
            key = (ballot.control, ballot.assessor)
            merged[key] = with_votes(
                merged.get(key, ballot.model_copy(update={"votes": ()})), shown
            )
    return tuple(merged[key] for key in sorted(merged))


def with_votes(ballot: Ballot, votes: Iterable[Vote]) -> Ballot:
    """Return a ballot with votes in the place of those on the same criteria."""
    found = {v.criterion: v for v in (*ballot.votes, *votes)}
    return ballot.model_copy(update={"votes": tuple(found.values())})


def seal_ballots(
    folder: Path | str, catalog: Catalog, ballots: Iterable[Ballot], *, replace: bool = True
) -> tuple[Ballot, ...]:
    """Put votes into sealed ballots, all of them or none; return the ballots as they now are.

    A vote on a criterion that was revealed is refused, and, without `replace`, one that stands
    otherwise already. Raises BadInput with every problem, and CannotWrite.
    """
    folder = Path(folder)
    must_be_assessment(folder)
    folder = folder.resolve()
    key = key_of(folder)
    writer = Writer(folder, "", Edges())
    with naming(folder):
        writer.prepare()
    with naming(folder), writer.locked():
        finish(folder)
        try:
            writer.must_know_format()
        except Blocked as error:
            raise BadInput([Problem(folder.name, str(error))]) from error
        problems: list[Problem] = []
        workshop = load_workshop(folder, catalog)
        files: dict[str, Ballot] = {}
        for ballot in ballots:
            name = f"{FOLDER}/{ballot.control}/{ballot.assessor}{SUFFIX}"
            standing = files.get(name) or _standing(folder, name, problems)
            where = f"{folder.name}/{name}"
            problems.extend(_refuse(where, ballot, standing, workshop, replace=replace))
            files[name] = with_votes(standing or ballot, ballot.votes)
        if problems:
            raise BadInput(problems)
        _write(folder, {name: _sealed(key, b) for name, b in files.items()})
    return tuple(files.values())


def publish(folder: Path | str, catalog: Catalog) -> tuple[Ballot, ...]:
    """Write the votes that were revealed into the open ballots; return those that changed.

    Doing it again changes nothing, so whoever comes after a kill completes it. Raises BadInput,
    CannotWrite.
    """
    workshop = load_workshop(folder, catalog)
    if workshop is None:
        return ()
    standing = {(b.control, b.assessor): b for b in load_ballots(folder, catalog)}
    late = []
    for ballot in load_sealed(folder, catalog):
        known = standing.get((ballot.control, ballot.assessor))
        old = {v.criterion: v for v in known.votes} if known else {}
        new = tuple(
            v
            for v in ballot.votes
            if workshop.is_revealed(ballot.control, v.criterion) and old.get(v.criterion) != v
        )
        if new:
            late.append(ballot.model_copy(update={"votes": new}))
    return save_ballots(folder, late, replace=True) if late else ()


def _standing(folder: Path, name: str, problems: list[Problem]) -> Ballot | None:
    path = folder / name
    return _opened(folder, path, keys_here(), problems) if path.exists() else None


def _opened(
    folder: Path, path: Path, keys: dict[str, Key], problems: list[Problem]
) -> Ballot | None:
    """Open one file; what is wrong with it is a problem."""
    name = f"{folder.name}/{path.relative_to(folder).as_posix()}"
    try:
        if leads_outside(folder, path) or path.stat().st_size > _MAX_BYTES:
            raise ValueError
        outer = json.loads(path.read_bytes())
        key, sealed = str(outer["key"]), str(outer["sealed"])
    except OSError as error:
        problems.append(Problem(name, f"cannot be read: {error.strerror}"))
        return None
    except (ValueError, KeyError, TypeError, RecursionError):
        problems.append(Problem(name, "is no sealed ballot", remedy="restore it, or remove it"))
        return None
    if key not in keys:
        remedy = "`calib ballots key --help` says how to bring the key from there"
        said = f"was sealed on another machine, with the key {key}"
        problems.append(Problem(name, said, remedy=remedy))
        return None
    data = keys[key].open(sealed)
    ballot = _read(data) if data is not None else None
    if ballot is None or (ballot.control, ballot.assessor) != (path.parent.name, path.stem):
        problems.append(Problem(name, "was changed since it was sealed", remedy="restore it"))
        return None
    return ballot


def _read(data: bytes) -> Ballot | None:
    try:
        return Ballot.model_validate_json(data)
    except ValidationError:
        return None


def _sealed(key: Key, ballot: Ballot) -> bytes:
    inner = ballot.model_dump_json().encode()
    outer = {"key": key.name, "sealed": key.seal(inner)}
    return json.dumps(outer, indent=1).encode() + b"\n"


def _refuse(
    name: str, new: Ballot, standing: Ballot | None, workshop: Workshop | None, *, replace: bool
) -> Iterator[Problem]:
    """Say why votes must not be taken. Levels are not named: a ballot is blind."""
    if standing and standing.name and new.name and not is_same_name(standing.name, new.name):
        remedy = f"{new.name!r} needs a name that tells the two apart"
        yield Problem(name, f"is the ballot of {standing.name!r}", remedy=remedy)
    old = {v.criterion: v for v in standing.votes} if standing else {}
    for vote in new.votes:
        before = old.get(vote.criterion)
        if before == vote:
            continue
        if workshop and workshop.is_revealed(new.control, vote.criterion):
            said = "the votes were revealed already"
            remedy = "ask the facilitator to vote again"
            yield Problem(name, said, place=vote.criterion, remedy=remedy)
        elif before and not replace and before != Vote(criterion=vote.criterion):
            said = f"{new.assessor} has voted otherwise already"
            remedy = "to take the new vote instead, say --replace"
            yield Problem(name, said, place=vote.criterion, remedy=remedy)


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for name in files:
        make_folder(folder / FOLDER)
        make_folder((folder / name).parent)
    if len(files) > 1:
        swap(folder, files, last="")
    else:
        for name, data in files.items():
            replace_file(folder / name, data)
    for name, data in files.items():
        if (folder / name).read_bytes() != data:
            raise CannotWrite(folder / name, "the disk gives back something else")
