"""What a newer catalog means for older answers, by example: one row per kind of change.

How a folder is carried over, and how people confirm, is in test_catalog_migration.py.
"""

from __future__ import annotations

from functools import cache

import pytest

from calib.catalog.migration import (
    ChangeStatus,
    build_catalog_record,
    build_migration_report,
    find_orphaned,
    find_unconfirmed,
    find_version_differences,
)
from calib.model import Basis, ControlResponse, CriterionAnswer, Outcome
from tests.core_examples import CATALOG, CONTROL, assessment, by_name, catalog_of, override

SAME, REWORDED, ADDED, REMOVED, UNKNOWN = (
    ChangeStatus(name) for name in ("same", "reworded", "added", "removed", "unknown")
)
NOT_CONFIRMED = "not-reconfirmed"


def criterion(name, **changes):
    return CONTROL.criteria[0].model_copy(update={"id": name, "title": name.title(), **changes})


OLD_CRITERIA = [criterion(n) for n in ("same", "reworded", "rebased", "refined", "weighed", "renamed", "removed")]  # fmt: skip
NEW_CRITERIA = [
    criterion("same"),
    criterion("reworded", question="Which document is it?"),
    criterion("rebased", basis=Basis.REQUIREMENT),
    criterion("refined", looks_for="A document with a date."),
    criterion("weighed", weight=1),
    criterion("renamed", title="Another title"),
    criterion("added"),
]
CHANGED = ("reworded", "rebased", "refined", "weighed", "renamed")
"""Each of these asks something else in version 2 than in version 1."""


@cache
def newer(*, known=True):
    """Version 2 of a catalog of one control; without `known` nothing is recorded of version 1."""
    old_control = CONTROL.model_copy(update={"criteria": tuple(OLD_CRITERIA)})
    new_control = CONTROL.model_copy(update={"criteria": tuple(NEW_CRITERIA)})
    old, new = catalog_of(old_control, version="1"), catalog_of(new_control, version="2")
    records = (build_catalog_record(old),) if known else ()
    return new.model_copy(update={"records": (*records, build_catalog_record(new))})


def answers(*given, version="1", control=CONTROL.id):
    """An assessment of a catalog version, with answers to one control."""
    return assessment(ControlResponse(control=control, criteria=given), catalog_version=version)


def answer(name, version="", **changes):
    return CriterionAnswer(
        criterion=name, catalog_version=version, **{"claimed_level": 3, **changes}
    )


# --- which answers have to be confirmed ---


def unconfirmed(given, *, version="1", known=True):
    catalog = newer(known=known)
    control = catalog.control(CONTROL.id)
    found = find_unconfirmed(catalog, control, control.criterion(given.criterion), given, version)
    for finding in found:
        assert (finding.rule, finding.outcome, finding.bounds) == (
            NOT_CONFIRMED,
            Outcome.ADVICE,
            None,
        )
        assert finding.remediation
    return [f.message for f in found]


@pytest.mark.parametrize(
    ("given", "version", "marked"),
    by_name([
        ("asked as before, given to the older version", answer("same"), "1", True),
        ("asked in other words", answer("reworded"), "1", True),
        ("an added criterion asks for no confirmation", answer("added"), "1", False),
        ("an assessment of this version", answer("same"), "2", False),
        ("confirmed for this version", answer("same", "2"), "1", False),
        ("an answer of version 1 in an assessment of version 2", answer("same", "1"), "2", True),
        ("nothing was answered", answer("same", claimed_level=None), "1", False),
        ("a claim of 0 is an answer", answer("same", claimed_level=0), "1", True),
        ("a text is an answer", answer("same", claimed_level=None, answer="We do."), "1", True),
        ("evidence is an answer", answer("same", claimed_level=None, evidence=("report",)), "1", True),
        ("an override is an answer", answer("same", claimed_level=None, override=override(3)), "1", True),
        ("not applicable is an answer", answer("same", claimed_level=None, not_applicable="-"), "1", True),
        ("an owner is no answer", answer("same", claimed_level=None, owner="Ann"), "1", False),
        ("a version that nothing is known of", answer("same"), "0", True),
    ]),
)  # fmt: skip
def test_which_answers_have_to_be_confirmed(given, version, marked):
    messages = unconfirmed(given, version=version)
    assert bool(messages) is marked
    for message in messages:
        assert {"0", "1", "2"} & set(message.replace(",", " ").replace(".", " ").split())


def test_the_mark_says_how_the_question_changed():
    asked = CONTROL.criteria[0].question
    [same], [reworded], [rebased], [refined], [renamed] = (
        unconfirmed(answer(name)) for name in ("same", "reworded", "rebased", "refined", "renamed")
    )
    [unknown] = unconfirmed(answer("same"), known=False)
    assert len({same, reworded, rebased, refined, renamed, unknown}) == 6
    assert same.startswith(unknown[:-1])
    assert asked in reworded
    assert asked not in same + rebased + refined + renamed
    assert "requirement" in rebased
    assert "passing" in rebased
    [weighed] = unconfirmed(answer("weighed"))
    assert weighed == refined
    assert "title" in renamed
    assert "“Renamed”" in renamed
    assert "weight" not in renamed


