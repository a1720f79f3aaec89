"""Blocks -> paragraphs and tables of a .docx."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from calib.exchange.docx.parts import (
    BlockData,
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
    from docx.text.paragraph import Paragraph

_MAX_UNSPLIT_ROW = 1500
"""Characters from which on a table's row may go over to the next page."""


@dataclass
class BlockWriter:
    """Write blocks into a document, or into a cell of one of its tables."""

    document: Any
    names: Mapping[str, str]
    place: Any = None
    """The cell that is being written into; None in the document itself."""
    style: str = "Normal"
    """What a paragraph looks like there."""
    fresh: bool = False
    """Whether the cell still has only the empty paragraph that it began with."""
    gap: bool = False
    """Whether a table or a box ended just now."""
    last: Any = None
    """The paragraph that was begun last."""
    used: set[str] = field(default_factory=set)

    def section(self, section: BlockData, *, is_cover: bool) -> None:
        """Write one section; the first one is the cover."""
        if is_cover:
            self.paragraph("Subtitle").add_run(section["kicker"])
        numbered = section["kicker"] == section["id"]
        title = f"{section['kicker']} {section['title']}" if numbered else section["title"]
        heading = self.heading(title, "Title" if is_cover else "Heading 1")
        if not is_cover and not section["meta"].get("runs_on"):
            heading.paragraph_format.page_break_before = True
        self.mark(heading, section)
        for block in section["blocks"]:
            self.block(block)

    def block(self, block: BlockData) -> None:
        """Write one block."""
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
        """Begin a paragraph where the writer stands."""
        style = style or self.style
        if self.place is None:
            if self.gap and not style.startswith(("Heading", "Caption")):
                self.document.add_paragraph(style="Gap")
            self.gap = False
            added: Paragraph = self.document.add_paragraph(style=style)
            self.last = added
            return added
        if self.fresh:
            self.fresh = False
            first: Paragraph = self.place.paragraphs[0]
            first.style = style
            return first
        made: Paragraph = self.place.add_paragraph(style=style)
        return made

    def heading(self, text: str, style: str) -> Paragraph:
        """Write one text in a style."""
        made = self.paragraph(style)
        self.runs(made, ({"text": text, "style": "", "href": ""},))
        return made

    def mark(self, paragraph: Paragraph, block: BlockData) -> None:
        """Make the paragraph a place that links can lead to."""
        name = self.names.get(block.get("id", ""))
        if name and name not in self.used:
            self.used.add(name)
            ident = name[1:]
            start = make_element("w:bookmarkStart", {"w:id": ident, "w:name": name})
            paragraph._p.append(start)  # noqa: SLF001
            paragraph._p.append(make_element("w:bookmarkEnd", {"w:id": ident}))  # noqa: SLF001

    def runs(self, paragraph: Paragraph, runs: Iterable[BlockData]) -> None:
        """Write runs into a paragraph."""
        for run in runs:
            if run["text"]:
                self.run(paragraph, run)

    def text(self, paragraph: Paragraph, runs: Sequence[BlockData]) -> None:
        """Write running text, in the direction of its first letter."""
        if is_rtl("".join(run["text"] for run in runs)):
            properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001
            properties.insert_element_before(make_element("w:bidi"), "w:spacing", "w:ind", "w:jc")
        self.runs(paragraph, runs)

    def run(self, paragraph: Paragraph, run: BlockData) -> None:
        """Write one run."""
        padded = run["style"].startswith(("level-", "badge-"))
        made = paragraph.add_run(f"\u00a0{run['text']}\u00a0" if padded else run["text"])
        if any(unicodedata.bidirectional(c) in ("R", "AL") for c in run["text"]):
            made.font.rtl = True
        link = self._link(run["href"])
        name = _CHARACTER_STYLES.get(run["style"]) or run["style"].replace("-", " ").capitalize()
        if name or link is not None:
            made.style = name or "Hyperlink"
        if link is not None:
            paragraph._p.append(link)  # noqa: SLF001
            link.append(made._r)  # noqa: SLF001

    def _link(self, href: str) -> Any:
        if href.startswith("#"):
            name = self.names.get(href[1:])
            return make_element("w:hyperlink", {"w:anchor": name}) if name else None
        if not href:
            return None
        from docx.opc.constants import RELATIONSHIP_TYPE

        key = self.document.part.relate_to(href, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        return make_element("w:hyperlink", {"r:id": key})

    def picture(self, data: bytes, alt: str, *, width: float = 0, height: float = 0) -> None:
        """Write a picture, as wide or as high as is said in millimetres."""
        from docx.shared import Mm

        size = {"width": Mm(width)} if width else {"height": Mm(height)}
        shape = self.paragraph().add_run().add_picture(io.BytesIO(data), **size)
        properties = shape._inline.docPr  # noqa: SLF001  alternative texts have no other door
        properties.set("descr", alt)
        properties.set("name", f"Picture {properties.get('id')}")

    def _paragraph(self, block: BlockData) -> None:
        styles = {"lead": "Lead", "muted": "Small print", "legend": "Small print"}
        is_body = self.place is None and self.style == "Normal"
        named = styles.get(block["style"], "") if is_body else ""
        self.text(self.paragraph(named), block["runs"])

    def _heading(self, block: BlockData) -> None:
        self.mark(self.heading(block["text"], f"Heading {block['level'] - 1}"), block)

    def _bullets(self, block: BlockData) -> None:
        in_cell = self.place is not None or self.style != "Normal"
        for item in block["items"]:
            made = self.paragraph("" if in_cell else "List Bullet")
            self.text(made, ({"text": "• ", "style": "", "href": ""}, *item) if in_cell else item)

    def _facts(self, block: BlockData) -> None:
        for label, value in block["pairs"]:
            for number, line in enumerate(split_lines(value)):
                made = self.paragraph("Fact" if self.place is None else "Table fact")
                head = f"{'' if number else label}\t"
                self.runs(made, ({"text": head, "style": "muted", "href": ""}, *line))

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
            self._row(table, row, block["columns"])
        self.gap = True

    def _new_table(self, caption: str, columns: Sequence[BlockData]) -> Any:
        from docx.shared import Mm

        table = self.document.add_table(rows=1, cols=len(columns), style=TABLE_STYLE)
        table.autofit = False
        table._tblPr.append(make_element("w:tblCaption", {"w:val": caption[:250]}))  # noqa: SLF001
        total = sum(c["width"] for c in columns)
        for column, grid in zip(columns, table.columns, strict=True):
            grid.width = Mm(TEXT_WIDTH_MM * column["width"] / total)
            for cell in grid.cells:
                cell.width = grid.width
        head = table.rows[0]
        head._tr.get_or_add_trPr().append(make_element("w:tblHeader"))  # noqa: SLF001
        for cell, column in zip(head.cells, columns, strict=True):
            self._cell(cell, (plain_run(column["title"]),), column, "Table head")
        return table

    def _row(self, table: Any, row: BlockData, columns: Sequence[BlockData]) -> None:
        made = table.add_row()
        if text_length(row["cells"]) < _MAX_UNSPLIT_ROW:
            made._tr.get_or_add_trPr().append(make_element("w:cantSplit"))  # noqa: SLF001
        style = "Table text above details" if row["details"] else "Table text"
        for number, (cell, runs) in enumerate(zip(made.cells, row["cells"], strict=True)):
            first = self._cell(cell, runs, columns[number], style)
            if not number:
                self.mark(first, row)
        if row["details"]:
            below = table.add_row()
            if text_length(row["details"]) < _MAX_UNSPLIT_ROW:
                below._tr.get_or_add_trPr().append(make_element("w:cantSplit"))  # noqa: SLF001
            cells = below.cells
            inner = BlockWriter(
                self.document,
                self.names,
                cells[0].merge(cells[-1]),
                "Table detail",
                fresh=True,
                used=self.used,
            )
            for block in row["details"]:
                inner.block(block)

    def _cell(
        self, cell: Any, runs: Iterable[BlockData], column: BlockData, style: str
    ) -> Paragraph:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        made: Paragraph = cell.paragraphs[0]
        made.style = style
        if column["align"] != "left":
            made.alignment = getattr(WD_ALIGN_PARAGRAPH, column["align"].upper())
        self.runs(made, tuple(runs))
        return made

    def _figure(self, block: BlockData) -> None:
        self.paragraph("Caption").add_run(block["title"])
        self.picture(block["png"], block["alt"], width=min(TEXT_WIDTH_MM, 150 * block["scale"]))

    def _callout(self, block: BlockData) -> None:
        tone = f"Callout {block['tone']}"
        self.heading(block["title"], f"{tone} title")
        inner = BlockWriter(self.document, self.names, style=tone, used=self.used)
        for one in block["blocks"]:
            inner.block(one)
        self.gap = True

    def _narrative(self, block: BlockData) -> None:
        for pieces, bullet in zip(block["paragraphs"], block["bullets"], strict=True):
            made = self.paragraph("List Bullet" if bullet else "Narrative")
            self.text(made, tuple(r for piece in pieces for r in narrative_runs(piece)))

    def _signatures(self, block: BlockData) -> None:
        columns = [text_column(t, w) for t, w in _SIGNATURE_COLUMNS]
        self.last.paragraph_format.keep_with_next = True
        table = self._new_table("Signatures", columns)
        for role, name in block["people"]:
            cells = (({**plain_run(role), "style": "strong"},), (plain_run(name),), (), ())
            self._row(table, {"id": "", "details": (), "cells": cells}, columns)
            for cell in table.rows[-1].cells if role != block["people"][-1][0] else ():
                cell.paragraphs[0].style = "Table text above details"
            table.rows[-1]._tr.get_or_add_trPr().append(  # noqa: SLF001
                make_element("w:trHeight", {"w:val": "1000", "w:hRule": "atLeast"})
            )


_CHARACTER_STYLES = {
    "": "",
    "strong": "Strong",
    "em": "Emphasis",
    "code": "Code",
    "muted": "Muted",
    "ref": "",
}
_SIGNATURE_COLUMNS = (("For", 2.4), ("Name", 2.2), ("Place and date", 2.2), ("Signature", 3))
