"""An assessment's answers to the questions of the lens, one for each, as the tool takes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from calib.exchange.checked_write import NotAsMeant, json_bytes, write_bytes
from calib.exchange.lens.make import STUDIES, lens_id, make_lens
from calib.exchange.lens.model import NONE_SUFFIX, NOTES, Question
from calib.model import Catalog, Result
from calib.text import visible


def lens_answers(catalog: Catalog, result: Result) -> list[dict[str, Any]]:
    """Answer every question of the lens; a response stands in the notes of its first question."""
    texts = {lens_id(c.control): c.narrative for c in result.controls}
    good = _in_place(catalog, result)
    answers = []
    for pillar in make_lens(catalog).pillars:
        text = texts.get(pillar.id, "")
        for question in pillar.questions:
            chosen = [c.id for c in question.choices if c.id in good]
            answers.append(_answer(question, chosen, fitted(text)))
            text = ""
    return answers


def write_answers(catalog: Catalog, result: Result, path: Path) -> int:
    """Write the answers as JSON and read them again; returns their number, raises CannotWrite."""
    answers = lens_answers(catalog, result)
    data = json_bytes({"answers": answers})

    def check(read: bytes) -> None:
        if any(len(a["Notes"]) > NOTES for a in json.loads(read)["answers"]):
            raise NotAsMeant(f"notes have more than {NOTES:,} characters")

    write_bytes(path, data, check)
    return len(answers)


def fitted(text: str) -> str:
    """Make a text fit into the notes of an answer; how much is cut off is said at its end."""
    text = visible(text).strip()
    if len(text) <= NOTES:
        return text
    said = f"\n[cut here: {len(text):,} characters in all; the whole is in the response]"
    return text[: NOTES - len(said)] + said


def _in_place(catalog: Catalog, result: Result) -> set[str]:
    """Name the choices that hold."""
    found = {lens_id(c.control, x.criterion) for c in result.controls for x in c.criteria if x.met}
    broken = {r.partition(":")[0] for r in result.qualification.reasons}
    rules = catalog.qualification.asked
    if result.qualification.set_qualifies:
        broken = set()
    return found | {lens_id(STUDIES, r.id) for r in rules if r.id not in broken}


def _answer(question: Question, chosen: list[str], notes: str) -> dict[str, Any]:
    return {
        "QuestionId": question.id,
        "SelectedChoices": chosen or [question.id + NONE_SUFFIX],
        "Notes": notes,
    }
