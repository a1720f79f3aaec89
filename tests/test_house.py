"""The house holds: floors, heavy libraries in their rooms, no content in code, sizes."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from calib.catalog.load import load_lexicon

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "calib"
MODULES = sorted(PACKAGE.rglob("*.py"))

# Imports point down. Rooms of one floor do not import one another.
FLOORS = {
    "errors": 0, "text": 0, "resources": 0, "phrases": 0, "model": 0, "__init__": 0,
    "files": 1,
    "yamledit": 2, "catalog": 2, "documents": 2,
    "store": 3, "review": 3, "qualification": 3, "workshop": 3,
    "ballots": 4, "scoring": 4,
    "diff": 5, "portfolio": 5,
    "exchange": 6,
    "render": 7,
    "forms": 8, "report": 8, "voting_server": 8,
    "batch": 9, "notebook": 9,
    "workbook": 10,
    "cli": 11, "__main__": 12,
}  # fmt: skip
HEAVY = {
    "plotly": {"render.charts"}, "papermill": {"report.run_notebook", "report.engine"},
    "nbconvert": {"report.exporters"}, "typst": {"report.typst_pdf"}, "ipywidgets": {"forms"},
    "pandas": {"render.dataframes"}, "IPython": {"report.shell", "report.progress", "notebook"}, "nbformat": {"report"},
    "fontTools": {"report.typst_pdf"}, "click": {"cli"},
    "xlsxwriter": {"exchange"}, "openpyxl": {"exchange", "documents"},
    "filelock": {"store", "ballots", "batch.run"}, "cryptography": {"ballots"}, "tornado": {"voting_server"},
    "distributed": {"batch.cluster"}, "dask": {"batch.cluster"}, "fsspec": {"batch.storage"},
    "segno": {"voting_server", "forms"}, "docx": {"exchange", "documents"},
    "pptx": {"documents"}, "pypdfium2": {"documents"}, "lxml": {"documents"}, "charset_normalizer": {"documents"},
    # Brings a dozen packages along: for tests alone.
    "trestle": set(),
    # Under the GPL, and the package is under MIT: for tests alone.
    "krippendorff": set(),
}  # fmt: skip

# They read what we ship, what they have just written, or private files of ours; and what a user
# names to the command line, where a pipe is welcome.
OWN_FILES = {
    "catalog.load", "review.copied_text", "review.weights", "report.style_sheet", "report.exporters",
    "forms.form", "voting_server.static", "notebook", "batch.manifest", "ballots.files",
    "ballots.keys", "store.cache", "ballots.server_lock", "ballots.seats",
    "exchange.aws_workbook.importer", "exchange.aws_workbook.writer", "cli.batch", "cli.open",
    "cli.export", "cli.options", "cli.join_codes", "cli.export_standards", "cli.schema",
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
    """Through calib/files/regular.py: a pipe under a file's name would hold its reader up for ever."""
    text = path.read_text(encoding="utf-8")
    calls = (n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call))
    found = {n.func.attr for n in calls if isinstance(n.func, ast.Attribute)}
    assert name(path) in OWN_FILES or not found & {"read_bytes", "read_text"}


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_modules_and_functions_stay_small(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 330
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 50, node.name


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_only_the_command_line_prints_and_only_edges_ask_the_clock(path):
    text = path.read_text(encoding="utf-8")
    if room(name(path)) != "cli":
        assert not re.search(r"(?<![\w.])print\(", text)
    # The cache folder's place depends on the environment, but nothing that is computed does.
    if name(path) != "files.cache_folder" and room(name(path)) not in (
        "cli",
        "report",
        "store",
        "ballots",
        "forms",
        "notebook",
        "voting_server",
    ):
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


def public_names(tree: ast.Module) -> Iterator[str]:
    """Yield the names of classes and functions as words: `ImportOutcome` is "import outcome"."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", " ", node.name)


def texts_for_users(path: Path, tree: ast.Module) -> Iterator[str]:
    """Yield the strings that are prose, except docstrings; those of commands are help texts."""
    docstrings = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            docstrings.add(node.value)
    is_command = room(name(path)) == "cli"
    for node in ast.walk(tree):
        is_prose = isinstance(node, ast.Constant) and " " in str(node.value)
        if is_prose and (is_command or node not in docstrings):
            yield str(node.value)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_the_words_are_used_as_the_lexicon_says(path):
    """No name, message, label or help text has a synonym that the lexicon rules out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    texts = [*public_names(tree), *texts_for_users(path, tree)]
    for term in load_lexicon():
        for word in term.avoid:
            pattern = rf"(?<![\w-]){re.escape(word)}(?:s|es)?(?![\w-])"
            found = [t for t in texts if re.search(pattern, t, re.IGNORECASE)]
            assert not found, f"write {term.term!r} instead of {word!r}: {found[:3]}"


def test_the_lexicon_has_no_rival_terms():
    terms = load_lexicon()
    names = {t.term for t in terms}
    assert {"assessment", "control", "criterion", "finding", "gap", "readiness"} <= names
    avoided = [word for t in terms for word in t.avoid]
    assert all(t.avoid for t in terms)
    assert not names & set(avoided)
    assert len(avoided) == len(set(avoided)), "a synonym belongs to one term"


def test_no_generic_names():
    """`helper` and `manager` say nothing; a questionnaire or checklist is an assessment here."""
    for path in MODULES:
        for words in public_names(ast.parse(path.read_text(encoding="utf-8"))):
            assert not re.search(
                r"\b(?:questionnaire|checklist|helper|manager)s?\b|\butils?$", words, re.IGNORECASE
            ), f"{name(path)}: {words}"
