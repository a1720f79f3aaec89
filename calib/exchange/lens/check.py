"""A lens's JSON against every limit of its format, each flaw with its place."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from calib.exchange.lens.conditions import DEFAULT, BadCondition, parse
from calib.exchange.lens.model import MOST_CHARACTERS, Choice, Lens, More, Pillar, Question, Risk

_MOST_ADDITIONAL = 5


@dataclass(frozen=True, slots=True)
class Flaw:
    """Hold one thing that is wrong with a lens, as a JSON path and a sentence."""

    path: str
    message: str
    tolerable: bool = False
    """Whether lenses that AWS has published have it too."""

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


def flaws(data: bytes) -> tuple[Flaw, ...]:
    """Find what breaks a limit, and what AWS's own published lenses are careless in."""
    return _examined(data)[1]


def read_lens(data: bytes) -> Lens | None:
    """Read a lens, unknown keys left out; None where it has a flaw that is not tolerable."""
    return _examined(data)[0]


def _examined(data: bytes) -> tuple[Lens | None, tuple[Flaw, ...]]:
    try:
        text = data.decode("utf-8-sig")
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        return None, (Flaw("$", f"is not JSON: {error}"),)
    found = [*_too_large(text), *_tolerated(value)]
    try:
        lens = Lens.model_validate(value)
    except ValidationError as error:
        found += [_flaw(e) for e in error.errors(include_url=False)]
        return None, tuple(found)
    found += _across(lens)
    return (lens if all(f.tolerable for f in found) else None), tuple(found)


def _too_large(text: str) -> Iterator[Flaw]:
    if len(text) > MOST_CHARACTERS:
        yield Flaw("$", f"has {len(text):,} characters; at most {MOST_CHARACTERS:,} are allowed")


def _tolerated(value: Any) -> list[Flaw]:
    """Mend in place what is tolerable, so that the rest can be looked at; return what it was."""
    try:
        Lens.model_validate(value)
    except ValidationError as error:
        found = [e for e in error.errors(include_url=False) if _is_tolerable(e)]
    else:
        return []
    for flaw in found:
        *way, last = flaw["loc"]
        holder = value
        for step in way:
            holder = holder[step]
        if flaw["type"] == "extra_forbidden":
            holder.pop(last)
        else:
            holder[last] = str(holder[last])
    return [_flaw(e, tolerable=True) for e in found]


def _is_tolerable(error: Any) -> bool:
    kind, place = str(error["type"]), error["loc"][-1:]
    return kind == "extra_forbidden" or (kind == "string_type" and place == ("title",))


def _flaw(error: Any, *, tolerable: bool = False) -> Flaw:
    if error["type"] == "extra_forbidden":
        return Flaw(_path(error["loc"]), "is no key of the format", tolerable)
    message = error["msg"][0].lower() + error["msg"][1:]
    return Flaw(_path(error["loc"]), message, tolerable)


def _path(steps: Iterable[str | int]) -> str:
    return "$" + "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps)


def _across(lens: Lens) -> Iterator[Flaw]:
    """Find what no single field shows."""
    yield from _twice("$.pillars", (p.id for p in lens.pillars))
    yield from _twice("$.pillars", (q.id for p in lens.pillars for q in p.questions))
    for p, pillar in enumerate(lens.pillars):
        yield from _of_pillar(f"$.pillars[{p}]", pillar)


def _of_pillar(path: str, pillar: Pillar) -> Iterator[Flaw]:
    for q, question in enumerate(pillar.questions):
        here = f"{path}.questions[{q}]"
        yield from _twice(f"{here}.choices", (c.id for c in question.choices))
        for c, choice in enumerate(question.choices):
            yield from _of_choice(f"{here}.choices[{c}]", choice)
        yield from _of_rules(here, question)


def _twice(path: str, ids: Iterable[str]) -> Iterator[Flaw]:
    yield from (Flaw(path, f"the id {i} stands twice") for i, n in Counter(ids).items() if n > 1)


def _of_choice(path: str, choice: Choice) -> Iterator[Flaw]:
    plan = choice.improvement_plan
    if choice.is_none and plan:
        yield Flaw(f"{path}.improvementPlan", "“None of these” takes no improvement plan")
    if not choice.is_none and not (plan and plan.display_text.strip()):
        yield Flaw(f"{path}.improvementPlan", "each choice needs one, with a displayText")
    for kind in More:
        count = sum(len(a.content) for a in choice.additional_resources if a.type is kind)
        if count > _MOST_ADDITIONAL:
            said = f"{count} of type {kind}; at most {_MOST_ADDITIONAL} are allowed"
            yield Flaw(f"{path}.additionalResources", said)


def _of_rules(path: str, question: Question) -> Iterator[Flaw]:
    known = {c.id for c in question.choices}
    rules = question.risk_rules
    defaults = sum(r.condition.strip() == DEFAULT for r in rules)
    if not defaults:
        yield Flaw(f"{path}.riskRules", "no default rule", tolerable=True)
    if defaults > 1:
        yield Flaw(f"{path}.riskRules", "default stands twice")
    for risk in Risk:
        if sum(r.risk is risk for r in rules) > 1:
            yield Flaw(f"{path}.riskRules", f"two rules for {risk}")
    for number, rule in enumerate(rules):
        here = f"{path}.riskRules[{number}].condition"
        try:
            strange = parse(rule.condition).ids - known
        except BadCondition as error:
            yield Flaw(here, str(error))
            continue
        for name in sorted(strange):
            yield Flaw(here, f"{name} is no choice of this question")
