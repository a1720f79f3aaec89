"""Read the answers of a workbook: responses by control, customer references as case studies.

Every text in the answer columns is either imported or reported in a note with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from calib.errors import BadInput, Problem
from calib.exchange.aws_workbook.case_study_text import (
    CaseStudyFields,
    field_for_row,
    find_service_names,
    has_labels,
    normalise_text,
    parse_case_study,
)
from calib.exchange.aws_workbook.labels import (
    ControlKey,
    WorkbookLabels,
    load_workbook_labels,
    split_id,
)
from calib.exchange.aws_workbook.layout import read_layout
from calib.exchange.aws_workbook.package import Relationship, XlsxPackage, read_package
from calib.exchange.aws_workbook.sheet_xml import XmlSheet, read_sheet
from calib.exchange.aws_workbook.slots import AnswerSlot, WorkbookNote
from calib.exchange.cells import find_invalid_character, remove_invalid_characters
from calib.exchange.untrusted import FileRejected
from calib.model import Catalog


@dataclass(frozen=True, slots=True)
class WorkbookEntry:
    """The content of one answer slot."""

    slot: AnswerSlot
    text: str
    met: str
    """The text under Met?, not interpreted."""
    link: str = ""
    note: str = ""

    @property
    def place(self) -> str:
        """The reference of the response cell."""
        return self.slot.cell_reference(self.slot.response)


@dataclass(frozen=True, slots=True)
class SourcedText:
    """A value of an answer and the cells it comes from."""

    text: str | tuple[str, ...]
    places: tuple[str, ...]
    note: str = ""


@dataclass
class CustomerReference:
    """The content of one customer reference, as fields of a case study."""

    number: int
    fields: dict[str, SourcedText] = field(default_factory=dict)

    @property
    def values(self) -> CaseStudyFields:
        """The fields without their places."""
        return {name: value.text for name, value in self.fields.items()}


@dataclass
class WorkbookAnswers:
    """All answers of a workbook."""

    entries: list[WorkbookEntry] = field(default_factory=list)
    notes: list[WorkbookNote] = field(default_factory=list)
    responses: dict[str, SourcedText] = field(default_factory=dict)
    """By control of the catalog, its response."""
    references: dict[int, CustomerReference] = field(default_factory=dict)
    unknown: list[WorkbookEntry] = field(default_factory=list)
    """The answers to controls that the catalog does not have."""


@dataclass
class AwsWorkbook:
    """An opened workbook: its parts, its sheets and its answers."""

    path: Path
    package: XlsxPackage
    sheets: dict[str, tuple[str, XmlSheet]]
    """By title, the name of the part and the sheet."""
    answers: WorkbookAnswers


def read_workbook(path: Path, catalog: Catalog) -> AwsWorkbook:
    """Read a workbook; raises BadInput if it is unreadable or has no control of the catalog."""
    package = read_package(path)
    return read_workbook_package(path, package, catalog)


def read_workbook_package(path: Path, package: XlsxPackage, catalog: Catalog) -> AwsWorkbook:
    """Read an opened workbook; raises like `read_workbook`."""
    labels = load_workbook_labels()
    known = known_controls(catalog, labels)
    answers = WorkbookAnswers()
    sheets: dict[str, tuple[str, XmlSheet]] = {}
    header_count = 0
    try:
        answers.notes += _workbook_notes(package)
        for part in package.sheets:
            data = package.read_part(part.part)
            sheet = read_sheet(part.title, data, package.shared_strings)
            sheets[part.title] = (part.part, sheet)
            layout = read_layout(sheet, labels, known)
            if part.hidden:
                if layout.slots:
                    message = "hidden: its answers are neither read nor written; unhide it first"
                    answers.notes.append(WorkbookNote(part.title, message, is_omitted=True))
                continue
            header_count += layout.has_header
            answers.notes += layout.notes
            relationships = package.relationships(part.part)
            answers.notes += _sheet_notes(relationships, sheet)
            answers.notes += _hidden_cell_notes(sheet, layout.slots, set(known.values()))
            links = {r.id: r.target for r in relationships if r.kind == "hyperlink"}
            answers.entries += [_read_entry(sheet, s, labels, links) for s in layout.slots]
    except FileRejected as error:
        raise error.as_bad_input(path) from error
    _check_has_controls(path, answers, list(known.values()), header_count)
    group_answers(answers, catalog)
    return AwsWorkbook(path, package, sheets, answers)


def known_controls(catalog: Catalog, labels: WorkbookLabels) -> dict[ControlKey, str]:
    """Return the controls whose answers are read, including those of customer examples."""
    ids = [*(c.id for c in catalog.controls), *labels.studies]
    return {split_id(control): control for control in ids}


def _workbook_notes(package: XlsxPackage) -> Iterator[WorkbookNote]:
    if any(n.startswith("xl/externalLinks/") for n in package.names):
        yield WorkbookNote("", "contains links to other workbooks: kept, and not followed")
    if any(n.startswith(("xl/connections.xml", "xl/queryTables/")) for n in package.names):
        yield WorkbookNote("", "contains external data connections: kept, and not used")
    if any(n.startswith("_xmlsignatures/") for n in package.names):
        yield WorkbookNote("", "is signed: the signature is not valid for the filled file")


def _sheet_notes(relationships: list[Relationship], sheet: XmlSheet) -> Iterator[WorkbookNote]:
    if {r.kind for r in relationships} & {"comments", "threadedComment"}:
        yield WorkbookNote(sheet.title, "contains comments: kept, and not read")


def _hidden_cell_notes(
    sheet: XmlSheet, slots: list[AnswerSlot], known: set[str]
) -> Iterator[WorkbookNote]:
    for slot in slots:
        if slot.control in known and sheet.is_hidden(slot.response):
            message = f"{slot.control}: in a hidden row or column, but read and written"
            yield WorkbookNote(slot.cell_reference(slot.response), message)


def _read_entry(
    sheet: XmlSheet, slot: AnswerSlot, labels: WorkbookLabels, links: dict[str, str]
) -> WorkbookEntry:
    text = labels.drop_placeholder(normalise_text(sheet.text(slot.response)))
    cell = sheet.cells.get(slot.response)
    text, note = strip_invalid_characters(text)
    if sheet.is_computed(slot.response):
        note = "a formula: its last result was read" if text else "a formula without a result"
    elif cell is not None and cell.is_error:
        note = "an error value, not read"
    elif cell is not None and cell.is_number and text:
        # A date is stored as a number of days and only its format shows it as a date.
        note = f"a number or a date, read as stored: {text}"
    met = sheet.text(slot.met).strip() if slot.met else ""
    relationship, location = sheet.link(slot.response)
    return WorkbookEntry(slot, text, met, links.get(relationship, location), note)


def strip_invalid_characters(text: str) -> tuple[str, str]:
    """Return a text without the characters that a cell cannot store, and a note if there are."""
    invalid = find_invalid_character(text)
    note = f"the control character U+{ord(invalid):04X} was removed" if invalid else ""
    return remove_invalid_characters(text), note


def _check_has_controls(
    path: Path, answers: WorkbookAnswers, known: list[str], header_count: int
) -> None:
    controls = {e.slot.control for e in answers.entries}
    if controls & set(known):
        return
    omitted = [n for n in answers.notes if n.is_omitted]
    if omitted and not controls:
        raise BadInput([Problem(str(path), n.message, place=n.place) for n in omitted])
    if not header_count:
        message = "no sheet has the columns of a self-assessment"
        remedy = "a row must name the columns ID and Partner Response, or Customer Reference #1"
    elif not controls:
        message = "no row has the id of a control"
        remedy = f"the column ID contains ids such as {known[0]}"
    else:
        listed = ", ".join(sorted(controls)[:6])
        message = f"contains none of the catalog's controls, but {listed}"
        remedy = "is it the workbook of another competency?"
    raise BadInput([Problem(str(path), message, remedy=remedy)])


def group_answers(answers: WorkbookAnswers, catalog: Catalog) -> None:
    """Group the entries by control and by customer reference, and note omissions."""
    labels = load_workbook_labels()
    controls = [c.id for c in catalog.controls]
    for control in controls:
        rows = [e for e in answers.entries if e.slot.control == control and e.text]
        if rows:
            answers.responses[control] = _join_entries(rows)
    others = [e for e in answers.entries if e.slot.control not in controls]
    examples = [e for e in others if e.slot.control in labels.studies]
    # A workbook without columns for references has one example, which counts as reference 1.
    for number in sorted({e.slot.reference or 1 for e in examples}):
        rows = [e for e in others if (e.slot.reference or 1) == number]
        answers.references[number] = _read_reference(number, rows, examples, labels, catalog)
    used_places = {
        place
        for reference in answers.references.values()
        for value in reference.fields.values()
        for place in value.places
    }
    answers.unknown = [e for e in others if e not in examples and (e.text or e.met)]
    for entry in answers.entries:
        known = [*controls, *labels.studies]
        answers.notes += _entry_notes(entry, labels, known, used_places)


def _entry_notes(
    entry: WorkbookEntry, labels: WorkbookLabels, known: list[str], used_places: set[str]
) -> Iterator[WorkbookNote]:
    control, place = entry.slot.control, entry.place
    if entry.note and (control in known or place in used_places):
        yield WorkbookNote(place, f"{control}: {entry.note}", is_omitted=not entry.text)
    if control not in known and entry.text and place not in used_places:
        hint = _suggest_control(control, known)
        message = f"the catalog has no control {control}{hint}: kept, and not read"
        yield WorkbookNote(place, message, is_omitted=True)
    elif control in known:
        if entry.met and labels.parse_met(entry.met) is None and entry.slot.met:
            met_place = entry.slot.cell_reference(entry.slot.met)
            message = f"{control}: “{entry.met[:20]}” under Met? is neither Yes nor No"
            yield WorkbookNote(met_place, message, is_omitted=True)
        if entry.link:
            link = entry.link[:200]
            message = f"{control}: has a link to {link}; if it is evidence, register it"
            yield WorkbookNote(place, message, is_omitted=True)


def _suggest_control(control: str, known: list[str]) -> str:
    """Suggest the known control with similar letters and the same number."""
    letters = list(dict.fromkeys(split_id(k)[0] for k in known))
    similar = get_close_matches(split_id(control)[0], letters, n=1, cutoff=0.75)
    suggestion = f"{similar[0]}-{control.rpartition('-')[2]}" if similar else ""
    return f" (did you mean {suggestion}?)" if suggestion in known else ""


def _join_entries(rows: list[WorkbookEntry]) -> SourcedText:
    """Join the texts of several rows of one control, without duplicates."""
    texts = list(dict.fromkeys(e.text for e in rows))
    return SourcedText("\n\n".join(texts), tuple(e.place for e in rows))


def _read_reference(
    number: int,
    rows: list[WorkbookEntry],
    examples: list[WorkbookEntry],
    labels: WorkbookLabels,
    catalog: Catalog,
) -> CustomerReference:
    """Read a reference from the cell of its whole example, then from the common rows.

    The common rows only add fields that the example does not have.
    """
    reference = CustomerReference(number)
    own = [e for e in rows if e in examples and e.text]
    example = _join_entries(own)
    if own:
        for name, value in parse_case_study(str(example.text)).items():
            reference.fields[name] = SourcedText(value, example.places)
    example_fields = set(reference.fields)
    for entry in rows:
        name = ""
        if entry not in examples:
            name = field_for_row(labels, entry.slot.requirement, entry.text)
        if name and entry.text and name not in example_fields:
            before = reference.fields.get(name, SourcedText("", ()))
            text = "\n\n".join(t for t in (str(before.text), entry.text) if t)
            reference.fields[name] = SourcedText(text, (*before.places, entry.place))
    named = next((e.slot for e in rows if e.slot.customer), None)
    if named and "customer" not in reference.fields and reference.fields:
        place = f"{named.sheet}, its header"
        reference.fields["customer"] = SourcedText(named.customer, (place,))
    if not has_labels(str(example.text)):
        _add_services(reference, catalog)
    return reference


def _add_services(reference: CustomerReference, catalog: Catalog) -> None:
    """Find the AWS services in the texts of a reference that does not list them."""
    values = list(reference.fields.values())
    text = "\n".join(str(v.text) for v in values)
    services = find_service_names(text, catalog.qualification)
    places = tuple(dict.fromkeys(place for v in values for place in v.places))
    if services:
        reference.fields["services"] = SourcedText(services, places, "named in the text")
        if len(services) == 1 and "primary_service" not in reference.fields:
            note = "the only one in the text"
            reference.fields["primary_service"] = SourcedText(services[0], places, note)


def split_cell_reference(place: str) -> tuple[str, int, str]:
    """Split `Sheet!D5` into the sheet, the row and the cell; other places are all sheet."""
    sheet, _, cell = place.rpartition("!")
    digits = "".join(c for c in cell if c.isdigit())
    return sheet or place, int(digits) if sheet and digits else 0, cell if sheet else ""
