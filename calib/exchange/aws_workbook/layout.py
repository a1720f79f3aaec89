"""Where the answers stand in a workbook: found by what the heads say, never by fixed columns.

A head is a row, or a few of them, in which at least two cells say what their columns hold. Below it
each row with a control id is one control; columns that stand under a customer reference hold the
answers for that reference. Rows that belong to no control are told of, not dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from calib.exchange.cells import CellPosition, format_cell
from calib.exchange.aws_workbook.labels import (
    ColumnKind,
    ColumnLabel,
    WorkbookLabels,
    find_control_ids,
    normalise_id,
    parse_control_id,
)
from calib.exchange.aws_workbook.sheet_xml import XmlSheet
from calib.exchange.aws_workbook.slots import AnswerSlot, WorkbookNote

_MAX_HEADER_GAP = 2
"""Rows between the parts of one head."""


@dataclass(slots=True)
class _AnswerColumns:
    """Hold the columns of one answer."""

    reference: int
    response: int
    met: int = 0
    named: str = ""


@dataclass(slots=True)
class _HeaderBlock:
    """Hold what a head says of the columns below it."""

    first: int
    last: int
    columns: dict[int, list[tuple[int, ColumnLabel]]] = field(default_factory=dict)
    """By column, the labels with the row of each."""

    def of(self, head: ColumnKind) -> list[int]:
        return sorted(
            c for c, labels in self.columns.items() if any(h.head is head for _, h in labels)
        )


@dataclass
class SheetLayout:
    """Hold the answers' places in one sheet."""

    slots: list[AnswerSlot] = field(default_factory=list)
    notes: list[WorkbookNote] = field(default_factory=list)
    has_head: bool = False


