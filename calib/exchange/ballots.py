"""Ballots that come in by file: the form that was sent round, or a table as CSV."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path

from calib.ballots.files import assessor_id, is_same_name
from calib.errors import BadInput, Problem
from calib.exchange.ballot_form import NAME, write_form
from calib.exchange.xlsx_reader import Cell, Sheet, read_sheets
from calib.model import Ballot, Catalog, Vote

__all__ = ["read_form", "read_forms", "write_form"]

_COLUMNS = {
    "control": "control",
    "criterion": "criterion",
    "level": "level",
    "your level": "level",
    "comment": "comment",
    "why": "comment",
    "name": "name",
}
_HEAD_ROWS = 20
_MAX_NAME = 200
_LEVEL = re.compile(r"([0-4])(\.0)?")
_NOTHING = Cell(None, 0, "")


def read_form(path: Path, catalog: Catalog, name: str = "") -> tuple[Ballot, ...]:
    """Read the ballots of one file, by control; raises BadInput with every problem of it.

    A name that is given counts instead of the one in the file. A criterion with neither level nor
    comment was not voted on; one with a comment alone is an abstention.
    """
    return read_forms((path,), catalog, name)


def read_forms(paths: Iterable[Path], catalog: Catalog, name: str = "") -> tuple[Ballot, ...]:
    """Read several files as `read_form` does, with every problem of all of them."""
    votes = _Votes()
    problems: list[Problem] = []
    for path in paths:
        reading = _Reading(path, catalog, votes, _tidy(name))
        try:
            sheets = read_sheets(path)
        except BadInput as error:
            problems.extend(error.problems)
        else:
            reading.file(sheets)
        problems.extend(reading.problems)
    if problems:
        raise BadInput(problems)
    return votes.ballots(catalog)


@dataclass
class _Votes:
    """Collect the votes of all files, and where each of them stood."""

    names: dict[str, str] = field(default_factory=dict)
    found: dict[tuple[str, str, str], tuple[Vote, str]] = field(default_factory=dict)

    def ballots(self, catalog: Catalog) -> tuple[Ballot, ...]:
        """Return the ballots, by control and assessor, in the catalog's order."""
        return tuple(
            Ballot(control=control.id, assessor=assessor, name=self.names[assessor], votes=votes)
            for control in catalog.controls
            for assessor in sorted(self.names)
            if (votes := self._of(assessor, control.id, [c.id for c in control.criteria]))
        )

    def _of(self, assessor: str, control: str, criteria: list[str]) -> tuple[Vote, ...]:
        keys = ((assessor, control, c) for c in criteria)
        return tuple(self.found[key][0] for key in keys if key in self.found)


@dataclass(frozen=True, slots=True)
class _Table:
    """Hold the rows below a head, whose columns are called by what they hold."""

    sheet: Sheet
    columns: dict[str, int]
    below: tuple[tuple[Cell, ...], ...]

    def cell(self, row: tuple[Cell, ...], column: str) -> Cell:
        number = self.columns.get(column, len(row))
        if number >= len(row):
            return Cell(None, row[0].row, column)
        found = row[number]
        # A CSV has no letters above its columns.
        return found if self.sheet.title else Cell(found.value, found.row, column)


