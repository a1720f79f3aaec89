"""A case study as the text of one cell, and back.

Each part begins on a line of its own with its label. A line of the partner's own that would be
taken for a label is moved in by one space, and back again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from calib.exchange.cells import normalise_newlines
from calib.exchange.aws_workbook.labels import WorkbookLabels, load_workbook_labels
from calib.model import CaseStudy, QualificationRules
from calib.phrases import fold
from calib.qualification.service_names import ServiceMatcher

LIST_FIELDS = ("services", "solution_types", "tech_stack")
_BLOCK_FIELDS = ("challenge", "solution", "results")
CaseStudyFields = dict[str, str | tuple[str, ...]]

_SERVICE_NAME = re.compile(
    r"\b(?:Amazon|AWS)(?: (?:[A-Z][A-Za-z0-9]*|[a-z]?[A-Z0-9][A-Za-z0-9]*))+"
)


def normalise_text(text: str) -> str:
    """Return a text as a cell keeps it: one kind of line break, nothing behind the end."""
    return normalise_newlines(text).rstrip()


def case_study_fields(study: CaseStudy) -> CaseStudyFields:
    """Return what a workbook can hold of a study."""
    found: CaseStudyFields = {}
    for part in load_workbook_labels().parts:
        value = getattr(study, part.field)
        if part.field in LIST_FIELDS:
            kept: str | tuple[str, ...] = tuple(v for one in value if (v := normalise_text(one)))
        else:
            kept = normalise_text(value)
        if kept:
            found[part.field] = kept
    return found


def format_case_study(fields: Mapping[str, str | tuple[str, ...]]) -> str:
    """Write the fields of a study as the text of a cell."""
    pieces = []
    for part in load_workbook_labels().parts:
        value = fields.get(part.field)
        label = part.labels[0]
        if isinstance(value, tuple):
            rows = (f"- {one}".replace("\n", "\n  ") for one in value)
            pieces.append(f"{label}:\n" + "\n".join(_indent_label_lines(r) for r in rows))
        elif value:
            block = (
                part.field in _BLOCK_FIELDS or "\n" in value or _label_patterns()[2].match(value)
            )
            pieces.append(
                f"{label}:\n{_indent_label_lines(value)}" if block else f"{label}: {value}"
            )
    return "\n\n".join(pieces)


@lru_cache(maxsize=1)
def _label_patterns() -> tuple[dict[str, str], re.Pattern[str], re.Pattern[str]]:
    words = load_workbook_labels()
    fields = {fold(label): part.field for part in words.parts for label in part.labels}
    names = sorted((label for part in words.parts for label in part.labels), key=len, reverse=True)
    any_label = "|".join(re.escape(name) for name in names)
    flags = re.IGNORECASE | re.ASCII
    line = re.compile(rf"(?:{any_label})[ \t]*:", flags)
    return fields, line, re.compile(rf" *(?:{any_label})[ \t]*:", flags)


def _indent_label_lines(text: str) -> str:
    looks = _label_patterns()[2]
    return "\n".join(f" {row}" if looks.match(row) else row for row in text.split("\n"))


def _unindent_label_lines(text: str) -> str:
    looks = _label_patterns()[2]
    rows = text.split("\n")
    return "\n".join(r[1:] if r.startswith(" ") and looks.match(r) else r for r in rows)


def parse_case_study(text: str) -> CaseStudyFields:
    """Read the fields of a study from a cell; a text without labels is its solution."""
    found: CaseStudyFields = {}
    before: list[str] = []
    for field, value in _split_parts(normalise_text(text)):
        if not field:
            before.append(_unindent_label_lines(value).strip("\n").rstrip())
        elif field in LIST_FIELDS:
            found[field] = (*_as_tuple(found.get(field)), *_parse_list(value))
        else:
            joined = [str(found.get(field, "")), _unindent_label_lines(value).rstrip()]
            found[field] = "\n\n".join(piece for piece in joined if piece)
    free = "\n\n".join(piece for piece in before if piece)
    if free:
        home = "challenge" if "solution" in found and "challenge" not in found else "solution"
        found[home] = "\n\n".join(p for p in (free, str(found.get(home, ""))) if p)
    return {field: value for field, value in found.items() if value}


def has_labels(text: str) -> bool:
    """Say whether a text says of its parts what they are."""
    return any(name for name, _ in _split_parts(normalise_text(text)))


def _split_parts(text: str) -> Iterator[tuple[str, str]]:
    fields, line, _ = _label_patterns()
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


def _parse_list(text: str) -> tuple[str, ...]:
    """Read a list: a line each where the lines begin with a mark, else between commas."""
    rows = _unindent_label_lines(text).rstrip().split("\n")
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


def find_service_names(text: str, rules: QualificationRules) -> tuple[str, ...]:
    """List the AWS services that a free text names in full and that the rules know."""
    services = ServiceMatcher(rules)
    found = (m.group().strip() for m in _SERVICE_NAME.finditer(" ".join(text.split())))
    return tuple(dict.fromkeys(name for name in found if services.of(name)))


def field_for_row(words: WorkbookLabels, requirement: str, text: str) -> str:
    """Return the field that a row of the common requirements tells; a long one is no name."""
    field = words.row_field(requirement)
    return "challenge" if field == "customer" and (len(text) > 80 or "\n" in text) else field
