"""Find what a document states about itself: title, version, dates, people, customer, status."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from calib.documents.dates import find_dates
from calib.documents.model import Fact, Passage, Role

_FRONT = 60
"""Passages at the beginning that can state facts; running lines do so anywhere."""
_BACK = 10
_TITLE_WITHIN = 8
_MAX_LINE = 300
_RUNNING = (Role.HEADER, Role.FOOTER, Role.TEXT_BOX)
_SILENT = (Role.COMMENT, Role.DELETED, Role.FOOTNOTE, Role.NOTE)

_PEOPLE = {
    "author": r"authors?|written by|prepared by|created by",
    "owner": r"(?:document |policy |process )?owner|responsible|approved by|approver",
    "customer": r"customer|client|prepared for|customer name",
}
_LABELLED = re.compile(
    r"(?:^|[|;\n]\s*|\.\s+|\s(?=[A-Z]\w+(?: \w+)?:))(?:"
    + "|".join(f"(?P<{field}>{words})" for field, words in _PEOPLE.items())
    + r")\s*(?::|\|)\s*(?P<value>[^|;\n]{2,80})",
    re.IGNORECASE,
)
_VERSION = re.compile(
    r"(?:\b(?P<label>(?:document |policy )?version(?: no\.?| number)?|rev(?:ision|\.)?"
    r"|release|issue)\s*[:|#]?\s*|\b)(?<![\w.])"
    r"(?P<value>(?:v\.?\s?)?\d{1,3}(?:\.\d{1,3}){0,3}(?:[- ]?(?:draft|rc\d?))?)"
    r"(?![\w%]|\.\d|\s*(?:%|days?|hours?|pages?|weeks?|months?))",
    re.IGNORECASE,
)
_STATUS = re.compile(
    r"(?:document |approval )?status\s*(?::|\|)\s*(?P<value>[^|;\n.]{2,40})", re.IGNORECASE
)
_DRAFT = re.compile(
    r"\bDRAFT\b|\((?:working |first )?draft\)|\bdraft (?:version|for|document|v?\d)"
    r"|^(?:working |first )?draft\b|\bnot (?:yet )?approved\b|\bwork in progress\b",
)
_HISTORY = re.compile(r"(?:^|; )(?:version|rev(?:ision|\.)?)\b[^;:]{0,10}:", re.IGNORECASE)
_EXPIRES = re.compile(
    r"expir|valid (?:un)?til|valid (?:to|through)|validity ends|end of validity", re.IGNORECASE
)
_DATE_LABEL = re.compile(
    r"(?P<label>(?:[A-Za-z][\w()/-]* ?){1,5}?)\s*(?::|\||\bon\b)?\s*$",
)
_DATE_WORDS = re.compile(
    r"date|dated|issued?|effective|approved|published|updated|reviewed|review|created|signed|"
    r"released?|as of|valid|expir|version|last|revised|revision",
    re.IGNORECASE,
)


def find_facts(passages: Sequence[Passage]) -> Iterator[Fact]:
    """Yield the facts in the passages of one document, in the order in which they occur."""
    last = len(passages) - _BACK
    has_title = False
    for index, passage in enumerate(passages):
        if passage.role in _SILENT:
            continue
        if not has_title and index < _TITLE_WITHIN and passage.role is Role.HEADING:
            has_title = True
            yield Fact("title", passage.text, passage.where, passage.text)
        if index < _FRONT or index >= last or passage.role in _RUNNING:
            yield from _facts_of(passage, passages[index + 1 : index + 2], index)


def _facts_of(passage: Passage, following: Sequence[Passage], index: int) -> Iterator[Fact]:
    """Yield the facts in one passage; a cell of a sheet may have its value in the next cell."""
    text, where = passage.text, passage.where
    if len(text) > _MAX_LINE:
        return
    lines = [text]
    # A table of versions has its labels in the headings.
    if _HISTORY.search(passage.context) and "!" not in where and text.count(" | ") > 1:
        lines.append(passage.context)
    if "!" in where and following and len(text) < 40 and following[0].role is Role.TABLE:
        lines.append(f"{text.rstrip(': ')}: {following[0].text[:_MAX_LINE]}")
    is_prominent = index < 6 or passage.role in _RUNNING or passage.role is Role.HEADING
    seen: set[tuple[str, str]] = set()
    for line in lines:
        place = following[0].where if line is not text and "!" in where and following else where
        for fact in (
            *_people(line, place),
            *_versions(line, place, is_prominent=is_prominent and line is text),
            *_dates(line, place, is_prominent=is_prominent and len(line) < 100),
            *_statuses(line, place, is_prominent=is_prominent and line is text),
        ):
            if (fact.field, fact.value) not in seen:
                seen.add((fact.field, fact.value))
                yield fact


def _people(line: str, where: str) -> Iterator[Fact]:
    for match in _LABELLED.finditer(line):
        field = next(name for name in _PEOPLE if match[name])
        # Several labels can follow one another on a line.
        value = re.split(r"\s{2,}|, (?=[A-Z]\w+:)|\s(?=[A-Z][a-z]+:)", match["value"])[0]
        yield Fact(field, value.strip(" ."), where, match[0].strip(" |;."), match[field])


def _versions(line: str, where: str, *, is_prominent: bool) -> Iterator[Fact]:
    for match in _VERSION.finditer(line):
        value = match["value"]
        is_marked = bool(match["label"]) or value[:1] in "vV"
        # `version 3` in the middle of a sentence may be that of a model or product.
        if is_marked and (is_prominent or _is_label_at_start(line, match)):
            number = re.sub(r"^v\.?\s?", "", value, flags=re.IGNORECASE)
            yield Fact("version", number, where, match[0].strip(" |"), match["label"] or "")


def _is_label_at_start(line: str, match: re.Match[str]) -> bool:
    before = line[: match.start()].rstrip()
    return bool(match["label"]) and (not before or before[-1] in "|;")


def _dates(line: str, where: str, *, is_prominent: bool) -> Iterator[Fact]:
    for start, words, value in find_dates(line):
        before = line[max(0, start - 50) : start]
        found = _DATE_LABEL.search(
            re.split(r"[|;\n]\s*(?=\S)|(?<=\d)\s+(?=[A-Z])", before.rstrip(" |:"))[-1]
        )
        label = found["label"].strip() if found else ""
        is_labelled = bool(_DATE_WORDS.search(label))
        if not is_labelled and not is_prominent:
            continue
        field = "expires" if _EXPIRES.search(label) else "dated"
        quote = f"{label}: {words}" if f"{label}: {words}" in line else words
        yield Fact(field, value, where, quote, label if is_labelled else "")


def _statuses(line: str, where: str, *, is_prominent: bool) -> Iterator[Fact]:
    labelled = _STATUS.search(line)
    if labelled:
        value = labelled["value"].strip().lower()
        yield Fact("status", value, where, labelled[0].strip(), "status")
    elif is_prominent:
        draft = _DRAFT.search(line)
        if draft:
            yield Fact("status", "draft", where, draft[0].strip("()"))
