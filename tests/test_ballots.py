"""Ballots by file: the folder, the form, what comes back, and that nobody sees a level."""

from __future__ import annotations

import io
import json
import re
import zipfile

import openpyxl
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from calib import load_assessment
from calib.ballots.files import assessor_id, load_ballots, save_ballot, save_ballots
from calib.cli import main
from calib.errors import BadInput, CannotWrite
from calib.exchange import xlsx_reader
from calib.exchange.ballot_form import COLUMNS, render_ballot_form, write_ballot_form
from calib.exchange.ballots import read_ballot_form, read_ballot_forms
from calib.model import Ballot, Vote
from calib.text import clean_name

ONE, TWO = "GENAIPR-001", "GENAIPR-002"


def vote(criterion="methodology", level=3, comment="seen the handbook"):
    return Vote(criterion=criterion, level=level, comment=comment)


def ballot(*votes, control=ONE, assessor="ana-silva", name="Ana Silva"):
    return Ballot(control=control, assessor=assessor, name=name, votes=votes or (vote(),))


def put(folder, text, name=f"{ONE}/ana-silva.yaml"):
    path = folder / "ballots" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def problems(call, *args, **kwargs):
    with pytest.raises(BadInput) as caught:
        call(*args, **kwargs)
    return [str(p) for p in caught.value.problems]


def snapshot(folder):
    """Everything a person keeps there; .calib holds only the lock."""
    files = (p for p in sorted(folder.rglob("*")) if p.is_file() and ".calib" not in p.parts)
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def run(*args, code=0):
    result = CliRunner().invoke(main, [str(a) for a in args])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


# The folder


def test_what_was_saved_is_loaded(halfway, catalog):
    before = load_assessment(halfway, catalog)
    ana, ben = ballot(vote(), vote("roadmap", None, "")), ballot(assessor="ben", name="")
    assert save_ballot(halfway, ana) == ana
    save_ballot(halfway, ben)
    assert load_ballots(halfway, catalog) == (ana, ben)
    assert load_assessment(halfway, catalog).content_hash == before.content_hash


def test_the_ballot_of_the_documentation_is_read(halfway, catalog):
    put(
        halfway,
        f"control: {ONE}\nassessor: ana-silva\nname: Ana Silva\nvotes:\n"
        '  methodology: {level: 3, comment: "seen the handbook"}\n'
        '  roadmap: {level: null, comment: ""}\n',
    )
    assert load_ballots(halfway, catalog) == (ballot(vote(), vote("roadmap", None, "")),)


def test_merging_keeps_other_votes_comments_and_other_peoples_files(halfway, catalog):
    path = put(
        halfway,
        f"# mine\ncontrol: {ONE}\nassessor: ana-silva\nname: Ana Silva\nvotes:\n"
        "  methodology: {level: 3}  # sure\n  use-cases:\n    level: 1\n",
    )
    other = put(halfway, f"control: {ONE}\nassessor: ben\nvotes: {{}}\n", f"{ONE}/ben.yaml")
    theirs, inode = other.read_bytes(), other.stat().st_ino
    merged = save_ballot(halfway, ballot(vote("use-cases", 2, "new"), vote("roadmap", 0, "")))
    assert [(v.criterion, v.level) for v in merged.votes] == [
        ("methodology", 3), ("use-cases", 2), ("roadmap", 0),
    ]  # fmt: skip
    text = path.read_text()
    assert "# mine\n" in text
    assert "  methodology: {level: 3}  # sure\n" in text
    assert (other.read_bytes(), other.stat().st_ino) == (theirs, inode)
    assert merged in load_ballots(halfway, catalog)


def test_the_same_votes_again_write_nothing(halfway):
    save_ballot(halfway, ballot())
    path = halfway / "ballots" / ONE / "ana-silva.yaml"
    inode = path.stat().st_ino
    save_ballots(halfway, [ballot()], replace=False)
    assert path.stat().st_ino == inode


