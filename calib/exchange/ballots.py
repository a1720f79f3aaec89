"""Import ballots from files: the filled-in ballot form, or a CSV table."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path

from calib.ballots.files import assessor_id, is_same_name
from calib.errors import BadInput, Problem
from calib.exchange.ballot_form import NAME_LABEL, write_ballot_form
from calib.exchange.xlsx_reader import SheetCell, SheetData, read_sheets
from calib.model import Ballot, Catalog, Vote
from calib.text import clean_name

__all__ = ["read_ballot_form", "read_ballot_forms", "write_ballot_form"]

# The columns of the CSV table and of the form, by their labels in lower case.
_COLUMNS = {
    "control": "control",
    "criterion": "criterion",
    "level": "level",
    "your level": "level",
    "comment": "comment",
    "why": "comment",
    "name": "name",
}
_MAX_HEADER_ROW = 20
_MAX_NAME = 200
_LEVEL = re.compile(r"([0-4])(\.0)?")
_NO_CELL = SheetCell(None, 0, "")


def read_ballot_form(path: Path, catalog: Catalog, name: str = "") -> tuple[Ballot, ...]:
    """Read the ballots of one file, by control; raises BadInput with all problems of the file.

    `name` replaces the name in the file. A criterion without level and comment was not voted on; a
    comment without level is an abstention.
    """
    return read_ballot_forms((path,), catalog, name)


def read_ballot_forms(
    paths: Iterable[Path], catalog: Catalog, name: str = ""
) -> tuple[Ballot, ...]:
    """Read several files like `read_ballot_form`; BadInput lists the problems of all of them."""
    votes = _VoteCollector()
    problems: list[Problem] = []
    for path in paths:
        reader = _BallotReader(path, catalog, votes, clean_name(name))
        try:
            sheets = read_sheets(path)
        except BadInput as error:
            problems.extend(error.problems)
        else:
            reader.read(sheets)
        problems.extend(reader.problems)
    if problems:
        raise BadInput(problems)
    return votes.ballots(catalog)


@dataclass
class _VoteCollector:
    """Collects the votes of all files with their locations."""

    names: dict[str, str] = field(default_factory=dict)
    """By assessor id, the name as it was first written."""
    votes: dict[tuple[str, str, str], tuple[Vote, str]] = field(default_factory=dict)
    """By assessor id, control and criterion, the vote and its location."""

    def ballots(self, catalog: Catalog) -> tuple[Ballot, ...]:
        """Return the ballots by control in the catalog's order, then by assessor."""
        return tuple(
            Ballot(control=control.id, assessor=assessor, name=self.names[assessor], votes=votes)
            for control in catalog.controls
            for assessor in sorted(self.names)
            if (votes := self._votes_on(assessor, control.id, [c.id for c in control.criteria]))
        )

    def _votes_on(self, assessor: str, control: str, criteria: list[str]) -> tuple[Vote, ...]:
        keys = ((assessor, control, c) for c in criteria)
        return tuple(self.votes[key][0] for key in keys if key in self.votes)


@dataclass(frozen=True, slots=True)
class _VoteTable:
    """The rows below a header row, with columns addressed by name."""

    sheet: SheetData
    columns: dict[str, int]
    rows: tuple[tuple[SheetCell, ...], ...]

    def cell(self, row: tuple[SheetCell, ...], column: str) -> SheetCell:
        """Return the cell of a row in a column; a blank cell if the row is shorter."""
        index = self.columns.get(column, len(row))
        if index >= len(row):
            return SheetCell(None, row[0].row, column)
        cell = row[index]
        # In a CSV file, report the column by its name: there are no column letters.
        return cell if self.sheet.title else SheetCell(cell.value, cell.row, column)


