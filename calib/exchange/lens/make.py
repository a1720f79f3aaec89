"""The catalog -> a lens: a pillar for the case studies and one for each control."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from itertools import combinations
from pathlib import Path

from calib.exchange.checked_write import NotAsMeant, write_bytes
from calib.exchange.lens.check import flaws
from calib.exchange.lens.conditions import DEFAULT, parse
from calib.exchange.lens.model import (
    NAME,
    NONE_SUFFIX,
    SCHEMA,
    TEXT,
    Choice,
    Lens,
    Link,
    Pillar,
    Question,
    Risk,
    RiskRule,
)
from calib.model import Basis, Catalog, Control, Criterion

STUDIES = "case_studies"
_TITLES = {
    Basis.PASSING: "What must be shown to pass",
    Basis.REQUIREMENT: "What the requirement adds",
}


def lens_id(*names: str) -> str:
    """Join ids of the catalog to one of the lens; catalog ids hold hyphens and no underscore."""
    return "_".join(names).lower().replace("-", "_")


def make_lens(catalog: Catalog) -> Lens:
    """Ask what the catalog asks; of an assessment, which names customers, nothing comes in."""
    title = f"{catalog.title} {catalog.version}"
    source = f"Not published by AWS. Made from: {catalog.source}."
    said = f"{source} {catalog.scope} {catalog.levels_note}"
    pillars = [_studies(catalog), *(_pillar(c) for c in catalog.controls)]
    return Lens(
        schema_version=SCHEMA,
        name=_cut(title, NAME),
        description=_cut(said, TEXT),
        pillars=tuple(pillars),
    )


def risk_of(chosen: int, of: int) -> Risk:
    """Judge what is chosen as the reviewer judges a response: all, all but one, or less."""
    if chosen == of:
        return Risk.NONE
    return Risk.MEDIUM if 0 < chosen == of - 1 else Risk.HIGH


def lens_risk(question: Question, chosen: Collection[str]) -> Risk:
    """Apply the rules of a question as the tool does: the first that holds counts."""
    return next(r.risk for r in question.risk_rules if parse(r.condition).holds(chosen))


def lens_bytes(lens: Lens) -> bytes:
    """Write a lens as JSON, always in the same order."""
    value = lens.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def write_lens(catalog: Catalog, path: Path) -> Path:
    """Write the lens, and check what was written against every limit; raises CannotWrite."""

    def check(read: bytes) -> None:
        if found := flaws(read):
            raise NotAsMeant("; ".join(map(str, found)))

    return write_bytes(path, lens_bytes(make_lens(catalog)), check)


def _studies(catalog: Catalog) -> Pillar:
    rules = catalog.qualification
    choices = [
        Choice(
            id=lens_id(STUDIES, r.id),
            title=_cut(rules.with_numbers(r.asks), NAME),
            improvement_plan=Link(display_text=_cut(rules.with_numbers(r.remediation), TEXT)),
        )
        for r in rules.asked
    ]
    question = _question(
        lens_id(STUDIES, "qualify"),
        "Do the customer examples qualify?",
        "The customer examples are judged one by one, and then together.",
        None,
        choices,
    )
    return Pillar(id=STUDIES, name="Case studies", questions=(question,))


def _pillar(control: Control) -> Pillar:
    questions = []
    for basis in Basis:
        asked = [c for c in control.criteria if c.basis is basis]
        if asked:
            questions.append(_of_control(control, basis, asked))
    name = f"{control.id} {control.title}"
    return Pillar(id=lens_id(control.id), name=_cut(name, NAME), questions=tuple(questions))


def _of_control(control: Control, basis: Basis, asked: Sequence[Criterion]) -> Question:
    resource = next((r for r in control.resources if r.url), None)
    about = f"{resource.title}: {resource.about}" if resource else control.why
    text = control.asks_for if basis is Basis.PASSING else control.requirement
    return _question(
        lens_id(control.id, basis),
        _cut(f"{control.id}: {_TITLES[basis]}", NAME),
        text,
        Link(display_text=_cut(about, TEXT), url=resource.url if resource else None),
        [_choice(control, c) for c in asked],
    )


def _choice(control: Control, criterion: Criterion) -> Choice:
    remedy = criterion.remediation
    asked = f"{criterion.question} {criterion.looks_for}"
    plan = f"{remedy.action} The artefact: {remedy.artefact}."
    return Choice(
        id=lens_id(control.id, criterion.id),
        title=_cut(criterion.title, NAME),
        helpful_resource=Link(display_text=_cut(asked, TEXT)),
        improvement_plan=Link(display_text=_cut(plan, TEXT)),
    )


def _question(
    name: str, title: str, description: str, help_: Link | None, choices: Sequence[Choice]
) -> Question:
    ids = [c.id for c in choices]
    text = "Choose this where none of the others is in place and shown."
    none = Choice(
        id=name + NONE_SUFFIX, title="None of these", helpful_resource=Link(display_text=text)
    )
    return Question(
        id=name,
        title=title,
        description=_cut(description, TEXT),
        helpful_resource=help_,
        choices=(*choices, none),
        risk_rules=tuple(_rules(ids)),
    )


def _rules(ids: Sequence[str]) -> Iterable[RiskRule]:
    """Write `risk_of` as conditions."""
    yield RiskRule(condition=" && ".join(ids), risk=Risk.NONE)
    if len(ids) > 1:
        all_but_one = combinations(ids, len(ids) - 1)
        terms = " || ".join(f"({' && '.join(group)})" for group in all_but_one)
        yield RiskRule(condition=terms, risk=Risk.MEDIUM)
    yield RiskRule(condition=DEFAULT, risk=Risk.HIGH)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 2].rstrip()} …"
