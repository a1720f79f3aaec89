"""Filling AWS's self-assessment workbook in place: W2 to W4, W6, W7."""

from __future__ import annotations

import json
import re
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "aws_books"))

import pytest
from awsbooks import (
    CONTROLS,
    EXAMPLE,
    KNOWN,
    ODD,
    build,
    changed,
    unzip,
)
from trying import (
    FORMULAS,
    ONE,
    TODAY,
    TWO,
    book,
    found,
    make_quick,
    opened,
    run,
    tree,
    write,
)

from calib import assess, load_assessment
from calib.exchange.aws_workbook.fill_plan import MET_COLUMN
from calib.exchange.aws_workbook.reader import read_workbook
from calib.store.journal import EntryKind
from calib.store.session import Store


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """An assessment that is only read here."""
    return make_quick(tmp_path_factory.mktemp("quick") / "acme")


# W2: only target cells change


def _cells_and_rest(xml):
    """The cells of a sheet by name, and all else of it."""
    root = ET.fromstring(xml)
    cells = {}
    for row in root.iter("{http://schemas.openxmlformats.org/spreadsheetml/2006/main}row"):
        row.attrib.pop("spans", None)
        for cell in list(row):
            cells[cell.attrib["r"]] = ET.tostring(cell)
            row.remove(cell)
    for size in root.iter("{http://schemas.openxmlformats.org/spreadsheetml/2006/main}dimension"):
        size.clear()
    return cells, ET.tostring(root)


@pytest.mark.parametrize(
    "shape",
    [*KNOWN, *ODD, *(replace(s, bare=True, name=f"{s.name}, bare") for s in KNOWN)],
    ids=lambda s: s.name,
)
def test_a_fill_changes_nothing_but_its_cells(tmp_path, quick, shape):
    made = build(shape, {("POV-001", 0, 0): "Ours"}, {("POV-001", 0, 0): "Yes"})
    before = write(tmp_path, made)
    out = run("fill", quick, before, "-o", tmp_path / "out.xlsx", "--date", TODAY, "--json")
    changes = json.loads(out.stdout)["changes"]
    targets = {(c["sheet"], c["cell"]) for c in changes}
    slots = 6 + len([t for t in shape.twice if t in CONTROLS]) + min(4, shape.references)
    assert len(changes) == len(targets) == 2 * slots
    assert before.read_bytes() == made.data
    old, new = unzip(made.data), unzip((tmp_path / "out.xlsx").read_bytes())
    assert list(old) == list(new)
    touched = {
        "xl/worksheets/sheet2.xml": shape.sheets[0],
        "xl/worksheets/sheet4.xml": shape.sheets[2],
    }
    assert {n for n in old if old[n] != new[n]} == set(touched)
    for part, title in touched.items():
        cells, rest = _cells_and_rest(old[part])
        cells_now, rest_now = _cells_and_rest(new[part])
        assert rest_now == rest
        assert {c for c in cells.keys() | cells_now.keys() if cells.get(c) != cells_now.get(c)} == {
            cell for sheet, cell in targets if sheet == title
        }
        assert b"x14:dataValidation " in new[part]


def test_bytes_outside_the_cells_are_the_same(tmp_path, catalog, quick):
    """Stronger than comparing trees: spaces, order and prefixes stay too."""
    made = build(KNOWN[0])
    before = unzip(made.data)["xl/worksheets/sheet2.xml"]
    run("fill", quick, write(tmp_path, made), "-o", tmp_path / "out.xlsx")
    after = unzip((tmp_path / "out.xlsx").read_bytes())["xl/worksheets/sheet2.xml"]
    written = rb'<c r="[CD]\d+"[^>]*(?:/>|><is>.*?</is></c>)'
    assert re.sub(written, b"", after, flags=re.DOTALL) == re.sub(
        written, b"", before, flags=re.DOTALL
    )


