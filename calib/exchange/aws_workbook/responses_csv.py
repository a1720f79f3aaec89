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
from calib.exchange.aws_workbook.case_study_text import clean
from calib.exchange.aws_workbook.cells import one_break
from calib.exchange.aws_workbook.labels import control_id, workbook_words
from calib.exchange.aws_workbook.reader import Answers, Entry, bare, gather, known_controls
from calib.exchange.aws_workbook.slots import Slot
from calib.exchange.untrusted import Limits
from calib.exchange.xlsx_reader import read_sheets
from calib.files.atomic import add_new_file, naming, replace_file
from calib.model import Catalog

NAME = "partner_responses.csv"
COLUMNS = ("controlId", "partner_response")
FOLDERS = ("supporting_docs", "reports")
_LIMITS = Limits(30_000_000, 0, 0, "take out the lines that are no responses")
_RUNS = re.compile(r"'*[=+\-@\t\r]")
_TAMED = re.compile(r"'+[=+\-@\t\r]")


def responses_csv(entries: Sequence[Entry]) -> bytes:
    """Write the responses as the validator's list."""
    words = workbook_words()
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for entry in entries:
        if entry.text:
            control = entry.slot.control
            suffix = f"-{words.suffix}" if control in words.suffixed else ""
            tame = f"'{entry.text}" if _RUNS.match(entry.text) else entry.text
            writer.writerow([f"{control}{suffix}", tame])
    return out.getvalue().encode()


def read_responses(path: Path, catalog: Catalog) -> Answers:
    """Read such a list; the first line of an example is of reference 1, the second of 2.

    Raises BadInput where it has not the columns or none of the catalog's controls.
    """
    words = workbook_words()
    known = known_controls(catalog, words)
    (sheet,) = read_sheets(path, _LIMITS)
    head = (
        [cell.text.strip().casefold().replace("_", "") for cell in sheet.rows[0]]
        if sheet.rows
        else []
    )
    if not {"controlid", "partnerresponse"} <= set(head):
        remedy = f"the first line is {','.join(COLUMNS)}"
        raise BadInput(
            [Problem(str(path), "has not the columns of a list of responses", remedy=remedy)]
        )
    answers = Answers()
    seen: Counter[str] = Counter()
    for row in sheet.rows[1:]:
        cells = dict(zip(head, row, strict=False))
        if "controlid" not in cells:
            continue
        named = cells["controlid"].text.strip().removesuffix(f"-{words.suffix}")
        control = control_id(named, known, words.numberless) or named
        text = clean(one_break(cells["partnerresponse"].text)) if "partnerresponse" in cells else ""
        text = words.answer(text[1:] if _TAMED.match(text) else text)
        seen[control] += 1
        reference = seen[control] if control in words.studies else 0
        line = cells["controlid"].row
        slot = Slot("", line, control, reference, (line, 2), None, "")
        text, note = bare(text)
        answers.entries.append(Entry(slot, text, "", note=note))
    if not {e.slot.control for e in answers.entries} & set(known.values()):
        raise BadInput([Problem(str(path), "holds none of the catalog's controls")])
    gather(answers, catalog)
    return answers


def write_folder(folder: Path, entries: Sequence[Entry], *, replacing: bool) -> list[Path]:
    """Write the list and the folders beside the workbook; raises BadInput, CannotWrite."""
    path, data = folder / NAME, responses_csv(entries)
    with naming(path):
        for name in FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
    if replacing:
        replace_file(path, data)
    elif not add_new_file(path, data):
        remedy = "choose another folder, or replace it with --replace"
        raise BadInput([Problem(str(path), "is there already", remedy=remedy)])
    return [path, *(folder / name for name in FOLDERS)]
