"""`partner_responses.csv` and the folder that AWS's sample validator reads.

The list has a line for each response of the filled workbook, in the workbook's order. A response
that a spreadsheet program would take for a formula is led by an apostrophe.
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
from calib.exchange.cells import normalise_newlines
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
_LIMITS = SizeLimits(30_000_000, 0, 0, "take out the lines that are no responses")
_FORMULA_START = re.compile(r"'*[=+\-@\t\r]")
_NEUTRALISED = re.compile(r"'+[=+\-@\t\r]")


def render_responses_csv(entries: Sequence[WorkbookEntry]) -> bytes:
    """Write the responses as the validator's list."""
    words = load_workbook_labels()
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(RESPONSE_COLUMNS)
    for entry in entries:
        if entry.text:
            control = entry.slot.control
            suffix = f"-{words.suffix}" if control in words.suffixed else ""
            tame = f"'{entry.text}" if _FORMULA_START.match(entry.text) else entry.text
            writer.writerow([f"{control}{suffix}", tame])
    return out.getvalue().encode()


def read_responses_csv(path: Path, catalog: Catalog) -> WorkbookAnswers:
    """Read such a list; the first line of an example is of reference 1, the second of 2.

    Raises BadInput where it has not the columns or none of the catalog's controls.
    """
    words = load_workbook_labels()
    known = known_controls(catalog, words)
    (sheet,) = read_sheets(path, _LIMITS)
    head = (
        [cell.text.strip().casefold().replace("_", "") for cell in sheet.rows[0]]
        if sheet.rows
        else []
    )
    if not {"controlid", "partnerresponse"} <= set(head):
        remedy = f"the first line is {','.join(RESPONSE_COLUMNS)}"
        raise BadInput(
            [Problem(str(path), "has not the columns of a list of responses", remedy=remedy)]
        )
    answers = WorkbookAnswers()
    seen: Counter[str] = Counter()
    for row in sheet.rows[1:]:
        cells = dict(zip(head, row, strict=False))
        if "controlid" not in cells:
            continue
        named = cells["controlid"].text.strip().removesuffix(f"-{words.suffix}")
        control = parse_control_id(named, known, words.numberless) or named
        text = (
            normalise_text(normalise_newlines(cells["partnerresponse"].text))
            if "partnerresponse" in cells
            else ""
        )
        text = words.answer(text[1:] if _NEUTRALISED.match(text) else text)
        seen[control] += 1
        reference = seen[control] if control in words.studies else 0
        line = cells["controlid"].row
        slot = AnswerSlot("", line, control, reference, (line, 2), None, "")
        text, note = strip_invalid_characters(text)
        answers.entries.append(WorkbookEntry(slot, text, "", note=note))
    if not {e.slot.control for e in answers.entries} & set(known.values()):
        raise BadInput([Problem(str(path), "holds none of the catalog's controls")])
    group_answers(answers, catalog)
    return answers


def write_submission(
    folder: Path, entries: Sequence[WorkbookEntry], *, replacing: bool
) -> list[Path]:
    """Write the list and the folders beside the workbook; raises BadInput, CannotWrite."""
    path, data = folder / FILE_NAME, render_responses_csv(entries)
    with wrap_os_errors(path):
        for name in FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
    if replacing:
        replace_file(path, data)
    elif not add_new_file(path, data):
        remedy = "choose another folder, or replace it with --replace"
        raise BadInput([Problem(str(path), "is there already", remedy=remedy)])
    return [path, *(folder / name for name in FOLDERS)]
