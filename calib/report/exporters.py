"""nbconvert exporters: an executed report notebook -> HTML and PDF.

`jupyter nbconvert --to html --template readiness` and `--to readiness-pdf` work on any executed
copy of the report notebook; `calib report` calls the same exporters.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
from functools import cache
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter, HTMLExporter
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.preprocessors import Preprocessor
from nbformat.v4 import new_notebook
from traitlets import default

from calib.render import escape
from calib.render.document import MIME
from calib.report.style_sheet import style_sheet
from calib.resources import resource_path


class NoReport(ValueError):
    """Report that a notebook does not contain a readiness report."""


def report_contents(nb: Any) -> dict[str, Any]:
    """Collect the sections, their HTML and the result from an executed notebook.

    Raises NoReport if the first section is not a cover.
    """
    found: dict[str, Any] = {"sections": [], "html": [], "result": "", "interactive": False}
    for cell in nb.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {}).get(MIME)
            if data:
                found["sections"] += data["sections"]
                found["html"] += data["html"]
                found["result"] = data.get("result", found["result"])
                found["interactive"] = data["interactive"]
    if not found["sections"] or found["sections"][0]["id"] != "cover":
        raise NoReport(
            "this notebook does not contain a readiness report: run it first (papermill, or Run "
            "All), then convert the executed copy"
        )
    found["meta"] = found["sections"][0]["meta"]
    return found


class ReadinessPreprocessor(Preprocessor):
    """Give the HTML template its values, as `resources.calib`."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Add the sections, the scripts and their hashes for the content security policy."""
        if "calib" not in resources:
            resources["calib"] = _page(report_contents(nb))
        return nb, resources


def _page(found: dict[str, Any]) -> dict[str, Any]:
    """Return the values that the template prints."""
    scripts = _scripts() if found["interactive"] else ()
    return {
        **found,
        "head": {k: escape.escape(v) for k, v in _page_texts(found).items()},
        "css": style_sheet(found["meta"]["brand"]["accent"]) + _minutes_styles(found),
        "contents": [
            (escape.escape(s["id"]), escape.escape(s["title"]), s["kicker"] == s["id"])
            for s in found["sections"][1:]
        ],
        "scripts": scripts,
        "policy": _policy(scripts),
    }


def _minutes_styles(found: dict[str, Any]) -> str:
    """Return the extra styles for minutes, empty for a report."""
    if "document" not in found["meta"]:
        return ""
    return resource_path("templates", "readiness", "minutes.css").read_text(encoding="utf-8")


def _page_texts(found: dict[str, Any]) -> dict[str, str]:
    """Return the texts around the sections: title, header bar, footer."""
    meta = found["meta"]
    document = meta.get("document", "")
    bar = meta.get("bar") or (document or "Readiness report").capitalize()
    return {
        "title": found["sections"][0]["title"],
        "document": document or "generative AI readiness report",
        "short": document or "report",
        "brand": meta["brand"]["name"] or bar,
        "confidentiality": meta["brand"]["confidentiality"],
        "version": f"Catalog {meta['catalog_version']} · calib {meta['program']} · {meta['day']}",
        "hash": meta["content_hash"][:12],
    }


@cache
def _scripts() -> tuple[str, ...]:
    """Return plotly.js from the installed package and the script that starts it."""
    spec = importlib.util.find_spec("plotly")  # located, not imported: an import takes 0.5 s
    if spec is None or not spec.submodule_search_locations:
        return ()
    package = Path(next(iter(spec.submodule_search_locations)))
    plotly = (package / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
    start = resource_path("templates", "readiness", "charts.js").read_text(encoding="utf-8")
    return plotly.strip().replace("</script", "<\\/script"), start.strip()


@cache
def _policy(scripts: tuple[str, ...]) -> str:
    """Build a content security policy that allows these scripts and no network access."""
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'"
        for s in scripts
    ]
    allowed = " ".join(hashes) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


class ReadinessHTMLExporter(HTMLExporter):
    """Convert with our template, without parsing the finished page again.

    nbconvert's own HTML exporter parses and re-serialises the page with BeautifulSoup. The template
    is written so that both give the same bytes; a test compares them.
    """

    export_from_notebook = "Readiness report (HTML)"

    @default("template_name")
    def _template_name_default(self) -> str:
        return "readiness"

    @default("extra_template_basedirs")
    def _extra_template_basedirs_default(self) -> list[str]:
        return [str(resource_path("templates"))]

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> tuple[str, Any]:
        """Render the page from the report's sections."""
        resources = {**(resources or {}), "calib": _page(report_contents(nb))}
        # The template prints only `resources`, and every preprocessor copies all cells: pass none.
        bare = new_notebook(metadata=nb.metadata)
        html, resources = TemplateExporter.from_notebook_node(self, bare, resources, **kw)
        # BeautifulSoup puts the doctype on its own line; see the class docstring.
        return html.replace("<!DOCTYPE html>", "<!DOCTYPE html>\n", 1), resources


class ReadinessPDFExporter(Exporter):
    """Compile the report with Typst as PDF/UA-1 and PDF/A-3a, with `result.json` attached."""

    export_from_notebook = "Readiness report (PDF)"
    output_mimetype = "application/pdf"
    optimistic_validation = True

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".pdf"

    def from_notebook_node(self, nb: Any, resources: Any = None, **_: Any) -> tuple[bytes, Any]:
        """Return the PDF; `resources["replaced"]` lists the characters shown as code points."""
        from calib.report.typst_pdf import compile_pdf

        resources = self._init_resources(resources)
        found = report_contents(nb)  # only read, so there is no need to copy the notebook
        pdf, replaced = compile_pdf(found["sections"], found["meta"], found["result"])
        if replaced:
            self.log.warning("no font contains these characters: %s", json.dumps(replaced))
        resources["replaced"] = replaced
        return pdf, resources
