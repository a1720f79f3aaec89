"""Answers of a workbook -> an assessment folder: a new one, or one that has answers already.

Field by field: what the assessment does not say is taken, what it says otherwise stays and the
other value is set aside as a conflict, for the form to ask, unless it shall be replaced.
"""

from __future__ import annotations

import re
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from calib.errors import BadInput, Problem
from calib.exchange.aws_workbook.case_study_text import LISTS, clean
from calib.exchange.aws_workbook.matching import pair, submitted
from calib.exchange.aws_workbook.reader import Answers, Piece, Reference
from calib.model import Assessment, CaseStudy, Catalog
from calib.store.conflicts import Conflict
from calib.store.create import create_assessment
from calib.store.filenames import numbered
from calib.store.load import load_assessment
from calib.store.session import Store
from calib.store.writer import Kept
from calib.yamledit.edit import NotStorable, dump, set_field
from calib.yamledit.fieldpath import Unreachable

_MAX_SLUG = 63
_FIRST = "first-example.yaml"


class Outcome(StrEnum):
    """Say what becomes of a value."""

    NEW = "new"
    SAME = "same"
    CONFLICT = "conflict"
    REPLACED = "replaced"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Taken:
    """Hold one value of the workbook on its way into a field."""

    file: str
    field: str
    value: str | tuple[str, ...]
    places: tuple[str, ...]
    outcome: Outcome
    before: Any = None
    note: str = ""
    of_new_file: bool = False


def plan_import(
    answers: Answers, catalog: Catalog, assessment: Assessment | None, *, replacing: bool = False
) -> list[Taken]:
    """Say what becomes of each value; nothing is written.

    Without an assessment, everything is new.
    """
    found = []
    for control in catalog.controls:
        piece = answers.responses.get(control.id)
        if piece:
            before = assessment.response(control.id).narrative if assessment else ""
            found.append(
                _taken(
                    f"controls/{control.id}.yaml", "narrative", piece, before, replacing=replacing
                )
            )
    return [*found, *_studies(answers, catalog, assessment, replacing=replacing)]


def _studies(
    answers: Answers, catalog: Catalog, assessment: Assessment | None, *, replacing: bool
) -> Iterator[Taken]:
    told = {n: r for n, r in answers.references.items() if r.fields}
    studies = assessment.case_studies if assessment else ()
    pairs = pair(told, studies)
    names = {s.slug for s in studies}
    places = catalog.qualification.needed - len(submitted(studies))
    for number, reference in told.items():
        study = pairs.get(number)
        if study is None:
            slug = _free_name(reference, names)
            names.add(slug)
            places -= 1
            yield from _new_study(slug, number, reference, is_submitted=places >= 0)
            continue
        for name, piece in reference.fields.items():
            before = getattr(study, name)
            yield _taken(
                f"case_studies/{study.slug}.yaml", name, piece, before, replacing=replacing
            )


def _new_study(
    slug: str, number: int, reference: Reference, *, is_submitted: bool
) -> Iterator[Taken]:
    file = f"case_studies/{slug}.yaml"
    places = tuple(dict.fromkeys(p for piece in reference.fields.values() for p in piece.places))
    status = "submitted" if is_submitted else "candidate"
    note = "" if is_submitted else "enough are submitted already"
    head = [("status", status, note), ("order", str(number), "")]
    for name, value, why in head:
        yield Taken(file, name, value, places, Outcome.NEW, note=why, of_new_file=True)
    for name, piece in reference.fields.items():
        taken = _taken(file, name, piece, () if name in LISTS else "", replacing=False)
        yield replace(taken, of_new_file=True)


def _taken(
    file: str, name: str, piece: Piece, before: str | tuple[str, ...], *, replacing: bool
) -> Taken:
    own = tuple(clean(b) for b in before) if isinstance(before, tuple) else clean(before)
    if not own:
        outcome = Outcome.NEW
    elif own == piece.text:
        outcome = Outcome.SAME
    else:
        outcome = Outcome.REPLACED if replacing else Outcome.CONFLICT
    return Taken(file, name, piece.text, piece.places, outcome, before, piece.note)


