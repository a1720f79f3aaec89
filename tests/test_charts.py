"""Charts say in picture, sentence and table what the result says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from calib import assess, load_assessment, load_catalog
from calib.model import Milestone, Outcome, Result
from calib.render import charts, palette
from calib.render.charts import labels
from calib.render.charts.canvas import Chart, text_color_on
from calib.resources import resource_path
from calib.store.locate import EXAMPLES

CATALOG = load_catalog()
RESULTS = {
    name: assess(
        CATALOG,
        load_assessment(resource_path("data", "examples", slug), CATALOG),
        date(2026, 11, 22),
    )
    for name, slug in EXAMPLES.items()
}
FAMILIES = {f.id: f.name for f in CATALOG.qualification.families}
KINDS = {k.id: k.name for k in CATALOG.qualification.kinds}
LEVELS = [level.name for level in CATALOG.levels]
NAMES = ["maturity-radar", "criteria-heat-map", "gap-bars", "case-study-coverage", "trend"]


def remember(result: Result) -> Result:
    """Return the result with two milestones, the later one first, and one of the future."""
    gauges = [(c.control, c.gauge) for c in result.controls]
    worse = tuple((k, max(0.0, round(v - 1.1, 1))) for k, v in gauges)
    better = tuple((k, min(4.0, round(v - 0.4 + i / 5, 1))) for i, (k, v) in enumerate(gauges))
    return result.model_copy(update={"milestones": (
        Milestone(date=date(2027, 3, 1), name="Later", gauges=worse),
        Milestone(date=date(2026, 9, 1), name="Workshop <b>two</b>", gauges=better),
        Milestone(date=date(2026, 5, 4), name="Kick-off", gauges=worse),
    )})  # fmt: skip


def draw(result: Result, **options: str) -> dict[str, Chart]:
    drawn = [
        charts.maturity_radar(result, **options),
        charts.criteria_heat_map(result, levels=LEVELS, **options),
        charts.gap_bars(result, **options),
        charts.case_study_coverage(result, families=FAMILIES, kinds=KINDS, **options),
        charts.trend(result, **options),
    ]
    return {c.id: c for c in drawn if c}


@pytest.fixture(params=RESULTS)
def result(request: pytest.FixtureRequest) -> Result:
    return remember(RESULTS[request.param])


def test_every_figure_is_a_plotly_figure(result):
    drawn = draw(result)
    assert list(drawn) == NAMES
    for chart in drawn.values():
        figure = charts.plotly_figure(chart)
        assert len(figure.data) == len(chart.figure["data"])
        assert (figure.layout.width, figure.layout.height) == (chart.width, chart.height)


def test_the_same_result_gives_the_same_bytes(result):
    first = {k: json.dumps(c.figure) + c.alt for k, c in draw(result).items()}
    assert first == {k: json.dumps(c.figure) + c.alt for k, c in draw(result).items()}


def test_the_sentence_names_the_lowest_control(result):
    lowest = labels.lowest_controls(result)
    for name, chart in draw(result).items():
        assert chart.alt.endswith("."), name
        if name != "case-study-coverage":
            assert all(labels.control_label(c) in chart.alt for c in lowest[:4]), name
            assert labels.format_gauge(lowest[0].gauge) in chart.alt, name


def test_the_radar_table_holds_the_gauges(result):
    chart = charts.maturity_radar(result)
    assert chart.columns[-1] == "Workshop <b>two</b> (2026-09-01)"
    for row, control in zip(chart.rows, result.controls, strict=True):
        weights = sum(c.weight for c in control.criteria)
        needed = sum(c.weight * c.needed for c in control.criteria) / weights
        assert row[:2] == (control.control, control.title)
        assert float(row[2]) == control.gauge
        assert float(row[3]) == pytest.approx(needed, abs=0.051)
        assert row[4] == ("met" if control.gate else "not met")
    now = chart.figure["data"][-1]
    assert now["r"] == [c.gauge for c in (*result.controls, result.controls[0])]


def test_the_heat_map_table_holds_every_criterion(result):
    chart = charts.criteria_heat_map(result)
    criteria = [(c.control, k) for c in result.controls for k in c.criteria]
    assert len(chart.rows) == len(criteria)
    for row, (control, criterion) in zip(chart.rows, criteria, strict=True):
        assert (row[0], row[2], row[5]) == (control, criterion.title, str(criterion.effective))
        assert row[7] == ("" if criterion.met else "below")
    cells = [z for row in chart.figure["data"][0]["z"] for z in row if z is not None]
    assert cells == [k.effective for _, k in criteria]
    dots = chart.figure["data"][2]["x"]
    assert len(dots) == sum(not k.met for _, k in criteria)


def test_the_gap_bars_add_up(result):
    chart = charts.gap_bars(result)
    for row, control in zip(chart.rows, result.controls, strict=True):
        count, met, partly, gap = map(int, row[2:6])
        assert count == len(control.criteria) == met + partly + gap
        assert met == sum(c.met for c in control.criteria)
        assert gap == sum(c.outcome is Outcome.GAP and not c.met for c in control.criteria)
    for row, lengths in zip(
        chart.rows, zip(*(t["x"] for t in chart.figure["data"][:3]), strict=True), strict=True
    ):
        assert [str(n or 0) for n in lengths] == list(row[3:6])


def test_the_coverage_table_holds_every_study_and_its_kinds(result):
    chart = draw(result)["case-study-coverage"]
    studies = {str(s.number): s for s in result.qualification.studies}
    assert len(chart.rows) == len(studies)
    assert [r[3] for r in chart.rows] == sorted((r[3] for r in chart.rows), reverse=True)
    for number, title, _, status, qualifies, primary, families, kinds in chart.rows:
        study = studies[number]
        assert (title, primary) == (study.title, study.primary_service)
        assert (status == "submitted") is study.submitted
        assert (qualifies == "yes") is study.qualified
        assert families == ", ".join(FAMILIES[f] for f in study.families)
        assert kinds == ", ".join(KINDS[k] for k in study.kinds)
    cells = [z for t in chart.figure["data"][:-1] for z in t["z"][0]]
    assert cells.count(2) == sum(bool(s.family) for s in studies.values())
    assert cells.count(0) == sum(not s.families for s in studies.values())


def test_of_many_studies_a_page_of_them_is_drawn(results):
    result = results["halfway"]
    found = result.qualification
    many = [
        found.studies[4].model_copy(update={"slug": f"more-{n}", "number": n}) for n in range(7, 51)
    ]
    studies = (*found.studies[:4], *many, *found.studies[4:])
    wide = result.model_copy(
        update={"qualification": found.model_copy(update={"studies": studies})}
    )
    chart = draw(wide)["case-study-coverage"]
    assert len(chart.rows) == len(studies)
    assert chart.title == f"Case studies and services: 12 of {len(studies)}"
    assert "12 of them are shown" in chart.alt
    numbers = [
        t["text"] for t in chart.figure["layout"]["annotations"] if t["text"].startswith("<b>")
    ]
    drawn = [n for n in (re.sub(r"\D", "", t) for t in numbers) if n]
    assert len(drawn) == 12
    assert {"1", "2", "3", "4", "5", "6"} <= set(drawn), "the submitted and the best four are drawn"


def test_the_trend_runs_from_the_first_milestone_to_now(result):
    chart = draw(result)["trend"]
    assert [r[:2] for r in chart.rows] == [
        ("2026-05-04", "Kick-off"), ("2026-09-01", "Workshop <b>two</b>"), ("2026-11-22", "now"),
    ]  # fmt: skip
    assert chart.rows[-1][2:] == tuple(labels.format_gauge(c.gauge) for c in result.controls)


def test_there_is_no_trend_without_a_milestone_of_the_past():
    bare = RESULTS["halfway"] if "halfway" in RESULTS else next(iter(RESULTS.values()))
    bare = bare.model_copy(update={"milestones": ()})
    later = Milestone(date=date(2027, 1, 1), name="Later", gauges=())
    assert charts.trend(bare) is None
    assert charts.trend(bare.model_copy(update={"milestones": (later,)})) is None
    assert len(charts.maturity_radar(bare).columns) == 5


def test_a_milestone_that_lacks_a_control_leaves_a_hole(result):
    first = result.controls[0]
    part = Milestone(date=date(2026, 6, 1), name="Part", gauges=((first.control, 1.0),))
    chart = draw(result.model_copy(update={"milestones": (part,)}))
    assert chart["trend"].rows[0][2:4] == ("1.0", "–")
    assert [r[5] for r in chart["maturity-radar"].rows][:2] == ["1.0", "–"]
    assert "Part" not in json.dumps(chart["maturity-radar"].figure)


def test_a_result_without_studies_or_controls_is_drawn():
    base = next(iter(RESULTS.values()))
    none = base.qualification.model_copy(update={"studies": ()})
    bare = base.model_copy(update={"controls": (), "qualification": none})
    assert list(draw(remember(bare))) == NAMES[:3]


def test_the_accent_is_the_only_colour_that_is_not_ours(result):
    ours = {v for v in vars(palette).values() if isinstance(v, str) and v.startswith("#")}
    ours |= {*palette.LEVELS, *palette.TINTS.values(), "#123456"}
    for chart in draw(result, accent="#123456").values():
        text = json.dumps(chart.figure)
        assert set(re.findall(r"#[0-9a-fA-F]{6}", text)) <= ours
        assert palette.ACCENT not in text
        assert set(re.findall(r"rgba\([^)]*\)", text)) <= {"rgba(0,0,0,0)", "rgba(18,52,86,0.12)"}


def test_a_colour_of_another_form_is_refused():
    with pytest.raises(ValueError, match="'red' is not a colour"):
        charts.maturity_radar(next(iter(RESULTS.values())), accent="red")


@pytest.mark.parametrize(("fill", "ink"), [("#ffcc00", palette.INK), ("#0b5394", palette.PAPER)])
def test_text_reads_on_any_accent(fill, ink):
    assert text_color_on(fill) == ink


@pytest.mark.parametrize("title", [c.title for c in CATALOG.controls])
def test_short_names_are_whole_words(title):
    name = labels.short_title(title)
    assert title.startswith(name)
    assert len(name) <= 40
    assert title[len(name) :][:1] in ("", " ", ",")


def test_only_a_word_wider_than_its_line_is_divided():
    assert labels.wrap("Amazon HealthScribe", 70, 12, 3) == ["Amazon", "Health-", "Scribe"]
    assert labels.wrap("one two three four five", 60, 12, 2)[-1].endswith(" …")
    assert labels.wrap("W" * 50, 60, 12, 2)[0].endswith("…")
    assert labels.wrap("", 60, 12, 2) == []


def test_names_in_a_picture_come_from_the_result(result):
    """The code holds no id of a control: a catalog with other ids is drawn as well."""
    other = tuple(
        c.model_copy(update={"control": f"OTHER-{i:03}", "title": f"Thing {i}"})
        for i, c in enumerate(result.controls, start=71)
    )
    for name, chart in draw(result.model_copy(update={"controls": other})).items():
        text = json.dumps(chart.figure) + chart.alt + str(chart.rows)
        assert not any(c.control in text for c in result.controls), name
    source = Path(charts.__file__).parent
    assert not any(c.control in p.read_text() for p in source.glob("*.py") for c in result.controls)


def test_partner_markup_is_escaped_for_plotly():
    base = next(iter(RESULTS.values()))
    evil = tuple(
        s.model_copy(update={"title": "<a href='x'>\x07&amp;</a>", "customer": "<img src=x>"})
        for s in base.qualification.studies
    )
    found = base.qualification.model_copy(update={"studies": evil})
    text = json.dumps(draw(base.model_copy(update={"qualification": found}))[NAMES[3]].figure)
    assert "<a" not in text
    assert "<img" not in text
    assert "&lt;img src=x&gt;" in text


def test_drawing_imports_nothing_heavy():
    code = "import sys, calib.render.charts, calib.render.svg; print(*{'plotly', 'pandas'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
