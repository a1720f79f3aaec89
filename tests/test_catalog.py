"""The catalog is complete, in our own words, and its examples do what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from calib import BadInput, load_catalog
from calib.catalog.load import load_lexicon
from calib.model.point_rule import shortest_completion
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

# The ids of the points, which weights and marks are keyed by. A star: AWS's published example of
# the control shows it, so it belongs to the example bar.
POINTS = {
    "methodology": "*phases deliverables *document *outcome next-steps",
    "readiness-data": "*storage *management *processing method",
    "readiness-skills": "*audit roles gap",
    "readiness-organization": "sponsorship governance journey",
    "outcomes-metrics": "*quality *efficiency *adoption *cost *per-phase target",
    "outcomes-lessons": "*collected lesson *used",
    "use-cases": "discovery business *prioritized chosen",
    "roadmap": "*steps budget *risk industry data skills processes structure",
    "selection-procedure": "*steps comparison record document",
    "selection-factors": "*cost *latency *customization model-size inference-options *context-window *licensing skills *quality",
    "past-example": "*model *use *reason *adapted",
    "quality-metrics": "fluency coherence *context *accuracy usefulness measured",
    "inference-options": "option second performance cost regulation",
    "customization-process": "*prompting *retrieval *parameters *fine-tuning *when",
    "aws-technology": "*service *role *solution",
    "privacy-mechanisms": "*encryption *access *network retention minimization no-training residency",
    "written-documentation": "*document *content *shared owner",
    "risk-assessment": "report method risks treatment",
    "anonymization": "*data *technique when check",
    "application-security": "input output *access *network secrets testing *monitoring *review incident",
    "compliance-proof": "*law certificate date mapping",
    "ethics-policy": "*document *fairness accuracy *safety *transparency empowerment copyright *sustainability privacy approval",
    "bias-mitigation": "*measured groups action result",
    "user-consent": "notice consent withdrawal law",
    "transparency-report": "*report operations *decisions published",
    "safety-measures": "*filter abuse testing human *monitoring",
    "sustainability": "measured *action *result",
    "data-freshness": "refresh staleness reindex *integrity owner",
    "automated-processes": "customize *serve *monitor protect retrain",
    "solution-components": "*data-management *data-security platform *monitoring *compliance *orchestration model-versioning model-evaluation *prompt-management front-end back-end",
    "prompt-management": "store versions tested approved *improved",
    "cicd": "*pipeline tests approval rollback history",
    "monitoring-evaluation": "*operations drift evaluation human alert",
    "support-duration": "*stabilization *ongoing hours end",
    "contact-escalation": "channel *path times customer-side",
    "response-times-sla": "*severities *response resolution attainment",
    "improvement-feedback": "*collected *analyzed changed effect",
    "risk-management": "identified mitigated owned warned",
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


@pytest.mark.parametrize(("control", "criterion"), PLACES, ids=IDS)
def test_the_points_are_those_of_the_guide(control, criterion):
    marked = [("*" if p.id in criterion.example_bar else "") + p.id for p in criterion.points]
    assert marked == POINTS[criterion.id].split()


@pytest.mark.parametrize(("control", "criterion"), PLACES, ids=IDS)
def test_every_point_is_described_in_full(control, criterion):
    for point in criterion.points:
        assert point.cues, point.id
        assert point.context, point.id
        for sentence in (point.example, point.counter_example):
            assert sentence.endswith((".", "”", "?")), sentence
            assert len(sentence.split()) > 3, sentence
    titles = [point.title for point in criterion.points]
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize(("control", "criterion"), PLACES, ids=IDS)
def test_the_rules_on_points_fit_together(control, criterion):
    every = tuple(p.id for p in criterion.points)
    for rule in (criterion.yes_rule, criterion.partly_rule):
        assert rule.holds(set(every))
        assert not rule.holds(set())
    least = shortest_completion(criterion.yes_rule, frozenset(), every)
    assert criterion.partly_rule.holds(set(least)), "whatever makes a yes makes a partly too"
    extra = {p.id for p in criterion.points if p.extra}
    assert not extra & set(least), "a yes needs no extra point"


def test_each_point_has_its_own_sentences():
    points = [p for _, x in PLACES for p in x.points]
    assert (
        len({p.example for p in points}) == len({p.counter_example for p in points}) == len(points)
    )


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
        (
            "controls/GENAIPR-001.yaml",
            "yes_needs: phases and",
            "yes_needs: phase and",
            "yes_needs: phase is not a point",
        ),
        (
            "controls/GENAIPR-001.yaml",
            "yes_needs: phases and",
            "yes_needs: 9 of any and",
            "cannot be satisfied",
        ),
        (
            "controls/GENAIPR-001.yaml",
            "yes_needs: phases and",
            "yes_needs: phases und",
            "unexpected",
        ),
        (
            "controls/GENAIPR-001.yaml",
            "  - id: deliverables",
            "  - id: phases",
            "duplicate point phases",
        ),
        (
            "controls/GENAIPR-001.yaml",
            "example_bar: [phases",
            "example_bar: [phrases",
            "example_bar: phrases is not a point",
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
