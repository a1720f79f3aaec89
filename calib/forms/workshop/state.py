"""The current state of a workshop: its record, ballots and seats, read from files.

All state is in files. The voting server reads the same record, so participants see every step at
once, and a notebook that is closed and opened again continues where it was.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property, wraps
from typing import Concatenate, ParamSpec, TypeVar

from calib import workshop as agreement
from calib.ballots.files import BALLOTS_FOLDER
from calib.ballots.sealing import publish_revealed
from calib.errors import BadInput, CannotWrite, Problem
from calib.forms.controller import FormController
from calib.forms.workshop.snapshot import (
    VotingUrls,
    WorkshopSnapshot,
    compute_digest,
    read_snapshot,
)
from calib.model import (
    Ballot,
    Control,
    Criterion,
    CriterionAgreement,
    CriterionResult,
    Naming,
    Vote,
    Workshop,
)

Clock = Callable[[], datetime]
CriterionPair = tuple[Control, Criterion]
P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S", bound="WorkshopState")


def locked(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """Hold the controller's lock during a method: clicks and polls run in different threads."""

    @wraps(method)
    def with_lock(state: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with state.controller.lock:
            return method(state, *args, **kwargs)

    return with_lock


class WorkshopState:
    """Read the workshop of an assessment, and notify the forms when it changes."""

    def __init__(self, controller: FormController, clock: Clock, urls: VotingUrls) -> None:
        self.controller, self.clock, self.urls = controller, clock, urls
        self.problems: tuple[Problem, ...] = ()
        self._tick_listeners: list[Callable[[], None]] = []
        self._digest = ""
        self.snapshot = WorkshopSnapshot(Workshop(), (), (), ())
        self.refresh()

    # --- following the files ---

    @locked
    def refresh(self) -> bool:
        """Read the files if they have changed; notify the forms and return True if so."""
        digest = compute_digest(self.controller.folder)
        if digest == self._digest and not self.problems:
            return False
        problems: tuple[Problem, ...] = ()
        try:
            if not self.controller.read_only:
                # Completes a reveal that was cut off between the record and the ballots.
                publish_revealed(self.controller.folder, self.controller.catalog)
            self.snapshot = read_snapshot(self.controller.folder, self.controller.catalog)
            self._digest = digest
        except (BadInput, CannotWrite) as error:
            # Tried again at the next tick, because another program holds a lock for a moment only.
            problems = getattr(error, "problems", ()) or (Problem(BALLOTS_FOLDER, str(error)),)
            if problems == self.problems:
                return False
        self.problems = problems
        self.controller.notify()
        return True

    def tick(self) -> None:
        """Refresh, and update what changes with time, such as clocks."""
        self.refresh()
        for listener in self._tick_listeners:
            listener()

    def on_tick(self, listener: Callable[[], None]) -> None:
        """Call a listener at every tick, whether a file has changed or not."""
        self._tick_listeners.append(listener)

    def _flush_and_refresh(self) -> None:
        """Save pending input and read it, so that a step starts from the displayed values."""
        self.controller.flush()
        self.refresh()

    # --- reading ---

    @property
    def record(self) -> Workshop:
        """Return the record of the workshop."""
        return self.snapshot.record

    @property
    def named(self) -> bool:
        """Return whether ballots have names, as opposed to an anonymous workshop."""
        return self.record.naming is Naming.NAMED

    @cached_property
    def all_criteria(self) -> tuple[CriterionPair, ...]:
        """Return all criteria with their controls, in the order of the catalog."""
        return tuple((c, x) for c in self.controller.catalog.controls for x in c.criteria)

    @property
    def agenda_order(self) -> tuple[CriterionPair, ...]:
        """Return all criteria in the order of the agenda, or of the catalog without an agenda."""
        rank = {item.control: n for n, item in enumerate(self.record.agenda)}
        return tuple(sorted(self.all_criteria, key=lambda p: rank.get(p[0].id, len(rank))))

    @property
    def current(self) -> CriterionPair:
        """Return the criterion under discussion; the first of the agenda before the start."""
        found = (p for p in self.all_criteria if criterion_key(*p) == self.record.at)
        return next(found, self.agenda_order[0])

    def criterion_result(self, control: str, criterion: str) -> CriterionResult:
        """Return the result of a criterion."""
        criteria = self.controller.result.control(control).criteria
        return next(c for c in criteria if c.criterion == criterion)

    def agreement_on(self, control: str, criterion: str) -> CriterionAgreement | None:
        """Return the agreement of the votes on a criterion; None unless revealed, with votes."""
        if not self.record.is_revealed(control, criterion):
            return None
        found = agreement.compare_ballots(
            b.model_copy(update={"votes": tuple(v for v in b.votes if v.criterion == criterion)})
            for b in self.snapshot.open
            if b.control == control
        )
        of_control = found.control(control)
        return of_control.criteria[0] if of_control and of_control.criteria else None

    def revealed_votes(self, control: str, criterion: str) -> tuple[tuple[Ballot, Vote], ...]:
        """Return the revealed votes on a criterion with their ballots."""
        return tuple(
            (b, v)
            for b in self.snapshot.open
            if b.control == control
            for v in b.votes
            if v.criterion == criterion
        )

    def voters(self, control: str, criterion: str) -> set[str]:
        """Return the ids of the assessors who have voted on a criterion, sealed or open."""
        return {
            b.assessor
            for b in self.snapshot.ballots
            if b.control == control and any(v.criterion == criterion for v in b.votes)
        }

    @property
    def participants(self) -> dict[str, str]:
        """Return id -> name of everyone who is invited, has joined or has voted."""
        seats = {s.id: s.name for s in self.snapshot.seats if s.token or s.name}
        names = {b.assessor: b.name for b in self.snapshot.ballots}
        return dict(sorted((names | seats).items()))

    def count_settled(self, control: str = "") -> int:
        """Return the number of settled criteria of a control, or of all controls."""
        prefix = f"{control}/" if control else ""
        criteria = (c for c in self.record.criteria if c.criterion.startswith(prefix))
        return sum(c.settled is not None for c in criteria)

    def time_spent(self, control: str) -> timedelta:
        """Return the time that the workshop has spent on a control."""
        spent = timedelta()
        # A visit ends when the next one begins; the last is still going on.
        ends = [*(v.since for v in self.record.visits[1:]), self.record.closed or self.clock()]
        for visit, end in zip(self.record.visits, ends, strict=bool(self.record.visits)):
            if visit.control == control:
                # Never negative, even if the clock was set back during the workshop.
                spent += max(timedelta(), end - visit.since)
        return spent


def criterion_key(control: Control, criterion: Criterion) -> str:
    """Return the key of a criterion in the record."""
    return f"{control.id}/{criterion.id}"
