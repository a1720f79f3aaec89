"""The notebooks are thin, clean, and run anywhere without writing anything."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

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
