"""The submitted case studies in full, for editing, review and signature."""

from __future__ import annotations

import re

from calib.model import QualificationResult, StudyResult
from calib.render.document import Block, DefinitionList, Heading, Section, paragraph, run
from calib.render.narrative_marks import mask_secrets
from calib.review.secrets import find_private_data

_TEXT_FIELDS = ("challenge", "solution", "results")


def submitted_case_studies(found: QualificationResult) -> tuple[Section, ...]:
    """Build a section of the submitted case studies; empty where there are none.

    Where none is marked as submitted, the set selected by the program is used. Text that looks like
    a secret is redacted, as in the narratives.
    """
    studies = [s for s in found.studies if s.submitted]
    blocks: list[Block] = []
    if found.chosen_by_program:
        note = "No case study is marked as submitted yet; this is the best available set."
        blocks.append(paragraph(note, style="muted"))
    for number, study in enumerate(studies, start=1):
        blocks += _study(number, study)
    return (Section("case-studies", "Case studies", tuple(blocks)),) if studies else ()


def _study(number: int, study: StudyResult) -> list[Block]:
    pairs = [
        ("Customer", study.customer or "–"),
        ("Primary service", study.primary_service or "–"),
        ("Services", ", ".join(study.services)),
        ("Tech stack", ", ".join(study.tech_stack)),
        ("Migrated from", study.migrated_from),
    ]
    facts = tuple((label, run(_redact(value))) for label, value in pairs if value.strip())
    blocks: list[Block] = [
        Heading(f"{number}. {_redact(study.title or study.slug)}"),
        DefinitionList(facts),
    ]
    for field in _TEXT_FIELDS:
        blocks.append(Heading(field.capitalize(), 4))
        value = _redact(getattr(study, field)).strip()
        parts = re.split(r"\n[ \t]*\n", value) if value else ["No text yet."]
        blocks += [paragraph(" ".join(part.split())) for part in parts if part.strip()]
    return blocks


def _redact(text: str) -> str:
    return mask_secrets(text, find_private_data("", text, ""))
