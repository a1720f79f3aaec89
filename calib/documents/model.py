"""The content of a document: passages with their locations, and facts about the document."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """The part of a document that a passage belongs to."""

    BODY = "body"
    HEADING = "heading"
    TABLE = "table"
    NOTE = "note"
    HEADER = "header"
    FOOTER = "footer"
    FOOTNOTE = "footnote"
    TEXT_BOX = "text box"
    COMMENT = "comment"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph, heading, table row or cell."""

    text: str
    """Verbatim; line breaks of the layout are spaces, those of the author are kept.

    The cells of a table row are joined by ` | `.
    """
    where: str
    """For example `p. 4`, `slide 2 notes`, `sheet Risks!B7`, `section 2.1 (footnote)`."""
    role: Role = Role.BODY
    context: str = ""
    """For table rows and cells: the whole row with its column headings, `Heading: value; ...`."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A value that a document states about itself, such as its version."""

    field: str
    """One of title, version, dated, expires, author, owner, customer, status, hidden sheet."""
    value: str
    """A date as YYYY-MM-DD, the status in lower case, everything else verbatim."""
    where: str
    """The location of `quote`; `properties` for values in the file's properties."""
    quote: str
    """The words that state the value."""
    label: str = ""
    """The words before the value, such as `Last reviewed`; empty if there are none."""


@dataclass(frozen=True, slots=True)
class Document:
    """The text of a file."""

    name: str
    kind: str
    """The format: pdf, docx, pptx, xlsx, csv, markdown, text, html, email, zip or image."""
    readable: bool
    """Whether there is at least one passage."""
    why: str = ""
    """Why the file, or a part of it, could not be read; empty if all of it was."""
    remedy: str = ""
    passages: tuple[Passage, ...] = ()
    metadata: tuple[Fact, ...] = ()
    sha256: str = ""


def document_to_json(document: Document) -> dict[str, Any]:
    """Return a document as plain values for `json.dumps`."""
    return asdict(document)


def document_from_json(values: dict[str, Any]) -> Document:
    """Return a document from `document_to_json`; raises KeyError, TypeError or ValueError."""
    return Document(
        **{
            **values,
            "passages": tuple(
                Passage(_text(p["text"]), _text(p["where"]), Role(p["role"]), _text(p["context"]))
                for p in values["passages"]
            ),
            "metadata": tuple(Fact(**fact) for fact in values["metadata"]),
        }
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
