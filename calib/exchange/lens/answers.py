"""Export an assessment's answers to the questions of the lens, in the form of the tool's API."""

from __future__ import annotations

import json
from pathlib import Path

from calib.exchange.checked_write import VerificationFailed, encode_json, write_verified_bytes
from calib.exchange.lens.make import STUDIES_PILLAR, build_lens, lens_id
from calib.exchange.lens.model import MAX_NOTES, NONE_SUFFIX, LensQuestion
from calib.model import Catalog, Result
from calib.text import escape_invisible

LensAnswer = dict[str, str | list[str]]


def build_lens_answers(catalog: Catalog, result: Result) -> list[LensAnswer]:
    """Answer every question; the notes of a control's first question contain its response."""
    narratives = {lens_id(c.control): c.narrative for c in result.controls}
    met = _met_choices(catalog, result)
    answers = []
    for pillar in build_lens(catalog).pillars:
        notes = narratives.get(pillar.id, "")
        for question in pillar.questions:
            chosen = [c.id for c in question.choices if c.id in met]
            answers.append(_render_answer(question, chosen, fit_notes(notes)))
            notes = ""
    return answers


def write_lens_answers(catalog: Catalog, result: Result, path: Path) -> int:
    """Write the answers as JSON, verify them, and return their number; raises CannotWrite."""
    answers = build_lens_answers(catalog, result)
    data = encode_json({"answers": answers})

    def verify(written: bytes) -> None:
        if any(len(a["Notes"]) > MAX_NOTES for a in json.loads(written)["answers"]):
            raise VerificationFailed(f"notes have more than {MAX_NOTES:,} characters")

    write_verified_bytes(path, data, verify)
    return len(answers)


def fit_notes(text: str) -> str:
    """Truncate a text to the limit of an answer's notes, with a remark at the end."""
    text = escape_invisible(text).strip()
    if len(text) <= MAX_NOTES:
        return text
    remark = f"\n[truncated here: {len(text):,} characters; see the response for the full text]"
    return text[: MAX_NOTES - len(remark)] + remark


def _met_choices(catalog: Catalog, result: Result) -> set[str]:
    """Return the ids of the choices that the assessment meets."""
    met = {lens_id(c.control, x.criterion) for c in result.controls for x in c.criteria if x.met}
    broken = {r.partition(":")[0] for r in result.qualification.reasons}
    rules = catalog.qualification.mandatory
    if result.qualification.set_qualifies:
        broken = set()
    return met | {lens_id(STUDIES_PILLAR, r.id) for r in rules if r.id not in broken}


def _render_answer(question: LensQuestion, chosen: list[str], notes: str) -> LensAnswer:
    return {
        "QuestionId": question.id,
        "SelectedChoices": chosen or [question.id + NONE_SUFFIX],
        "Notes": notes,
    }
