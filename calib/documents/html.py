"""Read the text of HTML pages: no scripts, no hidden elements, nothing is fetched."""

from __future__ import annotations

import re
from typing import Any

from calib.documents.encodings import decode_text
from calib.documents.limits import Unreadable
from calib.documents.model import Role
from calib.documents.properties import add_property
from calib.documents.reading import Reading, clean_text, row_context, row_passage
from calib.documents.sections import START, section_name

# fmt: off
_SKIPPED = frozenset({
    "audio", "canvas", "datalist", "embed", "head", "iframe", "math", "noscript", "object",
    "script", "select", "style", "svg", "template", "textarea", "video",
})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl",
    "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "legend",
    "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "ul",
})
# fmt: on
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"']?([\w-]{3,20})", re.IGNORECASE)


def read_html(data: bytes, reading: Reading) -> None:
    """Add headings, paragraphs, list items and table rows; raises Unreadable."""
    from lxml import etree, html

    # No parser limits are lifted: libxml2 stops at a depth of 256 elements.
    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(_decode_page(data), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise Unreadable("contains no text that can be read as HTML", "save it as PDF") from error
    if any("depth" in error.message for error in parser.error_log):
        reading.problem("is nested too deeply to be read completely", "save it as PDF")
    title = root.findtext(".//title")
    if title:
        reading.fact("title", title, START)
    for meta in root.iter("meta"):
        field = {"author": "author", "date": "dated", "version": "version"}.get(
            str(meta.get("name")).lower()
        )
        if field:
            add_property(reading, field, meta.get("content"))
    _Page(reading).walk(root)


def _decode_page(data: bytes) -> str:
    declared = _CHARSET.search(data[:4096])
    text = None
    if declared and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        try:
            text = data.decode(declared[1].decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            text = None
    text = decode_text(data) if text is None else text
    # lxml rejects text with an encoding declaration: the text is decoded already.
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", text)


class _Page:
    """Collect inline text until a block element begins or ends."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._where = START
        self._roles: list[Role] = [Role.BODY]
        self._inline: list[str] = []

    def walk(self, element: Any) -> None:
        """Add the text of an element and its children; the text after it belongs to the parent."""
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag in _SKIPPED or _is_hidden(element):
            return
        if tag in _HEADINGS:
            self._add_heading(element)
        elif tag == "table" and not element.xpath(".//table"):
            self._flush()
            self._add_table(element)
        elif tag in ("del", "s", "strike"):
            self._flush_inline_deleted(element)
        else:
            self._walk_children(element, tag)

    def _walk_children(self, element: Any, tag: str) -> None:
        is_block = tag in _BLOCKS or tag in ("tr", "td", "th")
        role = _part_role(element, tag)
        if is_block:
            self._flush()
        if role:
            self._roles.append(role)
        if tag == "br":
            self._inline.append("\n")
        self._inline.append(_source_text(element.text))
        for child in element:
            self.walk(child)
            self._inline.append(_source_text(child.tail))
        if is_block:
            self._flush()
        if role:
            self._roles.pop()

    def _flush(self) -> None:
        text = "".join(self._inline)
        self._inline = []
        role = self._roles[-1]
        where = role.value if role in (Role.HEADER, Role.FOOTER) else self._where
        self._reading.add(text, where, role)

    def _flush_inline_deleted(self, element: Any) -> None:
        self._reading.add(visible_text(element), f"{self._where} (deleted text)", Role.DELETED)

    def _add_heading(self, element: Any) -> None:
        self._flush()
        text = clean_text(visible_text(element))
        if text:
            self._where = section_name(text)
            self._reading.add(text, self._where, Role.HEADING)

    def _add_table(self, table: Any) -> None:
        headings: list[str] = []
        for row in table.iter("tr", "caption"):
            if _is_hidden(row):
                continue
            if row.tag == "caption":
                self._reading.add(visible_text(row), self._where)
                continue
            cells = [visible_text(c) for c in row if c.tag in ("td", "th") and not _is_hidden(c)]
            if not headings and len(cells) > 1:
                headings = cells
                self._reading.add(row_passage(cells), self._where, Role.TABLE)
            else:
                context = row_context(headings, cells)
                self._reading.add(row_passage(cells), self._where, Role.TABLE, context)


def _part_role(element: Any, tag: str) -> Role | None:
    """Return the role of a page's header and footer; a `header` inside an article is body text."""
    if tag not in ("header", "footer", "nav"):
        return None
    if any(parent.tag in ("article", "section", "main") for parent in element.iterancestors()):
        return None
    return Role.FOOTER if tag == "footer" else Role.HEADER


def _is_hidden(element: Any) -> bool:
    style = element.get("style") or ""
    return element.get("hidden") is not None or bool(_HIDDEN.search(style))


def visible_text(element: Any) -> str:
    """Return the text of an element and its children, without scripts and hidden elements."""
    parts = [_source_text(element.text)]
    for child in element:
        tag = child.tag if isinstance(child.tag, str) else "script"
        if tag not in _SKIPPED and tag not in ("del", "s", "strike") and not _is_hidden(child):
            space = " " if tag in _BLOCKS or tag in ("br", "td", "th", "tr") else ""
            parts += [space, visible_text(child), space]
        parts.append(_source_text(child.tail))
    return "".join(parts)


def _source_text(text: str | None) -> str:
    """Return text of the source without its line breaks, which a browser shows as spaces."""
    return (text or "").replace("\n", " ")
