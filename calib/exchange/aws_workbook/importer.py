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
from calib.exchange.aws_workbook.case_study_text import LIST_FIELDS, normalise_text
from calib.exchange.aws_workbook.matching import match_case_studies, submitted_studies
from calib.exchange.aws_workbook.reader import CustomerReference, SourcedText, WorkbookAnswers
from calib.model import Assessment, CaseStudy, Catalog
from calib.store.conflicts import Conflict
from calib.store.create import create_assessment
from calib.store.filenames import numbered_names
from calib.store.load import load_assessment
from calib.store.session import Store
from calib.store.writer import Pending
from calib.yamledit.edit import NotStorableValue, dump_value, set_field
from calib.yamledit.fieldpath import UnreachableField

_MAX_SLUG_LENGTH = 63
_PLACEHOLDER_STUDY = "first-example.yaml"


class ImportOutcome(StrEnum):
    """Say what becomes of a value."""

    NEW = "new"
    SAME = "same"
    CONFLICT = "conflict"
    REPLACED = "replaced"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class FieldImport:
    """Hold one value of the workbook on its way into a field."""

    file: str
    field: str
    value: str | tuple[str, ...]
    places: tuple[str, ...]
    outcome: ImportOutcome
    before: Any = None
    note: str = ""
    of_new_file: bool = False


def plan_import(
    answers: WorkbookAnswers,
    catalog: Catalog,
    assessment: Assessment | None,
    *,
    replacing: bool = False,
) -> list[FieldImport]:
    """Say what becomes of each value; nothing is written.

    Without an assessment, everything is new.
    """
    found = []
    for control in catalog.controls:
        piece = answers.responses.get(control.id)
        if piece:
            before = assessment.response(control.id).narrative if assessment else ""
            found.append(
                _plan_field(
                    f"controls/{control.id}.yaml", "narrative", piece, before, replacing=replacing
                )
            )
    return [*found, *_plan_studies(answers, catalog, assessment, replacing=replacing)]


def _plan_studies(
    answers: WorkbookAnswers, catalog: Catalog, assessment: Assessment | None, *, replacing: bool
) -> Iterator[FieldImport]:
    told = {n: r for n, r in answers.references.items() if r.fields}
    studies = assessment.case_studies if assessment else ()
    pairs = match_case_studies(told, studies)
    names = {s.slug for s in studies}
    places = catalog.qualification.needed - len(submitted_studies(studies))
    for number, reference in told.items():
        study = pairs.get(number)
        if study is None:
            slug = _free_slug(reference, names)
            names.add(slug)
            places -= 1
            yield from _plan_new_study(slug, number, reference, is_submitted=places >= 0)
            continue
        for name, piece in reference.fields.items():
            before = getattr(study, name)
            yield _plan_field(
                f"case_studies/{study.slug}.yaml", name, piece, before, replacing=replacing
            )


def _plan_new_study(
    slug: str, number: int, reference: CustomerReference, *, is_submitted: bool
) -> Iterator[FieldImport]:
    file = f"case_studies/{slug}.yaml"
    places = tuple(dict.fromkeys(p for piece in reference.fields.values() for p in piece.places))
    status = "submitted" if is_submitted else "candidate"
    note = "" if is_submitted else "enough are submitted already"
    head = [("status", status, note), ("order", str(number), "")]
    for name, value, why in head:
        yield FieldImport(file, name, value, places, ImportOutcome.NEW, note=why, of_new_file=True)
    for name, piece in reference.fields.items():
        taken = _plan_field(file, name, piece, () if name in LIST_FIELDS else "", replacing=False)
        yield replace(taken, of_new_file=True)


def _plan_field(
    file: str, name: str, piece: SourcedText, before: str | tuple[str, ...], *, replacing: bool
) -> FieldImport:
    own = (
        tuple(normalise_text(b) for b in before)
        if isinstance(before, tuple)
        else normalise_text(before)
    )
    if not own:
        outcome = ImportOutcome.NEW
    elif own == piece.text:
        outcome = ImportOutcome.SAME
    else:
        outcome = ImportOutcome.REPLACED if replacing else ImportOutcome.CONFLICT
    return FieldImport(file, name, piece.text, piece.places, outcome, before, piece.note)


