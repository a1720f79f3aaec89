"""The report in a real browser: readable by everybody, on a desk and on a telephone."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from calib.report.write import write_report
from tests.conftest import TODAY, chromium

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium() is None, reason="no Chromium is installed"),
]

WIDTHS = (1280, 390)
KINDS = [
    (example, charts) for example in ("halfway", "strong") for charts in ("interactive", "static")
]
OPEN_ALL = "() => document.querySelectorAll('details').forEach(one => { one.open = true; })"
DRAWN = """() => new Promise(done => {
  const until = Date.now() + 20000;
  const look = () => Date.now() > until || !document.querySelector(".js-plotly-plot")
    || ![...document.querySelectorAll(".plot")].some(p => p.querySelector(".js-plotly-plot")
      && p.querySelector(":scope > svg")) ? done() : setTimeout(look, 50);
  look();
})"""
AXE = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
  .flatMap(v => v.nodes.map(n => `${v.id}: ${n.target} ${n.html.slice(0, 120)}`))"""
WIDE = """() => [document.documentElement.scrollWidth, innerWidth,
  [...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1
    && !e.closest(".scroll")).slice(0, 5).map(e => e.outerHTML.slice(0, 120))]"""
SHOWN = """() => [...document.querySelectorAll("main details")].every(d => [...d.children].every(
  c => c.checkVisibility({contentVisibilityAuto: true}) && c.getBoundingClientRect().height > 0))"""
CLIPPED = """() => [...document.querySelectorAll("main *")].filter(e => {
  const style = getComputedStyle(e);
  return style.overflowX !== "visible" && style.display !== "inline"
    && !e.closest("svg, .js-plotly-plot")
    && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1);
}).map(e => `${e.outerHTML.slice(0, 100)} ${e.scrollWidth} in ${e.clientWidth}`)"""


@pytest.fixture(scope="module")
def reports(tmp_path_factory) -> dict[tuple[str, str], Path]:
    """The page of each example, with and without scripts."""
    made = {}
    for example, charts in KINDS:
        folder = tmp_path_factory.mktemp(f"{example}-{charts}")
        parameters = {
            "assessment": f"example:{example}", "charts": charts, "report_date": TODAY.isoformat(),
            "brand_name": "Harbour Consulting", "confidentiality": "Confidential: Brightloom only",
        }  # fmt: skip
        files, _, _ = write_report(parameters, folder, ("html",))
        made[example, charts] = files["html"]
    return made


@pytest.fixture
def show(reports, browser):
    """Open a report; the page's errors are collected, and none may be left."""
    contexts, errors = [], []

    def opened(kind: tuple[str, str], width: int = 1280, **more):
        context = browser.new_context(viewport={"width": width, "height": 900}, **more)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda one: errors.append(str(one)))
        page.on("console", lambda one: errors.append(one.text) if one.type == "error" else None)
        page.goto(reports[kind].as_uri())
        page.evaluate(DRAWN)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def axe_source() -> str:
    spec = importlib.util.find_spec("axe_core_python")
    if spec is None or spec.origin is None:
        pytest.skip("axe-core-python is not installed")
    return (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_axe_finds_nothing(kind, width, show):
    page = show(kind, width, bypass_csp=True)
    page.evaluate(OPEN_ALL)
    page.add_script_tag(content=axe_source())
    assert page.evaluate(AXE) == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_the_page_does_not_scroll_sideways(kind, width, show):
    page = show(kind, width)
    page.evaluate(OPEN_ALL)
    wide, inner, culprits = page.evaluate(WIDE)
    assert wide <= inner
    assert culprits == []


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_the_first_tab_skips_to_the_report(kind, show):
    page = show(kind)
    page.keyboard.press("Tab")
    focused = page.evaluate("() => document.activeElement.outerHTML")
    assert 'href="#main"' in focused
    box = page.locator("a.skip").bounding_box()
    assert box["x"] >= 0
    assert box["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("() => location.hash") == "#main"
    page.keyboard.press("Tab")
    inside = "() => document.querySelector('main').contains(document.activeElement)"
    assert page.evaluate(inside), "the next Tab goes on inside the report"


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_the_keyboard_reaches_everything_that_opens(kind, show):
    page = show(kind)
    page.evaluate(OPEN_ALL)
    wanted = page.evaluate("() => document.querySelectorAll('main a[href], main summary').length")
    reached = page.evaluate("""() => [...document.querySelectorAll("main a[href], main summary")]
      .filter(e => { e.focus(); return document.activeElement === e; }).length""")
    assert reached == wanted > 20
    summary = page.locator("main summary").first
    summary.focus()
    for expected in (False, True):
        page.keyboard.press("Enter")
        assert page.evaluate("() => document.activeElement.parentElement.open") is expected


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_every_link_into_the_page_has_a_target(kind, show):
    page = show(kind)
    lost = page.evaluate("""() => [...document.querySelectorAll("a[href^='#']")]
      .map(a => a.getAttribute("href").slice(1)).filter(id => !document.getElementById(id))""")
    assert lost == []
    ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_on_paper_everything_is_open_and_nothing_is_cut(kind, show):
    page = show(kind, 718)  # A4 less its margins, in CSS pixels
    page.emulate_media(media="print")
    page.wait_for_function(SHOWN)
    assert page.evaluate(CLIPPED) == []
    wide, inner, culprits = page.evaluate(WIDE)
    assert wide <= inner
    assert culprits == []
    assert not page.locator("nav").is_visible()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_every_picture_has_a_name_and_a_table(kind, width, show):
    page = show(kind, width)
    figures = page.locator("figure.chart").all()
    assert len(figures) >= 4
    for figure in figures:
        assert figure.locator("figcaption").inner_text().strip()
        picture = figure.locator("[role=img]")
        assert picture.count() == 1
        name = picture.evaluate("""e => e.getAttribute("aria-label")
          || e.getAttribute("aria-labelledby").split(" ").map(i => document.getElementById(i).textContent).join(" ")""")
        assert len(name) > 60
        rows = figure.locator("tbody tr")
        assert rows.count() > 1
        assert figure.locator("thead th[scope=col]").count() > 1


@pytest.mark.parametrize("example", ["halfway", "strong"])
def test_plotly_drew_every_chart(example, show):
    page = show((example, "interactive"))
    count = page.locator("figure.chart").count()
    assert page.locator(".js-plotly-plot").count() == count
    assert page.locator(".js-plotly-plot .main-svg").count() >= count
    assert page.locator(".plot > svg").count() == 0, "the static picture made room"


@pytest.mark.parametrize("example", ["halfway", "strong"])
def test_a_static_page_has_no_script(example, show, reports):
    page = show((example, "static"), java_script_enabled=True)
    assert page.locator("script").count() == 0
    assert reports[example, "static"].stat().st_size < 600_000


@pytest.mark.parametrize("example", ["halfway", "strong"])
def test_without_scripts_the_pictures_stay(example, reports, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(reports[example, "interactive"].as_uri())
    assert page.locator(".plot > svg").count() == page.locator("figure.chart").count()
    context.close()
