"""Import the answers of a workbook into a new or an existing assessment folder.

The import works field by field. Empty fields are filled. A field with a different value keeps it,
and the value of the workbook becomes a conflict to be resolved in the form, unless it replaces the
other.
"""

from __future__ import annotations

import re
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

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
from calib.store.writer import EditResult, Pending
from calib.yamledit.edit import NotStorableValue, dump_value, set_field
from calib.yamledit.fieldpath import UnreachableField

_MAX_SLUG_LENGTH = 63
_SUFFIX_LENGTH = 4  # for the number that makes a slug unique
_PLACEHOLDER_STUDY = "first-example.yaml"  # from the template of new assessments

YamlValue = str | int | list[str]


class ImportOutcome(StrEnum):
    """The outcome of the import of a field."""

    NEW = "new"
    SAME = "same"
    CONFLICT = "conflict"
    REPLACED = "replaced"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class FieldImport:
    """A value of the workbook and the field of the assessment that it belongs to."""

    file: str
    field: str
    value: str | tuple[str, ...]
    places: tuple[str, ...]
    """The cells that the value comes from."""
    outcome: ImportOutcome
    before: str | tuple[str, ...] | None = None
    """The value of the field in the assessment."""
    note: str = ""
    is_in_new_file: bool = False

    @property
    def yaml_value(self) -> YamlValue:
        """The value as stored in YAML, where a text of several lines ends with a line feed."""
        if isinstance(self.value, tuple):
            return list(self.value)
        if self.field == "order":
            return int(self.value)
        return self.value + "\n" if "\n" in self.value else self.value


def plan_import(
    answers: WorkbookAnswers,
    catalog: Catalog,
    assessment: Assessment | None,
    *,
    replacing: bool = False,
) -> list[FieldImport]:
    """Determine the outcome for each value without writing; without assessment, all are new."""
    imports = []
    for control in catalog.controls:
        response = answers.responses.get(control.id)
        if response:
            before = assessment.response(control.id).narrative if assessment else ""
            file = f"controls/{control.id}.yaml"
            imports.append(_plan_field(file, "narrative", response, before, replacing=replacing))
    return [*imports, *_plan_studies(answers, catalog, assessment, replacing=replacing)]


def _plan_studies(
    answers: WorkbookAnswers, catalog: Catalog, assessment: Assessment | None, *, replacing: bool
) -> Iterator[FieldImport]:
    references = {n: r for n, r in answers.references.items() if r.fields}
    studies = assessment.case_studies if assessment else ()
    matches = match_case_studies(references, studies)
    slugs = {s.slug for s in studies}
    # New studies are submitted until the application has as many as it needs.
    free_places = catalog.qualification.needed - len(submitted_studies(studies))
    for number, reference in references.items():
        study = matches.get(number)
        if study is None:
            slug = _unused_slug(reference, slugs)
            slugs.add(slug)
            free_places -= 1
            yield from _plan_new_study(slug, reference, is_submitted=free_places >= 0)
            continue
        file = f"case_studies/{study.slug}.yaml"
        for name, value in reference.fields.items():
            yield _plan_field(file, name, value, getattr(study, name), replacing=replacing)


def _plan_new_study(
    slug: str, reference: CustomerReference, *, is_submitted: bool
) -> Iterator[FieldImport]:
    file = f"case_studies/{slug}.yaml"
    values = reference.fields.values()
    places = tuple(dict.fromkeys(place for value in values for place in value.places))
    status = "submitted" if is_submitted else "candidate"
    note = "" if is_submitted else "enough are submitted already"
    for field, text, why in (("status", status, note), ("order", str(reference.number), "")):
        new = ImportOutcome.NEW
        yield FieldImport(file, field, text, places, new, note=why, is_in_new_file=True)
    for name, value in reference.fields.items():
        empty: str | tuple[str, ...] = () if name in LIST_FIELDS else ""
        planned = _plan_field(file, name, value, empty, replacing=False)
        yield replace(planned, is_in_new_file=True)


def _plan_field(
    file: str, name: str, value: SourcedText, before: str | tuple[str, ...], *, replacing: bool
) -> FieldImport:
    current: str | tuple[str, ...]
    if isinstance(before, tuple):
        current = tuple(normalise_text(item) for item in before)
    else:
        current = normalise_text(before)
    if not current:
        outcome = ImportOutcome.NEW
    elif current == value.text:
        outcome = ImportOutcome.SAME
    else:
        outcome = ImportOutcome.REPLACED if replacing else ImportOutcome.CONFLICT
    return FieldImport(file, name, value.text, value.places, outcome, before, value.note)


