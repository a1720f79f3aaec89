"""What the report notebook shows: an assessment's sections, from its parameters."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from calib.ballots.files import load_ballots
from calib.ballots.workshop_file import load_workshop
from calib.catalog.load import load_catalog
from calib.errors import BadInput, Problem
from calib.files.regular import read_regular
from calib.model import Assessment, Ballot, Catalog, Result, Workshop
from calib.render import html as render_html
from calib.render import sections
from calib.render.document import MIME, Section
from calib.render.palette import ACCENT
from calib.resources import shipped
from calib.scoring.assess import assess
from calib.scoring.plan import Plan, make_plan
from calib.store.load import load_assessment
from calib.store.locate import find_assessment

_LOGOS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".svg": "svg+xml"}
_LOGO_BYTES = 500_000


@dataclass(frozen=True)
class Sections:
    """Show some sections of the report: as HTML to people, as data to the exporters."""

    sections: Sequence[Section]
    interactive: bool
    accent: str
    result: Result | None = None

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        style = style_sheet(self.accent)
        sections = [s.data() for s in self.sections]
        html = [render_html.section_html(s, interactive=self.interactive) for s in sections]
        data: dict[str, Any] = {"sections": sections, "html": html, "interactive": self.interactive}
        if self.result is not None:
            data["result"] = self.result.model_dump_json(indent=1)
        return {
            "text/plain": "\n".join(s.title for s in self.sections),
            "text/html": f"<style>{style}</style>{''.join(html)}",
            MIME: data,
        }


def style_sheet(accent: str) -> str:
    """Return the style sheet of notebook and HTML report."""
    css = shipped("templates", "readiness", "report.css").read_text(encoding="utf-8")
    return render_html.style_sheet(accent) + css


@dataclass(frozen=True)
class Report:
    """Hold an assessed assessment and give its sections."""

    catalog: Catalog
    assessment: Assessment
    result: Result
    brand: sections.Brand
    interactive: bool
    workshop: Workshop | None = None
    ballots: tuple[Ballot, ...] = ()
    """Those that lie open; what is sealed is no part of a report."""

    @cached_property
    def plan(self) -> Plan:
        """The improvement plan."""
        return make_plan(self.result, self.assessment.plan)

    def _show(self, *found: Section, result: Result | None = None) -> Sections:
        return Sections(found, self.interactive, self.brand.accent, result)

    @property
    def front(self) -> Sections:
        """Cover, executive summary and the pictures."""
        return self._show(
            sections.cover(self.result, self.brand),
            sections.summary(self.result, self.catalog, self.plan, self.brand),
            sections.maturity(self.result, self.catalog, self.brand),
        )

    @property
    def case_studies(self) -> Sections:
        """The customer examples."""
        return self._show(sections.case_studies(self.result, self.catalog, self.brand))

    @property
    def controls(self) -> Sections:
        """A chapter for each control."""
        return self._show(*(sections.control(self.result, c) for c in self.catalog.controls))

    @property
    def back(self) -> Sections:
        """What a workshop said, improvement plan, evidence, method; and the result as data."""
        held = sections.workshop(
            self.result, self.ballots, self.workshop, self.catalog, self.brand.accent
        )
        return self._show(
            *([held] if held is not None else []),
            sections.improvement_plan(self.result, self.plan),
            sections.evidence(self.result),
            sections.method(self.result, self.catalog),
            result=self.result,
        )


def open_report(
    assessment: str,
    report_date: str = "",
    charts: str = "interactive",
    brand_name: str = "",
    brand_logo: str = "",
    brand_accent: str = "",
    confidentiality: str = "",
) -> Report:
    """Read and assess a folder for a report.

    All values are plain texts, as notebook parameters are; empty ones mean the default. Raises
    BadInput with every problem of parameters, folder and catalog.
    """
    problems: list[Problem] = []
    today = report_day(report_date, problems)
    if charts not in ("interactive", "static"):
        problems.append(Problem("charts", f"must be interactive or static, got {charts!r}"))
    brand = _brand(brand_name, brand_logo, brand_accent, confidentiality, problems)
    if problems:
        raise BadInput(problems)
    catalog = load_catalog()
    folder = find_assessment(assessment)
    found = load_assessment(folder, catalog)
    return Report(
        catalog,
        found,
        assess(catalog, found, today),
        brand,
        charts == "interactive",
        load_workshop(folder, catalog),
        load_ballots(folder, catalog),
    )


def _brand(
    name: str, logo: str, accent: str, confidentiality: str, problems: list[Problem]
) -> sections.Brand:
    colour = accent or ACCENT
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        problems.append(Problem("brand_accent", f"must be a colour like {ACCENT}, got {accent!r}"))
    return sections.Brand(name, _logo(logo, problems), colour, confidentiality)


def report_day(text: str, problems: list[Problem]) -> date:
    """Read the day to judge as of, today where none is given; a text that is none is noted."""
    if text:
        try:
            return date.fromisoformat(text)
        except ValueError:
            message = f"must be a date like 2026-05-31, got {text!r}"
            problems.append(Problem("report_date", message))
    return date.today()  # noqa: DTZ011  the day on the reader's wall, not an instant


def _logo(path: str, problems: list[Problem]) -> str:
    """Read a logo into a data: URI, which neither report has to fetch."""
    if not path:
        return ""
    file = Path(path).expanduser()
    kind = _LOGOS.get(file.suffix.lower())
    try:
        content = read_regular(file)
    except OSError as error:
        problems.append(Problem(path, f"the logo cannot be read: {error.strerror}"))
        return ""
    if kind is None or len(content) > _LOGO_BYTES or not _is_picture(content, kind):
        message = f"a logo is a whole PNG, JPEG or SVG picture of at most {_LOGO_BYTES:,} bytes"
        remedy = "an SVG may hold no script and nothing from elsewhere; a JPEG must be RGB"
        problems.append(Problem(path, message, remedy=remedy))
        return ""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _is_picture(content: bytes, kind: str) -> bool:
    """Look at the bytes, since an ending proves nothing; both reports must be able to show it."""
    if kind == "png":
        return content.startswith(b"\x89PNG\r\n\x1a\n") and b"IEND" in content[-16:]
    if kind == "jpeg":
        return (
            content.startswith(b"\xff\xd8\xff")
            and b"\xff\xd9" in content[-64:]
            and _is_rgb(content)
        )
    text = content.decode("utf-8", "replace")
    foreign = re.search(
        r"<!DOCTYPE|<!ENTITY|<script|<foreignObject|<image\b|\bon\w+\s*=", text, re.IGNORECASE
    )
    away = r"(?:href|src)\s*=\s*[\"'](?!#)|url\(\s*[\"']?(?!#)|@import"
    elsewhere = re.search(away, text, re.IGNORECASE)
    if foreign or elsewhere:
        return False
    try:
        return ET.fromstring(content).tag.endswith("svg")  # noqa: S314  no DOCTYPE is left
    except ET.ParseError:
        return False


def _is_rgb(content: bytes) -> bool:
    """Say whether a JPEG has at most three colour channels; PDF/A would need a profile for four."""
    frame = re.search(rb"\xff[\xc0-\xc2]..[\x08\x0c]....(.)", content, re.DOTALL)
    return frame is not None and frame[1][0] <= 3
