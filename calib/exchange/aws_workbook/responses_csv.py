"""Read and write `partner_responses.csv` and the folder of AWS's sample validator.

The list has one line per response of the filled workbook, in the order of the workbook. A response
that a spreadsheet program would treat as a formula starts with an apostrophe.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from calib.errors import BadInput, Problem
from calib.exchange.aws_workbook.case_study_text import normalise_text
from calib.exchange.aws_workbook.labels import load_workbook_labels, parse_control_id
from calib.exchange.aws_workbook.reader import (
    WorkbookAnswers,
    WorkbookEntry,
    group_answers,
    known_controls,
    strip_invalid_characters,
)
from calib.exchange.aws_workbook.slots import AnswerSlot
from calib.exchange.untrusted import SizeLimits
from calib.exchange.xlsx_reader import read_sheets
from calib.files.atomic import add_new_file, replace_file, wrap_os_errors
from calib.model import Catalog

FILE_NAME = "partner_responses.csv"
RESPONSE_COLUMNS = ("controlId", "partner_response")
FOLDERS = ("supporting_docs", "reports")
_LIMITS = SizeLimits(30_000_000, 0, 0, "remove the lines that are not responses")
# Unlike `neutralise_formula`, this must be reversible: one apostrophe is added to texts that start
# with any number of them before a formula character, and reading removes one.
_FORMULA_START = re.compile(r"'*[=+\-@\t\r]")
_NEUTRALISED = re.compile(r"'+[=+\-@\t\r]")


def render_responses_csv(entries: Sequence[WorkbookEntry]) -> bytes:
    """Render the responses as the list of the validator."""
    labels = load_workbook_labels()
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(RESPONSE_COLUMNS)
    for entry in entries:
        if entry.text:
            control = entry.slot.control
            suffix = f"-{labels.suffix}" if control in labels.suffixed else ""
            text = f"'{entry.text}" if _FORMULA_START.match(entry.text) else entry.text
            writer.writerow([f"{control}{suffix}", text])
    return out.getvalue().encode()


def read_responses_csv(path: Path, catalog: Catalog) -> WorkbookAnswers:
    """Read a list of responses; the n-th line of a customer example belongs to reference n.

    Raises BadInput if the columns or all controls of the catalog are missing.
    """
    labels = load_workbook_labels()
    known = known_controls(catalog, labels)
    (sheet,) = read_sheets(path, _LIMITS)
    header = (
        [cell.text.strip().casefold().replace("_", "") for cell in sheet.rows[0]]
        if sheet.rows
        else []
    )
    if not {"controlid", "partnerresponse"} <= set(header):
        message = "the columns of a list of responses are missing"
        remedy = f"the first line must be {','.join(RESPONSE_COLUMNS)}"
        raise BadInput([Problem(str(path), message, remedy=remedy)])
    answers = WorkbookAnswers()
    line_counts: Counter[str] = Counter()
    for row in sheet.rows[1:]:
        cells = dict(zip(header, row, strict=False))
        if "controlid" not in cells:
            continue
        control_text = cells["controlid"].text.strip().removesuffix(f"-{labels.suffix}")
        control = parse_control_id(control_text, known, labels.numberless) or control_text
        text = ""
        if "partnerresponse" in cells:
            text = normalise_text(cells["partnerresponse"].text)
        text = labels.drop_placeholder(text[1:] if _NEUTRALISED.match(text) else text)
        line_counts[control] += 1
        reference = line_counts[control] if control in labels.studies else 0
        line = cells["controlid"].row
        slot = AnswerSlot("", line, control, reference, (line, 2), None, "")
        text, note = strip_invalid_characters(text)
        answers.entries.append(WorkbookEntry(slot, text, "", note=note))
    if not {e.slot.control for e in answers.entries} & set(known.values()):
        raise BadInput([Problem(str(path), "contains none of the catalog's controls")])
    group_answers(answers, catalog)
    return answers


def write_submission(
    folder: Path, entries: Sequence[WorkbookEntry], *, replacing: bool
) -> list[Path]:
    """Write the list and create the folders next to the workbook; raises BadInput, CannotWrite."""
    path, data = folder / FILE_NAME, render_responses_csv(entries)
    with wrap_os_errors(path):
        for name in FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
    if replacing:
        replace_file(path, data)
    elif not add_new_file(path, data):
        remedy = "choose another folder, or overwrite it with --replace"
        raise BadInput([Problem(str(path), "already exists", remedy=remedy)])
    return [path, *(folder / name for name in FOLDERS)]