# --- the migration report ---


def report(found, *, known=True):
    return build_migration_report(newer(known=known), found)


def changes(found):
    return {c.criterion: c.change for c in found.criteria}


def test_the_report_names_each_change():
    found = report(answers())
    assert (found.before, found.after) == ("1", "2")
    assert changes(found) == {
        "same": SAME, **dict.fromkeys(CHANGED, REWORDED), "added": ADDED, "removed": REMOVED,
    }  # fmt: skip
    assert [found.count(c) for c in (SAME, REWORDED, ADDED, REMOVED, UNKNOWN)] == [1, 5, 1, 1, 0]
    assert found.open == ()


def test_an_entry_of_the_report():
    rows = {c.criterion: c for c in report(answers(answer("reworded"))).criteria}
    assert rows["reworded"].model_dump() == {
        "control": CONTROL.id, "criterion": "reworded", "title": "Reworded", "change": "reworded",
        "asked": CONTROL.criteria[0].question, "asks": "Which document is it?",
        "answered": True, "confirmed": False,
    }  # fmt: skip
    assert (rows["same"].asked, rows["same"].asks) == ("", CONTROL.criteria[0].question)
    assert (rows["added"].asked, rows["added"].answered) == ("", False)
    assert rows["removed"].model_dump() == {
        "control": CONTROL.id, "criterion": "removed", "title": "Removed", "change": "removed",
        "asked": "", "asks": "", "answered": False, "confirmed": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "version", "change", "answered", "confirmed", "open_"),
    by_name([
        ("given to the older version", answer("reworded"), "1", REWORDED, True, False, True),
        ("confirmed", answer("reworded", "2"), "1", REWORDED, True, True, False),
        ("confirmed, asked as before", answer("same", "2"), "1", SAME, True, True, False),
        ("no answer", answer("reworded", claimed_level=None), "1", REWORDED, False, False, False),
        ("no answer, yet confirmed", answer("reworded", "2", claimed_level=None), "1", REWORDED, False, False, False),
        ("no answer, of another version", answer("reworded", "0", claimed_level=None), "1", REWORDED, False, False, False),
        ("an answer to an added criterion", answer("added"), "1", ADDED, True, True, False),
        ("an answer to a removed one is kept, not open", answer("removed"), "1", REMOVED, True, False, False),
        ("one older answer in a newer assessment", answer("reworded", "1"), "2", REWORDED, True, False, True),
    ]),
)  # fmt: skip
def test_states_of_an_answer(given, version, change, answered, confirmed, open_):
    found = report(answers(given, version=version))
    [row] = [c for c in found.criteria if c.criterion == given.criterion]
    assert (row.change, row.answered, row.confirmed) == (change, answered, confirmed)
    assert [c.criterion for c in found.open] == ([given.criterion] if open_ else [])


@pytest.mark.parametrize(
    ("found", "before"),
    by_name([
        ("the assessment's version", answers(answer("same")), "1"),
        ("of an assessment of this version, the oldest answer's",
         answers(answer("same", "1"), answer("refined", "0"), version="2"), "0"),
        ("an older assessment counts before its answers", answers(answer("same", "0")), "1"),
        ("nothing older", answers(answer("same"), version="2"), "2"),
        ("confirmed answers are not older", answers(answer("same", "2"), version="2"), "2"),
    ]),
)  # fmt: skip
def test_the_version_before(found, before):
    assert report(found).before == before


def test_a_version_that_nothing_is_recorded_of():
    found = report(answers(answer("same"), answer("removed"), version="1"), known=False)
    assert changes(found) == {
        **{c.id: UNKNOWN for c in NEW_CRITERIA}, "removed": REMOVED,
    }  # fmt: skip
    assert {c.criterion for c in found.open} == {"same"}
    gone = next(c for c in found.criteria if c.criterion == "removed")
    assert (gone.title, gone.answered) == ("removed", True)


def test_answers_are_found_at_another_control_too():
    found = report(answers(answer("same"), control="GONE-001"))
    gone = [(c.control, c.criterion, c.answered) for c in found.criteria if c.change is REMOVED]
    assert gone == [(CONTROL.id, "removed", False), ("GONE-001", "same", True)]
    empty = report(answers(answer("same", claimed_level=None), control="GONE-001"))
    assert [c.criterion for c in empty.criteria if c.change is REMOVED] == ["removed"]


def test_a_confirmed_answer_is_compared_with_the_version_before_its_own_is_not():
    """Each answer is compared with the version it was given to."""
    found = report(answers(answer("same", "0"), answer("reworded")))
    assert changes(found)["same"] is UNKNOWN
    assert changes(found)["reworded"] is REWORDED


# --- findings on responses and on the assessment ---


def orphans(*given, control=CONTROL.id):
    return find_orphaned(newer(), ControlResponse(control=control, criteria=given))


