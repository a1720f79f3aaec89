"""Which customer reference of a workbook is which case study of an assessment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from calib.exchange.aws_workbook.case_study_text import Fields, fields_of
from calib.exchange.aws_workbook.reader import Reference
from calib.model import CaseStudy, StudyStatus
from calib.phrases import fold

_LAST = 999


def in_order(studies: Sequence[CaseStudy]) -> list[CaseStudy]:
    """Return studies as they are submitted: by the partner's order, then by name."""
    return sorted(studies, key=lambda s: (s.order or _LAST, s.slug))


def submitted(studies: Sequence[CaseStudy]) -> list[CaseStudy]:
    """Return the studies that go into the application, in order."""
    return in_order([s for s in studies if s.status is StudyStatus.SUBMITTED])


def pair(references: Mapping[int, Reference], studies: Sequence[CaseStudy]) -> dict[int, CaseStudy]:
    """Find the study of each reference: the same content, title or customer, else the same place.

    A study in the same place is another one where both have a title, or both a customer, that
    differs.
    """
    found: dict[int, CaseStudy] = {}

    def left() -> list[CaseStudy]:
        taken = {s.slug for s in found.values()}
        return [s for s in studies if s.slug not in taken]

    for test in (_same_content, _same_title, _same_customer):
        for number, reference in references.items():
            if number not in found:
                like = [s for s in left() if test(reference.values, fields_of(s))]
                if len(like) == 1:
                    found[number] = like[0]
    marked = submitted(studies)
    for number, reference in references.items():
        here = marked[number - 1 : number]
        if number not in found and here and here[0] in left() and not differs(reference, here[0]):
            found[number] = here[0]
    return found


def differs(reference: Reference, study: CaseStudy) -> bool:
    """Say whether a reference names another title or customer than a study."""
    values, own = reference.values, fields_of(study)
    return any(
        values.get(name) and own.get(name) and _folded(values, name) != _folded(own, name)
        for name in ("title", "customer")
    )


def _folded(fields: Fields, name: str) -> str:
    return fold(str(fields.get(name, ""))).strip()


def _same_content(one: Fields, other: Fields) -> bool:
    return bool(one) and one == other


def _same_title(one: Fields, other: Fields) -> bool:
    return bool(_folded(one, "title")) and _folded(one, "title") == _folded(other, "title")


def _same_customer(one: Fields, other: Fields) -> bool:
    return bool(_folded(one, "customer")) and _folded(one, "customer") == _folded(other, "customer")
