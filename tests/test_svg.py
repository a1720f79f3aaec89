"""The vector pictures are well-formed, closed to what they do not know, and inside their frame."""

from __future__ import annotations

import copy
import re
from datetime import date
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calib import assess, load_assessment, load_catalog
from calib.model import Milestone, Outcome, Result
from calib.render import charts
from calib.render.charts import labels
from calib.render.charts.canvas import Chart
from calib.render.svg import UnsupportedFigure, to_svg
from calib.resources import resource_path
from calib.store.locate import EXAMPLES

CATALOG = load_catalog()
TODAY = date(2026, 11, 22)
RESULTS = {
    name: assess(CATALOG, load_assessment(resource_path("data", "examples", slug), CATALOG), TODAY)
    for name, slug in EXAMPLES.items()
}
SVG = "{http://www.w3.org/2000/svg}"


def remember(result: Result, name: str = "Kick-off") -> Result:
    gauges = tuple((c.control, round(c.gauge * 0.6, 1)) for c in result.controls)
    first = Milestone(date=date(2026, 5, 4), name=name, gauges=gauges)
    return result.model_copy(update={"milestones": (first,)})


def draw(result: Result) -> list[Chart]:
    drawn = [
        charts.maturity_radar(result),
        charts.criteria_heat_map(result, levels=[level.name for level in CATALOG.levels]),
        charts.gap_bars(result),
        charts.case_study_coverage(result),
        charts.trend(result),
    ]
    return [c for c in drawn if c]


def render(chart: Chart, uid: str = "u") -> str:
    return to_svg(
        chart.figure, width=chart.width, height=chart.height, title=chart.title, alt=chart.alt,
        uid=uid,
    )  # fmt: skip


def lines_of(svg: str) -> list[str]:
    return ["".join(t.itertext()) for t in ET.fromstring(svg).iter(f"{SVG}text")]


CHARTS = {
    f"{name} {chart.id}": chart
    for name, result in RESULTS.items()
    for chart in draw(remember(result))
}


@pytest.fixture(params=CHARTS)
def chart(request: pytest.FixtureRequest) -> Chart:
    return CHARTS[request.param]


def assert_inside(svg: str, chart: Chart) -> None:
    """Check that everything drawn lies in the frame, texts by their estimated width."""
    root = ET.fromstring(svg)
    assert root.get("viewBox") == f"0 0 {chart.width} {chart.height}"
    for element in root.iter():
        get = {k: float(v) for k, v in element.attrib.items() if re.fullmatch(r"-?[\d.]+", v)}
        xs, ys = [], []
        if element.tag == f"{SVG}rect":
            assert get["width"] >= 0
            assert get["height"] >= 0
            xs += [get["x"], get["x"] + get["width"]]
            ys += [get["y"], get["y"] + get["height"]]
        elif element.tag in (f"{SVG}circle", f"{SVG}ellipse"):
            rx, ry = get.get("r", get.get("rx", 0)), get.get("r", get.get("ry", 0))
            xs += [get["cx"] - rx, get["cx"] + rx]
            ys += [get["cy"] - ry, get["cy"] + ry]
        elif element.tag == f"{SVG}path":
            spots = re.findall(r"(-?[\d.]+) (-?[\d.]+)", element.get("d"))
            xs, ys = [float(x) for x, _ in spots], [float(y) for _, y in spots]
        elif element.tag == f"{SVG}text":
            wide = labels.text_width("".join(element.itertext()), get["font-size"])
            start = {None: 0, "middle": wide / 2, "end": wide}[element.get("text-anchor")]
            xs += [get["x"] - start, get["x"] - start + wide]
            ys += [get["y"] - get["font-size"] * 0.8, get["y"] + get["font-size"] * 0.25]
        assert all(-0.5 <= x <= chart.width + 0.5 for x in xs), ET.tostring(element)
        assert all(-0.5 <= y <= chart.height + 0.5 for y in ys), ET.tostring(element)


def test_a_picture_is_well_formed_and_named(chart):
    root = ET.fromstring(render(chart, "chart-7"))
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "chart-7-title chart-7-desc"
    assert (root[0].tag, root[0].get("id"), root[0].text) == (
        f"{SVG}title", "chart-7-title", chart.title,
    )  # fmt: skip
    assert (root[1].get("id"), root[1].text) == ("chart-7-desc", chart.alt)


