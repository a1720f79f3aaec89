"""Parse untrusted XML without entities; elements have local names and byte offsets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from xml.parsers import expat

# SpreadsheetML escapes characters that XML cannot contain as _xHHHH_ (ECMA-376, ST_Xstring).
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ESCAPE_LOOKALIKE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")

# The encodings that expat decodes by itself. For others it asks Python for a codec by name.
_ENCODINGS = {"", "utf-8", "utf-16", "us-ascii", "iso-8859-1"}


class InvalidXml(Exception):
    """The bytes are not XML, declare entities, or have an unusual encoding."""


def parse_xml(
    data: bytes,
    start: Callable[[str, dict[str, str], int], None],
    end: Callable[[str, int], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Call the handlers for elements and texts; raises InvalidXml.

    Elements are given by their local names and byte offsets. Attributes in a namespace are given
    as the namespace and the local name, separated by a space.
    """
    parser = expat.ParserCreate(None, " ")
    parser.buffer_text = True

    def on_doctype(*_: object) -> None:
        raise InvalidXml("declares XML entities, which spreadsheet programs do not write")

    def on_start(name: str, attributes: dict[str, str]) -> None:
        start(name.rpartition(" ")[2], attributes, parser.CurrentByteIndex)

    def on_end(name: str) -> None:
        if end:
            end(name.rpartition(" ")[2], parser.CurrentByteIndex)

    def on_declaration(_: str, encoding: str | None, __: int) -> None:
        if (encoding or "").lower() not in _ENCODINGS:
            raise InvalidXml("has an encoding that spreadsheet programs do not write")

    parser.XmlDeclHandler = on_declaration
    parser.StartDoctypeDeclHandler = on_doctype
    parser.StartElementHandler = on_start
    parser.EndElementHandler = on_end
    if text:
        parser.CharacterDataHandler = text
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise InvalidXml(f"not XML: {reason} on line {error.lineno}") from error


def read_elements(data: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    """Return the local names and attributes of all elements in document order."""
    elements: list[tuple[str, dict[str, str]]] = []
    parse_xml(data, lambda name, attributes, _: elements.append((name, attributes)))
    return iter(elements)


def read_texts(data: bytes, item: str) -> tuple[str, ...]:
    """Return the visible text of each `item` element: its runs without phonetic readings."""
    collector = _TextCollector(item)
    parse_xml(data, collector.start, collector.end, collector.text)
    return tuple(collector.texts)


class _TextCollector:
    def __init__(self, item: str) -> None:
        self.item = item
        self.texts: list[str] = []
        self.stack: list[str] = []
        self.runs: list[str] = []

    def start(self, name: str, _: dict[str, str], __: int) -> None:
        self.stack.append(name)
        if name == self.item:
            self.runs = []

    def end(self, name: str, _: int) -> None:
        self.stack.pop()
        if name == self.item:
            self.texts.append(decode_text("".join(self.runs)))

    def text(self, text: str) -> None:
        # <rPh> contains the phonetic reading of East Asian text.
        if self.stack[-1] == "t" and "rPh" not in self.stack:
            self.runs.append(text)


def decode_text(text: str) -> str:
    """Decode the escapes of SpreadsheetML, such as `_x000D_` for a carriage return."""
    if "_x" not in text:
        return text
    decoded = _ESCAPE.sub(lambda m: chr(int(m[1], 16)), text)
    # Two escaped surrogates form one character.
    return decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def encode_text(text: str) -> str:
    """Encode a text as XML content that spreadsheet programs show unchanged."""
    escaped = _ESCAPE_LOOKALIKE.sub("_x005F_", text)
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
