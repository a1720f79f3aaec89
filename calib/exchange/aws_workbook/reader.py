"""A filled workbook -> answers: responses by control, customer references as case studies.

Every text of the workbook's answer columns comes out somewhere: as an answer, or as a note that
says why it is none.
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
from calib.exchange.cells import find_invalid_character, remove_invalid_characters
from calib.exchange.aws_workbook.labels import WorkbookLabels, load_workbook_labels, split_id
from calib.exchange.aws_workbook.layout import read_layout
from calib.exchange.aws_workbook.package import XlsxPackage, read_package
from calib.exchange.aws_workbook.sheet_xml import XmlSheet, read_sheet
from calib.exchange.aws_workbook.slots import AnswerSlot, WorkbookNote
from calib.exchange.untrusted import FileRejected
from calib.model import Catalog


@dataclass(frozen=True, slots=True)
class WorkbookEntry:
    """Hold what stands in the cells of one slot."""

    slot: AnswerSlot
    text: str
    met: str
    """What stands under Met?, as it is."""
    link: str = ""
    note: str = ""

    @property
    def place(self) -> str:
        """Return the cell of the response."""
        return self.slot.at(self.slot.response)


@dataclass(frozen=True, slots=True)
class SourcedText:
    """Hold a part of an answer and the cell it comes from."""

    text: str | tuple[str, ...]
    places: tuple[str, ...]
    note: str = ""


@dataclass
class CustomerReference:
    """Hold what the workbook tells of one customer reference."""

    number: int
    fields: dict[str, SourcedText] = field(default_factory=dict)

    @property
    def values(self) -> CaseStudyFields:
        """Return the fields without their places."""
        return {name: piece.text for name, piece in self.fields.items()}


@dataclass
class WorkbookAnswers:
    """Hold what a workbook says."""

    entries: list[WorkbookEntry] = field(default_factory=list)
    notes: list[WorkbookNote] = field(default_factory=list)
    responses: dict[str, SourcedText] = field(default_factory=dict)
    """The responses to the catalog's controls."""
    references: dict[int, CustomerReference] = field(default_factory=dict)
    unknown: list[WorkbookEntry] = field(default_factory=list)
    """What answers controls that the catalog does not have."""


@dataclass
class AwsWorkbook:
    """Hold an opened workbook: its parts, its sheets, what it says."""

    path: Path
    package: XlsxPackage
    sheets: dict[str, tuple[str, XmlSheet]]
    """By title, the part and the sheet."""
    answers: WorkbookAnswers


def read_workbook(path: Path, catalog: Catalog) -> AwsWorkbook:
    """Read a workbook; raises BadInput where it cannot be read or holds none of the controls."""
    package = read_package(path)
    return read_workbook_package(path, package, catalog)


def read_workbook_package(path: Path, package: XlsxPackage, catalog: Catalog) -> AwsWorkbook:
    """Read an opened workbook; raises as `read_workbook` does."""
    words = load_workbook_labels()
    known = known_controls(catalog, words)
    answers = WorkbookAnswers()
    sheets: dict[str, tuple[str, XmlSheet]] = {}
    heads = 0
    try:
        answers.notes += _workbook_notes(package)
        for part in package.sheets:
            sheet = read_sheet(part.title, package.part(part.part), package.shared_texts)
            sheets[part.title] = (part.part, sheet)
            layout = read_layout(sheet, words, known)
            if part.hidden:
                if layout.slots:
                    note = "is hidden, so its answers are not read or written: unhide it first"
                    answers.notes.append(WorkbookNote(part.title, note, is_left_out=True))
                continue
            heads += layout.has_head
            answers.notes += layout.notes
            answers.notes += _sheet_notes(package, part.part, sheet)
            answers.notes += _hidden_cell_notes(sheet, layout.slots, set(known.values()))
            links = {i: t for kind, t, i in package.links(part.part) if kind == "hyperlink"}
            answers.entries += [_read_entry(sheet, s, words, links) for s in layout.slots]
    except FileRejected as error:
        raise error.problem(path) from error
    _check_has_controls(path, answers, list(known.values()), heads)
    group_answers(answers, catalog)
    return AwsWorkbook(path, package, sheets, answers)


