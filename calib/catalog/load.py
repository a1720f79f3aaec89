"""Load the catalog from `data/`, with the checks that span several files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from calib.errors import BadInput, Problem
from calib.files import strict_yaml
from calib.model.base import FrozenModel, NonEmptyStr, entries_from_mapping
from calib.model.catalog import (
    Catalog,
    CatalogRecord,
    Control,
    EffortSize,
    GateRule,
    MaturityLevel,
    ThirdPartyRule,
)
from calib.model.qualification_rules import QualificationRules
from calib.resources import resource_path


class _CatalogFile(FrozenModel):
    id: str
    title: NonEmptyStr
    version: str
    released: date
    valid_until: date
    accept_until: date | None = None
    source: NonEmptyStr
    scope: NonEmptyStr
    controls: Annotated[tuple[str, ...], Field(min_length=1)]


class _MaturityFile(FrozenModel):
    note: NonEmptyStr
    levels: tuple[MaturityLevel, ...]
    efforts: tuple[EffortSize, ...]
    gate: GateRule
    third_party: ThirdPartyRule


class Term(FrozenModel):
    """One term of the project's vocabulary."""

    term: NonEmptyStr
    means: NonEmptyStr
    avoid: tuple[str, ...] = Field((), alias="not")
    """Synonyms that the project does not use."""


class _LexiconFile(FrozenModel):
    terms: tuple[Term, ...]

    @field_validator("terms", mode="before")
    @classmethod
    def _terms(cls, data: object) -> object:
        return entries_from_mapping(data, "term")


@lru_cache(maxsize=4)
def load_catalog(folder: Path | None = None) -> Catalog:
    """Load the catalog; raises BadInput with the problems of all its files."""
    root = folder or resource_path("data", "catalog")
    problems: list[Problem] = []

    def load(name: str, model: type[strict_yaml.ModelT]) -> strict_yaml.ModelT | None:
        document = strict_yaml.read_yaml(root / name, f"{root.name}/{name}")
        content = strict_yaml.validate_yaml(document, model)
        problems.extend(document.problems)
        return content

    head = load("catalog.yaml", _CatalogFile)
    maturity = load("maturity.yaml", _MaturityFile)
    rules = load("qualification.yaml", QualificationRules)
    ids = head.controls if head else ()
    controls = [load(f"controls/{name}.yaml", Control) for name in ids]
    for name, control in zip(ids, controls, strict=True):
        if control is not None:
            problems.extend(_control_problems(f"{root.name}/controls/{name}.yaml", name, control))
    records = [load(f"versions/{p.name}", CatalogRecord) for p in _record_paths(root)]
    notice = root / "notice.md"
    if not notice.is_file():
        problems.append(Problem(f"{root.name}/notice.md", "the file is missing"))
    if problems or head is None or maturity is None or rules is None:
        raise BadInput(problems)
    return Catalog(
        **head.model_dump(exclude={"controls"}),
        notice=notice.read_text(encoding="utf-8").strip(),
        levels=maturity.levels,
        levels_note=maturity.note,
        efforts=maturity.efforts,
        gate=maturity.gate,
        third_party=maturity.third_party,
        qualification=rules,
        controls=tuple(c for c in controls if c is not None),
        records=tuple(r for r in records if r is not None),
    )


def _record_paths(root: Path) -> list[Path]:
    """Return the records of all versions; JSON is valid YAML and is read as strictly."""
    return sorted((root / "versions").glob("*.json"))


def _control_problems(file: str, name: str, control: Control) -> Iterator[Problem]:
    """Yield the inconsistencies within one control."""
    if control.id != name:
        yield Problem(file, f"the id is {control.id}, but the file is named {name}", place="id")
    ids = [c.id for c in control.criteria]
    for duplicate in sorted({i for i in ids if ids.count(i) > 1}):
        yield Problem(
            file, f"duplicate criterion {duplicate}", place="criteria", remedy="give it a new id"
        )
    served: set[str] = set()
    for number, step in enumerate(control.steps):
        served.update(step.serves)
        for unknown in sorted(set(step.serves) - set(ids)):
            yield Problem(
                file,
                f"{unknown} is not a criterion of this control",
                place=f"steps[{number}].serves",
            )
    for criterion in [i for i in ids if i not in served]:
        yield Problem(
            file, f"no step serves {criterion}", place="steps", remedy="add it to a step's `serves`"
        )


def load_lexicon(path: Path | None = None) -> tuple[Term, ...]:
    """Load the project's vocabulary; raises BadInput."""
    document = strict_yaml.read_yaml(path or resource_path("data", "lexicon.yaml"), "lexicon.yaml")
    lexicon = strict_yaml.validate_yaml(document, _LexiconFile)
    if lexicon is None:
        raise BadInput(document.problems)
    return lexicon.terms
