"""The ballot form: a workbook in which one assessor votes before a workshop."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from calib.errors import BadInput, Problem
from calib.files.atomic import add_new_file, wrap_os_errors
from calib.model import Assessment, Catalog, Control, Criterion

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

# `calib.exchange.ballots` finds the name and the columns by these labels.
START_SHEET = "Start"
NAME_LABEL = "Your name"
COLUMNS = ("Criterion", "What is asked", "What the levels look like", "Your level", "Why")
_COLUMN_WIDTHS = (22, 36, 76, 10, 44)
_LEVEL_COLUMN, _COMMENT_COLUMN = 3, 4  # indexes into COLUMNS
_NAME_ROW = 3
_MAX_NAME, _MAX_COMMENT = 200, 8_000
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write_ballot_form(catalog: Catalog, assessment: Assessment, path: Path) -> Path:
    """Write the form to a new file; raises BadInput if the file exists, CannotWrite.

    An existing form may contain votes, so it is never overwritten.
    """
    if path.suffix.lower() != ".xlsx":
        remedy = f"call it {path.stem or 'ballot'}.xlsx"
        raise BadInput([Problem(str(path), "the form must be an .xlsx file", remedy=remedy)])
    content = render_ballot_form(catalog, assessment)
    with wrap_os_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    if not add_new_file(path, content):
        remedy = "it may contain votes: choose another name, or delete it"
        raise BadInput([Problem(str(path), "already exists", remedy=remedy)])
    return path


def render_ballot_form(catalog: Catalog, assessment: Assessment) -> bytes:
    """Render the form as a protected workbook; only the name and the votes are editable."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _OPTIONS) as book:
        partner = assessment.header.profile.partner
        book.set_properties({"title": f"Ballot: {partner}", "subject": catalog.title})
        formats = _add_formats(book)
        _write_start_sheet(book, formats, catalog, partner)
        for control in catalog.controls:
            _write_control_sheet(book, formats, catalog, control)
    return out.getvalue()


def _add_formats(book: Workbook) -> dict[str, Format]:
    plain = {"text_wrap": True, "valign": "top"}
    editable = {
        **plain,
        "locked": False,
        "bg_color": "#FFF8DC",
        "border": 1,
        "border_color": "#999999",
    }
    return {
        "title": book.add_format({"bold": True, "font_size": 14, "valign": "top"}),
        "head": book.add_format({**plain, "bold": True, "bottom": 1}),
        "body": book.add_format({**plain, "bottom": 1, "bottom_color": "#CCCCCC"}),
        "plain": book.add_format(plain),
        # "@" is the text format: typed text is not converted to a formula or a date.
        "text_input": book.add_format({**editable, "num_format": "@"}),
        "level_input": book.add_format({**editable, "align": "center"}),
    }


def _write_start_sheet(
    book: Workbook, formats: dict[str, Format], catalog: Catalog, partner: str
) -> None:
    sheet = book.add_worksheet(START_SHEET)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 90)
    sheet.write_string(0, 0, f"Ballot: {partner}"[:_MAX_NAME], formats["title"])
    sheet.write_string(1, 0, catalog.title)
    sheet.write_string(_NAME_ROW, 0, NAME_LABEL, formats["head"])
    sheet.write_blank(_NAME_ROW, 1, None, formats["text_input"])
    name_length = {"validate": "length", "criteria": "<=", "value": _MAX_NAME}
    sheet.data_validation(_NAME_ROW, 1, _NAME_ROW, 1, name_length)
    rows = [
        (
            "How to vote",
            "Write your name above. Then go through the sheets, one for each control, "
            "and choose a level from 0 to 4 for every criterion you can judge.",
        ),
        ("Why", "Name your evidence: a document, a customer, a number. It helps the discussion."),
        ("Abstain", "Leave the level empty, and add a reason if you like."),
        ("Blind", "Vote alone, and do not show your votes. They are compared in the workshop."),
        *(
            (f"{level.level} {level.name}", f"{level.means} {level.shows}")
            for level in catalog.levels
        ),
        ("Note", catalog.levels_note),
    ]
    for number, (term, text) in enumerate(rows, start=_NAME_ROW + 2):
        sheet.write_string(number, 0, term, formats["head"])
        sheet.write_string(number, 1, text, formats["plain"])
    _protect_and_set_page(sheet)


def _write_control_sheet(
    book: Workbook, formats: dict[str, Format], catalog: Catalog, control: Control
) -> None:
    sheet = book.add_worksheet(control.id)
    for column, width in enumerate(_COLUMN_WIDTHS):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, f"{control.id}: {control.title}", formats["title"])
    for column, name in enumerate(COLUMNS):
        sheet.write_string(1, column, name, formats["head"])
    first = 2
    for row, criterion in enumerate(control.criteria, start=first):
        sheet.write_string(row, 0, criterion.id, formats["body"])
        sheet.write_string(row, 1, f"{criterion.title}\n{criterion.question}", formats["body"])
        sheet.write_string(row, 2, _describe_levels(catalog, criterion), formats["body"])
        sheet.write_blank(row, _LEVEL_COLUMN, None, formats["level_input"])
        sheet.write_blank(row, _COMMENT_COLUMN, None, formats["text_input"])
    last = first + len(control.criteria) - 1
    sheet.data_validation(
        first,
        _LEVEL_COLUMN,
        last,
        _LEVEL_COLUMN,
        {
            "validate": "list",
            "source": [0, 1, 2, 3, 4],
            "error_title": "Invalid level",
            "error_message": "Choose 0, 1, 2, 3 or 4, or leave the cell empty to abstain.",
        },
    )
    comment_length = {"validate": "length", "criteria": "<=", "value": _MAX_COMMENT}
    sheet.data_validation(first, _COMMENT_COLUMN, last, _COMMENT_COLUMN, comment_length)
    sheet.freeze_panes(first, 1)
    sheet.repeat_rows(1)
    _protect_and_set_page(sheet)


def _describe_levels(catalog: Catalog, criterion: Criterion) -> str:
    pairs = zip(catalog.levels, criterion.levels, strict=True)
    return "\n".join(f"{level.level} {level.name}: {text}" for level, text in pairs)


def _protect_and_set_page(sheet: Worksheet) -> None:
    """Lock everything except the editable cells, and set up landscape A4 pages."""
    sheet.protect("", {"format_columns": True, "format_rows": True})
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
