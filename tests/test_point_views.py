"""Points in the report and on the terminal: state in icon and word, sentence, marks, both bars."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from calib import assess, load_assessment
from calib.cli import main
from calib.model import (
    MarkResult,
    MarkState,
    Mood,
    PointMark,
    PointReview,
    PointState,
    Span,
    Verdict,
)
from calib.render import sections
from calib.render.html import render_section
from calib.render.points import (
    MARK_WORDS,
    POINT_ICONS,
    POINT_TONES,
    POINT_WORDS,
    control_example_word,
    count_example_bar,
    example_bar_word,
    mark_note,
    mark_quote,
    our_bar_badges,
    point_lines,
    shorten,
    state_badge,
)
from calib.render.sections.points import points_blocks
from tests.conftest import TODAY
from tests.core_examples import by_name


@pytest.fixture(scope="module")
def found(results):
    """A control result to change: the criterion of the tests is its first one."""
    return results["strong"].controls[0]


def with_criterion(found, **changes):
    """The control result with another first criterion, and that criterion."""
    first = found.criteria[0].model_copy(update=changes)
    return found.model_copy(update={"criteria": (first, *found.criteria[1:])}), first


def reviewed(found, *states: PointState, mood=Mood.PLANNED):
    """The first criterion with its points in these states, each in the first sentence."""
    span = found.passages[0].span
    first = found.criteria[0]
    points = tuple(
        PointReview(
            point=p.point, title=p.title, state=state,
            mood=None if state is PointState.MISSING else mood,
            span=None if state is PointState.MISSING else span,
        )
        for p, state in zip(first.points, states, strict=False)
    )  # fmt: skip
    return with_criterion(found, points=points)


def made(state: MarkState, *, shows: bool = True, span: Span | None = None, **more: str):
    given = {"point": "a", "quote": "The quote.", "by": "Ann", "reason": "It is so."}
    return MarkResult(
        mark=PointMark(**{**given, "shows": shows, **more}), title="A", state=state, span=span
    )


# --- words ---


@pytest.mark.parametrize(
    ("text", "length", "expected"),
    by_name([
        ("short", "abc", 3, "abc"),
        ("at a word", "one two three", 9, "one two…"),
        ("not within a word", "one twofold", 8, "one…"),
        ("one long word", "abcdefghij", 5, "abcd…"),
        ("no comma before the ellipsis", "one, two three", 10, "one, two…"),
        ("no comma at all", "one, twofold", 8, "one…"),
    ]),
)  # fmt: skip
def test_quotes_are_shortened_at_a_word(text, length, expected):
    assert shorten(text, length) == expected
    assert len(shorten(text, length)) <= length


@pytest.mark.parametrize("state", PointState)
def test_each_state_has_an_icon_a_word_and_a_tone(state):
    assert all(state in table for table in (POINT_ICONS, POINT_WORDS, POINT_TONES))


def test_states_do_not_depend_on_colour_alone():
    assert len(set(POINT_ICONS.values())) == len(set(POINT_WORDS.values())) == len(PointState)


@pytest.mark.parametrize("state", MarkState)
def test_each_state_of_a_mark_has_words(state):
    assert MARK_WORDS[state]


@pytest.mark.parametrize(
    ("result", "expected"),
    by_name([
        ("waiting", made(MarkState.WAITING),
         "Waiting for a second person: Ann (It is so.)"),
        ("confirmed", made(MarkState.COUNTS, confirmed_by="Ben"),
         "Confirmed by two people: Ann (It is so.), Ben"),
        ("confirmed with a reason",
         made(MarkState.COUNTS, confirmed_by="Ben", confirm_reason="Read\nit"),
         "Confirmed by two people: Ann (It is so.), Ben (Read it)"),
        ("rejected", made(MarkState.REJECTS, shows=False),
         "Rejected: Ann (It is so.)"),
    ]),
)  # fmt: skip
def test_a_mark_in_one_line(result, expected):
    assert mark_note(result) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    by_name([
        ("met", {"example_bar": True, "example_points": ("a",)}, "met"),
        ("not met", {"example_bar": False, "example_points": ("a",)}, "not met"),
        ("the example shows none", {"example_bar": True, "example_points": ()}, "no points"),
    ]),
)  # fmt: skip
def test_words_of_the_example_bar(found, changes, expected):
    changed, first = with_criterion(found, **changes)
    assert example_bar_word(first) == expected
    reached, asked = count_example_bar([first])
    assert (reached, asked) == (expected == "met", expected != "no points")
    assert control_example_word(changed.model_copy(update={"example_bar": True})) == "met"
    assert control_example_word(changed.model_copy(update={"example_bar": False})) == "not met"


def test_a_criterion_not_learned_has_a_note_beside_its_verdict(found):
    _, first = with_criterion(found, learned=False, verdict=Verdict.PARTLY)
    assert [run.text.strip() for run in our_bar_badges(first)] == [
        "partly",
        "not learned yet: judged by cues alone",
    ]


# --- lines ---


def test_a_line_has_sentence_number_and_reason(found):
    changed, first = reviewed(found, PointState.SHOWN, PointState.NAMED, PointState.MISSING)
    shown, named, missing = point_lines(changed, first)
    span = found.passages[0].span
    assert shown.quote == " ".join(found.narrative[span.start : span.end].split())
    assert shown.number > 0
    assert (shown.reason, named.reason, missing.reason) == ("", "planned", "")
    assert (missing.quote, missing.number) == ("", 0)
    assert state_badge(named).text == "○ named, not counted"
    assert [line.in_example for line in (shown, named, missing)] == [
        p.point in first.example_points for p in first.points[:3]
    ]


def test_quotes_hide_secrets(found):
    secret = "AKIA" + "ABCDEFGHIJKLMNOP"
    assert secret not in mark_quote(found, made(MarkState.NOT_FOUND, quote=f"Key {secret}."))


# --- the report ---


def test_the_table_has_a_row_per_criterion_with_shown_and_open_points(results, catalog):
    for result in results.values():
        for definition in catalog.controls:
            found = result.control(definition.id)
            _, table = points_blocks(found, definition)
            assert len(table.rows) == len(found.criteria)
            for row, criterion in zip(table.rows, found.criteria, strict=True):
                head, cell = ("".join(run.text for run in runs) for runs in row.cells)
                shown = [p for p in criterion.points if p.state is PointState.SHOWN]
                assert f"{len(shown)} of {len(criterion.points)} points" in head
                assert all(f"✓ {p.title}" in cell for p in shown)
                below = " ".join(
                    run.text for block in row.details for item in block.items for run in item
                )
                still_open = [p for p in criterion.points if p.state is not PointState.SHOWN]
                assert all(p.title in below for p in still_open)
                assert bool(row.details) == bool(still_open)


def test_missing_points_are_explained_until_the_criterion_reaches_our_bar(found, catalog):
    definition = catalog.control(found.control)
    example = definition.criteria[0].points[0].example
    changed, _ = reviewed(found, *[PointState.MISSING] * 3)
    for verdict, explained in ((Verdict.NO, True), (Verdict.PARTLY, True), (Verdict.YES, False)):
        again, _ = with_criterion(changed, verdict=verdict)
        _, table = points_blocks(again, definition)
        page = " ".join(run.text for item in table.rows[0].details[0].items for run in item)
        assert (example in page) is explained


def test_marks_are_in_the_report(found, catalog):
    point = found.criteria[0].points[0].point
    for state, in_cell in ((PointState.SHOWN, True), (PointState.MISSING, False)):
        changed, _ = reviewed(found, state)
        changed, _ = with_criterion(
            changed, marks=(made(MarkState.WAITING, point=point, by="Cem <b>"),)
        )
        _, table = points_blocks(changed, catalog.control(found.control))
        row = table.rows[0]
        cell = "".join(run.text for run in row.cells[1])
        below = "".join(run.text for b in row.details for item in b.items for run in item)
        assert ("Waiting for a second person: Cem <b>" in cell) is in_cell
        assert ("“The quote.”" in below) is not in_cell


def test_the_chapter_of_a_control_names_both_bars(results, catalog):
    for name, result in results.items():
        for definition in catalog.controls:
            html = render_section(sections.control(result, definition))
            assert "Our bar: the gate" in html
            assert html.count("Example bar") >= 2, name
            assert "Points of each criterion" in html


def test_method_and_summary_explain_both_bars(results, catalog):
    result = results["halfway"]
    method = render_section(sections.method(result, catalog))
    assert "Our bar:" in method
    assert "Example bar:" in method
    assert "second person confirms it" in method


def test_a_control_without_points_has_no_table(found, catalog):
    bare = found.model_copy(
        update={"criteria": tuple(c.model_copy(update={"points": ()}) for c in found.criteria)}
    )
    assert points_blocks(bare, catalog.control(found.control)) == []


# --- the terminal ---


def run(*arguments: str) -> str:
    done = CliRunner().invoke(main, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_score_prints_both_bars():
    out = run("score", "example:halfway", "--date", "2026-11-22")
    result = json.loads(run("score", "example:halfway", "--date", "2026-11-22", "--json"))
    for control in result["controls"]:
        gate = "gate met" if control["gate"] else "gate not met"
        example = "met" if control["example_bar"] else "not met"
        assert f"{control['control']}  our bar: {gate}  example bar: {example}  " in out
        for criterion in control["criteria"]:
            [line] = [
                row for row in out.splitlines() if f" {criterion['criterion']:<24} our bar" in row
            ]
            bar = "met" if criterion["example_bar"] else "not met"
            bar = bar if criterion["example_points"] else "-"
            assert f"our bar {criterion['verdict']:<6} example bar {bar:<7} " in line


def test_review_prints_each_point(results, catalog):
    for found in results["halfway"].controls:
        out = run("review", "example:halfway", found.control, "--date", "2026-11-22")
        for criterion in found.criteria:
            definition = catalog.control(found.control).criterion(criterion.criterion)
            for line in point_lines(found, criterion):
                state = line.point.state
                word = f"{POINT_ICONS[state]} {POINT_WORDS[state]}"
                [row] = [
                    r for r in out.splitlines()
                    if word in r and f"  {line.point.title}" in r
                    and (not line.number or f"[{line.number}]" in r)
                ][:1]  # fmt: skip
                assert line.reason in row
                if state is PointState.MISSING:
                    assert definition.point(line.point.point).example in out


def test_review_as_json_has_points_and_example_bar():
    rows = [json.loads(line) for line in run("review", "example:halfway", "--json").splitlines()]
    for row in rows:
        assert row["points"].keys() == row["example_bar"].keys() == row["criteria"].keys()
        for points in row["points"].values():
            assert points.keys() == {"shown", "named", "missing"}


def test_review_prints_marks(halfway, catalog):
    path = halfway / "controls/GENAIPR-001.yaml"
    text = path.read_text(encoding="utf-8")
    text = text.replace(
        "  methodology:\n",
        "  methodology:\n    marks:\n      - point: phases\n        quote: It has five phases,\n"
        "        shows: false\n        by: Ann Ash\n        reason: Only a number\n"
        "      - point: nothing\n        quote: Gone\n        shows: true\n        by: Ann Ash\n"
        "        reason: A slip\n",
    )
    path.write_text(text, encoding="utf-8")
    out = run("review", str(halfway), "1", "--date", "2026-11-22")
    assert "Rejected: Ann Ash (Only a number)" in out
    assert "Marked for an unknown point: Ann Ash (A slip) nothing" in out
    found = assess(catalog, load_assessment(halfway, catalog), TODAY).controls[0].criteria[0]
    assert len([f for f in found.findings if f.rule.startswith("mark:")]) == 2
    checked = run("check", str(halfway), "--date", "2026-11-22")
    assert "The criterion has no such point" in checked
    assert "Only a number" not in checked, "a rejection needs no repair"