def test_an_independent_reader_finds_answers_styles_and_drop_downs(tmp_path, catalog):
    made = build(KNOWN[2], {("POV-002", 0, 0): "stays"})
    path = write(tmp_path, made)
    run("fill", "example:strong", path, "-o", tmp_path / "out.xlsx", "--date", TODAY)
    old, new = opened(path), opened(tmp_path / "out.xlsx")
    assert old.sheetnames == new.sheetnames
    for name in old.sheetnames:
        one, other = old[name], new[name]
        assert one.merged_cells.ranges == other.merged_cells.ranges
        assert one.dimensions == other.dimensions
        assert [
            (str(d.sqref), d.type, d.formula1) for d in one.data_validations.dataValidation
        ] == [(str(d.sqref), d.type, d.formula1) for d in other.data_validations.dataValidation]
        for row, row_now in zip(one.iter_rows(), other.iter_rows(), strict=True):
            for cell, now in zip(row, row_now, strict=True):
                assert cell.style_id == now.style_id
                assert (cell.comment and cell.comment.text) == (now.comment and now.comment.text)
    written = new[KNOWN[2].sheets[2]]
    assert written["F5"].value.startswith("Title: Claim letters that quote the right clause\n\n")
    assert [written[f"{c}5"].value for c in "EGIK"] == ["Yes"] * 4


def test_what_is_there_already_is_left_as_it_is(tmp_path, quick, catalog):
    path = write(tmp_path, build(KNOWN[1]))
    run("fill", quick, path, "-o", tmp_path / "out.xlsx")
    again = run("fill", quick, tmp_path / "out.xlsx", "-o", tmp_path / "two.xlsx", "--json")
    assert json.loads(again.stdout)["changes"] == []
    assert (tmp_path / "two.xlsx").read_bytes() == (tmp_path / "out.xlsx").read_bytes()


def test_importing_and_filling_without_an_edit_changes_no_response(tmp_path, catalog):
    """Nor are free words of the partner's put into another form."""
    answers = {
        (ONE, 0, 0): "Our way.\n\n- one\n- two", (ONE, 0, 1): "And more of it.",
        (EXAMPLE, 1, 0): "Built on Amazon Bedrock and Amazon SageMaker.",
        ("UCR-001", 1, 0): "Acme Bank", ("UCR-002", 1, 0): "Too slow.",
        (EXAMPLE, 3, 0): "Customer: Beta\nSolution: with labels",
    }  # fmt: skip
    path = write(tmp_path, build(replace(KNOWN[0], twice=(ONE,)), answers))
    run("import", path, tmp_path / "acme")
    plan = json.loads(run("fill", tmp_path / "acme", path, "--dry-run", "--json").stdout)
    assert [c for c in plan["changes"] if c["column"] != MET_COLUMN] == []
    assert {c["after"] for c in plan["changes"]} == {"No"}


def test_a_second_row_of_a_control_gets_the_whole_response(tmp_path, quick, catalog):
    made = build(replace(KNOWN[0], twice=(TWO,)), {(TWO, 0, 1): "Only here."})
    run("fill", quick, write(tmp_path, made), "-o", tmp_path / "out.xlsx")
    again = found(read_workbook(tmp_path / "out.xlsx", catalog))
    own = load_assessment(quick, catalog).response(TWO).narrative.rstrip()
    assert again[made.where[TWO, 0, 0]] == again[made.where[TWO, 0, 1]] == own


def test_a_response_that_only_the_workbook_has_stays(tmp_path, catalog):
    path = write(tmp_path, build(KNOWN[0], {(ONE, 0, 0): "Typed after the import."}))
    run("new", tmp_path / "acme")
    out = run("fill", tmp_path / "acme", path, "-o", tmp_path / "out.xlsx")
    assert (
        "AI Practice Reqs!D4: GENAIPR-001: no response in the assessment; the text is kept"
        in out.stdout
    )
    assert found(read_workbook(tmp_path / "out.xlsx", catalog)) == {
        "AI Practice Reqs!D4": "Typed after the import."
    }


def test_a_word_for_nothing_is_not_written_and_told_of(tmp_path, catalog):
    """Other programs leave such words in empty cells, so that reading takes them for nothing."""
    run("new", tmp_path / "acme")
    Store.open(tmp_path / "acme", "Ann").set(f"controls/{ONE}.yaml", "narrative", None, "None")
    path = write(tmp_path, build(KNOWN[0]))
    out = run("fill", tmp_path / "acme", path, "-o", tmp_path / "out.xlsx")
    said = "“None” counts as an empty cell in the workbook: it is not written"
    assert f"controls/{ONE}.yaml: narrative: {said}" in out.stdout
    assert (tmp_path / "out.xlsx").read_bytes() == path.read_bytes()


def test_a_head_that_names_another_customer_is_told_of(tmp_path, quick):
    shape = next(s for s in ODD if s.name == "named references")
    out = run("fill", quick, write(tmp_path, build(shape)), "--dry-run").stdout
    said = "the header of customer reference 2 names “Customer 2”: kept"
    assert f"AI Cust Example Reqs!F5: {said}\n" in out


