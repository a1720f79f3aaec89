"""Sections as blocks -> .docx: a document that people edit and sign, by styles alone.

The same blocks give the same bytes: no clock, no user, no machine. Blocks come as plain data, their
texts free of control characters; a figure brings its picture along as `png`.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from calib.exchange.docx.blocks import BlockWriter
from calib.exchange.docx.parts import BlockData, make_element
from calib.exchange.docx.styles import DocxTheme, new_document

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

__all__ = ["DocxMetadata", "DocxTheme", "write_docx"]


@dataclass(frozen=True, slots=True)
class DocxMetadata:
    """Hold what stands around the text, and what the file says of itself."""

    title: str
    subject: str
    author: str
    day: date
    header: str
    footer: str
    logo: bytes = b""
    """A PNG or JPEG picture."""
    logo_alt: str = ""
    language: str = "en-GB"


def write_docx(sections: Sequence[BlockData], look: DocxTheme, about: DocxMetadata) -> bytes:
    """Write the sections, the first of which is the cover; return the file's bytes."""
    document = new_document(look, about.language)
    _set_properties(document, about)
    writer = BlockWriter(document, _assign_bookmarks(sections))
    for number, section in enumerate(sections):
        if not number and about.logo:
            writer.picture(about.logo, about.logo_alt, height=14)
        writer.section(section, is_cover=not number)
    document.add_paragraph(style="Gap")  # what ends with a table is no whole document
    _write_header_and_footer(document, about)
    out = io.BytesIO()
    document.save(out)
    return _strip_timestamps(out.getvalue())


def _set_properties(document: Document, about: DocxMetadata) -> None:
    said = document.core_properties
    moment = datetime.combine(about.day, time(), UTC)
    said.title, said.subject, said.author = about.title[:255], about.subject, about.author[:255]
    said.language, said.last_modified_by, said.comments, said.keywords = about.language, "", "", ""
    said.created = said.modified = moment
    said.revision = 1


def _strip_timestamps(data: bytes) -> bytes:
    """Pack the parts again without the time of day."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            info = zipfile.ZipInfo(part.filename, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, old.read(part))
    return out.getvalue()


def _assign_bookmarks(value: object) -> dict[str, str]:
    """Name a bookmark for everything that has an id; Word takes short, plain names only."""
    found: list[str] = []

    def look(one: object) -> None:
        if isinstance(one, Mapping):
            ident = one.get("id")
            if isinstance(ident, str) and ident and one.get("kind") not in ("figure", "narrative"):
                found.append(ident)
            for inner in one.values():
                look(inner)
        elif isinstance(one, list | tuple):
            for inner in one:
                look(inner)

    look(value)
    return {ident: f"b{number}" for number, ident in enumerate(dict.fromkeys(found), start=1)}


def _write_header_and_footer(document: Document, about: DocxMetadata) -> None:
    """Write head and foot of the pages, with the numbers that the program fills in."""
    page = document.sections[0]
    page.header.paragraphs[0].add_run(about.header)
    foot = page.footer.paragraphs[0]
    foot.add_run(f"{about.footer}\tPage ")
    _append_field(foot, "PAGE")
    foot.add_run(" of ")
    _append_field(foot, "NUMPAGES")


def _append_field(paragraph: Paragraph, name: str) -> None:
    paragraph._p.append(make_element("w:fldSimple", {"w:instr": name}))  # noqa: SLF001  no other way
