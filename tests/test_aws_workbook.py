"""Reading AWS's self-assessment workbook, and taking it into an assessment: W1, W5, W8."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "aws_books"))

import pytest
from awsbooks import (
    COMMON,
    CONTROLS,
    EXAMPLE,
    KNOWN,
    ODD,
    OF_EXAMPLES,
    Shape,
    build,
    changed,
    rezip,
    unzip,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trying import (
    BLANK,
    CATALOG,
    ONE,
    THREE,
    TWO,
    book,
    every,
    found,
    make_quick,
    opened,
    run,
    tree,
    write,
)

from calib import assess, load_assessment
from calib.exchange.aws_workbook.labels import load_workbook_labels
from calib.exchange.aws_workbook.reader import read_workbook
from calib.model import CaseStudy
from calib.phrases import fold
from calib.store.session import Store

SHAPES = pytest.mark.parametrize("shape", [*KNOWN, *ODD], ids=lambda s: s.name)


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """An assessment that is only read here."""
    return make_quick(tmp_path_factory.mktemp("quick") / "acme")


# W1: every response is found, with its address


@SHAPES
def test_every_response_is_read_with_its_cell(tmp_path, catalog, shape):
    made = build(shape)
    made = build(shape, every(made), dict.fromkeys(made.where, "Yes"))
    read = book(tmp_path, catalog, made)
    assert found(read) == made.cells
    assert len(made.cells) == made.asked == len(made.where)
    assert {
        e.slot.cell_reference(e.slot.met): e.met for e in read.answers.entries
    } == dict.fromkeys(made.met.values(), "Yes")
    assert set(read.answers.responses) == set(CONTROLS)
    for control in CONTROLS:
        own = [made.cells[cell] for key, cell in made.where.items() if key[0] == control]
        assert read.answers.responses[control].text == "\n\n".join(own)
    assert set(read.answers.references) == set(range(1, shape.references + 1))
    assert {e.slot.control for e in read.answers.unknown} == {*COMMON, *(c for c, _ in OF_EXAMPLES)}


@pytest.mark.parametrize("row", range(1, 26))
def test_the_head_may_stand_on_any_of_the_first_25_rows(tmp_path, catalog, row):
    shape = replace(KNOWN[row % 3], head_row=row)
    made = build(shape)
    made = build(shape, every(made))
    assert found(book(tmp_path, catalog, made)) == made.cells
    assert made.asked == 110


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.builds(
        Shape, name=st.just("any"), head_row=st.integers(2, 40), left=st.integers(0, 4),
        between=st.lists(st.sampled_from(["Example Response", "Notes", "Guidance", "Weight"]),
                         unique=True, max_size=3).map(tuple),
        references=st.integers(1, 9), swapped=st.booleans(), merged_heads=st.booleans(),
        references_above=st.booleans(), bare=st.booleans(),
        met_head=st.sampled_from(["Met?", "MET", " Met ? ", "Met (Yes/No)"]),
        response_head=st.sampled_from(["Partner Response", "PARTNER RESPONSE:", "Partner Responses"]),
        reference_head=st.sampled_from(["Customer Reference #{}", "Customer reference {}:",
                                        "Customer Example No. {}", "Reference #{} (required)"]),
        spell=st.sampled_from(["{}", "{}:", " {} ", "nbsp"]),
        twice=st.sampled_from([(), ("GENAIPR-001",), ("GENAICEX-001", "UCR-001")]),
    ).filter(lambda s: not (s.merged_heads and s.references_above))
)  # fmt: skip
def test_every_response_is_read_from_any_layout(tmp_path, shape):
    made = build(shape)
    made = build(shape, every(made))
    assert found(book(tmp_path, CATALOG, made)) == made.cells


def test_links_on_responses_are_told_of_and_stay(tmp_path, catalog, quick):
    key = (ONE, 0, 0)
    made = build(KNOWN[0], {key: "See our handbook."}, links={key: "https://example.com/handbook"})
    read = book(tmp_path, catalog, made)
    assert found(read)[made.where[key]] == "See our handbook."
    said = [str(n) for n in read.answers.notes if n.place == made.where[key]]
    assert said == [
        f"{made.where[key]}: {ONE}: has a link to https://example.com/handbook; if it is evidence, register it"
    ]
    run("fill", quick, read.path, "-o", tmp_path / "out.xlsx")
    sheet, cell = made.where[key].split("!")
    assert (
        opened(tmp_path / "out.xlsx")[sheet][cell].hyperlink.target
        == "https://example.com/handbook"
    )


def _prefixed(data):
    """As the Open XML SDK writes: every element of the main namespace with a prefix."""
    parts = unzip(data)
    for name in [n for n in parts if n.startswith("xl/worksheets/sheet")]:
        text = re.sub(r"<(/?)([A-Za-z]+)(?=[\s/>])", r"<\1x:\2", parts[name].decode())
        parts[name] = text.replace(' xmlns="', ' xmlns:x="').encode()
    return rezip(data, parts)


def _without_names(data):
    """Cells and rows that do not say where they are, as some programs write."""
    parts = unzip(data)
    for name in [n for n in parts if re.fullmatch(r"xl/worksheets/sheet[2-5]\.xml", n)]:
        text = re.sub(r'<c r="[A-Z]+\d+"', "<c", parts[name].decode())
        parts[name] = text.encode()
    return rezip(data, parts)


def _rich(data):
    """Texts in runs of different looks, with a reading aid."""
    parts = unzip(data)
    text = re.sub(
        r"<si><t([^>]*)>(.)([^<]*)</t></si>",
        r'<si><r><t xml:space="preserve">\2</t></r><r><rPr><b/></rPr><t xml:space="preserve">\3</t></r>'
        r'<rPh sb="0" eb="1"><t>aid</t></rPh></si>',
        parts["xl/sharedStrings.xml"].decode(), flags=re.DOTALL,
    )  # fmt: skip
    return rezip(data, {**parts, "xl/sharedStrings.xml": text.encode()})


def _strict(data):
    old, new = (
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    )
    rel, strict = (
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
    )
    return rezip(
        data, {n: d.replace(old, new).replace(rel, strict) for n, d in unzip(data).items()}
    )


def _marked(data):
    """With a byte order mark and blank lines between the elements."""
    parts = unzip(data)
    for name in [n for n in parts if n.startswith("xl/worksheets/sheet")]:
        parts[name] = b"\xef\xbb\xbf" + parts[name].replace(b"><", b">\r\n<").replace(
            b"<t>\r\n", b"<t>"
        )
    return rezip(data, parts)


WRITERS = pytest.mark.parametrize(
    "written", [_prefixed, _without_names, _rich, _strict, _marked], ids=lambda f: f.__name__
)


@WRITERS
def test_files_of_other_programs_are_read_and_filled(tmp_path, catalog, quick, written):
    shape = replace(KNOWN[1], merged_heads=True)
    made = build(shape)
    made = build(shape, every(made))
    made.data = written(made.data)
    read = book(tmp_path, catalog, made)
    assert found(read) == made.cells
    run("fill", quick, read.path, "-o", tmp_path / "out.xlsx")
    again = read_workbook(tmp_path / "out.xlsx", catalog)
    own = load_assessment(quick, catalog)
    assert all(
        again.answers.responses[c].text == own.response(c).narrative.rstrip() for c in CONTROLS
    )
    others = {p: t for p, t in made.cells.items() if not re.match("GENAI(PR|CEX)", t.split()[2])}
    assert others.items() <= found(again).items()


# W5: what is not known stays, and is listed


def test_unknown_controls_are_listed_with_their_cells(tmp_path, catalog):
    answers = {("POV-001", 0, 0): "Ours", ("COST-001", 3, 0): "Costs", (ONE, 0, 0): "x"}
    made = build(KNOWN[0], answers)
    path = write(tmp_path, made)
    out = run("import", path, tmp_path / "acme")
    for key in (("POV-001", 0, 0), ("COST-001", 3, 0)):
        assert (
            f"{made.where[key]}: the catalog has no control {key[0]}: kept, and not read  [not imported]"
            in out.stdout
        )
    told = json.loads(run("import", path, tmp_path / "other", "--json").stdout)
    assert told["unknown"] == [
        {"sheet": "Common Practice Requirements", "row": 4, "cell": "D4", "control": "POV-001", "reference": 0, "characters": 4},
        {"sheet": "Common Cust Example Reqs", "row": 27, "cell": "H27", "control": "COST-001", "reference": 3, "characters": 5},
    ]  # fmt: skip
    run("fill", tmp_path / "acme", path, "-o", tmp_path / "out.xlsx")
    assert found(read_workbook(tmp_path / "out.xlsx", catalog)) == made.cells


def test_sheets_of_any_name_are_read(tmp_path, catalog):
    shape = replace(KNOWN[1], sheets=("Blatt 1", "R&D <x>", "Die 'neue' Übersicht", "日本"))
    made = build(shape)
    made = build(shape, every(made))
    assert found(book(tmp_path, catalog, made)) == made.cells


def test_a_hidden_sheet_is_told_of_and_left_alone(tmp_path, catalog, quick):
    made = build(KNOWN[0], {(ONE, 0, 0): "hidden", (EXAMPLE, 1, 0): "seen"})
    made = changed(
        made,
        "xl/workbook.xml",
        '<sheet name="AI Practice Reqs"',
        '<sheet state="hidden" name="AI Practice Reqs"',
    )
    path = write(tmp_path, made)
    out = run("import", path, tmp_path / "new")
    assert (
        "AI Practice Reqs: hidden: its answers are neither read nor written; unhide it first  [not imported]"
        in out.stdout
    )
    out = run("fill", quick, path, "-o", tmp_path / "out.xlsx")
    assert "the workbook has no row for GENAIPR-001: its response is not written" in out.stdout
    assert "AI Practice Reqs: hidden: its answers are neither read nor written" in out.stdout


def test_stray_texts_are_told_of(tmp_path):
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "w.xlsx") as book_:
        sheet = book_.add_worksheet("S")
        rows = [
            ["ID", "Requirment Description", "Met?", "Partner Respones"], ["GENAIRP-001", "x", "Yes", "one"],
            ["GENAIPR-2", "x", "yes", "two"], ["genaipr 003: Privacy", "x", "Yess", "three"],
            ["", "", "", "stray"], ["Section"], ["Notes", "", "", "more"],
            ["GENAIPR-004, GENAIPR-005", "x", "", "four"],
        ]  # fmt: skip
        for n, row in enumerate(rows):
            sheet.write_row(n, 0, row)
    out = run("import", tmp_path / "w.xlsx", tmp_path / "acme").stdout
    for said in (
        "S!B1: “Requirment Description” was read as the label of the requirement column\n",
        "S!D1: “Partner Respones” was read as the label of the response column\n",
        "S!D2: the catalog has no control GENAIRP-001 (did you mean GENAIPR-001?): kept, and not read  [not imported]",
        "S!A3: “GENAIPR-2” was read as GENAIPR-002\n",
        "S!D3 -> controls/GENAIPR-002.yaml: narrative: two  [imported]\n",
        "S!A4: “genaipr 003: Privacy” was read as GENAIPR-003\n",
        "S!C4: GENAIPR-003: “Yess” under Met? is neither Yes nor No  [not imported]",
        "S!D5: no control id: the text is not read  [not imported]",
        "S!D7: “Notes” is not a control id: the text is not read  [not imported]",
        "S!A8: also names GENAIPR-005: the row is read for GENAIPR-004 only\n",
    ):
        assert said in out


# Files that are broken, or want harm


def _entity(parts):
    name = "xl/worksheets/sheet2.xml"
    entity = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    return {**parts, name: entity + parts[name].partition(b"?>")[2]}


def _encoded(part, encoding):
    """A part that says it is written in another encoding."""
    new = f'encoding="{encoding}"'.encode()
    return lambda d: rezip(d, {**unzip(d), part: unzip(d)[part].replace(b'encoding="UTF-8"', new)})


def _utf16(parts):
    name = "xl/worksheets/sheet2.xml"
    text = _entity(parts)[name].decode().replace('version="1.0"', 'version="1.0" encoding="UTF-16"')
    return {**parts, name: text.encode("utf-16")}


BROKEN = {
    "empty": (lambda d: b"", "is empty"),
    "no zip": (lambda d: b"hello", "not an .xlsx workbook: it cannot be unpacked"),
    "half": (lambda d: d[: len(d) // 2], "it cannot be unpacked"),
    "old": (lambda d: b"\xd0\xcf\x11\xe0" + bytes(600), "has the old .xls format, or a password"),
    "password": (
        lambda d: b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"),
        "has a password (save it as .xlsx, without macros and password)",
    ),
    "macros": (lambda d: rezip(d, {**unzip(d), "xl/vbaProject.bin": b"x"}), "contains macros"),
    "macro type": (
        lambda d: rezip(d, {n: c.replace(b"spreadsheetml.sheet.main", b"sheet.macroEnabled.main") for n, c in unzip(d).items()}),
        "contains macros",
    ),
    "bomb": (lambda d: rezip(d, {**unzip(d), "xl/media/a.bin": bytes(210_000_000)}), "unpacks to 210,"),
    "many parts": (lambda d: rezip(d, {**unzip(d), **{f"x/{n}": b"" for n in range(3_001)}}), "parts; the limit"),
    "long sheet": (
        lambda d: rezip(d, {**unzip(d), "xl/worksheets/sheet2.xml": b" " * 40_000_001}),
        "its part xl/worksheets/sheet2.xml has 40,000,001 bytes; the limit is 40,000,000",
    ),
    "long frame": (
        lambda d: rezip(d, {**unzip(d), "xl/workbook.xml": b" " * 2_000_001}),
        "its part xl/workbook.xml has 2,000,001 bytes",
    ),
    "entities": (lambda d: rezip(d, _entity(unzip(d))), "the sheet AI Practice Reqs: declares XML entities"),
    "entities in UTF-16": (lambda d: rezip(d, _utf16(unzip(d))), "declares XML entities"),
    "no encoding": (
        _encoded("xl/worksheets/sheet2.xml", "UTFes"),
        "the sheet AI Practice Reqs: has an encoding that spreadsheet programs do not write",
    ),
    "encoding of texts": (_encoded("xl/sharedStrings.xml", "gbk"), "its part xl/sharedStrings.xml: has an encoding"),
    "encoding of frame": (_encoded("xl/workbook.xml", "hex"), "its part xl/workbook.xml: has an encoding"),
    "no XML": (
        lambda d: rezip(d, {**unzip(d), "xl/worksheets/sheet2.xml": unzip(d)["xl/worksheets/sheet2.xml"][:-20]}),
        "the sheet AI Practice Reqs: not XML: unclosed token on line 2",
    ),
    "wrong part": (lambda d: rezip(d, {**unzip(d), "xl/sharedStrings.xml": b"<"}), "its part xl/sharedStrings.xml: not XML"),
    "missing part": (
        lambda d: rezip(d, {n: c for n, c in unzip(d).items() if n != "xl/worksheets/sheet3.xml"}),
        "its part xl/worksheets/sheet3.xml cannot be read",
    ),
    "no list of parts": (
        lambda d: rezip(d, {n: c for n, c in unzip(d).items() if n != "[Content_Types].xml"}),
        "has no list of content types",
    ),
    "no sheets": (lambda d: rezip(d, {"[Content_Types].xml": b"<x/>"}), "it has no worksheets"),
    "odd text": (
        lambda d: rezip(d, {**unzip(d), "xl/sharedStrings.xml": b"<sst/>"}),
        "refers to the missing shared string",
    ),
    "odd cell": (
        lambda d: rezip(d, {**unzip(d), "xl/worksheets/sheet2.xml": unzip(d)["xl/worksheets/sheet2.xml"].replace(b'r="D4"', b'r="D99"')}),
        "the sheet AI Practice Reqs has the cell D99 in row 4",
    ),
    "odd row": (
        lambda d: rezip(d, {**unzip(d), "xl/worksheets/sheet2.xml": unzip(d)["xl/worksheets/sheet2.xml"].replace(b'<row r="4"', b'<row r="x"')}),
        "has invalid row or column numbers",
    ),
    "odd name": (
        lambda d: rezip(d, {**unzip(d), "xl/worksheets/sheet2.xml": unzip(d)["xl/worksheets/sheet2.xml"].replace(b'r="D4"', b'r="4D"')}),
        "contains the invalid cell reference '4D'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_or_dangerous_file_is_refused_and_nothing_written(tmp_path, quick, name):
    spoil, said = BROKEN[name]
    path = write(tmp_path, spoil(BLANK))
    before = tree(quick)
    for args in (
        ("import", path, tmp_path / "new"),
        ("import", path, quick),
        ("fill", quick, path, "-o", tmp_path / "o.xlsx"),
    ):
        out = run(*args, code=2)
        assert said in out.output
        assert str(path) in out.output
    assert tree(quick) == before
    assert {p.name for p in tmp_path.iterdir()} == {"workbook.xlsx"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "w.xlsm",
            "not a .xlsx file: it has the suffix .xlsm (save it as .xlsx, without macros and password)",
        ),
        ("w.xls", "not a .xlsx file: it has the suffix .xls"),
        ("w", "not a .xlsx file: it has no suffix"),
    ],
)
def test_other_kinds_of_file(tmp_path, name, said):
    path = write(tmp_path, build(KNOWN[0]), name)
    assert said in run("import", path, tmp_path / "acme", code=2).output
    assert "no such file" in run("import", tmp_path / "no.xlsx", tmp_path / "acme", code=2).output
    assert (
        "is a folder, not a file (name the file)"
        in run("import", tmp_path, tmp_path / "acme", code=2).output
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows knows no named pipes")
@pytest.mark.parametrize("name", ["pipe.xlsx", "pipe.csv"])
def test_a_pipe_is_refused_and_not_waited_for(tmp_path, quick, name):
    os.mkfifo(tmp_path / name)
    for args in (("import", tmp_path / name, tmp_path / "new"), ("import", tmp_path / name, quick)):
        assert "not a file (copy its content" in run(*args, code=2).output
    kind = (
        "it is a named pipe, not a file"
        if name.endswith("x")
        else "not a .xlsx file: it has the suffix .csv"
    )
    out = run("fill", quick, tmp_path / name, "-o", tmp_path / "out.xlsx", code=2)
    assert kind in out.output


@pytest.mark.skipif(os.name == "nt", reason="Windows gives links to few")
def test_a_link_to_itself_is_refused(tmp_path, quick):
    (tmp_path / "loop.xlsx").symlink_to("loop.xlsx")
    for args in (
        ("import", tmp_path / "loop.xlsx", tmp_path / "new"),
        ("fill", quick, tmp_path / "loop.xlsx", "-o", tmp_path / "out.xlsx"),
    ):
        out = run(*args, code=2).output
        assert "loop.xlsx: cannot be read: Too many levels of symbolic links (check the file" in out


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path):
    path = write(tmp_path, build(KNOWN[0]))
    path.chmod(0)
    out = run("import", path, tmp_path / "acme", code=2).output
    assert "cannot be read: Permission denied (check the file and its permissions)" in out


def test_a_file_and_a_folder_in_the_wrong_order(tmp_path, quick):
    path = write(tmp_path, build(KNOWN[0]))
    assert "The order is: calib import FILE DIR" in run("import", quick, path, code=2).output
    assert "is a file, not a folder" in run("fill", path, quick, "--dry-run", code=2).output


def test_hidden_cells_numbers_and_texts_beside_the_answers_are_told_of(tmp_path, catalog, quick):
    texts = {(c, 0, 0): f"Text {n}" for n, c in enumerate(CONTROLS)}
    made = build(KNOWN[0], texts)
    part = "xl/worksheets/sheet2.xml"
    xml = unzip(made.data)[part].decode()
    xml = xml.replace('<row r="5"', '<row hidden="1" r="5"')
    xml = re.sub(r'<c r="D6"[^>]*>.*?</c>', '<c r="D6" s="4"><v>46082</v></c>', xml)
    xml = re.sub(r'(<c r="D7"[^>]*>.*?</c>)', r'\1<c r="G7" t="str"><v>beside</v></c>', xml)
    made.data = rezip(made.data, {**unzip(made.data), part: xml.encode()})
    path = write(tmp_path, made)
    hidden = f"AI Practice Reqs!D5: {TWO}: in a hidden row or column, but read and written"
    stored = f"AI Practice Reqs!D6: {THREE}: a number or a date, read as stored: 46082\n"
    out = run("import", path, tmp_path / "new").stdout
    assert hidden in out
    assert stored in out
    beside = "AI Practice Reqs!G7: this text is beside the answers, in a column without a label: not read  [not imported]"
    assert beside in out
    assert load_assessment(tmp_path / "new", catalog).response(TWO).narrative == "Text 1"
    out = run("fill", quick, path, "-o", tmp_path / "out.xlsx").stdout
    assert hidden in out
    told = json.loads(run("fill", quick, path, "--dry-run", "--json").stdout)["notes"]
    assert ("AI Practice Reqs", 5, "D5") in {(n["sheet"], n["row"], n["cell"]) for n in told}
    assert opened(tmp_path / "out.xlsx")["AI Practice Reqs"]["G7"].value == "beside"
    column = xml.replace('<row hidden="1"', "<row").replace(
        '<col min="4"', '<col hidden="1" min="4"'
    )
    column = re.sub(r'<col min="2" max="5"', '<col hidden="1" min="2" max="5"', column)
    path = write(tmp_path, rezip(made.data, {**unzip(made.data), part: column.encode()}))
    assert hidden in run("import", path, tmp_path / "again").stdout


def _rows(path, rows):
    import xlsxwriter

    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("S")
        for n, row in enumerate(rows):
            sheet.write_row(n, 0, row)
    return path


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["a", "b"]], "no sheet has the columns of a self-assessment (a row must name the columns ID and Partner Response"),
        ([["GENAIPR-001", "text"]], "S!A1: GENAIPR-001 is in a sheet without a header, which is not read"),
        ([["ID", "Requirement"], ["GENAIPR-001", "x"]], "S!A1: the header has no column for the partner's response"),
        ([["ID", "Partner Response"], ["one", ""]], "no row has the id of a control (the column ID contains ids such as GENAIPR-001)"),
        ([["ID", "Partner Response"], ["IDAM-001", "x"]], "contains none of the catalog's controls, but IDAM-001 (is it the workbook of another"),
        ([["ID", "Requirement", "Customer Reference #1", "", "Customer Reference #2"], ["GENAICEX-001", "x", "y"]],
         "S!C1: customer reference 1 has no column labelled Partner Response"),
    ],
)  # fmt: skip
def test_a_workbook_that_is_no_self_assessment_says_why(tmp_path, rows, said):
    path = _rows(tmp_path / "w.xlsx", rows)
    assert said in run("import", path, tmp_path / "acme", code=2).output


def test_links_elsewhere_comments_and_signatures_are_told_of(tmp_path, quick):
    made = build(KNOWN[0])
    more = {
        "xl/externalLinks/externalLink1.xml": b"<x/>",
        "xl/connections.xml": b"<x/>",
        "_xmlsignatures/sig1.xml": b"<x/>",
    }
    path = write(tmp_path, rezip(made.data, {**unzip(made.data), **more}))
    out = run("fill", quick, path, "-o", tmp_path / "out.xlsx")
    for said in (
        "contains links to other workbooks",
        "contains external data connections",
        "is signed",
        "AI Practice Reqs: contains comments",
    ):
        assert said in out.stdout
    assert "The workbook has 1 formula: recalculate it to update old values." in out.stderr
    assert more.items() <= unzip((tmp_path / "out.xlsx").read_bytes()).items()


def test_a_sheet_in_another_encoding_is_read_but_not_written(tmp_path, quick, catalog):
    made = build(KNOWN[0], {(ONE, 0, 0): "x"})
    parts = unzip(made.data)
    name = "xl/worksheets/sheet2.xml"
    parts[name] = (
        parts[name].decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")
    )
    path = write(tmp_path, rezip(made.data, parts))
    assert found(read_workbook(path, catalog)) == made.cells
    out = run("fill", quick, path, "-o", tmp_path / "out.xlsx", code=2)
    assert "the sheet AI Practice Reqs is not in UTF-8" in out.output
    assert not (tmp_path / "out.xlsx").exists()


# Import into an assessment that has answers


def test_import_merges_by_field_and_shows_conflicts(tmp_path, halfway, catalog):
    own = load_assessment(halfway, catalog)
    store = Store.open(halfway, "Ann")
    file = f"controls/{THREE}.yaml"
    store.set(file, "narrative", store.get(file, "narrative"), None)
    answers = {
        (ONE, 0, 0): "Another text.", (TWO, 0, 0): own.response(TWO).narrative, (THREE, 0, 0): "Taken.",
        (EXAMPLE, 1, 0): f"Title: {own.case_studies[0].title}\nResults: other results",
        (EXAMPLE, 2, 0): "Title: A new one\nCustomer: Nobody we know\nSolution: x",
    }  # fmt: skip
    path = write(tmp_path, build(KNOWN[0], answers))
    before = tree(halfway)
    out = run("import", path, halfway).output
    now = load_assessment(halfway, catalog)
    assert now.response(ONE).narrative == own.response(ONE).narrative
    assert now.response(THREE).narrative == "Taken."
    assert (
        "AI Practice Reqs!D4 -> controls/GENAIPR-001.yaml: narrative: Another text.  [in conflict]\n"
        in out
    )
    assert "    +Another text.\n" in out
    assert "AI Practice Reqs!D5 -> controls/GENAIPR-002.yaml: narrative" in out
    assert f"Merged into {halfway}, which keeps its own answers" in out
    assert "[unchanged]" in out
    assert "status (enough are submitted already)" in out
    new = next(s for s in now.case_studies if s.title == "A new one")
    assert (new.slug, new.customer, str(new.status), new.order) == (
        "a-new-one",
        "Nobody we know",
        "candidate",
        2,
    )
    conflicts = Store.open(halfway, "x").conflicts()
    assert {(c.file, c.field, c.set_aside) for c in conflicts} == {
        (f"controls/{ONE}.yaml", "narrative", "Another text."),
        (f"case_studies/{own.case_studies[0].slug}.yaml", "results", "other results"),
    }
    # The same again asks nothing twice, and makes nothing twice.
    run("import", path, halfway)
    assert len(Store.open(halfway, "x").conflicts()) == 2
    assert len(load_assessment(halfway, catalog).case_studies) == len(now.case_studies)
    # Whatever the assessment said is still there.
    for place, data in before.items():
        if place.suffix == ".yaml" and ".calib" not in place.parts:
            assert data.decode().strip()[:400] in place.read_text()


def test_import_replaces_only_when_asked_and_undo_brings_it_back(tmp_path, halfway, catalog):
    own = load_assessment(halfway, catalog).response(ONE).narrative
    path = write(tmp_path, build(KNOWN[0], {(ONE, 0, 0): "Another text."}))
    out = run("import", path, halfway, "--replace")
    assert "[replaced]" in out.stdout
    assert load_assessment(halfway, catalog).response(ONE).narrative == "Another text."
    run("undo", halfway)
    assert load_assessment(halfway, catalog).response(ONE).narrative == own


def test_import_says_where_it_cannot_write(tmp_path, halfway):
    path = write(tmp_path, build(KNOWN[0]))
    assert "the examples are read-only" in run("import", path, "example:halfway", code=2).output
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("x")
    for more in ((), ("--dry-run",)):
        out = run("import", path, tmp_path / "full", *more, code=2).output
        assert "exists and is not empty" in out
        assert "is a file, not a folder" in run("import", path, path, *more, code=2).output
    (halfway / "plan.yaml").write_text("actions: [")
    assert "plan.yaml:2: is not YAML" in run("import", path, halfway, code=2).output


def test_a_new_assessment_can_be_scored_at_once(tmp_path, catalog):
    answers = {
        (ONE, 0, 0): "We onboard customers.", (EXAMPLE, 1, 0): "A chatbot on Amazon Bedrock.",
        ("UCR-001", 1, 0): "Acme Bank", ("UCR-002", 1, 0): "Slow answers.", ("UCR-003", 1, 0): "Quick answers.",
        ("CO-001", 1, 0): "Half the time.", ("UCR-001", 2, 0): "Only here", (EXAMPLE, 3, 0): "nan",
        ("UCR-001", 4, 0): "A bank of 2,000 people in four countries, founded in 1890, that lends to small firms and farmers.",
    }  # fmt: skip
    path = write(tmp_path, build(KNOWN[2], answers))
    out = run("import", path, tmp_path / "acme", "--partner", "Acme Cloud")
    assert "1 response, 3 case studies. Fields: 15 imported. Not imported: 0 texts" in out.stderr
    now = load_assessment(tmp_path / "acme", catalog)
    assert now.header.profile.partner == "Acme Cloud"
    by_order = {s.order: s for s in now.case_studies}
    first = by_order[1]
    assert (first.customer, first.solution) == ("Acme Bank", "A chatbot on Amazon Bedrock.")
    assert (first.challenge, first.results) == (
        "Slow answers.\n\nQuick answers.\n",
        "Half the time.",
    )
    assert (first.services, first.primary_service) == (("Amazon Bedrock",), "Amazon Bedrock")
    assert by_order[2].customer == "Only here"
    assert by_order[4].challenge.startswith("A bank of 2,000 people")
    run("score", tmp_path / "acme")


def test_import_of_nothing_yet(tmp_path, catalog):
    out = run("import", write(tmp_path, build(KNOWN[0])), tmp_path / "blank-one")
    assert "Fields: none are filled in yet" in out.stderr
    assert load_assessment(tmp_path / "blank-one", catalog).header.profile.partner == "Blank One"


def test_a_sheet_of_merged_cells_alone_is_refused(tmp_path):
    merges = "".join(f'<mergeCell ref="A{n}:B{n}"/>' for n in range(100, 20_200))
    made = changed(
        build(KNOWN[0]),
        "xl/worksheets/sheet2.xml",
        "</sheetData>",
        f"</sheetData><mergeCells>{merges}</mergeCells>",
    )
    said = "the sheet AI Practice Reqs has more than 20,000 merged or linked ranges"
    assert said in run("import", write(tmp_path, made), tmp_path / "acme", code=2).output


def test_the_words_fit_together():
    words = load_workbook_labels()
    labels = [fold(label) for part in words.parts for label in part.labels]
    assert len(set(labels)) == len(labels)
    fields = {part.field for part in words.parts}
    assert fields | {"slug", "status", "order", "evidence", "could_lead"} == set(
        CaseStudy.model_fields
    )
    assert {row.field for row in words.rows} <= fields
    assert {words.parse_met(words.met), words.parse_met(words.not_met)} == {True, False}


# W8: until when a checklist is taken


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2027-05-31", None),
        (
            "2027-06-01",
            "was valid until 2027-05-31; submissions by it are expected to be accepted until 2027-08-31.",
        ),
        (
            "2027-09-01",
            "was valid until 2027-05-31; submissions by it were expected to be accepted until 2027-08-31.",
        ),
    ],
)
def test_an_old_catalog_says_until_when_it_is_taken(quick, day, said):
    assert CATALOG.released < CATALOG.valid_until < CATALOG.accept_until
    result = assess(CATALOG, load_assessment(quick, CATALOG), date.fromisoformat(day))
    told = [f.message for f in result.findings if f.rule == "catalog-expired"]
    assert told == ([f"Catalog {CATALOG.version} {said}"] if said else [])


# What the README shows


@pytest.mark.slow
def test_the_two_commands_of_the_readme_say_what_it_shows(tmp_path, monkeypatch):
    text = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    block = text.partition("## AWS's self-assessment workbook")[2].partition(
        "In the other direction"
    )[0]
    rows = [r[4:] for r in block.splitlines() if r.startswith("    ")]
    monkeypatch.chdir(tmp_path)
    write(tmp_path, build(KNOWN[1]), "blank.xlsx")
    run("fill", "example:halfway", "blank.xlsx", "-o", "self-assessment.xlsx")
    shown = []
    for command in (r[2:] for r in rows if r.startswith("$ ")):
        shown += run(*shlex.split(command)[1:]).output.splitlines()
    wanted = [r for r in rows if not r.startswith("$ ") and r != "..."]
    assert len(wanted) == 8
    assert [r for r in shown if r in wanted] == wanted
