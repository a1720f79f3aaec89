"""Find what a document states about itself: title, version, dates, people, customer, status.

Only places that speak for the document count: its first passages, running lines, and tables of
labels and values. A date or version in the middle of the text is about something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from calib.documents.dates import find_dates
from calib.documents.model import Fact, Passage, Role

_FRONT = 40
_FRONT_TABLES = 150
_BACK = 10
_PROMINENT = 6
_TITLE_WITHIN = 8
_MAX_LINE = 300
_MAX_DATE_LINE = 100
_RUNNING = (Role.HEADER, Role.FOOTER, Role.TEXT_BOX)
_SILENT = (Role.COMMENT, Role.DELETED, Role.FOOTNOTE, Role.NOTE)

_PEOPLE = {
    "author": r"authors?|written by|prepared by|created by",
    "owner": r"(?:document |policy |process )?owners?|approved by|approver",
    "customer": r"customer(?: name)?|client|prepared for",
}
_DATES = (
    r"date|dated|issued?|effective|approved|confirmed|published|"
    r"(?:last )?(?:updated|reviewed|revised|changed)|"
    r"created|signed|released?|as of|valid|expir|version|review|due"
)
_LABEL_CELL = re.compile(
    rf"(?:{'|'.join(_PEOPLE.values())}|(?:document )?(?:title|status)|document|classification|"
    r"(?:document )?(?:version|revision)(?: no\.?| number)?|"
    rf"(?:\w+ ){{0,2}}(?:{_DATES})\w*(?: \w+)?):?",
    re.IGNORECASE,
)
# A label begins a line, a cell or a sentence, or is in a row of `Label: value` pairs.
_LABELLED = re.compile(
    r"(?:^|[|;\n(]\s*|\.\s+|\s(?=(?-i:[A-Z])\w+(?: \w+)?:))(?:"
    + "|".join(f"(?P<{field}>{words})" for field, words in _PEOPLE.items())
    + r")\s*:\s*(?P<value>[^|;\n]{2,80})",
    re.IGNORECASE,
)
_VALUE_END = re.compile(r"\.\s+(?=[A-Z\d])|\s{2,}|\.?\s+(?=[A-Z]\w+(?: \w+)?:)|\s+\(")
_VERSION = re.compile(
    r"(?:\b(?P<label>(?:document |policy )?version(?: no\.?| number)?|rev(?:ision|\.)?"
    r"|release|issue)\s*[:|#]?\s*|\b)(?<![\w.])"
    r"(?P<value>(?:v\.?\s?)?\d{1,3}(?:\.\d{1,3}){0,3}(?:[- ]?(?:draft|rc\d?))?)"
    r"(?![\w%]|\.\d|\s*(?:%|days?|hours?|pages?|weeks?|months?))",
    re.IGNORECASE,
)
_TITLE = re.compile(r"(?:document )?title: (?P<value>.+)$", re.IGNORECASE)
_STATUS = re.compile(
    r"(?:^|[|;\n(.]\s*|\s)(?-i:(?:Document |Approval )?[Ss]tatus)\s*:\s*(?P<value>[^|;\n.]{2,40})"
)
_DRAFT = re.compile(
    r"\bDRAFT\b|\((?:working |first )?draft\)|\b[Dd]raft (?:version|for|document|v?\d)"
    r"|^(?:[Ww]orking |[Ff]irst )?[Dd]raft\b|\bnot (?:yet )?approved\b|\bwork in progress\b",
)
_HISTORY = re.compile(r"(?:version|rev(?:ision|\.)?)\b[^;:]{0,10}:", re.IGNORECASE)
_DATE_WORDS = re.compile(rf"\b(?:{_DATES})", re.IGNORECASE)
_EXPIRES = re.compile(r"expir|valid (?:un)?til|valid (?:to|through)|end of validity", re.IGNORECASE)
_NEXT = re.compile(r"next|due", re.IGNORECASE)
_CLAUSE = re.compile(r".*(?:^|[|;\n(]|\.\s)\s*", re.DOTALL)
_LABEL_END = re.compile(r"[\s,:(–-]*(?:\b(?:on|of|from|in|dated)\b)?[\s,:(–-]*$")
_RECORD = re.compile(r"[A-Z][\w /-]{1,40}, ?$")
_MAX_LABEL = 70


def find_facts(passages: Sequence[Passage]) -> Iterator[Fact]:
    """Yield the facts in the passages of one document, in the order in which they occur."""
    pairs = _label_rows(passages)
    last = len(passages) - _BACK
    has_title = False
    for index, passage in enumerate(passages):
        if passage.role in _SILENT or len(passage.text) > _MAX_LINE:
            continue
        if not has_title and index < _TITLE_WITHIN and passage.role is Role.HEADING:
            has_title = True
            yield Fact("title", passage.text, passage.where, passage.text)
        if index in pairs:
            for line, where in pairs[index]:
                titled = _TITLE.match(line)
                if titled:
                    yield Fact("title", titled["value"], where, line, "title")
                yield from _facts_in(line, where, is_prominent=False)
        elif passage.role is not Role.TABLE and (
            index < _FRONT or index >= last or passage.role in _RUNNING
        ):
            is_running = passage.role in _RUNNING or passage.role is Role.HEADING
            is_prominent = index < _PROMINENT or is_running
            yield from _facts_in(passage.text, passage.where, is_prominent=is_prominent)


def _label_rows(passages: Sequence[Passage]) -> dict[int, list[tuple[str, str]]]:
    """Return the rows of labels and values, as lines `Label: value`, by their index.

    One such row alone may be the heading of a table of data, as `Owner | Measure` is.
    """
    found: dict[int, list[tuple[str, str]]] = {}
    history: dict[int, list[tuple[str, str]]] = {}
    for index, passage in enumerate(passages[:_FRONT_TABLES]):
        if passage.role is not Role.TABLE:
            continue
        cells = _row_from(passages, index)
        labels, values = cells[::2], cells[1::2]
        is_heading = any(_LABEL_CELL.fullmatch(p.text) for p in values)
        are_labels = all(_LABEL_CELL.fullmatch(p.text) for p in labels)
        if len(cells) in (2, 4, 6) and are_labels and not is_heading:
            found[index] = [
                (f"{label.text.rstrip(' :')}: {value.text}", value.where)
                for label, value in zip(labels, values, strict=True)
            ]
        elif len(cells) > 2 and _HISTORY.match(passage.context) and "!" not in passage.where:
            history[index] = [(line, passage.where) for line in passage.context.split("; ")]
    count = sum(len(lines) for lines in found.values())
    return {**(found if count > 1 else {}), **history}


def _row_from(passages: Sequence[Passage], index: int) -> list[Passage]:
    """Return the cells of the row that begins with a passage; none in the middle of a row."""
    passage = passages[index]
    if "!" not in passage.where:
        return [Passage(cell, passage.where) for cell in passage.text.split(" | ")]
    row = _row_of_cell(passage.where)
    if index and _row_of_cell(passages[index - 1].where) == row:
        return []
    following = passages[index : index + 7]
    return [p for p in following if _row_of_cell(p.where) == row]


def _row_of_cell(where: str) -> str:
    """Return the sheet and row of a cell: `sheet Risks!B7` -> `sheet Risks!7`."""
    return re.sub(r"![A-Z]+(?=\d+$)", "!", where)


def _facts_in(line: str, where: str, *, is_prominent: bool) -> Iterator[Fact]:
    seen: set[tuple[str, str]] = set()
    for fact in (
        *_people(line, where),
        *_versions(line, where, is_prominent=is_prominent),
        *_dates(line, where, is_prominent=is_prominent),
        *_statuses(line, where, is_prominent=is_prominent),
    ):
        if (fact.field, fact.value) not in seen:
            seen.add((fact.field, fact.value))
            yield fact


def _people(line: str, where: str) -> Iterator[Fact]:
    for match in _LABELLED.finditer(line):
        field = next(name for name in _PEOPLE if match[name])
        value = _VALUE_END.split(match["value"], maxsplit=1)[0].strip(" .")
        if value[:1].isupper() or value[:1].isdigit():
            yield Fact(field, value, where, f"{match[field]}: {value}", match[field])


def _versions(line: str, where: str, *, is_prominent: bool) -> Iterator[Fact]:
    for match in _VERSION.finditer(line):
        value, label = match["value"], match["label"] or ""
        before = line[: match.start()].rstrip()
        # `version 3` in the middle of a sentence may be that of a model or product.
        is_at_start = bool(label) and (not before or before[-1] in "|;.(")
        if (label or value[:1] in "vV") and (is_prominent or is_at_start):
            number = re.sub(r"^[vV]\.?\s?", "", value)
            yield Fact("version", number, where, match[0].strip(" |"), label)


def _dates(line: str, where: str, *, is_prominent: bool) -> Iterator[Fact]:
    end = 0
    for start, words, value in find_dates(line):
        # The words before the date, from the beginning of the clause.
        before = _CLAUSE.sub("", line[end:start]) if line[end:start].strip() else ""
        end = start + len(words)
        label = _LABEL_END.sub("", before).strip(" ,")
        is_labelled = len(label) <= _MAX_LABEL and bool(_DATE_WORDS.search(label))
        is_bare = is_prominent and (len(line) < _MAX_DATE_LINE or bool(_RECORD.match(before)))
        if not is_labelled and not is_bare:
            continue
        field = "dated"
        if is_labelled and _EXPIRES.search(label):
            field = "expires"
        elif is_labelled and _NEXT.search(label):
            field = "next review"
        quote = f"{before.lstrip(' ,')}{words}" if is_labelled else words
        yield Fact(field, value, where, quote, label if is_labelled else "")


def _statuses(line: str, where: str, *, is_prominent: bool) -> Iterator[Fact]:
    labelled = _STATUS.search(line)
    draft = _DRAFT.search(line) if is_prominent else None
    if labelled:
        value = _VALUE_END.split(labelled["value"], maxsplit=1)[0].strip()
        yield Fact("status", value.lower(), where, labelled[0].strip(" |;.("), "status")
    elif draft:
        yield Fact("status", "draft", where, draft[0].strip("()"))
