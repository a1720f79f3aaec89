"""Divide a narrative into blocks: paragraphs, list items, table rows and questions.

Headings, table heads, the line that introduces a list and the question of a question-and-answer
pair state nothing: they become the context of the blocks below them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

_LINE = re.compile(r"[^\n]*\n?")
_HEADING = re.compile(r"\s{0,3}(#{1,6})\s+(.*)")
_UNDERLINE = re.compile(r"\s*(?:=+|-{3,})\s*$")
_WHOLE_LINE_BOLD = re.compile(r"\s*(?:\*\*|__)([^*_]+)(?:\*\*|__):?\s*$")
_ITEM = re.compile(r"(\s*)(?:[-*+•–]|\(?\d{1,2}[.)]|\(?[a-z]\))\s+")
_RULE = re.compile(r"(?=.*--)[\s|:+-]+$")
_QUESTION = re.compile(
    # Marked as one, or a single sentence with a question mark: "We measured it. Talk on Thursday?"
    # states something.
    r"\W*(?:Q|Question\s?\d*)\s*[.:)].*|(?:(?![.!?;]\s).)*\?[\s*_\"”’)]*",
    re.IGNORECASE,
)
_NUMBERED_QUESTION = re.compile(r"\W*Q\d+\b")
_INLINE_ANSWER = re.compile(r"\s\W{0,8}A(?:nswer)?\s?[.:)]\s")
_ANSWER = re.compile(r"\W*A(?:nswer)?\d*\b")
_CODE_FENCE = re.compile(r"\s*(?:```|~~~)")
_SENTENCE_END = re.compile(r"[.!?:;,…][\"”’)*_]*\s*$")
_TITLE_WORDS = 9
"""A line of more words is a statement, even without a full stop."""
_WRAPPED_LENGTH = 60
"""A longer line that does not end a sentence was wrapped by an editor and continues below."""


class BlockKind(StrEnum):
    """What a block is written as."""

    PARAGRAPH = "paragraph"
    ITEM = "item"
    ROW = "row"
    HEADING = "heading"
    TABLE_HEAD = "table head"
    QUESTION = "question"


@dataclass(frozen=True)
class Block:
    """A stretch of a narrative that belongs together."""

    kind: BlockKind
    start: int
    end: int
    context: tuple[str, ...] = ()
    """The texts above it: headings, the list's introduction, the question."""
    head: tuple[str, ...] = ()
    """For a row the cells of the table's head."""

    @property
    def states(self) -> bool:
        """Whether the block can state something; headings and table heads only name topics."""
        return self.kind in (BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.ROW)


@dataclass(frozen=True)
class _Line:
    text: str
    start: int

    @property
    def blank(self) -> bool:
        return not self.text.strip()

    @property
    def end(self) -> int:
        return self.start + len(self.text.rstrip("\n"))


def split_blocks(text: str) -> list[Block]:
    """Return the blocks of a narrative in order; blank text has none."""
    lines = [_Line(m.group(), m.start()) for m in _LINE.finditer(text) if m.group()]
    return list(_with_context(text, list(_group(lines))))


def split_cells(row: str) -> list[str]:
    """Return the cells of a table row, written with pipes or with tabs."""
    separator = "\t" if "\t" in row.strip() and "|" not in row else "|"
    return [cell.strip() for cell in row.strip().strip("|").split(separator)]


def _without_marker(line: str) -> str:
    """Return a line without the bullet or the number of a list item."""
    marker = _ITEM.match(line)
    return line[marker.end() :] if marker else line


def _is_row(line: str) -> bool:
    # Lists pasted from a word processor have a tab behind the bullet or the number.
    stripped = _without_marker(line).strip()
    return (
        (stripped.startswith("|") and stripped.count("|") > 1)
        or "\t" in stripped
        or (line.count(" | ") > 1)
    )


def _group(lines: Sequence[_Line]) -> Iterator[Block]:
    """Yield blocks without context, one after the other."""
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.blank or _CODE_FENCE.match(line.text):
            at += 1
        elif _is_row(line.text):
            last = at
            while last + 1 < len(lines) and _is_row(lines[last + 1].text):
                last += 1
            yield from _table(lines[at : last + 1])
            at = last + 1
        elif _is_heading(lines, at):
            yield Block(BlockKind.HEADING, line.start, line.end)
            underlined = at + 1 < len(lines) and _UNDERLINE.match(lines[at + 1].text)
            at += 2 if underlined else 1
        else:
            last = _last_line(lines, at)
            kind = BlockKind.ITEM if _ITEM.match(line.text) else BlockKind.PARAGRAPH
            if _is_question(lines, at):
                kind, last = BlockKind.QUESTION, at
            yield Block(kind, line.start, lines[last].end)
            at = last + 1


