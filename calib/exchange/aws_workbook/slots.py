"""Where an answer stands in a workbook, and what a person should know about a place."""

from __future__ import annotations

from dataclasses import dataclass

from calib.exchange.cells import CellPosition, format_cell


@dataclass(frozen=True, slots=True)
class WorkbookNote:
    """Tell of something that a person should know, and where it stands."""

    place: str
    message: str
    is_left_out: bool = False
    """Whether a text stands there that was not taken."""

    @property
    def is_of_cell(self) -> bool:
        """Say whether it speaks of one cell, and not of a sheet or of the file."""
        return "!" in self.place

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


@dataclass(frozen=True, slots=True)
class AnswerSlot:
    """Hold where the answer to one control stands, for one customer reference or for none."""

    sheet: str
    row: int
    control: str
    reference: int
    response: CellPosition
    met: CellPosition | None
    requirement: str
    named: str = ""
    """The customer, where the head of the reference names it."""

    def at(self, place: CellPosition) -> str:
        """Name a cell as `Sheet!D5`; a list without sheets has lines."""
        return f"{self.sheet}!{format_cell(place)}" if self.sheet else f"line {self.row}"