def known_controls(catalog: Catalog, words: WorkbookLabels) -> dict[tuple[str, int], str]:
    """Return the controls that answers are taken of, by letters and number."""
    ids = [*(c.id for c in catalog.controls), *words.studies]
    return {split_id(one): one for one in ids}


def _workbook_notes(package: XlsxPackage) -> Iterator[WorkbookNote]:
    if any(n.startswith("xl/externalLinks/") for n in package.names):
        yield WorkbookNote("", "holds links to other workbooks: they are not followed, and stay")
    if any(n.startswith(("xl/connections.xml", "xl/queryTables/")) for n in package.names):
        yield WorkbookNote("", "holds connections to data elsewhere: they are not used, and stay")
    if any(n.startswith("_xmlsignatures/") for n in package.names):
        yield WorkbookNote(
            "", "is signed: filled, it is another file, and the signature no longer holds"
        )


def _sheet_notes(package: XlsxPackage, part: str, sheet: XmlSheet) -> Iterator[WorkbookNote]:
    kinds = {kind for kind, _, _ in package.links(part)}
    if kinds & {"comments", "threadedComment"}:
        yield WorkbookNote(sheet.title, "holds comments: they are not read, and stay")


def _hidden_cell_notes(
    sheet: XmlSheet, slots: list[AnswerSlot], known: set[str]
) -> Iterator[WorkbookNote]:
    for slot in slots:
        if slot.control in known and sheet.is_hidden(slot.response):
            said = (
                f"{slot.control}: is in a hidden row or column, and is read and written as others"
            )
            yield WorkbookNote(slot.at(slot.response), said)


def _read_entry(
    sheet: XmlSheet, slot: AnswerSlot, words: WorkbookLabels, links: dict[str, str]
) -> WorkbookEntry:
    text = words.answer(normalise_text(sheet.text(slot.response)))
    cell = sheet.cells.get(slot.response)
    text, note = strip_invalid_characters(text)
    if sheet.is_computed(slot.response):
        note = (
            "a formula: what it last showed was taken" if text else "a formula that shows nothing"
        )
    elif cell is not None and cell.error:
        note = "an error value, not read"
    elif cell is not None and cell.number and text:
        note = f"a number or a date, read as the file holds it: {text}"
    met = sheet.text(slot.met).strip() if slot.met else ""
    target, inside = sheet.link(slot.response)
    return WorkbookEntry(slot, text, met, links.get(target, inside), note)


def strip_invalid_characters(text: str) -> tuple[str, str]:
    """Return a text without characters that no cell can hold, and a note where there are any."""
    odd = find_invalid_character(text)
    note = f"the control character U+{ord(odd):04X} was left out" if odd else ""
    return remove_invalid_characters(text), note


def _check_has_controls(path: Path, answers: WorkbookAnswers, known: list[str], heads: int) -> None:
    found = {e.slot.control for e in answers.entries}
    if found & set(known):
        return
    said = [n for n in answers.notes if n.is_left_out]
    if said and not found:
        raise BadInput([Problem(str(path), n.message, place=n.place) for n in said])
    if not heads:
        message = "no sheet has the columns of a self-assessment"
        remedy = "a row must name the columns ID and Partner Response, or Customer Reference #1"
    elif not found:
        message = "no row has the id of a control"
        remedy = f"the column ID holds ids such as {known[0]}"
    else:
        message = f"holds none of the catalog's controls, but {', '.join(sorted(found)[:6])}"
        remedy = "is it the workbook of another competency?"
    raise BadInput([Problem(str(path), message, remedy=remedy)])


def group_answers(answers: WorkbookAnswers, catalog: Catalog) -> None:
    """Put the entries together by control and by reference, and note what is left over."""
    words = load_workbook_labels()
    controls = [c.id for c in catalog.controls]
    for control in controls:
        rows = [e for e in answers.entries if e.slot.control == control and e.text]
        if rows:
            answers.responses[control] = _join_entries(rows)
    others = [e for e in answers.entries if e.slot.control not in controls]
    examples = [e for e in others if e.slot.control in words.studies]
    for number in sorted({e.slot.reference or 1 for e in examples}):
        rows = [e for e in others if (e.slot.reference or 1) == number]
        answers.references[number] = _read_reference(number, rows, examples, words, catalog)
    taken = {p for r in answers.references.values() for f in r.fields.values() for p in f.places}
    answers.unknown = [e for e in others if e not in examples and (e.text or e.met)]
    for entry in answers.entries:
        answers.notes += _entry_notes(entry, words, [*controls, *words.studies], taken)


