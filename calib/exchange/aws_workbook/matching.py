"""Match the customer references of a workbook with the case studies of an assessment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from calib.exchange.aws_workbook.case_study_text import CaseStudyFields, case_study_fields
from calib.exchange.aws_workbook.reader import CustomerReference
from calib.model import CaseStudy, StudyStatus
from calib.phrases import fold

_ORDER_IF_UNSET = 999


def sort_by_order(studies: Sequence[CaseStudy]) -> list[CaseStudy]:
    """Sort studies in the order of submission: by the partner's order, then by slug."""
    return sorted(studies, key=lambda s: (s.order or _ORDER_IF_UNSET, s.slug))


def submitted_studies(studies: Sequence[CaseStudy]) -> list[CaseStudy]:
    """Return the studies that are part of the application, in order."""
    return sort_by_order([s for s in studies if s.status is StudyStatus.SUBMITTED])


def match_case_studies(
    references: Mapping[int, CustomerReference], studies: Sequence[CaseStudy]
) -> dict[int, CaseStudy]:
    """Match references with studies by equal content, title or customer, else by position.

    A match must be unique. By position, reference 2 belongs to the second submitted study, unless
    their titles or customers differ.
    """
    matches: dict[int, CaseStudy] = {}

    def unmatched() -> list[CaseStudy]:
        matched = {s.slug for s in matches.values()}
        return [s for s in studies if s.slug not in matched]

    # The strictest test runs over all references first, so that none takes another's study.
    for is_match in (_has_same_content, _has_same_title, _has_same_customer):
        for number, reference in references.items():
            if number not in matches:
                values = reference.values
                similar = [s for s in unmatched() if is_match(values, case_study_fields(s))]
                if len(similar) == 1:
                    matches[number] = similar[0]
    submitted = submitted_studies(studies)
    for number, reference in references.items():
        if number in matches or not 0 < number <= len(submitted):
            continue
        study = submitted[number - 1]
        if study in unmatched() and not has_other_name(reference, study):
            matches[number] = study
    return matches


def has_other_name(reference: CustomerReference, study: CaseStudy) -> bool:
    """Return whether a reference and a study have different titles or customers."""
    values, own = reference.values, case_study_fields(study)
    return any(
        values.get(name) and own.get(name) and _folded(values, name) != _folded(own, name)
        for name in ("title", "customer")
    )


def _folded(fields: CaseStudyFields, name: str) -> str:
    return fold(str(fields.get(name, ""))).strip()


def _has_same_content(a: CaseStudyFields, b: CaseStudyFields) -> bool:
    return bool(a) and a == b


def _has_same_title(a: CaseStudyFields, b: CaseStudyFields) -> bool:
    title = _folded(a, "title")
    return bool(title) and title == _folded(b, "title")


def _has_same_customer(a: CaseStudyFields, b: CaseStudyFields) -> bool:
    customer = _folded(a, "customer")
    return bool(customer) and customer == _folded(b, "customer")
