"""XML of strangers: no entities, names without prefixes, and where in the bytes things stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from xml.parsers import expat

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ESCAPE_LOOKALIKE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


_ENCODINGS = {"", "utf-8", "utf-16", "us-ascii", "iso-8859-1"}
"""What the parser knows itself; for others it asks Python, which may answer with anything."""


class InvalidXml(Exception):
    """Bytes that are no XML, or XML that declares entities."""


def parse_xml(
    data: bytes,
    start: Callable[[str, dict[str, str], int], None],
    end: Callable[[str, int], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Tell of elements by their local names, each with its place in the bytes; raises NotXml."""
    parser = expat.ParserCreate(None, " ")
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise InvalidXml("declares entities, which no spreadsheet program writes")

    def on_start(name: str, attributes: dict[str, str]) -> None:
        start(name.rpartition(" ")[2], attributes, parser.CurrentByteIndex)

    def on_end(name: str) -> None:
        if end:
            end(name.rpartition(" ")[2], parser.CurrentByteIndex)

    def on_declaration(_: str, encoding: str | None, __: int) -> None:
        if (encoding or "").lower() not in _ENCODINGS:
            raise InvalidXml("is in an encoding that no spreadsheet program writes")

    parser.XmlDeclHandler = on_declaration
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = on_start
    parser.EndElementHandler = on_end
    if text:
        parser.CharacterDataHandler = text
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        said = expat.ErrorString(error.code)
        raise InvalidXml(f"is not XML: {said} on line {error.lineno}") from error


def read_elements(data: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    """Return the elements in order, by their local names."""
    found: list[tuple[str, dict[str, str]]] = []
    parse_xml(data, lambda name, attributes, _: found.append((name, attributes)))
    return iter(found)


def read_texts(data: bytes, item: str) -> tuple[str, ...]:
    """Return the text of every item, as a cell shows it: runs joined, readings aloud left out."""
    reader = _TextCollector(item)
    parse_xml(data, reader.start, reader.end, reader.text)
    return tuple(reader.found)


class _TextCollector:
    def __init__(self, item: str) -> None:
        self.item = item
        self.found: list[str] = []
        self.stack: list[str] = []
        self.pieces: list[str] = []

    def start(self, name: str, _: dict[str, str], __: int) -> None:
        self.stack.append(name)
        if name == self.item:
            self.pieces = []

    def end(self, name: str, _: int) -> None:
        self.stack.pop()
        if name == self.item:
            self.found.append(decode_text("".join(self.pieces)))

    def text(self, piece: str) -> None:
        if self.stack[-1] == "t" and "rPh" not in self.stack:
            self.pieces.append(piece)


def decode_text(text: str) -> str:
    """Read a text as spreadsheets store it: `_x000D_` is a character that XML cannot hold."""
    if "_x" not in text:
        return text
    plain = _ESCAPE.sub(lambda m: chr(int(m[1], 16)), text)
    # Two halves that were stored apart are one character.
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def encode_text(text: str) -> str:
    """Write a text as XML content that spreadsheets read as it is."""
    plain = _ESCAPE_LOOKALIKE.sub("_x005F_", text)
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
