"""The project's files agree with one another."""

from __future__ import annotations

import functools
import json
import operator
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from calib import __version__
from calib.resources import resource_path

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_conda_takes_the_versions_of_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))[
        "dependencies"
    ]
    pip = next(d["pip"] for d in environment if isinstance(d, dict))
    given = [d for d in [*environment, *pip] if isinstance(d, str)]
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]
    for requirement in PROJECT["dependencies"]:
        assert requirement in given
    assert f"python{PROJECT['requires-python']}" in given
    assert "-e .[test,app,cluster]" in given
    named = {re.split(r"[<>=]", d)[0] for d in wanted}
    for requirement in given:
        if re.split(r"[<>=]", requirement)[0] in named:
            assert requirement in wanted


def test_the_lock_covers_every_dependency_and_names_no_address():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"://|--index|--find-links|--extra-index", lock)
    locked = {line.split("==")[0].lower() for line in lock.splitlines() if "==" in line}
    everything = [
        *PROJECT["dependencies"],
        *functools.reduce(operator.iadd, PROJECT["optional-dependencies"].values(), []),
    ]
    for requirement in everything:
        assert re.split(r"[<>=]", requirement)[0].lower() in locked, requirement


def test_every_dependency_earns_its_place():
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    everything = [
        *PROJECT["dependencies"],
        *functools.reduce(operator.iadd, PROJECT["optional-dependencies"].values(), []),
    ]
    for requirement in everything:
        name = re.split(r"[<>=]", requirement)[0]
        assert re.search(rf"^\| {re.escape(name)} \|", page, re.MULTILINE), name


def test_the_changelog_knows_this_version():
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_schema_is_the_one_of_the_models():
    from click.testing import CliRunner

    from calib.cli import main

    printed = CliRunner().invoke(main, ["schema", "result"]).stdout
    stored = (ROOT / "docs" / "result.schema.json").read_text(encoding="utf-8")
    assert json.loads(printed) == json.loads(stored), "run `make schema`"


def test_the_readme_shows_commands_that_exist():
    commands = set(re.findall(r"^\s*(?:\$ )?calib ([a-z]+)", README, re.MULTILINE))
    assert {"new", "score", "report"} <= commands
    for command in commands:
        done = subprocess.run(
            [sys.executable, "-m", "calib", command, "--help"], capture_output=True, check=False
        )
        assert done.returncode == 0, command
    targets = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?:`|^    )make ([a-z]+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", targets, re.MULTILINE), target


def test_pictures_and_pages_that_the_readme_names_are_there():
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", README):
        assert (ROOT / target).exists(), target


def test_a_python_without_venv_gets_a_clear_message(tmp_path):
    for module in ("venv", "virtualenv"):
        (tmp_path / f"{module}.py").write_text("raise SystemExit(1)")
    done = subprocess.run(
        [sys.executable, ROOT / "setup_environment.py", tmp_path / "env"], capture_output=True,
        text=True, check=False, env={"PYTHONPATH": str(tmp_path), "PATH": "/nonexistent"},
    )  # fmt: skip
    assert done.returncode == 1
    assert "apt install python3-venv" in done.stderr
    assert "conda env create" in done.stderr
    assert not (tmp_path / "env").exists()


@pytest.mark.slow
def test_a_wheel_works_outside_the_checkout(tmp_path):
    """Build, install in an empty environment, and use it by name as nbconvert and papermill do."""
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", tmp_path, ROOT], check=True
    )
    [wheel] = tmp_path.glob("calib-*.whl")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True)
    bin_ = tmp_path / "env" / "bin"
    lock = ROOT / "requirements.lock"
    subprocess.run([bin_ / "python", "-m", "pip", "install", "-q", "-c", lock, wheel], check=True)
    calib = bin_ / "calib"
    subprocess.run([calib, "new", "acme", "--partner", "Acme"], check=True, cwd=tmp_path)
    subprocess.run(
        [calib, "report", "acme", "-o", "out", "--format", "html,pdf,json,ipynb"],
        check=True,
        cwd=tmp_path,
    )
    names = {p.name for p in (tmp_path / "out").iterdir()}
    assert names == {
        "readiness-report.html",
        "readiness-report.pdf",
        "readiness-report.ipynb",
        "result.json",
    }
    run = tmp_path / "out" / "readiness-report.ipynb"
    jupyter = bin_ / "jupyter"
    subprocess.run(
        [jupyter, "nbconvert", "--to", "html", "--template", "readiness", "--output", "again", run],
        check=True,
        cwd=tmp_path,
    )
    subprocess.run(
        [jupyter, "nbconvert", "--to", "readiness-pdf", "--output", "again", run],
        check=True,
        cwd=tmp_path,
    )
    for kind in ("html", "pdf"):
        first = (tmp_path / "out" / f"readiness-report.{kind}").read_bytes()
        assert (tmp_path / "out" / f"again.{kind}").read_bytes() == first
    assert "shipped" not in str(resource_path("data"))  # this process reads the checkout
