"""Export a portfolio as .xlsx or .csv."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from calib.exchange.cells import MAX_CELL_TEXT
from calib.exchange.csv_safety import neutralise_formula
from calib.portfolio import PartnerRow, Portfolio

if TYPE_CHECKING:
    from xlsxwriter import Workbook

_LEADING_COLUMNS = ("partner", "readiness", "gauge")
_TRAILING_COLUMNS = (
    "qualified studies",
    "open",
    "working days",
    "valid until",
    "target date",
    "catalog version",
    "not re-confirmed",
    "folder",
)
PortfolioCells = list[str | int | float]


def column_names(portfolio: Portfolio) -> PortfolioCells:
    """Return the column names; every control has a gauge and a gate."""
    gates = (f"{c} gate" for c, _ in portfolio.controls)
    return [*_LEADING_COLUMNS, *(c for c, _ in portfolio.controls), *gates, *_TRAILING_COLUMNS]


def row_values(row: PartnerRow) -> PortfolioCells:
    """Return the values of a row in the order of `column_names`."""
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


def render_portfolio_csv(portfolio: Portfolio) -> bytes:
    """Render one line per assessment, with formulas neutralised."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    for row in (column_names(portfolio), *(row_values(r) for r in portfolio.rows)):
        writer.writerow([neutralise_formula(c) if isinstance(c, str) else c for c in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def render_portfolio_xlsx(portfolio: Portfolio) -> bytes:
    """Render a workbook with sheets for assessments, criterion levels, common gaps and failures.

    Texts are never converted to formulas, numbers or links.
    """
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, {**options, "strings_to_numbers": False}) as book:
        sheets = _SheetWriter(book)
        count = len(portfolio.controls)
        rows = [column_names(portfolio), *map(row_values, portfolio.rows)]
        sheets.add(
            "Partners",
            rows,
            (30, 12, 8, *[12] * count * 2, 10, 8, 12, 12, 12, 12, 10, 40),
            coloured=(2, 2 + count),
        )
        names = [a.name for a in portfolio.criteria]
        levels: list[PortfolioCells] = [["partner", *names]]
        levels += [
            [name, *r.levels] for name, r in zip(portfolio.names, portfolio.rows, strict=True)
        ]
        sheets.add("Levels", levels, (30, *[9] * len(names)), coloured=(1, len(names)))
        total = len(portfolio.rows) or 1
        gaps: list[PortfolioCells] = [["control", "open", "count", "per cent", "partners"]]
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
            failed: list[PortfolioCells] = [["folder", "why"]]
            failed.extend([u.folder, u.error] for u in portfolio.unread)
            sheets.add("Not read", failed, (40, 100))
    return out.getvalue()


class _SheetWriter:
    """Writes tables as sheets of one workbook."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        header = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
        self.header_format = book.add_format(header)
        self.gauge_format = book.add_format({"num_format": "0.0"})

    def add(
        self,
        name: str,
        rows: list[PortfolioCells],
        widths: tuple[int, ...],
        coloured: tuple[int, int] | None = None,
    ) -> None:
        """Write rows, the first as header; `coloured` is the range of level columns, from 0."""
        sheet = self.book.add_worksheet(name)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    cell_format = self.header_format if number == 0 else None
                    sheet.write_string(number, column, cell[:MAX_CELL_TEXT], cell_format)
                else:
                    cell_format = self.gauge_format if isinstance(cell, float) else None
                    sheet.write_number(number, column, cell, cell_format)
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
