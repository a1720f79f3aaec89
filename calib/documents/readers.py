"""Read the bytes of a document with the reader of its format.

Readers are imported when they are used: together their libraries take half a second to load.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from calib.documents.kinds import document_kind
from calib.documents.limits import Unreadable
from calib.documents.reading import LimitReached, Reading

_READERS = {
    "csv": ("delimited", "read_csv"),
    "docx": ("docx", "read_docx"),
    "email": ("mail", "read_mail"),
    "html": ("html", "read_html"),
    "image": ("image", "read_image"),
    "markdown": ("plain_text", "read_markdown"),
    "pdf": ("pdf", "read_pdf"),
    "pptx": ("pptx", "read_pptx"),
    "text": ("plain_text", "read_plain_text"),
    "xlsx": ("xlsx", "read_xlsx"),
    "zip": ("archive", "read_archive"),
}
_XML_NO_MEMORY = 2
"""libxml2's error code, which lxml raises as a syntax error."""
_AGAIN = "open it in its program and save it again"


def read_content(kind: str, data: bytes, reading: Reading) -> None:
    """Add the passages of a document; raises Unreadable, LimitReached or MemoryError.

    If a part of the document is damaged, the passages before it are kept.
    """
    before = len(reading.passages)
    module, name = _READERS[kind]
    reader: Callable[[bytes, Reading], None] = getattr(
        import_module(f"calib.documents.{module}"), name
    )
    try:
        reader(data, reading)
    except (Unreadable, LimitReached, MemoryError):
        raise
    except RecursionError as error:
        raise Unreadable("is nested too deeply", _AGAIN) from error
    except Exception as error:  # the libraries raise many types for damaged files
        if getattr(error, "code", None) == _XML_NO_MEMORY:
            raise MemoryError from error
        if len(reading.passages) > before:
            why = f"is damaged: only a part of it can be read ({type(error).__name__})"
            reading.problem(why, _AGAIN)
            return
        why = f"is damaged: it cannot be read as {kind} ({type(error).__name__})"
        raise Unreadable(why, _AGAIN) from error


def read_member(name: str, data: bytes, reading: Reading) -> None:
    """Add a file in an archive or mail; one that cannot be read is recorded as a problem."""
    reading.members += 1
    limit = reading.limits.max_members
    if reading.members > limit:
        reading.problem(f"only its first {limit} files were read", "split it")
        return
    with reading.inside(name):
        try:
            kind = document_kind(name, data)
            if not reading.may_open(kind):
                what = "an archive" if kind == "zip" else "a mail"
                raise Unreadable(f"is {what} inside of too many others", "add it on its own")
            with reading.within(kind):
                read_content(kind, data, reading)
        except Unreadable as error:
            reading.problem(error.why, error.remedy)
