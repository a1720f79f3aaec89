"""A newer catalog: every answer is kept, none counts as confirmed, nothing moves by the mark."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from calib import assess, load_assessment, load_catalog
from calib.catalog.migration import (
    UNCONFIRMED_RULE,
    ChangeStatus,
    build_catalog_record,
    build_migration_report,
)
from calib.errors import BadInput
from calib.forms import FormController, control, start
from calib.render import sections
from calib.store.catalog_migration import migrate_catalog, undo_catalog_migration
from calib.store.session import Store
from tests.conftest import TODAY
from tests.newer import (
    ADDED,
    CONTROL,
    QUESTION,
    REMOVED,
    REWORDED,
    VERSION,
    newer_catalog,
    newer_program,
)
from tests.newer import run as calib
from tests.test_cli import run

ROOT = Path(__file__).parent.parent
FILE = f"controls/{CONTROL}.yaml"


@pytest.fixture(scope="module")
def newer(tmp_path_factory):
    return load_catalog(newer_catalog(tmp_path_factory.mktemp("newer")))


@pytest.fixture
def carried(halfway):
    migrate_catalog(halfway, VERSION, TODAY)
    return halfway


def judged(folder, catalog):
    return assess(catalog, load_assessment(folder, catalog), TODAY)


def content(folder):
    names = (p for p in folder.rglob("*") if p.is_file() and ".calib" not in p.parts)
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in names}


def marks(result):
    return [
        (c.control, x.criterion, f)
        for c in result.controls
        for x in c.criteria
        for f in x.findings
        if f.rule == UNCONFIRMED_RULE
    ]


def test_the_catalog_is_written_down_as_it_is(catalog):
    kept = catalog.record(catalog.version)
    assert kept == build_catalog_record(catalog), (
        "the catalog has changed: raise its version where it was released, then `make record`"
    )


def test_the_report_tells_what_changed(halfway, newer):
    report = build_migration_report(newer, load_assessment(halfway, newer))
    assert (report.before, report.after) == ("2026.1", VERSION)
    changed = {c.criterion: c for c in report.criteria if c.change is not ChangeStatus.SAME}
    assert {k: c.change for k, c in changed.items()} == {
        ADDED: ChangeStatus.ADDED, REMOVED: ChangeStatus.REMOVED, REWORDED: ChangeStatus.REWORDED,
    }  # fmt: skip
    assert changed[REWORDED].asks == QUESTION
    assert changed[REWORDED].asked.startswith("Could you hand a new consultant one document")
    assert changed[REMOVED].title == "Fitted roadmap"
    assert changed[REMOVED].answered
    assert not changed[ADDED].answered
    assert report.count(ChangeStatus.SAME) == 36
    assert len(report.open) == 37


def test_an_older_assessment_opens_with_every_answer_marked_and_no_level_moved(
    halfway, catalog, newer
):
    before, after = judged(halfway, catalog), judged(halfway, newer)
    found = marks(after)
    assert len(found) == 37
    assert {f.outcome for *_, f in found} == {"advice"}
    assert {f.bounds for *_, f in found} == {None}
    [reworded] = [f for _, name, f in found if name == REWORDED]
    assert "Before: “Could you hand a new consultant" in reworded.message
    then = {(c.control, x.criterion): x for c in before.controls for x in c.criteria}
    for c in after.controls:
        for x in c.criteria:
            if x.criterion != ADDED:
                old = then[c.control, x.criterion]
                assert (x.effective, x.supported, x.met) == (old.effective, old.supported, old.met)
    assert not marks(before)
    assert judged(halfway, catalog).readiness == before.readiness


def test_a_new_criterion_is_judged_by_cues_and_says_so(halfway, newer):
    text = (halfway / FILE).read_text(encoding="utf-8")
    (halfway / FILE).write_text(
        text.replace("criteria:\n", f"criteria:\n  {ADDED}:\n    answer: we hand over\n")
    )
    found = judged(halfway, newer).control(CONTROL)
    [new] = [c for c in found.criteria if c.criterion == ADDED]
    assert (new.judged, new.learned) == (True, False)
    assert any("Not learned yet: judged by cues alone" in f.message for f in new.findings)
    assert all(c.learned for c in found.criteria if c.criterion != ADDED)
    assert UNCONFIRMED_RULE not in {f.rule for f in new.findings}, "nobody asked it before"


def test_a_new_criterion_without_points_is_judged_by_its_evidence(halfway, tmp_path):
    folder = newer_catalog(tmp_path)
    path = folder / FILE
    control = yaml.safe_load(path.read_text(encoding="utf-8"))
    [bare] = [c for c in control["criteria"] if c["id"] == ADDED]
    bare |= {"points": [], "example_bar": []}
    path.write_text(yaml.safe_dump(control, allow_unicode=True), encoding="utf-8")
    found = judged(halfway, load_catalog(folder)).control(CONTROL)
    [new] = [c for c in found.criteria if c.criterion == ADDED]
    assert (new.judged, new.verdict) == (False, "no")
    assert "not-judged" in {f.rule for f in new.findings}


def test_carrying_over_marks_answers_and_changes_nothing_else(halfway, catalog):
    before = content(halfway)
    done = migrate_catalog(halfway, VERSION, TODAY)
    after = content(halfway)
    assert before.keys() == after.keys()
    assert {n for n in before if before[n] != after[n]} == set(done.changed)
    for name in done.changed:
        old, new = (c[name].decode().splitlines() for c in (before, after))
        added = [line for line in new if line not in old]
        assert {line.strip() for line in added} <= {
            'catalog_version: "2026.1"', f'catalog_version: "{VERSION}"'
        }  # fmt: skip
        kept = [line for line in new if line.strip() != 'catalog_version: "2026.1"']
        assert len(kept) == len(old), "every line that was there is there"
    backup = done.backup
    assert {n: (backup / n).read_bytes() for n in done.changed} == {
        n: before[n] for n in done.changed
    }
    assert migrate_catalog(halfway, VERSION, TODAY).changed == ()


def test_orphaned_answers_are_kept_and_listed(carried, newer):
    result = judged(carried, newer)
    [orphan] = [f for f in result.control(CONTROL).findings if f.rule == f"orphaned:{REMOVED}"]
    assert orphan.outcome == "advice"
    assert "level 3" in orphan.message
    assert "Roadmap v1.3" in orphan.message
    answer = load_assessment(carried, newer).response(CONTROL).answer(REMOVED)
    assert answer.catalog_version == "2026.1"
    said = str(sections.control(result, newer.control(CONTROL)).data())
    assert "Answers from an earlier catalog version" in said
    assert "Roadmap v1.3" in said


def test_a_misspelt_criterion_is_still_an_error_after_it(carried, newer):
    path = carried / FILE
    path.write_text(path.read_text().replace("\n  use-cases:", "\n  use-case:"))
    with pytest.raises(BadInput, match="did you mean `use-cases`"):
        load_assessment(carried, newer)


def test_a_plan_for_what_is_asked_no_more_does_not_stop_it(carried, newer):
    (carried / "plan.yaml").write_text(f"actions:\n  - id: {CONTROL}/{REMOVED}\n    owner: Ann\n")
    assert load_assessment(carried, newer).plan[0].owner == "Ann"


def test_a_control_that_is_asked_no_more_is_kept(halfway, newer):
    controls = tuple(c for c in newer.controls if c.id != "GENAIPR-006")
    less = newer.model_copy(update={"controls": controls})
    for _ in range(2):
        result = judged(halfway, less)
        assert "orphaned:GENAIPR-006" in {f.rule for f in result.findings}
        assert load_assessment(halfway, less).response("GENAIPR-006").narrative
        migrate_catalog(halfway, VERSION, TODAY)


def test_confirming_is_one_field_and_takes_the_mark_away(carried, newer):
    store = Store.open(carried, "Ada")
    place = f"criteria.{REWORDED}.catalog_version"
    store.set(FILE, place, "2026.1", VERSION)
    assert REWORDED not in {name for _, name, _ in marks(judged(carried, newer))}
    store.undo()
    assert REWORDED in {name for _, name, _ in marks(judged(carried, newer))}


def test_a_name_that_is_not_quite_right_is_answered_with_the_one_that_is_meant(halfway):
    for name, meant in (("GENAIPR-01", "GENAIPR-001"), ("methodology", "GENAIPR-001/methodology"),
                        ("GENAIPR-001/metodology", "GENAIPR-001/methodology")):  # fmt: skip
        assert f"did you mean {meant}?" in run("confirm", halfway, name, code=2).stderr


def test_the_way_back_is_open_until_somebody_works_on(halfway):
    before = content(halfway)
    migrate_catalog(halfway, VERSION, TODAY)
    assert undo_catalog_migration(halfway, TODAY).after == "2026.1"
    assert content(halfway) == before
    with pytest.raises(BadInput, match="was not migrated"):
        undo_catalog_migration(halfway, TODAY)
    migrate_catalog(halfway, VERSION, TODAY)
    Store.open(halfway, "Ada").set(FILE, f"criteria.{REWORDED}.owner", None, "Ann")
    kept = content(halfway)
    with pytest.raises(BadInput, match=f"{CONTROL}.yaml: was changed after"):
        undo_catalog_migration(halfway, TODAY)
    assert content(halfway) == kept


def test_a_folder_that_cannot_be_read_is_left_as_it_is(halfway):
    (halfway / FILE).write_text("a: [\n")
    before = content(halfway)
    with pytest.raises(BadInput):
        migrate_catalog(halfway, VERSION, TODAY)
    assert content(halfway) == before


def walk(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from walk(child)


def shown(form):
    return "".join(one.value for one in walk(form) if type(one).__name__ == "HTML")


def test_the_form_shows_the_mark_and_confirms(carried, newer):
    desk = FormController(carried, newer, TODAY, "Ada")
    form = control.build_control(desk, newer.control(CONTROL))
    assert shown(form).count("not re-confirmed") == 7
    assert "Kept from an older catalog" in shown(form)
    assert "37 answers are not re-confirmed" in shown(start.build_start(desk, lambda _: None))
    buttons = [b for b in walk(form) if getattr(b, "description", "").startswith("Confirm answer")]
    seen = [b for b in buttons if b.layout.display != "none"]
    assert (len(buttons), len(seen)) == (8, 7)
    seen[0].click()
    assert seen[0].layout.display == "none"
    assert shown(form).count("not re-confirmed") == 6
    on_disk = yaml.safe_load((carried / FILE).read_text())["criteria"][REWORDED]
    assert on_disk["catalog_version"] == VERSION
    desk.undo()
    assert seen[0].layout.display != "none"


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return newer_program(tmp_path_factory.mktemp("program"))


def test_the_newer_program_carries_an_assessment_over(program, halfway):
    """As somebody would: install the newer version, look, carry over, confirm, change one's mind."""
    before = content(halfway)
    said = calib(program, "migrate", halfway, "--dry-run")
    for part in (
        "New questions: 1",
        "Removed questions: 1",
        "Reworded questions: 1",
        f"now:    {QUESTION}",
    ):
        assert part in said.stdout
    assert "37 answers to re-confirm" in said.stderr
    assert content(halfway) == before
    assert "migrated from catalog 2026.1 to 2026.2" in calib(program, "migrate", halfway).stderr
    assert "orphaned" not in calib(program, "check", halfway).stderr
    assert f"The answer to {REMOVED} belongs" in calib(program, "check", halfway).stdout
    calib(program, "confirm", halfway, f"{CONTROL}/{REWORDED}")
    rows = json.loads(calib(program, "confirm", halfway, "--json").stdout)
    assert len(rows) == 36
    assert "no such control" in calib(program, "confirm", halfway, "GENAIPR-9", code=2).stderr
    assert "was changed after" in calib(program, "migrate", halfway, "--undo", code=2).stderr
    calib(program, "undo", halfway)
    calib(program, "migrate", halfway, "--undo")
    assert content(halfway) == before
    assert "30 left" in calib(program, "confirm", halfway, "GENAIPR-002").stderr


def test_a_catalog_that_is_newer_than_the_program_is_not_carried_back(carried):
    before = content(carried)
    error = calib(ROOT, "migrate", carried, code=2).stderr
    assert "unknown catalog version 2026.2" in error
    assert "newer calib" in error
    assert content(carried) == before
    assert "read-only" in calib(ROOT, "migrate", "example:strong", code=2).stderr
    calib(ROOT, "score", carried)
