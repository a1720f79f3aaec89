"""The report: same bytes twice, same bytes by the stock commands, complete, and all or nothing."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import nbformat
import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader

from calib import BadInput, CannotWrite
from calib.report import open_report, write_report
from calib.report.exporters import NoReport, ReadinessPDFExporter
from calib.report.run_notebook import ReportFailed
from calib.report.write import NOTEBOOK
from calib.resources import resource_path

ROOT = Path(__file__).parent.parent
DAY = "2026-11-22"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("report")
    values = {
        "assessment": "example:halfway",
        "report_date": DAY,
        "confidentiality": "In confidence",
    }
    files, replaced, result = write_report(values, out, ("html", "pdf", "json", "ipynb"))
    assert replaced == []
    return files, result


@pytest.fixture(scope="module")
def page(made):
    return BeautifulSoup(made[0]["html"].read_text(encoding="utf-8"), "html.parser")


def test_two_runs_give_the_same_bytes(made, tmp_path):
    values = {
        "assessment": "example:halfway",
        "report_date": DAY,
        "confidentiality": "In confidence",
    }
    script = f"from calib.report import write_report; from pathlib import Path; write_report({values!r}, Path({str(tmp_path)!r})); import sys; assert 'rfc3987_syntax' not in sys.modules"
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment, cwd=tmp_path)
    for kind, path in made[0].items():
        if kind != "ipynb":  # papermill notes the time of the run in it
            assert digest(tmp_path / path.name) == digest(path), kind


@pytest.mark.slow
def test_the_stock_commands_give_the_same_files(made, tmp_path):
    """Papermill with its own kernel, then plain nbconvert: same HTML, same PDF."""
    run = tmp_path / "run.ipynb"
    bin_ = Path(sys.executable).parent
    subprocess.run(
        [bin_ / "papermill", ROOT / "notebooks" / NOTEBOOK, run, "-p", "assessment", "example:halfway",
         "-p", "report_date", DAY, "-p", "confidentiality", "In confidence", "--no-progress-bar"],
        check=True, cwd=tmp_path, capture_output=True,
    )  # fmt: skip
    for to, name in ((["--to", "html", "--template", "readiness",
                       f"--TemplateExporter.extra_template_basedirs={ROOT / 'templates'}"], "run.html"),
                     (["--to", "readiness-pdf"], "run.pdf")):  # fmt: skip
        subprocess.run(
            [bin_ / "jupyter", "nbconvert", *to, run], check=True, cwd=tmp_path, capture_output=True
        )
        kind = name[4:]
        assert digest(tmp_path / name) == digest(made[0][kind]), kind


def test_the_stock_html_exporter_would_not_change_a_byte(made):
    """nbconvert's stock exporter parses the page once more; ours leaves that out."""
    html = made[0]["html"].read_text(encoding="utf-8")
    template = html.replace("<!DOCTYPE html>\n", "<!DOCTYPE html>", 1)
    assert str(BeautifulSoup(template, features="html.parser")) == html


def test_the_page_asks_nothing_of_anybody(page):
    for element in page.find_all(True):
        for name in ("src", "srcset", "poster", "action", "background", "data", "xlink:href"):
            assert not element.get(name) or element[name].startswith("data:")
        if element.name == "link":
            raise AssertionError(element)
    for anchor in page.find_all("a"):
        assert anchor["href"].startswith(("#", "https://"))
    style = page.find("style").text
    assert "url(" not in style
    assert "@import" not in style


def test_links_lead_somewhere_and_ids_are_unique(page):
    ids = [e["id"] for e in page.find_all(id=True)]
    assert len(ids) == len(set(ids))
    for anchor in page.find_all("a", href=re.compile("^#")):
        assert anchor["href"][1:] in ids, anchor


def test_the_page_has_its_sections_in_order(page):
    ids = [s["id"] for s in page.find_all("section")]
    controls = [f"GENAIPR-00{n}" for n in range(1, 7)]
    assert ids == [
        "cover",
        "summary",
        "maturity",
        "case-studies",
        *controls,
        "plan",
        "evidence",
        "method",
    ]
    assert len(page.find_all("h1")) == 1


def test_every_chart_has_words_and_numbers(page):
    figures = page.find_all("figure")
    assert len(figures) >= 4
    for figure in figures:
        assert figure.find("svg")["role"] == "img"
        assert len(figure.find("desc").text) > 30
        assert figure.find("table").find_all("tr")
        json.loads(figure.find("script").text)


