"""The house holds: floors, heavy libraries in their rooms, no content in code, sizes."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from calib.catalog import load_lexicon

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "calib"
MODULES = sorted(PACKAGE.rglob("*.py"))

# Imports point down. Rooms of one floor do not import one another.
FLOORS = {
    "problems": 0, "places": 0, "characters": 0, "regular": 0, "model": 0, "__init__": 0,
    "cues": 1, "yamlfile": 1,
    "catalog": 2, "carryover": 2, "store": 2,
    "review": 3, "qualification": 3, "gaps": 3, "levels": 3, "workshop": 3,
    "scoring": 4,
    "plan": 5, "milestones": 5, "differences": 5, "portfolio": 5,
    "exchange": 6,
    "views": 7,
    "attended": 8, "report": 8, "room": 8, "workbook": 9,
    "batch": 9,
    "cli": 10, "__main__": 11,
}  # fmt: skip
HEAVY = {
    "plotly": {"views.charts"}, "papermill": {"report.write", "report.engine"},
    "nbconvert": {"report.exporters"}, "typst": {"report.pdf"}, "ipywidgets": {"views.forms"},
    "pandas": {"views.tables"}, "IPython": {"report.shell", "report.progress", "workbook"}, "nbformat": {"report"},
    "fontTools": {"report.pdf"}, "click": {"cli"},
    "xlsxwriter": {"exchange"}, "openpyxl": {"exchange"},
    "filelock": {"store", "batch.run"}, "cryptography": {"store"}, "tornado": {"room"},
    "distributed": {"batch.cluster"}, "dask": {"batch.cluster"}, "fsspec": {"batch.storage"},
    "segno": {"room", "views.forms"}, "docx": {"exchange"},
    # Brings a dozen packages along: for tests alone.
    "trestle": set(),
    # Under the GPL, and the package is under MIT: for tests alone.
    "krippendorff": set(),
}  # fmt: skip

# They read what we ship, what they have just written, or private files of ours; and what a user
# names to the command line, where a pipe is welcome.
OWN_FILES = {
    "catalog", "review.borrowed", "review.weights", "report.content", "report.exporters",
    "views.forms.live", "room.pages", "workbook", "batch.record", "store.ballots", "store.keys",
    "store.memory", "store.rooms", "store.seats", "exchange.awsworkbook.taking",
    "exchange.awsworkbook.writing", "cli.batching", "cli.editing", "cli.exporting", "cli.main",
    "cli.seating", "cli.standards",
}  # fmt: skip


def name(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def room(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


def imports(path: Path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((a.name, node) for a in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node
            if node.module == "calib":
                yield from ((f"calib.{a.name}", node) for a in node.names)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_point_down(path):
    here = room(name(path))
    for module, _ in imports(path):
        if module.startswith("calib."):
            there = room(module.removeprefix("calib."))
            if there != here and there in FLOORS:
                assert FLOORS[there] < FLOORS[here], f"{name(path)} imports {module}"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_heavy_libraries_stay_in_their_rooms(path):
    for module, _ in imports(path):
        allowed = HEAVY.get(module.split(".")[0])
        if allowed is not None:
            assert any(name(path).startswith(a) for a in allowed), f"{name(path)} imports {module}"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_control_id_stands_in_code(path):
    assert not re.search(r"GENAI(?:PR|CEX)-\d", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_what_lies_in_a_folder_is_read_only_where_it_is_a_file(path):
    """Through calib/regular.py: a pipe under a file's name would hold its reader up for ever."""
    text = path.read_text(encoding="utf-8")
    calls = (n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call))
    found = {n.func.attr for n in calls if isinstance(n.func, ast.Attribute)}
    assert name(path) in OWN_FILES or not found & {"read_bytes", "read_text"}


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_modules_and_functions_stay_small(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 310
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno <= 45, node.name


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_only_the_command_line_prints_and_only_edges_ask_the_clock(path):
    text = path.read_text(encoding="utf-8")
    if room(name(path)) != "cli":
        assert not re.search(r"(?<![\w.])print\(", text)
    if room(name(path)) not in ("cli", "report", "store", "workbook", "room"):
        assert not re.search(r"\b(?:today\(\)|now\(\)|time\.time|random\.|os\.environ)", text)


def test_every_room_has_a_floor():
    assert {room(name(p)) for p in MODULES} <= set(FLOORS)


def test_no_utils():
    assert not [p for p in MODULES if re.search(r"util|helper|manager|common|misc", p.name)]


def test_import_calib_loads_nothing_heavy():
    code = "import calib, sys; print([m for m in ('pydantic','yaml','pandas','plotly','nbconvert','papermill') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_scoring_loads_no_notebook_machinery():
    code = "import calib, sys; calib.assess; print([m for m in ('pandas','plotly','nbconvert','papermill','IPython') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_the_words_are_used_as_the_lexicon_says():
    terms = load_lexicon()
    assert {"assessment", "control", "criterion", "finding", "gap", "readiness"} <= {
        t.term for t in terms
    }
    public = re.findall(
        r"^\s*(?:class|def) ([A-Za-z]\w+)", "\n".join(p.read_text() for p in MODULES), re.MULTILINE
    )
    for word in public:
        assert not re.search(
            r"questionnaire|checklist|helper|manager|utils?$", word, re.IGNORECASE
        ), word
