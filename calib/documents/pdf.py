"""Read PDF files: paragraphs in reading order, tables, running lines, comments and scans."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import pypdfium2 as pdfium
from pypdfium2 import raw

from calib.documents.limits import Unreadable
from calib.documents.model import Role
from calib.documents.ocr import REMEDY, find_tesseract, recognise_text
from calib.documents.pdf_blocks import (
    body_height,
    margin_lines,
    paragraphs,
    running_texts,
    take_running_lines,
)
from calib.documents.pdf_layout import Line, find_blocks, find_lines
from calib.documents.pdf_page import Page
from calib.documents.pdf_tables import Table, ruled_tables
from calib.documents.properties import add_property
from calib.documents.reading import Reading, page_list, row_context, row_passage

_PASSWORD = 4
"""PDFium's error code for a missing password."""
_FEW_CHARACTERS = 60
_MOSTLY_IMAGE = 0.5
_MAX_HEADING_LINE = 110
_DOTS_PER_INCH = 200
_OCR_SHARE = 1.5
"""Elapsed time for Tesseract as a share of the limit on processor time."""
_DATE = re.compile(r"D:(\d{4})(\d\d)(\d\d)")
_ENDS_SENTENCE = re.compile(r"[.!?:;]['\"”’)\]]*$")
_FIRST_SENTENCE = re.compile(r".*?[.!?]['\"”’)\]]*(?=\s|$)", re.DOTALL)


@dataclass(slots=True)
class _Content:
    """The content of a page before the running lines are known."""

    lines: list[Line]
    tables: list[Table]
    rotated: list[str]
    annotations: list[tuple[str, str]]
    height: float
    is_scan: bool


@dataclass(slots=True)
class _Item:
    """A passage before its sentences are completed."""

    text: str
    where: str
    role: Role
    context: str = ""


def read_pdf(data: bytes, reading: Reading) -> None:
    """Add all pages; raises Unreadable."""
    document = _open(data)
    try:
        count = len(document)
        if count > reading.limits.max_pages:
            limit = reading.limits.max_pages
            reading.problem(
                f"has {count:,} pages; only the first {limit:,} were read", "keep the relevant part"
            )
        _add_properties(document, reading)
        _add_pages(document, min(count, reading.limits.max_pages), reading)
    finally:
        document.close()


def _open(data: bytes) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if raw.FPDF_GetLastError() == _PASSWORD or "assword" in str(error):
            raise Unreadable("has a password", "save it without the password") from error
        why = "is damaged or truncated: it cannot be opened as a PDF"
        raise Unreadable(why, "copy or export it again") from error


def _add_properties(document: pdfium.PdfDocument, reading: Reading) -> None:
    found = document.get_metadata_dict()
    add_property(reading, "title", found.get("Title"))
    add_property(reading, "author", found.get("Author"))
    dated = _DATE.match(found.get("ModDate", "")) or _DATE.match(found.get("CreationDate", ""))
    if dated:
        add_property(reading, "dated", "-".join(dated.groups()))


def _add_pages(document: pdfium.PdfDocument, count: int, reading: Reading) -> None:
    """Add pages in two passes: running lines are known only when all pages were seen."""
    contents: list[_Content | None] = []
    for number in range(count):
        page = _load_page(document, number)
        contents.append(_read_content(page) if page else None)
        if page:
            page.close()
    found = [c for c in contents if c is not None]
    running = running_texts(margin_lines(c.lines, c.height) for c in found)
    body = body_height(line for c in found for line in c.lines)
    seen: set[str] = set()
    items = [
        item
        for number, content in enumerate(contents, start=1)
        if content
        for item in _page_items(content, f"p. {number}", running, body, seen)
    ]
    _complete_sentences(items)
    for item in items:
        reading.add(item.text, item.where, item.role, item.context)
    _report_damage([n for n, c in enumerate(contents, start=1) if c is None], reading)
    _recognise(document, [n for n, c in enumerate(contents, start=1) if c and c.is_scan], reading)


def _load_page(document: pdfium.PdfDocument, index: int) -> Page | None:
    try:
        return Page(document[index])
    except pdfium.PdfiumError:
        return None