def _unused_slug(reference: CustomerReference, used: set[str]) -> str:
    """Derive a file name from the title or the customer, in ASCII and without accents."""
    name = str(reference.values.get("title") or reference.values.get("customer") or "")
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    base_letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    slug = re.sub(r"[^a-z0-9]+", "-", base_letters).strip("-")
    slug = slug[: _MAX_SLUG_LENGTH - _SUFFIX_LENGTH].strip("-")
    wanted = slug or f"reference-{reference.number}"
    return next(name for name in numbered_names(wanted) if name not in used)


def import_as_new(
    folder: Path, catalog: Catalog, imports: Sequence[FieldImport], partner: str, path: Path
) -> None:
    """Create an assessment folder with the values, completely or not at all.

    Raises BadInput if the folder is not free or a value cannot be stored, CannotWrite.
    """
    # Built in a temporary folder first: an error must not leave half an assessment behind.
    with tempfile.TemporaryDirectory(prefix="calib-import-") as scratch:
        built = create_assessment(Path(scratch) / folder.resolve().name, catalog, partner=partner)
        problems: list[Problem] = []
        for planned in (i for i in imports if not i.is_in_new_file):
            file = built / planned.file
            old = file.read_text(encoding="utf-8")
            try:
                new = set_field(old, (planned.field,), planned.yaml_value).text
                file.write_text(new, encoding="utf-8", newline="\n")
            except NotStorableValue as error:
                problems.append(Problem(str(path), str(error), place=", ".join(planned.places)))
        for file_name, text in _render_new_files(imports).items():
            (built / file_name).write_text(text, encoding="utf-8", newline="\n")
            (built / "case_studies" / _PLACEHOLDER_STUDY).unlink(missing_ok=True)
        if problems:
            raise BadInput(problems)
        load_assessment(built, catalog)  # validates the result
        create_assessment(folder, catalog, partner=partner, like=built)


def _render_new_files(imports: Sequence[FieldImport]) -> dict[str, str]:
    """Render the new case studies as YAML, with the fields in the order of the model."""
    files: dict[str, dict[str, YamlValue]] = {}
    for planned in imports:
        if planned.is_in_new_file:
            files.setdefault(planned.file, {})[planned.field] = planned.yaml_value
    order = [name for name in CaseStudy.model_fields if name != "slug"]
    return {
        file: dump_value({name: values[name] for name in order if name in values})
        for file, values in files.items()
    }


def import_into_store(store: Store, imports: Sequence[FieldImport]) -> list[FieldImport]:
    """Import the values into an assessment through its store; return them with their outcomes.

    Raises CannotWrite, BadInput.
    """
    done = []
    for file, text in _render_new_files(imports).items():
        outcome = _outcome_of(store.create(file, text), ImportOutcome.NEW)
        in_file = [i for i in imports if i.file == file and i.is_in_new_file]
        done += [replace(planned, outcome=outcome) for planned in in_file]
    open_conflicts = {(c.file, c.place, str(c.set_aside)) for c in store.conflicts()}
    for planned in imports:
        if planned.is_in_new_file:
            continue
        file, field, value = planned.file, (planned.field,), planned.yaml_value
        # A second import of the same workbook must not repeat its conflicts.
        if planned.outcome is ImportOutcome.SAME or (file, field, str(value)) in open_conflicts:
            done.append(planned)
            continue
        # The store reports a conflict if the field differs from the value that was seen. Only a
        # replacement has seen the current value.
        seen = store.get(file, field) if planned.outcome is ImportOutcome.REPLACED else None
        try:
            result = store.set(file, field, seen, value)
        except UnreachableField as error:
            raise BadInput([Problem(file, str(error))]) from error
        done.append(replace(planned, outcome=_outcome_of(result, planned.outcome)))
    order = {(i.file, i.field): number for number, i in enumerate(imports)}
    return sorted(done, key=lambda i: order[i.file, i.field])


def _outcome_of(result: EditResult, planned: ImportOutcome) -> ImportOutcome:
    if isinstance(result, Conflict):
        return ImportOutcome.CONFLICT
    return ImportOutcome.WAITING if isinstance(result, Pending) else planned