@dataclass
class _BallotReader:
    """Reads one file, adds its votes to `votes` and collects the problems."""

    path: Path
    catalog: Catalog
    votes: _VoteCollector
    name_override: str
    problems: list[Problem] = field(default_factory=list)
    unknown_controls: set[str] = field(default_factory=set)
    """Unknown controls that were reported, to report each of them once."""

    def add_problem(self, message: str, cell: SheetCell = _NO_CELL, remedy: str = "") -> None:
        self.problems.append(Problem(str(self.path), message, cell.row, cell.place, remedy))

    def read(self, sheets: tuple[SheetData, ...]) -> None:
        """Read the votes of all sheets."""
        tables = [t for s in sheets if (t := self._find_table(s))]
        name_cell = self._find_name_cell(sheets)
        name = self._read_name(name_cell)
        votes_before, nameless = len(self.votes.votes), 0
        for table in tables:
            for row in table.rows:
                nameless += self._read_row(table, row, name)
        if nameless:
            remedy = f"fill in {NAME_LABEL.lower()} or the column name, or import it with --name"
            self.add_problem("the name of the assessor is missing", name_cell, remedy)
        elif not self.problems and len(self.votes.votes) == votes_before:
            missing = "a level" if tables else "the columns criterion and level"
            self.add_problem("contains no votes", remedy=f"fill in {missing}")
        self._check_single_name(tables)

    def _find_table(self, sheet: SheetData) -> _VoteTable | None:
        for number, row in enumerate(sheet.rows[:_MAX_HEADER_ROW]):
            labels = [" ".join(c.text.casefold().split()) for c in row]
            columns = {_COLUMNS[w]: n for n, w in enumerate(labels) if w in _COLUMNS}
            if {"criterion", "level"} <= columns.keys():
                return _VoteTable(sheet, columns, sheet.rows[number + 1 :])
        # Other sheets, such as notes, may lack the header; a sheet of votes may not.
        if sheet.title in [c.id for c in self.catalog.controls] or not sheet.title:
            place = SheetCell(None, 0, sheet.title)
            remedy = "the columns are control, criterion, level, comment and name"
            self.add_problem("no header row with the columns criterion and level", place, remedy)
        return None

    def _find_name_cell(self, sheets: tuple[SheetData, ...]) -> SheetCell:
        """Return the cell to the right of the label for the name."""
        for sheet in (s for s in sheets if s.title):
            for row in sheet.rows[:_MAX_HEADER_ROW]:
                for label, value in pairwise(row):
                    if label.text.strip().casefold() == NAME_LABEL.casefold():
                        return value
        return _NO_CELL

    def _read_name(self, cell: SheetCell) -> str:
        name = self.name_override or clean_name(cell.text)
        if cell.is_computed and not self.name_override:
            self.add_problem("contains a formula", cell, "type the name itself")
        elif len(name) > _MAX_NAME:
            self.add_problem(f"the name is longer than {_MAX_NAME} characters", cell)
            return name[:_MAX_NAME]
        return name

    def _check_single_name(self, tables: list[_VoteTable]) -> None:
        """Reject --name for a file with several names: it would merge their votes."""
        names = [c for t in tables for r in t.rows if (c := t.cell(r, "name")).text]
        others = [c for c in names if not is_same_name(c.text, names[0].text)]
        if self.name_override and others:
            self.add_problem("--name is for one assessor, but this file has several", others[0])

    def _read_row(self, table: _VoteTable, row: tuple[SheetCell, ...], name: str) -> bool:
        """Read one row; return True if it has a vote but no name."""
        level_cell, comment = table.cell(row, "level"), table.cell(row, "comment")
        ids = self._read_criterion(table, row)
        level = self._read_level(level_cell)
        if comment.is_computed:
            self.add_problem("contains a formula", comment, "type the text itself")
        name_in_row = table.cell(row, "name")
        if name_in_row.text and not self.name_override:
            name = self._read_name(name_in_row)
        if not ids or (level is None and not comment.text):
            return False
        if name:
            control, criterion = ids
            vote = Vote(criterion=criterion, level=level, comment=comment.text)
            self._add_vote(name, control, vote, level_cell)
        return not name

    def _read_criterion(
        self, table: _VoteTable, row: tuple[SheetCell, ...]
    ) -> tuple[str, str] | None:
        """Return the control and criterion of a row; None if there is none or it is unknown."""
        cell, control_cell = table.cell(row, "criterion"), table.cell(row, "control")
        # In the form, the title of the sheet is the control.
        sheet_control = "" if "control" in table.columns else table.sheet.title
        control = control_cell.text.strip() or sheet_control
        criterion = cell.text.strip()
        if not criterion:
            if table.cell(row, "level").text or table.cell(row, "comment").text:
                self.add_problem("the vote has no criterion", cell)
            return None
        known = {c.id: [x.id for x in c.criteria] for c in self.catalog.controls}
        if control not in known:
            place = control_cell if "control" in table.columns else cell
            message = f"the catalog has no control {control}" if control else "no control is given"
            if not control or control not in self.unknown_controls:
                self.add_problem(message, place, _suggest(control, list(known)))
            self.unknown_controls.add(control)
            return None
        if criterion not in known[control]:
            message = f"{control} has no criterion {criterion}"
            self.add_problem(message, cell, _suggest(criterion, known[control]))
            return None
        return control, criterion

    def _read_level(self, cell: SheetCell) -> int | None:
        if cell.is_computed:
            remedy = "choose 0, 1, 2, 3 or 4, or leave it empty"
            self.add_problem("contains a formula", cell, remedy)
            return None
        match = _LEVEL.fullmatch(cell.text.strip())
        # str(True) does not match, but a bool is an int in Python: reject it by type as well.
        if cell.text and (not match or isinstance(cell.value, bool)):
            shown = cell.text if len(cell.text) <= 40 else f"{cell.text[:37]}..."
            remedy = "choose 0, 1, 2, 3 or 4, or leave it empty to abstain"
            self.add_problem(f"{shown!r} is not a level", cell, remedy)
            return None
        return int(match[1]) if match else None

    def _add_vote(self, name: str, control: str, vote: Vote, cell: SheetCell) -> None:
        assessor = assessor_id(name)
        known = self.votes.names.setdefault(assessor, name)
        if not is_same_name(known, name):
            # Different names with the same id would overwrite each other's ballot file.
            self.add_problem(f"the names {name!r} and {known!r} are too similar", cell)
            return
        key = (assessor, control, vote.criterion)
        location = f"{self.path.name}, {cell.place}, row {cell.row}"
        _, first = self.votes.votes.setdefault(key, (vote, location))
        if first != location:
            remedy = f"the other vote is in {first}: keep one"
            self.add_problem(f"{known} votes twice on {vote.criterion}", cell, remedy)


def _suggest(word: str, known: list[str]) -> str:
    close = get_close_matches(word, known, n=1, cutoff=0.5)
    return f"did you mean `{close[0]}`?" if close else f"choose one of: {', '.join(known)}"
