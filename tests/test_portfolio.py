"""Many assessments side by side: the rows are the results, bad folders stop nothing."""

from __future__ import annotations

import csv
import io
import json
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from bs4 import BeautifulSoup

from calib import assess, load_assessment
from calib.errors import BadInput
from calib.exchange.portfolio import column_names, render_portfolio_csv, render_portfolio_xlsx
from calib.model import Readiness
from calib.portfolio import CASE_STUDIES, UnreadableFolder
from calib.portfolio.gather import assess_folder, read_portfolio
from calib.portfolio.rows import build_portfolio, build_row, first_day_of_change
from calib.render import charts
from calib.render.charts.portfolio import common_gaps, level_shares, readiness_by_gauge
from calib.render.charts.portfolio_heat_map import MAX_ROWS, group_partners, partners_heat_map
from calib.render.dataframes import levels_frame, partners_frame
from calib.render.svg import to_svg
from calib.report import open_portfolio
from calib.report.convert import render_page
from calib.report.portfolio import PortfolioReport, all_sections, find_folders
from calib.resources import resource_path
from calib.store.cache import ResultCache
from calib.store.locate import EXAMPLES
from tests.conftest import TODAY
from tests.sample_partners import break_folders, write_partners
from tests.test_cli import DAY, run

EVIL = "=cmd|' /C calc'!A0 <script>alert(1)</script> \u202e"


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    """Nobody's own cache is read or written."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder / "calib" / "portfolio.json"


@pytest.fixture(scope="module")
def partners(tmp_path_factory):
    return write_partners(tmp_path_factory.mktemp("many") / "partners", 12)


@pytest.fixture(scope="module")
def found(partners):
    return read_portfolio(partners, TODAY, ResultCache(None), processes=1)


def test_the_rows_are_the_results(found, partners, catalog):
    rows = {r.folder: r for r in found.rows}
    assert len(rows) == len(partners)
    for folder in partners[:6]:
        result = assess(catalog, load_assessment(folder, catalog), TODAY)
        row = rows[str(folder)]
        assert (row.partner, row.readiness) == (result.profile.partner, result.readiness)
        assert (row.gauge, row.gauges) == (result.gauge, tuple(c.gauge for c in result.controls))
        assert row.gates == tuple(c.gate for c in result.controls)
        assert (len(row.gaps), row.days) == (len(result.gaps), sum(g.days for g in result.gaps))
        short = {f"{c.control}/{x.criterion}" for c in result.controls for x in c.criteria if not x.met}  # fmt: skip
        assert short == {g for g in row.gaps if g != CASE_STUDIES and "third-party" not in g}
        assert (CASE_STUDIES in row.gaps) is not result.qualification.set_qualifies
        ends = [e.item.expires for e in result.evidence if e.serves and e.item.expires]
        ends = [d for d in ends if d >= TODAY]
        assert row.valid_until == min([catalog.valid_until, *ends])


def test_the_nearest_to_ready_come_first(found):
    order = [Readiness.READY, Readiness.CLOSE, Readiness.NOT_READY]
    keys = [(order.index(r.readiness), r.days) for r in found.rows]
    assert keys == sorted(keys)
    assert sum(found.count_by_readiness().values()) == len(found.rows)


def test_common_gaps_are_counted_once_per_partner(found):
    expected = Counter(name for r in found.rows for name in set(r.gaps))
    gaps = found.common_gaps()
    assert {g.asked.name: g.count for g in gaps} == dict(expected)
    assert [g.count for g in gaps] == sorted((g.count for g in gaps), reverse=True)
    for gap in gaps:
        assert Counter(gap.partners) == Counter(
            r.partner for r in found.rows if gap.asked.name in r.gaps
        )


def test_levels_are_counted_by_control(found):
    for control, _ in found.controls:
        places = [n for n, a in enumerate(found.criteria) if a.control == control]
        counts = found.count_levels(control)
        assert sum(counts) == len(places) * len(found.rows)
        assert counts[3] == sum(r.levels[n] == 3 for r in found.rows for n in places)


# --- reading ---


def test_bad_folders_are_listed_and_stop_nothing(partners, found, tmp_path):
    copies = [Path(shutil.copytree(p, tmp_path / p.name)) for p in partners[:7]]
    told = break_folders(copies)
    read = read_portfolio(copies, TODAY, ResultCache(None), processes=1)
    errors = {u.folder: u.error for u in read.unread}
    assert set(errors) == {str(f) for f in told}
    for folder, part in told.items():
        assert part in errors[str(folder)]
        assert errors[str(folder)].startswith(str(folder))
        assert "\n" not in errors[str(folder)]
    good = {Path(r.folder).name: r for r in found.rows}
    for row in read.rows:
        whole = good[Path(row.folder).name]
        assert row.model_copy(update={"folder": whole.folder}) == whole


def test_other_processes_find_the_same(partners, found):
    steps = []
    again = read_portfolio(
        partners, TODAY, ResultCache(None), processes=2, step=lambda: steps.append(1)
    )
    assert again == found
    assert len(steps) == len(partners)


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_worker_that_is_killed_stops_nothing(partners, found):
    killed = []

    def kill() -> None:
        for child in () if killed else multiprocessing.active_children():
            os.kill(child.pid, signal.SIGKILL)
            killed.append(child.pid)

    read = read_portfolio(partners, TODAY, ResultCache(None), processes=2, step=kill)
    assert len(killed) == 2
    assert read == found


def test_a_defect_in_one_is_a_line_of_its_own(partners, monkeypatch):
    monkeypatch.setattr("calib.portfolio.gather.assess", lambda *_: 1 / 0)
    assert "internal error: ZeroDivisionError" in assess_folder(partners[0], TODAY).error


def test_folders_are_found_by_name_pattern_and_parent(partners, tmp_path, monkeypatch):
    root = partners[0].parent
    assert find_folders([str(root)]) == partners
    assert find_folders([str(root / "000?-*")]) == partners[:10]
    assert find_folders([str(partners[3]), str(root)])[0] == partners[3]
    assert len(find_folders([str(partners[3]), str(root)])) == len(partners), "each once"
    monkeypatch.chdir(root)
    assert [p.name for p in find_folders(["0001*"])] == [partners[1].name]
    with pytest.raises(BadInput, match="contains none") as caught:
        find_folders([str(tmp_path), str(root / "x*")])
    assert "matches nothing" in str(caught.value)
    assert [p.name for p in find_folders(["example:strong"])] == ["northwind"]


def test_an_assessment_that_lost_its_header_is_not_passed_over(partners, tmp_path):
    copies = [Path(shutil.copytree(p, tmp_path / p.name)) for p in partners[:2]]
    (tmp_path / "reports").mkdir()
    (copies[0] / "assessment.yaml").unlink()
    assert find_folders([str(tmp_path)]) == copies


def test_partners_of_one_name_are_told_apart(found, tmp_path):
    rows = [r.model_copy(update={"partner": "Same Ltd"}) for r in found.rows[:2]]
    portfolio = found.model_copy(update={"rows": (*rows, *found.rows[2:])})
    told = [f"Same Ltd ({Path(r.folder).name})" for r in rows]
    assert list(portfolio.names[:2]) == told
    assert portfolio.names[2:] == tuple(r.partner for r in found.rows[2:])
    drawn = [b.name for b in group_partners(portfolio)]
    listed = {name for gap in portfolio.common_gaps() for name in gap.partners}
    for row, name in zip(rows, told, strict=True):
        assert name in drawn
        assert (name in listed) is bool(row.gaps)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
@pytest.mark.parametrize(
    "file", ["assessment.yaml", "controls/GENAIPR-001.yaml", "plan.yaml", "milestones/x.json"]
)
def test_a_pipe_in_a_folder_is_refused_at_once(partners, tmp_path, file):
    """A reader that opened it would wait for a writer who never comes."""
    copy = Path(shutil.copytree(partners[0], tmp_path / "piped"))
    pipe = copy / file
    pipe.parent.mkdir(exist_ok=True)
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    for command in ("check", "portfolio"):
        # A process, so that one that waits is ended.
        done = subprocess.run(
            [sys.executable, "-m", "calib", command, str(copy)], timeout=60, check=False,
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 2
        assert f"{file}: cannot be read: it is a named pipe, not a file (" in done.stderr


def test_a_person_who_waits_sees_how_far_it_is(partners, monkeypatch):
    seen = []

    class Handle:
        def update(self, shown):
            seen.append(shown.data)

    monkeypatch.setattr("calib.report.progress.has_live_front_end", lambda: True)
    monkeypatch.setattr("calib.report.progress._REFRESH_SECONDS", -1)
    monkeypatch.setattr("IPython.display.display", lambda *_, **__: Handle())
    open_portfolio(str(partners[0].parent), "2026-11-22")
    total = len(partners)
    told = [re.findall(r'max="(\d+)" value="(\d+)"', s) for s in seen]
    assert told == [*([(f"{total}", f"{n}")] for n in range(total + 1)), []]
    assert seen[-1] == "", "nothing stays"
    seen.clear()
    with pytest.raises(BadInput):
        open_portfolio("no such folder here*")
    assert seen == [""]


# --- memory ---


def test_what_has_not_changed_is_not_judged_again(partners, tmp_path):
    copies = [Path(shutil.copytree(p, tmp_path / p.name)) for p in partners[:4]]
    path = tmp_path / "cache" / "m.json"
    memory = ResultCache(path)
    first = read_portfolio(copies, TODAY, memory)
    memory.save()
    assert path.stat().st_mode & 0o077 == 0
    kept = json.loads(path.read_text())
    for value in kept["values"].values():
        value["row"]["partner"] = "Remembered"
    path.write_text(json.dumps(kept))
    changed = copies[1] / "evidence" / "new.txt"
    changed.write_text("a file more")
    again = read_portfolio(copies, TODAY, ResultCache(path))
    anew = [Path(r.folder) for r in again.rows if r.partner != "Remembered"]
    assert anew == [copies[1]]
    changed.unlink()
    assert {r.partner for r in read_portfolio(copies, TODAY, ResultCache(path)).rows} == {
        "Remembered"
    }
    for spoilt in ("{", '{"program": "another", "values": {}}', "[]", ""):
        path.write_text(spoilt)
        assert read_portfolio(copies, TODAY, ResultCache(path)) == first


def test_the_command_remembers_only_where_it_pays(partners, cache, monkeypatch):
    run("portfolio", partners[0], *DAY)
    assert not cache.exists()
    monkeypatch.setattr("calib.report.portfolio.SINGLE_PROCESS_LIMIT", 1)
    run("portfolio", partners[0], partners[1], *DAY)
    kept = json.loads(cache.read_text())
    for value in kept["values"].values():
        value["row"]["partner"] = "Remembered"
    cache.write_text(json.dumps(kept))
    command = ["portfolio", partners[0], partners[1], "--json", *DAY]
    assert run(*command).stdout.count('"partner": "Remembered"') == 2
    assert "Remembered" not in run(*command, "--fresh").stdout
    monkeypatch.setenv("CALIB_CACHE", "off")
    assert "Remembered" not in run(*command).stdout


def test_a_row_holds_as_long_as_it_says(catalog):
    """On every day before, the same row comes out; on the day itself it need not."""
    folder = resource_path("data", "examples", EXAMPLES["strong"])
    found = load_assessment(folder, catalog)
    day, seen = TODAY, []
    for _ in range(4):
        until = first_day_of_change(catalog, found, day)
        row = build_row("x", assess(catalog, found, day))
        for other in {day + timedelta(days=1), day + (until - day) / 2, until - timedelta(days=1)}:
            if day < other < until:
                assert build_row("x", assess(catalog, found, other)) == row, (day, other)
        seen.append(row != build_row("x", assess(catalog, found, until)))
        day = until
    assert any(seen), "the days on which something changes are among them"


def test_a_remembered_row_ends_with_its_evidence(partners, tmp_path):
    memory = ResultCache(tmp_path / "m.json")
    first = read_portfolio(partners[:3], TODAY, memory)
    later = date(2029, 1, 1)
    assert read_portfolio(partners[:3], later, memory) == read_portfolio(
        partners[:3], later, ResultCache(None)
    )
    assert read_portfolio(partners[:3], TODAY, memory) == first


# --- pictures ---


def many(found, count):
    """A portfolio of that many rows, one of them with a hostile name."""
    rows = [r.model_copy(update={"folder": f"{n}"}) for n in range(-(-count // len(found.rows)))
            for r in found.rows][:count]  # fmt: skip
    if rows:
        rows[0] = rows[0].model_copy(update={"partner": EVIL})
    return found.model_copy(update={"rows": tuple(rows)})


@pytest.mark.parametrize("count", [1, 3, MAX_ROWS, MAX_ROWS + 1, 1000])
def test_every_picture_is_drawn_by_both_renderers(found, count):
    portfolio = many(found, count)
    for chart in (readiness_by_gauge(portfolio), level_shares(portfolio), partners_heat_map(portfolio),
                  common_gaps(portfolio)):  # fmt: skip
        if chart is None:
            continue
        figure = charts.plotly_figure(chart)
        assert (figure.layout.width, figure.layout.height) == (chart.width, chart.height)
        svg = to_svg(chart.figure, width=chart.width, height=chart.height, title=chart.title,
                     alt=chart.alt, uid=chart.id)  # fmt: skip
        assert "<script" not in svg
        assert chart.alt.endswith(".")
        assert all(len(row) == len(chart.columns) for row in chart.rows)
        assert chart.height <= 1100


def test_the_pictures_add_up(found):
    table = readiness_by_gauge(found).rows
    assert sum(int(r[-1]) for r in table) == len(found.rows)
    for row in table:
        assert sum(map(int, row[1:-1])) == int(row[-1])
    assert [sum(int(r[k]) for r in table) for k in (1, 2, 3)] == [
        found.count_by_readiness()[k]
        for k in (Readiness.READY, Readiness.CLOSE, Readiness.NOT_READY)
    ]
    for (control, _), row in zip(found.controls, level_shares(found).rows, strict=True):
        assert tuple(map(int, row[2:])) == found.count_levels(control)


def test_bands_hold_every_partner_once_and_go_down(found):
    shown_ = group_partners(many(found, 1000))
    assert len(shown_) == MAX_ROWS
    assert [b.name for b in shown_][:2] == ["1 to 25", "26 to 50"]
    assert shown_[-1].name == "976 to 1000"
    assert [b.gauge for b in shown_] == sorted((b.gauge for b in shown_), reverse=True)
    portfolio = many(found, MAX_ROWS)
    few = group_partners(portfolio)
    assert len(few) == MAX_ROWS
    assert {b.name for b in few} >= set(portfolio.names[1:])


def test_nothing_open_draws_no_gaps(found):
    ready = tuple(r.model_copy(update={"gaps": ()}) for r in found.rows)
    assert common_gaps(found.model_copy(update={"rows": ready})) is None
    report = PortfolioReport(found.model_copy(update={"rows": ready}))
    assert "No partner has open gaps" in str(report.gaps._repr_mimebundle_()["text/html"])


def test_the_pictures_cost_the_report_nothing():
    code = (
        "import sys, calib.report.report; "
        "print([m for m in ('multiprocessing', 'calib.portfolio') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- pages and tables ---


def page(portfolio):
    html = render_page(all_sections(PortfolioReport(portfolio))).decode()
    return html, BeautifulSoup(html, "html.parser")


def test_the_page_holds_every_partner_and_asks_nothing(found):
    unread = (UnreadableFolder(folder="x/y", error=f"x/y: broken {EVIL}"),)
    html, soup = page(many(found, 60).model_copy(update={"unread": unread}))
    assert "<script" not in html
    assert "script-src 'none'" in html
    assert "\u202e" not in html
    assert html.count("&lt;script&gt;alert(1)") >= 2
    rows = soup.find(id="partners").find("tbody").find_all("tr")
    assert len(rows) == 60
    assert "1 folder could not be read" in soup.find(id="cover").text
    ids = [e["id"] for e in soup.find_all(id=True)]
    assert len(ids) == len(set(ids))
    for element in soup.find_all(True):
        assert not element.get("src")
        assert element.get("href", "#").startswith("#")
    assert soup.title.text == "Portfolio of 60 assessments: generative AI readiness report"


def test_the_command_and_the_notebook_give_the_same_page(partners, tmp_path):
    from papermill import execute_notebook
    from papermill.engines import papermill_engines

    from calib.report.engine import InProcessEngine
    from calib.report.exporters import ReadinessHTMLExporter

    papermill_engines.register("calib", InProcessEngine)
    names = [str(p) for p in partners[:3]]
    nb = execute_notebook(
        resource_path("notebooks", "60_portfolio.ipynb"), None,
        {"assessments": ", ".join(names), "report_date": "2026-11-22"},
        engine_name="calib", progress_bar=False, kernel_name="python3",
    )  # fmt: skip
    html, _ = ReadinessHTMLExporter().from_notebook_node(nb)
    run("portfolio", *names, "-o", tmp_path / "p.html", *DAY)
    assert (tmp_path / "p.html").read_text(encoding="utf-8") == html


def test_spreadsheets_hold_texts_and_numbers(found):
    portfolio = many(found, 50)
    rows = list(csv.reader(io.StringIO(render_portfolio_csv(portfolio).decode("utf-8-sig"))))
    assert rows[0] == column_names(portfolio)
    assert rows[1][0].startswith("'=cmd")
    assert [float(r[2]) for r in rows[1:]] == [r.gauge for r in portfolio.rows]
    book = openpyxl.load_workbook(io.BytesIO(render_portfolio_xlsx(portfolio)))
    assert book.sheetnames == ["Partners", "Levels", "Common gaps"]
    sheet = book["Partners"]
    assert sheet["A2"].value.startswith("=cmd")
    assert sheet["A2"].data_type == "s"
    assert [c.value for c in sheet["C"][1:]] == [r.gauge for r in portfolio.rows]
    levels = book["Levels"]
    assert [c.value for c in levels[3]][1:] == list(portfolio.rows[1].levels)
    gaps = {(r[0] or "", r[1]): r[2] for r in book["Common gaps"].iter_rows(2, values_only=True)}
    assert gaps == {(g.asked.control, g.asked.title): g.count for g in portfolio.common_gaps()}


def test_frames_hold_what_the_table_shows(found):
    frame = partners_frame(found)
    assert list(frame["partner"]) == [r.partner for r in found.rows]
    assert list(frame["GENAIPR-003"]) == [r.gauges[2] for r in found.rows]
    levels = levels_frame(found)
    assert levels.shape == (len(found.rows), 38)
    assert "<script>" not in partners_frame(many(found, 3))._repr_html_()


def test_the_notebook_opens_the_examples_by_default():
    found = open_portfolio("", "2026-11-22").portfolio
    assert [r.partner.split()[0] for r in found.rows] == ["Northwind", "Brightloom", "CloudNova"]
    with pytest.raises(BadInput, match="report_date"):
        open_portfolio("", "soon")


# --- the command ---


def test_the_command_prints_a_line_each_and_says_what_failed(tmp_path, catalog):
    folders = write_partners(tmp_path / "p", 6, seed=3)
    break_folders(folders)
    result = run("portfolio", tmp_path / "p", *DAY, code=2)
    lines = result.stdout.splitlines()
    assert len([x for x in lines if re.search(r"\d{4}-\d\d-\d\d$", x)]) == 2
    assert "Most frequent gaps" in result.stdout
    assert result.stderr.count("calib: ") == 4
    assert "2 assessments: " in result.stderr
    assert "4 could not be read" in result.stderr
    made = json.loads(run("portfolio", tmp_path / "p", *DAY, "--json", code=2).stdout)
    assert [len(made["rows"]), len(made["unread"])] == [2, 4]
    assert sum(made["standing"].values()) == 2
    assert made["common_gaps"][0]["count"] == len(made["common_gaps"][0]["partners"])
    assert sum(map(sum, made["levels"].values())) == 2 * 38


def test_the_command_writes_what_was_asked_for_or_nothing(tmp_path):
    out = [tmp_path / "out" / f"p{e}" for e in (".html", ".csv", ".xlsx", ".json")]
    result = run("portfolio", "example:strong", *(a for o in out for a in ("-o", o)), *DAY)
    assert result.stdout.split() == [str(o) for o in out]
    assert all(o.stat().st_size > 300 for o in out)
    error = run("portfolio", "example:strong", "-o", tmp_path / "p.docx", *DAY, code=2).stderr
    assert ".html, .csv, .xlsx, .json" in error
    assert "there is no such folder" in run("portfolio", tmp_path / "none", *DAY, code=2).stderr
    (tmp_path / "file").write_text("")
    run("portfolio", "example:strong", "-o", tmp_path / "file" / "p.csv", *DAY, code=3)


def test_nothing_is_written_into_the_assessments(partners):
    before = {p: p.stat().st_mtime_ns for f in partners[:2] for p in f.rglob("*")}
    read_portfolio(partners[:2], TODAY, ResultCache(None))
    assert {p: p.stat().st_mtime_ns for f in partners[:2] for p in f.rglob("*")} == before


def test_an_empty_portfolio_is_a_page_too(catalog):
    html, _ = page(
        build_portfolio(catalog, [], [UnreadableFolder(folder="x", error="x: is broken")], TODAY)
    )
    assert "Portfolio of 0 assessments" in html
