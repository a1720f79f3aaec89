"""Write the responses of an assessment as .docx, for editing and signing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from calib.errors import BadInput, CannotWrite, Problem
from calib.files.atomic import add_new_file
from calib.render import sections
from calib.report.docx import to_docx
from calib.report.report import open_report


def write_responses(parameters: Mapping[str, str], path: Path) -> Path:
    """Write the responses of a folder to a new file; the parameters are those of `open_report`.

    Raises BadInput if the file exists, because it may have been edited or signed since, or
    CannotWrite.
    """
    if path.suffix.lower() != ".docx":
        raise BadInput([Problem(str(path), "must end in .docx")])
    report = open_report(**parameters)
    content = to_docx(sections.responses(report.result, report.catalog, report.brand))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not add_new_file(path, content):
            remedy = "choose another name; nothing was changed"
            raise BadInput([Problem(str(path), "the file already exists", remedy=remedy)])
    except OSError as error:
        raise CannotWrite(path, error) from error
    return path