def test_every_criterion_opens_to_its_findings(page, made):
    for control in made[1]["controls"]:
        for criterion in control["criteria"]:
            row = page.find(id=f"{control['control']}-{criterion['criterion']}")
            text = row.find_next_sibling("tr").get_text(" ", strip=True)
            shown = sum(p["state"] == "shown" for p in criterion["points"])
            count = f"{shown} of {len(criterion['points'])} points shown."
            for finding in criterion["findings"]:
                # The points, which the message on the text lists, have a table of their own.
                is_on_text = finding["rule"].startswith("text-")
                assert (count if is_on_text else finding["message"]) in text


def test_static_charts_leave_no_script_and_a_small_file(tmp_path):
    files, _, _ = write_report(
        {"assessment": "example:strong", "report_date": DAY, "charts": "static"}, tmp_path, ["html"]
    )
    html = files["html"].read_text(encoding="utf-8")
    assert "<script" not in html
    assert "script-src 'none'" in html
    assert len(html) < 600_000


@pytest.mark.parametrize("example", ["strong", "halfway", "insufficient"])
def test_the_pdf_is_tagged_standard_and_complete(example, tmp_path):
    values = {"assessment": f"example:{example}", "report_date": DAY}
    files, _, result = write_report(values, tmp_path, ["pdf", "json"])
    reader = PdfReader(files["pdf"])
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert reader.outline
    assert (
        reader.metadata.title == f"{result['profile']['partner']}: generative AI readiness report"
    )
    xmp = root["/Metadata"].get_object().get_data().decode()
    assert "pdfuaid" in xmp
    assert "<pdfaid:part>3</pdfaid:part>" in xmp
    [attached] = reader.attachments["result.json"]
    assert attached.decode().strip() == files["json"].read_text(encoding="utf-8").strip()
    text = "\n".join(p.extract_text() for p in reader.pages)
    assert f"Page 1 of {len(reader.pages)}" in text
    for control in result["controls"]:
        assert control["control"] in text
    images = [name for p in reader.pages for name in p.images]
    assert images == []  # charts are vectors


def test_table_of_contents_gives_the_right_pages(made):
    reader = PdfReader(made[0]["pdf"])
    pages = [p.extract_text() for p in reader.pages]
    contents = re.sub(r"[ .]{3,}", " ", pages[1])
    for title in (
        "Executive summary",
        "Improvement plan",
        "Evidence register",
        "Method and limits",
    ):
        number = int(re.search(rf"{title} *(\d+)", contents).group(1))
        assert title in pages[number - 1]
        assert f"Page {number} of" in pages[number - 1]


def test_characters_without_a_glyph_are_shown_as_code_points(halfway, tmp_path):
    header = halfway / "assessment.yaml"
    header.write_text(
        header.read_text().replace(
            "partner: Brightloom Cloud", "partner: Brightloom 中 Ελλάς مرحبا"
        )
    )
    files, replaced, _ = write_report(
        {"assessment": str(halfway), "report_date": DAY}, tmp_path / "out", ["pdf"]
    )
    assert replaced == ["U+4E2D"]
    text = PdfReader(files["pdf"]).pages[0].extract_text()
    assert "[U+4E2D]" in text
    assert "Ελλάς" in text


