"""Write blocks as paragraphs and tables of a .docx."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from calib.exchange.docx.parts import (
    BlockData,
    add_row,
    append_element,
    append_row_property,
    is_rtl,
    make_element,
    narrative_runs,
    plain_run,
    split_lines,
    text_column,
    text_length,
)
from calib.exchange.docx.styles import TABLE_STYLE, TEXT_WIDTH_MM

if TYPE_CHECKING:
    from docx.document import Document
    from docx.oxml.xmlchemy import BaseOxmlElement
    from docx.table import Table, _Cell
    from docx.text.paragraph import Paragraph

_MAX_UNSPLIT_ROW = 1500
"""In characters; a longer table row may continue on the next page."""
# The styles of runs whose names do not follow from the name of the run's style.
_CHARACTER_STYLES = {
    "": "",
    "strong": "Strong",
    "em": "Emphasis",
    "code": "Code",
    "muted": "Muted",
    "ref": "",
}
_SIGNATURE_COLUMNS = (("For", 2.4), ("Name", 2.2), ("Place and date", 2.2), ("Signature", 3))


@dataclass
class BlockWriter:
    """Writes blocks into a document, or into a cell of one of its tables."""

    document: Document
    bookmarks: Mapping[str, str]
    """By id of a block, the name of its bookmark."""
    cell: _Cell | None = None
    """The target cell; None for the body of the document."""
    style: str = "Normal"
    """The default style of paragraphs."""
    is_cell_empty: bool = False
    """Whether the cell has only the empty paragraph that every new cell contains."""
    needs_gap: bool = False
    """Whether the last block was a table or a box, which needs a gap below."""
    last_paragraph: Paragraph | None = None
    written_bookmarks: set[str] = field(default_factory=set)
    """Shared by nested writers: a bookmark may occur once in a document."""

    def section(self, section: BlockData, *, is_cover: bool) -> None:
        """Write a section with its heading, on a new page unless it is the cover or runs on."""
        if is_cover:
            self.paragraph("Subtitle").add_run(section["kicker"])
        numbered = section["kicker"] == section["id"]
        title = f"{section['kicker']} {section['title']}" if numbered else section["title"]
        heading = self.heading(title, "Title" if is_cover else "Heading 1")
        if not is_cover and not section["meta"].get("runs_on"):
            heading.paragraph_format.page_break_before = True
        self.add_bookmark(heading, section)
        for block in section["blocks"]:
            self.block(block)

    def block(self, block: BlockData) -> None:
        """Write a block of any kind."""
        writers: dict[str, Callable[[BlockData], None]] = {
            "paragraph": self._paragraph,
            "heading": self._heading,
            "bullets": self._bullets,
            "facts": self._facts,
            "cards": self._cards,
            "table": self._table,
            "figure": self._figure,
            "callout": self._callout,
            "narrative": self._narrative,
            "signatures": self._signatures,
        }
        writers[block["kind"]](block)

    def paragraph(self, style: str = "") -> Paragraph:
        """Add an empty paragraph to the document or the cell."""
        style = style or self.style
        if self.cell is None:
            # Headings and captions have enough space above them.
            if self.needs_gap and not style.startswith(("Heading", "Caption")):
                self.document.add_paragraph(style="Gap")
            self.needs_gap = False
            self.last_paragraph = self.document.add_paragraph(style=style)
            return self.last_paragraph
        if self.is_cell_empty:
            self.is_cell_empty = False
            first: Paragraph = self.cell.paragraphs[0]
            first.style = style
            return first
        added: Paragraph = self.cell.add_paragraph(style=style)
        return added

    def heading(self, text: str, style: str) -> Paragraph:
        """Write a text as a paragraph in a style."""
        paragraph = self.paragraph(style)
        self.runs(paragraph, (plain_run(text),))
        return paragraph

    def add_bookmark(self, paragraph: Paragraph, block: BlockData) -> None:
        """Make a paragraph the target of links to a block."""
        name = self.bookmarks.get(block.get("id", ""))
        if name and name not in self.written_bookmarks:
            self.written_bookmarks.add(name)
            number = name[1:]
            start = make_element("w:bookmarkStart", {"w:id": number, "w:name": name})
            append_element(paragraph, start)
            append_element(paragraph, make_element("w:bookmarkEnd", {"w:id": number}))

    def runs(self, paragraph: Paragraph, runs: Iterable[BlockData]) -> None:
        """Add runs to a paragraph."""
        for run in runs:
            if run["text"]:
                self.run(paragraph, run)

    def text(self, paragraph: Paragraph, runs: Sequence[BlockData]) -> None:
        """Add runs to a paragraph, and set its direction by the first letter."""
        if is_rtl("".join(run["text"] for run in runs)):
            properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001  no public API for w:bidi
            # The schema prescribes the order of elements: w:bidi comes before these.
            properties.insert_element_before(make_element("w:bidi"), "w:spacing", "w:ind", "w:jc")
        self.runs(paragraph, runs)

    def run(self, paragraph: Paragraph, run: BlockData) -> None:
        """Add one run to a paragraph; its style is the character style of the same name."""
        is_badge = run["style"].startswith(("level-", "badge-"))
        # No-break spaces extend the background of a badge beyond its text.
        made = paragraph.add_run(f"\u00a0{run['text']}\u00a0" if is_badge else run["text"])
        if any(unicodedata.bidirectional(c) in ("R", "AL") for c in run["text"]):
            made.font.rtl = True
        link = self._make_link(run["href"])
        style = run["style"]
        name = _CHARACTER_STYLES.get(style, style.replace("-", " ").capitalize())
        if name or link is not None:
            made.style = name or "Hyperlink"
        if link is not None:
            append_element(paragraph, link)
            link.append(made._r)  # noqa: SLF001  no public API for w:hyperlink

    def _make_link(self, href: str) -> BaseOxmlElement | None:
        if href.startswith("#"):
            name = self.bookmarks.get(href[1:])
            return make_element("w:hyperlink", {"w:anchor": name}) if name else None
        if not href:
            return None
        from docx.opc.constants import RELATIONSHIP_TYPE

        key = self.document.part.relate_to(href, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        return make_element("w:hyperlink", {"r:id": key})

    def picture(self, data: bytes, alt: str, *, width: float = 0, height: float = 0) -> None:
        """Add a picture with a width or a height in millimetres."""
        from docx.shared import Mm

        size = {"width": Mm(width)} if width else {"height": Mm(height)}
        shape = self.paragraph().add_run().add_picture(io.BytesIO(data), **size)
        properties = shape._inline.docPr  # noqa: SLF001  no public API for alternative texts
        properties.set("descr", alt)
        properties.set("name", f"Picture {properties.get('id')}")

    def _paragraph(self, block: BlockData) -> None:
        styles = {"lead": "Lead", "muted": "Small print", "legend": "Small print"}
        is_body = self.cell is None and self.style == "Normal"
        style = styles.get(block["style"], "") if is_body else ""
        self.text(self.paragraph(style), block["runs"])

    def _heading(self, block: BlockData) -> None:
        self.add_bookmark(self.heading(block["text"], f"Heading {block['level'] - 1}"), block)

    def _bullets(self, block: BlockData) -> None:
        # The list style would replace the style of a cell or a box: write the bullet as text.
        is_nested = self.cell is not None or self.style != "Normal"
        for item in block["items"]:
            paragraph = self.paragraph("" if is_nested else "List Bullet")
            self.text(paragraph, (plain_run("• "), *item) if is_nested else item)

    def _facts(self, block: BlockData) -> None:
        for label, value in block["pairs"]:
            for number, line in enumerate(split_lines(value)):
                paragraph = self.paragraph("Fact" if self.cell is None else "Table fact")
                term = {**plain_run(f"{'' if number else label}\t"), "style": "muted"}
                self.runs(paragraph, (term, *line))

    def _cards(self, block: BlockData) -> None:
        columns = [text_column("What", 3), text_column("Value", 2), text_column("Note", 5)]
        rows = []
        for card in block["cards"]:
            title = f" {card['title']}" if card["title"] else ""
            badge = (card["badge"], plain_run(" ")) if card["title"] else ()
            rows.append(
                {
                    "id": "",
                    "details": (),
                    "cells": (
                        (
                            {**plain_run(card["label"]), "style": "strong", "href": card["href"]},
                            plain_run(title),
                        ),
                        (
                            {**plain_run(card["value"]), "style": "strong"},
                            plain_run(f" {card['unit']}"),
                        ),
                        (*badge, plain_run(card["note"])),
                    ),
                }
            )
        self._table({"caption": "At a glance", "columns": columns, "rows": rows})

    def _table(self, block: BlockData) -> None:
        self.paragraph("Caption").add_run(block["caption"])
        table = self._new_table(block["caption"], block["columns"])
        for row in block["rows"]:
            self._write_row(table, row, block["columns"])
        self.needs_gap = True

    def _new_table(self, caption: str, columns: Sequence[BlockData]) -> Table:
        from docx.shared import Mm

        table: Table = self.document.add_table(rows=1, cols=len(columns), style=TABLE_STYLE)
        table.autofit = False
        caption_element = make_element("w:tblCaption", {"w:val": caption[:250]})
        table._tblPr.append(caption_element)  # noqa: SLF001  no public API
        total = sum(c["width"] for c in columns)
        for column, grid in zip(columns, table.columns, strict=True):
            grid.width = Mm(TEXT_WIDTH_MM * column["width"] / total)
            for cell in grid.cells:
                cell.width = grid.width
        header = table.rows[0]
        append_row_property(header, make_element("w:tblHeader"))  # repeated on every page
        for cell, column in zip(header.cells, columns, strict=True):
            self._write_cell(cell, (plain_run(column["title"]),), column, "Table head")
        return table

    def _write_row(self, table: Table, row: BlockData, columns: Sequence[BlockData]) -> None:
        made = add_row(table)
        if text_length(row["cells"]) < _MAX_UNSPLIT_ROW:
            append_row_property(made, make_element("w:cantSplit"))
        style = "Table text above details" if row["details"] else "Table text"
        for number, (cell, runs) in enumerate(zip(made.cells, row["cells"], strict=True)):
            first = self._write_cell(cell, runs, columns[number], style)
            if not number:
                self.add_bookmark(first, row)
        if row["details"]:
            details_row = add_row(table)
            if text_length(row["details"]) < _MAX_UNSPLIT_ROW:
                append_row_property(details_row, make_element("w:cantSplit"))
            cells = details_row.cells
            inner = BlockWriter(
                self.document,
                self.bookmarks,
                cells[0].merge(cells[-1]),
                "Table detail",
                is_cell_empty=True,
                written_bookmarks=self.written_bookmarks,
            )
            for block in row["details"]:
                inner.block(block)

    def _write_cell(
        self, cell: _Cell, runs: Iterable[BlockData], column: BlockData, style: str
    ) -> Paragraph:
        from docx.enum.text import WD_PARAGRAPH_ALIGNMENT

        paragraph: Paragraph = cell.paragraphs[0]
        paragraph.style = style
        if column["align"] != "left":
            paragraph.alignment = WD_PARAGRAPH_ALIGNMENT[column["align"].upper()]
        self.runs(paragraph, tuple(runs))
        return paragraph

    def _figure(self, block: BlockData) -> None:
        self.paragraph("Caption").add_run(block["title"])
        self.picture(block["png"], block["alt"], width=min(TEXT_WIDTH_MM, 150 * block["scale"]))

    def _callout(self, block: BlockData) -> None:
        style = f"Callout {block['tone']}"
        self.heading(block["title"], f"{style} title")
        inner = BlockWriter(
            self.document,
            self.bookmarks,
            style=style,
            written_bookmarks=self.written_bookmarks,
        )
        for nested in block["blocks"]:
            inner.block(nested)
        self.needs_gap = True

    def _narrative(self, block: BlockData) -> None:
        for segments, is_bullet in zip(block["paragraphs"], block["bullets"], strict=True):
            paragraph = self.paragraph("List Bullet" if is_bullet else "Narrative")
            self.text(paragraph, tuple(r for s in segments for r in narrative_runs(s)))

    def _signatures(self, block: BlockData) -> None:
        columns = [text_column(t, w) for t, w in _SIGNATURE_COLUMNS]
        if self.last_paragraph is not None:
            self.last_paragraph.paragraph_format.keep_with_next = True
        table = self._new_table("Signatures", columns)
        last_role = block["people"][-1][0]
        for role, name in block["people"]:
            cells = (({**plain_run(role), "style": "strong"},), (plain_run(name),), (), ())
            self._write_row(table, {"id": "", "details": (), "cells": cells}, columns)
            row = table.rows[-1]
            # All signatures stay on one page: each row but the last is kept with the next.
            for cell in row.cells if role != last_role else ():
                cell.paragraphs[0].style = "Table text above details"
            height = {"w:val": "1000", "w:hRule": "atLeast"}  # in twentieths of a point
            append_row_property(row, make_element("w:trHeight", height))