def test_a_study_stays_in_the_column_it_was_in(tmp_path, halfway, catalog):
    made = build(KNOWN[0])
    run("fill", halfway, write(tmp_path, made), "-o", tmp_path / "out.xlsx")
    first = read_workbook(tmp_path / "out.xlsx", catalog).answers.references[1].values["title"]
    for path in (halfway / "case_studies").glob("*.yaml"):
        path.write_text(
            re.sub(
                r"^order: (\d)",
                lambda m: f"order: {9 - int(m[1])}",
                path.read_text(),
                flags=re.MULTILINE,
            )
        )
    run("fill", halfway, tmp_path / "out.xlsx", "-o", tmp_path / "two.xlsx")
    assert (
        read_workbook(tmp_path / "two.xlsx", catalog).answers.references[1].values["title"] == first
    )


# W3: Met? is Yes or No, and Yes only where the gate holds


@pytest.mark.parametrize("example", ["strong", "halfway", "insufficient"])
def test_met_says_what_the_gate_says(tmp_path, results, example):
    keys = [k for k in build(KNOWN[1]).met if k[0] in (*CONTROLS, EXAMPLE)]
    words = ("Yes", "No", "", "perhaps", "YES", "no")
    said = {k: w for n, k in enumerate(keys) if (w := words[n % len(words)])}
    made = build(KNOWN[1], met=said)
    path = write(tmp_path, made)
    run("fill", f"example:{example}", path, "-o", tmp_path / "out.xlsx", "--date", TODAY)
    new = opened(tmp_path / "out.xlsx")
    result = results[example]
    good = [s.qualified for s in result.qualification.studies if s.submitted]
    for control, number, turn in keys:
        sheet, cell = made.met[control, number, turn].split("!")
        value = new[sheet][cell].value
        if control in CONTROLS:
            assert value == ("Yes" if result.control(control).gate else "No")
        elif number <= len(good):
            assert value in ("Yes", "No")
            assert value == "No" or good[number - 1]
            assert example != "strong" or value == "Yes"
        else:
            assert value == said.get((control, number, turn))


def test_two_studies_with_one_primary_service_are_not_met(tmp_path, catalog, halfway):
    for path in sorted((halfway / "case_studies").glob("*.yaml")):
        text = re.sub(
            r"^primary_service: .*",
            "primary_service: Amazon Bedrock",
            path.read_text(),
            flags=re.MULTILINE,
        )
        path.write_text(text.replace("services:\n", "services:\n  - Amazon Bedrock\n", 1))
    out = run("fill", halfway, write(tmp_path, build(KNOWN[0])), "--dry-run", "--json")
    met = [
        c for c in json.loads(out.stdout)["changes"] if c["column"] == MET_COLUMN and c["reference"]
    ]
    assert [c["after"] for c in met] == ["No"] * 4
    grounds = {c["source"].partition(": ")[2] for c in met}
    assert grounds == {"it does not qualify", "another study has the same primary service"}


def test_an_override_says_yes_and_is_logged_first(tmp_path, catalog, halfway):
    path = write(tmp_path, build(KNOWN[0]))
    result = assess(catalog, load_assessment(halfway, catalog), TODAY)
    low = next(c.control for c in result.controls if not c.gate)
    holds = next(c.control for c in result.controls if c.gate)
    out = run(
        "fill", halfway, path, "-o", tmp_path / "out.xlsx", "--date", TODAY,
        "--override", f"{low.lower()}=The auditor agreed on 3 March", "--override", f"{holds}=just so",
    )  # fmt: skip
    assert f"{low}: Met? is Yes although the gate is not met: The auditor agreed" in out.stderr
    assert f"the override of {holds} was not needed" in out.stdout
    entry = Store.open(halfway, "x").log()[0]
    assert (entry.kind, entry.file) == (EntryKind.FILL, "out.xlsx")
    assert entry.new == {f"Met? of {low}": "Yes against the gate: The auditor agreed on 3 March"}
    assert "The auditor agreed" in run("log", halfway, "--json").stdout
    assert "nothing to undo" in run("undo", halfway).stderr
    assert "the log has no edit with this id" in run("undo", halfway, entry.id, code=2).output
    assert not Store.open(halfway, "x").pending()


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("GENAIPR-001", "--override: GENAIPR-001: has no reason (GENAIPR-001=REASON)"),
        ("GENAIPR-001= ", "--override: GENAIPR-001: has no reason"),
        (
            "GENAIPR-01=x",
            "--override: GENAIPR-01: the workbook has no such control (GENAICEX-001, ",
        ),
        ("GENAICEX-001#7=x", "GENAICEX-001#7: the workbook has no such control"),
        ("POV-001=x", "POV-001: the workbook has no such control"),
    ],
)
def test_an_override_that_cannot_be_meant(tmp_path, quick, override, said):
    path = write(tmp_path, build(KNOWN[0]))
    before = tree(tmp_path)
    out = run("fill", quick, path, "-o", tmp_path / "out.xlsx", "--override", override, code=2)
    assert said in out.output
    assert tree(tmp_path) == before


