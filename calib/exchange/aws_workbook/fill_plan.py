"""Plan the cells of a workbook to change, from an assessment and its result.

Only answers to known controls are written: a response if the assessment has one, and Met? by the
gate. Everything else in the workbook is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from calib.errors import BadInput, Problem
from calib.exchange.aws_workbook.case_study_text import (
    case_study_fields,
    format_case_study,
    normalise_text,
)
from calib.exchange.aws_workbook.labels import load_workbook_labels
from calib.exchange.aws_workbook.matching import has_other_name, match_case_studies, sort_by_order
from calib.exchange.aws_workbook.reader import AwsWorkbook, CustomerReference, WorkbookEntry
from calib.exchange.aws_workbook.slots import WorkbookNote
from calib.exchange.cells import CellPosition, cell_text_error
from calib.model import Assessment, CaseStudy, Result
from calib.phrases import fold

MET_COLUMN, RESPONSE_COLUMN = "Met?", "Partner Response"


@dataclass(frozen=True, slots=True)
class CellChange:
    """The change of one cell."""

    sheet: str
    position: CellPosition
    cell: str
    """The reference of the cell, `Sheet!D5`."""
    control: str
    reference: int
    column: str
    """Met? or Partner Response."""
    before: str
    after: str
    source: str
    """The field or rule of the assessment that determines the new text."""

    @property
    def answer(self) -> str:
        """The control, with the customer reference if there is one."""
        return f"{self.control} #{self.reference}" if self.reference else self.control


@dataclass
class FillPlan:
    """The planned changes, and remarks for the user."""

    changes: list[CellChange] = field(default_factory=list)
    notes: list[WorkbookNote] = field(default_factory=list)
    studies: list[CaseStudy] = field(default_factory=list)
    """The studies in the customer references, in their order."""
    overridden: dict[str, str] = field(default_factory=dict)
    """The controls with Yes under Met? against the gate, and the reason."""
    problems: list[Problem] = field(default_factory=list)


def plan_fill(
    book: AwsWorkbook, assessment: Assessment, result: Result, overrides: Mapping[str, str]
) -> FillPlan:
    """Plan the changes; raises BadInput with all cells that cannot be written.

    `overrides` gives the reason for a Yes under Met? against the gate, by control, or by control
    and reference as `ID#2`.
    """
    planner = _FillPlanner(book, assessment, result, dict(overrides))
    planner.plan_controls()
    planner.plan_studies()
    planner.check_shared_cells()
    planner.check_overrides()
    if planner.plan.problems:
        raise BadInput(planner.plan.problems)
    return planner.plan


@dataclass
class _FillPlanner:
    book: AwsWorkbook
    assessment: Assessment
    result: Result
    overrides: dict[str, str]
    plan: FillPlan = field(default_factory=FillPlan)

    def plan_controls(self) -> None:
        """Plan the responses and Met? of the catalog's controls."""
        for control in self.result.controls:
            entries = self._entries_of(control.control)
            narrative = self._narrative(control.control)
            file = f"controls/{control.control}.yaml"
            if not entries:
                if narrative:
                    reason = "its response is not written"
                    self._note(f"the workbook has no row for {control.control}: {reason}")
                continue
            current = self.book.answers.responses.get(control.control)
            if narrative and (current is None or current.text != narrative):
                self._change_responses(entries, narrative, f"{file}: narrative")
            elif current and not narrative:
                message = (
                    f"{control.control}: no response in the assessment; the text is kept: import "
                    "it first"
                )
                self._note(message, ", ".join(current.places))
            reason = "" if control.gate else "the gate is not met"
            self._change_met(entries, control.control, reason, has_text=bool(narrative), file=file)

    def _narrative(self, control: str) -> str:
        """Return the narrative as the workbook would store it; empty for placeholders."""
        text = normalise_text(self.assessment.response(control).narrative)
        narrative = load_workbook_labels().drop_placeholder(text)
        if text and not narrative:
            reason = "counts as an empty cell in the workbook: it is not written"
            self._note(f"controls/{control}.yaml: narrative: “{text.strip()}” {reason}")
        return narrative

    def _entries_of(self, control: str) -> list[WorkbookEntry]:
        return [e for e in self.book.answers.entries if e.slot.control == control]

    def plan_studies(self) -> None:
        """Plan the customer references; a study keeps the reference that it already has."""
        studies_controls = load_workbook_labels().studies
        examples = [e for control in studies_controls for e in self._entries_of(control)]
        numbers = sorted({e.slot.reference or 1 for e in examples})
        studies = self._submitted_studies()
        placed = self._assign_references(numbers, studies)
        self.plan.studies = [placed[n] for n in numbers if n in placed]
        without_place = [s for s in studies if s not in self.plan.studies]
        if without_place:
            titles = ", ".join(s.title or s.slug for s in without_place)
            counts = f"{len(numbers)} customer references for {len(studies)} case studies"
            self._note(f"{counts}: no place for {titles}")
        for number, study in placed.items():
            entries = [e for e in examples if (e.slot.reference or 1) == number]
            self._plan_study(number, study, entries)

    def _plan_study(self, number: int, study: CaseStudy, entries: list[WorkbookEntry]) -> None:
        fields = case_study_fields(study)
        current = self.book.answers.references.get(number, CustomerReference(number))
        file = f"case_studies/{study.slug}.yaml"
        customer = entries[0].slot.customer
        if customer and study.customer and fold(customer) != fold(study.customer):
            message = f"the header of customer reference {number} names “{customer}”: kept"
            self._note(message, entries[0].place)
        if current.values != fields and fields:
            if has_other_name(current, study) and self._has_other_rows(number, entries):
                name = current.values.get("title") or current.values.get("customer")
                message = f"customer reference {number} described “{name}”: its other rows still do"
                self._note(message, entries[0].place)
            self._change_responses(entries, format_case_study(fields), file)
        reason = self._not_met_reason(study)
        for control in dict.fromkeys(e.slot.control for e in entries):
            own = [e for e in entries if e.slot.control == control]
            self._change_met(own, control, reason, has_text=bool(fields), file=file)

    def _has_other_rows(self, number: int, entries: list[WorkbookEntry]) -> bool:
        """Return whether other rows have texts for a reference."""
        return any(
            e.text
            for e in self.book.answers.entries
            if e.slot.reference == number and e not in entries
        )

    def _submitted_studies(self) -> list[CaseStudy]:
        by_slug = {s.slug: s for s in self.assessment.case_studies}
        return [by_slug[s.slug] for s in self.result.qualification.studies if s.submitted]

    def _assign_references(
        self, numbers: list[int], studies: list[CaseStudy]
    ) -> dict[int, CaseStudy]:
        """Assign each study its matching reference, else an empty one, else any other."""
        references = self.book.answers.references
        available = {n: references.get(n, CustomerReference(n)) for n in numbers}
        matches = match_case_studies(available, studies)
        remaining = [s for s in sort_by_order(studies) if s not in matches.values()]
        free = sorted(
            (n for n in numbers if n not in matches), key=lambda n: bool(available[n].fields)
        )
        return dict(sorted({**matches, **dict(zip(free, remaining, strict=False))}.items()))

    def _not_met_reason(self, study: CaseStudy) -> str:
        """Return why a study is not met; empty if it qualifies with a unique primary service."""
        qualification = self.result.qualification
        own = next(s for s in qualification.studies if s.slug == study.slug)
        if not own.qualified:
            return "it does not qualify"
        duplicates = [
            r.partition(":")[2] for r in qualification.reasons if r.startswith("duplicate-primary")
        ]
        return "another study has the same primary service" if own.family in duplicates else ""

    def _change_responses(self, entries: list[WorkbookEntry], text: str, source: str) -> None:
        for entry in entries:
            if entry.text != text:
                self._change(entry, entry.slot.response, RESPONSE_COLUMN, text, source)

    def _change_met(
        self,
        entries: list[WorkbookEntry],
        control: str,
        not_met_reason: str,
        *,
        has_text: bool,
        file: str,
    ) -> None:
        """Plan Met?: Yes if met or overridden, No if there is a text, else no change.

        An earlier Yes becomes No even without a text: the gate is not met.
        """
        labels = load_workbook_labels()
        for entry in entries:
            slot = entry.slot
            name = f"{control}#{slot.reference}" if slot.reference else control
            override = self.overrides.get(name) or self.overrides.get(control)
            if slot.met is None:
                self._note(f"{name}: no column is labelled Met?", entry.place)
                continue
            if not not_met_reason:
                value = labels.met
                reason = "it qualifies" if control in labels.studies else "the gate is met"
            elif override:
                value, reason = labels.met, f"overridden: {override}"
                self.plan.overridden[name] = override
            elif has_text or labels.parse_met(entry.met):
                value, reason = labels.not_met, not_met_reason
            else:
                continue
            if entry.met != value:
                self._change(entry, slot.met, MET_COLUMN, value, f"{file}: {reason}")

    def _change(
        self, entry: WorkbookEntry, position: CellPosition, column: str, after: str, source: str
    ) -> None:
        slot = entry.slot
        cell = slot.cell_reference(position)
        if self.book.sheets[slot.sheet][1].is_computed(position):
            remedy = "clear the cell in a spreadsheet program, then fill again"
            self._add_problem(cell, f"{slot.control}: contains a formula", remedy)
        elif error := cell_text_error(after):
            self._add_problem(cell, f"{slot.control}: the new text {error}", f"change {source}")
        else:
            before = entry.met if position == slot.met else entry.text
            self.plan.changes.append(
                CellChange(
                    slot.sheet,
                    position,
                    cell,
                    slot.control,
                    slot.reference,
                    column,
                    before,
                    after,
                    source,
                )
            )

    def _note(self, message: str, place: str = "") -> None:
        self.plan.notes.append(WorkbookNote(place, message))

    def _add_problem(self, place: str, message: str, remedy: str) -> None:
        self.plan.problems.append(Problem(str(self.book.path), message, place=place, remedy=remedy))

    def check_shared_cells(self) -> None:
        """Reject different texts for one cell, which answers share if it is merged."""
        by_cell: dict[str, CellChange] = {}
        for change in self.plan.changes:
            first = by_cell.setdefault(change.cell, change)
            if first.after != change.after:
                message = f"is merged, so {first.answer} and {change.answer} would share it"
                self._add_problem(change.cell, message, "split the cell, then fill again")
        self.plan.changes[:] = by_cell.values()

    def check_overrides(self) -> None:
        """Reject overrides without a control or a reason, and note those not needed."""
        known = self._overridable_controls()
        for name, reason in self.overrides.items():
            if name not in known:
                listed = ", ".join(sorted(k for k in known if not k.endswith("#0")))
                message = f"{name}: the workbook has no such control"
                self.plan.problems.append(Problem("--override", message, remedy=listed))
            elif not reason.strip():
                remedy = f"{name}=REASON"
                self.plan.problems.append(
                    Problem("--override", f"{name}: the reason is missing", remedy=remedy)
                )
        used = {name.partition("#")[0] for name in self.plan.overridden} | set(self.plan.overridden)
        for name in self.overrides.keys() & known - used:
            self._note(f"the override of {name} was not needed")

    def _overridable_controls(self) -> set[str]:
        """Return the assessed controls in the workbook, also as `ID#1` for each reference."""
        controls = {c.control for c in self.result.controls} | set(load_workbook_labels().studies)
        slots = [e.slot for e in self.book.answers.entries if e.slot.control in controls]
        return {s.control for s in slots} | {f"{s.control}#{s.reference}" for s in slots}
