"""Run the report notebook and write its files: all of them, or none."""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calib.errors import BadInput, CannotWrite, Problem
from calib.resources import shipped

if TYPE_CHECKING:
    from calib.report.report import Sections

NOTEBOOK = "50_readiness_report.ipynb"
FORMATS = ("html", "pdf", "json", "ipynb")
SCRATCH = ".calib-report-"
"""How the folder begins in which a report waits until all of it is there."""
NAMES = {
    "html": "readiness-report.html",
    "pdf": "readiness-report.pdf",
    "json": "result.json",
    "ipynb": "readiness-report.ipynb",
}


class ReportFailed(Exception):
    """Report the cell in which a run failed; nothing was written."""


@dataclass(frozen=True)
class Made:
    """Hold a report that is written nowhere yet."""

    files: Mapping[str, bytes]
    """By format."""
    replaced: tuple[str, ...]
    """The characters that the PDF could not show."""
    result: dict[str, Any]
    """The result as plain data."""


def write_report(
    parameters: Mapping[str, str],
    output: Path,
    formats: Sequence[str] = ("html", "pdf", "json"),
    progress: Callable[[str], None] = lambda _: None,
    notebook: Path | None = None,
) -> tuple[dict[str, Path], list[str], dict[str, Any]]:
    """Make a report and put its files in place.

    Returns the files by format, the characters that the PDF could not show, and the result as
    plain data. Raises what `make_report` does, and CannotWrite where the output cannot be written;
    the files of an earlier run are then untouched.
    """
    check_output(output)
    made = make_report(parameters, formats, progress, notebook)
    progress("putting the files in place")
    files = place({NAMES[kind]: content for kind, content in made.files.items()}, output)
    return {kind: files[NAMES[kind]] for kind in formats}, list(made.replaced), made.result


def make_report(
    parameters: Mapping[str, str],
    formats: Sequence[str],
    progress: Callable[[str], None] = lambda _: None,
    notebook: Path | None = None,
) -> Made:
    """Run the notebook with papermill and convert it with nbconvert.

    Takes the shipped notebook unless another is named. Raises BadInput for bad parameters, a bad
    assessment or a notebook that shows no report, ReportFailed where a cell fails.
    """
    _without_iri_parsers()
    from calib.report.exporters import NoReport, contents

    path = notebook or shipped("notebooks", NOTEBOOK)
    progress("reading and assessing")
    nb = run_notebook(parameters, path)
    try:
        result = json.loads(contents(nb)["result"])
    except (NoReport, ValueError) as error:
        said, remedy = "shows no whole report", f"begin with a copy of {NOTEBOOK}"
        raise BadInput([Problem(str(path), said, remedy=remedy)]) from error
    files: dict[str, bytes] = {}
    replaced: list[str] = []
    for kind in formats:
        progress(f"writing {kind}")
        files[kind], missing = convert(nb, kind)
        replaced += missing
    return Made(files, tuple(replaced), result)


def write_page(shown: Sections) -> bytes:
    """Render sections as one HTML page, by the exporter and template of the report."""
    return convert(notebook_of(shown), "html")[0]


def run_notebook(parameters: Mapping[str, str], path: Path) -> Any:
    """Execute a notebook in this process; returns the executed notebook."""
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillExecutionError

    from calib.report.engine import InProcessEngine

    raised: list[BaseException] = []

    class Run(InProcessEngine):
        """Keep what a cell raised, so that bad input stays bad input."""

        @classmethod
        def failed(cls, error: BaseException) -> None:
            raised.append(error)

    papermill_engines.register("calib-report", Run)
    try:
        return _executed(read_notebook(path), parameters, path)
    except PapermillExecutionError as error:
        if raised and isinstance(raised[0], BadInput):
            raise raised[0] from None
        said = f"cell {error.exec_count}: {error.ename}: {error.evalue}"
        raise ReportFailed(f"{path.name}: {said}") from error


def read_notebook(path: Path) -> Any:
    """Read a notebook as papermill does; raises BadInput where it is none."""
    _without_iri_parsers()
    from nbformat import ValidationError
    from nbformat.reader import NotJSONError
    from papermill.iorw import load_notebook_node

    problem = Problem(str(path), "is no notebook", remedy="name an .ipynb file")
    if path.suffix != ".ipynb":
        raise BadInput([problem])
    try:
        return load_notebook_node(str(path))
    except OSError as error:
        said = f"cannot be read: {error.strerror}"
        raise BadInput([Problem(str(path), said)]) from error
    except (ValidationError, NotJSONError, ValueError, AttributeError, KeyError) as error:
        raise BadInput([problem]) from error


