"""A portfolio as a spreadsheet or CSV."""

from __future__ import annotations

import csv
import io
from typing import Any

from calib.exchange.csv_safety import tame
from calib.portfolio import Portfolio, Row

_HEAD = ("partner", "readiness", "gauge")
_TAIL = (
    "qualified studies",
    "open",
    "working days",
    "valid until",
    "target date",
    "catalog version",
    "not re-confirmed",
    "folder",
)
Cells = list[str | int | float]


def columns(portfolio: Portfolio) -> Cells:
    """Name the columns: a gauge and a gate per control."""
    gates = (f"{c} gate" for c, _ in portfolio.controls)
    return [*_HEAD, *(c for c, _ in portfolio.controls), *gates, *_TAIL]


def cells(row: Row) -> Cells:
    """List a row's values in the order of the columns."""
    return [
        row.partner,
        str(row.readiness).replace("_", " "),
        row.gauge,
        *row.gauges,
        *("holds" if g else "not met" for g in row.gates),
        row.qualified,
        len(row.gaps),
        row.days,
        row.valid_until.isoformat(),
        row.target_date.isoformat() if row.target_date else "",
        row.answered_for,
        row.unconfirmed,
        row.folder,
    ]


def portfolio_csv(portfolio: Portfolio) -> bytes:
    """Write a line per assessment; a text that a spreadsheet would run is led by an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    for row in (columns(portfolio), *(cells(r) for r in portfolio.rows)):
        writer.writerow([tame(c) if isinstance(c, str) else c for c in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def portfolio_xlsx(portfolio: Portfolio) -> bytes:
    """Write a workbook: the assessments, the level of every criterion, what is open, what failed.

    Texts stay texts, whatever they look like.
    """
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, {**options, "strings_to_numbers": False}) as book:
        sheets = _Sheets(book)
        count = len(portfolio.controls)
        rows = [columns(portfolio), *map(cells, portfolio.rows)]
        sheets.add(
            "Partners",
            rows,
            (30, 12, 8, *[12] * count * 2, 10, 8, 12, 12, 12, 12, 10, 40),
            coloured=(2, 2 + count),
        )
        names = [a.name for a in portfolio.criteria]
        levels: list[Cells] = [["partner", *names]]
        levels += [
            [name, *r.levels] for name, r in zip(portfolio.names, portfolio.rows, strict=True)
        ]
        sheets.add("Levels", levels, (30, *[9] * len(names)), coloured=(1, len(names)))
        total = len(portfolio.rows) or 1
        gaps: list[Cells] = [["control", "open", "count", "per cent", "partners"]]
        gaps += [
            [
                g.asked.control,
                g.asked.title,
                g.count,
                round(100 * g.count / total),
                "; ".join(g.partners),
            ]
            for g in portfolio.common_gaps()
        ]
        sheets.add("Common gaps", gaps, (14, 40, 8, 8, 100))
        if portfolio.unread:
            failed: list[Cells] = [["folder", "why"]]
            failed.extend([u.folder, u.error] for u in portfolio.unread)
            sheets.add("Not read", failed, (40, 100))
    return out.getvalue()


class _Sheets:
    """Write tables as sheets of a workbook."""

    def __init__(self, book: Any) -> None:
        self.book = book
        look = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
        self.head = book.add_format(look)
        self.gauge = book.add_format({"num_format": "0.0"})

    def add(
        self,
        name: str,
        rows: list[Cells],
        widths: tuple[int, ...],
        coloured: tuple[int, int] | None = None,
    ) -> None:
        """Write rows, the first as a heading; colour the levels in a range of columns."""
        sheet = self.book.add_worksheet(name)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    look = (self.head,) if number == 0 else ()
                    sheet.write_string(number, column, cell[:32767], *look)
                else:
                    look = (self.gauge,) if isinstance(cell, float) else ()
                    sheet.write_number(number, column, cell, *look)
        sheet.freeze_panes(1, 1)
        last = max(1, len(rows) - 1)
        sheet.autofilter(0, 0, last, len(rows[0]) - 1)
        if coloured:
            scale = {
                "type": "2_color_scale",
                "min_type": "num",
                "max_type": "num",
                "min_value": 0,
                "max_value": 4,
                "min_color": "#edf0f4",
                "max_color": "#3f73a8",
            }
            sheet.conditional_format(1, coloured[0], last, coloured[1], scale)
