"""The notebooks are thin, clean, and run anywhere without writing anything."""

from __future__ import annotations

import ast
import hashlib
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from papermill import execute_notebook
from papermill.engines import papermill_engines

from calib import notebook, workbook
from calib.forms import kernel_session
from calib.report.engine import InProcessEngine
from calib.store.locate import find_assessment

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_is_thin_and_clean(path):
    nb = nbformat.read(path, as_version=4)
    nbformat.validate(nb)
    code = [c for c in nb.cells if c.cell_type == "code"]
    assert len(code) <= 6
    assert code[0]["metadata"].get("tags") == ["parameters"]
    assert sum(c["metadata"].get("tags") == ["parameters"] for c in nb.cells) == 1
    for line in code[0].source.splitlines():
        assert re.fullmatch(r'[a-z_]+ = (".*?"|\d+|True|False)  # .+', line), line
    for cell in code:
        assert not cell.outputs
        assert cell.execution_count is None
        assert re.fullmatch(r"[a-z][a-z0-9-]+", cell.id)
    for cell in code[1:]:
        assert len([line for line in cell.source.splitlines() if line.strip()]) <= 5
        for node in ast.walk(ast.parse(cell.source)):
            assert not isinstance(node, ast.If | ast.For | ast.While | ast.Try | ast.FunctionDef), (
                cell.source
            )
            if isinstance(node, ast.ImportFrom):
                assert node.module.startswith("calib")
            assert not isinstance(node, ast.Import)
    assert set(nb.metadata) == {"kernelspec", "language_info"}


def test_notebooks_pass_nbval():
    """Run each in a kernel from its own folder; stripped outputs make this a smoke run."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--nbval-lax",
        "--nbval-current-env",
        "-p",
        "no:cacheprovider",
        "-c",
        "/dev/null",
        "--rootdir",
        str(ROOT),
        *map(str, NOTEBOOKS),
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_outputs_are_stripped_as_pre_commit_does():
    keys = "metadata.papermill cell.metadata.papermill metadata.language_info.version"
    tool = Path(sys.executable).parent / "nbstripout"
    subprocess.run([tool, "--verify", "--keep-id", "--extra-keys", keys, *NOTEBOOKS], check=True)


@pytest.mark.parametrize("example", ["strong", "halfway", "insufficient"])
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_shows_every_example_to_a_program_and_writes_nothing(
    path, example, tmp_path, monkeypatch
):
    """Run by papermill: the same content as text, from any folder, and no file is touched."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    papermill_engines.register("calib", InProcessEngine)
    folder = find_assessment(f"example:{example}")
    before = fingerprint(folder)
    name = "assessments" if path.stem == "60_portfolio" else "assessment"
    values = {name: f"example:{example}", "report_date": "2026-11-22"}
    nb = execute_notebook(
        path, None, values, engine_name="calib", progress_bar=False, kernel_name="python3"
    )
    shown = "".join(o["data"].get("text/html", "") for c in nb.cells for o in c.get("outputs", []))
    assert 'class="calib"' in shown
    assert not re.findall(r"<script(?! id=\"[a-z-]+\" type=\"application/json\")", shown)
    assert "widgets" not in nb.metadata
    assert fingerprint(folder) == before
    assert list(tmp_path.iterdir()) == []


def fingerprint(folder):
    return {p: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize("example", ["strong", "halfway", "insufficient"])
def test_papermill_with_a_kernel_of_its_own(example, tmp_path):
    """The same with stock papermill, for a form and for the start."""
    tool = Path(sys.executable).parent / "papermill"
    for name in ("00_start", "23_privacy_security"):
        [path] = [p for p in NOTEBOOKS if p.stem == name]
        out = tmp_path / f"{name}.ipynb"
        subprocess.run([tool, path, out, "-p", "assessment", f"example:{example}", "--no-progress-bar"],
                       check=True, capture_output=True, cwd=tmp_path)  # fmt: skip
        nb = nbformat.read(out, as_version=4)
        assert any("text/html" in o.get("data", {}) for c in nb.cells for o in c.get("outputs", []))


@pytest.mark.parametrize("name", notebook.__all__)
def test_the_deprecated_module_gives_the_same_objects_with_a_warning(name):
    with pytest.warns(DeprecationWarning, match=r"import calib\.notebook instead"):
        assert getattr(workbook, name) is getattr(notebook, name)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ATTENDED", kernel_session.LIVE_FORMS),
        ("attend", kernel_session.track_form),
        ("retire", kernel_session.close_form),
        ("chosen", notebook.selected_assessment),
        ("remember", notebook.remember_assessment),
        ("POINTER", notebook.POINTER_VARIABLE),
        ("ROOM", notebook.VOTING_URLS_VARIABLE),
    ],
)
def test_the_deprecated_module_knows_the_names_that_changed(old, new):
    with pytest.warns(DeprecationWarning, match=r"import calib\.notebook instead"):
        assert getattr(workbook, old) is new


def test_a_notebook_of_an_older_version_still_imports_its_form():
    with pytest.warns(DeprecationWarning, match=r"import calib\.notebook instead"):
        from calib.workbook import open_control
    assert open_control is notebook.open_control


def test_the_deprecated_module_has_no_other_names():
    with pytest.raises(AttributeError, match="no_such_name"):
        workbook.no_such_name  # noqa: B018  the access itself is tested
