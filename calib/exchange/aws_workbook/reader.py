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
    Fields,
    clean,
    is_labelled,
    named_services,
    parse,
    row_field,
)
from calib.exchange.aws_workbook.cells import odd_character, without_odd
from calib.exchange.aws_workbook.labels import Words, id_key, workbook_words
from calib.exchange.aws_workbook.layout import read_layout
from calib.exchange.aws_workbook.package import Package, read_package
from calib.exchange.aws_workbook.sheet_xml import XmlSheet, read_sheet
from calib.exchange.aws_workbook.slots import Note, Slot
from calib.exchange.untrusted import Refused
from calib.model import Catalog


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold what stands in the cells of one slot."""

    slot: Slot
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
class Piece:
    """Hold a part of an answer and the cell it comes from."""

    text: str | tuple[str, ...]
    places: tuple[str, ...]
    note: str = ""


@dataclass
class Reference:
    """Hold what the workbook tells of one customer reference."""

    number: int
    fields: dict[str, Piece] = field(default_factory=dict)

    @property
    def values(self) -> Fields:
        """Return the fields without their places."""
        return {name: piece.text for name, piece in self.fields.items()}


@dataclass
class Answers:
    """Hold what a workbook says."""

    entries: list[Entry] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    responses: dict[str, Piece] = field(default_factory=dict)
    """The responses to the catalog's controls."""
    references: dict[int, Reference] = field(default_factory=dict)
    unknown: list[Entry] = field(default_factory=list)
    """What answers controls that the catalog does not have."""


@dataclass
class Book:
    """Hold an opened workbook: its parts, its sheets, what it says."""

    path: Path
    package: Package
    sheets: dict[str, tuple[str, XmlSheet]]
    """By title, the part and the sheet."""
    answers: Answers


def read_book(path: Path, catalog: Catalog) -> Book:
    """Read a workbook; raises BadInput where it cannot be read or holds none of the controls."""
    package = read_package(path)
    return read_bytes(path, package, catalog)


def read_bytes(path: Path, package: Package, catalog: Catalog) -> Book:
    """Read an opened workbook; raises as `read_book` does."""
    words = workbook_words()
    known = known_controls(catalog, words)
    answers = Answers()
    sheets: dict[str, tuple[str, XmlSheet]] = {}
    heads = 0
    try:
        answers.notes += _on_the_whole(package)
        for part in package.sheets:
            sheet = read_sheet(part.title, package.part(part.part), package.shared_texts)
            sheets[part.title] = (part.part, sheet)
            layout = read_layout(sheet, words, known)
            if part.hidden:
                if layout.slots:
                    note = "is hidden, so its answers are not read or written: unhide it first"
                    answers.notes.append(Note(part.title, note, is_left_out=True))
                continue
            heads += layout.has_head
            answers.notes += layout.notes
            answers.notes += _on_sheet(package, part.part, sheet)
            answers.notes += _on_hidden(sheet, layout.slots, set(known.values()))
            links = {i: t for kind, t, i in package.links(part.part) if kind == "hyperlink"}
            answers.entries += [_entry(sheet, s, words, links) for s in layout.slots]
    except Refused as error:
        raise error.problem(path) from error
    _must_hold_controls(path, answers, list(known.values()), heads)
    gather(answers, catalog)
    return Book(path, package, sheets, answers)


def known_controls(catalog: Catalog, words: Words) -> dict[tuple[str, int], str]:
    """Return the controls that answers are taken of, by letters and number."""
    ids = [*(c.id for c in catalog.controls), *words.studies]
    return {id_key(one): one for one in ids}


def _on_the_whole(package: Package) -> Iterator[Note]:
    if any(n.startswith("xl/externalLinks/") for n in package.names):
        yield Note("", "holds links to other workbooks: they are not followed, and stay")
    if any(n.startswith(("xl/connections.xml", "xl/queryTables/")) for n in package.names):
        yield Note("", "holds connections to data elsewhere: they are not used, and stay")
    if any(n.startswith("_xmlsignatures/") for n in package.names):
        yield Note("", "is signed: filled, it is another file, and the signature no longer holds")


def _on_sheet(package: Package, part: str, sheet: XmlSheet) -> Iterator[Note]:
    kinds = {kind for kind, _, _ in package.links(part)}
    if kinds & {"comments", "threadedComment"}:
        yield Note(sheet.title, "holds comments: they are not read, and stay")


def _on_hidden(sheet: XmlSheet, slots: list[Slot], known: set[str]) -> Iterator[Note]:
    for slot in slots:
        if slot.control in known and sheet.is_hidden(slot.response):
            said = (
                f"{slot.control}: is in a hidden row or column, and is read and written as others"
            )
            yield Note(slot.at(slot.response), said)


