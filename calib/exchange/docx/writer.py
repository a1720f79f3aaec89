"""Write report sections as a .docx to edit and sign; all formatting is done with styles.

Equal blocks give equal bytes: the file contains no time, user or machine name. Blocks are JSON-like
data without control characters; a figure has its picture in the key `png`.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from calib.exchange.docx.blocks import BlockWriter
from calib.exchange.docx.parts import BlockData, append_element, make_element
from calib.exchange.docx.styles import DocxTheme, new_document

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

__all__ = ["DocxMetadata", "DocxTheme", "write_docx"]


@dataclass(frozen=True, slots=True)
class DocxMetadata:
    """Document properties, header, footer and logo."""

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


def write_docx(sections: Sequence[BlockData], theme: DocxTheme, metadata: DocxMetadata) -> bytes:
    """Return the sections as the bytes of a .docx file; the first section is the cover."""
    document = new_document(theme, metadata.language)
    _set_properties(document, metadata)
    writer = BlockWriter(document, _assign_bookmarks(sections))
    for number, section in enumerate(sections):
        if not number and metadata.logo:
            writer.picture(metadata.logo, metadata.logo_alt, height=14)
        writer.section(section, is_cover=not number)
    # Word requires a paragraph after a table at the end of a document.
    document.add_paragraph(style="Gap")
    _write_header_and_footer(document, metadata)
    out = io.BytesIO()
    document.save(out)
    return _strip_timestamps(out.getvalue())


def _set_properties(document: Document, metadata: DocxMetadata) -> None:
    properties = document.core_properties
    midnight = datetime.combine(metadata.day, time(), UTC)
    properties.title = metadata.title[:255]  # the limit of python-docx
    properties.subject, properties.author = metadata.subject, metadata.author[:255]
    properties.language = metadata.language
    # The template of python-docx has an author and a comment of its own.
    properties.last_modified_by = properties.comments = properties.keywords = ""
    properties.created = properties.modified = midnight
    properties.revision = 1


def _strip_timestamps(data: bytes) -> bytes:
    """Rewrite the zip with constant time stamps, so that equal documents have equal bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            info = zipfile.ZipInfo(part.filename, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, old.read(part))
    return out.getvalue()


def _assign_bookmarks(sections: object) -> dict[str, str]:
    """Return a bookmark name for every id; Word allows 40 characters and no hyphens."""
    ids: list[str] = []

    def collect(value: object) -> None:
        if isinstance(value, Mapping):
            ident = value.get("id")
            has_anchor = value.get("kind") not in ("figure", "narrative")
            if isinstance(ident, str) and ident and has_anchor:
                ids.append(ident)
            for item in value.values():
                collect(item)
        elif isinstance(value, list | tuple):
            for item in value:
                collect(item)

    collect(sections)
    return {ident: f"b{number}" for number, ident in enumerate(dict.fromkeys(ids), start=1)}


def _write_header_and_footer(document: Document, metadata: DocxMetadata) -> None:
    page = document.sections[0]
    page.header.paragraphs[0].add_run(metadata.header)
    footer = page.footer.paragraphs[0]
    footer.add_run(f"{metadata.footer}\tPage ")
    _append_field(footer, "PAGE")
    footer.add_run(" of ")
    _append_field(footer, "NUMPAGES")


def _append_field(paragraph: Paragraph, name: str) -> None:
    """Append a field whose value the word processor computes."""
    append_element(paragraph, make_element("w:fldSimple", {"w:instr": name}))
