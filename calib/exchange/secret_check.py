"""What must not leave the house with an export: keys, passwords, account and card numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from calib.errors import BadInput, Problem
from calib.model import Assessment, Finding, Outcome
from calib.model.base import FrozenModel
from calib.review.secrets import private


def must_hold_no_secret(assessment: Assessment) -> None:
    """Raise BadInput where a text of the assessment holds what nobody else may read.

    Every text is looked through, evidence files are not. The patterns are the reviewer's; what it
    only advises against (an e-mail address) is no reason to refuse.
    """
    problems = [
        Problem(file, _holds(finding), place=place, remedy=_remedy(finding))
        for file, place, text in _texts(assessment)
        for finding in private("", text, file)
        if finding.outcome is Outcome.GAP
    ]
    if problems:
        raise BadInput(problems)


def _holds(finding: Finding) -> str:
    return finding.message.removeprefix("The text ").rstrip(".")


def _remedy(finding: Finding) -> str:
    return f"{finding.remediation.rstrip('.')}; where it is none, say --allow-private"


def _texts(assessment: Assessment) -> Iterator[tuple[str, str, str]]:
    """List file, place and content of every text."""
    parts: list[tuple[str, FrozenModel]] = [("assessment.yaml", assessment.header)]
    parts += [(f"case_studies/{s.slug}.yaml", s) for s in assessment.case_studies]
    parts += [(f"controls/{r.control}.yaml", r) for r in assessment.responses]
    parts += [("evidence.yaml", item) for item in assessment.evidence]
    parts += [("plan.yaml", entry) for entry in assessment.plan]
    for file, noun in parts:
        for place, text in _inside(noun.model_dump(mode="json", exclude={"sha256"})):
            yield file, place, text


def _inside(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _inside(one, f"{place}.{key}" if place else key)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _inside(one, f"{place}[{number}]")
