"""The case studies that are submitted, as they were typed: to edit, to agree on and to sign."""

from __future__ import annotations

import re

from calib.model import Outcome, QualificationResult, StudyResult
from calib.render.document import DefinitionList, Heading, Section, paragraph, run
from calib.review.secrets import private

_TOLD = ("challenge", "solution", "results")


def submitted_case_studies(found: QualificationResult) -> tuple[Section, ...]:
    """Make a section of the submitted studies, or of those taken where none is; none without any.

    What looks like a secret is blotted out, as in the narratives.
    """
    studies = [s for s in found.studies if s.submitted]
    blocks: list[object] = []
    if found.chosen_by_program:
        said = "No case study is marked as submitted yet; these go best together as they stand."
        blocks.append(paragraph(said, style="muted"))
    for number, study in enumerate(studies, start=1):
        blocks += _study(number, study)
    return (Section("case-studies", "Case studies", tuple(blocks)),) if studies else ()


def _study(number: int, study: StudyResult) -> list[object]:
    pairs = [
        ("Customer", study.customer or "–"),
        ("Leads with", study.primary_service or "–"),
        ("Services", ", ".join(study.services)),
        ("Tech stack", ", ".join(study.tech_stack)),
        ("Migrated from", study.migrated_from),
    ]
    facts = tuple((label, run(_blotted(value))) for label, value in pairs if value.strip())
    blocks = [Heading(f"{number}. {_blotted(study.title or study.slug)}"), DefinitionList(facts)]
    for part in _TOLD:
        blocks.append(Heading(part.capitalize(), 4))
        told = _blotted(getattr(study, part)).strip()
        pieces = re.split(r"\n[ \t]*\n", told) if told else ["Nothing is written on this yet."]
        blocks += [paragraph(" ".join(piece.split())) for piece in pieces if piece.strip()]
    return blocks


def _blotted(text: str) -> str:
    for finding in private("", text, ""):
        span = finding.subject.span
        if finding.outcome is Outcome.GAP and span:
            text = text[: span.start] + "•" * (span.end - span.start) + text[span.end :]
    return text
