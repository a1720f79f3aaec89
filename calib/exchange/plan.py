"""The improvement plan as a spreadsheet or CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from calib.exchange.cells import tame
from calib.plan import Plan
from calib.store.atomic import replace_file

COLUMNS = (
    "number", "action id", "control", "criterion", "title", "action", "artefact", "effort", "days",
    "owner", "due", "start by", "status", "note",
)  # fmt: skip
_WIDTHS = (8, 30, 14, 22, 28, 60, 36, 8, 8, 18, 12, 12, 10, 30)


def plan_rows(plan: Plan) -> list[tuple[str | int, ...]]:
    """List the plan's steps as rows of COLUMNS."""
    return [
        (
            s.number, s.gap.id, s.gap.control, s.gap.criterion, s.gap.title, s.gap.action,
            s.gap.artefact, str(s.gap.effort), s.gap.days, s.owner,
            s.due.isoformat() if s.due else "",
            s.start_by.isoformat() if s.start_by else "", str(s.status), s.note,
        )
        for s in plan.steps
    ]  # fmt: skip


def plan_csv(plan: Plan) -> bytes:
    """Write the plan as CSV; a text that a spreadsheet would run is led by an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in plan_rows(plan):
        writer.writerow([tame(cell) if isinstance(cell, str) else cell for cell in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def plan_xlsx(plan: Plan) -> bytes:
    """Write the plan as a workbook; texts stay texts, whatever they look like."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, {**options, "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet("Improvement plan")
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        body = book.add_format({"text_wrap": True, "valign": "top"})
        for column, (name, width) in enumerate(zip(COLUMNS, _WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, name, head)
        for number, row in enumerate(plan_rows(plan), start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, int):
                    sheet.write_number(number, column, cell, body)
                else:
                    sheet.write_string(number, column, cell[:32767], body)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(1, len(plan.steps)), len(COLUMNS) - 1)
    return out.getvalue()


def write_plan(plan: Plan, path: Path) -> Path:
    """Write the plan in the format that the path's ending names; raises OSError, CannotWrite."""
    content = plan_xlsx(plan) if path.suffix == ".xlsx" else plan_csv(plan)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, content)
    return path