def _table(rows: Sequence[_Line]) -> Iterator[Block]:
    """Yield the rows of a table; the first row is its head if it is set off or has no figures."""
    body = [row for row in rows if not _RULE.match(row.text)]
    ruled = len(rows) > 1 and _RULE.match(rows[1].text) is not None
    head: tuple[str, ...] = ()
    if body and (ruled or (len(body) > 1 and _names_columns(body[0].text))):
        head = tuple(split_cells(body[0].text))
        yield Block(BlockKind.TABLE_HEAD, body[0].start, body[0].end)
        body = body[1:]
    for row in body:
        yield Block(BlockKind.ROW, row.start, row.end, head=head)


def _names_columns(row: str) -> bool:
    """Return whether a row that is not set off by a rule looks like a table's head."""
    cells = [cell for cell in split_cells(row) if cell]
    return not any(c.isdigit() for c in row) and all(len(cell.split()) < 3 for cell in cells)


def _is_heading(lines: Sequence[_Line], at: int) -> bool:
    line = lines[at].text.rstrip("\n")
    following = lines[at + 1] if at + 1 < len(lines) else None
    if _HEADING.match(line):
        return len(line.split()) <= 2 * _TITLE_WORDS
    if _WHOLE_LINE_BOLD.match(line):
        return _is_bold_title(line)
    titled = _without_marker(line)
    if titled != line and len(titled.split()) <= _TITLE_WORDS and not _SENTENCE_END.search(line):
        # "4. Scope", with its text indented below; a lower-case line continues the item instead.
        return (
            following is not None
            and following.text[:2] == "  "
            and not (following.blank or _ITEM.match(following.text))
            and not following.text.strip()[:1].islower()
        )
    if _ITEM.match(line) or len(line.split()) > _TITLE_WORDS:
        return False
    if following is not None and _UNDERLINE.match(following.text):
        return True
    if _SENTENCE_END.search(line):
        return False
    # A short line without a full stop, at the start of its paragraph.
    first = at == 0 or lines[at - 1].blank
    return (
        first
        and following is not None
        and (
            following.blank
            or _ITEM.match(following.text) is not None
            or len(following.text.split()) > _TITLE_WORDS
        )
        and line.strip()[:1].isupper()
    )


def _is_bold_title(line: str) -> bool:
    """Return whether a line that is bold as a whole is a heading; a bold sentence is not."""
    words = line.strip(" \t*_:")
    return not words.endswith((".", "!")) and len(words.split()) <= 2 * _TITLE_WORDS


def _is_question(lines: Sequence[_Line], at: int) -> bool:
    line = lines[at].text.rstrip("\r\n")
    following = next((one.text for one in lines[at + 1 :] if not one.blank), "")
    if _ITEM.match(line) and (not following or _ITEM.match(following)):
        # Questions in a list, such as the things that are weighed; a numbered question has text.
        return False
    if _QUESTION.fullmatch(_without_marker(line)):
        return not _INLINE_ANSWER.search(line)
    # "Q5 Name a lesson." is a question if an answer follows; "Q5 was slow." is none.
    answered = at + 1 < len(lines) and _ANSWER.match(lines[at + 1].text)
    return bool(_NUMBERED_QUESTION.match(line) and answered)


def _last_line(lines: Sequence[_Line], first: int) -> int:
    """Return the last line of the paragraph or item that begins on a line."""
    last = first
    while last + 1 < len(lines):
        line, following = lines[last].text.rstrip("\n"), lines[last + 1]
        if following.blank or _ITEM.match(following.text) or _is_row(following.text):
            break
        if _HEADING.match(following.text) or _WHOLE_LINE_BOLD.match(following.text):
            break
        if _CODE_FENCE.match(following.text):
            break
        wrapped = len(line) >= _WRAPPED_LENGTH and not _SENTENCE_END.search(line)
        continues = following.text.strip()[:1].islower() or following.text[:1] in " \t"
        if not (wrapped or continues):
            break
        last += 1
    return last


def _with_context(text: str, blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield the blocks with the texts above them."""
    headings: list[tuple[int, str]] = []
    items: list[tuple[int, str]] = []
    introduction = question = ""
    for block in blocks:
        body = text[block.start : block.end]
        if block.kind is BlockKind.HEADING:
            marks = _HEADING.match(body)
            depth = len(marks[1]) if marks else 7
            headings = [h for h in headings if h[0] < depth]
            headings.append((depth, body))
            items, introduction, question = [], "", ""
            yield block
            continue
        if block.kind is BlockKind.QUESTION:
            question, introduction = body, ""
            yield block
            continue
        above = [title for _, title in headings[-2:]]
        if question:
            above.append(question)
        if block.kind is not BlockKind.PARAGRAPH and introduction:
            above.append(introduction)
        # A list below an item, as in "- Tier 1:".
        indent = len(body) - len(body.lstrip())
        items = [item for item in items if item[0] < indent]
        above += [item for _, item in items]
        yield Block(block.kind, block.start, block.end, tuple(above), block.head)
        introduces = body.rstrip(" \t\r*_").endswith(":")
        if block.kind is BlockKind.PARAGRAPH:
            introduction = body if introduces else ""
        elif block.kind is BlockKind.ITEM and introduces:
            items.append((indent, body))
