"""The content of a document: passages with their locations, and facts about the document."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
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
    """One of title, version, dated, expires, next review, author, owner, customer,
    status, hidden sheet.
    """
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
    return {
        "name": document.name,
        "kind": document.kind,
        "readable": document.readable,
        "why": document.why,
        "remedy": document.remedy,
        "sha256": document.sha256,
        "metadata": [asdict(fact) for fact in document.metadata],
        "passages": [
            {"text": p.text, "where": p.where, "role": p.role.value, "context": p.context}
            for p in document.passages
        ],
    }


def pack_document(document: Document) -> dict[str, Any]:
    """Return a document as small plain values; the cells of a row share one context."""
    numbers: dict[str, int] = {}
    rows = [
        (p.text, p.where, p.role.value, numbers.setdefault(p.context, len(numbers)))
        for p in document.passages
    ]
    packed = document_to_json(replace(document, passages=()))
    return {**packed, "passages": rows, "contexts": list(numbers)}


def unpack_document(values: dict[str, Any]) -> Document:
    """Return a packed document; raises KeyError, IndexError, TypeError or ValueError."""
    contexts = [_text(context) for context in values["contexts"]]
    roles = {role.value: role for role in Role}
    passages = tuple(
        Passage(_text(text), _text(where), roles[role], contexts[number])
        for text, where, role, number in values["passages"]
    )
    facts = tuple(Fact(**fact) for fact in values["metadata"])
    others = {k: v for k, v in values.items() if k not in ("passages", "metadata", "contexts")}
    return Document(**others, passages=passages, metadata=facts)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
