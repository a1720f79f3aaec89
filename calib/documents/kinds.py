"""Recognise the format of a file, from its first bytes before its suffix."""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePosixPath

from calib.documents.limits import Unreadable

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OLD_FORMATS = {
    "WordDocument": ("the old Word format .doc", "save it as .docx"),
    "Workbook": ("the old Excel format .xls", "save it as .xlsx"),
    "Book": ("the old Excel format .xls", "save it as .xlsx"),
    "PowerPoint Document": ("the old PowerPoint format .ppt", "save it as .pptx"),
    "__substg1.0_": ("the Outlook format .msg", "save the mail as .eml"),
}
_IMAGES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"BM")
_OFFICE = {
    "word/document.xml": "docx",
    "ppt/presentation.xml": "pptx",
    "xl/workbook.xml": "xlsx",
}
_TEXTS = {
    ".csv": "csv",
    ".eml": "email",
    ".htm": "html",
    ".html": "html",
    ".markdown": "markdown",
    ".md": "markdown",
    ".mdown": "markdown",
    ".tsv": "csv",
    ".xhtml": "html",
}
_UNKNOWN = "save it as PDF, .docx, .pptx, .xlsx or text"
_AGAIN = "copy or export it again"
_OTHER = {
    b"{\\rtf": ("is an RTF file", "save it as .docx or PDF"),
    b"7z\xbc\xaf\x27\x1c": ("is a 7z archive", "pack it as .zip"),
    b"Rar!": ("is a RAR archive", "pack it as .zip"),
    b"\x1f\x8b": ("is a gzip archive", "pack it as .zip"),
}


def document_kind(name: str, data: bytes) -> str:
    """Return the format of a file; raises Unreadable if it is none that can be read."""
    if not data:
        raise Unreadable("is empty (0 bytes)", _AGAIN)
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(data)
    if data.startswith(_OLE):
        raise _describe_ole(data)
    for magic, (why, remedy) in _OTHER.items():
        if data.startswith(magic):
            raise Unreadable(why, remedy)
    suffix = PurePosixPath(name.lower()).suffix
    if data.startswith(_IMAGES) and suffix not in _TEXTS and suffix != ".txt":
        return "image"
    _check_suffix(suffix)
    if _is_binary(data):
        raise Unreadable("is not a text, and its format is not supported", _UNKNOWN)
    head = data[:512].lstrip().lower()
    is_page = head.startswith((b"<!doctype html", b"<html"))
    return _TEXTS.get(suffix, "html" if is_page else "text")


def _check_suffix(suffix: str) -> None:
    """Raise Unreadable if a file with this suffix would have been recognised by its content."""
    if suffix in (".pdf", ".docx", ".pptx", ".xlsx", ".zip", ".docm", ".xlsm", ".pptm"):
        raise Unreadable(f"is damaged: not a {suffix} file despite its name", _AGAIN)


def _zip_kind(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            odf = "mimetype" in names and archive.open("mimetype").read(60)
    except Exception as error:  # zipfile raises many types for damaged archives
        raise Unreadable("is damaged: it cannot be unpacked", _AGAIN) from error
    if odf and b"opendocument" in odf:
        raise Unreadable("is an OpenDocument file", "save it as PDF, .docx, .pptx or .xlsx")
    if "xl/workbook.bin" in names:
        raise Unreadable("is a binary workbook (.xlsb)", "save it as .xlsx")
    return next((kind for part, kind in _OFFICE.items() if part in names), "zip")


def _describe_ole(data: bytes) -> Unreadable:
    """Return why a file in Microsoft's old container format is not read."""
    if _ENCRYPTED in data:
        return Unreadable("has a password", "save it without the password")
    for stream, (what, remedy) in _OLD_FORMATS.items():
        if stream.encode("utf-16-le") in data:
            return Unreadable(f"has {what}", remedy)
    return Unreadable("has an old Office format", _UNKNOWN)


def _is_binary(data: bytes) -> bool:
    """Return whether bytes contain control characters that no text has, in any encoding."""
    sample = data[:65536]
    if sample.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        return False
    controls = sum(sample.count(bytes([c])) for c in (*range(1, 8), *range(14, 27), 28, 29, 30, 31))
    zeros = sample.count(0)
    # UTF-16 without a byte order mark: every second byte of Latin text is zero.
    is_utf16 = 0.3 < zeros / len(sample) < 0.6 and controls < len(sample) / 100
    return controls > len(sample) / 500 or (zeros > 0 and not is_utf16)
