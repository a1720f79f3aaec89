"""A workshop as it goes on: the record, the ballots, the seats, and what the facilitator does.

Everything stands in files. The voting server reads the same record, so a step taken here is seen by
the room, and a notebook that is closed and opened again goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from calib import workshop as agreement
from calib.model import (
    Agreement,
    Ballot,
    Control,
    Criterion,
    CriterionResult,
    Naming,
    Seat,
    Vote,
    Workshop,
)
from calib.problems import BadInput, CannotWrite, Problem
from calib.store.ballots import FOLDER, assessor_id
from calib.store.place import Place
from calib.store.record import FILE
from calib.store.sealed import publish, seal_ballots
from calib.store.seats import invite
from calib.views.blocks import listed
from calib.views.forms.desk import EXAMPLE, Desk
from calib.views.forms.workshop.picture import Picture, Room, digest, read_picture

Clock = Callable[[], datetime]


class Meeting:
    """Hold the workshop at a desk, and take its steps."""

    def __init__(self, desk: Desk, clock: Clock, room: Room) -> None:
        self.desk, self.clock, self.room = desk, clock, room
        self.problems: tuple[Problem, ...] = ()
        self._ticks: list[Callable[[], None]] = []
        self._mark = ""
        self.picture = Picture(Workshop(), (), (), ())
        self.look()

    # --- looking ---

    def look(self) -> bool:
        """Read what changed; tells everybody and returns True where something did."""
        mark = digest(self.desk.folder)
        if mark == self._mark:
            return False
        self._mark = mark
        try:
            if not self.desk.read_only:
                publish(self.desk.folder, self.desk.catalog)
            self.picture = read_picture(self.desk.folder, self.desk.catalog)
            self.problems = ()
        except (BadInput, CannotWrite) as error:
            found = getattr(error, "problems", ())
            self.problems = found or (Problem(FOLDER, str(error)),)
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

    # --- steps ---

    def write(self, place: Place, new: Any) -> bool:
        """Write a field of the record; False where it could not be saved."""
        answer = self.desk.save(FILE, place, self.desk.value(FILE, place), new)
        self.look()
        return answer is not None

    def begin(self) -> None:
        """Begin: note the levels as they are, make the agenda and the codes of those invited."""
        self._catch_up()
        criteria = dict(self.desk.value(FILE, ("criteria",)) or {})
        for control, criterion in self.places:
            key, before = key_of(control, criterion), self.result(control.id, criterion.id)
            criteria[key] = {**(criteria.get(key) or {}), "before": before.effective}
        self.write(("criteria",), criteria)
        self.write(("readiness_before",), str(self.desk.result.readiness))
        self.make_agenda()
        if self.named:
            self.invite(self.workshop.invited.splitlines())
        self.write(("begun",), self.stamp())

    def make_agenda(self) -> None:
        """Order the controls by disagreement x gap, as the votes are that came in so far."""
        try:
            votes = agreement.agree((*self.picture.sealed, *_only_open(self.picture)))
        except ValueError:
            votes = agreement.agree(self.picture.sealed)
        items = agreement.agenda(self.desk.result, votes, self.workshop.minutes, unvoted=True)
        rows = [{"control": i.control, "minutes": i.minutes} for i in items]
        self.write(("agenda",), rows)

    def invite(self, names: Sequence[str] = (), blank: int = 0) -> tuple[Seat, ...]:
        """Make join codes, one for each name, and blank ones."""
        if self.desk.read_only:
            self.desk.say(EXAMPLE, "info")
            return ()
        seated = {s.id for s in self.picture.seats if s.code or s.token}
        people: dict[str, str] = {}
        for name in (" ".join(n.split()) for n in names):
            people.setdefault(assessor_id(name), name)
        fresh = [name for who, name in people.items() if name and who not in seated]
        made = invite(self.desk.folder, fresh, blank)
        self.look()
        return made

    def go_to(self, control: Control, criterion: Criterion) -> None:
        """Turn the room to a criterion, and note when it turned to its control."""
        self._catch_up()
        visits = self.workshop.visits
        if not visits or visits[-1].control != control.id:
            rows = [v.model_dump(mode="json") for v in visits]
            self.write(("visits",), [*rows, {"control": control.id, "since": self.stamp()}])
        self.write(("at",), key_of(control, criterion))

    def step(self, by: int) -> None:
        """Go to the next criterion of the agenda, or back."""
        order = self.order
        place = order.index(self.here) + (by if self.workshop.at else 0)
        self.go_to(*order[max(0, min(place, len(order) - 1))])

    def reveal(self) -> None:
        """Reveal the votes on the criterion that the room is at."""
        if not self.workshop.at:
            self.go_to(*self.here)
        self.write(("criteria", key_of(*self.here), "revealed"), self.stamp())

    def vote_again(self) -> None:
        """Seal the criterion again; the distribution so far stays in the record."""
        control, criterion = self.here
        found = self.agreement_on(control.id, criterion.id)
        place = ("criteria", key_of(control, criterion))
        earlier = self.workshop.matter(control.id, criterion.id).earlier
        if found is not None:
            self.write((*place, "earlier"), [list(e) for e in (*earlier, found.distribution)])
        self.write((*place, "revealed"), None)

    def settle(self, level: int | None = None) -> None:
        """Turn what was written down into the consensus, and into an assessor's level.

        A level that is given counts instead of the one written down. Who decided is the
        facilitator where nobody is named; the reason is how the votes lie where none is given and
        the level is the one that they suggest.
        """
        self._catch_up()
        control, criterion = self.here
        draft = self.workshop.matter(control.id, criterion.id).draft
        found = self.agreement_on(control.id, criterion.id)
        chosen = draft.level if level is None else level
        by = draft.by.strip() or self.workshop.facilitator.strip()
        reason = draft.reason.strip()
        if found is not None and found.suggestion is not None and chosen == found.suggestion:
            reason = reason or found.sentence
        missing = [
            word
            for word, value in (
                ("the level", chosen), ("who decided", by or None), ("the reason", reason or None)
            )
            if value is None
        ]  # fmt: skip
        if missing:
            self.desk.say(f"Not settled yet: say {listed(missing)}", "warn")
            return
        override = {"level": chosen, "by": by, "reason": reason}
        file, where = f"controls/{control.id}.yaml", ("criteria", criterion.id, "override")
        if self.desk.save(file, where, self.desk.value(file, where), override) is not None:
            settled = {**override, "dissent": draft.dissent, "at": self.stamp()}
            self.write(("criteria", key_of(control, criterion), "settled"), settled)

    def enter(self, name: str, level: int | None, comment: str) -> bool:
        """Take a vote that was given on paper; sealed as the others are."""
        control, criterion = self.here
        name = " ".join(name.split())
        vote = Vote(criterion=criterion.id, level=level, comment=comment)
        who = assessor_id(name if self.named else f"paper {name}")
        told = name if self.named else ""
        ballot = Ballot(control=control.id, assessor=who, name=told, votes=(vote,))
        try:
            seal_ballots(self.desk.folder, self.desk.catalog, (ballot,))
        except (BadInput, CannotWrite) as error:
            why = "; ".join(f"{p.place}: {p.message}" for p in getattr(error, "problems", ()))
            self.desk.say(f"Not taken: {why or error}", "bad")
            return False
        self.desk.say(f"Took the vote of {name}", "good")
        self.look()
        return True

    def stamp(self) -> str:
        """Return the moment as it is written into the record."""
        return self.clock().isoformat(timespec="seconds")


def key_of(control: Control, criterion: Criterion) -> str:
    """Name a criterion as the record does."""
    return f"{control.id}/{criterion.id}"


def _only_open(picture: Picture) -> Iterator[Ballot]:
    """Return the open ballots that have no sealed one beside them."""
    sealed = {(b.control, b.assessor) for b in picture.sealed}
    return (b for b in picture.open if (b.control, b.assessor) not in sealed)