def test_an_example_takes_no_override(tmp_path):
    path = write(tmp_path, build(KNOWN[0]))
    out = run(
        "fill", "example:halfway", path, "-o", tmp_path / "out.xlsx", "--date", TODAY,
        "--override", "GENAIPR-002=why not", code=2,
    )  # fmt: skip
    assert "the examples are read-only (copy it first" in out.output
    assert not (tmp_path / "out.xlsx").exists()


# W4: the list and the folder of AWS's sample validator


def test_the_folder_for_the_sample_validator(tmp_path, quick, catalog):
    answers = {
        ("DOC-001", 2, 0): "- a diagram",
        ("USE-CASE", 1, 0): "=1+1",
        ("POV-001", 0, 0): '\'=x, "y"\nz',
    }
    path = write(tmp_path, build(KNOWN[0], answers))
    run("fill", quick, path, "--submission", tmp_path / "acme-submission")
    folder = tmp_path / "acme-submission"
    assert {p.name for p in folder.iterdir()} == {
        "workbook.xlsx", "partner_responses.csv", "supporting_docs", "reports",
    }  # fmt: skip
    text = (folder / "partner_responses.csv").read_text()
    assert text.startswith("controlId,partner_response\nGENAIPR-001,")
    assert "\nDOC-001-SERVICE,'- a diagram\n" in text
    assert "\nUSE-CASE-SERVICE,'=1+1\n" in text
    assert '\nPOV-001,"\'\'=x, ""y""\nz"\n' in text
    run("import", folder / "workbook.xlsx", tmp_path / "of-workbook")
    run("import", folder / "partner_responses.csv", tmp_path / "of-list")
    one, other = (load_assessment(tmp_path / f"of-{n}", catalog) for n in ("workbook", "list"))
    assert one.responses == other.responses
    assert one.case_studies == other.case_studies
    assert len(one.case_studies) == 4
    before = tree(folder)
    out = run("fill", quick, path, "--submission", folder, code=2)
    assert "workbook.xlsx: already exists" in out.output
    (folder / "workbook.xlsx").unlink()
    out = run("fill", quick, path, "--submission", folder, code=2)
    assert "partner_responses.csv: already exists" in out.output
    assert not (folder / "workbook.xlsx").exists()
    run("fill", quick, path, "--submission", folder, "--replace")
    assert tree(folder) == before


@pytest.mark.parametrize("text", FORMULAS)
def test_the_list_is_harmless_and_reads_back(tmp_path, catalog, text):
    from calib.exchange.aws_workbook.responses_csv import read_responses_csv, render_responses_csv

    made = build(KNOWN[0], {(ONE, 0, 0): text, (TWO, 0, 0): "x"})
    read = book(tmp_path, catalog, made)
    data = render_responses_csv(read.answers.entries)
    assert not re.search(r'^[^,]*,"?[=+\-@\t\r]', data.decode(), re.MULTILINE)
    (tmp_path / "list.csv").write_bytes(data)
    again = read_responses_csv(tmp_path / "list.csv", catalog)
    assert again.responses[ONE].text == text.rstrip()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            "a,b\n1,2\n",
            "the columns of a list of responses are missing (the first line must be controlId,partner_response)",
        ),
        ("", "the columns of a list of responses are missing"),
        ("controlId,partner_response\nPOV-001,x\n", "contains none of the catalog's controls"),
        ('controlId,partner_response\nPOV-001,"x\n', "not valid CSV"),
    ],
)
def test_a_list_that_is_none(tmp_path, content, said):
    (tmp_path / "list.csv").write_text(content)
    assert said in run("import", tmp_path / "list.csv", tmp_path / "acme", code=2).output
    assert not (tmp_path / "acme").exists()


