"""The portfolio report: its sections and tables, for the notebook and as one HTML page."""

from __future__ import annotations

import glob
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from calib.catalog.load import load_catalog
from calib.errors import BadInput, Problem
from calib.files.cache_folder import cache_path
from calib.portfolio import Portfolio
from calib.portfolio.gather import SINGLE_PROCESS_LIMIT, read_portfolio
from calib.render.document import Section
from calib.render.palette import ACCENT
from calib.render.sections import portfolio as sections
from calib.report.display import DisplayedSections
from calib.report.progress import progress
from calib.report.report import parse_report_date
from calib.store.cache import ResultCache
from calib.store.locate import EXAMPLES, find_assessment, find_assessments


@dataclass(frozen=True)
class PortfolioReport:
    """Provide the sections and tables of a portfolio."""

    portfolio: Portfolio

    def _display(self, section: Section) -> DisplayedSections:
        return DisplayedSections((section,), interactive=False, accent=ACCENT)

    @cached_property
    def overview(self) -> DisplayedSections:
        """The number of ready assessments, and the folders that could not be read."""
        return self._display(sections.overview(self.portfolio))

    @cached_property
    def distribution(self) -> DisplayedSections:
        """The distribution of gauges and levels."""
        levels = tuple(level.name for level in load_catalog().levels)
        return self._display(sections.distribution(self.portfolio, levels))

    @cached_property
    def gaps(self) -> DisplayedSections:
        """The most common gaps, with the partners that have them."""
        return self._display(sections.gaps(self.portfolio))

    @cached_property
    def partners(self) -> DisplayedSections:
        """All assessments, those closest to ready first."""
        return self._display(sections.partners(self.portfolio))

    @property
    def frame(self) -> Any:
        """A DataFrame with one row per assessment."""
        from calib.render.dataframes import partners_frame

        return partners_frame(self.portfolio)

    @property
    def levels(self) -> Any:
        """A DataFrame with the effective level of every criterion."""
        from calib.render.dataframes import levels_frame

        return levels_frame(self.portfolio)


def open_portfolio(assessments: str = "", report_date: str = "") -> PortfolioReport:
    """Load and assess many folders for a notebook.

    `assessments` lists folders, parent folders of assessments, or patterns such as partners/*,
    separated by commas; empty means the three examples. Raises BadInput if a name matches nothing.
    """
    names = [n.strip() for n in re.split(r"[,\n]", assessments) if n.strip()]
    problems: list[Problem] = []
    today = parse_report_date(report_date, problems)
    if problems:
        raise BadInput(problems)
    with progress("Reading assessments:") as begin:
        portfolio = load_portfolio(names or [f"example:{n}" for n in EXAMPLES], today, begin=begin)
    return PortfolioReport(portfolio)


def load_portfolio(
    names: Sequence[str],
    today: date,
    *,
    fresh: bool = False,
    processes: int = 0,
    begin: Callable[[int], Callable[[], None]] = lambda _: lambda: None,
) -> Portfolio:
    """Find, load and assess folders; unchanged ones come from the cache unless `fresh`.

    `begin` receives the number of folders and returns a function that is called after each one.
    Raises BadInput if a name matches nothing.
    """
    folders = find_folders(names)
    memory = ResultCache(None if fresh else cache_path("portfolio.json"))
    made = read_portfolio(folders, today, memory, processes=processes, step=begin(len(folders)))
    if len(folders) > SINGLE_PROCESS_LIMIT:  # assessing a few again is faster than the cache
        memory.save()
    return made


def find_folders(names: Sequence[str]) -> list[Path]:
    """Return the folders that names match, without duplicates; raises BadInput listing misses."""
    problems: list[Problem] = []
    found: dict[Path, Path] = {}
    for name in names:
        try:
            # glob.glob, because Path.glob does not support absolute patterns.
            matches = sorted(glob.glob(name)) if _is_pattern(name) else [name]  # noqa: PTH207
            if not matches:
                raise BadInput([Problem(name, "matches nothing")])
            for match in matches:
                for folder in find_assessments(find_assessment(match)):
                    found.setdefault(folder.resolve(), folder)
        except BadInput as error:
            problems += error.problems
    if problems:
        raise BadInput(problems)
    return list(found.values())


def _is_pattern(name: str) -> bool:
    return glob.has_magic(name) and not Path(name).exists()


def all_sections(report: PortfolioReport) -> DisplayedSections:
    """Return all sections in page order."""
    parts = (report.overview, report.distribution, report.gaps, report.partners)
    return DisplayedSections(
        [s for part in parts for s in part.sections], interactive=False, accent=ACCENT
    )
