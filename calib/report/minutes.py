"""The minutes of a workshop as HTML, PDF and docx: all of them, or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from calib.ballots.sealing import all_ballots, sealed_files
from calib.ballots.workshop_file import FILE
from calib.errors import BadInput, Problem
from calib.model import Ballot, Catalog
from calib.render import sections
from calib.report.report import Report, Sections, open_report
from calib.report.write import check_output, convert, notebook_of, place
from calib.store.locate import find_assessment

FORMATS = ("html", "pdf", "docx")


def write_minutes(
    parameters: Mapping[str, str],
    output: Path,
    formats: Sequence[str] = FORMATS,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[dict[str, Path], list[str]]:
    """Write the minutes of the workshop in a folder; the parameters are those of `open_report`.

    Returns the files by format and the characters that the PDF could not show. Raises BadInput,
    also where no workshop was held, ReportFailed and CannotWrite; earlier minutes are then
    untouched.
    """
    check_output(output)
    progress("reading and assessing")
    shown = open_minutes(parameters)
    made: dict[str, bytes] = {}
    replaced: list[str] = []
    for kind in formats:
        progress(f"writing {kind}")
        made[f"minutes.{kind}"], missing = _convert(shown, kind)
        replaced += missing
    progress("putting the files in place")
    files = place(made, output)
    return {kind: files[f"minutes.{kind}"] for kind in formats}, replaced


def open_minutes(parameters: Mapping[str, str]) -> Sections:
    """Read and assess a folder, and make the sections of its minutes; raises BadInput."""
    report = open_report(**parameters)
    if report.workshop is None or report.workshop.begun is None:
        remedy = "begin one in 30_workshop; `calib ballots compare` shows ballots without one"
        name = f"{find_assessment(parameters['assessment']).name}/{FILE}"
        raise BadInput([Problem(name, "no workshop was held here", remedy=remedy)])
    ballots = _ballots(report, find_assessment(parameters["assessment"]))
    made = sections.minutes(
        report.result, ballots, report.workshop, report.plan, report.catalog, report.brand
    )
    return Sections(made, interactive=False, accent=report.brand.accent)


def _ballots(report: Report, folder: Path) -> tuple[Ballot, ...]:
    """Return the votes that may be seen, and an empty ballot of whoever voted on others alone."""
    catalog: Catalog = report.catalog
    found = {(b.control, b.assessor): b for b in all_ballots(folder, catalog, report.workshop)}
    for file in sealed_files(folder, catalog):
        if file.ballot is not None:
            key = (file.control, file.assessor)
            found.setdefault(key, file.ballot.model_copy(update={"votes": ()}))
    return tuple(found.values())


def _convert(shown: Sections, kind: str) -> tuple[bytes, list[str]]:
    if kind == "docx":
        from calib.report.docx import to_docx

        return to_docx(shown.sections), []
    return convert(notebook_of(shown), kind)
