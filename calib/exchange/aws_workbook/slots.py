"""Answer slots: where the workbook stores an answer, and notes on cells for the user."""

from __future__ import annotations

from dataclasses import dataclass

from calib.exchange.cells import CellPosition, format_cell


@dataclass(frozen=True, slots=True)
class WorkbookNote:
    """A remark for the user on a cell, a sheet or the whole file."""

    place: str
    message: str
    is_omitted: bool = False
    """Whether the place contains a text that was not imported."""

    @property
    def is_about_cell(self) -> bool:
        """Whether the note is about one cell, and not about a sheet or the file."""
        return "!" in self.place

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


@dataclass(frozen=True, slots=True)
class AnswerSlot:
    """The cells of the answer to one control, for one customer reference or for none."""

    sheet: str
    row: int
    control: str
    reference: int
    """The number of the customer reference; 0 if the answer belongs to none."""
    response: CellPosition
    met: CellPosition | None
    requirement: str
    customer: str = ""
    """The name of the customer, if the header of the reference contains it."""

    def cell_reference(self, position: CellPosition) -> str:
        """Return a cell as `Sheet!D5`, or the line of a CSV file, which has no sheets."""
        return f"{self.sheet}!{format_cell(position)}" if self.sheet else f"line {self.row}"