def _read_content(page: Page) -> _Content:
    words, rotated = page.words()
    horizontal, vertical, covered = page.rules()
    tables, outside = ruled_tables(words, horizontal, vertical)
    characters = sum(len(word.text) for word in words)
    is_scan = characters < _FEW_CHARACTERS and covered > _MOSTLY_IMAGE
    lines = find_lines(outside)
    for line in lines:
        # Only short lines can be headings, and asking for a font takes time.
        if len(line.text) < _MAX_HEADING_LINE:
            line.is_bold = page.is_bold(line.first) and page.is_bold(line.last)
    return _Content(lines, tables, rotated, list(page.notes()), page.height, is_scan)


def _page_items(
    content: _Content, where: str, running: set[tuple[Role, str]], body: float, seen: set[str]
) -> Iterator[_Item]:
    """Yield the passages of a page; running lines only where they are new."""
    lines, margins = take_running_lines(content.lines, content.height, running, body)
    once = [(line.text, where, line.role) for line in margins]
    if content.rotated:
        once.append((" ".join(content.rotated), f"{where} (text box)", Role.TEXT_BOX))
    for text, place, role in once:
        key = re.sub(r"[0-9]+", "#", text)
        if key not in seen:
            seen.add(key)
            yield _Item(text, place, role)
    for block in find_blocks(lines, content.tables):
        if block.table:
            yield from _table_items(block.table, where)
        else:
            for text, role in paragraphs(block.lines, body, content.height):
                place = f"{where} (footnote)" if role is Role.FOOTNOTE else where
                yield _Item(text, place, role)
    for kind, text in content.annotations:
        if kind == "comment":
            yield _Item(text, f"{where} (comment)", Role.COMMENT)
        elif kind == "text box":
            yield _Item(text, f"{where} (text box)", Role.TEXT_BOX)
        elif text != "Off":  # a checkbox that is not ticked
            yield _Item(text, where, Role.BODY)


def _table_items(table: Table, where: str) -> Iterator[_Item]:
    headings: list[str] = []
    for row in table.rows:
        context = row_context(headings, list(row)) if headings else ""
        yield _Item(row_passage(list(row)), where, Role.TABLE, context)
        headings = headings or (list(row) if sum(map(bool, row)) > 1 else [])


def _complete_sentences(items: list[_Item]) -> None:
    """Move the end of a sentence that continues in the next column or page to its beginning."""
    unfinished: _Item | None = None
    for item in items:
        if item.role is not Role.BODY:
            # Running lines, tables and pictures interrupt a sentence; a heading ends it.
            unfinished = None if item.role is Role.HEADING else unfinished
            continue
        if unfinished and item.text[:1].islower():
            sentence = _FIRST_SENTENCE.match(item.text)
            end = sentence.end() if sentence and item.where != unfinished.where else len(item.text)
            unfinished.text = f"{unfinished.text} {item.text[:end]}"
            item.text = item.text[end:].strip()
        if item.text:
            unfinished = None if _ENDS_SENTENCE.search(item.text) else item
        elif unfinished and _ENDS_SENTENCE.search(unfinished.text):
            unfinished = None


def _report_damage(numbers: list[int], reading: Reading) -> None:
    if numbers:
        verb = "is" if len(numbers) == 1 else "are"
        reading.problem(f"{page_list(numbers)} {verb} damaged", "export the document again")


def _recognise(document: pdfium.PdfDocument, numbers: list[int], reading: Reading) -> None:
    """Add the text of scanned pages by Tesseract, or record that they could not be read."""
    program = find_tesseract()
    deadline = time.monotonic() + _OCR_SHARE * reading.limits.seconds
    done: set[int] = set()
    for number in numbers[: reading.limits.max_ocr_pages] if program else ():
        page = _load_page(document, number - 1)
        if program and page and time.monotonic() < deadline:
            image = page.gray_image(_DOTS_PER_INCH)
            page.close()
            with suppress(Unreadable):  # reported below
                for text in recognise_text(program, image, reading.limits.seconds).split("\n\n"):
                    reading.add(text.replace("\n", " "), f"p. {number}")
                done.add(number)
    missing = [number for number in numbers if number not in done]
    if missing and done:
        why = f"{page_list(missing)} could not be recognised in time"
        reading.problem(why, "split it, or attach a version with text")
    elif missing:
        what = "is an image" if len(missing) == 1 else "are images"
        reading.problem(f"{page_list(missing)} {what} without text", REMEDY)
