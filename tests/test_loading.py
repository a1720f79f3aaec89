"""Bad input gets one message with every problem, its file, line and remedy; nothing is changed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from calib import BadInput, load_assessment, load_catalog
from calib.files.strict_yaml import MAX_BYTES, YamlDocument, parse_yaml
from calib.store.create import create_assessment

CATALOG = load_catalog()
CONTROL = "controls/GENAIPR-001.yaml"


def problems(folder: Path) -> list[str]:
    with pytest.raises(BadInput) as caught:
        load_assessment(folder, CATALOG)
    return [str(p) for p in caught.value.problems]


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


def one(folder: Path, *parts: str) -> None:
    [problem] = problems(folder)
    for part in parts:
        assert part in problem, problem


DEFECTS = {
    "broken_yaml": (CONTROL, "control: GENAIPR-001\nnarrative: a: b\n", ["GENAIPR-001.yaml:2", "not YAML", "quotes"]),
    "tab": (CONTROL, "control: GENAIPR-001\ncriteria:\n\tmethodology: {}\n", ["GENAIPR-001.yaml:3", "tabs"]),
    "merge_markers": (CONTROL, "<<<<<<< HEAD\ncontrol: GENAIPR-001\n=======\n", ["not YAML", "markers"]),
    "duplicate_key": (CONTROL, "control: GENAIPR-001\nnarrative: a\nnarrative: b\n", [":3", "narrative: duplicate key"]),
    "alias": (CONTROL, "control: GENAIPR-001\nnarrative: *x\n", [":2", "alias"]),
    "tag": (CONTROL, "control: GENAIPR-001\nnarrative: !!python/object:os.system x\n", [":2", "tag"]),
    "two_documents": (CONTROL, "control: GENAIPR-001\n---\nnarrative: x\n", ["second document"]),
    "unknown_key": (CONTROL, "control: GENAIPR-001\nnarative: x\n", [":2", "narative: unknown key", "did you mean `narrative`"]),
    "unknown_criterion": (CONTROL, "control: GENAIPR-001\ncriteria:\n  methodolgy:\n    claimed_level: 2\n",
                          [":3", "no such criterion", "did you mean `methodology`"]),
    "wrong_type": (CONTROL, "control: GENAIPR-001\ncriteria:\n  methodology:\n    claimed_level: high\n",
                   [":4", "criteria.methodology.claimed_level", "whole number", "'high'"]),
    "level_out_of_range": (CONTROL, "control: GENAIPR-001\ncriteria:\n  methodology:\n    claimed_level: 5\n", [":4", "at most 4"]),
    "list_for_text": (CONTROL, "control: GENAIPR-001\nnarrative:\n  - a\n", [":2", "narrative", "must be a text"]),
    "text_for_list": (CONTROL, "control: GENAIPR-001\nthird_party: Pinecone\n", [":2", "must be a list"]),
    "wrong_date": (CONTROL, "control: GENAIPR-001\ncriteria:\n  methodology:\n    due: next week\n", [":4", "must be a date", "2026-05-31"]),
    "unknown_evidence": (CONTROL, "control: GENAIPR-001\ncriteria:\n  methodology:\n    evidence: [nothing-like-it]\n",
                         [":4", "evidence[0]", "no evidence has the id"]),
    "other_control": (CONTROL, "control: GENAIPR-002\n", [":1", "the file is called GENAIPR-001"]),
    "empty_file": (CONTROL, "", ["empty"]),
    "a_list": (CONTROL, "- a\n", ["key: value"]),
    "newer_format": ("assessment.yaml", "format: 9\ncatalog: genai-competency\ncatalog_version: '2026.1'\nprofile:\n  partner: A\n",
                     [":1", "newer than this program"]),
    "other_catalog": ("assessment.yaml", "format: 1\ncatalog: mainframe\ncatalog_version: '1'\nprofile:\n  partner: A\n",
                      [":2", "genai-competency"]),
    "missing_partner": ("assessment.yaml", "format: 1\ncatalog: genai-competency\ncatalog_version: '2026.1'\nprofile: {}\n",
                        [":4", "profile.partner", "required"]),
    "evidence_outside": ("evidence.yaml", "evidence:\n  - id: a\n    title: A\n    file: ../secret.txt\n", [":4", "evidence[0].file"]),
    "evidence_dots": ("evidence.yaml", "evidence:\n  - id: a\n    title: A\n    file: evidence/../../etc/passwd\n", ["inside evidence/"]),
    "evidence_nowhere": ("evidence.yaml", "evidence:\n  - id: a\n    title: A\n", ["either a file or a url"]),
    "evidence_http": ("evidence.yaml", "evidence:\n  - id: a\n    title: A\n    url: javascript:alert(1)\n", ["url", "wrong form"]),
    "plan_status": ("plan.yaml", "actions:\n  - id: GENAIPR-001/roadmap\n    status: later\n", [":3", "status", "'open'"]),
    "strange_control": ("controls/GENAIPR-009.yaml", "control: GENAIPR-009\n", ["no such control", "did you mean GENAIPR-00"]),
    "conflicted_copy": ("controls/GENAIPR-001 (conflicted copy).yaml", "x: 1\n", ["conflicted copy", "merge"]),
    "plan_id": ("plan.yaml", "actions:\n  - id: GENAIPR-001/use-case\n", [":2", "actions[0].id", "did you mean `GENAIPR-001/use-cases`"]),
    "early_date": ("assessment.yaml", "format: 1\ncatalog: genai-competency\ncatalog_version: '2026.1'\nprofile:\n  partner: A\ntarget_date: 0001-01-01\n",
                   [":6", "target_date"]),
    "nan_gauge": ("milestones/2026-01-01-x.json", '{"date": "2026-01-01", "name": "x", "gauges": [["GENAIPR-001", NaN]]}', ["not a milestone"]),
    "bad_milestone": ("milestones/2026-01-01-x.json", "{", ["not a milestone", "calib milestone"]),
}  # fmt: skip


@pytest.mark.parametrize("defect", DEFECTS)
def test_each_defect_is_named_with_place_and_remedy(tmp_path, defect):
    name, text, parts = DEFECTS[defect]
    folder = create_assessment(tmp_path / "acme", CATALOG, partner="Acme")
    (folder / "milestones").mkdir()
    write(folder, name, text)
    one(folder, *parts)


def test_all_problems_are_reported_at_once_and_nothing_is_changed(halfway):
    write(
        halfway,
        CONTROL,
        "control: GENAIPR-001\nnarative: x\ncriteria:\n  roadmap:\n    claimed_level: 9\n",
    )
    write(halfway, "evidence.yaml", "evidence:\n  - id: A b\n    title: ''\n    file: x\n")
    before = fingerprint(halfway)
    found = problems(halfway)
    assert len([p for p in found if "GENAIPR-001" in p]) == 2
    assert len([p for p in found if "acme/evidence.yaml" in p]) == 3
    assert fingerprint(halfway) == before


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in folder.rglob("*") if p.is_file()
    }  # fmt: skip


def test_a_folder_that_is_no_assessment(tmp_path):
    one(tmp_path, "assessment.yaml is missing", "calib new")
    one(tmp_path / "nowhere", "no such folder")
    write(tmp_path, "file", "x")
    one(tmp_path / "file", "is a file")


def test_loading_writes_nothing(halfway):
    before = fingerprint(halfway)
    load_assessment(halfway, CATALOG)
    assert fingerprint(halfway) == before


def test_what_looks_typed_stays_text(tmp_path):
    folder = create_assessment(tmp_path / "acme", CATALOG, partner="Acme")
    write(
        folder,
        "case_studies/a.yaml",
        "title: 012345678901\ncustomer: no\nresults: 1.10\nchallenge: 2024\n",
    )
    [study] = [s for s in load_assessment(folder, CATALOG).case_studies if s.slug == "a"]
    assert (study.title, study.customer, study.results, study.challenge) == (
        "012345678901",
        "no",
        "1.10",
        "2024",
    )


def test_an_older_catalog_version_keeps_orphaned_answers(halfway):
    header = (halfway / "assessment.yaml").read_text()
    write(halfway, "assessment.yaml", header.replace('"2026.1"', '"2025.2"'))
    write(halfway, CONTROL, "control: GENAIPR-001\ncriteria:\n  retired-one:\n    answer: kept\n")
    response = load_assessment(halfway, CATALOG).response("GENAIPR-001")
    assert response.answer("retired-one").answer == "kept"


@pytest.mark.parametrize("bomb", ["[" * 100_000, "{a: " * 50_000, "- " * 60_000, "? " * 50_000])
def test_deep_nesting_is_refused_quickly(bomb):
    document = YamlDocument("x.yaml")
    parse_yaml(bomb, document)
    assert document.problems


def test_a_huge_file_is_refused(halfway):
    write(halfway, CONTROL, "# " + "x" * MAX_BYTES)
    one(halfway, "bytes", "evidence/")


def test_binary_and_unreadable_text(halfway):
    (halfway / CONTROL).write_bytes(b"control: \xff\xfe")
    one(halfway, "not UTF-8")
    (halfway / CONTROL).write_bytes(b"control: a\x00b")
    one(halfway, "not YAML")


def test_symlinked_evidence_counts_as_missing(halfway, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("s")
    target = next((halfway / "evidence").iterdir())
    target.unlink()
    target.symlink_to(secret)
    states = dict(load_assessment(halfway, CATALOG).files)
    assert "missing" in states.values()


def test_the_content_hash_tells_changes_apart(halfway):
    first = load_assessment(halfway, CATALOG).content_hash
    assert load_assessment(halfway, CATALOG).content_hash == first
    next((halfway / "evidence").iterdir()).write_text("changed")
    second = load_assessment(halfway, CATALOG).content_hash
    with (halfway / "plan.yaml").open("a") as plan:
        plan.write("# a comment\n")
    assert len({first, second, load_assessment(halfway, CATALOG).content_hash}) == 3


def test_a_new_assessment_can_be_read_and_lists_every_criterion(tmp_path):
    name = 'Acme "Cloud": <b>&\\ ünï'
    folder = create_assessment(tmp_path / "acme", CATALOG, partner=name)
    assessment = load_assessment(folder, CATALOG)
    assert assessment.header.profile.partner == name
    for control in CATALOG.controls:
        given = [a.criterion for a in assessment.response(control.id).criteria]
        assert given == [c.id for c in control.criteria]


def test_new_never_touches_a_folder_with_something_in_it(halfway):
    before = fingerprint(halfway)
    with pytest.raises(BadInput, match="not empty"):
        create_assessment(halfway, CATALOG, partner="x")
    assert fingerprint(halfway) == before


def test_a_milestone_is_read(halfway):
    (halfway / "milestones").mkdir(exist_ok=True)
    row = {"date": "2026-09-01", "name": "Kick-off", "gauges": [["GENAIPR-001", 1.5]]}
    write(halfway, "milestones/2026-09-01-kick-off.json", json.dumps(row))
    found = {m.name: m.gauges for m in load_assessment(halfway, CATALOG).milestones}
    assert found["Kick-off"] == (("GENAIPR-001", 1.5),)
