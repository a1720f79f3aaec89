"""The conditions of risk rules: choices, joined by `||`, `&&`, `!` and parentheses."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

DEFAULT = "default"
_TOKEN = re.compile(r"\s*(\|\||&&|!|\(|\)|[A-Za-z0-9_]+)\s*")
_MAX_DEPTH = 50

Predicate = Callable[[Collection[str]], bool]


class InvalidCondition(ValueError):
    """Say what is wrong with a condition."""


@dataclass(frozen=True, slots=True)
class RiskCondition:
    """Hold a condition: the choices that it names, and whether it holds for some chosen."""

    ids: frozenset[str]
    holds: Predicate


def parse_condition(text: str) -> RiskCondition:
    """Read a condition; raises BadCondition. `default` names no choice and always holds."""
    if text.strip() == DEFAULT:
        return RiskCondition(frozenset(), lambda _: True)
    tokens, at = [], 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise InvalidCondition(f"cannot read {text[at : at + 20]!r}")
        tokens.append(found[1])
        at = found.end()
    reading = _ConditionParser(tokens)
    test = reading.any_of(0)
    if reading.tokens:
        raise InvalidCondition(f"{reading.tokens[0]!r} stands where it should end")
    return RiskCondition(frozenset(reading.ids), test)


class _ConditionParser:
    """Take the tokens one by one; `!` binds before `&&`, and `&&` before `||`."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.ids: set[str] = set()

    def _taken(self, token: str) -> bool:
        if self.tokens and self.tokens[0] == token:
            del self.tokens[0]
            return True
        return False

    def any_of(self, depth: int) -> Predicate:
        tests = [self._all_of(depth)]
        while self._taken("||"):
            tests.append(self._all_of(depth))
        return tests[0] if len(tests) == 1 else lambda chosen: any(t(chosen) for t in tests)

    def _all_of(self, depth: int) -> Predicate:
        tests = [self._one(depth)]
        while self._taken("&&"):
            tests.append(self._one(depth))
        return tests[0] if len(tests) == 1 else lambda chosen: all(t(chosen) for t in tests)

    def _one(self, depth: int) -> Predicate:
        if depth > _MAX_DEPTH:
            raise InvalidCondition(f"is nested more than {_MAX_DEPTH} deep")
        if self._taken("!"):
            inner = self._one(depth + 1)
            return lambda chosen: not inner(chosen)
        if self._taken("("):
            inner = self.any_of(depth + 1)
            if not self._taken(")"):
                raise InvalidCondition("a parenthesis is not closed")
            return inner
        if not self.tokens or self.tokens[0] in ("||", "&&", ")"):
            raise InvalidCondition("a choice is missing")
        name = self.tokens.pop(0)
        if name == DEFAULT:
            raise InvalidCondition("default stands alone")
        self.ids.add(name)
        return lambda chosen: name in chosen
