"""The words, ruling lines and notes of one PDF page, in the coordinates of a reader.

The origin is the lower left corner of the page as it is shown, after its rotation.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from math import hypot
from typing import NamedTuple

import pypdfium2 as pdfium
from pypdfium2 import raw

_WORD = re.compile(r"[^\s\x00\u00ad]+\u00ad?")
# PDFium marks a hyphen at the end of a line with one of these.
_SOFT_HYPHENS = str.maketrans({"\x02": "\u00ad", "\ufffe": "\u00ad"})
_THIN = 3.0
"""Points; a rectangle thinner than this is a ruling line."""
_MAX_OBJECTS = 20_000
_MAX_PIXELS = 5_000
"""Of a picture for Tesseract, in each direction."""
_MAX_SEGMENTS = 2_000
_MAX_NOTES = 500


class Word(NamedTuple):
    """A word on a page; `y` is its baseline."""

    x0: float
    y: float
    x1: float
    height: float
    text: str
    first: int
    """Index of its first character, for questions about the font."""


class Rule(NamedTuple):
    """A horizontal or vertical line."""

    x0: float
    y0: float
    x1: float
    y1: float


class Page:
    """A loaded page; close it after use."""

    def __init__(self, page: pdfium.PdfPage) -> None:
        self._page = page
        self._text = page.get_textpage()
        self._matrix = raw.FS_MATRIX()
        self._rotation = raw.FPDFPage_GetRotation(page.raw)
        self.width, self.height = page.get_size()

    def close(self) -> None:
        """Free the memory of the page."""
        self._text.close()
        self._page.close()

    def words(self) -> tuple[list[Word], list[str]]:
        """Return the words along the page, and those at another angle, such as watermarks."""
        handle = self._text.raw
        count = raw.FPDFText_CountChars(handle)
        text = self._text.get_text_range() if count > 0 else ""
        if len(text) != count:  # a character beyond the basic plane takes two places in the text
            codes = (raw.FPDFText_GetUnicode(handle, i) for i in range(count))
            text = "".join(chr(c) if c < 0x110000 else "\ufffd" for c in codes)
        text = text.translate(_SOFT_HYPHENS)
        words: list[Word] = []
        rotated: list[str] = []
        x, y = ctypes.c_double(), ctypes.c_double()
        box = raw.FS_RECTF()
        for match in _WORD.finditer(text):
            first, end = match.span()
            if not raw.FPDFText_GetCharOrigin(handle, first, x, y):
                continue
            raw.FPDFText_GetLooseCharBox(handle, end - 1, box)
            x0, base = self._shown(x.value, y.value)
            left, bottom = self._shown(box.left, box.bottom)
            right, top = self._shown(box.right, box.top)
            low, high = min(bottom, top), max(bottom, top)
            if end - first > 1 and not low - 1 <= base <= high:
                rotated.append(match[0])
            else:
                x1 = max(left, right)
                size = self._font_size(first) or high - low
                words.append(Word(min(x0, x1), base, x1, size, match[0], first))
        return words, rotated

    def _font_size(self, index: int) -> float:
        """Return the size of a character in points.

        The height of its box is not enough: some fonts have no ascent and descent.
        """
        matrix = self._matrix
        if not raw.FPDFText_GetMatrix(self._text.raw, index, matrix):
            return 0.0
        return float(raw.FPDFText_GetFontSize(self._text.raw, index) * hypot(matrix.c, matrix.d))

    def _shown(self, x: float, y: float) -> tuple[float, float]:
        """Turn a point of the file into a point of the page as it is shown."""
        if self._rotation == 1:
            return y, self.height - x
        if self._rotation == 2:
            return self.width - x, self.height - y
        if self._rotation == 3:
            return self.width - y, x
        return x, y

    def is_bold(self, index: int) -> bool:
        """Return whether a character is in a bold font."""
        buffer = ctypes.create_string_buffer(128)
        flags = ctypes.c_int()
        raw.FPDFText_GetFontInfo(self._text.raw, index, buffer, 128, flags)
        name = buffer.value.lower()
        is_named = any(weight in name for weight in (b"bold", b"black", b"heavy"))
        return is_named or raw.FPDFText_GetFontWeight(self._text.raw, index) >= 600

    def rules(self) -> tuple[list[Rule], list[Rule], float]:
        """Return horizontal lines, vertical lines, and the share of the page under images."""
        horizontal: list[Rule] = []
        vertical: list[Rule] = []
        covered = 0.0
        for box, item in self._objects():
            if item is None:
                covered += max(0.0, box.x1 - box.x0) * max(0.0, box.y1 - box.y0)
            elif item > 5:
                continue
            elif box.y1 - box.y0 <= _THIN:
                horizontal.append(box)
            elif box.x1 - box.x0 <= _THIN:
                vertical.append(box)
            elif box.y1 - box.y0 < 0.5 * self.height:  # a cell, drawn as a rectangle
                horizontal += [box._replace(y1=box.y0), box._replace(y0=box.y1)]
                vertical += [box._replace(x1=box.x0), box._replace(x0=box.x1)]
        return horizontal, vertical, min(1.0, covered / (self.width * self.height or 1))

    def _objects(self) -> Iterator[tuple[Rule, int | None]]:
        """Yield images with None, and the lines of paths with the number of their segments."""
        edges = [ctypes.c_float() for _ in range(4)]
        for index in range(min(raw.FPDFPage_CountObjects(self._page.raw), _MAX_OBJECTS)):
            item = raw.FPDFPage_GetObject(self._page.raw, index)
            kind = raw.FPDFPageObj_GetType(item)
            if kind not in (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_PATH):
                continue
            if not raw.FPDFPageObj_GetBounds(item, *edges):
                continue
            box = self._box(*(edge.value for edge in edges))
            if kind == raw.FPDF_PAGEOBJ_IMAGE:
                yield box, None
                continue
            segments = raw.FPDFPath_CountSegments(item)
            if segments <= 5:
                yield box, segments
            else:
                yield from ((line, 2) for line in self._path_lines(item, segments))

    def _path_lines(self, item: object, segments: int) -> Iterator[Rule]:
        """Yield the straight lines of a path in its own coordinates, if these are the page's."""
        matrix = raw.FS_MATRIX()
        raw.FPDFPageObj_GetMatrix(item, matrix)
        x, y = ctypes.c_float(), ctypes.c_float()
        last: tuple[float, float] | None = None
        for index in range(min(segments, _MAX_SEGMENTS)):
            segment = raw.FPDFPath_GetPathSegment(item, index)
            raw.FPDFPathSegment_GetPoint(segment, x, y)
            point = (
                matrix.a * x.value + matrix.c * y.value + matrix.e,
                matrix.b * x.value + matrix.d * y.value + matrix.f,
            )
            if last and raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_LINETO:
                box = self._box(*last, *point)
                if min(box.x1 - box.x0, box.y1 - box.y0) <= _THIN:
                    yield box
            last = point

    def _box(self, left: float, bottom: float, right: float, top: float) -> Rule:
        (x0, y0), (x1, y1) = self._shown(left, bottom), self._shown(right, top)
        return Rule(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))

    def notes(self) -> Iterator[tuple[str, str]]:
        """Yield comments, text boxes and filled form fields, each with its kind and text."""
        count = raw.FPDFPage_GetAnnotCount(self._page.raw)
        for index in range(min(count, _MAX_NOTES)):
            note = raw.FPDFPage_GetAnnot(self._page.raw, index)
            if not note:
                continue
            subtype = raw.FPDFAnnot_GetSubtype(note)
            if subtype == raw.FPDF_ANNOT_WIDGET:
                yield "field", _note_text(note, b"V")
            elif subtype == raw.FPDF_ANNOT_FREETEXT:
                yield "text box", _note_text(note, b"Contents")
            elif subtype not in (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP):
                yield "comment", _note_text(note, b"Contents")
            raw.FPDFPage_CloseAnnot(note)

    def gray_image(self, dots_per_inch: int) -> bytes:
        """Return the page as a picture in the PGM format."""
        longest = max(self.width, self.height, 1)
        scale = min(dots_per_inch / 72, _MAX_PIXELS / longest)
        bitmap = self._page.render(scale=scale, grayscale=True)
        data = bytes(bitmap.buffer)
        rows = (data[i * bitmap.stride :][: bitmap.width] for i in range(bitmap.height))
        return f"P5 {bitmap.width} {bitmap.height} 255\n".encode() + b"".join(rows)


def _note_text(note: object, key: bytes) -> str:
    size = raw.FPDFAnnot_GetStringValue(note, key, None, 0)
    if not 2 < size < 200_000:
        return ""
    buffer = ctypes.create_string_buffer(size)
    target = ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR))
    raw.FPDFAnnot_GetStringValue(note, key, target, size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace")
