"""Milestones by example: what is remembered of a day, and under which name."""

from __future__ import annotations

import json

import pytest

from calib import assess
from calib.model import Milestone, MilestoneFile, Readiness
from calib.scoring.milestones import make_milestone, milestone_file_name, serialize_milestone
from tests.core_examples import (
    CATALOG,
    CONTROL,
    FOUR,
    TODAY,
    assessment,
    by_name,
    catalog_of,
    response_at,
)


def milestone(*levels, name="First review", signed_by="", studies=FOUR, **changes):
    """The milestone of an assessment whose first control has these levels."""
    found = assessment(response_at(*levels), case_studies=studies, **changes)
    catalog = catalog_of(CONTROL, CATALOG.controls[1])
    return make_milestone(assess(catalog, found, TODAY), found, name, signed_by)


def test_a_milestone_remembers_the_result_and_the_answers():
    older = Milestone(date=TODAY, name="Kick-off")
    found = milestone(3, signed_by="Ann", milestones=(older,))
    assert (found.date, found.name, found.signed_by) == (TODAY, "First review", "Ann")
    assert found.catalog_version == CATALOG.version
    assert found.readiness == Readiness.NOT_READY
    assert found.gauges == ((CONTROL.id, 3.0), (CATALOG.controls[1].id, 0.0))
    assert found.qualified_studies == 4
    assert found.gates == (CONTROL.id,)
    assert dict(found.levels) == {
        **{f"{CONTROL.id}/{c.id}": 3 for c in CONTROL.criteria},
        **{f"{CATALOG.controls[1].id}/{c.id}": 0 for c in CATALOG.controls[1].criteria},
    }
    assert found.assessment.milestones == (), "milestones do not hold milestones"
    assert found.assessment.response(CONTROL.id).narrative == "We do."
    assert found.answers_hash == found.assessment.answers_hash != ""


def test_it_need_not_be_signed():
    found = assessment()
    assert make_milestone(assess(catalog_of(CONTROL), found, TODAY), found, "x").signed_by == ""


def test_a_control_that_misses_its_gate_is_not_among_the_gates():
    found = milestone(2, studies=())
    assert (found.gates, found.qualified_studies) == ((), 0)


def test_it_is_written_without_what_is_empty_and_read_back_as_it_was():
    found = milestone(3)
    written = serialize_milestone(found)
    assert written.endswith(b"}\n")
    assert written.count(b"\n") > 10, "a line per entry, so that versions can be compared"
    assert b'\n "name"' in written, "indented by one space"
    assert "signed_by" not in json.loads(written)
    assert MilestoneFile.model_validate_json(written) == found


@pytest.mark.parametrize(
    ("name", "slug"),
    by_name([
        ("words become hyphens", "First review", "first-review"),
        ("runs of other characters become one hyphen", "Sent -- to & AWS!", "sent-to-aws"),
        ("digits stay", "Q3 2026", "q3-2026"),
        ("no hyphen at the ends", "(draft)", "draft"),
        ("40 characters stay", "a" * 40, "a" * 40),
        ("from 41 on the name is cut", "a" * 41, "a" * 40),
        ("no hyphen where the name is cut", f"{'a' * 39} b", "a" * 39),
        ("nothing left", "!!!", "milestone"),
        ("letters outside a-z are left out", "Überblick", "berblick"),
    ]),
)  # fmt: skip
def test_file_name(name, slug):
    found = MilestoneFile(date=TODAY, name=name)
    assert milestone_file_name(found) == f"2026-11-22-{slug}.json"
