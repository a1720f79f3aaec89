"""`data/exchange/aws_workbook.yaml`: what AWS's workbook calls its columns, rows and parts."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cached_property, lru_cache

from calib.errors import BadInput
from calib.files import strict_yaml
from calib.model.base import FrozenModel, NonEmptyStr
from calib.phrases import fold
from calib.resources import resource_path
from calib.text import strip_format_characters

_MIN_SIMILARITY = 0.85
_MIN_FUZZY_LENGTH = 8  # letters; shorter words are too near to each other for a typo's tolerance
_MAX_LENGTH_DIFFERENCE = 4  # that a typo adds or leaves out
_MAX_LABEL_LENGTH = 60
_MAX_ID_LENGTH = 150  # with a title behind it
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe63\uff0d]")
_LOOSE_ID = re.compile(r"([A-Z][A-Z0-9]+(?:-[A-Z0-9]+)*?) ?-? ?(\d{1,6})(?![A-Z0-9])")
_STRICT_ID = re.compile(r"[A-Z][A-Z0-9]+(?:-[A-Z0-9]+)*-\d{1,6}(?![A-Z0-9-])")


class ColumnKind(StrEnum):
    """Say what a column holds."""

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
    """Name a field of a case study and the labels it has in a cell; the first is written."""

    field: str
    labels: tuple[NonEmptyStr, ...]


class RequirementRow(FrozenModel):
    """Name a field of a case study and how the requirement of its row begins."""

    field: str
    requirement: tuple[NonEmptyStr, ...]


class ColumnLabel(FrozenModel):
    """Hold what the head of a column says."""

    head: ColumnKind
    number: int = 0
    """The number of a customer reference; 0 where it has none."""
    name: str = ""
    """What stands behind the number of a customer reference."""
    exact: bool = True


class WorkbookLabels(FrozenModel):
    """Hold the words of the workbook."""

    labels: _ColumnLabels
    references: tuple[NonEmptyStr, ...]
    studies: tuple[NonEmptyStr, ...]
    numberless: tuple[NonEmptyStr, ...]
    blank: tuple[NonEmptyStr, ...]
    met: NonEmptyStr
    not_met: NonEmptyStr
    yes: tuple[NonEmptyStr, ...]
    no: tuple[NonEmptyStr, ...]
    parts: tuple[CaseStudyPart, ...]
    rows: tuple[RequirementRow, ...]
    suffix: NonEmptyStr
    suffixed: tuple[NonEmptyStr, ...]

    @cached_property
    def _heads(self) -> dict[str, ColumnKind]:
        return {fold(word): ColumnKind(name) for name, words in self.labels for word in words}

    @cached_property
    def _reference(self) -> re.Pattern[str]:
        names = sorted(self.references, key=len, reverse=True)
        return re.compile(
            rf"(?:{'|'.join(map(re.escape, names))})\s*(?:#|no\.?|number|n[ro]\.?)?\s*(\d{{1,2}})\b"
            r"\s*[:.)\-\u2013\u2014]?\s*(.*)",
            re.IGNORECASE | re.DOTALL,
        )

    def label(self, text: str) -> ColumnLabel | None:
        """Say what a column holds under this head; None where the text is no head."""
        text = " ".join(text.split())
        if not text or len(text) > _MAX_LABEL_LENGTH:
            return None
        found = self._reference.fullmatch(text)
        if found:
            return ColumnLabel(
                head=ColumnKind.REFERENCE, number=int(found[1]), name=found[2].strip(" ()")
            )
        folded = fold(re.sub(r"\(.*?\)", " ", text))
        if " " in folded.strip() and folded in map(fold, self.references):
            return ColumnLabel(head=ColumnKind.REFERENCE)
        if folded in self._heads:
            return ColumnLabel(head=self._heads[folded])
        whole = self._heads.get(fold(text))
        if whole:
            return ColumnLabel(head=whole)
        for word, head in self._heads.items():
            if (
                len(word) > _MIN_FUZZY_LENGTH
                and abs(len(word) - len(folded)) <= _MAX_LENGTH_DIFFERENCE
            ):
                like = SequenceMatcher(None, word, folded)
                if like.quick_ratio() >= _MIN_SIMILARITY and like.ratio() >= _MIN_SIMILARITY:
                    return ColumnLabel(head=head, exact=False)
        return None

    def answer(self, text: str) -> str:
        """Return what a cell says, nothing where it holds a word for nothing."""
        return "" if fold(text).strip() in self.blank else text

    def met_value(self, text: str) -> bool | None:
        """Understand a cell under Met?; None where it says neither."""
        said = fold(text).strip()
        return True if said in self.yes else False if said in self.no else None

    def row_field(self, requirement: str) -> str:
        """Return the field of a case study that a row of this requirement tells; none is empty."""
        first = fold(requirement.strip().split("\n", maxsplit=1)[0])
        for row in self.rows:
            if any(first.startswith(fold(word)) for word in row.requirement):
                return row.field
        return ""


def normalise_id(text: str) -> str:
    """Spell what stands in an id column as ids are spelt: capitals, plain hyphens, no spaces."""
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", text))
    plain = strip_format_characters(plain).upper()
    return re.sub(r"\s*-\s*", "-", " ".join(plain.split()))


def parse_control_id(
    text: str, known: dict[tuple[str, int], str], numberless: tuple[str, ...]
) -> str:
    """Return the control that an id cell names; empty where it names none.

    A control that is known may be spelt with other zeros, spaces or dashes, or be followed by its
    title; others count where they look exactly like an id.
    """
    if len(text) > _MAX_ID_LENGTH:
        return ""
    tidy = normalise_id(text)
    found = _LOOSE_ID.match(tidy)
    if found and (found[1], int(found[2])) in known:
        return known[found[1], int(found[2])]
    strict = _STRICT_ID.match(tidy)
    if strict:
        return strict[0]
    return next((one for one in numberless if tidy.rstrip(":.* ") == one), "")


def find_control_ids(text: str, known: dict[tuple[str, int], str]) -> list[str]:
    """List the known controls that a text names, in order."""
    keys = ((found[1], int(found[2])) for found in _LOOSE_ID.finditer(normalise_id(text)))
    return list(dict.fromkeys(known[key] for key in keys if key in known))


def split_id(control: str) -> tuple[str, int]:
    """Split an id into its letters and its number."""
    letters, _, number = control.rpartition("-")
    return (letters, int(number)) if number.isdigit() else (control, 0)


@lru_cache(maxsize=1)
def load_workbook_labels() -> WorkbookLabels:
    """Read the words; raises BadInput."""
    document = strict_yaml.read_yaml(
        resource_path("data", "exchange", "aws_workbook.yaml"), "aws_workbook.yaml"
    )
    words = strict_yaml.validate_yaml(document, WorkbookLabels)
    if words is None:
        raise BadInput(document.problems)
    return words