def _entry_notes(
    entry: WorkbookEntry, words: WorkbookLabels, known: list[str], taken: set[str]
) -> Iterator[WorkbookNote]:
    control, place = entry.slot.control, entry.place
    if entry.note and (control in known or place in taken):
        yield WorkbookNote(place, f"{control}: {entry.note}", is_left_out=not entry.text)
    if control not in known and entry.text and place not in taken:
        letters = {split_id(k)[0]: split_id(k)[0] for k in known}
        near = get_close_matches(split_id(control)[0], letters, n=1, cutoff=0.75)
        meant = f"{near[0]}-{control.rpartition('-')[2]}" if near else ""
        hint = f" (did you mean {meant}?)" if meant in known else ""
        yield WorkbookNote(
            place, f"{control} is no control of the catalog{hint}: left as it is", True
        )
    elif control in known:
        if entry.met and words.met_value(entry.met) is None and entry.slot.met:
            where = entry.slot.at(entry.slot.met)
            yield WorkbookNote(
                where, f"{control}: “{entry.met[:20]}” under Met? is neither Yes nor No", True
            )
        if entry.link:
            said = f"{control}: links to {entry.link[:200]}; if it is evidence, register it"
            yield WorkbookNote(place, said, is_left_out=True)


def _join_entries(rows: list[WorkbookEntry]) -> SourcedText:
    """Put the texts of several rows of one control together, each once."""
    texts = list(dict.fromkeys(e.text for e in rows))
    return SourcedText("\n\n".join(texts), tuple(e.place for e in rows))


def _read_reference(
    number: int,
    rows: list[WorkbookEntry],
    examples: list[WorkbookEntry],
    words: WorkbookLabels,
    catalog: Catalog,
) -> CustomerReference:
    """Read a reference: what its own cell says, then what the common rows say of it."""
    found = CustomerReference(number)
    own = [e for e in rows if e in examples and e.text]
    whole = _join_entries(own)
    if own:
        for name, value in parse_case_study(str(whole.text)).items():
            found.fields[name] = SourcedText(value, whole.places)
    own_fields = set(found.fields)
    for entry in rows:
        name = "" if entry in examples else field_for_row(words, entry.slot.requirement, entry.text)
        if name and entry.text and name not in own_fields:
            before = found.fields.get(name, SourcedText("", ()))
            text = "\n\n".join(p for p in (str(before.text), entry.text) if p)
            found.fields[name] = SourcedText(text, (*before.places, entry.place))
    named = next((e for e in rows if e.slot.named), None)
    if named and "customer" not in found.fields and found.fields:
        found.fields["customer"] = SourcedText(named.slot.named, (f"{named.slot.sheet}, its head",))
    if not has_labels(str(whole.text)):
        _add_services(found, catalog)
    return found


def _add_services(found: CustomerReference, catalog: Catalog) -> None:
    """Take the AWS services from a text that does not list them."""
    texts = list(found.fields.values())
    text = "\n".join(str(p.text) for p in texts)
    names = find_service_names(text, catalog.qualification)
    places = tuple(dict.fromkeys(place for p in texts for place in p.places))
    if names:
        found.fields["services"] = SourcedText(names, places, "named in the text")
        if len(names) == 1 and "primary_service" not in found.fields:
            found.fields["primary_service"] = SourcedText(
                names[0], places, "the only one in the text"
            )


def split_cell_reference(place: str) -> tuple[str, int, str]:
    """Split `Sheet!D5` into the sheet, the row and the cell."""
    sheet, _, cell = place.rpartition("!")
    digits = "".join(c for c in cell if c.isdigit())
    return sheet or place, int(digits) if sheet and digits else 0, cell if sheet else ""
