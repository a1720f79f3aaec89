"""The facilitator's form without a browser: every step is in the files, and no sealed vote is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from calib import notebook
from calib.ballots.files import assessor_id, load_ballots
from calib.ballots.sealing import open_sealed_ballots, seal_ballots
from calib.ballots.seats import claim_seat, load_seats
from calib.ballots.workshop_file import load_workshop
from calib.forms import FormController
from calib.forms.workshop import VotingUrls, WorkshopActions, build_workshop, criterion_view
from calib.model import Ballot, Naming, Vote
from calib.store.load import load_assessment
from tests.conftest import TODAY
from tests.test_forms import fields, press, shown

SECRET = "unspeakably-secret-reason"


class Clock:
    def __init__(self):
        self.at = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def __call__(self):
        return self.at

    def on(self, minutes):
        self.at += timedelta(minutes=minutes)


@pytest.fixture(autouse=True)
def _private(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def workshop(halfway, catalog, clock):
    return WorkshopActions(
        FormController(halfway, catalog, TODAY, "Kim"),
        clock,
        VotingUrls("http://10.0.0.7:8900", "", ""),
    )


@pytest.fixture
def form(workshop):
    return build_workshop(workshop.controller, workshop, notebook._write_minutes)


def again(workshop):
    """The same folder in another kernel."""
    return WorkshopActions(
        FormController(workshop.controller.folder, workshop.controller.catalog, TODAY, "Kim"),
        workshop.clock,
        workshop.urls,
    )


def begin(workshop, form, *names):
    fields(form, "Facilitator")[0].value = "Kim Lee"
    if names:
        fields(form, "Participants, one name per line")[0].value = "\n".join(names)
    press(form, "Begin the workshop")


def vote(workshop, name, level, comment="", *, everywhere=False, named=True):
    here = workshop.current
    places = workshop.all_criteria if everywhere else (here,)
    for control in dict.fromkeys(c.id for c, _ in places):
        votes = tuple(
            Vote(criterion=x.id, level=level, comment=comment) for c, x in places if c.id == control
        )
        ballot = Ballot(
            control=control, assessor=assessor_id(name), name=name if named else "", votes=votes
        )
        seal_ballots(workshop.controller.folder, workshop.controller.catalog, (ballot,))
    workshop.refresh()


def record(workshop):
    return load_workshop(workshop.controller.folder, workshop.controller.catalog)


def test_showing_the_form_writes_nothing(workshop, form):
    assert record(workshop) is None
    assert not (workshop.controller.folder / "ballots").exists()
    assert "http://10.0.0.7:8900" in shown(form)


def test_beginning_notes_the_levels_makes_codes_and_an_agenda_of_the_time(workshop, form):
    begin(workshop, form, "Ana", "Ben", "  ana ", "")
    found = record(workshop)
    assert found.begun == workshop.clock()
    assert found.facilitator == "Kim Lee"
    assert sum(box.minutes for box in found.agenda) == 90
    assert {box.control for box in found.agenda} == {
        c.id for c in workshop.controller.catalog.controls
    }
    assert len(found.criteria) == 38
    for control, criterion in workshop.all_criteria:
        assert (
            found.criterion_record(control.id, criterion.id).before
            == workshop.criterion_result(control.id, criterion.id).effective
        )
    assert [s.name for s in load_seats(workshop.controller.folder)] == ["Ana", "Ben"], (
        "one code for each person"
    )
    assert "Reveal 0 of 2 votes" in _labels(form)


def test_the_agenda_puts_first_what_divides_and_lacks_most(workshop, form):
    begin(workshop, form)
    control = workshop.controller.catalog.controls[3]
    for name, level in (("ana", 0), ("ben", 4), ("cleo", 4)):
        votes = tuple(Vote(criterion=x.id, level=level) for x in control.criteria)
        seal_ballots(
            workshop.controller.folder,
            workshop.controller.catalog,
            (Ballot(control=control.id, assessor=name, votes=votes),),
        )
    workshop.refresh()
    press(form, "Reorder agenda by votes")
    assert record(workshop).agenda[0].control == control.id
    assert sum(box.minutes for box in record(workshop).agenda) == 90
    assert workshop.agenda_order[0][0] == control


def test_nothing_of_a_sealed_vote_is_shown_and_who_has_voted_is(workshop, form):
    begin(workshop, form, "Ana", "Ben")
    vote(workshop, "Ana", 4, SECRET, everywhere=True)
    seen = shown(form)
    assert SECRET not in seen
    assert "1 of 2" in seen
    assert "Ana<span" in seen
    assert "has voted" in seen
    assert "has not voted" in seen
    assert "calib-spread" not in seen
    press(form, "Reveal 1 of 2 votes")
    seen = shown(form)
    assert SECRET in seen
    assert "calib-spread" in seen
    workshop.step(1)
    assert SECRET not in shown(form), "the next criterion is sealed still"
    opened = load_ballots(workshop.controller.folder, workshop.controller.catalog)
    assert [len(b.votes) for b in opened] == [1]


def test_after_the_reveal_the_spread_and_whom_to_ask_are_shown(workshop, form):
    begin(workshop, form)
    for name, level in (("Ana", 3), ("Ben", 3), ("Cleo", 3), ("Dan", 1)):
        vote(workshop, name, level, f"because {name} says so")
    press(form, "Reveal 4 of 4 votes")
    seen = shown(form)
    assert 'aria-label="3 votes for level 3: Ana, Ben and Cleo"' in seen
    assert "Three of four chose 3; one chose 1: ask that assessor first." in seen
    asked = seen[seen.index("Ask first") : seen.index("Reasons")]
    assert "because Dan says so" in asked
    assert "Ana" not in asked


def test_settling_makes_an_assessors_level_with_name_and_reason(workshop, form):
    begin(workshop, form)
    vote(workshop, "Ana", 1)
    press(form, "Reveal 1 of 1 votes")
    control, criterion = workshop.current
    before = workshop.criterion_result(control.id, criterion.id).effective
    press(form, "Settle")
    assert "Not settled yet: enter the level and the reason" in shown(form)
    assert record(workshop).criterion_record(control.id, criterion.id).settled is None
    fields(form, "Consensus")[0].value = 1
    fields(form, "Reason")[0].value = "Nobody could show the document."
    fields(form, "Dissent")[0].value = "Ben would say 2."
    press(form, "Settle")
    settled = record(workshop).criterion_record(control.id, criterion.id).settled
    assert (settled.level, settled.by, settled.dissent) == (1, "Kim Lee", "Ben would say 2.")
    found = (
        load_assessment(workshop.controller.folder, workshop.controller.catalog)
        .response(control.id)
        .answer(criterion.id)
    )
    assert (found.override.level, found.override.by) == (1, "Kim Lee")
    assert found.override.reason == "Nobody could show the document."
    assert workshop.criterion_result(control.id, criterion.id).effective == 1 != before
    assert "Settled: level" in shown(form)


def test_a_suggestion_is_settled_with_one_press_and_its_reason_is_how_the_votes_lie(workshop, form):
    begin(workshop, form)
    for name in ("Ana", "Ben", "Cleo"):
        vote(workshop, name, 2)
    press(form, "Reveal 3 of 3 votes")
    press(form, "Settle on 2, as the votes suggest")
    control, criterion = workshop.current
    assert (
        record(workshop).criterion_record(control.id, criterion.id).settled.reason
        == "All three chose 2."
    )


def test_voting_again_seals_and_keeps_the_first_round(workshop, form):
    begin(workshop, form)
    for name, level in (("Ana", 1), ("Ben", 3)):
        vote(workshop, name, level)
    press(form, "Reveal 2 of 2 votes")
    press(form, "Vote again")
    control, criterion = workshop.current
    matter = record(workshop).criterion_record(control.id, criterion.id)
    assert matter.revealed is None
    assert matter.earlier == ((0, 1, 0, 1, 0),)
    vote(workshop, "Ana", 3)
    press(form, "Reveal 2 of 2 votes")
    assert workshop.agreement_on(control.id, criterion.id).distribution == (0, 0, 0, 2, 0)
    assert "Round 1: 1 chose 1, 1 chose 3" in shown(form)
    found = [
        v.level
        for b in load_ballots(workshop.controller.folder, workshop.controller.catalog)
        for v in b.votes
    ]
    assert found == [3, 3], "the open ballots hold the second round, once"


def test_time_is_counted_per_control_and_shown_without_alarm(workshop, form, clock):
    begin(workshop, form)
    first, second = list(dict.fromkeys(c.id for c, _ in workshop.agenda_order))[:2]
    workshop.step(1)
    clock.on(12)
    press(form, next(d for d in _labels(form) if d.startswith(second)))
    clock.on(5)
    press(form, next(d for d in _labels(form) if d.startswith(first)))
    clock.on(3)
    workshop.tick()
    assert workshop.time_spent(first) == timedelta(minutes=15)
    assert workshop.time_spent(second) == timedelta(minutes=5)
    box = next(b.minutes for b in workshop.record.agenda if b.control == first)
    assert f"15 of {box} minutes" in shown(form)
    assert "20 of 90 minutes in total" in shown(form)


def test_a_notebook_that_is_opened_again_goes_on_where_it_was(workshop, form):
    begin(workshop, form, "Ana", "Ben")
    workshop.step(3)
    vote(workshop, "Ana", 2, SECRET)
    fields(form, "Reason")[0].value = "half a sentence"
    workshop.controller.flush()
    other = again(workshop)
    later = build_workshop(other.controller, other, notebook._write_minutes)
    assert other.current == workshop.current
    assert fields(later, "Reason")[0].value == "half a sentence"
    assert "1 of 2" in shown(later)
    assert SECRET not in shown(later)


def test_a_reveal_that_was_cut_off_is_completed_by_the_next_look(workshop, form):
    begin(workshop, form)
    vote(workshop, "Ana", 2)
    control, criterion = workshop.current
    key = f"{control.id}/{criterion.id}"
    workshop.controller.store.set(
        "workshop.yaml", ("criteria", key, "revealed"), None, workshop.timestamp()
    )
    assert not load_ballots(workshop.controller.folder, workshop.controller.catalog), (
        "killed before the votes were opened"
    )
    other = again(workshop)
    assert [
        v.level
        for b in load_ballots(other.controller.folder, other.controller.catalog)
        for v in b.votes
    ] == [2]


def test_paper_votes_are_sealed_too(workshop, form):
    begin(workshop, form)
    fields(form, "Voter")[0].value = "Hana  Sato"
    fields(form, "Comment")[0].value = SECRET
    fields(form, "Level")[0].value = 3
    press(form, "Save vote")
    assert SECRET not in shown(form)
    (ballot,) = open_sealed_ballots(workshop.controller.folder, workshop.controller.catalog)
    assert (ballot.name, ballot.votes[0].level, ballot.votes[0].comment) == ("Hana Sato", 3, SECRET)
    assert fields(form, "Voter")[0].value == ""
    press(form, "Save vote")
    assert "enter the voter" in shown(form)


def test_an_anonymous_workshop_names_nobody(workshop, form):
    fields(form, "Votes")[0].value = Naming.ANONYMOUS.value
    begin(workshop, form, "Ana", "Ben")
    assert not [s for s in load_seats(workshop.controller.folder) if s.name], (
        "no code carries a name"
    )
    seats = workshop.invite(blank=3)
    for seat, level in zip(seats, (1, 3, 3), strict=True):
        who, _ = claim_seat(workshop.controller.folder, seat.code, None, workshop.clock())
        ballot = Ballot(
            control=workshop.current[0].id,
            assessor=who.id,
            votes=(Vote(criterion=workshop.current[1].id, level=level, comment=f"reason {level}"),),
        )
        seal_ballots(workshop.controller.folder, workshop.controller.catalog, (ballot,))
    fields(form, "Voter")[0].value = "Ana Silva"
    press(form, "Save vote")
    assert not list(workshop.controller.folder.rglob("*ana-silva*")), "the file names who voted"
    press(form, "Reveal 4 of 4 votes")
    seen = shown(form)
    assert "calib-spread" in seen
    assert "reason 1" in seen
    assert "those who chose 1" in seen
    for seat in seats:
        assert seat.id not in seen
    for word in ("Ana", "ana-silva", "seat-"):
        assert word not in seen.replace("Banana", "")
    assert all(
        not b.name
        for b in open_sealed_ballots(workshop.controller.folder, workshop.controller.catalog)
    )


def test_names_and_reasons_full_of_markup_stay_text(workshop, form):
    nasty = '<img src=x onerror="alert(1)">'
    begin(workshop, form, nasty)
    vote(workshop, nasty, 0, f"{nasty} \u202egnp.exe")
    vote(workshop, "Ben", 4, nasty)
    press(form, "Reveal 2 of 2 votes")
    seen = shown(form)
    assert "<img" not in seen
    assert "&lt;img" in seen
    assert "\u202e" not in seen


def test_a_lost_device_gets_a_new_code_and_the_ballot_stays(workshop, form):
    begin(workshop, form, "Ana")
    (seat,) = load_seats(workshop.controller.folder)
    claim_seat(workshop.controller.folder, seat.code, "", workshop.clock())
    fields(form, "Name")[0].value = "ana"
    press(form, "Create a code for this person")
    (after,) = load_seats(workshop.controller.folder)
    assert after.id == seat.id
    assert after.code
    assert after.code != seat.code
    assert after.token, "the old device goes on until the new code is used"
    assert after.code[:4] in shown(form)


def test_parking_closing_and_opening_again(workshop, form):
    begin(workshop, form)
    press(form, "Park a topic")
    fields(form, "Topic")[0].value = "Who owns the data map?"
    workshop.controller.flush()
    assert [p.text for p in record(workshop).parked] == ["Who owns the data map?"]
    press(form, "Close the workshop", nth=0)
    assert record(workshop).closed == workshop.clock()
    press(form, "Write the minutes")
    files = {p.name: p.read_bytes()[:4] for p in (workshop.controller.folder / "exports").iterdir()}
    assert files["minutes.pdf"] == b"%PDF"
    assert files["minutes.docx"][:2] == b"PK"
    assert "Wrote minutes.html, minutes.pdf and minutes.docx to" in shown(form)
    press(form, "Reopen the workshop")
    assert record(workshop).closed is None
    assert fields(form, "Topic")[0].value == "Who owns the data map?"


def test_an_action_goes_into_the_plan(workshop, form):
    begin(workshop, form)
    step = next(s for s in workshop.controller.plan.steps if s.gap.control)
    place = next(p for p in workshop.all_criteria if f"{p[0].id}/{p[1].id}" == step.gap.id)
    workshop.go_to(*place)
    fields(form, "Owner")[0].value = "Marisol"
    workshop.controller.flush()
    assert (
        next(s.owner for s in workshop.controller.plan.steps if s.gap.id == step.gap.id)
        == "Marisol"
    )


def test_a_broken_record_is_said_and_the_last_picture_stays(workshop, form):
    begin(workshop, form, "Ana")
    path = workshop.controller.folder / "workshop.yaml"
    good = path.read_text(encoding="utf-8")
    path.write_text(good + "surprise: 1\n", encoding="utf-8")
    workshop.tick()
    assert "surprise" in shown(form)
    assert workshop.record.begun is not None
    path.write_text(good, encoding="utf-8")
    workshop.tick()
    assert "surprise" not in shown(form)


def test_an_example_shows_the_form_and_writes_nothing(catalog, tmp_path):
    from calib.resources import resource_path
    from calib.store.locate import EXAMPLES

    folder = resource_path("data", "examples", EXAMPLES["halfway"])
    before = sorted(p.name for p in folder.iterdir())
    found = WorkshopActions(
        FormController(folder, catalog, TODAY, "Kim", read_only=True), Clock(), VotingUrls()
    )
    form = build_workshop(found.controller, found, notebook._write_minutes)
    press(form, "Begin the workshop")
    assert sorted(p.name for p in folder.iterdir()) == before
    assert not (tmp_path / "state" / "calib" / "rooms").exists()
    assert "example" in shown(form)


def test_whole_minutes_are_counted_down():
    assert criterion_view.whole_minutes(timedelta(seconds=119)) == 1


def _walk(form):
    yield form
    for child in getattr(form, "children", ()):
        yield from _walk(child)


def _labels(form):
    return [getattr(w, "description", "") for w in _walk(form) if hasattr(w, "click")]
