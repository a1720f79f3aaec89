"""Format a case study as the text of one cell, and parse it back.

Each part starts on its own line with its label. A line of the partner's text that looks like a
label is indented by one space, which parsing removes again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from calib.exchange.aws_workbook.labels import WorkbookLabels, load_workbook_labels
from calib.exchange.cells import normalise_newlines
from calib.model import CaseStudy, QualificationRules
from calib.phrases import fold
from calib.qualification.service_names import ServiceMatcher

LIST_FIELDS = ("services", "solution_types", "tech_stack")
_BLOCK_FIELDS = ("challenge", "solution", "results")
CaseStudyFields = dict[str, str | tuple[str, ...]]
"""The non-empty fields of a case study that the workbook can store, by name."""

_SERVICE_NAME = re.compile(
    r"\b(?:Amazon|AWS)(?: (?:[A-Z][A-Za-z0-9]*|[a-z]?[A-Z0-9][A-Za-z0-9]*))+"
)
_MAX_CUSTOMER_NAME = 80


def normalise_text(text: str) -> str:
    """Return a text as a cell stores it: line feeds only, no white space at the end."""
    return normalise_newlines(text).rstrip()


def case_study_fields(study: CaseStudy) -> CaseStudyFields:
    """Return the fields of a study that the workbook can store."""
    fields: CaseStudyFields = {}
    for part in load_workbook_labels().parts:
        value = getattr(study, part.field)
        normalised: str | tuple[str, ...]
        if part.field in LIST_FIELDS:
            normalised = tuple(text for item in value if (text := normalise_text(item)))
        else:
            normalised = normalise_text(value)
        if normalised:
            fields[part.field] = normalised
    return fields


def format_case_study(fields: Mapping[str, str | tuple[str, ...]]) -> str:
    """Return the fields of a study as the text of a cell."""
    blocks = []
    for part in load_workbook_labels().parts:
        value = fields.get(part.field)
        label = part.labels[0]
        if isinstance(value, tuple):
            items = (f"- {item}".replace("\n", "\n  ") for item in value)
            blocks.append(f"{label}:\n" + "\n".join(_indent_label_lines(i) for i in items))
        elif value:
            looks_like_label = _label_patterns().indented_label.match(value)
            if part.field in _BLOCK_FIELDS or "\n" in value or looks_like_label:
                blocks.append(f"{label}:\n{_indent_label_lines(value)}")
            else:
                blocks.append(f"{label}: {value}")
    return "\n\n".join(blocks)


class _LabelPatterns(NamedTuple):
    """Patterns for the lines that start with a label and a colon."""

    fields: dict[str, str]
    """The field of each label, in its folded form."""
    label: re.Pattern[str]
    indented_label: re.Pattern[str]
    """A label after any number of spaces."""


@lru_cache(maxsize=1)
def _label_patterns() -> _LabelPatterns:
    parts = load_workbook_labels().parts
    fields = {fold(label): part.field for part in parts for label in part.labels}
    # Longest first: the alternation takes the first that matches.
    names = sorted((label for part in parts for label in part.labels), key=len, reverse=True)
    any_label = "|".join(re.escape(name) for name in names)
    flags = re.IGNORECASE | re.ASCII
    return _LabelPatterns(
        fields,
        re.compile(rf"(?:{any_label})[ \t]*:", flags),
        re.compile(rf" *(?:{any_label})[ \t]*:", flags),
    )


def _indent_label_lines(text: str) -> str:
    # Lines that are indented already get one more space, so that parsing can remove one from each.
    pattern = _label_patterns().indented_label
    return "\n".join(f" {line}" if pattern.match(line) else line for line in text.split("\n"))


def _unindent_label_lines(text: str) -> str:
    pattern = _label_patterns().indented_label
    lines = text.split("\n")
    return "\n".join(
        line[1:] if line.startswith(" ") and pattern.match(line) else line for line in lines
    )


def parse_case_study(text: str) -> CaseStudyFields:
    """Parse the fields of a study from a cell; a text without labels becomes the solution."""
    fields: CaseStudyFields = {}
    unlabelled: list[str] = []
    for field, value in _split_parts(normalise_text(text)):
        if not field:
            unlabelled.append(_unindent_label_lines(value).strip("\n").rstrip())
        elif field in LIST_FIELDS:
            fields[field] = (*_as_tuple(fields.get(field)), *_parse_list(value))
        else:
            # A label that occurs twice continues its field.
            texts = [str(fields.get(field, "")), _unindent_label_lines(value).rstrip()]
            fields[field] = "\n\n".join(t for t in texts if t)
    free_text = "\n\n".join(t for t in unlabelled if t)
    if free_text:
        is_challenge = "solution" in fields and "challenge" not in fields
        target = "challenge" if is_challenge else "solution"
        texts = [free_text, str(fields.get(target, ""))]
        fields[target] = "\n\n".join(t for t in texts if t)
    return {field: value for field, value in fields.items() if value}


def has_labels(text: str) -> bool:
    """Return whether a text has at least one label."""
    return any(field for field, _ in _split_parts(normalise_text(text)))


def _split_parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield the field and text of each part; the field of text before the first label is empty."""
    patterns = _label_patterns()
    field, lines = "", []
    for line in text.split("\n"):
        match = patterns.label.match(line)
        if match is None:
            lines.append(line)
            continue
        yield field, "\n".join(lines)
        field = patterns.fields[fold(match[0].rstrip(": \t"))]
        rest = line[match.end() :].removeprefix(" ")
        # If nothing follows the label, the text starts on the next line.
        lines = [rest] if rest.strip() else []
    yield field, "\n".join(lines)


def _as_tuple(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value,) if value else ()


def _parse_list(text: str) -> tuple[str, ...]:
    """Parse a list: one item per line after "- ", else separated by commas or semicolons."""
    lines = _unindent_label_lines(text).rstrip().split("\n")
    items: list[str] = []
    for line in lines:
        if line.startswith("- "):
            items.append(line[2:])
        elif items and line.startswith("  "):
            items[-1] += "\n" + line[2:]
        else:
            without_bullet = line.strip().lstrip("-\u2022*\u00b7").strip()
            candidates = (item.strip() for item in re.split(r"[,;]", without_bullet))
            items += [item for item in candidates if item]
    return tuple(stripped for item in items if (stripped := item.rstrip()))


def find_service_names(text: str, rules: QualificationRules) -> tuple[str, ...]:
    """List the AWS services known to the rules that a text names in full."""
    services = ServiceMatcher(rules)
    names = (m.group().strip() for m in _SERVICE_NAME.finditer(" ".join(text.split())))
    return tuple(dict.fromkeys(name for name in names if services.find_families(name)))


def field_for_row(labels: WorkbookLabels, requirement: str, text: str) -> str:
    """Return the case-study field for a row of the common requirements; else empty.

    A long text under the customer's row is a description, and so part of the challenge.
    """
    field = labels.field_of_row(requirement)
    is_description = len(text) > _MAX_CUSTOMER_NAME or "\n" in text
    return "challenge" if field == "customer" and is_description else field
