"""From an assessment into AWS's workbook and back, and the other way; cells; damaged files."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "aws_books"))

import pytest
from awsbooks import (
    CONTROLS,
    EXAMPLE,
    KNOWN,
    ODD,
    build,
    rezip,
    unzip,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from trying import (
    BLANK,
    CATALOG,
    FORMULAS,
    ONE,
    TODAY,
    found,
    run,
    write,
)

from calib import assess, load_assessment
from calib.errors import BadInput
from calib.exchange.aws_workbook.case_study_text import (
    case_study_fields,
    format_case_study,
    parse_case_study,
)
from calib.exchange.aws_workbook.fill_plan import MET_COLUMN, plan_fill
from calib.exchange.aws_workbook.omissions import list_omissions
from calib.exchange.aws_workbook.package import XlsxPackage
from calib.exchange.aws_workbook.reader import read_workbook_package
from calib.exchange.aws_workbook.responses_csv import read_responses_csv, render_responses_csv
from calib.exchange.aws_workbook.sheet_writer import write_cells
from calib.exchange.aws_workbook.sheet_xml import read_sheet
from calib.exchange.aws_workbook.writer import fill_workbook
from calib.exchange.untrusted import FileRejected
from calib.model import (
    Assessment,
    CaseStudy,
    ControlResponse,
    CriterionAnswer,
    Evidence,
    Header,
    Milestone,
    Override,
    PlanEntry,
    PointMark,
    Profile,
    ThirdParty,
)

# Round trips

LABELS = (
    "Title: x",
    "Solution:",
    " Results: y",
    "  customer :",
    "AWS SERVICES: a, b",
    "- Challenge: z",
    "Tıtle: x",
)
TEXTS = st.lists(
    st.one_of(
        st.text(
            st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
            max_size=40,
        ),
        st.sampled_from(
            [*LABELS, *FORMULAS, "_x0041_", "_x005F_", "a\tb", '<c r="D4"/>', "]]>", "&amp;", ""]
        ),
    ),
    max_size=6,
).map("\n".join)
LINES = TEXTS.map(lambda t: " ".join(t.split()))
LISTS = st.lists(LINES.filter(bool), max_size=4).map(tuple)


@st.composite
def assessments(draw):
    from calib.model import Assessment, CaseStudy, ControlResponse, Header, Profile

    studies = tuple(
        CaseStudy(
            slug=f"s{n}", status="submitted", order=n, title=draw(LINES), customer=draw(TEXTS),
            challenge=draw(TEXTS), solution=draw(TEXTS), results=draw(TEXTS), tech_stack=draw(LISTS),
            services=draw(LISTS), primary_service=draw(LINES), solution_types=draw(LISTS),
            migrated_from=draw(TEXTS),
        )
        for n in range(1, 1 + draw(st.integers(0, 4)))
    )  # fmt: skip
    responses = tuple(ControlResponse(control=c, narrative=draw(TEXTS)) for c in CONTROLS)
    head = Header(
        format=1, catalog="genai-competency", catalog_version="2026.1", profile=Profile(partner="P")
    )
    return Assessment(header=head, case_studies=studies, responses=responses)


def _as_read(text):
    from calib.exchange.aws_workbook.case_study_text import normalise_text
    from calib.exchange.aws_workbook.labels import load_workbook_labels

    return load_workbook_labels().drop_placeholder(normalise_text(text))


def _round(catalog, blank, own, scratch):
    """Fill a blank workbook, make an assessment of it, and compare all that a workbook holds."""
    from calib.exchange.aws_workbook.case_study_text import normalise_text
    from calib.exchange.aws_workbook.importer import import_as_new, plan_import

    read = read_workbook_package(Path("blank.xlsx"), XlsxPackage(blank), catalog)
    plan = plan_fill(read, own, assess(catalog, own, TODAY), {})
    again = read_workbook_package(
        Path("filled.xlsx"), XlsxPackage(fill_workbook(read, plan.changes)), catalog
    )
    import_as_new(
        scratch, catalog, plan_import(again.answers, catalog, None), "P", Path("filled.xlsx")
    )
    back = load_assessment(scratch, catalog)
    assert {c: normalise_text(back.response(c).narrative) for c in CONTROLS} == {
        c: _as_read(own.response(c).narrative) for c in CONTROLS
    }
    told = [s for s in plan.studies if case_study_fields(s)]
    wanted = [case_study_fields(s) for s in told]
    assert [
        case_study_fields(s)
        for s in sorted(back.case_studies, key=lambda s: s.order)
        if case_study_fields(s)
    ] == wanted
    assert [
        s.order for s in sorted(back.case_studies, key=lambda s: s.order) if case_study_fields(s)
    ] == [plan.studies.index(s) + 1 for s in told]
    # And from the workbook into the assessment it came from: nothing new, nothing in conflict.
    merged = plan_import(again.answers, catalog, own)
    assert [t for t in merged if t.outcome != "same"] == []


@settings(max_examples=15, deadline=None)
@given(own=assessments())
def test_assessment_to_workbook_to_assessment(own, tmp_path_factory):
    _round(CATALOG, BLANK, own, tmp_path_factory.mktemp("round") / "acme")


@cache
def _blank(shape):
    return build(shape).data


# A head that names the customer tells of one where the study does not.
SHAPES = [s for s in (*KNOWN, *ODD) if s.name != "named references"]


@pytest.mark.slow
@settings(max_examples=250, deadline=None)
@given(own=assessments(), shape=st.sampled_from(SHAPES))
def test_assessment_to_any_workbook_to_assessment(own, shape, tmp_path_factory):
    _round(CATALOG, _blank(shape), own, tmp_path_factory.mktemp("round") / "acme")


@st.composite
def filled_in(draw):
    """A workbook that people typed into, with any text in any cell."""
    shape = draw(st.sampled_from([*KNOWN, *ODD]))
    keys = sorted(build(shape).where)
    known = [k for k in keys if k[0] in (*CONTROLS, EXAMPLE)]
    cells = st.sampled_from(known) | st.sampled_from(keys)
    return build(
        shape, {k: t for k, t in draw(st.dictionaries(cells, TEXTS, max_size=14)).items() if t}
    )


def _back(made, scratch):
    """Make an assessment of a workbook and fill it into the same one: no response changes."""
    from calib.exchange.aws_workbook.importer import import_as_new, plan_import

    read = read_workbook_package(Path("typed.xlsx"), XlsxPackage(made.data), CATALOG)
    assert found(read) == {c: t for c, text in made.cells.items() if (t := _as_read(text))}
    import_as_new(scratch, CATALOG, plan_import(read.answers, CATALOG, None), "P", read.path)
    own = load_assessment(scratch, CATALOG)
    plan = plan_fill(read, own, assess(CATALOG, own, TODAY), {})
    assert [(c.cell, c.before, c.after) for c in plan.changes if c.column != MET_COLUMN] == []


@settings(max_examples=10, deadline=None)
@given(made=filled_in())
def test_workbook_to_assessment_to_workbook(made, tmp_path_factory):
    _back(made, tmp_path_factory.mktemp("back") / "acme")


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(made=filled_in())
def test_workbook_to_assessment_to_workbook_often(made, tmp_path_factory):
    _back(made, tmp_path_factory.mktemp("back") / "acme")


@settings(max_examples=15, deadline=None)
@given(made=filled_in())
def test_the_list_of_responses_and_back(made, tmp_path_factory):
    read = read_workbook_package(Path("typed.xlsx"), XlsxPackage(made.data), CATALOG)
    path = tmp_path_factory.mktemp("list") / "partner_responses.csv"
    path.write_bytes(render_responses_csv(read.answers.entries))
    told = [(e.slot.control, e.text) for e in read.answers.entries if e.text]
    if {control for control, _ in told} & {*CONTROLS, EXAMPLE}:
        again = read_responses_csv(path, CATALOG)
        assert [(e.slot.control, e.text) for e in again.entries] == told
        assert {c: p.text for c, p in again.responses.items()} == {
            c: p.text for c, p in read.answers.responses.items()
        }


@pytest.mark.parametrize("text", LABELS)
def test_lines_that_look_like_labels_go_round(text):
    every_field = {
        "title": text, "customer": f"{text}\n{text}", "primary_service": f" {text}", "services": (text, "b"),
        "solution_types": (f"{text}\n{text}",), "challenge": f"first\n{text}\n\n {text}", "solution": text,
        "tech_stack": (f"  {text}",), "migrated_from": f"\n{text}", "results": f"{text}\nlast",
    }  # fmt: skip
    assert parse_case_study(format_case_study(every_field)) == every_field
    for field, value in every_field.items():
        assert parse_case_study(format_case_study({field: value})) == {field: value}


def test_the_examples_go_round(catalog, example, tmp_path):
    marked = [s for s in example.case_studies if s.status == "submitted"][:4]
    _round(
        catalog,
        BLANK,
        example.model_copy(update={"case_studies": tuple(marked)}),
        tmp_path / "acme",
    )


def test_what_the_workbook_cannot_hold_is_listed(tmp_path, halfway):
    out = run(
        "fill",
        halfway,
        write(tmp_path, build(replace(KNOWN[0], references=3))),
        "--dry-run",
        "--json",
    )
    left = json.loads(out.stdout)["left_behind"]
    for said in (
        "claimed levels (38)", "answers to single criteria", "links from criteria to evidence",
        "pieces of evidence", "milestones", "the scope", "the target date", "the profile (partner",
        "the names, the status and the order",
    ):  # fmt: skip
        assert any(said in one for one in left), said
    assert any(one.startswith("other case studies (") for one in left)
    assert "3 customer references for 4 case studies: no place for" in out.stdout


def test_everything_a_workbook_cannot_hold_is_in_the_list():
    """A field that an assessment gains is either in the workbook or in the list of what is not."""
    full = CaseStudy(
        slug="a", title="t", customer="c", status="submitted", order=1, challenge="c", solution="s",
        results="r", tech_stack=("t",), services=("s",), primary_service="s", could_lead=("x",),
        solution_types=("k",), migrated_from="m", evidence=("e",),
    )  # fmt: skip
    assert set(CaseStudy.model_fields) == full.model_fields_set
    answer = CriterionAnswer(
        criterion="methodology", claimed_level=1, answer="a", evidence=("e",), owner="o",
        due=TODAY, not_applicable="n", override=Override(level=2, by="b", reason="r"),
        catalog_version="2026.1",
        marks=(PointMark(point="phases", quote="q", shows=True, by="b", reason="r"),),
    )  # fmt: skip
    assert set(CriterionAnswer.model_fields) == answer.model_fields_set
    third = ThirdParty(service="s", purpose="p", justification="j")
    response = ControlResponse(control=ONE, narrative="n", criteria=(answer,), third_party=(third,))
    assert set(ControlResponse.model_fields) == response.model_fields_set
    head = Header(
        format=1, catalog="c", catalog_version="v", scope="s", target_date=TODAY,
        profile=Profile(partner="P"),
    )  # fmt: skip
    own = Assessment(
        header=head, case_studies=(full, full.model_copy(update={"slug": "b", "title": "Other"})),
        responses=(response,), evidence=(Evidence(id="e", title="E", url="https://e.example"),),
        plan=(PlanEntry(id="x"),), milestones=(Milestone(date=TODAY, name="m"),),
    )  # fmt: skip
    held = {"files", "content_hash"}
    assert set(Assessment.model_fields) - held == own.model_fields_set
    assert list_omissions(own, own.case_studies[:1]) == [
        "claimed levels (1)", "answers to single criteria (1)", "links from criteria to evidence (1)",
        "links from case studies to evidence (1)", "alternative primary services of case studies (1)",
        "owners of criteria (1)", "due dates of criteria (1)", "criteria that do not apply (1)",
        "levels set by an assessor (1)", "marks on points (1)", "answers with a catalog version (1)",
        "third-party services (1)", "pieces of evidence (1)", "entries of the improvement plan (1)",
        "milestones (1)", "other case studies (Other)", "the profile (partner)", "the scope",
        "the target date", "the names, the status and the order of the case studies",
    ]  # fmt: skip


# The cells themselves


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.tuples(st.integers(1, 30), st.integers(1, 30)), TEXTS, max_size=8), st.data()
)
def test_cells_are_written_in_their_place_and_nothing_else(values, data):
    rows = {
        n: sorted(data.draw(st.sets(st.integers(1, 28), min_size=1, max_size=5)))
        for n in range(1, 31)
    }
    from calib.exchange.cells import contains, format_cell, normalise_newlines, parse_range

    xml = "".join(
        f'<row r="{n}" spans="{cs[0]}:{cs[-1]}">' + "".join(f'<c r="{format_cell((n, c))}" s="{c % 3}"><v>{n}</v></c>' for c in cs) + "</row>"
        for n, cs in rows.items()
    )  # fmt: skip
    head = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:AB30"/>'
    source = f'{head}<cols><col min="2" max="4" style="7"/></cols><sheetData>{xml}</sheetData></worksheet>'.encode()
    sheet = read_sheet("S", source, ())
    made = read_sheet("S", write_cells(sheet, values), ())
    assert {p for p in made.cells if p not in sheet.cells} == {
        p for p in values if p not in sheet.cells
    }
    for place, cell in made.cells.items():
        if place in values:
            assert normalise_newlines(cell.text) == normalise_newlines(values[place])
            own = sheet.cells.get(place)
            assert cell.style == (own.style if own else "7" if 2 <= place[1] <= 4 else "")
        else:
            assert (cell.text, cell.style) == (sheet.cells[place].text, sheet.cells[place].style)
    told = parse_range(made.dimension[2])
    for number, row in made.rows.items():
        assert row.columns == sorted(row.columns)
        tag = made.data[row.start : row.tag_end].decode()
        first, last = map(int, re.search(r'spans="(\d+):(\d+)"', tag).groups())
        assert all(first <= c <= last and contains(told, (number, c)) for c in row.columns)


# Damage at random


DAMAGE = st.one_of(
    st.binary(max_size=3),
    st.sampled_from([b"<", b'"', b"&lt;", b' r="A0"', b"-1", b"x", b"<c/>", b"4294967296", b"\0"]),
    st.sampled_from([b"A1:ZZZ1048576", b'encoding="gbk"', b"<row/>", b"</row>", b"_xD83D_"]),
)


@cache
def _own():
    from calib.store.locate import find_assessment

    own = load_assessment(find_assessment("example:halfway"), CATALOG)
    return own, assess(CATALOG, own, TODAY)


@pytest.mark.slow
@settings(max_examples=600, deadline=None)
@given(st.data())
def test_damage_is_told_of_or_does_no_harm(data):
    """Whatever a few bytes become, in a part or in the archive, the file is filled or refused."""
    whole = _blank(KNOWN[1])
    parts = unzip(whole)
    name = data.draw(st.sampled_from(["", *(n for n in parts if n.endswith((".xml", ".rels")))]))
    spoilt = bytearray(parts.get(name, whole))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(spoilt)))
        spoilt[at : at + data.draw(st.integers(0, 30))] = data.draw(DAMAGE)
    file = rezip(whole, {**parts, name: bytes(spoilt)}) if name else bytes(spoilt)
    own, result = _own()
    try:
        read = read_workbook_package(Path("damaged.xlsx"), XlsxPackage(file), CATALOG)
        changes = plan_fill(read, own, result, {}).changes
        again = read_workbook_package(
            Path("filled.xlsx"), XlsxPackage(fill_workbook(read, changes)), CATALOG
        )
    except (BadInput, FileRejected):
        return
    for change in changes:
        told = found(again).get(change.cell, "")
        assert change.column == MET_COLUMN or told == change.after