def _free_slug(reference: CustomerReference, names: set[str]) -> str:
    told = str(reference.values.get("title") or reference.values.get("customer") or "")
    bare = unicodedata.normalize("NFKD", told.casefold())
    latin = "".join(c for c in bare if not unicodedata.combining(c))
    slug = re.sub(r"[^a-z0-9]+", "-", latin).strip("-")[: _MAX_SLUG_LENGTH - 4].strip("-")
    wanted = slug or f"reference-{reference.number}"
    return next(name for name in numbered_names(wanted) if name not in names)


def yaml_value(taken: FieldImport) -> Any:
    """Return a value as YAML holds it; a text of several lines ends with a line break."""
    if isinstance(taken.value, tuple):
        return list(taken.value)
    if taken.field == "order":
        return int(taken.value)
    return taken.value + "\n" if "\n" in taken.value else taken.value


def import_as_new(
    folder: Path, catalog: Catalog, taken: Sequence[FieldImport], partner: str, path: Path
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
                text = set_field(
                    file.read_text(encoding="utf-8"), (one.field,), yaml_value(one)
                ).text
                file.write_text(text, encoding="utf-8", newline="\n")
            except NotStorableValue as error:
                problems.append(Problem(str(path), str(error), place=", ".join(one.places)))
        for file_name, text in _render_new_files(taken).items():
            (built / file_name).write_text(text, encoding="utf-8", newline="\n")
            (built / "case_studies" / _PLACEHOLDER_STUDY).unlink(missing_ok=True)
        if problems:
            raise BadInput(problems)
        load_assessment(built, catalog)
        create_assessment(folder, catalog, partner=partner, like=built)


def _render_new_files(taken: Sequence[FieldImport]) -> dict[str, str]:
    """Return the case studies that are new, as YAML in the order in which people read them."""
    files: dict[str, dict[str, Any]] = {}
    for one in taken:
        if one.of_new_file:
            files.setdefault(one.file, {})[one.field] = yaml_value(one)
    order = [name for name in CaseStudy.model_fields if name != "slug"]
    return {
        file: dump_value({name: values[name] for name in order if name in values})
        for file, values in files.items()
    }


def import_into_store(store: Store, taken: Sequence[FieldImport]) -> list[FieldImport]:
    """Bring the values into an assessment through its store; return what became of each.

    Raises CannotWrite, BadInput.
    """
    done = []
    for file, text in _render_new_files(taken).items():
        answer = store.create(file, text)
        outcome = _outcome_of(answer, ImportOutcome.NEW)
        done += [replace(t, outcome=outcome) for t in taken if t.file == file and t.of_new_file]
    waiting = {(c.file, c.place, str(c.set_aside)) for c in store.conflicts()}
    for one in taken:
        if one.of_new_file:
            continue
        value = yaml_value(one)
        if one.outcome is ImportOutcome.SAME or (one.file, (one.field,), str(value)) in waiting:
            done.append(one)
            continue
        seen = store.get(one.file, (one.field,)) if one.outcome is ImportOutcome.REPLACED else None
        try:
            answer = store.set(one.file, (one.field,), seen, value)
        except UnreachableField as error:
            raise BadInput([Problem(one.file, str(error))]) from error
        done.append(replace(one, outcome=_outcome_of(answer, one.outcome)))
    order = {(t.file, t.field): n for n, t in enumerate(taken)}
    return sorted(done, key=lambda t: order[t.file, t.field])


def _outcome_of(answer: object, wanted: ImportOutcome) -> ImportOutcome:
    if isinstance(answer, Conflict):
        return ImportOutcome.CONFLICT
    return ImportOutcome.WAITING if isinstance(answer, Pending) else wanted