def test_what_a_list_may_not_hold_is_left_out_and_told_of(tmp_path, catalog):
    texts = f'controlId,partner_response\n{ONE},"a\x1b[2Jb"\n{TWO},nan\n'
    (tmp_path / "list.csv").write_text(texts)
    out = run("import", tmp_path / "list.csv", tmp_path / "acme").stdout
    assert f"line 2: {ONE}: the control character U+001B was removed\n" in out
    assert "\x1b" not in out
    own = load_assessment(tmp_path / "acme", catalog)
    assert (own.response(ONE).narrative, own.response(TWO).narrative) == ("a[2Jb", "")


# W6 and W7: what a cell may hold


@pytest.mark.parametrize("start", range(0, len(FORMULAS), len(CONTROLS)))
def test_no_response_becomes_a_formula(tmp_path, start):
    texts = dict(zip(CONTROLS, FORMULAS[start:], strict=False))
    run("new", tmp_path / "acme")
    store = Store.open(tmp_path / "acme", "Ann")
    for control, text in texts.items():
        store.set(f"controls/{control}.yaml", "narrative", None, text)
    made = build(KNOWN[0])
    path = write(tmp_path, made)
    before = unzip(path.read_bytes())
    run("fill", tmp_path / "acme", path, "-o", tmp_path / "out.xlsx")
    after = unzip((tmp_path / "out.xlsx").read_bytes())
    assert all(after[n].count(b"<f>") == before[n].count(b"<f>") for n in before)
    assert all(after[n].count(b"<hyperlink") == before[n].count(b"<hyperlink") for n in before)
    new = opened(tmp_path / "out.xlsx")
    for control, text in texts.items():
        sheet, cell = made.where[control, 0, 0].split("!")
        assert (new[sheet][cell].value, new[sheet][cell].data_type) == (text.rstrip(), "s")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x" * 32_767, ""),
        ("x" * 32_768, "the new text has 32,768 characters; a cell can store 32,767"),
        ("\U0001f600" * 16_383, ""),
        ("\U0001f600" * 16_384, "has 32,768 characters"),
        ("bell \x07 here", "contains the control character U+0007 at position 6"),
        ("\ufffe", "contains the control character U+FFFE at position 1"),
    ],
)
def test_what_a_cell_cannot_hold_is_refused(tmp_path, catalog, text, said):
    run("new", tmp_path / "acme")
    Store.open(tmp_path / "acme", "Ann").set(f"controls/{ONE}.yaml", "narrative", None, text)
    path = write(tmp_path, build(KNOWN[0]))
    before = tree(tmp_path)
    out = run("fill", tmp_path / "acme", path, "-o", tmp_path / "out.xlsx", code=2 if said else 0)
    if said:
        assert f"AI Practice Reqs!D4: {ONE}: the new text" in out.output
        assert said in out.output
        assert f"(change controls/{ONE}.yaml: narrative)" in out.output
        assert tree(tmp_path) == before
    else:
        assert found(read_workbook(tmp_path / "out.xlsx", catalog))["AI Practice Reqs!D4"] == text


def test_formulas_in_answer_cells_are_read_and_not_written_over(tmp_path, catalog, quick):
    made = changed(
        build(KNOWN[0], {(ONE, 0, 0): "shown"}), "xl/worksheets/sheet2.xml",
        '<c r="D5" s="4"/>', '<c r="D5" s="4" t="str"><f>HYPERLINK("x","our handbook")</f><v>our handbook</v></c>',
    )  # fmt: skip
    path = write(tmp_path, made)
    out = run("import", path, tmp_path / "new")
    assert "AI Practice Reqs!D5: GENAIPR-002: a formula: its last result was read\n" in out.stdout
    assert load_assessment(tmp_path / "new", catalog).response(TWO).narrative == "our handbook"
    out = run("fill", quick, path, "-o", tmp_path / "out.xlsx", code=2)
    assert "AI Practice Reqs!D5: GENAIPR-002: contains a formula (clear the cell" in out.output
    assert not (tmp_path / "out.xlsx").exists()


