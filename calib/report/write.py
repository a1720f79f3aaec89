"""Run the report notebook and write its files: all of them, or none."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calib.errors import BadInput, Problem
from calib.report.convert import convert
from calib.report.lean_imports import import_lean
from calib.report.output_files import check_output, write_output_files
from calib.report.run_notebook import run_notebook
from calib.resources import resource_path

NOTEBOOK = "50_readiness_report.ipynb"
FORMATS = ("html", "pdf", "json", "ipynb")
NAMES = {
    "html": "readiness-report.html",
    "pdf": "readiness-report.pdf",
    "json": "result.json",
    "ipynb": "readiness-report.ipynb",
}


@dataclass(frozen=True)
class RenderedReport:
    """A report in memory, before any file is written."""

    files: Mapping[str, bytes]
    """By format."""
    replaced: tuple[str, ...]
    """The characters that the PDF could not show, as U+XXXX."""
    result: dict[str, Any]
    """`result.json` as plain data."""


def write_report(
    parameters: Mapping[str, str],
    output: Path,
    formats: Sequence[str] = ("html", "pdf", "json"),
    progress: Callable[[str], None] = lambda _: None,
    notebook: Path | None = None,
) -> tuple[dict[str, Path], list[str], dict[str, Any]]:
    """Render a report and write its files into the folder `output`.

    Returns the files by format, the characters that the PDF could not show, and the result as
    plain data. Raises what `render_report` raises, and CannotWrite if the output cannot be
    written; the files of an earlier run are then unchanged.
    """
    check_output(output)
    rendered = render_report(parameters, formats, progress, notebook)
    progress("writing the files")
    contents = {NAMES[kind]: content for kind, content in rendered.files.items()}
    paths = write_output_files(contents, output)
    return {k: paths[NAMES[k]] for k in formats}, list(rendered.replaced), rendered.result


def render_report(
    parameters: Mapping[str, str],
    formats: Sequence[str],
    progress: Callable[[str], None] = lambda _: None,
    notebook: Path | None = None,
) -> RenderedReport:
    """Run a notebook with papermill and convert it with nbconvert.

    The default is the packaged report notebook. Raises BadInput for invalid parameters, an invalid
    assessment or a notebook without a report, and ReportFailed if a cell or a format fails.
    """
    import_lean("nbconvert")
    from calib.report.exporters import NoReport, report_contents

    path = notebook or resource_path("notebooks", NOTEBOOK)
    progress("loading and assessing")
    nb = run_notebook(parameters, path)
    try:
        result = json.loads(report_contents(nb)["result"])
    except (NoReport, ValueError) as error:
        message = "does not show a complete report"
        remedy = f"start from a copy of {NOTEBOOK}"
        raise BadInput([Problem(str(path), message, remedy=remedy)]) from error
    files: dict[str, bytes] = {}
    replaced: list[str] = []
    for kind in formats:
        progress(f"rendering {kind}")
        files[kind], missing = convert(nb, kind)
        replaced += missing
    return RenderedReport(files, tuple(replaced), result)
