"""What the tests of the AWS workbook share: files, commands, an assessment that is quickly judged."""

from __future__ import annotations

import warnings
from datetime import date
from pathlib import Path

import openpyxl
from awsbooks import CONTROLS, KNOWN, build
from click.testing import CliRunner

from calib import load_catalog
from calib.cli import main
from calib.exchange.aws_workbook.reader import read_workbook
from calib.store.create import create_assessment
from calib.store.locate import find_assessment
from calib.yamledit.edit import set_field

TODAY = date(2026, 11, 22)
BLANK = build(KNOWN[0]).data
CATALOG = load_catalog()
ONE, TWO, THREE = CONTROLS[:3]
FORMULAS = (
    "=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x.example","y")', "=cmd|' /C calc'!A0",
    "\t=1+1", " =1+1", "'=1+1", "=", "-", "- a bullet\n- another", "+49 30 1234", "@name",
    "{=1+1}", '=IMPORTXML("http://x.example")', "-2+3+cmd|' /C calc'!A0",
)  # fmt: skip


def every(made, word="Response"):
    """A text for every slot, each of its own."""
    return {key: f"{word} to {' '.join(map(str, key))}\nSecond line." for key in made.where}


def write(tmp_path, made, name="workbook.xlsx") -> Path:
    path = tmp_path / name
    path.write_bytes(made if isinstance(made, bytes) else made.data)
    return path


def run(*args, code=0):
    result = CliRunner().invoke(main, [str(a) for a in args])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


def tree(folder):
    return {p: p.read_bytes() for p in sorted(Path(folder).rglob("*")) if p.is_file()}


def book(tmp_path, catalog, made):
    return read_workbook(write(tmp_path, made), catalog)


def found(read):
    return {e.place: e.text for e in read.answers.entries if e.text}


def opened(path, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says itself that it loses the extension lists
        return openpyxl.load_workbook(path, **options)


def make_quick(folder):
    """Make an assessment with four case studies and short texts."""
    create_assessment(folder, CATALOG, partner="Acme", like=find_assessment("example:halfway"))
    for control in CONTROLS:
        path = folder / "controls" / f"{control}.yaml"
        text = set_field(
            path.read_text(), ("narrative",), f"Response to {control}.\nMore of it.\n"
        ).text
        path.write_text(text)
    return folder
