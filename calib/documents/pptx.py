"""Read PowerPoint files: shapes, groups, tables, diagrams, charts, notes and comments."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

import pptx
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn

from calib.documents.model import Role
from calib.documents.properties import add_core_properties
from calib.documents.reading import Reading, clean_text, row_context, row_passage
from calib.documents.safe_zip import check_office_file

_PLACEHOLDER_ROLES = {
    PP_PLACEHOLDER.TITLE: Role.HEADING,
    PP_PLACEHOLDER.CENTER_TITLE: Role.HEADING,
    PP_PLACEHOLDER.VERTICAL_TITLE: Role.HEADING,
    PP_PLACEHOLDER.FOOTER: Role.FOOTER,
    PP_PLACEHOLDER.HEADER: Role.HEADER,
    PP_PLACEHOLDER.SLIDE_NUMBER: Role.FOOTER,
    PP_PLACEHOLDER.DATE: Role.FOOTER,
}
_DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
_MAX_DEPTH = 20


def read_pptx(data: bytes, reading: Reading) -> None:
    """Add the text of all slides and their notes; raises Unreadable."""
    check_office_file(data, reading.limits)
    presentation = pptx.Presentation(io.BytesIO(data))
    properties = presentation.core_properties
    add_core_properties(reading, properties, properties.author, properties.content_status)
    for number, slide in enumerate(presentation.slides, start=1):
        where = f"slide {number}"
        for shape in _title_first(slide.shapes):
            _add_shape(shape, where, reading)
        if slide.has_notes_slide:
            frame = slide.notes_slide.notes_text_frame
            for text in _paragraphs(frame) if frame is not None else ():
                reading.add(text, f"{where} notes", Role.NOTE)
        _add_comments(slide, where, reading)


def _title_first(shapes: Iterable[Any]) -> list[Any]:
    """Return the shapes of a slide from top to bottom, beginning with its title.

    The order in the file is the order in which the author added the shapes.
    """
    return sorted(shapes, key=lambda s: (_role(s) is not Role.HEADING, s.top or 0, s.left or 0))


def _add_shape(shape: Any, where: str, reading: Reading, depth: int = 0) -> None:
    if hasattr(shape, "shapes") and depth < _MAX_DEPTH:  # a group
        for inner in _title_first(shape.shapes):
            _add_shape(inner, where, reading, depth + 1)
    elif getattr(shape, "has_table", False):
        _add_table(shape.table, where, reading)
    elif getattr(shape, "has_chart", False):
        _add_chart(shape, where, reading)
    elif shape.has_text_frame:
        for text in _paragraphs(shape.text_frame):
            reading.add(text, where, _role(shape))
    else:
        _add_diagram(shape, where, reading)


def _role(shape: Any) -> Role:
    if not shape.is_placeholder:
        return Role.BODY
    return _PLACEHOLDER_ROLES.get(shape.placeholder_format.type, Role.BODY)


def _paragraphs(frame: Any) -> Iterator[str]:
    for paragraph in frame.paragraphs:
        yield paragraph.text.replace("\v", "\n")


def _add_table(table: Any, where: str, reading: Reading) -> None:
    headings: list[str] = []
    for row in table.rows:
        cells = ["" if c.is_spanned else c.text_frame.text.replace("\v", "\n") for c in row.cells]
        context = row_context(headings, cells) if headings else ""
        reading.add(row_passage(cells), where, Role.TABLE, context)
        headings = headings or (cells if sum(map(bool, cells)) > 1 else [])


def _add_chart(shape: Any, where: str, reading: Reading) -> None:
    """Add the title of a chart, and each series with its values."""
    chart = shape.chart
    if chart.has_title and chart.chart_title.has_text_frame:
        reading.add(chart.chart_title.text_frame.text, where)
    for plot in chart.plots:
        names = [clean_text(str(name)) for name in plot.categories]
        for series in plot.series:
            values = ["" if value is None else f"{value:g}" for value in series.values]
            pairs = row_context(names, values)
            reading.add(row_passage([series.name or "", *values]), where, Role.TABLE, pairs)


def _add_diagram(shape: Any, where: str, reading: Reading) -> None:
    """Add the texts of a SmartArt diagram, which are in a part of their own."""
    for ids in shape.element.iter(f"{{{_DIAGRAM}}}relIds"):
        rel = shape.part.rels.get(ids.get(qn("r:dm")) or "")
        if rel is None or rel.is_external:
            continue
        for paragraph in parse_xml(rel.target_part.blob).iter(qn("a:p")):
            reading.add("".join(t.text or "" for t in paragraph.iter(qn("a:t"))), where)


def _add_comments(slide: Any, where: str, reading: Reading) -> None:
    parts = [
        rel.target_part
        for _, rel in sorted(slide.part.rels.items())
        if not rel.is_external and rel.reltype.rsplit("/", 1)[-1] in ("comments", "comment")
    ]
    for part in parts:
        for element in parse_xml(part.blob).iter(qn("p:text"), qn("a:p")):
            text = element.text if element.tag == qn("p:text") else None
            text = text or "".join(t.text or "" for t in element.iter(qn("a:t")))
            reading.add(text, f"{where} (comment)", Role.COMMENT)
