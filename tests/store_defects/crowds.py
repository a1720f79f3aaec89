"""Crowds and kills around sealed ballots; each check raises AssertionError."""

from __future__ import annotations

import os
import random
import select
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import checks

from calib.ballots.files import load_ballots
from calib.ballots.sealing import (
    load_visible_ballots,
    open_sealed_ballots,
    publish_revealed,
    seal_ballots,
)
from calib.ballots.workshop_file import begin_workshop, load_workshop, mark_revealed
from calib.errors import BadInput, CannotWrite
from calib.model import Ballot, Catalog, Naming, Vote
from calib.store import transaction
from calib.store.session import Store

NOW = datetime(2026, 11, 22, 14, 2, tzinfo=UTC)
Votes = dict[tuple[str, str, str], tuple[int | None, str]]


def places(catalog: Catalog) -> list[tuple[str, str]]:
    return [(c.id, x.id) for c in catalog.controls for x in c.criteria]


def votes_in(ballots: tuple[Ballot, ...]) -> Votes:
    rows = [((b.control, v.criterion, b.assessor), v) for b in ballots for v in b.votes]
    assert len(dict(rows)) == len(rows), "a vote stands twice"
    return {key: (v.level, v.comment) for key, v in rows}


def new_folder(place: Path) -> Path:
    folder = place / "acme"
    folder.mkdir(parents=True)
    (folder / "assessment.yaml").write_text("format: 1\n")
    return folder


def killed(work: Callable[[int], None], rng: random.Random, longest: float) -> bytes:
    """Let a child begin, kill it within a time; return what it had said."""
    pid, pipe = checks.spawn(work)
    select.select([pipe], [], [], 10)
    time.sleep(rng.random() * longest)
    os.kill(pid, signal.SIGKILL)
    said = checks.drain(pipe)
    assert os.WIFSIGNALED(os.waitpid(pid, 0)[1]), "it ended before it was killed"
    return said


def seal_kills(place: Path, catalog: Catalog, count: int, seed: int = 1) -> dict[str, int]:
    """Kill a voter who votes on all controls at once: all of the last votes stand, or all before."""
    rng = random.Random(seed)
    folder = new_folder(place)
    criteria = [(c.id, c.criteria[0].id) for c in catalog.controls]
    found = {"acknowledged": 0, "cut off": 0}

    def work(pipe: int) -> None:
        number = known
        while True:
            number += 1
            vote = {"level": number % 5, "comment": f"vote {number}"}
            seal_ballots(folder, catalog, [
                Ballot(control=c, assessor="ana", votes=(Vote(criterion=x, **vote),))
                for c, x in criteria
            ])  # fmt: skip
            os.write(pipe, b"%d\n" % number)

    known = 0
    for _ in range(count):
        said = killed(work, rng, 0.03)
        acknowledged = [known, *map(int, said.split(b"\n")[:-1])][-1]
        found["acknowledged"] += acknowledged - known
        found["cut off"] += transaction.is_transaction_unfinished(folder)
        now = {comment for _, comment in votes_in(open_sealed_ballots(folder, catalog)).values()}
        assert len(now) == 1, f"half of a vote: {now}"
        known = int(now.pop().split()[1])
        assert known in (acknowledged, acknowledged + 1), f"{known} after {acknowledged}"
    return found


def publish_kills(place: Path, catalog: Catalog, count: int, seed: int = 1) -> dict[str, int]:
    """Kill whoever reveals: each vote is seen once, or not yet; the next one completes it."""
    rng = random.Random(seed)
    found = {"kills": 0, "cut off": 0}
    people = [f"p{n}" for n in range(4)]
    control = catalog.controls[0]
    criteria = [x.id for x in control.criteria]
    for round_ in range(count):
        folder = new_folder(place / str(round_))
        cast = tuple(
            Ballot(
                control=control.id, assessor=who, name=who.upper(),
                votes=tuple(Vote(criterion=x, level=rng.randrange(5)) for x in criteria),
            )
            for who in people
        )  # fmt: skip
        seal_ballots(folder, catalog, cast)
        begin_workshop(Store.open(folder, "Kim"), NOW, Naming.NAMED)

        def work(pipe: int, folder: Path = folder) -> None:
            os.write(pipe, b"begun\n")
            for criterion in criteria:
                mark_revealed(Store.open(folder, "Kim"), [f"{control.id}/{criterion}"], NOW)
                publish_revealed(folder, catalog)
            time.sleep(60)

        killed(work, rng, 0.15)
        found["kills"] += 1
        found["cut off"] += transaction.is_transaction_unfinished(folder)
        _judge_publishing(folder, catalog, votes_in(cast))
    return found


