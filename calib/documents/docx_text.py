"""The text of one Word paragraph: accepted and deleted text, references and text boxes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from docx.oxml.ns import qn

_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_CHOICE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_TEXT_PATH = "{urn:schemas-microsoft-com:vml}textpath"
_SPACES = {qn("w:tab"): " ", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
_REMOVED = frozenset((qn("w:del"), qn("w:moveFrom")))
_PROPERTIES = frozenset(
    (qn("w:pPr"), qn("w:rPr"), qn("w:sdtPr"), qn("w:instrText"), qn("w:fldData"))
)
_TEXTS = frozenset((qn("w:t"), _MATH))
_DELETED_TEXT = qn("w:delText")
_RUN = qn("w:r")


@dataclass(slots=True)
class ParagraphText:
    """Everything that a paragraph contains or refers to."""

    accepted: str = ""
    """As it reads after all tracked changes are accepted."""
    deleted: str = ""
    footnotes: list[str] = field(default_factory=list)
    endnotes: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    boxes: list[Any] = field(default_factory=list)
    """The `w:txbxContent` elements of text boxes."""
    art: list[str] = field(default_factory=list)
    """Text drawn as a picture, as watermarks are."""
    is_bold: bool = True
    """Whether all of the accepted text is bold."""


def read_paragraph(paragraph: Any) -> ParagraphText:
    """Return the text of a `w:p` element."""
    found = ParagraphText()
    _walk(paragraph, found, is_deleted=False)
    return found


def is_merged_with_next(paragraph: Any) -> bool:
    """Return whether the end of a paragraph is deleted, which joins it with the next one."""
    mark = paragraph.find(f"{qn('w:pPr')}/{qn('w:rPr')}")
    return mark is not None and mark.find(qn("w:del")) is not None


def _walk(element: Any, found: ParagraphText, *, is_deleted: bool) -> None:
    for child in element:
        tag = child.tag
        if tag in _TEXTS or tag == _DELETED_TEXT:
            _add_text(found, child.text or "", is_deleted=is_deleted or tag == _DELETED_TEXT)
        elif tag in _SPACES:
            _add_text(found, _SPACES[tag], is_deleted=is_deleted)
        elif tag == _RUN:
            _walk_run(child, found, is_deleted=is_deleted)
        elif tag in (qn("w:drawing"), qn("w:pict"), qn("w:object"), f"{_CHOICE}AlternateContent"):
            _find_boxes(child, found)
        elif tag in (qn("w:footnoteReference"), qn("w:endnoteReference"), qn("w:commentReference")):
            _add_reference(child, found)
        elif tag not in _PROPERTIES and isinstance(tag, str):
            _walk(child, found, is_deleted=is_deleted or tag in _REMOVED)


def _walk_run(run: Any, found: ParagraphText, *, is_deleted: bool) -> None:
    properties = run.find(qn("w:rPr"))
    if _is_on(properties, "w:vanish"):
        return  # hidden text
    before = found.accepted
    _walk(run, found, is_deleted=is_deleted)
    if found.accepted[len(before) :].strip() and not _is_on(properties, "w:b"):
        found.is_bold = False


def _add_text(found: ParagraphText, text: str, *, is_deleted: bool) -> None:
    if is_deleted:
        found.deleted += text
    else:
        found.accepted += text


def _add_reference(element: Any, found: ParagraphText) -> None:
    lists = {
        qn("w:footnoteReference"): found.footnotes,
        qn("w:endnoteReference"): found.endnotes,
        qn("w:commentReference"): found.comments,
    }
    lists[element.tag].append(element.get(qn("w:id")) or "")


def _find_boxes(element: Any, found: ParagraphText) -> None:
    """Find text boxes; Word writes each of them twice, the second time for older programs."""
    chosen = element
    if element.tag == f"{_CHOICE}AlternateContent":
        choice = element.find(f"{_CHOICE}Choice")
        fallback = element.find(f"{_CHOICE}Fallback")
        has_text = choice is not None and next(choice.iter(qn("w:txbxContent")), None) is not None
        chosen = choice if has_text or fallback is None else fallback
        if chosen is None:
            return
    for part in chosen.iter(qn("w:txbxContent"), _TEXT_PATH):
        if part.tag == _TEXT_PATH:
            found.art.append(part.get("string") or "")
        elif not any(parent.tag == part.tag for parent in _ancestors(part, chosen)):
            found.boxes.append(part)


def _ancestors(element: Any, top: Any) -> list[Any]:
    found = []
    for parent in element.iterancestors():
        if parent is top:
            break
        found.append(parent)
    return found


def _is_on(properties: Any, tag: str) -> bool:
    """Return whether a run has a property such as bold."""
    flag = properties.find(qn(tag)) if properties is not None else None
    return flag is not None and (flag.get(qn("w:val")) or "true") not in ("0", "false", "off")