def test_merged_answers_are_written_where_they_stand(tmp_path, quick, catalog):
    merge = '<mergeCells count="1"><mergeCell ref="D4:D5"/></mergeCells>'
    made = changed(
        build(KNOWN[0]), "xl/worksheets/sheet2.xml", "</sheetData>", f"</sheetData>{merge}"
    )
    out = run("fill", quick, write(tmp_path, made), "-o", tmp_path / "out.xlsx", code=2)
    assert (
        "AI Practice Reqs!D4: is merged, so GENAIPR-001 and GENAIPR-002 would share it (split the cell"
        in out.output
    )
    wide = merge.replace("D4:D5", "D4:F4")
    made = changed(
        build(KNOWN[0]), "xl/worksheets/sheet2.xml", "</sheetData>", f"</sheetData>{wide}"
    )
    run("fill", quick, write(tmp_path, made), "-o", tmp_path / "out.xlsx")
    assert "D4:F4" in str(opened(tmp_path / "out.xlsx")["AI Practice Reqs"].merged_cells.ranges)


# Where things are written


def test_a_file_that_is_there_is_not_overwritten(tmp_path, quick):
    path = write(tmp_path, build(KNOWN[0]))
    (tmp_path / "out.xlsx").write_bytes(b"mine")
    before = tree(tmp_path)
    out = run("fill", quick, path, "-o", tmp_path / "out.xlsx", code=2)
    assert (
        "out.xlsx: already exists (choose another name, or overwrite it with --replace)"
        in out.output
    )
    out = run("fill", quick, path, "-o", path, "--replace", code=2)
    assert "is the source workbook" in out.output
    out = run("fill", quick, path, "-o", tmp_path / "out.csv", code=2)
    assert "must be an .xlsx file (use the name out.xlsx)" in out.output
    assert "Give -o OUT.xlsx" in run("fill", quick, path, code=2).output
    both = ("-o", tmp_path / "a.xlsx", "--submission", tmp_path / "b")
    assert "not both" in run("fill", quick, path, *both, code=2).output
    out = run("fill", quick, path, "-o", tmp_path / "out.xlsx", "--dry-run", code=2)
    assert "out.xlsx: already exists" in out.output
    out = run("fill", quick, path, "--submission", tmp_path, "--replace", code=2)
    assert "is the source workbook (choose another output file)" in out.output
    out = run("fill", quick, path, "-o", tmp_path, "--replace", code=2)
    assert f"is a folder (give a file name, e.g. {tmp_path / 'filled-workbook.xlsx'})" in out.output
    out = run("fill", quick, tmp_path / "none.xlsx", "-o", tmp_path / "out.xlsx", code=2)
    assert "none.xlsx: no such file" in out.output
    assert tree(tmp_path) == before
    run("fill", quick, path, "-o", tmp_path / "out.xlsx", "--replace")
    assert (tmp_path / "out.xlsx").read_bytes() != b"mine"


def test_a_folder_that_cannot_be_written(tmp_path, quick):
    path = write(tmp_path, build(KNOWN[0]))
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "submission" / path.name).mkdir(parents=True)
    out = run("fill", quick, path, "--submission", tmp_path / "submission", "--replace", code=2)
    assert "exists and is not a file" in out.output
    run("fill", quick, path, "-o", tmp_path / "file" / "out.xlsx", code=3)


def test_a_dry_run_shows_each_cell_and_writes_nothing(tmp_path, halfway, catalog):
    path = write(
        tmp_path, build(KNOWN[0], {(ONE, 0, 0): "Old line.\nSame line."}, {(ONE, 0, 0): "Yes"})
    )
    store = Store.open(halfway, "Ann")
    file = f"controls/{ONE}.yaml"
    store.set(file, "narrative", store.get(file, "narrative"), "New line.\nSame line.")
    before = tree(tmp_path)
    out = run("fill", halfway, path, "--dry-run", "--date", TODAY).output
    assert (
        "AI Practice Reqs!D4  GENAIPR-001 Partner Response  (controls/GENAIPR-001.yaml: narrative)\n"
        "    -Old line.\n    +New line.\n     Same line.\n"
        "AI Practice Reqs!C4  GENAIPR-001 Met?  (controls/GENAIPR-001.yaml: the gate is not met)\n"
        "    -Yes\n    +No\n" in out
    )
    assert "Nothing was written." in out
    out = run("import", path, tmp_path / "new", "--dry-run").output
    assert (
        "AI Practice Reqs!D4 -> controls/GENAIPR-001.yaml: narrative: Old line. Same line.  [imported]"
        in out
    )
    run("import", path, halfway, "--dry-run")
    assert tree(tmp_path) == before


def test_a_catalog_past_its_date_warns_at_the_fill(tmp_path, quick):
    path = write(tmp_path, build(KNOWN[0]))
    out = run("fill", quick, path, "--dry-run", "--date", "2031-01-01")
    assert "was valid until" in out.stderr