def test_every_problem_of_every_file_at_once_with_its_line(halfway, catalog):
    put(
        halfway,
        f"control: {TWO}\nassessor: anna\nvotes:\n"
        "  methodolgy: {level: 3}\n  zzz: {level: 1}\n  roadmap: {level: 2}\n",
    )
    put(
        halfway,
        f"control: {ONE}\nassessor: ben\nvotes:\n  roadmap:\n    level: 5\n    coment: x\n",
        f"{ONE}/ben.yaml",
    )
    put(
        halfway,
        f"control: {ONE}\nassessor: cy\nvotes:\n  roadmap: {{level: true}}\n",
        f"{ONE}/cy.yaml",
    )
    put(halfway, f"control: {ONE}\nassessor: di\nvotes:\n- criterion: roadmap\n", f"{ONE}/di.yaml")
    put(halfway, "x", f"{ONE}/ana (1).yaml")
    put(halfway, "x", f"{ONE}/eve.yml")
    put(halfway, "x", "GENAIPR-01/ana.yaml")
    put(halfway, "x", "stray.yaml")
    put(halfway, "notes", f"{ONE}/README.md")
    put(halfway, "", f"{ONE}/fay.yaml")
    (halfway / "ballots" / ONE / "link.yaml").symlink_to(halfway / "plan.yaml")
    found = "\n".join(problems(load_ballots, halfway, catalog))
    at = f"acme/ballots/{ONE}"
    for said in (
        f"{at}/ana-silva.yaml:1: control: is {TWO}, but the folder is called {ONE}",
        f"{at}/ana-silva.yaml:2: assessor: is anna, but the file is called ana-silva (write `assessor: ana-silva`)",
        f"{at}/ana-silva.yaml:4: votes.methodolgy: {ONE} has no such criterion (did you mean `methodology`?)",
        f"{at}/ana-silva.yaml:5: votes.zzz: {ONE} has no such criterion (it has: methodology, ",
        f"{at}/ben.yaml:5: votes.roadmap.level: must be at most 4, got 5",
        f"{at}/ben.yaml:6: votes.roadmap.coment: unknown key (did you mean `comment`?)",
        f"{at}/cy.yaml:4: votes.roadmap.level: must be 0 to 4, not yes or no",
        f"{at}/di.yaml:3: votes: must be `criterion:` lines, not a list",
        f"{at}/ana (1).yaml: is not a valid assessor file name",
        f"{at}/eve.yml: ends in .yml (rename it to .yaml)",
        f"{at}/link.yaml: is a link",
        f"{at}/fay.yaml: the file is empty",
        "acme/ballots/GENAIPR-01/: the catalog has no such control (did you mean `GENAIPR-001`?)",
        "acme/ballots/stray.yaml: is not in the folder of a control",
    ):  # fmt: skip
        assert said in found
    assert "README" not in found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("control: [", "is not YAML"),
        (f"control: {ONE}\nassessor: ben\n", "2: assessor: is the ballot of ben on"),
        (f"control: {ONE}\nassessor: ana-silva\nname: Ana Śilva Costa\n", "3: name: is the ballot of 'Ana Śilva Costa'"),
        (f"control: {ONE}\nassessor: ana-silva\nvotes: []\n", "must be `criterion:` lines"),
    ],
)  # fmt: skip
def test_what_is_broken_or_another_persons_is_not_touched(halfway, text, said):
    path = put(halfway, text)
    assert said in "\n".join(problems(save_ballot, halfway, ballot()))
    assert path.read_text(encoding="utf-8") == text


def test_several_ballots_are_saved_all_or_none(halfway, catalog):
    save_ballot(halfway, ballot())
    before = snapshot(halfway)
    new = [
        ballot(vote("roadmap", 4, "")),
        ballot(vote(level=1)),
        ballot(vote("a-b-c", 1), control="../x"),
    ]
    found = problems(save_ballots, halfway, new, replace=False)
    assert len(found) == 2
    assert (
        "ana-silva.yaml:5: votes.methodology: ana-silva has already voted differently" in found[0]
    )
    assert not re.search(r"\b[13]\b", found[0].replace("ana-silva.yaml:5", "").replace(ONE, ""))
    assert snapshot(halfway) == before
    save_ballots(halfway, [*new[:2], ballot(assessor="ben")], replace=True)
    ana, ben = load_ballots(halfway, catalog)
    assert [(v.criterion, v.level) for v in ana.votes] == [("methodology", 1), ("roadmap", 4)]
    assert ben.assessor == "ben"