@dataclass
class _Reading:
    """Read one file."""

    path: Path
    catalog: Catalog
    votes: _Votes
    given: str
    problems: list[Problem] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)

    def problem(self, message: str, cell: Cell = _NOTHING, remedy: str = "") -> None:
        self.problems.append(Problem(str(self.path), message, cell.row, cell.place, remedy))

    def file(self, sheets: tuple[Sheet, ...]) -> None:
        """Take in all sheets."""
        tables = [t for s in sheets if (t := self._table(s))]
        said = self._name_cell(sheets)
        name = self._name(said)
        before, nameless = len(self.votes.found), 0
        for table in tables:
            for row in table.below:
                nameless += self._row(table, row, name)
        if nameless:
            remedy = f"fill in {NAME.lower()} or the column name, or import it with --name"
            self.problem("does not say who voted", said, remedy)
        elif not self.problems and len(self.votes.found) == before:
            columns = "the columns criterion and level" if not tables else "a level"
            self.problem("holds no votes", remedy=f"fill in {columns}")
        self._one_name_for_all(tables)

    def _table(self, sheet: Sheet) -> _Table | None:
        for number, row in enumerate(sheet.rows[:_HEAD_ROWS]):
            words = [" ".join(c.text.casefold().split()) for c in row]
            columns = {_COLUMNS[w]: n for n, w in enumerate(words) if w in _COLUMNS}
            if {"criterion", "level"} <= columns.keys():
                return _Table(sheet, columns, sheet.rows[number + 1 :])
        if sheet.title in [c.id for c in self.catalog.controls] or not sheet.title:
            place = Cell(None, 0, sheet.title)
            remedy = "control, criterion, level, comment and name are the columns"
            self.problem("has no row that names the columns criterion and level", place, remedy)
        return None

    def _name_cell(self, sheets: tuple[Sheet, ...]) -> Cell:
        """Find the cell beside the words that ask for the name."""
        for sheet in (s for s in sheets if s.title):
            for row in sheet.rows[:_HEAD_ROWS]:
                for cell, beside in pairwise(row):
                    if cell.text.strip().casefold() == NAME.casefold():
                        return beside
        return _NOTHING

    def _name(self, cell: Cell) -> str:
        name = self.given or _tidy(cell.text)
        if cell.computed and not self.given:
            self.problem("holds a formula", cell, "write the name itself")
        elif len(name) > _MAX_NAME:
            self.problem(f"the name is longer than {_MAX_NAME} characters", cell)
            return name[:_MAX_NAME]
        return name

    def _one_name_for_all(self, tables: list[_Table]) -> None:
        names = [c for t in tables for r in t.below if (c := t.cell(r, "name")).text]
        other = [c for c in names if not is_same_name(c.text, names[0].text)]
        if self.given and other:
            self.problem("--name is for one, but several people voted here", other[0])

    def _row(self, table: _Table, row: tuple[Cell, ...], name: str) -> bool:
        """Take in one row; True where it is a vote of nobody."""
        level, comment = table.cell(row, "level"), table.cell(row, "comment")
        where = self._criterion(table, row)
        number = self._level(level)
        if comment.computed:
            self.problem("holds a formula", comment, "write the text itself")
        named = table.cell(row, "name")
        if named.text and not self.given:
            name = self._name(named)
        if not where or (number is None and not comment.text):
            return False
        if name:
            vote = Vote(criterion=where[1], level=number, comment=comment.text)
            self._keep(name, where[0], vote, level)
        return not name

    def _criterion(self, table: _Table, row: tuple[Cell, ...]) -> tuple[str, str] | None:
        """Return the control and the criterion that a row is about; None where there is none."""
        cell, in_row = table.cell(row, "criterion"), table.cell(row, "control")
        control = in_row.text.strip() or ("" if "control" in table.columns else table.sheet.title)
        criterion = cell.text.strip()
        if not criterion:
            if table.cell(row, "level").text or table.cell(row, "comment").text:
                self.problem("a vote that names no criterion", cell)
            return None
        known = {c.id: [x.id for x in c.criteria] for c in self.catalog.controls}
        if control not in known:
            place = in_row if "control" in table.columns else cell
            said = f"the catalog has no control {control}" if control else "names no control"
            if not control or control not in self.unknown:
                self.problem(said, place, _meant(control, list(known)))
            self.unknown.add(control)
            return None
        if criterion not in known[control]:
            said = f"{control} has no criterion {criterion}"
            self.problem(said, cell, _meant(criterion, known[control]))
            return None
        return control, criterion

    def _level(self, cell: Cell) -> int | None:
        if cell.computed:
            self.problem("holds a formula", cell, "choose 0, 1, 2, 3 or 4, or leave it empty")
            return None
        found = _LEVEL.fullmatch(cell.text.strip())
        if cell.text and (not found or isinstance(cell.value, bool)):
            shown = cell.text if len(cell.text) <= 40 else f"{cell.text[:37]}..."
            remedy = "choose 0, 1, 2, 3 or 4, or leave it empty to abstain"
            self.problem(f"{shown!r} is no level", cell, remedy)
            return None
        return int(found[1]) if found else None

    def _keep(self, name: str, control: str, vote: Vote, cell: Cell) -> None:
        assessor = assessor_id(name)
        known = self.votes.names.setdefault(assessor, name)
        if not is_same_name(known, name):
            self.problem(f"{name!r} and {known!r} are too alike to tell apart", cell)
            return
        key = (assessor, control, vote.criterion)
        where = f"{self.path.name}, {cell.place}, row {cell.row}"
        _, first = self.votes.found.setdefault(key, (vote, where))
        if first != where:
            remedy = f"the other vote stands in {first}: keep one"
            self.problem(f"{known} votes twice on {vote.criterion}", cell, remedy)


def _tidy(name: str) -> str:
    """Leave out of a name what a terminal would act on, and spaces that nobody sees."""
    return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in name).split())


def _meant(word: str, known: list[str]) -> str:
    close = get_close_matches(word, known, n=1, cutoff=0.5)
    return f"did you mean `{close[0]}`?" if close else f"there are: {', '.join(known)}"