def test_a_picture_holds_plain_elements_only(chart):
    svg = render(chart)
    root = ET.fromstring(svg)
    known = {"svg", "title", "desc", "rect", "circle", "ellipse", "path", "text", "tspan"}
    assert {e.tag.removeprefix(SVG) for e in root.iter()} <= known
    names = {k for e in root.iter() for k in e.attrib}
    assert not names & {"style", "class", "href", "dominant-baseline"}
    assert not any(n.startswith("on") for n in names)
    assert svg.count("http") == 1


def test_the_same_figure_gives_the_same_bytes(chart):
    assert render(chart) == render(copy.deepcopy(chart))


def test_numbers_are_short(chart):
    assert not re.search(r"\d\.\d{3}", re.sub(r"<desc.*</desc>", "", render(chart)))


def test_everything_lies_inside_the_frame(chart):
    assert_inside(render(chart), chart)


def test_texts_do_not_overlap(chart):
    boxes = []
    for text in ET.fromstring(render(chart)).iter(f"{SVG}text"):
        size, said = float(text.get("font-size")), "".join(text.itertext())
        # The estimate is a little wide; a true font draws within nine tenths of it.
        wide = labels.text_width(said, size) * 0.9
        x = (
            float(text.get("x"))
            - {None: 0, "middle": wide / 2, "end": wide}[text.get("text-anchor")]
        )
        y = float(text.get("y"))
        boxes.append((x, y - 0.7 * size, x + wide, y + 0.2 * size, said))
    for i, (left, top, right, bottom, said) in enumerate(boxes):
        for other in boxes[:i]:
            apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
            assert apart, (said, other[4])


@pytest.mark.parametrize("name", RESULTS)
def test_the_labels_are_there(name):
    result = remember(RESULTS[name])
    radar, heat, bars, coverage, trend = (lines_of(render(c)) for c in draw(result))
    for control in result.controls:
        tail = labels.control_number(control)
        assert any(t.startswith(tail) for t in radar)
        assert (
            f"{labels.format_gauge(control.gauge)} of "
            f"{labels.format_gauge(labels.needed_gauge(control))} required" in radar
        )
        assert tail in heat
        assert tail in bars
        assert any(t.startswith(tail) for t in trend)
    assert heat.count("4") - 1 == sum(c.effective == 4 for k in result.controls for c in k.criteria)
    assert coverage.count("primary") == sum(bool(s.family) for s in result.qualification.studies)
    assert "4 May 2026" in trend


def test_the_radar_turns_as_plotly_does():
    chart = charts.maturity_radar(RESULTS[next(iter(RESULTS))])
    polar = chart.figure["layout"]["polar"]
    assert (polar["angularaxis"]["rotation"], polar["angularaxis"]["direction"]) == (
        90,
        "clockwise",
    )
    circles = ET.fromstring(render(chart)).findall(f"{SVG}circle")
    spots = [(float(c.get("cx")), float(c.get("cy"))) for c in circles]
    middle = chart.width / 2
    assert spots[0][0] == middle
    assert spots[1][0] > middle
    turned = copy.deepcopy(chart)
    turned.figure["layout"]["polar"]["angularaxis"]["direction"] = "counterclockwise"
    second = ET.fromstring(render(turned)).findall(f"{SVG}circle")[1]
    assert float(second.get("cx")) < middle


def test_markup_in_names_is_escaped():
    base = remember(RESULTS[next(iter(RESULTS))], "<script>alert(1)</script> & co")
    controls = tuple(
        c.model_copy(update={"title": "<i>\"A\" & 'B'</i> \x00\ud800"}) for c in base.controls
    )
    for chart in draw(base.model_copy(update={"controls": controls})):
        svg = render(chart)
        ET.fromstring(svg.encode())
        assert "<script" not in svg
        assert "<i>" not in svg
    said = " ".join(
        lines_of(render(charts.gap_bars(base.model_copy(update={"controls": controls}))))
    )
    assert "<i>\"A\" & 'B'</i>" in said