def test_an_abstention_may_be_filled_in_later(halfway):
    save_ballot(halfway, ballot(vote(level=None, comment="")))
    save_ballots(halfway, [ballot(vote(level=2))], replace=False)


def test_no_folder_no_ballots_newer_format_and_a_full_disk(halfway, catalog, monkeypatch):
    assert load_ballots(halfway, catalog) == ()
    assert "no such folder" in problems(save_ballot, halfway / "x", ballot())[0]
    import calib.ballots.files as module

    def full(path, data):
        raise CannotWrite(path, "no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(module, "replace_file", full)
        with pytest.raises(CannotWrite):
            save_ballot(halfway, ballot())
    assert load_ballots(halfway, catalog) == ()
    header = halfway / "assessment.yaml"
    header.write_text(header.read_text().replace("format: 1", "format: 9"))
    assert "newer than this program" in problems(save_ballot, halfway, ballot())[0]


TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.sampled_from(["=1+1", "+1", "-1", "@x", "<b>&amp;", "- a\n- b", "x: y # z", "\n\n a \n", "null", "NO", "012", "'", '"', "\t", "{{ }}", "🙂 é", "---\n..."]),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    name=TEXTS,
    comments=st.lists(TEXTS, min_size=2, max_size=2),
    level=st.sampled_from([None, 0, 4]),
)
def test_any_text_survives_the_folder(name, comments, level, tmp_path_factory, catalog):
    folder = tmp_path_factory.mktemp("any")
    (folder / "assessment.yaml").write_text("format: 1\n")
    first = ballot(vote(comment=comments[0], level=level), name=name)
    save_ballot(folder, first)
    assert load_ballots(folder, catalog) == (first,)
    second = ballot(vote("roadmap", 1, comments[1]), name="")
    save_ballot(folder, second)
    [merged] = load_ballots(folder, catalog)
    assert merged.votes == (*first.votes, *second.votes)


def test_half_a_character_is_refused_and_nothing_written(halfway):
    assert "ana-silva.yaml" in problems(save_ballot, halfway, ballot(vote(comment="\ud800")))[0]
    assert not (halfway / "ballots").exists()


@given(st.text(max_size=90))
def test_every_name_makes_a_file_name(name):
    found = assessor_id(name)
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", found)
    assert Ballot(control=ONE, assessor=found, name=name)


def test_names_that_no_file_can_hold_stay_apart():
    names = ["李雷", "韩梅梅", "Ana 李", "Łukasz", "Lukasz", "", "'"]
    assert len({assessor_id(n) for n in names}) == len(names)
    assert assessor_id("Ana Silva") == assessor_id(" ána  SÍLVA ") == "ana-silva"


# The form


@pytest.fixture(scope="module")
def blank(catalog):
    """The bytes of the form; filling it in is quick from there."""
    from calib.resources import resource_path

    return render_ballot_form(
        catalog, load_assessment(resource_path("data", "examples", "brightloom"), catalog)
    )


def fill(blank, path, votes=(), name="Ana Silva", change=None):
    """Fill in the form as a person would: {(control, criterion): (level, why)}."""
    book = openpyxl.load_workbook(io.BytesIO(blank))
    if name is not None:
        put_text(book["Start"]["B4"], name)
    for (control, criterion), (level, why) in dict(votes).items():
        sheet = book[control]
        row = next(r for r in range(1, 40) if sheet.cell(r, 1).value == criterion)
        sheet.cell(row, 4).value = level
        put_text(sheet.cell(row, 5), why)
    if change:
        change(book)
    book.save(path)
    return path


def put_text(cell, text):
    cell.value = text
    if isinstance(text, str):
        cell.data_type = "s"  # what starts with = is a text here


