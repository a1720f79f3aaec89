"""Build the lens: a pillar for the case studies and one per control."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from itertools import combinations
from pathlib import Path

from calib.exchange.checked_write import VerificationFailed, write_verified_bytes
from calib.exchange.lens.check import find_lens_flaws
from calib.exchange.lens.conditions import DEFAULT, parse_condition
from calib.exchange.lens.model import (
    MAX_NAME,
    MAX_TEXT,
    NONE_SUFFIX,
    SCHEMA_VERSION,
    Lens,
    LensChoice,
    LensLink,
    LensPillar,
    LensQuestion,
    LensRisk,
    RiskRule,
)
from calib.model import Basis, Catalog, Control, Criterion

STUDIES_PILLAR = "case_studies"
_TITLES = {
    Basis.PASSING: "What must be shown to pass",
    Basis.REQUIREMENT: "What the requirement adds",
}


def lens_id(*names: str) -> str:
    """Build a lens id from catalog ids, which have hyphens and no underscores: always unique."""
    return "_".join(names).lower().replace("-", "_")


def build_lens(catalog: Catalog) -> Lens:
    """Build the lens from the catalog alone: an assessment names customers, a lens is shared."""
    title = f"{catalog.title} {catalog.version}"
    source = f"Not published by AWS. Made from: {catalog.source}."
    description = f"{source} {catalog.scope} {catalog.levels_note}"
    pillars = [_case_study_pillar(catalog), *(_control_pillar(c) for c in catalog.controls)]
    return Lens(
        schema_version=SCHEMA_VERSION,
        name=_truncate(title, MAX_NAME),
        description=_truncate(description, MAX_TEXT),
        pillars=tuple(pillars),
    )


def risk_of(chosen: int, of: int) -> LensRisk:
    """Return the risk for the number of chosen choices: all, all but one, or fewer."""
    if chosen == of:
        return LensRisk.NONE
    return LensRisk.MEDIUM if 0 < chosen == of - 1 else LensRisk.HIGH


def lens_risk(question: LensQuestion, chosen: Collection[str]) -> LensRisk:
    """Evaluate the risk rules of a question like the tool: the first rule that is met counts."""
    return next(
        r.risk for r in question.risk_rules if parse_condition(r.condition).is_met_by(chosen)
    )


def render_lens(lens: Lens) -> bytes:
    """Render a lens as JSON with a stable key order."""
    data = lens.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def write_lens(catalog: Catalog, path: Path) -> Path:
    """Write the lens and validate the written file; raises CannotWrite."""

    def verify(written: bytes) -> None:
        if flaws := find_lens_flaws(written):
            raise VerificationFailed("; ".join(map(str, flaws)))

    return write_verified_bytes(path, render_lens(build_lens(catalog)), verify)


def _case_study_pillar(catalog: Catalog) -> LensPillar:
    rules = catalog.qualification
    choices = [
        LensChoice(
            id=lens_id(STUDIES_PILLAR, r.id),
            title=_truncate(rules.with_numbers(r.asks), MAX_NAME),
            improvement_plan=LensLink(
                display_text=_truncate(rules.with_numbers(r.remediation), MAX_TEXT)
            ),
        )
        for r in rules.mandatory
    ]
    question = _build_question(
        lens_id(STUDIES_PILLAR, "qualify"),
        "Do the customer examples qualify?",
        "The customer examples are judged one by one, and then together.",
        None,
        choices,
    )
    return LensPillar(id=STUDIES_PILLAR, name="Case studies", questions=(question,))


def _control_pillar(control: Control) -> LensPillar:
    questions = []
    for basis in Basis:
        criteria = [c for c in control.criteria if c.basis is basis]
        if criteria:
            questions.append(_control_question(control, basis, criteria))
    name = f"{control.id} {control.title}"
    return LensPillar(
        id=lens_id(control.id), name=_truncate(name, MAX_NAME), questions=tuple(questions)
    )


def _control_question(
    control: Control, basis: Basis, criteria: Sequence[Criterion]
) -> LensQuestion:
    resource = next((r for r in control.resources if r.url), None)
    about = f"{resource.title}: {resource.about}" if resource else control.why
    text = control.asks_for if basis is Basis.PASSING else control.requirement
    return _build_question(
        lens_id(control.id, basis),
        _truncate(f"{control.id}: {_TITLES[basis]}", MAX_NAME),
        text,
        LensLink(display_text=_truncate(about, MAX_TEXT), url=resource.url if resource else None),
        [_criterion_choice(control, c) for c in criteria],
    )


def _criterion_choice(control: Control, criterion: Criterion) -> LensChoice:
    remediation = criterion.remediation
    explanation = f"{criterion.question} {criterion.looks_for}"
    plan = f"{remediation.action} The artefact: {remediation.artefact}."
    return LensChoice(
        id=lens_id(control.id, criterion.id),
        title=_truncate(criterion.title, MAX_NAME),
        helpful_resource=LensLink(display_text=_truncate(explanation, MAX_TEXT)),
        improvement_plan=LensLink(display_text=_truncate(plan, MAX_TEXT)),
    )


def _build_question(
    question_id: str,
    title: str,
    description: str,
    help_link: LensLink | None,
    choices: Sequence[LensChoice],
) -> LensQuestion:
    ids = [c.id for c in choices]
    text = "Choose this if none of the others is in place and shown."
    none = LensChoice(
        id=question_id + NONE_SUFFIX,
        title="None of these",
        helpful_resource=LensLink(display_text=text),
    )
    return LensQuestion(
        id=question_id,
        title=title,
        description=_truncate(description, MAX_TEXT),
        helpful_resource=help_link,
        choices=(*choices, none),
        risk_rules=tuple(_risk_rules(ids)),
    )


def _risk_rules(ids: Sequence[str]) -> Iterable[RiskRule]:
    """Express `risk_of` as conditions."""
    yield RiskRule(condition=" && ".join(ids), risk=LensRisk.NONE)
    if len(ids) > 1:
        all_but_one = combinations(ids, len(ids) - 1)
        terms = " || ".join(f"({' && '.join(group)})" for group in all_but_one)
        yield RiskRule(condition=terms, risk=LensRisk.MEDIUM)
    yield RiskRule(condition=DEFAULT, risk=LensRisk.HIGH)


def _truncate(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 2].rstrip()} …"
