"""Read Word documents: sections, tables, notes, comments and tracked changes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from calib.documents.docx_styles import Styles
from calib.documents.docx_text import ParagraphText, is_merged_with_next, read_paragraph
from calib.documents.limits import Unreadable
from calib.documents.model import Role
from calib.documents.properties import add_core_properties
from calib.documents.reading import Reading, clean_text, row_context, row_passage
from calib.documents.safe_zip import check_office_file
from calib.documents.sections import START, section_name

_P, _TABLE, _ROW, _CELL = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
_WRAPPERS = frozenset(map(qn, ("w:sdt", "w:sdtContent", "w:customXml", "w:ins", "w:moveTo")))
_MAX_BOLD_HEADING = 80


def read_docx(data: bytes, reading: Reading) -> None:
    """Add everything that a reader of the document sees; raises Unreadable."""
    check_office_file(data, reading.limits)
    document = docx.Document(io.BytesIO(data))
    properties = document.core_properties
    add_core_properties(reading, properties, properties.author, properties.content_status)
    _Word(document, reading).read()


class _Word:
    """A Word document and the section that the next paragraph is in."""

    def __init__(self, document: Any, reading: Reading) -> None:
        self._document = document
        self._reading = reading
        self._styles = Styles(document)
        self._where = START
        self._footnotes = self._notes("footnotes", "w:footnote")
        self._endnotes = self._notes("endnotes", "w:endnote")
        self._comments = self._notes("comments", "w:comment")
        self._carried = ""

    def read(self) -> None:
        """Add the headers and footers, the body, and comments that refer to no paragraph."""
        self._add_parts("header", Role.HEADER)
        body = self._document.element.body
        if body is None:
            raise Unreadable("is damaged: it has no body", "export it again")
        self._add_blocks(body, Role.BODY)
        self._add_parts("footer", Role.FOOTER)
        for comment in list(self._comments):
            self._add_notes(self._comments, comment, "start (comment)", Role.COMMENT)

    def _related(self, kind: str) -> list[Any]:
        """Return the XML of the parts of a kind, such as headers, in the order of their names."""
        rels = self._document.part.rels.values()
        parts = {
            str(r.target_part.partname): r.target_part
            for r in rels
            if not r.is_external and r.reltype.endswith(f"/{kind}")
        }
        return [parse_xml(parts[name].blob) for name in sorted(parts)]

    def _notes(self, kind: str, tag: str) -> dict[str, Any]:
        """Return footnotes, endnotes or comments by their id."""
        found = {}
        for part in self._related(kind):
            for note in part.findall(qn(tag)):
                if note.get(qn("w:type")) in (None, "normal"):
                    found[note.get(qn("w:id"))] = note
        return found

    def _add_parts(self, kind: str, role: Role) -> None:
        seen = set()
        for part in self._related(kind):
            for text in self._plain_paragraphs(part):
                if text not in seen:
                    seen.add(text)
                    self._reading.add(text, kind, role)

    def _add_blocks(self, parent: Any, role: Role) -> None:
        """Add the paragraphs and tables of an element."""
        for block in self._blocks(parent):
            if block.tag == _P:
                self._add_paragraph(block, role)
            else:
                self._add_table(block, role)

    def _blocks(self, parent: Any) -> Iterator[Any]:
        for child in parent:
            if child.tag in (_P, _TABLE):
                yield child
            elif child.tag in _WRAPPERS:
                yield from self._blocks(child)

    def _add_paragraph(self, paragraph: Any, role: Role) -> None:
        number = self._styles.number(paragraph)
        found = read_paragraph(paragraph)
        text = self._carried + found.accepted
        self._carried = text if is_merged_with_next(paragraph) else ""
        if not self._carried and clean_text(text):
            level = self._styles.heading_level(paragraph)
            if level is None and found.is_bold and _looks_like_heading(text) and role is Role.BODY:
                level = 1
            if level:
                text = f"{number} {text}".strip()
                self._where = section_name(text)
            self._reading.add(text, self._where, role if level is None else Role.HEADING)
        self._add_attached(found)

    def _add_attached(self, found: ParagraphText) -> None:
        """Add the deleted text, notes, comments and text boxes of a paragraph."""
        where = self._where
        self._reading.add(found.deleted, f"{where} (deleted text)", Role.DELETED)
        for number in found.footnotes:
            self._add_notes(self._footnotes, number, f"{where} (footnote)", Role.FOOTNOTE)
        for number in found.endnotes:
            self._add_notes(self._endnotes, number, f"{where} (footnote)", Role.FOOTNOTE)
        for box in found.boxes:
            for text in self._plain_paragraphs(box):
                self._reading.add(text, f"{where} (text box)", Role.TEXT_BOX)
        for text in found.art:
            self._reading.add(text, f"{where} (text box)", Role.TEXT_BOX)
        for number in found.comments:
            self._add_notes(self._comments, number, f"{where} (comment)", Role.COMMENT)

    def _add_notes(self, notes: dict[str, Any], number: str, where: str, role: Role) -> None:
        note = notes.pop(number, None)
        if note is not None:
            self._reading.add("\n".join(self._plain_paragraphs(note)), where, role)

    def _add_table(self, table: Any, role: Role) -> None:
        rows = list(table.iter(_ROW))
        rows = [row for row in rows if next(row.iterancestors(_TABLE)) is table]
        if all(sum(cell is not None for cell in self._cells(row)) == 1 for row in rows):
            for row in rows:  # a frame around text
                for cell in (c for c in self._cells(row) if c is not None):
                    self._add_blocks(cell, role)
            return
        headings: list[str] = []
        for row in rows:
            self._add_row(row, headings)
            headings = headings or [self._cell_text(c) for c in self._cells(row)]

    def _add_row(self, row: Any, headings: list[str]) -> None:
        cells = list(self._cells(row))
        texts = [self._cell_text(cell) for cell in cells]
        if self._is_deleted(row):
            self._reading.add(row_passage(texts), f"{self._where} (deleted text)", Role.DELETED)
            return
        context = row_context(headings, texts) if headings else ""
        self._reading.add(row_passage(texts), self._where, Role.TABLE, context)
        for cell in cells:
            for paragraph in cell.iter(_P) if cell is not None else ():
                if next(paragraph.iterancestors(_CELL)) is cell:
                    self._add_attached(read_paragraph(paragraph))
            for nested in cell.findall(_TABLE) if cell is not None else ():
                self._add_table(nested, Role.TABLE)

    def _cells(self, row: Any) -> Iterator[Any | None]:
        """Yield the cells of a row, None where one above or to the left is merged into it."""
        for cell in self._row_children(row):
            properties = cell.find(qn("w:tcPr"))
            merge = properties.find(qn("w:vMerge")) if properties is not None else None
            span = properties.find(qn("w:gridSpan")) if properties is not None else None
            is_merged = merge is not None and merge.get(qn("w:val")) != "restart"
            yield None if is_merged else cell
            width = span.get(qn("w:val")) if span is not None else "1"
            yield from [None] * (min(int(width), 100) - 1 if str(width).isdigit() else 0)

    def _row_children(self, row: Any) -> Iterator[Any]:
        for child in row:
            if child.tag == _CELL:
                yield child
            elif child.tag in _WRAPPERS:
                yield from self._row_children(child)

    def _is_deleted(self, row: Any) -> bool:
        return row.find(f"{qn('w:trPr')}/{qn('w:del')}") is not None

    def _cell_text(self, cell: Any | None) -> str:
        if cell is None:
            return ""
        blocks = [block for block in self._blocks(cell) if block.tag == _P]
        return "\n".join(t for p in blocks if (t := clean_text(read_paragraph(p).accepted)))

    def _plain_paragraphs(self, parent: Any) -> Iterator[str]:
        """Yield the accepted text of all paragraphs in a note, header or text box."""
        for paragraph in parent.iter(_P):
            found = read_paragraph(paragraph)
            yield from filter(None, map(clean_text, (found.accepted, *found.art)))


def _looks_like_heading(text: str) -> bool:
    """Return whether a bold paragraph serves as a heading."""
    text = clean_text(text)
    return len(text) <= _MAX_BOLD_HEADING and text[-1:] not in ".!?:;," and ":" not in text
