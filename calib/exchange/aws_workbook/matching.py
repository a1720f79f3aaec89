"""Which customer reference of a workbook is which case study of an assessment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from calib.exchange.aws_workbook.case_study_text import CaseStudyFields, case_study_fields
from calib.exchange.aws_workbook.reader import CustomerReference
from calib.model import CaseStudy, StudyStatus
from calib.phrases import fold

_ORDER_IF_UNSET = 999


def sort_by_order(studies: Sequence[CaseStudy]) -> list[CaseStudy]:
    """Return studies as they are submitted: by the partner's order, then by name."""
    return sorted(studies, key=lambda s: (s.order or _ORDER_IF_UNSET, s.slug))


def submitted_studies(studies: Sequence[CaseStudy]) -> list[CaseStudy]:
    """Return the studies that go into the application, in order."""
    return sort_by_order([s for s in studies if s.status is StudyStatus.SUBMITTED])


def match_case_studies(
    references: Mapping[int, CustomerReference], studies: Sequence[CaseStudy]
) -> dict[int, CaseStudy]:
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
                like = [s for s in left() if test(reference.values, case_study_fields(s))]
                if len(like) == 1:
                    found[number] = like[0]
    marked = submitted_studies(studies)
    for number, reference in references.items():
        here = marked[number - 1 : number]
        if (
            number not in found
            and here
            and here[0] in left()
            and not has_other_name(reference, here[0])
        ):
            found[number] = here[0]
    return found


def has_other_name(reference: CustomerReference, study: CaseStudy) -> bool:
    """Say whether a reference names another title or customer than a study."""
    values, own = reference.values, case_study_fields(study)
    return any(
        values.get(name)
        and own.get(name)
        and _folded_field(values, name) != _folded_field(own, name)
        for name in ("title", "customer")
    )


def _folded_field(fields: CaseStudyFields, name: str) -> str:
    return fold(str(fields.get(name, ""))).strip()


def _same_content(one: CaseStudyFields, other: CaseStudyFields) -> bool:
    return bool(one) and one == other


def _same_title(one: CaseStudyFields, other: CaseStudyFields) -> bool:
    return bool(_folded_field(one, "title")) and _folded_field(one, "title") == _folded_field(
        other, "title"
    )


def _same_customer(one: CaseStudyFields, other: CaseStudyFields) -> bool:
    return bool(_folded_field(one, "customer")) and _folded_field(one, "customer") == _folded_field(
        other, "customer"
    )
