"""Read pictures of text with Tesseract."""

from __future__ import annotations

from calib.documents.limits import Unreadable
from calib.documents.ocr import REMEDY, find_tesseract, recognise_text
from calib.documents.reading import Reading


def read_image(data: bytes, reading: Reading) -> None:
    """Add the text of a picture; raises Unreadable without Tesseract."""
    program = find_tesseract()
    if program is None:
        raise Unreadable("is an image without text", REMEDY)
    for text in recognise_text(program, data, reading.limits.seconds).split("\n\n"):
        reading.add(text.replace("\n", " "), "p. 1")
