"""Write the minutes of a workshop as HTML, PDF and docx: all of them, or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from calib.ballots.sealing import load_sealed_files, load_visible_ballots
from calib.ballots.workshop_file import WORKSHOP_FILE
from calib.errors import BadInput, Problem
from calib.model import Ballot, Catalog
from calib.render import sections
from calib.report.convert import build_notebook, convert
from calib.report.display import DisplayedSections
from calib.report.output_files import check_output, write_output_files
from calib.report.report import Report, open_report
from calib.store.locate import find_assessment

FORMATS = ("html", "pdf", "docx")


def write_minutes(
    parameters: Mapping[str, str],
    output: Path,
    formats: Sequence[str] = FORMATS,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[dict[str, Path], list[str]]:
    """Write the minutes of the workshop in a folder; the parameters are those of `open_report`.

    Returns the files by format and the characters that the PDF could not show. Raises BadInput
    (also if no workshop was held), ReportFailed or CannotWrite; earlier minutes are then unchanged.
    """
    check_output(output)
    progress("loading and assessing")
    displayed = open_minutes(parameters)
    contents: dict[str, bytes] = {}
    replaced: list[str] = []
    for kind in formats:
        progress(f"rendering {kind}")
        contents[f"minutes.{kind}"], missing = _convert(displayed, kind)
        replaced += missing
    progress("writing the files")
    paths = write_output_files(contents, output)
    return {kind: paths[f"minutes.{kind}"] for kind in formats}, replaced


def open_minutes(parameters: Mapping[str, str]) -> DisplayedSections:
    """Load and assess a folder and build the sections of its minutes; raises BadInput."""
    report = open_report(**parameters)
    if report.workshop is None or report.workshop.begun is None:
        remedy = (
            "start one in 30_workshop; `calib ballots compare` shows ballots without a workshop"
        )
        name = f"{find_assessment(parameters['assessment']).name}/{WORKSHOP_FILE}"
        raise BadInput([Problem(name, "no workshop was held here", remedy=remedy)])
    ballots = _ballots(report, find_assessment(parameters["assessment"]))
    built = sections.minutes(
        report.result, ballots, report.workshop, report.plan, report.catalog, report.brand
    )
    return DisplayedSections(built, interactive=False, accent=report.brand.accent)


def _ballots(report: Report, folder: Path) -> tuple[Ballot, ...]:
    """Return the revealed votes, with an empty ballot for assessors whose votes are all sealed."""
    catalog: Catalog = report.catalog
    by_assessor = {
        (b.control, b.assessor): b for b in load_visible_ballots(folder, catalog, report.workshop)
    }
    for file in load_sealed_files(folder, catalog):
        if file.ballot is not None:
            key = (file.control, file.assessor)
            by_assessor.setdefault(key, file.ballot.model_copy(update={"votes": ()}))
    return tuple(by_assessor.values())


def _convert(displayed: DisplayedSections, kind: str) -> tuple[bytes, list[str]]:
    if kind == "docx":
        from calib.report.docx import to_docx

        return to_docx(displayed.sections), []
    return convert(build_notebook(displayed), kind)