def test_from_the_form_to_the_folder(halfway, catalog, blank, tmp_path):
    second = catalog.control(TWO).criteria[1].id
    votes = {
        (ONE, "methodology"): (3, "=seen\nit"),
        (ONE, "roadmap"): (None, "not my field"),
        (TWO, second): (0, ""),
    }
    path = fill(blank, tmp_path / "ana.xlsx", votes)
    expected = (
        ballot(vote(comment="=seen\nit"), vote("roadmap", None, "not my field")),
        ballot(vote(second, 0, ""), control=TWO),
    )
    order = [c.id for c in catalog.control(ONE).criteria]
    assert order.index("methodology") < order.index("roadmap")
    assert read_ballot_form(path, catalog) == expected
    result = run("ballots", "import", "--open", halfway, path)
    assert f"{ONE}  ana-silva  2 votes\n{TWO}  ana-silva  1 vote\n" == result.stdout
    assert "Imported 3 votes of ana-silva." in result.stderr
    assert load_ballots(halfway, catalog) == expected
    run("ballots", "import", "--open", halfway, path)
    assert load_ballots(halfway, catalog) == expected


def test_the_form_asks_for_everything_and_only_votes_can_be_typed(catalog, blank):
    book = openpyxl.load_workbook(io.BytesIO(blank))
    assert book.sheetnames == ["Start", *(c.id for c in catalog.controls)]
    assert "Brightloom" in book["Start"]["A1"].value
    assert not book["Start"]["B4"].protection.locked
    for control in catalog.controls:
        sheet = book[control.id]
        assert sheet.protection.sheet
        assert [c.value for c in sheet[2][:5]] == list(COLUMNS)
        rows = range(3, 3 + len(control.criteria))
        for row, criterion in zip(rows, control.criteria, strict=True):
            assert sheet.cell(row, 1).value == criterion.id
            assert criterion.question in sheet.cell(row, 2).value
            assert all(text in sheet.cell(row, 3).value for text in criterion.levels)
            assert [sheet.cell(row, n).protection.locked for n in range(1, 6)] == [True] * 3 + [
                False
            ] * 2
            assert all(sheet.cell(row, n).alignment.wrap_text for n in range(1, 6))
        assert sheet.cell(rows[-1] + 1, 1).value is None
        lists = [v for v in sheet.data_validations.dataValidation if v.type == "list"]
        assert [(v.formula1, str(v.sqref)) for v in lists] == [('"0,1,2,3,4"', f"D3:D{rows[-1]}")]
        assert {c.data_type for r in sheet.iter_rows() for c in r} <= {"s", "n"}


def test_a_partner_called_like_a_formula_stays_text(halfway, catalog):
    header = halfway / "assessment.yaml"
    header.write_text(re.sub(r"partner: .*", 'partner: "=cmd()"', header.read_text()))
    book = openpyxl.load_workbook(
        io.BytesIO(render_ballot_form(catalog, load_assessment(halfway, catalog)))
    )
    assert all(c.data_type != "f" for s in book for r in s.iter_rows() for c in r)


def test_a_form_is_never_overwritten(halfway, catalog, tmp_path):
    path = tmp_path / "new" / "ballot.xlsx"
    assert str(path) in run("ballots", "form", halfway, "-o", path).stdout
    before = path.read_bytes()
    assert "may contain votes" in run("ballots", "form", halfway, "-o", path, code=2).stderr
    assert path.read_bytes() == before
    assert (
        "call it ballot.xlsx"
        in run("ballots", "form", halfway, "-o", tmp_path / "ballot.ods", code=2).stderr
    )
    (tmp_path / "file").write_text("")
    run("ballots", "form", halfway, "-o", tmp_path / "file" / "x.xlsx", code=3)
    assessment = load_assessment(halfway, catalog)
    assert write_ballot_form(catalog, assessment, tmp_path / "two.xlsx").read_bytes()[:2] == b"PK"


TYPED = st.text(
    st.characters(
        codec="utf-8",
        exclude_categories=["Cc", "Cs", "Cn"],
        exclude_characters="\u2028\u2029\x85\ufffe\uffff",
    ),
    max_size=40,
)


