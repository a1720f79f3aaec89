"""The style sheet that the notebook and the HTML report share."""

from __future__ import annotations

from calib.render import palette
from calib.resources import resource_path


def style_sheet(accent: str) -> str:
    """Return the style sheet, with the accent colour of the brand."""
    css = resource_path("templates", "readiness", "report.css").read_text(encoding="utf-8")
    return palette.css_variables(accent) + css
