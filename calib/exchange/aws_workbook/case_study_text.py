"""A case study as the text of one cell, and back.

Each part begins on a line of its own with its label. A line of the partner's own that would be
taken for a label is moved in by one space, and back again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from calib.exchange.aws_workbook.cells import one_break
from calib.exchange.aws_workbook.labels import Words, workbook_words
from calib.model import CaseStudy, QualificationRules
from calib.phrases import fold
from calib.qualification.service_names import Services

LISTS = ("services", "solution_types", "tech_stack")
_BLOCKS = ("challenge", "solution", "results")
Fields = dict[str, str | tuple[str, ...]]

_NAMED = re.compile(r"\b(?:Amazon|AWS)(?: (?:[A-Z][A-Za-z0-9]*|[a-z]?[A-Z0-9][A-Za-z0-9]*))+")


def clean(text: str) -> str:
    """Return a text as a cell keeps it: one kind of line break, nothing behind the end."""
    return one_break(text).rstrip()


def fields_of(study: CaseStudy) -> Fields:
    """Return what a workbook can hold of a study."""
    found: Fields = {}
    for part in workbook_words().parts:
        value = getattr(study, part.field)
        if part.field in LISTS:
            kept: str | tuple[str, ...] = tuple(v for one in value if (v := clean(one)))
        else:
            kept = clean(value)
        if kept:
            found[part.field] = kept
    return found


def compose(fields: Mapping[str, str | tuple[str, ...]]) -> str:
    """Write the fields of a study as the text of a cell."""
    pieces = []
    for part in workbook_words().parts:
        value = fields.get(part.field)
        label = part.labels[0]
        if isinstance(value, tuple):
            rows = (f"- {one}".replace("\n", "\n  ") for one in value)
            pieces.append(f"{label}:\n" + "\n".join(_guarded(r) for r in rows))
        elif value:
            block = part.field in _BLOCKS or "\n" in value or _labels()[2].match(value)
            pieces.append(f"{label}:\n{_guarded(value)}" if block else f"{label}: {value}")
    return "\n\n".join(pieces)


@lru_cache(maxsize=1)
def _labels() -> tuple[dict[str, str], re.Pattern[str], re.Pattern[str]]:
    words = workbook_words()
    fields = {fold(label): part.field for part in words.parts for label in part.labels}
    names = sorted((label for part in words.parts for label in part.labels), key=len, reverse=True)
    any_label = "|".join(re.escape(name) for name in names)
    flags = re.IGNORECASE | re.ASCII
    line = re.compile(rf"(?:{any_label})[ \t]*:", flags)
    return fields, line, re.compile(rf" *(?:{any_label})[ \t]*:", flags)


def _guarded(text: str) -> str:
    looks = _labels()[2]
    return "\n".join(f" {row}" if looks.match(row) else row for row in text.split("\n"))


def _bared(text: str) -> str:
    looks = _labels()[2]
    rows = text.split("\n")
    return "\n".join(r[1:] if r.startswith(" ") and looks.match(r) else r for r in rows)


def parse(text: str) -> Fields:
    """Read the fields of a study from a cell; a text without labels is its solution."""
    found: Fields = {}
    before: list[str] = []
    for field, value in _parts(clean(text)):
        if not field:
            before.append(_bared(value).strip("\n").rstrip())
        elif field in LISTS:
            found[field] = (*_as_tuple(found.get(field)), *_items(value))
        else:
            joined = [str(found.get(field, "")), _bared(value).rstrip()]
            found[field] = "\n\n".join(piece for piece in joined if piece)
    free = "\n\n".join(piece for piece in before if piece)
    if free:
        home = "challenge" if "solution" in found and "challenge" not in found else "solution"
        found[home] = "\n\n".join(p for p in (free, str(found.get(home, ""))) if p)
    return {field: value for field, value in found.items() if value}


def is_labelled(text: str) -> bool:
    """Say whether a text says of its parts what they are."""
    return any(name for name, _ in _parts(clean(text)))


def _parts(text: str) -> Iterator[tuple[str, str]]:
    fields, line, _ = _labels()
    name, rows = "", []
    for row in text.split("\n"):
        found = line.match(row)
        if found is None:
            rows.append(row)
            continue
        yield name, "\n".join(rows)
        name = fields[fold(found[0].rstrip(": \t"))]
        rest = row[found.end() :].removeprefix(" ")
        # With nothing behind the label the text begins on the next line.
        rows = [rest] if rest.strip() else []
    yield name, "\n".join(rows)


def _as_tuple(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value,) if value else ()


def _items(text: str) -> tuple[str, ...]:
    """Read a list: a line each where the lines begin with a mark, else between commas."""
    rows = _bared(text).rstrip().split("\n")
    items: list[str] = []
    for row in rows:
        if row.startswith("- "):
            items.append(row[2:])
        elif items and row.startswith("  "):
            items[-1] += "\n" + row[2:]
        else:
            bare = row.strip().lstrip("-\u2022*\u00b7").strip()
            items += [one for piece in re.split(r"[,;]", bare) if (one := piece.strip())]
    return tuple(one for item in items if (one := item.rstrip()))


def named_services(text: str, rules: QualificationRules) -> tuple[str, ...]:
    """List the AWS services that a free text names in full and that the rules know."""
    services = Services(rules)
    found = (m.group().strip() for m in _NAMED.finditer(" ".join(text.split())))
    return tuple(dict.fromkeys(name for name in found if services.of(name)))


def row_field(words: Words, requirement: str, text: str) -> str:
    """Return the field that a row of the common requirements tells; a long one is no name."""
    field = words.row_field(requirement)
    return "challenge" if field == "customer" and (len(text) > 80 or "\n" in text) else field