@settings(max_examples=25, deadline=None)
@given(
    name=st.one_of(st.sampled_from(["=1+1", "@ana", "-Ben", "+Cy", "<b>Di</b>", "李雷"]), TYPED.filter(clean_name)),
    why=st.one_of(st.sampled_from(["=1+1", "+x", "-x", "@x", "a\nb", "<i>&amp;</i>", " = "]), TYPED),
    level=st.sampled_from([None, 0, 1, 2, 3, 4]),
    kind=st.sampled_from(["xlsx", "csv"]),
)  # fmt: skip
def test_any_text_survives_the_form(name, why, level, kind, blank, catalog, tmp_path_factory):
    path = tmp_path_factory.mktemp("any") / f"form.{kind}"
    if kind == "xlsx":
        fill(blank, path, {(ONE, "roadmap"): (level, why), (ONE, "methodology"): (1, "")}, name)
    else:
        write_csv(path, [ONE, "roadmap", level, why, name], [ONE, "methodology", 1, "", name])
    [found] = read_ballot_form(path, catalog)
    whole = clean_name(name)
    expected = [vote(level=1, comment="")]
    kept = why if why.strip() else ""
    if level is not None or kept:
        expected.append(vote("roadmap", level, kept))
    assert (found.name, found.assessor) == (whole, assessor_id(whole))
    assert found.votes == tuple(expected)


# What comes back wrong


def test_every_problem_of_a_form_with_sheet_row_and_cell(halfway, catalog, blank, tmp_path):
    def spoil(book):
        one = book[ONE]
        for row, value in enumerate([5, "high", "=1+2", True, 2.5, "3-4"], start=3):
            one.cell(row, 4).value = value
        one["E9"] = "=HYPERLINK(1)"
        one["A10"] = "use-case"
        one["A20"], one["D21"] = "nothing-like-it", 1
        book[TWO].title = "GENAIPR-02"
        book["Start"]["B4"] = "=A1"
        del book["GENAIPR-003"]["A2"]
        book["GENAIPR-003"]["A2"] = "?"
        book.create_sheet("Notes")["A1"] = "anything"

    path = fill(blank, tmp_path / "bad.xlsx", name=None, change=spoil)
    found = "\n".join(problems(read_ballot_form, path, catalog))
    for said in (
        f":3: {ONE}!D3: '5' is not a level (choose 0, 1, 2, 3 or 4, or leave it empty",
        f":4: {ONE}!D4: 'high' is not a level", f":5: {ONE}!D5: contains a formula",
        f":6: {ONE}!D6: 'True' is not a level", f":7: {ONE}!D7: '2.5' is not a level",
        f":8: {ONE}!D8: '3-4' is not a level", f":9: {ONE}!E9: contains a formula",
        f":10: {ONE}!A10: {ONE} has no criterion use-case (did you mean `use-cases`?)",
        f":20: {ONE}!A20: {ONE} has no criterion nothing-like-it",
        f":21: {ONE}!A21: the vote has no criterion",
        ":3: GENAIPR-02!A3: the catalog has no control GENAIPR-02 (did you mean `GENAIPR-002`?)",
        ":4: Start!B4: contains a formula", "GENAIPR-003: no header row with the columns",
    ):  # fmt: skip
        assert said in found
    assert found.count("GENAIPR-02 ") == 1
    assert "Notes" not in found
    before = snapshot(halfway)
    good = fill(blank, tmp_path / "good.xlsx", {(ONE, "methodology"): (3, "")})
    assert "bad.xlsx" in run("ballots", "import", "--open", halfway, good, path, code=2).stderr
    assert snapshot(halfway) == before


def test_a_form_without_name_or_votes(catalog, blank, tmp_path):
    nameless = fill(blank, tmp_path / "a.xlsx", {(ONE, "roadmap"): (3, "")}, name=None)
    [found] = problems(read_ballot_form, nameless, catalog)
    assert ":4: Start!B4: the name of the assessor is missing" in found
    assert "--name" in found
    assert read_ballot_form(nameless, catalog, "Ben")[0].assessor == "ben"
    assert (
        "contains no votes"
        in problems(read_ballot_form, fill(blank, tmp_path / "b.xlsx"), catalog)[0]
    )
    long = fill(blank, tmp_path / "c.xlsx", {(ONE, "roadmap"): (3, "")}, name="x" * 201)
    assert ":4: Start!B4: the name is longer" in problems(read_ballot_form, long, catalog)[0]


