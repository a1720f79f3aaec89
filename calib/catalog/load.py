"""`data/` -> Catalog, with the checks that no single file can make."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator

from calib.errors import BadInput, Problem
from calib.files import strict_yaml
from calib.model.base import FrozenModel, Text, keyed
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
from calib.resources import shipped


class _Head(FrozenModel):
    id: str
    title: Text
    version: str
    released: date
    valid_until: date
    accept_until: date | None = None
    source: Text
    scope: Text
    controls: Annotated[tuple[str, ...], Field(min_length=1)]


class _Maturity(FrozenModel):
    note: Text
    levels: tuple[MaturityLevel, ...]
    efforts: tuple[EffortSize, ...]
    gate: GateRule
    third_party: ThirdPartyRule


class Term(FrozenModel):
    """Define one of the project's words."""

    term: Text
    means: Text
    avoid: tuple[str, ...] = Field((), alias="not")


class _Lexicon(FrozenModel):
    terms: tuple[Term, ...]

    @field_validator("terms", mode="before")
    @classmethod
    def _terms(cls, data: Any) -> Any:
        return keyed(data, "term")


@lru_cache(maxsize=4)
def load_catalog(folder: Path | None = None) -> Catalog:
    """Read the catalog; raises BadInput with every problem of every file."""
    root = folder or shipped("data", "catalog")
    problems: list[Problem] = []

    def one(name: str, kind: type[strict_yaml.NounT]) -> strict_yaml.NounT | None:
        document = strict_yaml.read(root / name, f"{root.name}/{name}")
        noun = strict_yaml.validate(document, kind)
        problems.extend(document.problems)
        return noun

    head = one("catalog.yaml", _Head)
    maturity = one("maturity.yaml", _Maturity)
    rules = one("qualification.yaml", QualificationRules)
    ids = head.controls if head else ()
    controls = [one(f"controls/{name}.yaml", Control) for name in ids]
    for name, control in zip(ids, controls, strict=True):
        if control is not None:
            problems.extend(_misfits(f"{root.name}/controls/{name}.yaml", name, control))
    records = [one(f"versions/{p.name}", CatalogRecord) for p in _records(root)]
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


def _records(root: Path) -> list[Path]:
    """List what earlier versions asked; JSON is YAML too, and read as strictly."""
    return sorted((root / "versions").glob("*.json"))


def _misfits(file: str, name: str, control: Control) -> Iterator[Problem]:
    """Find what does not fit together inside one control."""
    if control.id != name:
        yield Problem(file, f"is {control.id}, but the file is called {name}", place="id")
    ids = [c.id for c in control.criteria]
    for twice in sorted({i for i in ids if ids.count(i) > 1}):
        yield Problem(
            file, f"{twice} stands twice", place="criteria", remedy="ids are never reused"
        )
    served: set[str] = set()
    for number, step in enumerate(control.steps):
        served.update(step.serves)
        for stray in sorted(set(step.serves) - set(ids)):
            yield Problem(file, f"{stray} is no criterion of it", place=f"steps[{number}].serves")
    for lonely in [i for i in ids if i not in served]:
        yield Problem(file, f"no step serves {lonely}", place="steps", remedy="tie a step to it")


def load_lexicon(path: Path | None = None) -> tuple[Term, ...]:
    """Read the project's words; raises BadInput."""
    document = strict_yaml.read(path or shipped("data", "lexicon.yaml"), "lexicon.yaml")
    lexicon = strict_yaml.validate(document, _Lexicon)
    if lexicon is None:
        raise BadInput(document.problems)
    return lexicon.terms
