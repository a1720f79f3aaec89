"""Plan and gap register as spreadsheets: every row there, texts stay texts, old or new file."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import date

import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from calib.cli import main
from calib.errors import BadInput, CannotWrite
from calib.exchange import table as tables
from calib.exchange.cells import MAX_CELL_TEXT
from calib.exchange.checked_write import VerificationFailed
from calib.exchange.gap_register import build_gap_table
from calib.exchange.plan import build_plan_table
from calib.exchange.table import ExportTable, render_csv, render_xlsx, write_table
from calib.scoring.plan import make_plan

DAY = date(2026, 11, 22)
HOSTILE = (
    "=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "  =1", 'a\n=HYPERLINK("https://evil.example")',
    "a;=1+1", "＝1+1", "https://evil.example", "mailto:a@b.example", "1e5", "007", "TRUE", "'", '"', '","',
    "<script>xss(1)</script>", "\x1b[31mred", "nul\x00", "\u202eright to left", "שלום =1", "_x000D_", "x005F_",
    "_x005F_x000D_", "\ufeffbom", "\ufffe", "a\r\nb", "a\rb", " both ends ", "\n", "😀" * 20_000, "x" * 5_000,
    "y" * 40_000, "=" + "z" * 40_000, "{=1}", "|cmd", "%0A=1",
)  # fmt: skip


def run(*args, code=0):
    result = CliRunner().invoke(main, [str(a) for a in args])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def table(*texts):
    return ExportTable(
        "Things", "Acme", DAY, (("text", 20), ("number", 8)), tuple((t, 7) for t in texts)
    )


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def physical_lines(data):
    """What each program that separates as its country does may take for the start of a cell."""
    rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    for cell in (c for row in rows for c in row):
        yield from re.split(r"[\n;\t]", cell)


# Content


@pytest.mark.parametrize("name", ["strong", "halfway", "insufficient"])
def test_the_register_has_every_gap_and_says_how_to_close_it(catalog, results, name):
    result = results[name]
    found = build_gap_table(catalog, result, make_plan(result))
    assert [row[0] for row in found.rows] == [g.id for g in result.gaps]
    columns = {head: n for n, head in enumerate(found.header)}
    for row, gap in zip(found.rows, result.gaps, strict=True):
        cell = {head: row[n] for head, n in columns.items()}
        assert cell["what is missing"]
        assert cell["remediation"] == gap.action
        assert cell["artefact"] == gap.artefact
        assert (cell["effort"], cell["days"], cell["status"]) == (str(gap.effort), gap.days, "open")
        assert (cell["control"], cell["criterion"]) == (gap.control, gap.criterion)


def test_what_is_missing_and_who_does_it_stand_in_the_row(catalog, results, halfway):
    from calib import assess, load_assessment

    assessment = load_assessment(halfway, catalog)
    result = assess(catalog, assessment, DAY)
    rows = {
        r[0]: r for r in build_gap_table(catalog, result, make_plan(result, assessment.plan)).rows
    }
    row = rows["GENAIPR-003/anonymization"]
    assert "is missing" in row[6]
    assert "level 4 is claimed" in row[6]
    assert "Restore the file" in row[8]
    assert row[12:17] == (2, 3, "Hal Jorgensen", "2027-01-22", "open")
    row = rows["GENAIPR-004/sustainability"]
    assert "0 of 3 points" in row[6]
    assert "Show “use measured”" in row[8]


def test_rows_of_both_formats_are_those_of_the_plan(catalog, results, tmp_path):
    plan = make_plan(results["insufficient"])
    made = build_plan_table(plan, "Acme", DAY)
    write_table(made, tmp_path / "plan.csv")
    write_table(made, tmp_path / "plan.xlsx")
    with (tmp_path / "plan.csv").open(encoding="utf-8-sig", newline="") as stream:
        from_csv = [row["action id"] for row in csv.DictReader(stream)]
    sheet = openpyxl.load_workbook(tmp_path / "plan.xlsx").worksheets[0]
    from_xlsx = [row[1].value for row in sheet.iter_rows(min_row=2)]
    assert from_csv == from_xlsx == [s.gap.id for s in plan.steps]
    assert len(from_csv) == len(results["insufficient"].gaps) > 20


# Texts stay texts


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: ascii(t)[:20])
def test_a_hostile_text_stays_a_text(tmp_path, text):
    made = table(text)
    write_table(made, tmp_path / "t.xlsx")
    write_table(made, tmp_path / "t.csv")
    with zipfile.ZipFile(tmp_path / "t.xlsx") as parts:
        xml = {n: parts.read(n).decode() for n in parts.namelist()}
    assert not [n for n, text in xml.items() if re.search(r"<f[ >]|<hyperlink", text)]
    assert not [
        n for n, text in xml.items() if n.endswith(".rels") and 'TargetMode="External"' in text
    ]
    cell = openpyxl.load_workbook(tmp_path / "t.xlsx").worksheets[0]["A2"]
    assert cell.data_type in ("s", "n") or cell.value is None
    assert cell.value is None or len(cell.value.encode("utf-16-le")) <= 2 * MAX_CELL_TEXT
    for line in physical_lines((tmp_path / "t.csv").read_bytes()):
        assert not re.match(r" *[=+\-@\t＝＋－＠]", line), line[:40]


@pytest.mark.parametrize(
    "text", ["plain", "a\nb", "שלום", "😀", " both ends ", "O'Neil; 3 < 4 & 5"]
)
def test_a_harmless_text_is_what_was_typed(text):
    with zipfile.ZipFile(io.BytesIO(render_xlsx(table(text)))) as parts:
        assert parts.testzip() is None
    book = openpyxl.load_workbook(io.BytesIO(render_xlsx(table(text))))
    assert book.worksheets[0]["A2"].value == text
    rows = list(csv.reader(io.StringIO(render_csv(table(text)).decode("utf-8-sig"), newline="")))
    assert rows[1] == [text, "7"]


def test_what_does_not_fit_into_a_cell_is_counted(tmp_path):
    write_table(table("y" * 40_000), tmp_path / "t.xlsx")
    value = openpyxl.load_workbook(tmp_path / "t.xlsx").worksheets[0]["A2"].value
    kept = value.count("y")
    assert value.endswith(f"[truncated here: {40_000 - kept:,} more characters]")
    assert "y" * 40_000 in render_csv(table("y" * 40_000)).decode()


def test_characters_that_do_not_show_are_shown():
    book = openpyxl.load_workbook(io.BytesIO(render_xlsx(table("a\x1b\u202eb"))))
    assert book.worksheets[0]["A2"].value == "a[U+001B][U+202E]b"


@settings(max_examples=100, deadline=None)
@given(
    texts=st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=60), min_size=1, max_size=4
    )
)
def test_any_text_is_read_back_as_it_was_meant(texts):
    made = table(*texts)
    tables._verify_xlsx(render_xlsx(made), made)
    tables._verify_csv(render_csv(made), made)
    with pytest.raises(VerificationFailed):
        tables._verify_xlsx(render_xlsx(made), table(*texts, "one more"))
    with pytest.raises(VerificationFailed):
        tables._verify_csv(render_csv(made), table(*texts, "one more"))


def test_a_printed_page_says_whose_it_is_and_repeats_the_headings():
    made = table("x" * 300)
    made = ExportTable(made.title, "R&D <Acme> " + "y" * 300, DAY, made.columns, made.rows)
    [sheet] = openpyxl.load_workbook(io.BytesIO(render_xlsx(made))).worksheets
    assert sheet.oddHeader.left.text.startswith("R&&D <Acme> y")
    assert (sheet.oddHeader.right.text, sheet.oddFooter.left.text) == ("Things", "22 November 2026")
    assert sheet.oddFooter.right.text == "Page &P of &N"
    assert (sheet.print_title_rows, sheet.page_setup.orientation) == ("$1:$1", "landscape")
    assert sheet["A1"].fill.fgColor.rgb != sheet["A2"].fill.fgColor.rgb


def test_the_same_table_gives_the_same_bytes():
    assert render_xlsx(table("a")) == render_xlsx(table("a"))
    assert render_xlsx(table("a")) != render_xlsx(table("b"))


# Old or new


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_what_does_not_read_back_is_not_written(tmp_path, monkeypatch, kind):
    path = tmp_path / f"t.{kind}"
    write_table(table("old"), path)
    before = path.read_bytes()
    good = getattr(tables, f"render_{kind}")
    monkeypatch.setattr(tables, f"render_{kind}", lambda _: good(table("lost")))
    with pytest.raises(CannotWrite, match="verification failed"):
        write_table(table("new"), path)
    assert path.read_bytes() == before
    assert names(tmp_path) == [path.name]


def test_a_formula_would_be_seen(tmp_path, monkeypatch):
    book = openpyxl.Workbook()
    book.active.append(["text", "number"])
    book.active.append(["=1+1", 7])
    out = io.BytesIO()
    book.save(out)
    monkeypatch.setattr(tables, "render_xlsx", lambda _: out.getvalue())
    with pytest.raises(CannotWrite, match="became a formula"):
        write_table(table("=1+1"), tmp_path / "t.xlsx")
    assert names(tmp_path) == []


def test_a_disk_that_is_full_leaves_the_old_file(tmp_path):
    resource = pytest.importorskip("resource")
    path = tmp_path / "t.csv"
    write_table(table("old"), path)
    before, limits = path.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(CannotWrite, match=r"t\.csv"):
            write_table(table("x" * 50_000), path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == before
    assert names(tmp_path) == ["t.csv"]


# The command


def test_the_commands_write_and_say_so(tmp_path, results):
    gaps = len(results["halfway"].gaps)
    for kind in ("gaps", "plan"):
        path = tmp_path / "new" / f"{kind}.xlsx"
        result = run("export", kind, "example:halfway", "-o", path, "--date", "2026-11-22")
        assert result.stdout.strip() == str(path)
        assert "Verified" in result.stderr
        assert len(list(openpyxl.load_workbook(path).worksheets[0].rows)) == gaps + 1
    facts = json.loads(
        run("export", "gaps", "example:halfway", "-o", tmp_path / "g.csv", "--json").stdout
    )
    assert facts["rows"] == gaps
    assert len(facts["sha256"]) == 64


def test_what_somebody_typed_into_an_export_is_not_lost(tmp_path):
    path = tmp_path / "gaps.csv"
    run("export", "gaps", "example:halfway", "-o", path)
    path.write_text("mine")
    assert "--overwrite" in run("export", "gaps", "example:halfway", "-o", path, code=2).stderr
    assert path.read_text() == "mine"
    run("export", "gaps", "example:halfway", "-o", path, "--overwrite")
    assert path.read_text(encoding="utf-8-sig").startswith("gap id")


def test_another_ending_or_a_folder_is_refused(tmp_path):
    assert "gaps.xlsx or gaps.csv" in run(
        "export", "gaps", "example:halfway", "-o", tmp_path / "gaps.ods", code=2
    ).stderr  # fmt: skip
    (tmp_path / "f.csv").mkdir()
    args = ("export", "plan", "example:halfway", "-o", tmp_path / "f.csv", "--overwrite")
    assert "cannot write" in run(*args, code=3).stderr
    (tmp_path / "file").write_text("x")
    args = ("export", "plan", "example:halfway", "-o", tmp_path / "file" / "p.csv")
    assert "cannot write" in run(*args, code=3).stderr
    with pytest.raises(BadInput):
        write_table(table("a"), tmp_path / "t.txt")


def test_help_teaches_each_kind():
    text = run("export", "--help").output
    for kind in ("plan", "gaps", "pack", "lens", "lens-answers", "oscal-catalog", "oscal-results"):
        assert kind in text
        assert f"calib export {kind}" in run("export", kind, "--help").output
