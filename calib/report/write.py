"""Run the report notebook and write its files: all of them, or none."""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calib.places import shipped
from calib.problems import BadInput, CannotWrite

if TYPE_CHECKING:
    from calib.report.content import Sections

NOTEBOOK = "50_readiness_report.ipynb"
FORMATS = ("html", "pdf", "json", "ipynb")
_NAMES = {
    "html": "readiness-report.html", "pdf": "readiness-report.pdf", "json": "result.json",
    "ipynb": "readiness-report.ipynb",
}  # fmt: skip


class ReportFailed(Exception):
    """Report the cell in which a run failed; nothing was written."""


def write_report(
    parameters: Mapping[str, str], output: Path, formats: Sequence[str] = ("html", "pdf", "json"),
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[dict[str, Path], list[str], dict[str, Any]]:  # fmt: skip
    """Run the notebook with papermill, convert it with nbconvert, and put the files in place.

    Returns the files by format, the characters that the PDF could not show, and the result as
    plain data. Raises BadInput for
    bad parameters or a bad assessment, ReportFailed where a cell fails, CannotWrite where the
    output cannot be written; the files of an earlier run are then untouched.
    """
    check_output(output)
    progress("reading and assessing")
    nb = run_notebook(parameters)
    made: dict[str, bytes] = {}
    replaced: list[str] = []
    for kind in formats:
        progress(f"writing {kind}")
        made[kind], missing = convert(nb, kind)
        replaced += missing
    progress("putting the files in place")
    files = place({_NAMES[kind]: content for kind, content in made.items()}, output)
    return {kind: files[_NAMES[kind]] for kind in made}, replaced, _result(nb)


def write_page(shown: Any) -> bytes:
    """Render sections as one HTML page, by the exporter and template of the report."""
    from nbformat.v4 import new_code_cell, new_notebook, new_output

    from calib.report.exporters import ReadinessHTMLExporter

    output = new_output("display_data", data=shown._repr_mimebundle_())
    nb = new_notebook(cells=[new_code_cell(outputs=[output])])
    html, _ = ReadinessHTMLExporter().from_notebook_node(nb)
    return bytes(html.encode())


def _result(nb: Any) -> dict[str, Any]:
    from calib.report.exporters import contents

    found: dict[str, Any] = json.loads(contents(nb)["result"])
    return found


def run_notebook(parameters: Mapping[str, str]) -> Any:
    """Execute the report notebook in this process; returns the executed notebook."""
    _without_iri_parsers()
    import papermill
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillExecutionError

    from calib.report.engine import InProcessEngine

    path = shipped("notebooks", NOTEBOOK)
    raised: list[BaseException] = []

    class Run(InProcessEngine):
        """Keep what a cell raised, so that bad input stays bad input."""

        @classmethod
        def failed(cls, error: BaseException) -> None:
            raised.append(error)

    papermill_engines.register("calib-report", Run)
    try:
        return papermill.execute_notebook(
            path, None, parameters=dict(parameters), engine_name="calib-report",
            progress_bar=False, autosave_cell_every=0, request_save_on_cell_execute=False,
            kernel_name="python3",
        )  # fmt: skip
    except PapermillExecutionError as error:
        if raised and isinstance(raised[0], BadInput):
            raise raised[0] from None
        said = f"cell {error.exec_count}: {error.ename}: {error.evalue}"
        raise ReportFailed(f"{NOTEBOOK}: {said}") from error


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
    from nbformat.v4 import new_code_cell, new_notebook, new_output

    output = new_output("display_data", data=shown._repr_mimebundle_())
    return new_notebook(cells=[new_code_cell(id="sections", outputs=[output])])


def convert(nb: Any, kind: str) -> tuple[bytes, list[str]]:
    """Return an executed notebook in a format, and the characters that it could not show.

    Raises ReportFailed where the PDF cannot be set.
    """
    import nbformat

    from calib.report.exporters import ReadinessHTMLExporter, ReadinessPDFExporter, contents

    if kind == "html":
        html, _ = ReadinessHTMLExporter().from_notebook_node(nb)
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
        with tempfile.TemporaryDirectory(prefix=".calib-report-", dir=output) as scratch:
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