def write_csv(
    path, *rows, separator=",", head="control,criterion,level,comment,name", start="\ufeff"
):
    import csv

    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator)
    writer.writerow(head.split(","))
    writer.writerows(rows)
    path.write_text(start + out.getvalue(), encoding="utf-8", newline="")
    return path


def test_csv_of_several_people_and_countries(catalog, tmp_path):
    rows = (
        [ONE, "methodology", "3", "a;b", "Ana Silva"],
        [ONE, "roadmap", "", "", "Ana Silva"],
        [TWO, catalog.control(TWO).criteria[0].id, " 4 ", "two\r\nlines", "Ben"],
    )
    for number, separator in enumerate(",;\t"):
        path = write_csv(tmp_path / f"{number}.csv", *rows, separator=separator)
        first, second = read_ballot_form(path, catalog)
        assert first == ballot(vote(comment="a;b"))
        assert (second.assessor, second.votes[0].level, second.votes[0].comment) == (
            "ben",
            4,
            "two\nlines",
        )
    [found] = problems(read_ballot_form, path, catalog, "Cy")
    assert ":4: name: --name is for one assessor, but this file has several" in found
    short = write_csv(tmp_path / "s.csv", [ONE, "roadmap", 2], head="Control,Criterion,Level")
    assert read_ballot_form(short, catalog, "Cy")[0].votes == (vote("roadmap", 2, ""),)
    assert "the name of the assessor is missing" in problems(read_ballot_form, short, catalog)[0]


def test_every_problem_of_a_csv_with_line_and_column(catalog, tmp_path):
    path = write_csv(
        tmp_path / "v.csv", [ONE, "methodology", "=3", "two\nlines", "Ana"], ["GENAIPR-01", "roadmap", 3, "", "Ana"],
        ["", "roadmap", 3, "", "Ana"], [ONE, "roadmp", 3, "", "Ana"], [ONE, "roadmap", 3, "", "Ana"],
        [ONE, "roadmap", 3, "", "ana"], [ONE, "use-cases", 3, "", "A-n-a"], [ONE, "use-cases", 3, "", "A n a"],
    )  # fmt: skip
    found = "\n".join(problems(read_ballot_form, path, catalog))
    for said in (
        ":2: level: '=3' is not a level", ":4: control: the catalog has no control GENAIPR-01",
        ":5: control: no control is given", ":6: criterion: GENAIPR-001 has no criterion roadmp (did you mean `roadmap`?)",
        ":8: level: Ana votes twice on roadmap (the other vote is in v.csv, level, row 7: keep one)",
        ":10: level: the names 'A n a' and 'A-n-a' are too similar",
    ):  # fmt: skip
        assert said in found


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"control,criterion\n", "no header row with the columns"),
        (b"", "no header row with the columns"),
        (b"control,criterion,level\n\xff", "not UTF-8 (byte 24)"),
        (b'control,criterion,level\na,"b"c,1\n', ":2: not valid CSV"),
        (b"a,b\n" * 2_010, "has more than 2,000 rows"),
        (b"x" * 2_000_001, "has 2,000,001 bytes; the limit is 2,000,000"),
    ],
)
def test_csv_that_cannot_be_read(content, said, catalog, tmp_path):
    path = tmp_path / "v.csv"
    path.write_bytes(content)
    assert said in problems(read_ballot_form, path, catalog)[0]


