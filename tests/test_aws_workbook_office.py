"""What LibreOffice makes of the AWS workbook: a second reader, and a second writer."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "aws_books"))

import openpyxl
import pytest
from awsbooks import CONTROLS, EXAMPLE, KNOWN, build

from calib import load_assessment
from calib.cli import main
from calib.exchange.aws_workbook.case_study_text import case_study_fields, format_case_study
from calib.exchange.aws_workbook.reader import read_workbook
from calib.store.session import Store

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
SHOWN = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "_x0041_ & <b>",
    "tab\there\n\n  indented\n日本 \U0001f600",
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        OFFICE is None, reason="needs LibreOffice: apt-get install libreoffice-calc"
    ),
]


def run(*args):
    main([str(a) for a in args], standalone_mode=False)


def converted(path, to, folder):
    """Let LibreOffice read a file and write it in another format."""
    profile = folder / "profile"
    command = [
        OFFICE,
        "--headless",
        f"-env:UserInstallation={profile.as_uri()}",
        "--convert-to",
        to,
    ]
    subprocess.run(
        [*command, "--outdir", str(folder), str(path)], check=True, capture_output=True, timeout=180
    )


def shown(path, folder):
    """What LibreOffice shows in each cell, by sheet."""
    folder.mkdir(exist_ok=True)
    converted(path, CSV, folder)
    found = {}
    for one in folder.glob("*.csv"):
        with one.open(newline="", encoding="utf-8") as stream:
            found[one.stem.removeprefix(f"{path.stem}-")] = list(csv.reader(stream))
    return found


def at(sheets, place):
    sheet, _, cell = place.partition("!")
    return sheets[sheet][int(cell[1:]) - 1][ord(cell[0]) - 65]


@pytest.mark.parametrize("shape", KNOWN, ids=lambda s: s.name)
def test_it_reads_what_was_filled_and_all_else_as_before(tmp_path, catalog, halfway, shape):
    made = build(shape, {("POV-001", 0, 0): "Ours", ("UCR-001", 3, 0): "Acme\nBank"})
    (tmp_path / "blank.xlsx").write_bytes(made.data)
    store = Store.open(halfway, "Ann")
    for control, text in zip(CONTROLS, SHOWN, strict=True):
        file = f"controls/{control}.yaml"
        store.set(file, "narrative", store.get(file, "narrative"), text)
    run("fill", halfway, tmp_path / "blank.xlsx", "-o", tmp_path / "filled.xlsx")
    before = shown(tmp_path / "blank.xlsx", tmp_path / "before")
    after = shown(tmp_path / "filled.xlsx", tmp_path / "after")
    wanted = {made.where[c, 0, 0]: t for c, t in zip(CONTROLS, SHOWN, strict=True)}
    studies = {
        s.order: s
        for s in load_assessment(halfway, catalog).case_studies
        if s.status == "submitted"
    }
    wanted |= {
        made.where[EXAMPLE, n, 0]: format_case_study(case_study_fields(s))
        for n, s in studies.items()
    }
    assert len(wanted) == 10
    for place, text in wanted.items():
        assert at(after, place) == text
    mets = [place for key, place in made.met.items() if made.where[key] in wanted]
    assert {at(after, place) for place in mets} <= {"Yes", "No"}
    for name, rows in before.items():
        if name != "Introduction":  # the formula there counts anew
            for row, (old, new) in enumerate(zip(rows, after[name], strict=True), start=1):
                for column, (one, other) in enumerate(zip(old, new, strict=True)):
                    place = f"{name}!{chr(65 + column)}{row}"
                    assert one == other or place in wanted or place in mets, place


@pytest.mark.parametrize("shape", KNOWN, ids=lambda s: s.name)
def test_what_it_saves_is_read_and_filled_again(tmp_path, catalog, halfway, shape):
    made = build(shape)
    texts = {key: f"Answer of {' '.join(map(str, key))}\nand more <&>" for key in made.where}
    made = build(shape, texts, dict.fromkeys(made.met, "No"))
    (tmp_path / "made.xlsx").write_bytes(made.data)
    converted(tmp_path / "made.xlsx", "xlsx", tmp_path / "office")
    path = tmp_path / "office" / "made.xlsx"
    assert path.read_bytes() != made.data
    read = read_workbook(path, catalog)
    assert {e.place: e.text for e in read.answers.entries} == made.cells
    run("fill", halfway, path, "-o", tmp_path / "filled.xlsx")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        old, new = openpyxl.load_workbook(path), openpyxl.load_workbook(tmp_path / "filled.xlsx")
    own = load_assessment(halfway, catalog)
    for control in CONTROLS:
        sheet, _, cell = made.where[control, 0, 0].partition("!")
        assert new[sheet][cell].value == own.response(control).narrative.rstrip()
        assert new[sheet][cell].style_id == old[sheet][cell].style_id
    for name in old.sheetnames:
        assert sorted(str(d.sqref) for d in old[name].data_validations.dataValidation) == sorted(
            str(d.sqref) for d in new[name].data_validations.dataValidation
        )
    assert len(new[shape.sheets[0]].data_validations.dataValidation) >= 1


def test_the_drop_downs_still_work_in_it(tmp_path, catalog, halfway):
    """Every row of Met? keeps its list, also the one of the extension, when it is saved there."""
    made = build(KNOWN[0])
    (tmp_path / "blank.xlsx").write_bytes(made.data)
    run("fill", halfway, tmp_path / "blank.xlsx", "-o", tmp_path / "filled.xlsx")
    lists = {}
    for name in ("blank", "filled"):
        converted(tmp_path / f"{name}.xlsx", "xlsx", tmp_path / "office")
        saved = openpyxl.load_workbook(tmp_path / "office" / f"{name}.xlsx")
        lists[name] = {
            (sheet.title, str(one.sqref), one.formula1)
            for sheet in saved for one in sheet.data_validations.dataValidation
        }  # fmt: skip
    assert lists["filled"] == lists["blank"]
    assert any("Lists" in (formula or "") for _, _, formula in lists["filled"])