class _LayoutReader:
    """Read the layout of one sheet."""

    def __init__(
        self, sheet: XmlSheet, words: WorkbookLabels, known: dict[tuple[str, int], str]
    ) -> None:
        self.sheet, self.words, self.known = sheet, words, known
        self.layout = SheetLayout()
        self.rows: dict[int, list[int]] = {}
        for row, column in sorted(sheet.cells):
            if sheet.text((row, column)).strip():
                self.rows.setdefault(row, []).append(column)

    def note(
        self, message: str, place: CellPosition | None = None, *, left_out: bool = False
    ) -> None:
        where = f"{self.sheet.title}!{format_cell(place)}" if place else self.sheet.title
        self.layout.notes.append(WorkbookNote(where, message, left_out))

    def control(self, text: str) -> str:
        return parse_control_id(text, self.known, self.words.numberless)

    def tables(self) -> list[_HeaderBlock]:
        """Find the heads, each with the labels of its columns."""
        found: list[_HeaderBlock] = []
        for row, columns in self.rows.items():
            texts = {c: self.sheet.text((row, c)) for c in columns}
            labels = {c: h for c, t in texts.items() if (h := self.words.label(t))}
            if len(labels) < 2 or any(self.control(t) for t in texts.values()):
                continue
            near = found and row - found[-1].last <= _MAX_HEADER_GAP
            table = found[-1] if near else _HeaderBlock(row, row)
            if (
                near
                and {ColumnKind.ID} & {h.head for h in labels.values()}
                and table.of(ColumnKind.ID)
            ):
                table = _HeaderBlock(row, row)  # a second head, not the rest of the first
            if table not in found[-1:]:
                found.append(table)
            table.last = row
            for column, label in labels.items():
                table.columns.setdefault(column, []).append((row, label))
                if not label.exact:
                    said = f"“{texts[column].strip()}” was taken for the head of the {label.head}"
                    self.note(f"{said} column", (row, column))
        return found

    def read(self) -> SheetLayout:
        tables = self.tables()
        self.layout.has_head = bool(tables)
        if not tables:
            self._without_head()
            return self.layout
        ends = [t.first for t in tables[1:]] + [max(self.rows, default=0) + 1]
        for table, end in zip(tables, ends, strict=True):
            rows = [r for r in self.rows if table.last < r < end]
            ids = self._id_column(table, rows)
            pairs = self._pairs(table)
            if not pairs:
                message = "the head has no column for the partner's response: nothing below is read"
                place = (table.first, min(table.columns))
                self.note(message, place, left_out=bool(ids))
            elif not ids:
                self.note("no control id stands below this head", (table.first, min(table.columns)))
            else:
                self._below(table, rows, ids, pairs)
        return self.layout

    def _without_head(self) -> None:
        for row, columns in self.rows.items():
            for column in columns:
                control = self.control(self.sheet.text((row, column)))
                if control and len(columns) > 1:
                    said = f"{control} stands in a sheet without heads, which is not read"
                    self.note(said, (row, column), left_out=True)
                    break

    def _id_column(self, table: _HeaderBlock, rows: Sequence[int]) -> int:
        """Return the column of the ids: the one that is called so, or the one that holds them."""
        counts: dict[int, int] = {}
        for row in rows:
            for column in self.rows[row]:
                if self.control(self.sheet.text((row, column))):
                    counts[column] = counts.get(column, 0) + 1
        named = [c for c in table.of(ColumnKind.ID) if counts.get(c)]
        return named[0] if named else max(counts, key=lambda c: (counts[c], -c), default=0)

    def _pairs(self, table: _HeaderBlock) -> list[_AnswerColumns]:
        """Find the columns of the answers, under the customer references if there are any."""
        responses, mets = table.of(ColumnKind.RESPONSE), table.of(ColumnKind.MET)
        anchors = [
            (column, label)
            for column in table.of(ColumnKind.REFERENCE)
            for _, label in table.columns[column]
            if label.head is ColumnKind.REFERENCE
        ]
        if not anchors:
            pairs = [_AnswerColumns(n, c) for n, c in enumerate(responses, start=1)]
            if len(pairs) == 1:
                pairs[0].reference = 0
            elif pairs:
                said = f"{len(pairs)} response columns without customer references: taken in order"
                self.note(said, (table.first, responses[0]))
            return _assign_met_columns(pairs, mets)
        first = anchors[0][0]
        pairs = [_AnswerColumns(0, c) for c in responses if c < first][:1]
        pairs = _assign_met_columns(pairs, [m for m in mets if m < first])
        pairs += self._of_references(table, anchors, responses, mets)
        return pairs

    def _of_references(
        self,
        table: _HeaderBlock,
        anchors: list[tuple[int, ColumnLabel]],
        responses: list[int],
        mets: list[int],
    ) -> Iterator[_AnswerColumns]:
        numbers = [label.number for _, label in anchors]
        if len(set(numbers)) < len(numbers) or 0 in numbers:
            self.note(
                "not every reference has a number of its own: they are counted from the left",
                (table.first, anchors[0][0]),
            )
            numbers = list(range(1, len(numbers) + 1))
        starts = [c for c, _ in anchors]
        ends = [*starts[1:], self._last_column(table, anchors) + 1]
        narrow = all(after - before == 1 for before, after in pairwise(starts))
        for (column, label), number, end in zip(anchors, numbers, ends, strict=True):
            found = [c for c in responses if column <= c < end]
            met = [c for c in mets if column <= c < end]
            if not found and narrow and end - column == 1:
                found = [column]  # a column for each reference, and none for Met?
            if found:
                pair = _AnswerColumns(number, found[0], named=label.name)
                yield _assign_met_columns([pair], met)[0]
            else:
                said = f"no column of customer reference {number} is called Partner Response"
                self.note(f"{said}: it is not read", (table.first, column), left_out=True)

    def _last_column(self, table: _HeaderBlock, anchors: list[tuple[int, ColumnLabel]]) -> int:
        """Return where the last reference ends: its merged head, or its last labelled column."""
        column = anchors[-1][0]
        rows = [r for r, label in table.columns[column] if label.head is ColumnKind.REFERENCE]
        spans = [
            right for top, left, _, right in self.sheet.merged if top in rows and left == column
        ]
        return max([column, *spans, *(c for c in table.columns if c > column)])

    def _below(
        self, table: _HeaderBlock, rows: list[int], ids: int, pairs: list[_AnswerColumns]
    ) -> None:
        requirement = next(iter(table.of(ColumnKind.REQUIREMENT)), 0)
        for row in rows:
            place = (row, ids)
            anchor = self.sheet.anchor(place)
            own = self.sheet.text(anchor if anchor[0] > table.last else place).strip()
            control = self.control(own)
            if not control:
                self._belongs_to_none(row, own, ids, pairs)
                continue
            if control not in normalise_id(own):
                self.note(f"“{own}” was taken for {control}", place)
            if more := [one for one in find_control_ids(own, self.known) if one != control]:
                self.note(
                    f"names {', '.join(more)} too: the row is read for {control} alone", place
                )
            asked = self.sheet.text(self.sheet.anchor((row, requirement))) if requirement else ""
            for pair in pairs:
                self.layout.slots.append(self._slot(row, control, pair, asked))
            self._under_no_head(table, row, pairs)

    def _under_no_head(self, table: _HeaderBlock, row: int, pairs: list[_AnswerColumns]) -> None:
        """Tell of texts beside the answers, in columns that have no head."""
        headed = {c for r, cs in self.rows.items() if table.first <= r <= table.last for c in cs}
        answers = {p.response for p in pairs}
        for column in self.rows[row]:
            if column > min(answers) and column not in headed | answers:
                self.note(
                    "the text stands beside the answers, and is not read",
                    (row, column),
                    left_out=True,
                )

    def _slot(self, row: int, control: str, pair: _AnswerColumns, asked: str) -> AnswerSlot:
        anchor = self.sheet.anchor
        return AnswerSlot(
            sheet=self.sheet.title,
            row=row,
            control=control,
            reference=pair.reference,
            response=anchor((row, pair.response)),
            met=anchor((row, pair.met)) if pair.met else None,
            requirement=asked,
            named=pair.named,
        )

    def _belongs_to_none(self, row: int, own: str, ids: int, pairs: list[_AnswerColumns]) -> None:
        """Tell of texts in answer columns of a row that no control has; titles hold none."""
        for pair in pairs:
            place = (row, pair.response)
            if self.sheet.text(place).strip() and pair.response != ids:
                self._tell_of(own, place)

    def _tell_of(self, own: str, place: CellPosition) -> None:
        named = f"“{own[:40]}” is no control id" if own else "the row has no control id"
        self.note(f"{named}: the text is not read", place, left_out=True)


def _assign_met_columns(pairs: list[_AnswerColumns], mets: list[int]) -> list[_AnswerColumns]:
    """Give each answer its Met? column: the one before it, else the one behind it."""
    edges = [0, *(p.response for p in pairs)]
    for (before, own), pair in zip(pairwise(edges), pairs, strict=True):
        left = [m for m in mets if before < m < own]
        right = [m for m in mets if m > own]
        after = next((p.response for p in pairs if p.response > own), 1 << 20)
        near = [*left[-1:], *(m for m in right[:1] if m < after)]
        pair.met = near[0] if near else 0
    return pairs


def read_layout(
    sheet: XmlSheet, words: WorkbookLabels, known: dict[tuple[str, int], str]
) -> SheetLayout:
    """Find the answers' places in a sheet.

    Args:
        sheet: the sheet.
        words: what columns and rows are called.
        known: the controls that are known, by letters and number.
    """
    return _LayoutReader(sheet, words, known).read()