def packed(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def repacked(blank, name, change):
    with zipfile.ZipFile(io.BytesIO(blank)) as archive:
        parts = {n: archive.read(n) for n in archive.namelist()}
    return packed({**parts, name: change(parts.get(name, b""))})


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda b: b"no workbook at all", "not an .xlsx workbook: it cannot be unpacked"),
        (lambda b: b[: len(b) // 2], "not an .xlsx workbook: it cannot be unpacked"),
        (lambda b: b"\xd0\xcf\x11\xe0" + b"x" * 99, "has the old .xls format, or a password"),
        (lambda b: packed({"a": "x"}), "cannot be read as a workbook"),
        (lambda b: packed({"bomb": b"\0" * 4_000_001}), "unpacks to 4,000,001 bytes"),
        (lambda b: packed({str(n): "" for n in range(201)}), "in 201 parts"),
        (lambda b: repacked(b, "xl/vbaProject.bin", lambda _: b"x"), "contains macros"),
        (lambda b: repacked(b, "xl/sharedStrings.xml", lambda _: b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "declares XML entities"),
        (lambda b: repacked(b, "xl/sharedStrings.xml", lambda _: "<!DOCTYPE a><a/>".encode("utf-16")), "declares XML entities"),
        (lambda b: repacked(b, "xl/worksheets/sheet2.xml", lambda d: d[:-30]), "cannot be read as a workbook"),
        (lambda b: repacked(b, "xl/worksheets/sheet2.xml", lambda d: re.sub(rb'<row r="3"', b'<row r="x"', d)), "cannot be read as a workbook"),
    ],
)  # fmt: skip
def test_workbooks_that_are_refused(make, said, blank, halfway, tmp_path):
    path = tmp_path / "v.xlsx"
    path.write_bytes(make(blank))
    before = snapshot(halfway)
    error = run("ballots", "import", "--open", halfway, path, code=2).stderr
    assert said in error
    assert str(path) in error
    assert snapshot(halfway) == before


def test_sheets_too_long_or_with_a_hole_of_a_million_rows(blank, catalog, tmp_path, monkeypatch):
    votes = {(ONE, "methodology"): (3, "")}

    def far(book):
        book[ONE]["A1048576"] = "methodology"

    path = fill(blank, tmp_path / "far.xlsx", votes, change=far)
    assert read_ballot_form(path, catalog)[0].votes == (vote(comment=""),)
    monkeypatch.setattr(xlsx_reader, "MAX_ROWS", 5)
    assert f"the sheet {ONE} has more than 5 rows" in "\n".join(
        problems(read_ballot_form, fill(blank, tmp_path / "b.xlsx", votes, name="A"), catalog)
    ).replace("Start", ONE)


@pytest.mark.parametrize("name", ["v.xlsm", "v.xls", "v.ods", "v"])
def test_other_kinds_of_files_and_missing_ones(name, catalog, tmp_path):
    path = tmp_path / name
    path.write_bytes(b"x")
    assert "not a .xlsx or .csv file" in problems(read_ballot_form, path, catalog)[0]
    found = problems(read_ballot_forms, [tmp_path / "a.csv", path, tmp_path], catalog)
    assert len(found) == 3
    assert "no such file" in found[0]


# The command line


def test_other_votes_need_replace(halfway, catalog, blank, tmp_path):
    first = fill(
        blank, tmp_path / "1.xlsx", {(ONE, "methodology"): (3, "x"), (ONE, "roadmap"): (1, "")}
    )
    other = fill(blank, tmp_path / "2.xlsx", {(ONE, "methodology"): (2, "x")})
    run("ballots", "import", "--open", halfway, first)
    before = snapshot(halfway)
    error = run("ballots", "import", "--open", halfway, other, code=2).stderr
    assert "votes.methodology: ana-silva has already voted differently" in error
    assert "--replace" in error
    assert snapshot(halfway) == before
    run("ballots", "import", "--open", halfway, other, "--replace")
    [found] = load_ballots(halfway, catalog)
    assert [(v.criterion, v.level) for v in found.votes] == [("methodology", 2), ("roadmap", 1)]
    run("ballots", "import", "--open", halfway, other, "--name", "Ben")
    assert [b.assessor for b in load_ballots(halfway, catalog)] == ["ana-silva", "ben"]


def test_two_files_that_contradict_one_another(blank, catalog, tmp_path):
    one = fill(blank, tmp_path / "1.xlsx", {(ONE, "methodology"): (3, "")})
    two = fill(blank, tmp_path / "2.xlsx", {(ONE, "methodology"): (2, "")})
    [found] = problems(read_ballot_forms, [one, two], catalog)
    assert "2.xlsx:3: GENAIPR-001!D3: Ana Silva votes twice on methodology" in found
    assert "1.xlsx, GENAIPR-001!D3" in found


@settings(max_examples=20, deadline=None)
@given(levels=st.lists(st.sampled_from([None, 0, 1, 2, 3, 4]), min_size=3, max_size=3))
def test_the_list_says_the_same_whatever_was_voted(levels, tmp_path_factory, catalog):
    folder = tmp_path_factory.mktemp("blind")
    (folder / "assessment.yaml").write_text("format: 1\n")
    criteria = [c.id for c in catalog.control(ONE).criteria][:3]
    votes = (vote(c, n, f"secret {n}") for c, n in zip(criteria, levels, strict=True))
    save_ballot(folder, ballot(*votes))
    listed = run("ballots", "list", folder)
    count = len(catalog.control(ONE).criteria)
    assert (
        listed.stdout
        == f"{ONE}  ana-silva             voted on 3 of {count} criteria: 0 sealed, 3 open  Ana Silva\n"
    )
    assert listed.stderr == "1 assessor; levels are not shown.\n"
    [row] = json.loads(run("ballots", "list", folder, "--json").stdout)
    assert row == {
        "control": ONE,
        "assessor": "ana-silva",
        "name": "Ana Silva",
        "votes": 3,
        "sealed": 0,
        "criteria": count,
        "here": True,
    }


def test_list_of_nothing_of_anonymous_and_of_broken_ballots(halfway):
    assert "No votes yet" in run("ballots", "list", halfway).stderr
    assert json.loads(run("ballots", "list", halfway, "--json").stdout) == []
    path = put(halfway, f"control: {ONE}\nassessor: voter-7\n", f"{ONE}/voter-7.yaml")
    assert run("ballots", "list", halfway).stdout.endswith("0 sealed, 0 open\n")
    path.write_text("votes: 3\n")
    run("ballots", "list", halfway, code=2)


def test_votes_leave_no_trace_in_the_log(halfway, blank, tmp_path):
    path = fill(blank, tmp_path / "1.xlsx", {(ONE, "methodology"): (3, "hush")})
    run("ballots", "import", "--open", halfway, path)
    assert run("log", halfway).stdout == ""
    assert not any(
        b"hush" in p.read_bytes() for p in (halfway / ".calib").rglob("*") if p.is_file()
    )
    assert yaml.safe_load((halfway / "ballots" / ONE / "ana-silva.yaml").read_text())["votes"]


def test_help_examples_typos_and_examples(tmp_path):
    for command in ((), ("form",), ("import",), ("list",), ("compare",)):
        assert "calib ballots " in run("ballots", *command, "--help").stdout
    run("ballots", "lsit", "x", code=2)
    run("ballots", "import", tmp_path, code=2)
    (tmp_path / "v.csv").write_text("")
    error = run("ballots", "import", "example:halfway", tmp_path / "v.csv", code=2).stderr
    assert "the examples are read-only" in error
    assert (
        "not an assessment" in run("ballots", "import", tmp_path, tmp_path / "v.csv", code=2).stderr
    )


def test_compare_shows_where_the_ballots_differ(halfway, tmp_path):
    for name, levels in {"Ana": (3, 3), "Ben": (3, 1), "Cy": (3, 3)}.items():
        rows = zip(("methodology", "roadmap"), levels, strict=True)
        lines = [f"{ONE},{criterion},{level},,{name}" for criterion, level in rows]
        path = tmp_path / f"{name}.csv"
        path.write_text("\n".join(["control,criterion,level,comment,name", *lines]))
        run("ballots", "import", "--open", halfway, path)
    shown = run("ballots", "compare", halfway, "--strictness").stdout
    assert "ask first: ben" in shown
    assert "All three chose 3." in shown
    found = json.loads(run("ballots", "compare", halfway, "--json", "--minutes", "30").stdout)
    [control] = found["agreement"]["controls"]
    rows = {a["criterion"]: (a["median"], a["spread"]) for a in control["criteria"]}
    assert rows == {"methodology": (3, 0), "roadmap": (3, 2)}
    assert [item["minutes"] for item in found["agenda"]] == [30]


def test_compare_of_nothing_says_so(halfway):
    assert "No votes yet" in run("ballots", "compare", halfway).stderr
