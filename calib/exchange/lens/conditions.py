"""Parse and evaluate conditions of risk rules: choices joined by `||`, `&&`, `!`, parentheses."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

DEFAULT = "default"
_TOKEN = re.compile(r"\s*(\|\||&&|!|\(|\)|[A-Za-z0-9_]+)\s*")
_MAX_DEPTH = 50  # the parser recurses; Python's own limit would be a crash

Predicate = Callable[[Collection[str]], bool]


class InvalidCondition(ValueError):
    """A condition has a syntax error."""


@dataclass(frozen=True, slots=True)
class RiskCondition:
    """A parsed condition."""

    ids: frozenset[str]
    """The choices that it names."""
    is_met_by: Predicate
    """Whether it is true for the chosen choices."""


def parse_condition(text: str) -> RiskCondition:
    """Parse a condition; `default` is always true. Raises InvalidCondition."""
    if text.strip() == DEFAULT:
        return RiskCondition(frozenset(), lambda _: True)
    tokens, position = [], 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise InvalidCondition(f"invalid token at {text[position : position + 20]!r}")
        tokens.append(match[1])
        position = match.end()
    parser = _ConditionParser(tokens)
    predicate = parser.parse_or(0)
    if parser.tokens:
        raise InvalidCondition(f"unexpected {parser.tokens[0]!r}")
    return RiskCondition(frozenset(parser.ids), predicate)


class _ConditionParser:
    """Recursive descent parser; precedence: `!`, then `&&`, then `||`."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.ids: set[str] = set()

    def _accept(self, token: str) -> bool:
        if self.tokens and self.tokens[0] == token:
            del self.tokens[0]
            return True
        return False

    def parse_or(self, depth: int) -> Predicate:
        predicates = [self._parse_and(depth)]
        while self._accept("||"):
            predicates.append(self._parse_and(depth))
        return (
            predicates[0]
            if len(predicates) == 1
            else lambda chosen: any(p(chosen) for p in predicates)
        )

    def _parse_and(self, depth: int) -> Predicate:
        predicates = [self._parse_operand(depth)]
        while self._accept("&&"):
            predicates.append(self._parse_operand(depth))
        return (
            predicates[0]
            if len(predicates) == 1
            else lambda chosen: all(p(chosen) for p in predicates)
        )

    def _parse_operand(self, depth: int) -> Predicate:
        if depth > _MAX_DEPTH:
            raise InvalidCondition(f"nested more than {_MAX_DEPTH} levels deep")
        if self._accept("!"):
            inner = self._parse_operand(depth + 1)
            return lambda chosen: not inner(chosen)
        if self._accept("("):
            inner = self.parse_or(depth + 1)
            if not self._accept(")"):
                raise InvalidCondition("a parenthesis is not closed")
            return inner
        if not self.tokens or self.tokens[0] in ("||", "&&", ")"):
            raise InvalidCondition("a choice is missing")
        name = self.tokens.pop(0)
        if name == DEFAULT:
            raise InvalidCondition("default cannot be combined")
        self.ids.add(name)
        return lambda chosen: name in chosen