def _free_name(reference: Reference, names: set[str]) -> str:
    told = str(reference.values.get("title") or reference.values.get("customer") or "")
    bare = unicodedata.normalize("NFKD", told.casefold())
    latin = "".join(c for c in bare if not unicodedata.combining(c))
    slug = re.sub(r"[^a-z0-9]+", "-", latin).strip("-")[: _MAX_SLUG - 4].strip("-")
    wanted = slug or f"reference-{reference.number}"
    return next(name for name in numbered(wanted) if name not in names)


def stored(taken: Taken) -> Any:
    """Return a value as YAML holds it; a text of several lines ends with a line break."""
    if isinstance(taken.value, tuple):
        return list(taken.value)
    if taken.field == "order":
        return int(taken.value)
    return taken.value + "\n" if "\n" in taken.value else taken.value


def make_assessment(
    folder: Path, catalog: Catalog, taken: Sequence[Taken], partner: str, path: Path
) -> None:
    """Make a new assessment folder that holds the values, whole or not at all.

    Raises BadInput where the folder is not free or a value cannot be held, CannotWrite.
    """
    with tempfile.TemporaryDirectory(prefix="calib-import-") as scratch:
        built = create_assessment(Path(scratch) / folder.resolve().name, catalog, partner=partner)
        problems: list[Problem] = []
        for one in (t for t in taken if not t.of_new_file):
            file = built / one.file
            try:
                text = set_field(file.read_text(encoding="utf-8"), (one.field,), stored(one)).text
                file.write_text(text, encoding="utf-8", newline="\n")
            except NotStorable as error:
                problems.append(Problem(str(path), str(error), place=", ".join(one.places)))
        for file_name, text in _new_files(taken).items():
            (built / file_name).write_text(text, encoding="utf-8", newline="\n")
            (built / "case_studies" / _FIRST).unlink(missing_ok=True)
        if problems:
            raise BadInput(problems)
        load_assessment(built, catalog)
        create_assessment(folder, catalog, partner=partner, like=built)


def _new_files(taken: Sequence[Taken]) -> dict[str, str]:
    """Return the case studies that are new, as YAML in the order in which people read them."""
    files: dict[str, dict[str, Any]] = {}
    for one in taken:
        if one.of_new_file:
            files.setdefault(one.file, {})[one.field] = stored(one)
    order = [name for name in CaseStudy.model_fields if name != "slug"]
    return {
        file: dump({name: values[name] for name in order if name in values})
        for file, values in files.items()
    }


def merge_into(store: Store, taken: Sequence[Taken]) -> list[Taken]:
    """Bring the values into an assessment through its store; return what became of each.

    Raises CannotWrite, BadInput.
    """
    done = []
    for file, text in _new_files(taken).items():
        answer = store.create(file, text)
        outcome = _outcome(answer, Outcome.NEW)
        done += [replace(t, outcome=outcome) for t in taken if t.file == file and t.of_new_file]
    waiting = {(c.file, c.place, str(c.set_aside)) for c in store.conflicts()}
    for one in taken:
        if one.of_new_file:
            continue
        value = stored(one)
        if one.outcome is Outcome.SAME or (one.file, (one.field,), str(value)) in waiting:
            done.append(one)
            continue
        seen = store.get(one.file, (one.field,)) if one.outcome is Outcome.REPLACED else None
        try:
            answer = store.set(one.file, (one.field,), seen, value)
        except Unreachable as error:
            raise BadInput([Problem(one.file, str(error))]) from error
        done.append(replace(one, outcome=_outcome(answer, one.outcome)))
    order = {(t.file, t.field): n for n, t in enumerate(taken)}
    return sorted(done, key=lambda t: order[t.file, t.field])


def _outcome(answer: object, wanted: Outcome) -> Outcome:
    if isinstance(answer, Conflict):
        return Outcome.CONFLICT
    return Outcome.WAITING if isinstance(answer, Kept) else wanted
