"""Load `data/exchange/aws_workbook.yaml`: the labels of columns, rows and parts of the workbook."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cached_property, lru_cache

from calib.errors import BadInput
from calib.files import strict_yaml
from calib.model.base import FrozenModel, NonEmptyStr
from calib.phrases import fold
from calib.resources import resource_path
from calib.text import strip_format_characters

# Fuzzy matching tolerates typos in the labels of columns. Short labels are excluded: they resemble
# each other too much.
_MIN_SIMILARITY = 0.85
_MIN_FUZZY_LENGTH = 8
_MAX_LENGTH_DIFFERENCE = 4
_MAX_LABEL_LENGTH = 60
_MAX_ID_LENGTH = 150  # an id may be followed by the title of its control
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe63\uff0d]")
_LOOSE_ID = re.compile(r"([A-Z][A-Z0-9]+(?:-[A-Z0-9]+)*?) ?-? ?(\d{1,6})(?![A-Z0-9])")
_STRICT_ID = re.compile(r"[A-Z][A-Z0-9]+(?:-[A-Z0-9]+)*-\d{1,6}(?![A-Z0-9-])")

ControlKey = tuple[str, int]
"""The letters and the number of a control id, without leading zeros: ("GENAIPR", 1)."""


class ColumnKind(StrEnum):
    """The content of a column."""

    ID = "id"
    REQUIREMENT = "requirement"
    MET = "met"
    RESPONSE = "response"
    EXAMPLE = "example"
    REFERENCE = "reference"


class _ColumnLabels(FrozenModel):
    id: tuple[NonEmptyStr, ...]
    requirement: tuple[NonEmptyStr, ...]
    met: tuple[NonEmptyStr, ...]
    response: tuple[NonEmptyStr, ...]
    example: tuple[NonEmptyStr, ...]


class CaseStudyPart(FrozenModel):
    """A field of a case study and its labels in a cell; exports use the first label."""

    field: str
    labels: tuple[NonEmptyStr, ...]


class RequirementRow(FrozenModel):
    """A field of a case study and the beginnings of the requirement of its row."""

    field: str
    requirement: tuple[NonEmptyStr, ...]


@dataclass(frozen=True, slots=True)
class ColumnLabel:
    """The meaning of a header cell."""

    kind: ColumnKind
    reference: int = 0
    """The number of a customer reference; 0 if it has none."""
    customer: str = ""
    """The text after the number of a customer reference."""
    is_exact: bool = True
    """False if the label was matched despite a typo."""


class WorkbookLabels(FrozenModel):
    """The content of `data/exchange/aws_workbook.yaml`."""

    labels: _ColumnLabels
    references: tuple[NonEmptyStr, ...]
    studies: tuple[NonEmptyStr, ...]
    """The controls that ask for a whole customer example."""
    numberless: tuple[NonEmptyStr, ...]
    """The controls without a number."""
    blank: tuple[NonEmptyStr, ...]
    """The placeholders of empty cells."""
    met: NonEmptyStr
    not_met: NonEmptyStr
    yes: tuple[NonEmptyStr, ...]
    no: tuple[NonEmptyStr, ...]
    parts: tuple[CaseStudyPart, ...]
    rows: tuple[RequirementRow, ...]
    suffix: NonEmptyStr
    suffixed: tuple[NonEmptyStr, ...]
    """The controls that have `suffix` in the list of responses."""

    @cached_property
    def _columns(self) -> dict[str, ColumnKind]:
        return {fold(label): ColumnKind(kind) for kind, labels in self.labels for label in labels}

    @cached_property
    def _reference_pattern(self) -> re.Pattern[str]:
        # Longest first: the alternation takes the first that matches.
        names = sorted(self.references, key=len, reverse=True)
        return re.compile(
            rf"(?:{'|'.join(map(re.escape, names))})\s*(?:#|no\.?|number|n[ro]\.?)?\s*(\d{{1,2}})\b"
            r"\s*[:.)\-\u2013\u2014]?\s*(.*)",
            re.IGNORECASE | re.DOTALL,
        )

    def match_column(self, text: str) -> ColumnLabel | None:
        """Return the meaning of a header cell; None if the text is not a known label."""
        text = " ".join(text.split())
        if not text or len(text) > _MAX_LABEL_LENGTH:
            return None
        match = self._reference_pattern.fullmatch(text)
        if match:
            return ColumnLabel(ColumnKind.REFERENCE, int(match[1]), match[2].strip(" ()"))
        # Remarks in parentheses are ignored, unless the label is known with them.
        folded = fold(re.sub(r"\(.*?\)", " ", text))
        if " " in folded.strip() and folded in map(fold, self.references):
            return ColumnLabel(ColumnKind.REFERENCE)
        kind = self._columns.get(folded) or self._columns.get(fold(text))
        if kind:
            return ColumnLabel(kind)
        return self._match_fuzzily(folded)

    def _match_fuzzily(self, folded: str) -> ColumnLabel | None:
        for label, kind in self._columns.items():
            is_long = len(label) > _MIN_FUZZY_LENGTH
            if is_long and abs(len(label) - len(folded)) <= _MAX_LENGTH_DIFFERENCE:
                matcher = SequenceMatcher(None, label, folded)
                # quick_ratio is a cheap upper bound of ratio.
                if matcher.quick_ratio() >= _MIN_SIMILARITY and matcher.ratio() >= _MIN_SIMILARITY:
                    return ColumnLabel(kind, is_exact=False)
        return None

    def drop_placeholder(self, text: str) -> str:
        """Return the text of a cell; empty if it is a placeholder for an empty cell."""
        return "" if fold(text).strip() in self.blank else text

    def parse_met(self, text: str) -> bool | None:
        """Return the value of a Met? cell; None if it is neither yes nor no."""
        word = fold(text).strip()
        return True if word in self.yes else False if word in self.no else None

    def field_of_row(self, requirement: str) -> str:
        """Return the case-study field that a row with this requirement describes; else empty."""
        first_line = fold(requirement.strip().split("\n", maxsplit=1)[0])
        for row in self.rows:
            if any(first_line.startswith(fold(start)) for start in row.requirement):
                return row.field
        return ""


def normalise_id(text: str) -> str:
    """Return an id in the usual spelling: capitals, plain hyphens, no spaces around them."""
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", text))
    # Category Cf: zero-width characters, which are often pasted from web pages.
    plain = strip_format_characters(plain).upper()
    return re.sub(r"\s*-\s*", "-", " ".join(plain.split()))


def parse_control_id(text: str, known: dict[ControlKey, str], numberless: tuple[str, ...]) -> str:
    """Return the control in an id cell; empty if there is none.

    A known control may differ in leading zeros, spaces and dashes, and its title may follow. Other
    controls are recognised only in the strict form of an id.
    """
    if len(text) > _MAX_ID_LENGTH:
        return ""
    normalised = normalise_id(text)
    loose = _LOOSE_ID.match(normalised)
    if loose and (loose[1], int(loose[2])) in known:
        return known[loose[1], int(loose[2])]
    strict = _STRICT_ID.match(normalised)
    if strict:
        return strict[0]
    return next((name for name in numberless if normalised.rstrip(":.* ") == name), "")


def find_control_ids(text: str, known: dict[ControlKey, str]) -> list[str]:
    """List the known controls that a text mentions, in order, without duplicates."""
    keys = ((match[1], int(match[2])) for match in _LOOSE_ID.finditer(normalise_id(text)))
    return list(dict.fromkeys(known[key] for key in keys if key in known))


def split_id(control: str) -> ControlKey:
    """Split an id into its letters and its number; the number is 0 if there is none."""
    letters, _, number = control.rpartition("-")
    return (letters, int(number)) if number.isdigit() else (control, 0)


@lru_cache(maxsize=1)
def load_workbook_labels() -> WorkbookLabels:
    """Load the labels; raises BadInput."""
    document = strict_yaml.read_yaml(
        resource_path("data", "exchange", "aws_workbook.yaml"), "aws_workbook.yaml"
    )
    labels = strict_yaml.validate_yaml(document, WorkbookLabels)
    if labels is None:
        raise BadInput(document.problems)
    return labels