def test_an_answer_that_the_catalog_does_not_ask_for():
    [found] = orphans(answer("same"), answer("removed", answer="We  do."))
    assert found.rule == "orphaned:removed"
    assert (found.outcome, found.control, found.criterion) == (Outcome.ADVICE, CONTROL.id, "")
    assert found.subject.file == f"controls/{CONTROL.id}.yaml"
    assert found.subject.place == "criteria.removed"
    assert "removed" in found.message
    assert found.remediation


@pytest.mark.parametrize(
    ("changes", "ending"),
    by_name([
        ("nothing", {"claimed_level": None}, "kept."),
        ("a level", {}, ": level 3."),
        ("level 0 is shown too", {"claimed_level": 0}, ": level 0."),
        ("a text, on one line", {"claimed_level": None, "answer": "We\n do."}, ": “We do.”."),
        ("evidence", {"claimed_level": None, "evidence": ("a", "b")}, ": a, b."),
        ("all", {"answer": "We do.", "evidence": ("a",)}, ": level 3; “We do.”; a."),
    ]),
)  # fmt: skip
def test_an_orphan_shows_what_was_answered(changes, ending):
    assert orphans(answer("removed", **changes))[0].message.endswith(ending)


def on_the_whole(*given, version="1", control=CONTROL.id):
    return list(
        find_version_differences(newer(), answers(*given, version=version, control=control))
    )


@pytest.mark.parametrize(
    ("found", "expected"),
    by_name([
        ("this version, nothing older", lambda: on_the_whole(answer("same"), version="2"), []),
        ("an older version, nothing answered", on_the_whole, ["catalog-differs"]),
        ("an older version, all confirmed", lambda: on_the_whole(answer("same", "2")), ["catalog-differs"]),
        ("older answers", lambda: on_the_whole(answer("same")), ["catalog-differs", NOT_CONFIRMED]),
        ("this version with an older answer",
         lambda: on_the_whole(answer("same", "1"), version="2"), [NOT_CONFIRMED]),
        ("an answer to an added criterion waits for nothing",
         lambda: on_the_whole(answer("added")), ["catalog-differs"]),
        ("an answer to a removed criterion waits for nothing",
         lambda: on_the_whole(answer("removed")), ["catalog-differs"]),
        ("a control that is not asked any more",
         lambda: on_the_whole(answer("same", claimed_level=None), control="GONE-001"), ["catalog-differs", "orphaned:GONE-001"]),
    ]),
)  # fmt: skip
def test_findings_on_the_assessment(found, expected):
    findings = found()
    assert [f.rule for f in findings] == expected
    assert {f.outcome for f in findings} <= {Outcome.ADVICE}
    assert all(f.message and f.remediation for f in findings)


def test_findings_on_the_assessment_point_at_its_file():
    found = {f.rule: f for f in on_the_whole(answer("same"), control="GONE-001")}
    assert found["catalog-differs"].subject.file == "assessment.yaml"
    assert found["catalog-differs"].subject.place == "catalog_version"
    assert {"1", "2"} <= set(
        found["catalog-differs"].message.replace(",", " ").replace(".", " ").split()
    )
    assert found["orphaned:GONE-001"].subject.file == "controls/GONE-001.yaml"
    assert "GONE-001" in found["orphaned:GONE-001"].message
    waiting = on_the_whole(answer("same"))[-1]
    assert (waiting.subject.file, waiting.subject.place) == ("assessment.yaml", "catalog_version")


def test_the_count_of_what_waits():
    def message(*given):
        return on_the_whole(*given)[-1].message

    one, two = (
        message(answer("same")),
        message(answer("same"), answer("same", claimed_level=None), answer("refined", "1")),
    )
    assert one.startswith("1 ")
    assert two.startswith("2 ")
    assert "; 1 of them" in two
    assert ";" not in one
    more = message(answer("reworded"), answer("refined"))
    assert "; 2 of them" in more
    assert one.split()[2] != more.split()[2], "is, are"


def test_the_record_that_is_shipped_is_that_of_the_catalog():
    """Digests of released versions are compared with for years: they must not change."""
    assert build_catalog_record(CATALOG) == CATALOG.record(CATALOG.version)


def test_a_record_digests_all_that_an_answer_depends_on():
    recorded = {a.id.partition("/")[2]: a for a in build_catalog_record(newer()).asked}
    assert recorded["same"].id == f"{CONTROL.id}/same"
    assert len(recorded["same"].rest) == 16
    assert recorded["same"].rest == recorded["reworded"].rest == recorded["renamed"].rest
    assert recorded["same"].rest != recorded["refined"].rest
    assert recorded["same"].rest != recorded["weighed"].rest
    for changes in ({"fails": "Other."}, {"levels": ("0", "1", "2", "3", "4")}):
        control = CONTROL.model_copy(update={"criteria": (criterion("same", **changes),)})
        [other] = build_catalog_record(catalog_of(control, version="3")).asked
        assert other.rest != recorded["same"].rest
    assert (recorded["rebased"].basis, recorded["reworded"].question) == (
        Basis.REQUIREMENT,
        "Which document is it?",
    )
    assert recorded["renamed"].title == "Another title"
    assert build_catalog_record(newer()).version == "2"