def _judge_publishing(folder: Path, catalog: Catalog, cast: Votes) -> None:
    workshop = load_workshop(folder, catalog)
    assert workshop is not None
    due = {key: vote for key, vote in cast.items() if workshop.is_revealed(key[0], key[1])}
    assert votes_in(load_visible_ballots(folder, catalog, workshop)) == due, "not what was revealed"
    for _ in range(2):
        publish_revealed(folder, catalog)
        assert votes_in(load_ballots(folder, catalog)) == due
        waiting = votes_in(open_sealed_ballots(folder, catalog))
        assert waiting == {key: vote for key, vote in cast.items() if key not in due}


def crowd(
    folder: Path, catalog: Catalog, *, people: int, votes: int, seed: int = 1
) -> dict[str, int]:
    """Let people vote, and change their votes, while one reveals and one looks on."""
    spots = random.Random(seed).sample(places(catalog), len(places(catalog)))
    begin_workshop(Store.open(folder, "Kim"), NOW, Naming.NAMED)
    stop = folder.parent / "stop"

    def votes_of(number: int) -> Callable[[int], None]:
        def work(pipe: int) -> None:
            rng = random.Random(seed * 1000 + number)
            for turn in range(votes):
                control, criterion = rng.choice(_hot(folder, catalog, spots) or spots)
                vote = Vote(criterion=criterion, level=rng.randrange(5), comment=f"{turn}")
                ballot = Ballot(control=control, assessor=f"p{number}", votes=(vote,))
                said = f"{control} {criterion} {vote.level} {turn}"
                os.write(pipe, f"{_cast(folder, catalog, ballot)} {said}\n".encode())

        return work

    def reveals(pipe: int) -> None:
        for control, criterion in spots:
            if not stop.exists():
                time.sleep(random.random() * 0.02)
            mark_revealed(Store.open(folder, "Kim"), [f"{control}/{criterion}"], NOW)
            _patiently(lambda: publish_revealed(folder, catalog))
            os.write(pipe, b"revealed\n")

    def looks_on(pipe: int) -> None:
        before: Votes = {}
        while not stop.exists():
            seen = votes_in(load_ballots(folder, catalog))
            workshop = load_workshop(folder, catalog)
            assert workshop is not None
            early = [k for k in seen if not workshop.is_revealed(k[0], k[1])]
            assert not early, f"seen before the reveal: {early}"
            now = votes_in(load_visible_ballots(folder, catalog, workshop))
            assert before.items() <= now.items(), "a vote that was seen is gone"
            before = now
            os.write(pipe, b".")

    watcher, watching = checks.spawn(looks_on)
    host, hosting = checks.spawn(reveals)
    voters = [checks.spawn(votes_of(n)) for n in range(people)]
    said = [checks.drain(pipe).decode().splitlines() for _, pipe in voters]
    stop.touch()
    assert len(checks.drain(hosting).splitlines()) == len(spots)
    looks = len(checks.drain(watching))
    for pid in (watcher, host, *(pid for pid, _ in voters)):
        assert os.waitpid(pid, 0)[1] == 0, "a program of the crowd failed"
    return {**_judge_crowd(folder, catalog, said, votes), "looks": looks}


def _hot(folder: Path, catalog: Catalog, spots: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return what is revealed next: there votes and reveals meet."""
    workshop = load_workshop(folder, catalog)
    assert workshop is not None
    return [s for s in spots if not workshop.is_revealed(*s)][:3]


def _cast(folder: Path, catalog: Catalog, ballot: Ballot) -> str:
    try:
        _patiently(lambda: seal_ballots(folder, catalog, [ballot]))
    except BadInput as error:
        if "the votes have been revealed already" not in str(error):
            raise
        return "refused"
    return "taken"


def _patiently(work: Callable[[], object]) -> None:
    """Try again where the lock could not be had in time, as a person would."""
    for attempt in range(10):
        try:
            work()
        except CannotWrite:
            if attempt == 9:
                raise
        else:
            return


def _judge_crowd(
    folder: Path, catalog: Catalog, said: list[list[str]], votes: int
) -> dict[str, int]:
    expected: Votes = {}
    counts = {"acknowledged": 0, "refused": 0}
    for number, rows in enumerate(said):
        assert len(rows) == votes
        closed = set()
        for row in rows:
            answer, control, criterion, level, turn = row.split()
            key = (control, criterion, f"p{number}")
            if answer == "taken":
                # The same vote once more, after the reveal, changes nothing and is no error.
                again = expected.get(key) == (int(level), turn)
                assert key not in closed or again, f"taken after it was refused: {row}"
                expected[key] = (int(level), turn)
                counts["acknowledged"] += 1
            else:
                closed.add(key)
                counts["refused"] += 1
    assert votes_in(load_ballots(folder, catalog)) == expected, "lost, doubled or changed"
    assert open_sealed_ballots(folder, catalog) == ()
    assert not list(folder.rglob("*.sealed"))
    return counts
