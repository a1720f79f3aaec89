"""Milestones and differences: what changed, which levels moved, and why."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from calib import assess, load_assessment
from calib.diff import DiffInput, compare
from calib.errors import BadInput
from calib.model import Milestone
from calib.render import sections
from calib.resources import resource_path
from calib.scoring.milestones import make_milestone, serialize_milestone
from calib.store.locate import EXAMPLES
from calib.store.milestones import find_milestone, load_milestone
from calib.store.session import Store
from tests.conftest import TODAY
from tests.test_cli import DAY, run

FILE = "controls/GENAIPR-001.yaml"
GAUGES = "2026-06-30-kick-off-workshop"


def state(folder, catalog, today=TODAY):
    found = load_assessment(folder, catalog)
    return DiffInput(folder.name, None, found, assess(catalog, found, today))


@pytest.fixture
def before(halfway, tmp_path):
    """A copy of how it was."""
    return Path(shutil.copytree(halfway, tmp_path / "before"))


def edit(folder, *edits):
    store = Store.open(folder, "Ada")
    for file, field, value in edits:
        store.set(file, field, store.get(file, field), value)


# --- milestones ---


def test_a_milestone_remembers_all_that_is_said(halfway, catalog):
    run("milestone", halfway, "--name", "Sent to AWS", "--signed-by", "Ann Ash", *DAY)
    path = halfway / "milestones" / "2026-11-22-sent-to-aws.json"
    kept = load_milestone(path)
    now = load_assessment(halfway, catalog)
    assert kept.assessment.model_copy(update={"milestones": now.milestones}).responses == now.responses  # fmt: skip
    assert kept.assessment.milestones == ()
    assert kept.answers_hash == now.answers_hash == kept.assessment.answers_hash
    assert dict(kept.levels)["GENAIPR-004/sustainability"] == 0
    assert len(kept.levels) == 38
    assert kept.gates == ("GENAIPR-001", "GENAIPR-006")
    light = next(m for m in now.milestones if m.name == "Sent to AWS")
    assert type(light) is Milestone
    assert light.signed_by == "Ann Ash"
    assert "Harborline" not in assess(catalog, now, TODAY).milestones[-1].model_dump_json()
    assert (
        "exists already" in run("milestone", halfway, "--name", "Sent to AWS", *DAY, code=2).stderr
    )


def test_the_answers_hash_follows_answers_and_evidence_alone(halfway, catalog):
    first = load_assessment(halfway, catalog)
    (halfway / "plan.yaml").unlink()
    for name in (halfway / "milestones").iterdir():
        name.unlink()
    path = halfway / FILE
    path.write_text("# a comment\n" + path.read_text())
    second = load_assessment(halfway, catalog)
    assert second.content_hash != first.content_hash
    assert second.answers_hash == first.answers_hash
    next((halfway / "evidence").glob("delivery*")).write_text("tampered")
    assert load_assessment(halfway, catalog).answers_hash != first.answers_hash


@pytest.mark.parametrize(
    "name", ["Kick-off workshop", "kick-off-workshop", GAUGES, "2026-06-30", "KICK OFF WORKSHOP"]
)
def test_a_milestone_is_found_by_any_of_its_names(halfway, name):
    assert find_milestone(halfway, name).stem == GAUGES
    assert find_milestone(halfway, "last").stem == "2026-09-30-first-review"


def test_a_milestone_that_is_not_there_is_answered_with_those_that_are(halfway):
    with pytest.raises(BadInput, match="2026-09-30-first-review"):
        find_milestone(halfway, "second-review")
    shutil.rmtree(halfway / "milestones")
    with pytest.raises(BadInput, match="none is saved yet"):
        find_milestone(halfway, "last")


# --- differences ---


def test_a_milestone_with_a_typo_is_answered_with_the_one_that_was_meant(halfway):
    with pytest.raises(BadInput, match=rf"did you mean {GAUGES}\?"):
        find_milestone(halfway, "kickoff-wrkshop")


def test_a_milestone_needs_a_name_and_an_assessment_of_ones_own(halfway):
    before = sorted((halfway / "milestones").iterdir())
    assert "needs a name" in run("milestone", halfway, "--name", " ", *DAY, code=2).stderr
    assert sorted((halfway / "milestones").iterdir()) == before
    said = run("milestone", "example:halfway", "--name", "x", *DAY, code=2).stderr
    assert "the examples are read-only" in said


def test_a_milestone_alone_is_compared_with_its_folder(halfway):
    run("milestone", halfway, "--name", "Now", *DAY)
    alone = run("diff", f"{halfway}@now", *DAY).stdout
    assert alone == run("diff", f"{halfway}@now", halfway, *DAY).stdout
    said = run("diff", halfway.parent / "none", *DAY, code=2).stderr
    assert said.count("there is no such folder") == 1


def test_a_folder_may_hold_an_at_sign(halfway, tmp_path):
    odd = shutil.copytree(halfway, tmp_path / "a@b")
    assert "up    Written" in run("diff", odd, *DAY).stdout
    assert "No answer" in run("diff", odd, halfway, *DAY).stdout


def test_nothing_differs_from_a_copy(halfway, before, catalog):
    found = compare(state(before, catalog), state(halfway, catalog))
    assert (found.fields, found.levels, found.studies) == ((), (), ())
    assert "No answer and no level has changed" in run("diff", before, halfway, *DAY).stdout


EDITS = {
    (FILE, "criteria.methodology.claimed_level"): 1,
    (FILE, "criteria.roadmap.answer"): "Roadmap v1.4.",
    (FILE, "narrative"): "Nothing is written yet.",
    ("assessment.yaml", "scope"): "All of it.",
    ("assessment.yaml", "profile.tier"): None,
    ("case_studies/harborline-claims-summaries.yaml", "results"): None,
    ("evidence.yaml", "evidence[=lessons-register].title"): "Lessons",
}


def test_the_fields_that_differ_are_those_that_were_edited(halfway, before, catalog):
    edit(halfway, *((file, field, value) for (file, field), value in EDITS.items()))
    found = compare(state(before, catalog), state(halfway, catalog))
    changed = {(c.file, c.field): c.after for c in found.fields}
    assert changed == {
        (file, field.replace("[=", "[")): "" if value is None else str(value)
        for (file, field), value in EDITS.items()
    }
    backwards = compare(state(halfway, catalog), state(before, catalog))
    assert {(c.file, c.field): (c.after, c.before) for c in found.fields} == {
        (c.file, c.field): (c.before, c.after) for c in backwards.fields
    }


def test_what_came_or_went_as_a_whole_is_seen(halfway, before, catalog):
    (halfway / "case_studies" / "corvane-track-defects.yaml").unlink()
    edit(
        halfway,
        (
            "controls/GENAIPR-002.yaml",
            "third_party",
            [{"service": "Pinecone", "purpose": "search"}],
        ),
    )
    found = compare(state(before, catalog), state(halfway, catalog))
    fields = {(c.file, c.field) for c in found.fields}
    assert ("controls/GENAIPR-002.yaml", "third_party[Pinecone].purpose") in fields
    assert {c.after for c in found.fields if "corvane" in c.file} == {""}
    [study] = [s for s in found.studies if s.slug == "corvane-track-defects"]
    assert (study.before, study.after) == (True, None)
    assert "Justify Pinecone (GENAIPR-002/third-party/Pinecone)" in found.opened
    text = run("diff", before, halfway, *DAY).stdout
    assert "case_studies/corvane-track-defects.yaml  gone, 12 fields" in text


def test_levels_say_why_they_moved(halfway, before, catalog):
    edit(
        halfway,
        (FILE, "criteria.methodology.claimed_level", 1),
        ("controls/GENAIPR-004.yaml", "criteria.safety-measures.claimed_level", 3),
    )
    found = compare(state(before, catalog), state(halfway, catalog))
    moves = {m.criterion: m for m in found.levels}
    claim = moves["methodology"]
    assert (claim.step, claim.claimed, claim.supported) == (-2, (3, 1), (4, 4))
    up = moves["safety-measures"]
    assert (up.before, up.after) == (1, 3)
    assert found.before.gates == ("GENAIPR-001", "GENAIPR-006")
    assert found.after.gates == ("GENAIPR-006",)
    text = run("diff", before, halfway, *DAY).stdout
    assert "down  Written methodology: 3 -> 1  (claimed 3 -> 1, supported 4)" in text
    assert "GENAIPR-001  gauge 3.0 -> 2.6, gate met -> not met" in text


@pytest.fixture
def strong(tmp_path):
    return Path(
        shutil.copytree(resource_path("data", "examples", EXAMPLES["strong"]), tmp_path / "acme")
    )


def test_evidence_that_is_lost_explains_a_fall(strong, tmp_path, catalog):
    whole = state(shutil.copytree(strong, tmp_path / "whole"), catalog)
    for path in (strong / "evidence").iterdir():
        path.unlink()
    found = compare(whole, state(strong, catalog))
    assert {c.after for c in found.fields} == {"missing"}
    [move] = [m for m in found.levels if m.criterion == "quality-metrics"]
    assert (move.before, move.after) == (4, 2)
    assert "No artefact is linked or named." in move.why.new
    assert any("is missing" in m for m in move.why.new)
    assert any("is linked" in m for m in move.why.gone)
    [back] = [
        m for m in compare(state(strong, catalog), whole).levels if m.criterion == "quality-metrics"
    ]
    assert back.step == 2
    assert "No artefact is linked or named." in back.why.gone
    assert not any("No measured outcome" in m for m in back.why.new)


def test_a_day_alone_can_move_a_level(strong):
    """Evidence grows old: nothing was edited, and the difference says what happened."""
    run("milestone", strong, "--name", "Early", *DAY)
    found = json.loads(run("diff", strong, "--date", "2028-01-01", "--json").stdout)
    assert found["fields"] == []
    assert (found["before"]["readiness"], found["after"]["readiness"]) == ("ready", "close")
    [move] = [m for m in found["levels"] if m["criterion"] == "past-example"]
    assert (move["before"], move["after"]) == (4, 3)
    assert move["why"]["new"] == ["No linked evidence is dated within the last 365 days."]


def test_a_long_text_is_compared_by_sentence(halfway, before):
    text = (halfway / FILE).read_text()
    assert "holds 24 entries" in text
    (halfway / FILE).write_text(text.replace("holds 24 entries", "holds 31\n  entries"))
    lines = run("diff", before, halfway, *DAY).stdout.splitlines()
    [gone], [new] = ([x for x in lines if x.startswith(f"      {sign} ")] for sign in "-+")
    assert gone.replace("24", "31").replace("- ", "+ ", 1) == new
    assert "retrospective" not in gone


def test_a_milestone_of_gauges_alone_is_compared_by_its_gauges(halfway):
    result = run("diff", f"{halfway}@kick-off-workshop", halfway, *DAY)
    assert "GENAIPR-001 gauge 1.7 -> 3.0" in result.stdout
    assert "gauges only" in result.stderr
    levels = run("diff", halfway, *DAY)
    assert "up    Written methodology: 2 -> 3" in levels.stdout
    assert "down  Proof of compliance: 3 -> 2" in levels.stdout
    assert "gauges and levels only" in levels.stderr


def test_a_milestone_that_this_program_judges_otherwise_says_so(halfway, catalog):
    found = load_assessment(halfway, catalog)
    made = make_milestone(assess(catalog, found, TODAY), found, "Then")
    other = made.model_copy(update={"readiness": "close", "levels": (*made.levels[:-1], (made.levels[-1][0], 0))})  # fmt: skip
    (halfway / "milestones" / "2026-11-22-then.json").write_bytes(serialize_milestone(other))
    said = run("diff", halfway, *DAY).stderr
    assert "on its day the readiness was close, and 1 of 38 levels" in said


def test_diff_refuses_what_it_cannot_compare(halfway):
    error = run("diff", f"{halfway}@nothing", halfway / "nowhere", *DAY, code=2).stderr
    assert "2 problems" in error
    assert "no such milestone" in error
    assert "there is no such folder" in error
    assert "there is no such example" in run("diff", "example:best", halfway, *DAY, code=2).stderr
    run("diff", "example:halfway@first-review", halfway, *DAY)
    broken = halfway / "milestones" / "2026-01-01-x.json"
    broken.write_text('{"date": "2026-01-01", "name": "x", "assessment": {"header": 3}}')
    assert "not a milestone" in run("diff", broken, halfway, *DAY, code=2).stderr


def test_text_of_a_partner_cannot_steer_the_terminal(halfway, before):
    edit(halfway, ("assessment.yaml", "scope", "a \u202e b\u2066"))
    assert "\u202e" not in run("diff", before, halfway, *DAY).stdout


# --- in the report ---


def words_of(folder, catalog, today=TODAY):
    result = assess(catalog, load_assessment(folder, catalog), today)
    return str(sections.maturity(result, catalog, sections.Brand()).data())


def test_the_report_says_what_moved_since_the_last_milestone(halfway, catalog):
    said = words_of(halfway, catalog)
    for part in (
        "Changes since “First review”, 30\xa0Sep\xa02026", "The gauge rose in 6 of 6 controls and fell in none.",
        "Gates newly met: GENAIPR-001 and GENAIPR-006.",
        "Written methodology 2 → 3", "down Proof of compliance 3 → 2",
        "Qualifying case studies: 2 before, 3 now", "Kick-off workshop",
    ):  # fmt: skip
        assert part.replace("\xa0", "\\xa0") in said, part
    early = words_of(halfway, catalog, date(2026, 7, 1))
    assert "Changes since “Kick-off workshop”" in early
    assert "gauge 1.7 → 3.0." in early
    shutil.rmtree(halfway / "milestones")
    assert "Changes since" not in words_of(halfway, catalog)


def test_a_signature_holds_until_an_answer_changes(halfway, catalog):
    run("milestone", halfway, "--name", "Sent", "--signed-by", "Ann Ash", *DAY)
    said = words_of(halfway, catalog)
    assert "Signed and unchanged." in said
    edit(halfway, (FILE, "criteria.roadmap.answer", "Another."))
    said = words_of(halfway, catalog)
    assert "Changed since it was signed." in said
    assert "Ann Ash" in said
