"""Report sections as a notebook output: HTML for readers, data for the exporters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from calib.render import html as render_html
from calib.render.document import MIME, Section
from calib.report.style_sheet import style_sheet


@dataclass(frozen=True)
class DisplayedSections:
    """Display sections of a report in a notebook cell."""

    sections: Sequence[Section]
    interactive: bool
    accent: str
    result_json: str = ""
    """The result, set on the last output of a report; it becomes `result.json`."""

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        sections = [section.data() for section in self.sections]
        html = [render_html.render_section(s, interactive=self.interactive) for s in sections]
        data: dict[str, Any] = {"sections": sections, "html": html, "interactive": self.interactive}
        if self.result_json:
            data["result"] = self.result_json
        return {
            "text/plain": "\n".join(section.title for section in self.sections),
            "text/html": f"<style>{style_sheet(self.accent)}</style>{''.join(html)}",
            MIME: data,
        }
