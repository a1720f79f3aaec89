"""What each command loads: a command that loads a library it does not need starts late."""

from __future__ import annotations

import subprocess
import sys

import pytest

PRINT_MODULES = """
import atexit, sys
atexit.register(lambda: print("MODULES", *sys.modules))
from calib.cli import main
main(sys.argv[1:])
"""

NOTEBOOKS = {
    "papermill",
    "nbconvert",
    "nbformat",
    "nbclient",
    "jupyter_client",
    "IPython",
    "jsonschema",
}
WEB = {"requests", "urllib3", "boto3", "botocore", "tornado", "http.client"}
TABLES = {"pandas", "plotly", "openpyxl", "xlsxwriter", "docx", "numpy"}
PDF = {"typst", "fontTools"}
WORKSHOP = {"cryptography", "segno", "calib.ballots", "calib.workshop", "calib.voting_server"}
DOCUMENTS = {"pypdfium2", "pptx", "lxml", "charset_normalizer", "calib.documents"}
MODELS = {"pydantic", "yaml", "calib.model", "calib.catalog.load"}
VIEWS = {"calib.render", "calib.report", "calib.forms", "calib.exchange"}

# Command, and what it must not load.
COMMANDS = {
    ("--version",): NOTEBOOKS | WEB | TABLES | PDF | WORKSHOP | MODELS | VIEWS,
    ("score", "--help"): NOTEBOOKS | WEB | TABLES | PDF | WORKSHOP | VIEWS | MODELS | DOCUMENTS,
    ("evidence", "--help"): NOTEBOOKS | WEB | TABLES | PDF | WORKSHOP | VIEWS | MODELS | DOCUMENTS,
    ("evidence", "read", __file__): (
        # Only the processes that read documents load libraries.
        NOTEBOOKS | WEB | TABLES | PDF | WORKSHOP | VIEWS | MODELS | (DOCUMENTS - {"calib.documents"})
    ),
    ("--help",): NOTEBOOKS | WEB | TABLES | PDF | WORKSHOP - {"calib.workshop", "calib.ballots"},
    ("score", "example:strong"): NOTEBOOKS | WEB | TABLES | PDF | WORKSHOP | VIEWS | DOCUMENTS,
    ("check", "example:strong"): NOTEBOOKS | WEB | TABLES | PDF | WORKSHOP | VIEWS | DOCUMENTS,
    ("plan", "example:halfway"): NOTEBOOKS | WEB | TABLES | PDF | WORKSHOP | VIEWS | DOCUMENTS,
    ("qualify", "example:halfway"): NOTEBOOKS | WEB | TABLES | PDF | WORKSHOP | VIEWS | DOCUMENTS,
    ("review", "example:strong"): NOTEBOOKS | WEB | TABLES | PDF | WORKSHOP,
    ("report", "example:strong", "-o", "out", "--format", "html,json"): (
        # jupyter_client brings tornado; nbconvert brings http.client. calib.ballots and
        # calib.workshop are loaded for the chapter on a workshop.
        (WEB - {"tornado", "http.client"}) | TABLES | PDF | {"cryptography", "segno", "bs4", "soupsieve"}
    ),
    ("report", "example:strong", "-o", "out", "--format", "pdf"): (
        (WEB - {"tornado", "http.client"}) | TABLES | {"cryptography", "segno", "bs4", "soupsieve"}
    ),
}  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_loads_only_what_it_needs(command, tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", PRINT_MODULES, *command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    loaded = set(run.stdout.rpartition("MODULES ")[2].split())
    assert "calib.cli.root" in loaded
    assert not loaded & COMMANDS[command]


def test_the_pdf_exporter_loads_no_models(tmp_path):
    code = "import sys, calib.report.exporters, calib.report.typst_pdf; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(run.stdout.split()) & {"pydantic", "calib.model", "yaml", "IPython", "papermill"}