def broken(path: str, value: object) -> dict:
    """Return the figure of a bar chart with one place changed."""
    figure = copy.deepcopy(charts.gap_bars(RESULTS[next(iter(RESULTS))]).figure)
    place = figure
    *way, last = [int(p) if p.isdigit() else p for p in path.split(".")]
    for step in way:
        place = place[step]
    place[last] = value
    return figure


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("data.0.type", "sunburst", "data[0].type"),
        ("data.0.type", "pie", "data[0].type"),
        ("data.0.type", ["bar"], "data[0].type"),
        ("data.1.opacity", 0.5, "data[1].opacity"),
        ("data.0.orientation", "v", "data[0].orientation"),
        ("data.0.marker.pattern", {"shape": "/"}, "data[0].marker.pattern"),
        ("data.0.marker.color", "red", "data[0].marker.color"),
        ("data.0.marker.color", "url(http://x)", "data[0].marker.color"),
        ("data.0.marker.line.dash", "dashdot", "data[0].marker.line.dash"),
        ("data.0.x", [1], "data[0].y"),
        ("data.0.x.0", float("nan"), "data[0].x[0]"),
        ("data.0.x.0", "1", "data[0].x[0]"),
        ("data.0.xaxis", "x9", "data[0].xaxis"),
        ("data.3.text.0", "<i>1</i>", "data[3].text[0]"),
        ("data.3.textposition", "top left", "data[3].textposition"),
        ("layout.title", {"text": "x"}, "layout.title"),
        ("layout.xaxis.visible", True, "layout.xaxis.visible"),
        ("layout.xaxis.type", "log", "layout.xaxis.type"),
        ("layout.barmode", "group", "layout.barmode"),
        ("layout.margin.l", 80, "layout.margin.l"),
        ("layout.annotations.0.text", '<a href="x">y</a>', "layout.annotations[0].text"),
        ("layout.annotations.0.xref", "x", "layout.annotations[0].xref"),
        ("layout.annotations.0.textangle", 45, "layout.annotations[0].textangle"),
        ("layout.shapes.0.type", "path", "layout.shapes[0].type"),
        ("layout.images", [], "layout.images"),
        ("frames", [], "frames"),
    ],
)
def test_what_is_not_known_is_refused_by_its_path(path, value, named):
    with pytest.raises(UnsupportedFigure) as caught:
        to_svg(broken(path, value), width=600, height=300, title="t", alt="a", uid="u")
    assert str(caught.value).startswith(f"{named}:")


def test_a_blended_colour_scale_is_refused():
    figure = copy.deepcopy(charts.criteria_heat_map(RESULTS[next(iter(RESULTS))]).figure)
    figure["data"][0]["colorscale"] = [[0, "#ffffff"], [1, "#000000"]]
    with pytest.raises(UnsupportedFigure, match="flat steps"):
        to_svg(figure, width=600, height=300, title="t", alt="a", uid="u")


@pytest.mark.parametrize("uid", ["", "7", 'a"b', "a b", "a\n"])
def test_a_uid_that_makes_no_id_is_refused(uid):
    chart = charts.gap_bars(RESULTS[next(iter(RESULTS))])
    with pytest.raises(ValueError, match="uid"):
        render(chart, uid)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_levels_and_names_are_drawn_inside_the_frame(data):
    base = RESULTS[data.draw(st.sampled_from(sorted(RESULTS)))]
    name = st.text(max_size=60)
    level = st.integers(0, 4)
    controls = []
    for control in base.controls:
        criteria = tuple(
            c.model_copy(update={
                "effective": data.draw(level), "claimed": data.draw(st.none() | level),
                "outcome": data.draw(st.sampled_from(Outcome)),
            })
            for c in control.criteria[: data.draw(st.integers(1, 8))]
        )  # fmt: skip
        weights = sum(c.weight for c in criteria)
        gauge = round(sum(c.weight * c.effective for c in criteria) / weights, 1)
        controls.append(control.model_copy(update={"criteria": criteria, "gauge": gauge}))
    studies = tuple(
        s.model_copy(update={"title": data.draw(name), "submitted": data.draw(st.booleans())})
        for s in base.qualification.studies
    )
    days = data.draw(st.lists(st.dates(date(2020, 1, 1), date(2027, 1, 1)), max_size=4))
    gauges = [(c.control, data.draw(st.integers(0, 40)) / 10) for c in controls]
    shown = data.draw(st.integers(0, len(gauges)))
    result = base.model_copy(update={
        "controls": tuple(controls[: data.draw(st.integers(1, 6))]),
        "qualification": base.qualification.model_copy(update={"studies": studies}),
        "milestones": tuple(
            Milestone.model_construct(date=d, name=data.draw(name), gauges=tuple(gauges[:shown]))
            for d in days
        ),
    })  # fmt: skip
    for chart in draw(result):
        assert_inside(render(chart), chart)
