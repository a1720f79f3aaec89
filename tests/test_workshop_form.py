"""The facilitator's form without a browser: every step is in the files, and no sealed vote is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from calib import notebook
from calib.ballots.files import assessor_id, load_ballots
from calib.ballots.sealing import load_sealed, seal_ballots
from calib.ballots.seats import join, load_seats
from calib.ballots.workshop_file import load_workshop
from calib.forms import Desk
from calib.forms.workshop import Meeting, Room, build_workshop, criterion_view
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
def meeting(halfway, catalog, clock):
    return Meeting(
        Desk(halfway, catalog, TODAY, "Kim"), clock, Room("http://10.0.0.7:8900", "", "")
    )


@pytest.fixture
def form(meeting):
    return build_workshop(meeting.desk, meeting, notebook._write_minutes)


def again(meeting):
    """The same folder in another kernel."""
    return Meeting(
        Desk(meeting.desk.folder, meeting.desk.catalog, TODAY, "Kim"), meeting.clock, meeting.room
    )


def begin(meeting, form, *names):
    fields(form, "Facilitator")[0].value = "Kim Lee"
    if names:
        fields(form, "Who is expected, one name per line")[0].value = "\n".join(names)
    press(form, "Begin the workshop")


def vote(meeting, name, level, comment="", *, everywhere=False, named=True):
    here = meeting.here
    places = meeting.places if everywhere else (here,)
    for control in dict.fromkeys(c.id for c, _ in places):
        votes = tuple(
            Vote(criterion=x.id, level=level, comment=comment) for c, x in places if c.id == control
        )
        ballot = Ballot(
            control=control, assessor=assessor_id(name), name=name if named else "", votes=votes
        )
        seal_ballots(meeting.desk.folder, meeting.desk.catalog, (ballot,))
    meeting.look()


def record(meeting):
    return load_workshop(meeting.desk.folder, meeting.desk.catalog)


def test_showing_the_form_writes_nothing(meeting, form):
    assert record(meeting) is None
    assert not (meeting.desk.folder / "ballots").exists()
    assert "http://10.0.0.7:8900" in shown(form)


def test_beginning_notes_the_levels_makes_codes_and_an_agenda_of_the_time(meeting, form):
    begin(meeting, form, "Ana", "Ben", "  ana ", "")
    found = record(meeting)
    assert found.begun == meeting.clock()
    assert found.facilitator == "Kim Lee"
    assert sum(box.minutes for box in found.agenda) == 90
    assert {box.control for box in found.agenda} == {c.id for c in meeting.desk.catalog.controls}
    assert len(found.criteria) == 38
    for control, criterion in meeting.places:
        assert (
            found.matter(control.id, criterion.id).before
            == meeting.result(control.id, criterion.id).effective
        )
    assert [s.name for s in load_seats(meeting.desk.folder)] == ["Ana", "Ben"], (
        "one code for each person"
    )
    assert "Reveal 0 of 2 votes" in _labels(form)


def test_the_agenda_puts_first_what_divides_and_lacks_most(meeting, form):
    begin(meeting, form)
    control = meeting.desk.catalog.controls[3]
    for name, level in (("ana", 0), ("ben", 4), ("cleo", 4)):
        votes = tuple(Vote(criterion=x.id, level=level) for x in control.criteria)
        seal_ballots(
            meeting.desk.folder,
            meeting.desk.catalog,
            (Ballot(control=control.id, assessor=name, votes=votes),),
        )
    meeting.look()
    press(form, "Order again by the votes so far")
    assert record(meeting).agenda[0].control == control.id
    assert sum(box.minutes for box in record(meeting).agenda) == 90
    assert meeting.order[0][0] == control


def test_nothing_of_a_sealed_vote_is_shown_and_who_has_voted_is(meeting, form):
    begin(meeting, form, "Ana", "Ben")
    vote(meeting, "Ana", 4, SECRET, everywhere=True)
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
    meeting.step(1)
    assert SECRET not in shown(form), "the next criterion is sealed still"
    opened = load_ballots(meeting.desk.folder, meeting.desk.catalog)
    assert [len(b.votes) for b in opened] == [1]


def test_after_the_reveal_the_spread_and_whom_to_ask_are_shown(meeting, form):
    begin(meeting, form)
    for name, level in (("Ana", 3), ("Ben", 3), ("Cleo", 3), ("Dan", 1)):
        vote(meeting, name, level, f"because {name} says so")
    press(form, "Reveal 4 of 4 votes")
    seen = shown(form)
    assert 'aria-label="3 votes for level 3: Ana, Ben and Cleo"' in seen
    assert "Three of four chose 3; one chose 1: ask the one first." in seen
    asked = seen[seen.index("Ask first") : seen.index("Reasons")]
    assert "because Dan says so" in asked
    assert "Ana" not in asked


def test_settling_makes_an_assessors_level_with_name_and_reason(meeting, form):
    begin(meeting, form)
    vote(meeting, "Ana", 1)
    press(form, "Reveal 1 of 1 votes")
    control, criterion = meeting.here
    before = meeting.result(control.id, criterion.id).effective
    press(form, "Settle")
    assert "Not settled yet: say the level and the reason" in shown(form)
    assert record(meeting).matter(control.id, criterion.id).settled is None
    fields(form, "Consensus")[0].value = 1
    fields(form, "Reason")[0].value = "Nobody could show the document."
    fields(form, "Dissent")[0].value = "Ben would say 2."
    press(form, "Settle")
    settled = record(meeting).matter(control.id, criterion.id).settled
    assert (settled.level, settled.by, settled.dissent) == (1, "Kim Lee", "Ben would say 2.")
    found = (
        load_assessment(meeting.desk.folder, meeting.desk.catalog)
        .response(control.id)
        .answer(criterion.id)
    )
    assert (found.override.level, found.override.by) == (1, "Kim Lee")
    assert found.override.reason == "Nobody could show the document."
    assert meeting.result(control.id, criterion.id).effective == 1 != before
    assert "Settled: level" in shown(form)


def test_a_suggestion_is_settled_with_one_press_and_its_reason_is_how_the_votes_lie(meeting, form):
    begin(meeting, form)
    for name in ("Ana", "Ben", "Cleo"):
        vote(meeting, name, 2)
    press(form, "Reveal 3 of 3 votes")
    press(form, "Settle on 2, as the votes suggest")
    control, criterion = meeting.here
    assert record(meeting).matter(control.id, criterion.id).settled.reason == "All three chose 2."


def test_voting_again_seals_and_keeps_the_first_round(meeting, form):
    begin(meeting, form)
    for name, level in (("Ana", 1), ("Ben", 3)):
        vote(meeting, name, level)
    press(form, "Reveal 2 of 2 votes")
    press(form, "Vote again")
    control, criterion = meeting.here
    matter = record(meeting).matter(control.id, criterion.id)
    assert matter.revealed is None
    assert matter.earlier == ((0, 1, 0, 1, 0),)
    vote(meeting, "Ana", 3)
    press(form, "Reveal 2 of 2 votes")
    assert meeting.agreement_on(control.id, criterion.id).distribution == (0, 0, 0, 2, 0)
    assert "Round 1: 1 chose 1, 1 chose 3" in shown(form)
    found = [
        v.level for b in load_ballots(meeting.desk.folder, meeting.desk.catalog) for v in b.votes
    ]
    assert found == [3, 3], "the open ballots hold the second round, once"


def test_time_is_counted_per_control_and_shown_without_alarm(meeting, form, clock):
    begin(meeting, form)
    first, second = list(dict.fromkeys(c.id for c, _ in meeting.order))[:2]
    meeting.step(1)
    clock.on(12)
    press(form, next(d for d in _labels(form) if d.startswith(second)))
    clock.on(5)
    press(form, next(d for d in _labels(form) if d.startswith(first)))
    clock.on(3)
    meeting.tick()
    assert meeting.used(first) == timedelta(minutes=15)
    assert meeting.used(second) == timedelta(minutes=5)
    box = next(b.minutes for b in meeting.workshop.agenda if b.control == first)
    assert f"15 of {box} minutes" in shown(form)
    assert "20 of 90 minutes in all" in shown(form)


def test_a_notebook_that_is_opened_again_goes_on_where_it_was(meeting, form):
    begin(meeting, form, "Ana", "Ben")
    meeting.step(3)
    vote(meeting, "Ana", 2, SECRET)
    fields(form, "Reason")[0].value = "half a sentence"
    meeting.desk.flush()
    other = again(meeting)
    later = build_workshop(other.desk, other, notebook._write_minutes)
    assert other.here == meeting.here
    assert fields(later, "Reason")[0].value == "half a sentence"
    assert "1 of 2" in shown(later)
    assert SECRET not in shown(later)


def test_a_reveal_that_was_cut_off_is_completed_by_the_next_look(meeting, form):
    begin(meeting, form)
    vote(meeting, "Ana", 2)
    control, criterion = meeting.here
    key = f"{control.id}/{criterion.id}"
    meeting.desk.store.set("workshop.yaml", ("criteria", key, "revealed"), None, meeting.stamp())
    assert not load_ballots(meeting.desk.folder, meeting.desk.catalog), (
        "killed before the votes were opened"
    )
    other = again(meeting)
    assert [
        v.level for b in load_ballots(other.desk.folder, other.desk.catalog) for v in b.votes
    ] == [2]


def test_paper_votes_are_sealed_too(meeting, form):
    begin(meeting, form)
    fields(form, "Whose vote")[0].value = "Hana  Sato"
    fields(form, "Why")[0].value = SECRET
    fields(form, "Level")[0].value = 3
    press(form, "Take this vote")
    assert SECRET not in shown(form)
    (ballot,) = load_sealed(meeting.desk.folder, meeting.desk.catalog)
    assert (ballot.name, ballot.votes[0].level, ballot.votes[0].comment) == ("Hana Sato", 3, SECRET)
    assert fields(form, "Whose vote")[0].value == ""
    press(form, "Take this vote")
    assert "say whose vote it is" in shown(form)


def test_an_anonymous_workshop_names_nobody(meeting, form):
    fields(form, "Votes")[0].value = Naming.ANONYMOUS.value
    begin(meeting, form, "Ana", "Ben")
    assert not [s for s in load_seats(meeting.desk.folder) if s.name], "no code carries a name"
    seats = meeting.invite(blank=3)
    for seat, level in zip(seats, (1, 3, 3), strict=True):
        who, _ = join(meeting.desk.folder, seat.code, None, meeting.clock())
        ballot = Ballot(
            control=meeting.here[0].id,
            assessor=who.id,
            votes=(Vote(criterion=meeting.here[1].id, level=level, comment=f"reason {level}"),),
        )
        seal_ballots(meeting.desk.folder, meeting.desk.catalog, (ballot,))
    fields(form, "Whose vote")[0].value = "Ana Silva"
    press(form, "Take this vote")
    assert not list(meeting.desk.folder.rglob("*ana-silva*")), "the file names who voted"
    press(form, "Reveal 4 of 4 votes")
    seen = shown(form)
    assert "calib-spread" in seen
    assert "reason 1" in seen
    assert "whoever chose 1" in seen
    for seat in seats:
        assert seat.id not in seen
    for word in ("Ana", "ana-silva", "seat-"):
        assert word not in seen.replace("Banana", "")
    assert all(not b.name for b in load_sealed(meeting.desk.folder, meeting.desk.catalog))


def test_names_and_reasons_full_of_markup_stay_text(meeting, form):
    nasty = '<img src=x onerror="alert(1)">'
    begin(meeting, form, nasty)
    vote(meeting, nasty, 0, f"{nasty} \u202egnp.exe")
    vote(meeting, "Ben", 4, nasty)
    press(form, "Reveal 2 of 2 votes")
    seen = shown(form)
    assert "<img" not in seen
    assert "&lt;img" in seen
    assert "\u202e" not in seen


def test_a_lost_device_gets_a_new_code_and_the_ballot_stays(meeting, form):
    begin(meeting, form, "Ana")
    (seat,) = load_seats(meeting.desk.folder)
    join(meeting.desk.folder, seat.code, "", meeting.clock())
    fields(form, "Name")[0].value = "ana"
    press(form, "A code for this person")
    (after,) = load_seats(meeting.desk.folder)
    assert after.id == seat.id
    assert after.code
    assert after.code != seat.code
    assert after.token, "the old device goes on until the new code is used"
    assert after.code[:4] in shown(form)


def test_parking_closing_and_opening_again(meeting, form):
    begin(meeting, form)
    press(form, "Park something")
    fields(form, "What was put off")[0].value = "Who owns the data map?"
    meeting.desk.flush()
    assert [p.text for p in record(meeting).parked] == ["Who owns the data map?"]
    press(form, "Close the workshop", nth=0)
    assert record(meeting).closed == meeting.clock()
    press(form, "Write the minutes")
    files = {p.name: p.read_bytes()[:4] for p in (meeting.desk.folder / "exports").iterdir()}
    assert files["minutes.pdf"] == b"%PDF"
    assert files["minutes.docx"][:2] == b"PK"
    assert "Wrote minutes.html, minutes.pdf and minutes.docx" in shown(form)
    press(form, "Open it again")
    assert record(meeting).closed is None
    assert fields(form, "What was put off")[0].value == "Who owns the data map?"


def test_an_action_goes_into_the_plan(meeting, form):
    begin(meeting, form)
    step = next(s for s in meeting.desk.plan.steps if s.gap.control)
    place = next(p for p in meeting.places if f"{p[0].id}/{p[1].id}" == step.gap.id)
    meeting.go_to(*place)
    fields(form, "Owner")[0].value = "Marisol"
    meeting.desk.flush()
    assert next(s.owner for s in meeting.desk.plan.steps if s.gap.id == step.gap.id) == "Marisol"


def test_a_broken_record_is_said_and_the_last_picture_stays(meeting, form):
    begin(meeting, form, "Ana")
    path = meeting.desk.folder / "workshop.yaml"
    good = path.read_text(encoding="utf-8")
    path.write_text(good + "surprise: 1\n", encoding="utf-8")
    meeting.tick()
    assert "surprise" in shown(form)
    assert meeting.workshop.begun is not None
    path.write_text(good, encoding="utf-8")
    meeting.tick()
    assert "surprise" not in shown(form)


def test_an_example_shows_the_form_and_writes_nothing(catalog, tmp_path):
    from calib.resources import shipped
    from calib.store.locate import EXAMPLES

    folder = shipped("data", "examples", EXAMPLES["halfway"])
    before = sorted(p.name for p in folder.iterdir())
    found = Meeting(Desk(folder, catalog, TODAY, "Kim", read_only=True), Clock(), Room())
    form = build_workshop(found.desk, found, notebook._write_minutes)
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
