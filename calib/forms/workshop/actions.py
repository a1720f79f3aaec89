"""What the facilitator does in a workshop; every step is in the files when it is taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from calib import workshop as agreement
from calib.ballots.files import assessor_id
from calib.ballots.sealing import nameless, seal_ballots
from calib.ballots.seats import invite
from calib.ballots.workshop_file import FILE
from calib.errors import BadInput, CannotWrite
from calib.forms.controller import EXAMPLE
from calib.forms.workshop.state import Standing, guarded, key_of
from calib.model import (
    Ballot,
    Control,
    Criterion,
    Seat,
    Vote,
)
from calib.text import listed
from calib.yamledit.fieldpath import Place


class Meeting(Standing):
    """Take the steps of a workshop at a desk."""

    @guarded
    def write(self, place: Place, new: Any) -> bool:
        """Write a field of the record; False where it could not be saved."""
        answer = self.desk.save(FILE, place, self.desk.value(FILE, place), new)
        self.look()
        return answer is not None

    @guarded
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

    @guarded
    def make_agenda(self) -> None:
        """Order the controls by disagreement x gap, as the votes are that came in so far."""
        votes = agreement.agree(self.picture.every_vote())
        items = agreement.agenda(self.desk.result, votes, self.workshop.minutes, unvoted=True)
        rows = [{"control": i.control, "minutes": i.minutes} for i in items]
        self.write(("agenda",), rows)

    @guarded
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

    @guarded
    def go_to(self, control: Control, criterion: Criterion) -> None:
        """Turn the room to a criterion, and note when it turned to its control."""
        self._catch_up()
        visits = self.workshop.visits
        if not visits or visits[-1].control != control.id:
            rows = [v.model_dump(mode="json") for v in visits]
            self.write(("visits",), [*rows, {"control": control.id, "since": self.stamp()}])
        self.write(("at",), key_of(control, criterion))

    @guarded
    def step(self, by: int) -> None:
        """Go to the next criterion of the agenda, or back."""
        order = self.order
        place = order.index(self.here) + (by if self.workshop.at else 0)
        self.go_to(*order[max(0, min(place, len(order) - 1))])

    @guarded
    def reveal(self) -> None:
        """Reveal the votes on the criterion that the room is at."""
        if not self.workshop.at:
            self.go_to(*self.here)
        self.write(("criteria", key_of(*self.here), "revealed"), self.stamp())

    @guarded
    def vote_again(self) -> None:
        """Seal the criterion again; the distribution so far stays in the record."""
        control, criterion = self.here
        found = self.agreement_on(control.id, criterion.id)
        place = ("criteria", key_of(control, criterion))
        earlier = self.workshop.matter(control.id, criterion.id).earlier
        if found is not None:
            self.write((*place, "earlier"), [list(e) for e in (*earlier, found.distribution)])
        self.write((*place, "revealed"), None)

    @guarded
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
                ("the level", chosen),
                ("who decided", by or None),
                ("the reason", reason or None),
            )
            if value is None
        ]
        if missing:
            self.desk.say(f"Not settled yet: say {listed(missing)}", "warn")
            return
        override = {"level": chosen, "by": by, "reason": reason}
        file, where = f"controls/{control.id}.yaml", ("criteria", criterion.id, "override")
        if self.desk.save(file, where, self.desk.value(file, where), override) is not None:
            settled = {**override, "dissent": draft.dissent, "at": self.stamp()}
            self.write(("criteria", key_of(control, criterion), "settled"), settled)

    @guarded
    def enter(self, name: str, level: int | None, comment: str) -> bool:
        """Take a vote that was given on paper; sealed as the others are."""
        control, criterion = self.here
        name = " ".join(name.split())
        vote = Vote(criterion=criterion.id, level=level, comment=comment)
        ballot = Ballot(control=control.id, assessor=assessor_id(name), name=name, votes=(vote,))
        try:
            given = (ballot,) if self.named else nameless(self.desk.folder, (ballot,))
            seal_ballots(self.desk.folder, self.desk.catalog, given)
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
