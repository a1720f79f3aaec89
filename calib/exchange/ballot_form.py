"""The form that is sent round before a workshop: a workbook in which one assessor votes."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from calib.errors import BadInput, Problem
from calib.files.atomic import add_new_file, naming
from calib.model import Assessment, Catalog, Control, Criterion

START = "Start"
NAME = "Your name"
COLUMNS = ("Criterion", "What is asked", "What the levels look like", "Your level", "Why")
_WIDTHS = (22, 36, 76, 10, 44)
_LEVEL, _WHY = 3, 4
_NAME_ROW = 3
_MOST_NAME, _MOST_WHY = 200, 8_000
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write_form(catalog: Catalog, assessment: Assessment, path: Path) -> Path:
    """Write the form under a name that is free; raises BadInput where it is not, CannotWrite.

    A form that lies there may be filled in already, so it is never overwritten.
    """
    if path.suffix.lower() != ".xlsx":
        remedy = f"call it {path.stem or 'ballot'}.xlsx"
        raise BadInput([Problem(str(path), "the form is a workbook", remedy=remedy)])
    content = form_xlsx(catalog, assessment)
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    if not add_new_file(path, content):
        remedy = "it may hold votes: choose another name, or remove it"
        raise BadInput([Problem(str(path), "is there already", remedy=remedy)])
    return path


def form_xlsx(catalog: Catalog, assessment: Assessment) -> bytes:
    """Return the form as a workbook; texts stay texts, and only the votes can be changed."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _OPTIONS) as book:
        partner = assessment.header.profile.partner
        book.set_properties({"title": f"Ballot: {partner}", "subject": catalog.title})
        formats = _formats(book)
        _start(book, formats, catalog, partner)
        for control in catalog.controls:
            _control(book, formats, catalog, control)
    return out.getvalue()


def _formats(book: Any) -> dict[str, Any]:
    plain = {"text_wrap": True, "valign": "top"}
    typed = {
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
        # As text, so that no program turns what is typed into a formula or a date.
        "typed": book.add_format({**typed, "num_format": "@"}),
        "level": book.add_format({**typed, "align": "center"}),
    }


def _start(book: Any, formats: dict[str, Any], catalog: Catalog, partner: str) -> None:
    sheet = book.add_worksheet(START)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 90)
    sheet.write_string(0, 0, f"Ballot: {partner}"[:_MOST_NAME], formats["title"])
    sheet.write_string(1, 0, catalog.title)
    sheet.write_string(_NAME_ROW, 0, NAME, formats["head"])
    sheet.write_blank(_NAME_ROW, 1, None, formats["typed"])
    too_long = {"validate": "length", "criteria": "<=", "value": _MOST_NAME}
    sheet.data_validation(_NAME_ROW, 1, _NAME_ROW, 1, too_long)
    rows = [
        (
            "How to vote",
            "Write your name above. Then go through the sheets, one for each control, "
            "and choose a level from 0 to 4 for every criterion you can judge.",
        ),
        ("Why", "Say what you saw: a document, a customer, a number. It helps the talk later."),
        ("Abstain", "Leave the level empty, and say why if you like."),
        ("Blind", "Vote alone, and do not show your votes. They are compared in the workshop."),
        *(
            (f"{level.level} {level.name}", f"{level.means} {level.shows}")
            for level in catalog.levels
        ),
        ("Note", catalog.levels_note),
    ]
    for number, (word, text) in enumerate(rows, start=_NAME_ROW + 2):
        sheet.write_string(number, 0, word, formats["head"])
        sheet.write_string(number, 1, text, formats["plain"])
    _finish(sheet)


def _control(book: Any, formats: dict[str, Any], catalog: Catalog, control: Control) -> None:
    sheet = book.add_worksheet(control.id)
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, f"{control.id}: {control.title}", formats["title"])
    for column, name in enumerate(COLUMNS):
        sheet.write_string(1, column, name, formats["head"])
    first = 2
    for row, criterion in enumerate(control.criteria, start=first):
        sheet.write_string(row, 0, criterion.id, formats["body"])
        sheet.write_string(row, 1, f"{criterion.title}\n{criterion.question}", formats["body"])
        sheet.write_string(row, 2, _levels(catalog, criterion), formats["body"])
        sheet.write_blank(row, _LEVEL, None, formats["level"])
        sheet.write_blank(row, _WHY, None, formats["typed"])
    last = first + len(control.criteria) - 1
    sheet.data_validation(
        first,
        _LEVEL,
        last,
        _LEVEL,
        {
            "validate": "list",
            "source": [0, 1, 2, 3, 4],
            "error_title": "A level is 0 to 4",
            "error_message": "Choose 0, 1, 2, 3 or 4, or leave the cell empty to abstain.",
        },
    )
    too_long = {"validate": "length", "criteria": "<=", "value": _MOST_WHY}
    sheet.data_validation(first, _WHY, last, _WHY, too_long)
    sheet.freeze_panes(first, 1)
    sheet.repeat_rows(1)
    _finish(sheet)


def _levels(catalog: Catalog, criterion: Criterion) -> str:
    pairs = zip(catalog.levels, criterion.levels, strict=True)
    return "\n".join(f"{level.level} {level.name}: {text}" for level, text in pairs)


def _finish(sheet: Any) -> None:
    """Protect all but the cells to fill in, and set the page."""
    sheet.protect("", {"format_columns": True, "format_rows": True})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
