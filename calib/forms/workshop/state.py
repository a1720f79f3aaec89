"""A workshop as it stands: the record, the ballots, the seats.

Everything stands in files. The voting server reads the same record, so a step taken here is seen by
the room, and a notebook that is closed and opened again goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property
from typing import Concatenate, ParamSpec, TypeVar

from calib import workshop as agreement
from calib.ballots.files import FOLDER
from calib.ballots.sealing import publish
from calib.errors import BadInput, CannotWrite, Problem
from calib.forms.controller import Desk
from calib.forms.workshop.snapshot import Picture, Room, digest, read_picture
from calib.model import (
    Agreement,
    Ballot,
    Control,
    Criterion,
    CriterionResult,
    Naming,
    Vote,
    Workshop,
)

Clock = Callable[[], datetime]
P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S", bound="Standing")


def guarded(step: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """Let one step be taken at a time: clicks and looks come in different threads."""

    def taken(standing: S, /, *args: P.args, **named: P.kwargs) -> T:
        with standing.desk.guard:
            return step(standing, *args, **named)

    return taken


class Standing:
    """Hold the workshop at a desk, and take its steps."""

    def __init__(self, desk: Desk, clock: Clock, room: Room) -> None:
        self.desk, self.clock, self.room = desk, clock, room
        self.problems: tuple[Problem, ...] = ()
        self._ticks: list[Callable[[], None]] = []
        self._mark = ""
        self.picture = Picture(Workshop(), (), (), ())
        self.look()

    # --- looking ---

    @guarded
    def look(self) -> bool:
        """Read what changed; tells everybody and returns True where something did."""
        mark = digest(self.desk.folder)
        if mark == self._mark and not self.problems:
            return False
        problems: tuple[Problem, ...] = ()
        try:
            if not self.desk.read_only:
                publish(self.desk.folder, self.desk.catalog)
            self.picture = read_picture(self.desk.folder, self.desk.catalog)
            self._mark = mark
        except (BadInput, CannotWrite) as error:
            # Looked at again at the next tick: a lock is held for a moment only.
            problems = getattr(error, "problems", ()) or (Problem(FOLDER, str(error)),)
            if problems == self.problems:
                return False
        self.problems = problems
        self.desk.tell()
        return True

    def tick(self) -> None:
        """Let the clocks go on, and look."""
        self.look()
        for listener in self._ticks:
            listener()

    def on_tick(self, listener: Callable[[], None]) -> None:
        """Tell somebody at every look, whether something changed or not."""
        self._ticks.append(listener)

    def _catch_up(self) -> None:
        """Save what is being typed, and see it."""
        self.desk.flush()
        self.look()

    # --- what stands ---

    @property
    def workshop(self) -> Workshop:
        """Return the record."""
        return self.picture.workshop

    @property
    def named(self) -> bool:
        """Say whether the ballots carry names."""
        return self.workshop.naming is Naming.NAMED

    @cached_property
    def places(self) -> tuple[tuple[Control, Criterion], ...]:
        """List all criteria in the catalog's order."""
        return tuple((c, x) for c in self.desk.catalog.controls for x in c.criteria)

    @property
    def order(self) -> tuple[tuple[Control, Criterion], ...]:
        """List all criteria in the order of the agenda; without one, of the catalog."""
        rank = {box.control: n for n, box in enumerate(self.workshop.agenda)}
        return tuple(sorted(self.places, key=lambda p: rank.get(p[0].id, len(rank))))

    @property
    def here(self) -> tuple[Control, Criterion]:
        """Return the criterion that the room is at; the first one before it is at any."""
        found = (p for p in self.places if key_of(*p) == self.workshop.at)
        return next(found, self.order[0])

    def result(self, control: str, criterion: str) -> CriterionResult:
        """Return how a criterion stands."""
        rows = self.desk.result.control(control).criteria
        return next(c for c in rows if c.criterion == criterion)

    def agreement_on(self, control: str, criterion: str) -> Agreement | None:
        """Return how the revealed votes on a criterion lie; None before, and without votes."""
        if not self.workshop.is_revealed(control, criterion):
            return None
        found = agreement.agree(
            b.model_copy(update={"votes": tuple(v for v in b.votes if v.criterion == criterion)})
            for b in self.picture.open
            if b.control == control
        )
        of_control = found.control(control)
        return of_control.criteria[0] if of_control and of_control.criteria else None

    def votes(self, control: str, criterion: str) -> tuple[tuple[Ballot, Vote], ...]:
        """Return the revealed votes on a criterion with their ballots."""
        return tuple(
            (b, v)
            for b in self.picture.open
            if b.control == control
            for v in b.votes
            if v.criterion == criterion
        )

    def voters(self, control: str, criterion: str) -> set[str]:
        """Return who has voted on a criterion, sealed or open."""
        both = (*self.picture.sealed, *self.picture.open)
        return {
            b.assessor
            for b in both
            if b.control == control and any(v.criterion == criterion for v in b.votes)
        }

    @property
    def people(self) -> dict[str, str]:
        """Return everybody who takes part, id -> name: who joined, is invited, or has voted."""
        seats = {s.id: s.name for s in self.picture.seats if s.token or s.name}
        ballots = (*self.picture.sealed, *self.picture.open)
        return dict(sorted(({b.assessor: b.name for b in ballots} | seats).items()))

    def settled(self, control: str) -> int:
        """Count the criteria of a control that were settled."""
        mine = (m for m in self.workshop.criteria if m.criterion.startswith(f"{control}/"))
        return sum(m.settled is not None for m in mine)

    def used(self, control: str) -> timedelta:
        """Return the time that the room has spent on a control."""
        spent = timedelta()
        ends = [*(v.since for v in self.workshop.visits[1:]), self.workshop.closed or self.clock()]
        for visit, end in zip(self.workshop.visits, ends, strict=bool(self.workshop.visits)):
            if visit.control == control:
                spent += max(timedelta(), end - visit.since)
        return spent


def key_of(control: Control, criterion: Criterion) -> str:
    """Name a criterion as the record does."""
    return f"{control.id}/{criterion.id}"
