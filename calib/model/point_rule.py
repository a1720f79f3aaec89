"""The notation for how many points of a criterion make a verdict.

    steps                            the point is shown
    2 of fairness, accuracy, safety  at least two of these are shown
    3 of any                         at least three points of the criterion are shown
    steps and 2 of any               both parts hold; `and` binds tighter than `or`
    (a or b) and c                   parentheses group

Rules are text in the catalog, so that a reader of the catalog can check and change them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations

_TOKEN = re.compile(r"\s+|([a-z][a-z-]*|\d+|[(),])")
_KEYWORDS = frozenset(("and", "or", "of", "any"))


class InvalidRule(ValueError):
    """Report a rule that cannot be parsed; the message names the token."""


@dataclass(frozen=True)
class PointRule:
    """A parsed rule: a requirement on counts, or a combination of rules."""

    count: int
    """How many of `points`, or of `parts`, must hold."""
    points: frozenset[str] = frozenset()
    """Empty for "any" if there are no parts: every point of the criterion counts."""
    parts: tuple[PointRule, ...] = field(default=())

    def holds(self, shown: AbstractSet[str]) -> bool:
        """Return whether the points shown satisfy the rule."""
        if self.parts:
            return sum(part.holds(shown) for part in self.parts) >= self.count
        return len(shown & self.points if self.points else shown) >= self.count

    def named_points(self) -> frozenset[str]:
        """Return the points that the rule names."""
        return self.points.union(*(part.named_points() for part in self.parts))

    def largest_count(self) -> int:
        """Return the largest number of points that one term asks for."""
        return max([0 if self.parts else self.count, *(p.largest_count() for p in self.parts)])


@lru_cache(maxsize=512)
def parse_rule(text: str) -> PointRule:
    """Parse a rule; raises InvalidRule."""
    parser = _Parser(text)
    rule = parser.alternatives()
    if parser.lookahead is not None:
        raise InvalidRule(f"unexpected {parser.lookahead!r} in {text!r}")
    return rule


def shortest_completion(
    rule: PointRule, shown: AbstractSet[str], points: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the fewest further points that satisfy a rule, the first of `points` preferred.

    Criteria have at most about a dozen points, so trying all subsets by size is fast enough.
    """
    missing = [point for point in points if point not in shown]
    for size in range(len(missing) + 1):
        for added in combinations(missing, size):
            if rule.holds(shown | set(added)):
                return added
    raise InvalidRule("the rule cannot be satisfied by the points of the criterion")


class _Parser:
    """A recursive-descent parser with one token of lookahead."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._tokenize()
        self.lookahead: str | None = None
        self._advance()

    def _tokenize(self) -> Iterator[str]:
        end = 0
        for match in _TOKEN.finditer(self._text):
            if match.start() != end:
                break
            end = match.end()
            if match[1]:
                yield match[1]
        if end != len(self._text):
            raise InvalidRule(f"unexpected {self._text[end]!r} in {self._text!r}")

    def _advance(self) -> str:
        token, self.lookahead = self.lookahead or "", next(self._tokens, None)
        return token

    def _expect(self, wanted: str) -> None:
        if self._advance() != wanted:
            raise InvalidRule(f"expected {wanted!r} in {self._text!r}")

    def alternatives(self) -> PointRule:
        parts = [self._conjunction()]
        while self.lookahead == "or":
            self._advance()
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else PointRule(1, parts=tuple(parts))

    def _conjunction(self) -> PointRule:
        parts = [self._term()]
        while self.lookahead == "and":
            self._advance()
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else PointRule(len(parts), parts=tuple(parts))

    def _term(self) -> PointRule:
        if self.lookahead == "(":
            self._advance()
            rule = self.alternatives()
            self._expect(")")
            return rule
        if self.lookahead is not None and self.lookahead.isdigit():
            count = int(self._advance())
            self._expect("of")
            if self.lookahead == "any":
                self._advance()
                return PointRule(count)
            points = [self._point()]
            while self.lookahead == ",":
                self._advance()
                points.append(self._point())
            return PointRule(count, frozenset(points))
        return PointRule(1, frozenset((self._point(),)))

    def _point(self) -> str:
        token = self._advance()
        if not token or not token[0].isalpha() or token in _KEYWORDS:
            raise InvalidRule(f"expected a point, got {token or 'the end'!r} in {self._text!r}")
        return token
