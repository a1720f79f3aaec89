"""An assessment -> the cells of a workbook: which ones change, from what to what.

Only answers of known controls are written: a response where the assessment has one, and Met? as
the gate says. What the workbook holds beside them stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from calib.errors import BadInput, Problem
from calib.exchange.aws_workbook.case_study_text import (
    case_study_fields,
    format_case_study,
    normalise_text,
)
from calib.exchange.cells import CellPosition, cell_text_error
from calib.exchange.aws_workbook.labels import load_workbook_labels
from calib.exchange.aws_workbook.matching import has_other_name, match_case_studies, sort_by_order
from calib.exchange.aws_workbook.reader import AwsWorkbook, CustomerReference, WorkbookEntry
from calib.exchange.aws_workbook.slots import WorkbookNote
from calib.model import Assessment, CaseStudy, Result
from calib.phrases import fold

MET_COLUMN, RESPONSE_COLUMN = "Met?", "Partner Response"


@dataclass(frozen=True, slots=True)
class CellChange:
    """Hold what is written into one cell, and what stands there."""

    sheet: str
    place: CellPosition
    name: str
    """The cell as `Sheet!D5`."""
    control: str
    reference: int
    what: str
    """The column: Met? or Partner Response."""
    before: str
    after: str
    source: str
    """Where in the assessment it comes from."""

    @property
    def about(self) -> str:
        """Name the control, and the reference if there is one."""
        return f"{self.control} #{self.reference}" if self.reference else self.control


@dataclass
class FillPlan:
    """Hold what a fill will change, what it cannot, and what it says beside."""

    changes: list[CellChange] = field(default_factory=list)
    notes: list[WorkbookNote] = field(default_factory=list)
    studies: list[CaseStudy] = field(default_factory=list)
    """The studies that are in the references, in their order."""
    overridden: dict[str, str] = field(default_factory=dict)
    """The controls under which Met? says Yes against the gate, with the reason."""
    problems: list[Problem] = field(default_factory=list)


def plan_fill(
    book: AwsWorkbook, assessment: Assessment, result: Result, overrides: Mapping[str, str]
) -> FillPlan:
    """Say which cells change; raises BadInput with every cell that cannot be written.

    `overrides` gives the reason why Met? shall say Yes although the gate does not hold, by control,
    or by control and reference as `ID#2`.
    """
    plan = FillPlan()
    filler = _FillPlanner(book, assessment, result, dict(overrides), plan)
    filler.controls()
    filler.studies()
    filler.check()
    if plan.problems:
        raise BadInput(plan.problems)
    return plan


@dataclass
class _FillPlanner:
    book: AwsWorkbook
    assessment: Assessment
    result: Result
    overrides: dict[str, str]
    plan: FillPlan

    def entries(self, control: str, reference: int | None = None) -> list[WorkbookEntry]:
        return [
            e
            for e in self.book.answers.entries
            if e.slot.control == control and reference in (None, e.slot.reference or 1)
        ]

    def controls(self) -> None:
        """Fill in the responses and Met? of the catalog's controls."""
        for one in self.result.controls:
            rows = self.entries(one.control)
            written = normalise_text(self.assessment.response(one.control).narrative)
            narrative = load_workbook_labels().answer(written)
            file = f"controls/{one.control}.yaml"
            if written and not narrative:
                said = f"“{written.strip()}” counts as an empty cell there: it is not written"
                self.plan.notes.append(WorkbookNote("", f"{file}: narrative: {said}"))
            if not rows:
                if narrative:
                    said = f"the workbook has no row for {one.control}: its response is not written"
                    self.plan.notes.append(WorkbookNote("", said))
                continue
            there = self.book.answers.responses.get(one.control)
            if narrative and (there is None or there.text != narrative):
                self._texts(rows, narrative, f"{file}: narrative")
            elif there and not narrative:
                said = f"{one.control}: the assessment says nothing here; the text stays"
                self.plan.notes.append(
                    WorkbookNote(", ".join(there.places), f"{said}: import it first")
                )
            why_not = "" if one.gate else "the gate does not hold"
            self._met(rows, one.control, why_not, said=bool(narrative), file=file)

    def studies(self) -> None:
        """Fill in the customer references: a study stays in the column where it was."""
        examples = [e for control in load_workbook_labels().studies for e in self.entries(control)]
        numbers = sorted({e.slot.reference or 1 for e in examples})
        studies = self._chosen()
        told = self.book.answers.references
        pairs = self._placed(numbers, studies, told)
        self.plan.studies = [pairs[n] for n in numbers if n in pairs]
        outside = [s for s in studies if s not in self.plan.studies]
        if outside:
            names = ", ".join(s.title or s.slug for s in outside)
            said = f"{len(numbers)} customer references for {len(studies)} case studies"
            self.plan.notes.append(WorkbookNote("", f"{said}: no place for {names}"))
        for number, study in pairs.items():
            rows = [e for e in examples if (e.slot.reference or 1) == number]
            fields = case_study_fields(study)
            before = told.get(number, CustomerReference(number))
            file = f"case_studies/{study.slug}.yaml"
            named = rows[0].slot.named
            if named and study.customer and fold(named) != fold(study.customer):
                said = f"the head of customer reference {number} names “{named}”, and stays"
                self.plan.notes.append(WorkbookNote(rows[0].place, said))
            if before.values != fields and fields:
                if has_other_name(before, study) and self._has_other_rows(number, rows):
                    other = before.values.get("title") or before.values.get("customer")
                    said = f"customer reference {number} told of “{other}”: its other rows still do"
                    self.plan.notes.append(WorkbookNote(rows[0].place, said))
                self._texts(rows, format_case_study(fields), file)
            for control in dict.fromkeys(e.slot.control for e in rows):
                own = [e for e in rows if e.slot.control == control]
                self._met(own, control, self._why_not(study), said=bool(fields), file=file)

    def _has_other_rows(self, number: int, rows: list[WorkbookEntry]) -> bool:
        """Say whether more of a reference is told beside its own rows."""
        return any(
            e.text
            for e in self.book.answers.entries
            if e.slot.reference == number and e not in rows
        )

    def _chosen(self) -> list[CaseStudy]:
        by_name = {s.slug: s for s in self.assessment.case_studies}
        return [by_name[s.slug] for s in self.result.qualification.studies if s.submitted]

    def _placed(
        self, numbers: list[int], studies: list[CaseStudy], told: Mapping[int, CustomerReference]
    ) -> dict[int, CaseStudy]:
        """Give each study its reference: its own, else a free one, else one of another's."""
        here = {n: told.get(n, CustomerReference(n)) for n in numbers}
        found = match_case_studies(here, studies)
        rest = [s for s in sort_by_order(studies) if s not in found.values()]
        free = sorted((n for n in numbers if n not in found), key=lambda n: bool(here[n].fields))
        return dict(sorted({**found, **dict(zip(free, rest, strict=False))}.items()))

    def _why_not(self, study: CaseStudy) -> str:
        """Say why a study is not met; nothing where it qualifies and leads alone."""
        found = self.result.qualification
        own = next(s for s in found.studies if s.slug == study.slug)
        if not own.qualified:
            return "it does not qualify"
        twice = [r.partition(":")[2] for r in found.reasons if r.startswith("duplicate-primary")]
        return "another leads with a service of its family" if own.family in twice else ""

    def _texts(self, rows: list[WorkbookEntry], text: str, source: str) -> None:
        for entry in rows:
            if entry.text != text:
                self._change(entry, entry.slot.response, RESPONSE_COLUMN, text, source)

    def _met(
        self, rows: list[WorkbookEntry], control: str, why_not: str, *, said: bool, file: str
    ) -> None:
        """Say Yes where nothing is against it or a reason is given, No where anything is said."""
        words = load_workbook_labels()
        for entry in rows:
            slot = entry.slot
            named = f"{control}#{slot.reference}" if slot.reference else control
            reason = self.overrides.get(named) or self.overrides.get(control)
            if slot.met is None:
                where = slot.at(slot.response)
                self.plan.notes.append(WorkbookNote(where, f"{named}: no column is called Met?"))
                continue
            if not why_not:
                ground = "it qualifies" if control in words.studies else "the gate holds"
                value = words.met
            elif reason:
                value, ground = words.met, f"overridden: {reason}"
                self.plan.overridden[named] = reason
            elif said or words.met_value(entry.met):
                value, ground = words.not_met, why_not
            else:
                continue
            if entry.met != value:
                self._change(entry, slot.met, MET_COLUMN, value, f"{file}: {ground}")

    def _change(
        self, entry: WorkbookEntry, place: CellPosition, what: str, after: str, source: str
    ) -> None:
        slot = entry.slot
        before = entry.met if place == slot.met else entry.text
        if self.book.sheets[slot.sheet][1].is_computed(place):
            remedy = "clear the cell in a spreadsheet program, then fill again"
            self._problem(slot.at(place), f"{slot.control}: holds a formula", remedy)
        elif why := cell_text_error(after):
            said = f"{slot.control}: what goes here {why}"
            self._problem(slot.at(place), said, f"change {source}")
        else:
            self.plan.changes.append(
                CellChange(
                    slot.sheet,
                    place,
                    slot.at(place),
                    slot.control,
                    slot.reference,
                    what,
                    before,
                    after,
                    source,
                )
            )

    def _problem(self, place: str, message: str, remedy: str) -> None:
        self.plan.problems.append(Problem(str(self.book.path), message, place=place, remedy=remedy))

    def check(self) -> None:
        """Find what two answers would both write, and overrides that nothing asks for."""
        once: dict[str, CellChange] = {}
        for change in self.plan.changes:
            other = once.setdefault(change.name, change)
            if other.after != change.after:
                said = f"is merged, so that {other.about} and {change.about} would share it"
                self._problem(change.name, said, "split the cell, then fill again")
        self.plan.changes[:] = once.values()
        self.plan.problems += _check_overrides(self.overrides, self._known())
        used = {name.partition("#")[0] for name in self.plan.overridden} | set(self.plan.overridden)
        for name in self.overrides.keys() & self._known() - used:
            said = f"the override of {name} was not needed"
            self.plan.notes.append(WorkbookNote("", said))

    def _known(self) -> set[str]:
        slots = [e.slot for e in self.book.answers.entries]
        own = {c.control for c in self.result.controls} | set(load_workbook_labels().studies)
        here = [s for s in slots if s.control in own]
        return {s.control for s in here} | {f"{s.control}#{s.reference}" for s in here}


def _check_overrides(overrides: Mapping[str, str], known: set[str]) -> Iterator[Problem]:
    for name, reason in overrides.items():
        if name not in known:
            listed = ", ".join(sorted(k for k in known if not k.endswith("#0")))
            yield Problem("--override", f"{name}: the workbook has no such control", remedy=listed)
        elif not reason.strip():
            yield Problem("--override", f"{name}: gives no reason", remedy=f"{name}=WHY")