def _entry(sheet: XmlSheet, slot: Slot, words: Words, links: dict[str, str]) -> Entry:
    text = words.answer(clean(sheet.text(slot.response)))
    cell = sheet.cells.get(slot.response)
    text, note = bare(text)
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
    return Entry(slot, text, met, links.get(target, inside), note)


def bare(text: str) -> tuple[str, str]:
    """Return a text without characters that no cell can hold, and a note where there are any."""
    odd = odd_character(text)
    note = f"the control character U+{ord(odd):04X} was left out" if odd else ""
    return without_odd(text), note


def _must_hold_controls(path: Path, answers: Answers, known: list[str], heads: int) -> None:
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


def gather(answers: Answers, catalog: Catalog) -> None:
    """Put the entries together by control and by reference, and note what is left over."""
    words = workbook_words()
    controls = [c.id for c in catalog.controls]
    for control in controls:
        rows = [e for e in answers.entries if e.slot.control == control and e.text]
        if rows:
            answers.responses[control] = _joined(rows)
    others = [e for e in answers.entries if e.slot.control not in controls]
    examples = [e for e in others if e.slot.control in words.studies]
    for number in sorted({e.slot.reference or 1 for e in examples}):
        rows = [e for e in others if (e.slot.reference or 1) == number]
        answers.references[number] = _reference(number, rows, examples, words, catalog)
    taken = {p for r in answers.references.values() for f in r.fields.values() for p in f.places}
    answers.unknown = [e for e in others if e not in examples and (e.text or e.met)]
    for entry in answers.entries:
        answers.notes += _on_entry(entry, words, [*controls, *words.studies], taken)


def _on_entry(entry: Entry, words: Words, known: list[str], taken: set[str]) -> Iterator[Note]:
    control, place = entry.slot.control, entry.place
    if entry.note and (control in known or place in taken):
        yield Note(place, f"{control}: {entry.note}", is_left_out=not entry.text)
    if control not in known and entry.text and place not in taken:
        letters = {id_key(k)[0]: id_key(k)[0] for k in known}
        near = get_close_matches(id_key(control)[0], letters, n=1, cutoff=0.75)
        meant = f"{near[0]}-{control.rpartition('-')[2]}" if near else ""
        hint = f" (did you mean {meant}?)" if meant in known else ""
        yield Note(place, f"{control} is no control of the catalog{hint}: left as it is", True)
    elif control in known:
        if entry.met and words.met_value(entry.met) is None and entry.slot.met:
            where = entry.slot.at(entry.slot.met)
            yield Note(
                where, f"{control}: “{entry.met[:20]}” under Met? is neither Yes nor No", True
            )
        if entry.link:
            said = f"{control}: links to {entry.link[:200]}; if it is evidence, register it"
            yield Note(place, said, is_left_out=True)


def _joined(rows: list[Entry]) -> Piece:
    """Put the texts of several rows of one control together, each once."""
    texts = list(dict.fromkeys(e.text for e in rows))
    return Piece("\n\n".join(texts), tuple(e.place for e in rows))


def _reference(
    number: int, rows: list[Entry], examples: list[Entry], words: Words, catalog: Catalog
) -> Reference:
    """Read a reference: what its own cell says, then what the common rows say of it."""
    found = Reference(number)
    own = [e for e in rows if e in examples and e.text]
    whole = _joined(own)
    if own:
        for name, value in parse(str(whole.text)).items():
            found.fields[name] = Piece(value, whole.places)
    own_fields = set(found.fields)
    for entry in rows:
        name = "" if entry in examples else row_field(words, entry.slot.requirement, entry.text)
        if name and entry.text and name not in own_fields:
            before = found.fields.get(name, Piece("", ()))
            text = "\n\n".join(p for p in (str(before.text), entry.text) if p)
            found.fields[name] = Piece(text, (*before.places, entry.place))
    named = next((e for e in rows if e.slot.named), None)
    if named and "customer" not in found.fields and found.fields:
        found.fields["customer"] = Piece(named.slot.named, (f"{named.slot.sheet}, its head",))
    if not is_labelled(str(whole.text)):
        _add_services(found, catalog)
    return found


def _add_services(found: Reference, catalog: Catalog) -> None:
    """Take the AWS services from a text that does not list them."""
    texts = list(found.fields.values())
    text = "\n".join(str(p.text) for p in texts)
    names = named_services(text, catalog.qualification)
    places = tuple(dict.fromkeys(place for p in texts for place in p.places))
    if names:
        found.fields["services"] = Piece(names, places, "named in the text")
        if len(names) == 1 and "primary_service" not in found.fields:
            found.fields["primary_service"] = Piece(names[0], places, "the only one in the text")


def sheet_row_cell(place: str) -> tuple[str, int, str]:
    """Split `Sheet!D5` into the sheet, the row and the cell."""
    sheet, _, cell = place.rpartition("!")
    digits = "".join(c for c in cell if c.isdigit())
    return sheet or place, int(digits) if sheet and digits else 0, cell if sheet else ""