def _executed(nb: Any, parameters: Mapping[str, str], path: Path) -> Any:
    """Do what papermill.execute_notebook does, save writing the notebook.

    Where there is no file to write, papermill still makes the text of one.
    """
    from papermill import execute
    from papermill.engines import papermill_engines
    from papermill.parameterize import parameterize_notebook

    how: dict[str, Any] = {"engine_name": "calib-report", "kernel_name": "python3"}
    if parameters:
        nb = parameterize_notebook(nb, dict(parameters), **how)
    nb = execute.remove_error_markers(execute.prepare_notebook_metadata(nb, str(path), None))
    nb = papermill_engines.execute_notebook_with_engine(
        nb=nb, progress_bar=False, autosave_cell_every=0, **how
    )
    execute.raise_for_execution_errors(nb, None)
    return nb


def _without_iri_parsers() -> None:
    """Import jsonschema without the grammar of IRIs, which takes over a second to build.

    jsonschema leaves out the format check that it would serve; notebooks hold no IRIs.
    """
    name = "rfc3987_syntax"
    if name in sys.modules or "jsonschema" in sys.modules:
        return
    modules: dict[str, Any] = sys.modules
    modules[name] = None  # the import system's word for "not there"
    try:
        importlib.import_module("jsonschema")
    finally:
        del sys.modules[name]


def notebook_of(shown: Sections) -> Any:
    """Return the notebook that would show some sections, for the exporters."""
    _without_iri_parsers()
    from nbformat.v4 import new_code_cell, new_notebook, new_output

    output = new_output("display_data", data=shown._repr_mimebundle_())
    return new_notebook(cells=[new_code_cell(id="sections", outputs=[output])])


def convert(nb: Any, kind: str) -> tuple[bytes, list[str]]:
    """Return an executed notebook in a format, and the characters that it could not show.

    Raises ReportFailed where the PDF cannot be set.
    """
    _without_iri_parsers()
    import nbformat

    from calib.report.exporters import ReadinessPDFExporter, contents

    if kind == "html":
        html, _ = _html_exporter().from_notebook_node(nb)
        return html.encode(), []
    if kind == "pdf":
        try:
            pdf, resources = ReadinessPDFExporter().from_notebook_node(nb)
        except RuntimeError as error:  # typst.TypstError
            raise ReportFailed(f"{kind}: {error}") from error
        return pdf, resources["replaced"]
    if kind == "json":
        return (contents(nb)["result"] + "\n").encode(), []
    return nbformat.writes(nb).encode(), []


@cache
def _html_exporter() -> Any:
    """Keep the exporter, which keeps its compiled template."""
    from calib.report.exporters import ReadinessHTMLExporter

    return ReadinessHTMLExporter()


def check_output(output: Path) -> None:
    """Fail before the work, not after it, where the output cannot be written."""
    if output.exists() and not output.is_dir():
        raise CannotWrite(output, "there is a file of that name; name a folder")
    nearest = next(p for p in (output, *output.absolute().parents) if p.exists())
    if not os.access(nearest, os.W_OK):
        raise CannotWrite(output, "the folder is read-only")


def place(files: Mapping[str, bytes], output: Path) -> dict[str, Path]:
    """Write every file beside its place, then move all of them in, in their order.

    Returns their paths by name. Raises CannotWrite; what was there is then as it was.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=output) as scratch:
            for name, content in files.items():
                (Path(scratch) / name).write_bytes(content)
            _move_in(list(files), Path(scratch), output)
    except OSError as error:
        raise CannotWrite(output, error) from error
    return {name: output / name for name in files}


def _move_in(names: Sequence[str], scratch: Path, output: Path) -> None:
    """Move files into place, all of them or none: what was there is put back on an error."""
    taken = [name for name in names if (output / name).is_dir()]
    if taken:
        raise CannotWrite(output / taken[0], "there is a folder of that name")
    kept = scratch / "previous"
    kept.mkdir()
    moved: list[str] = []
    try:
        for name in names:
            if (output / name).exists():
                os.replace(output / name, kept / name)
            moved.append(name)
            os.replace(scratch / name, output / name)
    except OSError:
        for name in moved:
            if (kept / name).exists():
                os.replace(kept / name, output / name)
            else:
                (output / name).unlink(missing_ok=True)
        raise
