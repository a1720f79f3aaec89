"""The readiness report of one assessment, section by section, as the report notebook shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from calib.ballots.files import load_ballots
from calib.ballots.workshop_file import load_workshop
from calib.catalog.load import load_catalog
from calib.errors import BadInput, Problem
from calib.model import Assessment, Ballot, Catalog, Result, Workshop
from calib.render import sections
from calib.render.document import Section
from calib.report.brand import read_brand
from calib.report.display import DisplayedSections
from calib.scoring.assess import assess
from calib.scoring.plan import Plan, make_plan
from calib.store.load import load_assessment
from calib.store.locate import find_assessment


@dataclass(frozen=True)
class Report:
    """Provide the sections of an assessment's report."""

    catalog: Catalog
    assessment: Assessment
    result: Result
    brand: sections.Brand
    interactive: bool
    workshop: Workshop | None = None
    ballots: tuple[Ballot, ...] = ()
    """Revealed ballots only; sealed ones never enter a report."""

    @cached_property
    def plan(self) -> Plan:
        """The improvement plan."""
        return make_plan(self.result, self.assessment.plan)

    def _display(self, *found: Section, result_json: str = "") -> DisplayedSections:
        return DisplayedSections(found, self.interactive, self.brand.accent, result_json)

    @property
    def front(self) -> DisplayedSections:
        """Cover, executive summary and maturity charts."""
        return self._display(
            sections.cover(self.result, self.brand),
            sections.summary(self.result, self.catalog, self.plan, self.brand),
            sections.maturity(self.result, self.catalog, self.brand),
        )

    @property
    def case_studies(self) -> DisplayedSections:
        """The customer examples."""
        return self._display(sections.case_studies(self.result, self.catalog, self.brand))

    @property
    def controls(self) -> DisplayedSections:
        """A chapter for each control."""
        return self._display(*(sections.control(self.result, c) for c in self.catalog.controls))

    @property
    def back(self) -> DisplayedSections:
        """Workshop outcomes, improvement plan, evidence and method, with the result as data."""
        workshop = sections.workshop(
            self.result, self.ballots, self.workshop, self.catalog, self.brand.accent
        )
        return self._display(
            *([workshop] if workshop is not None else []),
            sections.improvement_plan(self.result, self.plan),
            sections.evidence(self.result),
            sections.method(self.result, self.catalog),
            result_json=self.result.model_dump_json(indent=1),
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
    """Load and assess a folder for a report.

    All values are strings, because notebook parameters are; an empty string means the default.
    Raises BadInput with every problem of the parameters, or of the folder.
    """
    problems: list[Problem] = []
    today = parse_report_date(report_date, problems)
    if charts not in ("interactive", "static"):
        problems.append(Problem("charts", f"must be interactive or static, got {charts!r}"))
    brand = read_brand(brand_name, brand_logo, brand_accent, confidentiality, problems)
    if problems:
        raise BadInput(problems)
    catalog = load_catalog()
    folder = find_assessment(assessment)
    loaded = load_assessment(folder, catalog)
    return Report(
        catalog,
        loaded,
        assess(catalog, loaded, today),
        brand,
        charts == "interactive",
        load_workshop(folder, catalog),
        load_ballots(folder, catalog),
    )


def parse_report_date(text: str, problems: list[Problem]) -> date:
    """Return the date to assess on: today if `text` is empty; append to `problems` if invalid."""
    if text:
        try:
            return date.fromisoformat(text)
        except ValueError:
            message = f"must be a date such as 2026-05-31, got {text!r}"
            problems.append(Problem("report_date", message))
    return date.today()  # noqa: DTZ011  the reader's calendar date, not an instant
