"""The facilitator's actions in a workshop; each is written to the files before it returns."""

from __future__ import annotations

from collections.abc import Sequence

from calib import workshop as agreement
from calib.ballots.files import assessor_id
from calib.ballots.sealing import anonymize_ballots, seal_ballots
from calib.ballots.seats import create_join_codes
from calib.ballots.workshop_file import WORKSHOP_FILE
from calib.errors import BadInput, CannotWrite
from calib.files.strict_yaml import FieldPath
from calib.forms.controller import EXAMPLE_STATUS
from calib.forms.workshop.state import WorkshopState, criterion_key, locked
from calib.model import (
    Ballot,
    Control,
    Criterion,
    Seat,
    Vote,
)
from calib.text import listed


class WorkshopActions(WorkshopState):
    """Run a workshop: begin, go to a criterion, reveal, vote again, settle."""

    @locked
    def write_field(self, path: FieldPath, new: object) -> bool:
        """Write a field of the record; return False if it could not be saved."""
        saved = self._save(WORKSHOP_FILE, path, new)
        self.refresh()
        return saved

    def _save(self, file: str, path: FieldPath, new: object) -> bool:
        seen = self.controller.read_field(file, path)
        return self.controller.save_field(file, path, seen, new) is not None

    # --- preparing ---

    @locked
    def begin(self) -> None:
        """Begin the workshop: record the current levels, create the agenda and the join codes."""
        self._flush_and_refresh()
        criteria = dict(self.controller.read_field(WORKSHOP_FILE, ("criteria",)) or {})
        for control, criterion in self.all_criteria:
            key = criterion_key(control, criterion)
            before = self.criterion_result(control.id, criterion.id).effective
            criteria[key] = {**(criteria.get(key) or {}), "before": before}
        self.write_field(("criteria",), criteria)
        self.write_field(("readiness_before",), str(self.controller.result.readiness))
        self.update_agenda()
        # Codes of an anonymous workshop have no names, so none are created for those invited.
        if self.named:
            self.invite(self.record.invited.splitlines())
        self.write_field(("begun",), self.timestamp())

    @locked
    def update_agenda(self) -> None:
        """Order the controls by disagreement x gap, from the votes received so far."""
        votes = agreement.compare_ballots(self.snapshot.latest_votes())
        items = agreement.build_agenda(
            self.controller.result, votes, self.record.minutes, unvoted=True
        )
        rows = [{"control": i.control, "minutes": i.minutes} for i in items]
        self.write_field(("agenda",), rows)

    @locked
    def invite(self, names: Sequence[str] = (), blank: int = 0) -> tuple[Seat, ...]:
        """Create a join code for each name that has none, and some without a name."""
        if self.controller.read_only:
            self.controller.show_status(EXAMPLE_STATUS, "info")
            return ()
        seated = {s.id for s in self.snapshot.seats if s.code or s.token}
        invited: dict[str, str] = {}
        for name in (" ".join(n.split()) for n in names):
            invited.setdefault(assessor_id(name), name)
        new = [name for who, name in invited.items() if name and who not in seated]
        seats = create_join_codes(self.controller.folder, new, blank)
        self.refresh()
        return seats

    @locked
    def replace_code(self, name: str) -> None:
        """Create a new join code for a person, even if they have joined on another device."""
        create_join_codes(self.controller.folder, [name])
        self.refresh()

    # --- voting ---

    @locked
    def go_to(self, control: Control, criterion: Criterion) -> None:
        """Go to a criterion; record the time if it belongs to another control."""
        self._flush_and_refresh()
        visits = self.record.visits
        if not visits or visits[-1].control != control.id:
            rows = [v.model_dump(mode="json") for v in visits]
            visit = {"control": control.id, "since": self.timestamp()}
            self.write_field(("visits",), [*rows, visit])
        self.write_field(("at",), criterion_key(control, criterion))

    @locked
    def step(self, by: int) -> None:
        """Go forward or back on the agenda; the first step goes to its first criterion."""
        order = self.agenda_order
        position = order.index(self.current) + (by if self.record.at else 0)
        self.go_to(*order[max(0, min(position, len(order) - 1))])

    @locked
    def reveal(self) -> None:
        """Reveal the votes on the current criterion."""
        if not self.record.at:
            self.go_to(*self.current)
        self.write_field(("criteria", criterion_key(*self.current), "revealed"), self.timestamp())

    @locked
    def vote_again(self) -> None:
        """Seal the current criterion for another round; the record keeps the distribution."""
        control, criterion = self.current
        found = self.agreement_on(control.id, criterion.id)
        path = ("criteria", criterion_key(control, criterion))
        if found is not None:
            earlier = self.record.criterion_record(control.id, criterion.id).earlier
            rounds = [list(counts) for counts in (*earlier, found.distribution)]
            self.write_field((*path, "earlier"), rounds)
        self.write_field((*path, "revealed"), None)

    @locked
    def enter_vote(self, name: str, level: int | None, comment: str) -> bool:
        """Seal a vote that was given on paper; return False if it could not be saved."""
        control, criterion = self.current
        name = " ".join(name.split())
        vote = Vote(criterion=criterion.id, level=level, comment=comment)
        ballot = Ballot(control=control.id, assessor=assessor_id(name), name=name, votes=(vote,))
        folder = self.controller.folder
        try:
            ballots = (ballot,) if self.named else anonymize_ballots(folder, (ballot,))
            seal_ballots(folder, self.controller.catalog, ballots)
        except (BadInput, CannotWrite) as error:
            reason = "; ".join(f"{p.place}: {p.message}" for p in getattr(error, "problems", ()))
            self.controller.show_status(f"Not saved: {reason or error}", "bad")
            return False
        self.controller.show_status(f"Saved the vote of {name}", "good")
        self.refresh()
        return True

    # --- settling ---

    @locked
    def settle(self, level: int | None = None) -> None:
        """Record the consensus on the current criterion, and override its level.

        `level` replaces the level entered in the form. Without an entry for who decided, it is the
        facilitator. Without a reason, and with the suggested level, the reason is the summary of
        the votes.
        """
        self._flush_and_refresh()
        control, criterion = self.current
        draft = self.record.criterion_record(control.id, criterion.id).draft
        found = self.agreement_on(control.id, criterion.id)
        chosen = draft.level if level is None else level
        by = draft.by.strip() or self.record.facilitator.strip()
        reason = draft.reason.strip()
        if not reason and found is not None and chosen is not None and chosen == found.suggestion:
            reason = found.sentence
        missing = ["the level"] if chosen is None else []
        missing += [] if by else ["who decided"]
        missing += [] if reason else ["the reason"]
        if missing:
            self.controller.show_status(f"Not settled yet: enter {listed(missing)}", "warn")
            return
        override = {"level": chosen, "by": by, "reason": reason}
        file, path = f"controls/{control.id}.yaml", ("criteria", criterion.id, "override")
        # First the level, then the record: the record must not claim a level that is not saved.
        if self._save(file, path, override):
            settled = {**override, "dissent": draft.dissent, "at": self.timestamp()}
            self.write_field(("criteria", criterion_key(control, criterion), "settled"), settled)

    def timestamp(self) -> str:
        """Return the current time as the record stores it."""
        return self.clock().isoformat(timespec="seconds")
