"""What the portfolio notebook shows, and the same as one HTML page."""

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
from calib.portfolio import Portfolio
from calib.portfolio.gather import ALONE, read_portfolio
from calib.render.document import Section
from calib.render.palette import ACCENT
from calib.render.sections import portfolio as sections
from calib.report.progress import progress
from calib.report.report import Sections, report_day
from calib.store.cache import Memory, in_cache
from calib.store.locate import EXAMPLES, find_assessment, find_assessments


@dataclass(frozen=True)
class PortfolioReport:
    """Hold a portfolio and give its sections and tables."""

    portfolio: Portfolio

    def _show(self, section: Section) -> Sections:
        return Sections((section,), interactive=False, accent=ACCENT)

    @cached_property
    def overview(self) -> Sections:
        """How many are ready, and what could not be read."""
        return self._show(sections.overview(self.portfolio))

    @cached_property
    def distribution(self) -> Sections:
        """How the assessments spread: gauges, levels, partner by partner."""
        levels = tuple(level.name for level in load_catalog().levels)
        return self._show(sections.distribution(self.portfolio, levels))

    @cached_property
    def gaps(self) -> Sections:
        """What is open most often, and at whom."""
        return self._show(sections.gaps(self.portfolio))

    @cached_property
    def partners(self) -> Sections:
        """Every assessment, the nearest to ready first."""
        return self._show(sections.partners(self.portfolio))

    @property
    def frame(self) -> Any:
        """A row per assessment, to work on with pandas."""
        from calib.render.dataframes import partners_frame

        return partners_frame(self.portfolio)

    @property
    def levels(self) -> Any:
        """The effective level of every criterion, to work on with pandas."""
        from calib.render.dataframes import levels_frame

        return levels_frame(self.portfolio)


def open_portfolio(assessments: str = "", report_date: str = "") -> PortfolioReport:
    """Read and judge many assessments for a notebook.

    `assessments` names folders, folders of assessments, or patterns such as partners/*, separated
    by commas; empty means the three examples. Raises BadInput where a name leads nowhere at all.
    """
    names = [n.strip() for n in re.split(r"[,\n]", assessments) if n.strip()]
    problems: list[Problem] = []
    today = report_day(report_date, problems)
    if problems:
        raise BadInput(problems)
    with progress("Reading assessments:") as begin:
        found = gather(names or [f"example:{n}" for n in EXAMPLES], today, begin=begin)
    return PortfolioReport(found)


def gather(
    names: Sequence[str],
    today: date,
    *,
    fresh: bool = False,
    processes: int = 0,
    begin: Callable[[int], Callable[[], None]] = lambda _: lambda: None,
) -> Portfolio:
    """Find, read and judge assessments; what was judged before is remembered unless `fresh`.

    `begin` is told how many folders there are, and returns what is called after each. Raises
    BadInput where a name leads nowhere.
    """
    folders = found_folders(names)
    memory = Memory(None if fresh else in_cache("portfolio.json"))
    made = read_portfolio(folders, today, memory, processes=processes, step=begin(len(folders)))
    if len(folders) > ALONE:  # a handful is judged again sooner than anybody notices
        memory.save()
    return made


def found_folders(names: Sequence[str]) -> list[Path]:
    """Find the folders that names mean, each once; raises BadInput with every name of nothing."""
    problems: list[Problem] = []
    found: dict[Path, Path] = {}
    for name in names:
        try:
            # A pattern as a shell takes it, from any folder: Path.glob knows no absolute ones.
            matches = sorted(glob.glob(name)) if _is_pattern(name) else [name]  # noqa: PTH207
            if not matches:
                raise BadInput([Problem(name, "matches nothing")])
            for one in matches:
                for folder in find_assessments(find_assessment(one)):
                    found.setdefault(folder.resolve(), folder)
        except BadInput as error:
            problems += error.problems
    if problems:
        raise BadInput(problems)
    return list(found.values())


def _is_pattern(name: str) -> bool:
    return glob.has_magic(name) and not Path(name).exists()


def shown(report: PortfolioReport) -> Sections:
    """Return all sections in the order of the page."""
    parts = (report.overview, report.distribution, report.gaps, report.partners)
    return Sections([s for part in parts for s in part.sections], interactive=False, accent=ACCENT)