def test_result_json_follows_the_published_schema(made):
    schema = json.loads((ROOT / "docs" / "result.schema.json").read_text(encoding="utf-8"))
    result = json.loads(made[0]["json"].read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(result)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate({**result, "readiness": "perhaps"})


def test_an_expired_catalog_warns_on_the_first_page(tmp_path):
    values = {"assessment": "example:strong", "report_date": "2031-01-02", "charts": "static"}
    files, _, _ = write_report(values, tmp_path, ["html", "pdf"])
    cover = BeautifulSoup(files["html"].read_text(encoding="utf-8"), "html.parser").find(id="cover")
    assert "was valid until" in cover.text
    assert "was valid until" in PdfReader(files["pdf"]).pages[0].extract_text()


def test_branding_reaches_both_files(tmp_path):
    logo = tmp_path / "logo.svg"
    logo.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10"/></svg>'
    )
    values = {"assessment": "example:strong", "report_date": DAY, "brand_name": "Harbour & Co <b>",
              "brand_logo": str(logo), "brand_accent": "#7a1fa2", "confidentiality": "Client “A” only"}  # fmt: skip
    files, _, _ = write_report(values, tmp_path / "out", ["html", "pdf"])
    html = files["html"].read_text(encoding="utf-8")
    assert "Harbour &amp; Co &lt;b&gt;" in html
    assert "--accent:#7a1fa2" in html
    assert "data:image/svg+xml;base64," in html
    text = PdfReader(files["pdf"]).pages[0].extract_text()
    assert "Harbour & Co <b>" in text
    assert "Client “A” only" in text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("text.png", b"hello"), ("cut.png", b"\x89PNG\r\n\x1a\n" + b"0" * 90), ("broken.svg", b"<svg"),
        ("script.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'),
        ("far.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><use href="https://x.example/a"/></svg>'),
        ("logo.gif", b"GIF89a"), ("huge.svg", b"<svg>" + b" " * 600_000 + b"</svg>"),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_no_logo(name, content, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match="not a complete PNG"):
        open_report("example:strong", brand_logo=str(tmp_path / name))


def test_a_folder_in_the_way_leaves_every_file_as_it_was(tmp_path):
    files, _, _ = write_report(
        {"assessment": "example:strong", "report_date": DAY}, tmp_path, ["html", "json"]
    )
    before = {p: digest(p) for p in files.values()}
    (tmp_path / "readiness-report.pdf").mkdir()
    with pytest.raises(CannotWrite, match="a folder has this name"):
        write_report({"assessment": "example:halfway", "report_date": DAY}, tmp_path)
    assert {p: digest(p) for p in files.values()} == before


def test_our_engine_refuses_a_parameter_that_is_not_there(tmp_path):
    from papermill import execute_notebook
    from papermill.engines import papermill_engines

    from calib.report.engine import InProcessEngine

    papermill_engines.register("calib", InProcessEngine)
    with pytest.raises(BadInput, match="asessment"):
        execute_notebook(ROOT / "notebooks" / NOTEBOOK, tmp_path / "o.ipynb", {"asessment": "x"},
                         engine_name="calib", progress_bar=False, kernel_name="python3")  # fmt: skip


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"report_date": "tomorrow"}, "report_date: must be a date"),
        ({"charts": "3d"}, "charts: must be interactive or static"),
        ({"brand_accent": "red"}, "brand_accent: must be a colour"),
        ({"brand_logo": "nowhere.png"}, "nowhere.png: the logo cannot be read"),
        ({"assessment": "nowhere"}, "there is no such folder"),
        ({"assessment": "example:middling"}, "there is no such example"),
        ({"asessment": "x"}, "asessment: the notebook does not have this parameter"),
    ],
)
def test_bad_parameters_are_bad_input_and_write_nothing(values, said, tmp_path):
    with pytest.raises(BadInput, match=re.escape(said)):
        write_report({"assessment": "example:strong", **values}, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_all_bad_parameters_are_named_at_once():
    with pytest.raises(BadInput) as caught:
        open_report("example:strong", report_date="x", charts="y", brand_accent="z")
    assert len(caught.value.problems) == 3


def test_a_run_that_fails_leaves_the_previous_report(halfway, tmp_path, monkeypatch):
    out = tmp_path / "out"
    files, _, _ = write_report({"assessment": str(halfway), "report_date": DAY}, out)
    before = {p: digest(p) for p in files.values()}
    (halfway / "plan.yaml").write_text("actions: 3\n")
    with pytest.raises(BadInput):
        write_report({"assessment": str(halfway), "report_date": DAY}, out)
    from calib.render import sections

    def fails(*_):
        raise ZeroDivisionError("no chapter")

    shutil.copytree(resource_path("data", "examples", "northwind"), tmp_path / "good")
    monkeypatch.setattr(sections, "control", fails)
    with pytest.raises(ReportFailed, match=r"cell .*no chapter"):
        write_report({"assessment": str(tmp_path / "good"), "report_date": DAY}, out)
    assert {p: digest(p) for p in files.values()} == before
    assert sorted(p.name for p in out.iterdir()) == sorted(p.name for p in files.values())


def test_an_output_that_cannot_be_written(tmp_path, halfway):
    taken = tmp_path / "taken"
    taken.write_text("x")
    with pytest.raises(CannotWrite, match="a file has this name"):
        write_report({"assessment": str(halfway)}, taken)
    assert taken.read_text() == "x"


def test_a_notebook_without_a_report_is_refused():
    empty = nbformat.v4.new_notebook()
    with pytest.raises(NoReport, match="run it first"):
        ReadinessPDFExporter().from_notebook_node(empty)


def test_reading_an_assessment_for_a_report_writes_nothing(halfway, tmp_path):
    before = {p: digest(p) for p in halfway.rglob("*") if p.is_file()}
    write_report({"assessment": str(halfway), "report_date": DAY}, tmp_path / "out", ["json"])
    assert {p: digest(p) for p in halfway.rglob("*") if p.is_file()} == before
