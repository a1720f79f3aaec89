"""Validate the JSON of a lens against all limits of the format."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from calib.exchange.lens.conditions import DEFAULT, InvalidCondition, parse_condition
from calib.exchange.lens.model import (
    MAX_LENS_CHARACTERS,
    Lens,
    LensChoice,
    LensPillar,
    LensQuestion,
    LensRisk,
    ResourceType,
)

_MAX_RESOURCES = 5


@dataclass(frozen=True, slots=True)
class LensFlaw:
    """A flaw of a lens: a JSON path and a message."""

    path: str
    message: str
    tolerable: bool = False
    """Whether lenses published by AWS have it as well, so that the tool accepts it."""

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


def find_lens_flaws(data: bytes) -> tuple[LensFlaw, ...]:
    """List all flaws, including those that lenses published by AWS have."""
    return _examine(data)[1]


def read_lens(data: bytes) -> Lens | None:
    """Read a lens without its unknown keys; None if it has a flaw that is not tolerable."""
    return _examine(data)[0]


def _examine(data: bytes) -> tuple[Lens | None, tuple[LensFlaw, ...]]:
    try:
        text = data.decode("utf-8-sig")
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        return None, (LensFlaw("$", f"not JSON: {error}"),)
    flaws = [*_size_flaws(text), *_repair_tolerable(value)]
    try:
        lens = Lens.model_validate(value)
    except ValidationError as error:
        flaws += [_to_flaw(e) for e in error.errors(include_url=False)]
        return None, tuple(flaws)
    flaws += _cross_field_flaws(lens)
    return (lens if all(f.tolerable for f in flaws) else None), tuple(flaws)


def _size_flaws(text: str) -> Iterator[LensFlaw]:
    if len(text) > MAX_LENS_CHARACTERS:
        yield LensFlaw(
            "$", f"has {len(text):,} characters; at most {MAX_LENS_CHARACTERS:,} are allowed"
        )


def _repair_tolerable(value: Any) -> list[LensFlaw]:
    """Repair tolerable flaws in place, so that validation finds the others; return the repaired."""
    try:
        Lens.model_validate(value)
    except ValidationError as error:
        tolerable = [e for e in error.errors(include_url=False) if _is_tolerable(e)]
    else:
        return []
    for details in tolerable:
        *path, last = details["loc"]
        parent = value
        for step in path:
            parent = parent[step]
        if details["type"] == "extra_forbidden":
            parent.pop(last)
        else:
            parent[last] = str(parent[last])
    return [_to_flaw(e, tolerable=True) for e in tolerable]


def _is_tolerable(error: ErrorDetails) -> bool:
    """Lenses published by AWS have unknown keys and titles that are numbers."""
    kind, field = error["type"], error["loc"][-1:]
    return kind == "extra_forbidden" or (kind == "string_type" and field == ("title",))


def _to_flaw(error: ErrorDetails, *, tolerable: bool = False) -> LensFlaw:
    if error["type"] == "extra_forbidden":
        return LensFlaw(_json_path(error["loc"]), "unknown key", tolerable)
    message = error["msg"][0].lower() + error["msg"][1:]
    return LensFlaw(_json_path(error["loc"]), message, tolerable)


def _json_path(steps: Iterable[str | int]) -> str:
    return "$" + "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps)


def _cross_field_flaws(lens: Lens) -> Iterator[LensFlaw]:
    """Find flaws that concern several fields."""
    yield from _duplicate_ids("$.pillars", (p.id for p in lens.pillars))
    yield from _duplicate_ids("$.pillars", (q.id for p in lens.pillars for q in p.questions))
    for p, pillar in enumerate(lens.pillars):
        yield from _pillar_flaws(f"$.pillars[{p}]", pillar)


def _pillar_flaws(path: str, pillar: LensPillar) -> Iterator[LensFlaw]:
    for q, question in enumerate(pillar.questions):
        here = f"{path}.questions[{q}]"
        yield from _duplicate_ids(f"{here}.choices", (c.id for c in question.choices))
        for c, choice in enumerate(question.choices):
            yield from _choice_flaws(f"{here}.choices[{c}]", choice)
        yield from _rule_flaws(here, question)


def _duplicate_ids(path: str, ids: Iterable[str]) -> Iterator[LensFlaw]:
    yield from (LensFlaw(path, f"duplicate id {i}") for i, n in Counter(ids).items() if n > 1)


def _choice_flaws(path: str, choice: LensChoice) -> Iterator[LensFlaw]:
    plan = choice.improvement_plan
    if choice.is_none and plan:
        yield LensFlaw(
            f"{path}.improvementPlan", "“None of these” must not have an improvement plan"
        )
    if not choice.is_none and not (plan and plan.display_text.strip()):
        yield LensFlaw(f"{path}.improvementPlan", "required for each choice, with a displayText")
    for kind in ResourceType:
        count = sum(len(a.content) for a in choice.additional_resources if a.type is kind)
        if count > _MAX_RESOURCES:
            message = f"{count} of type {kind}; at most {_MAX_RESOURCES} are allowed"
            yield LensFlaw(f"{path}.additionalResources", message)


def _rule_flaws(path: str, question: LensQuestion) -> Iterator[LensFlaw]:
    known = {c.id for c in question.choices}
    rules = question.risk_rules
    defaults = sum(r.condition.strip() == DEFAULT for r in rules)
    if not defaults:
        yield LensFlaw(f"{path}.riskRules", "no default rule", tolerable=True)
    if defaults > 1:
        yield LensFlaw(f"{path}.riskRules", "duplicate default rule")
    for risk in LensRisk:
        if sum(r.risk is risk for r in rules) > 1:
            yield LensFlaw(f"{path}.riskRules", f"two rules for {risk}")
    for number, rule in enumerate(rules):
        here = f"{path}.riskRules[{number}].condition"
        try:
            unknown = parse_condition(rule.condition).ids - known
        except InvalidCondition as error:
            yield LensFlaw(here, str(error))
            continue
        for name in sorted(unknown):
            yield LensFlaw(here, f"{name} is not a choice of this question")
