"""The catalog is complete, in our own words, and its examples do what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from calib import BadInput, load_catalog
from calib.catalog.load import load_lexicon
from calib.resources import resource_path

CATALOG = load_catalog()
PLACES = [(c, x) for c in CATALOG.controls for x in c.criteria]
IDS = [f"{c.id}/{x.id}" for c, x in PLACES]

# The ids that answers are keyed by: never renamed, never reused.
CRITERIA = {
    "GENAIPR-001": "methodology readiness-data readiness-skills readiness-organization outcomes-metrics outcomes-lessons use-cases roadmap?",
    "GENAIPR-002": "selection-procedure selection-factors past-example quality-metrics inference-options customization-process? aws-technology?",
    "GENAIPR-003": "privacy-mechanisms written-documentation risk-assessment anonymization application-security compliance-proof",
    "GENAIPR-004": "ethics-policy bias-mitigation user-consent transparency-report safety-measures sustainability",
    "GENAIPR-005": "data-freshness automated-processes solution-components prompt-management cicd? monitoring-evaluation?",
    "GENAIPR-006": "support-duration contact-escalation response-times-sla improvement-feedback? risk-management?",
}  # fmt: skip


def test_the_criteria_are_those_of_the_guide():
    assert [c.id for c in CATALOG.controls] == list(CRITERIA)
    for control in CATALOG.controls:
        marked = [x.id + ("?" if x.basis == "requirement" else "") for x in control.criteria]
        assert marked == CRITERIA[control.id].split()
    assert len(PLACES) == 38


@pytest.mark.parametrize(("control", "criterion"), PLACES, ids=IDS)
def test_every_criterion_is_described_in_full(control, criterion):
    assert criterion.question.endswith("?")
    assert len(criterion.artefacts) >= 3
    assert len(set(criterion.levels)) == 5
    assert all(len(text) > 25 for text in criterion.levels)
    assert criterion.remediation.effort in ("S", "M", "L")
    assert len(criterion.remediation.sentence) > 25
    assert any(criterion.id in step.serves for step in control.steps)


def test_no_text_stands_twice():
    texts = [
        t
        for _, x in PLACES
        for t in (*x.levels, x.question, x.looks_for, x.fails, x.remediation.action)
    ]
    assert len(texts) == len(set(texts))


def test_dates_and_versions_are_there():
    assert CATALOG.released < CATALOG.valid_until
    assert re.fullmatch(r"\d{4}\.\d+", CATALOG.version)
    assert "own" in CATALOG.notice
    assert "OPE-005" in CATALOG.scope
    assert [level.level for level in CATALOG.levels] == [0, 1, 2, 3, 4]


def test_the_lexicon_defines_each_word_once():
    terms = [t.term for t in load_lexicon()]
    assert len(terms) == len(set(terms)) > 30
    assert {"ballot", "vote", "reveal", "seat", "join code", "parking lot", "minutes"} <= set(terms)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("controls/GENAIPR-001.yaml", "    basis: passing", "    basis: sometimes", "basis"),
        (
            "controls/GENAIPR-001.yaml",
            "id: GENAIPR-001",
            "id: GENAIPR-007",
            "the file is named GENAIPR-001",
        ),
        (
            "controls/GENAIPR-002.yaml",
            "  - id: past-example",
            "  - id: selection-factors",
            "duplicate criterion",
        ),
        ("maturity.yaml", "  passing: 3", "  passing: 9", "gate.passing"),
        ("qualification.yaml", "needed: 4", "neded: 4", "did you mean `needed`"),
    ],
)
def test_a_broken_catalog_names_every_problem(tmp_path: Path, name, old, new, said):
    import shutil

    folder = Path(shutil.copytree(resource_path("data", "catalog"), tmp_path / "catalog"))
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    (folder / "notice.md").unlink()
    with pytest.raises(BadInput) as caught:
        load_catalog(folder)
    assert said in str(caught.value)
    assert "notice.md" in str(caught.value)
