"""Find the answer slots of a sheet by the labels of its columns, never by fixed positions.

A header is one row, or a few rows, with at least two known labels. Below it, each row with a
control id belongs to that control. Columns under a customer reference contain the answers for that
reference. Texts in rows without a control are reported, not dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from calib.exchange.aws_workbook.labels import (
    ColumnKind,
    ColumnLabel,
    ControlKey,
    WorkbookLabels,
    find_control_ids,
    normalise_id,
    parse_control_id,
)
from calib.exchange.aws_workbook.sheet_xml import XmlSheet
from calib.exchange.aws_workbook.slots import AnswerSlot, WorkbookNote
from calib.exchange.cells import CellPosition, format_cell

_MAX_HEADER_GAP = 2
"""The maximal distance between the rows of one header."""
_NO_COLUMN = 1 << 20
"""A column after all others; Excel has 16,384."""


@dataclass(slots=True)
class _AnswerColumns:
    """The columns of the answers for one customer reference, or for none (0)."""

    reference: int
    response: int
    met: int = 0
    customer: str = ""


@dataclass(slots=True)
class _HeaderBlock:
    """The rows of a header and the labels of its columns."""

    first: int
    last: int
    columns: dict[int, list[tuple[int, ColumnLabel]]] = field(default_factory=dict)
    """By column, its labels with the row of each."""

    def columns_of(self, kind: ColumnKind) -> list[int]:
        return sorted(
            column
            for column, labels in self.columns.items()
            if any(label.kind is kind for _, label in labels)
        )


@dataclass
class SheetLayout:
    """The answer slots of one sheet."""

    slots: list[AnswerSlot] = field(default_factory=list)
    notes: list[WorkbookNote] = field(default_factory=list)
    has_header: bool = False


class _LayoutReader:
    """Finds the layout of one sheet."""

    def __init__(
        self, sheet: XmlSheet, labels: WorkbookLabels, known: dict[ControlKey, str]
    ) -> None:
        self.sheet, self.labels, self.known = sheet, labels, known
        self.layout = SheetLayout()
        self.rows: dict[int, list[int]] = {}
        """By row, the columns with a text."""
        for row, column in sorted(sheet.cells):
            if sheet.text((row, column)).strip():
                self.rows.setdefault(row, []).append(column)

    def add_note(
        self, message: str, position: CellPosition | None = None, *, is_omitted: bool = False
    ) -> None:
        title = self.sheet.title
        place = f"{title}!{format_cell(position)}" if position else title
        self.layout.notes.append(WorkbookNote(place, message, is_omitted))

    def parse_control(self, text: str) -> str:
        return parse_control_id(text, self.known, self.labels.numberless)

    def find_headers(self) -> list[_HeaderBlock]:
        headers: list[_HeaderBlock] = []
        for row, columns in self.rows.items():
            texts = {c: self.sheet.text((row, c)) for c in columns}
            labels = {c: x for c, t in texts.items() if (x := self.labels.match_column(t))}
            if len(labels) < 2 or any(self.parse_control(t) for t in texts.values()):
                continue
            kinds = {label.kind for label in labels.values()}
            header = self._header_to_extend(headers, row, kinds)
            if header is None:
                header = _HeaderBlock(row, row)
                headers.append(header)
            header.last = row
            for column, label in labels.items():
                header.columns.setdefault(column, []).append((row, label))
                if not label.is_exact:
                    text = texts[column].strip()
                    message = f"“{text}” was read as the label of the {label.kind} column"
                    self.add_note(message, (row, column))
        return headers

    def _header_to_extend(
        self, headers: list[_HeaderBlock], row: int, kinds: set[ColumnKind]
    ) -> _HeaderBlock | None:
        """Return the header above, if a row of labels continues it; a second ID starts another."""
        if not headers or row - headers[-1].last > _MAX_HEADER_GAP:
            return None
        has_second_id = ColumnKind.ID in kinds and headers[-1].columns_of(ColumnKind.ID)
        return None if has_second_id else headers[-1]

    def read(self) -> SheetLayout:
        headers = self.find_headers()
        self.layout.has_header = bool(headers)
        if not headers:
            self._note_controls_without_header()
            return self.layout
        ends = [h.first for h in headers[1:]] + [max(self.rows, default=0) + 1]
        for header, end in zip(headers, ends, strict=True):
            rows = [r for r in self.rows if header.last < r < end]
            id_column = self._find_id_column(header, rows)
            answer_columns = self._find_answer_columns(header)
            first_label = (header.first, min(header.columns))
            if not answer_columns:
                message = (
                    "the header has no column for the partner's response: the rows below it are "
                    "not read"
                )
                self.add_note(message, first_label, is_omitted=bool(id_column))
            elif not id_column:
                self.add_note("no control id below this header", first_label)
            else:
                self._read_rows(header, rows, id_column, answer_columns)
        return self.layout

    def _note_controls_without_header(self) -> None:
        for row, columns in self.rows.items():
            for column in columns:
                control = self.parse_control(self.sheet.text((row, column)))
                if control and len(columns) > 1:
                    message = f"{control} is in a sheet without a header, which is not read"
                    self.add_note(message, (row, column), is_omitted=True)
                    break

    def _find_id_column(self, header: _HeaderBlock, rows: Sequence[int]) -> int:
        """Return the column labelled as ID, else the leftmost with the most ids; 0 if none."""
        counts: dict[int, int] = {}
        for row in rows:
            for column in self.rows[row]:
                if self.parse_control(self.sheet.text((row, column))):
                    counts[column] = counts.get(column, 0) + 1
        labelled = [c for c in header.columns_of(ColumnKind.ID) if counts.get(c)]
        return labelled[0] if labelled else max(counts, key=lambda c: (counts[c], -c), default=0)

    def _find_answer_columns(self, header: _HeaderBlock) -> list[_AnswerColumns]:
        """Find the response and Met? columns, by customer reference if there are any."""
        responses = header.columns_of(ColumnKind.RESPONSE)
        mets = header.columns_of(ColumnKind.MET)
        anchors = [
            (column, label)
            for column in header.columns_of(ColumnKind.REFERENCE)
            for _, label in header.columns[column]
            if label.kind is ColumnKind.REFERENCE
        ]
        if not anchors:
            found = [_AnswerColumns(n, c) for n, c in enumerate(responses, start=1)]
            if len(found) == 1:
                found[0].reference = 0
            elif found:
                message = (
                    f"{len(found)} response columns without customer references: numbered in order"
                )
                self.add_note(message, (header.first, responses[0]))
            return _assign_met_columns(found, mets)
        # Before the first reference there can be one column of responses that belong to none.
        first = anchors[0][0]
        found = [_AnswerColumns(0, c) for c in responses if c < first][:1]
        found = _assign_met_columns(found, [m for m in mets if m < first])
        found += self._columns_of_references(header, anchors, responses, mets)
        return found

    def _columns_of_references(
        self,
        header: _HeaderBlock,
        anchors: list[tuple[int, ColumnLabel]],
        responses: list[int],
        mets: list[int],
    ) -> Iterator[_AnswerColumns]:
        numbers = [label.reference for _, label in anchors]
        if len(set(numbers)) < len(numbers) or 0 in numbers:
            self.add_note(
                "some customer references have no unique number: they are numbered from the left",
                (header.first, anchors[0][0]),
            )
            numbers = list(range(1, len(numbers) + 1))
        starts = [column for column, _ in anchors]
        ends = [*starts[1:], self._last_column(header, anchors) + 1]
        is_narrow = all(after - before == 1 for before, after in pairwise(starts))
        for (column, label), number, end in zip(anchors, numbers, ends, strict=True):
            own_responses = [c for c in responses if column <= c < end]
            own_mets = [c for c in mets if column <= c < end]
            if not own_responses and is_narrow and end - column == 1:
                own_responses = [column]  # one column per reference, and no Met? columns
            if own_responses:
                columns = _AnswerColumns(number, own_responses[0], customer=label.customer)
                yield _assign_met_columns([columns], own_mets)[0]
            else:
                message = (
                    f"customer reference {number} has no column labelled Partner Response: it is "
                    "not read"
                )
                self.add_note(message, (header.first, column), is_omitted=True)

    def _last_column(self, header: _HeaderBlock, anchors: list[tuple[int, ColumnLabel]]) -> int:
        """Return where the last reference ends: its merged header, or its last labelled column."""
        column = anchors[-1][0]
        rows = [r for r, label in header.columns[column] if label.kind is ColumnKind.REFERENCE]
        merged_ends = [
            right for top, left, _, right in self.sheet.merged if top in rows and left == column
        ]
        return max([column, *merged_ends, *(c for c in header.columns if c > column)])

    def _read_rows(
        self,
        header: _HeaderBlock,
        rows: list[int],
        id_column: int,
        answer_columns: list[_AnswerColumns],
    ) -> None:
        requirement_column = next(iter(header.columns_of(ColumnKind.REQUIREMENT)), 0)
        for row in rows:
            position = (row, id_column)
            anchor = self.sheet.merge_anchor(position)
            # An id can be merged over several rows, but not over those of the header.
            id_text = self.sheet.text(anchor if anchor[0] > header.last else position).strip()
            control = self.parse_control(id_text)
            if not control:
                self._note_texts_without_control(row, id_text, id_column, answer_columns)
                continue
            if control not in normalise_id(id_text):
                self.add_note(f"“{id_text}” was read as {control}", position)
            if others := [c for c in find_control_ids(id_text, self.known) if c != control]:
                message = f"also names {', '.join(others)}: the row is read for {control} only"
                self.add_note(message, position)
            requirement = ""
            if requirement_column:
                requirement = self.sheet.text(self.sheet.merge_anchor((row, requirement_column)))
            for columns in answer_columns:
                self.layout.slots.append(self._make_slot(row, control, columns, requirement))
            self._note_texts_without_label(header, row, answer_columns)

    def _note_texts_without_label(
        self, header: _HeaderBlock, row: int, answer_columns: list[_AnswerColumns]
    ) -> None:
        """Report texts to the right of the first answer in columns without a label."""
        labelled = {
            column
            for number, columns in self.rows.items()
            if header.first <= number <= header.last
            for column in columns
        }
        answers = {columns.response for columns in answer_columns}
        for column in self.rows[row]:
            if column > min(answers) and column not in labelled | answers:
                message = "this text is beside the answers, in a column without a label: not read"
                self.add_note(message, (row, column), is_omitted=True)

    def _make_slot(
        self, row: int, control: str, columns: _AnswerColumns, requirement: str
    ) -> AnswerSlot:
        anchor = self.sheet.merge_anchor
        return AnswerSlot(
            sheet=self.sheet.title,
            row=row,
            control=control,
            reference=columns.reference,
            response=anchor((row, columns.response)),
            met=anchor((row, columns.met)) if columns.met else None,
            requirement=requirement,
            customer=columns.customer,
        )

    def _note_texts_without_control(
        self, row: int, id_text: str, id_column: int, answer_columns: list[_AnswerColumns]
    ) -> None:
        """Report texts in the answer columns of a row without a control, such as a total."""
        for columns in answer_columns:
            position = (row, columns.response)
            if self.sheet.text(position).strip() and columns.response != id_column:
                reason = f"“{id_text[:40]}” is not a control id" if id_text else "no control id"
                self.add_note(f"{reason}: the text is not read", position, is_omitted=True)


def _assign_met_columns(found: list[_AnswerColumns], mets: list[int]) -> list[_AnswerColumns]:
    """Assign to each response its Met? column: the nearest on its left, else on its right."""
    edges = [0, *(columns.response for columns in found)]
    for (before, own), columns in zip(pairwise(edges), found, strict=True):
        left = [m for m in mets if before < m < own]
        right = [m for m in mets if m > own]
        next_response = next((f.response for f in found if f.response > own), _NO_COLUMN)
        nearest = [*left[-1:], *(m for m in right[:1] if m < next_response)]
        columns.met = nearest[0] if nearest else 0
    return found


def read_layout(
    sheet: XmlSheet, labels: WorkbookLabels, known: dict[ControlKey, str]
) -> SheetLayout:
    """Find the answer slots of a sheet; `known` are the controls of the catalog."""
    return _LayoutReader(sheet, labels, known).read()
