"""Convert an executed report notebook with nbconvert."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from calib.report.lean_imports import import_lean
from calib.report.run_notebook import ReportFailed

if TYPE_CHECKING:
    from calib.report.display import DisplayedSections
    from calib.report.exporters import ReadinessHTMLExporter


def convert(nb: Any, kind: str) -> tuple[bytes, list[str]]:
    """Return an executed notebook as html, pdf, json or ipynb.

    Also returns the characters that the PDF could not show. Raises ReportFailed if Typst cannot
    compile the PDF.
    """
    import_lean("nbconvert")
    import nbformat

    from calib.report.exporters import ReadinessPDFExporter, report_contents

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
        return (report_contents(nb)["result"] + "\n").encode(), []
    return nbformat.writes(nb).encode(), []


def render_page(displayed: DisplayedSections) -> bytes:
    """Render sections as one HTML page, with the exporter and template of the report."""
    return convert(build_notebook(displayed), "html")[0]


def build_notebook(displayed: DisplayedSections) -> Any:
    """Return a notebook whose only output is the sections, as input for the exporters."""
    import_lean("nbformat")
    from nbformat.v4 import new_code_cell, new_notebook, new_output

    output = new_output("display_data", data=displayed._repr_mimebundle_())
    return new_notebook(cells=[new_code_cell(id="sections", outputs=[output])])


@cache
def _html_exporter() -> ReadinessHTMLExporter:
    """Return one exporter per process, because it keeps its compiled template."""
    from calib.report.exporters import ReadinessHTMLExporter

    return ReadinessHTMLExporter()
