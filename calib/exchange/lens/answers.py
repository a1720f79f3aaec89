"""An assessment's answers to the questions of the lens, one for each, as the tool takes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from calib.exchange.checked_write import VerificationFailed, encode_json, write_verified_bytes
from calib.exchange.lens.make import STUDIES_PILLAR, build_lens, lens_id
from calib.exchange.lens.model import MAX_NOTES, NONE_SUFFIX, LensQuestion
from calib.model import Catalog, Result
from calib.text import escape_invisible


def build_lens_answers(catalog: Catalog, result: Result) -> list[dict[str, Any]]:
    """Answer every question of the lens; a response stands in the notes of its first question."""
    texts = {lens_id(c.control): c.narrative for c in result.controls}
    good = _met_choices(catalog, result)
    answers = []
    for pillar in build_lens(catalog).pillars:
        text = texts.get(pillar.id, "")
        for question in pillar.questions:
            chosen = [c.id for c in question.choices if c.id in good]
            answers.append(_render_answer(question, chosen, fit_notes(text)))
            text = ""
    return answers


def write_lens_answers(catalog: Catalog, result: Result, path: Path) -> int:
    """Write the answers as JSON and read them again; returns their number, raises CannotWrite."""
    answers = build_lens_answers(catalog, result)
    data = encode_json({"answers": answers})

    def check(read: bytes) -> None:
        if any(len(a["Notes"]) > MAX_NOTES for a in json.loads(read)["answers"]):
            raise VerificationFailed(f"notes have more than {MAX_NOTES:,} characters")

    write_verified_bytes(path, data, check)
    return len(answers)


def fit_notes(text: str) -> str:
    """Make a text fit into the notes of an answer; how much is cut off is said at its end."""
    text = escape_invisible(text).strip()
    if len(text) <= MAX_NOTES:
        return text
    said = f"\n[cut here: {len(text):,} characters in all; the whole is in the response]"
    return text[: MAX_NOTES - len(said)] + said


def _met_choices(catalog: Catalog, result: Result) -> set[str]:
    """Name the choices that hold."""
    found = {lens_id(c.control, x.criterion) for c in result.controls for x in c.criteria if x.met}
    broken = {r.partition(":")[0] for r in result.qualification.reasons}
    rules = catalog.qualification.mandatory
    if result.qualification.set_qualifies:
        broken = set()
    return found | {lens_id(STUDIES_PILLAR, r.id) for r in rules if r.id not in broken}


def _render_answer(question: LensQuestion, chosen: list[str], notes: str) -> dict[str, Any]:
    return {
        "QuestionId": question.id,
        "SelectedChoices": chosen or [question.id + NONE_SUFFIX],
        "Notes": notes,
    }
