"""Search an assessment for secrets before an export: keys, passwords, account and card numbers."""

from __future__ import annotations

from collections.abc import Iterator

from calib.errors import BadInput, Problem
from calib.model import Assessment, Finding, Outcome
from calib.model.base import FrozenModel
from calib.review.secrets import find_private_data


def check_for_secrets(assessment: Assessment) -> None:
    """Raise BadInput if a text of the assessment contains a secret.

    All texts are searched, evidence files are not. The patterns are the reviewer's. Severe findings
    alone block an export; those that the reviewer only advises against (an e-mail address) do not.
    """
    problems = [
        Problem(file, _problem_message(finding), place=place, remedy=_remedy(finding))
        for file, place, text in _iter_texts(assessment)
        for finding in find_private_data("", text, file)
        if finding.outcome is Outcome.GAP
    ]
    if problems:
        raise BadInput(problems)


def _problem_message(finding: Finding) -> str:
    return finding.message.removeprefix("The text ").rstrip(".")


def _remedy(finding: Finding) -> str:
    return f"{finding.remediation.rstrip('.')}; if it is a false positive, use --allow-private"


def _iter_texts(assessment: Assessment) -> Iterator[tuple[str, str, str]]:
    """Yield the file, field path and content of every text."""
    files: list[tuple[str, FrozenModel]] = [("assessment.yaml", assessment.header)]
    files += [(f"case_studies/{s.slug}.yaml", s) for s in assessment.case_studies]
    files += [(f"controls/{r.control}.yaml", r) for r in assessment.responses]
    files += [("evidence.yaml", item) for item in assessment.evidence]
    files += [("plan.yaml", entry) for entry in assessment.plan]
    for file, model in files:
        # A hash looks like a key and would be a false positive.
        for place, text in _walk_strings(model.model_dump(mode="json", exclude={"sha256"})):
            yield file, place, text


def _walk_strings(value: object, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _walk_strings(item, f"{place}.{key}" if place else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk_strings(item, f"{place}[{index}]")
