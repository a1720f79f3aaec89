"""The notation for how many points of a criterion make a verdict, by example."""

from __future__ import annotations

import pytest

from calib.model.point_rule import InvalidRule, parse_rule, shortest_completion


@pytest.mark.parametrize(
    ("rule", "shown", "holds"),
    [
        ("a", "a", True),
        ("a", "b", False),
        ("a and b", "a", False),
        ("a and b", "ab", True),
        ("a or b and c", "a", True),
        ("a or b and c", "b", False),
        ("(a or b) and c", "a", False),
        ("(a or b) and c", "bc", True),
        ("2 of a, b, c", "ac", True),
        ("2 of a, b, c", "ad", False),
        ("2 of any", "xy", True),
        ("3 of any and 1 of a, b", "xyz", False),
        ("3 of any and 1 of a, b", "axy", True),
    ],
)
def test_a_rule_holds(rule, shown, holds):
    assert parse_rule(rule).holds(set(shown)) is holds


@pytest.mark.parametrize(
    "rule", ["", "a and", "2 of", "of a", "a b", "2 a", "A", "(a", "a)", "2 of a,", "any"]
)
def test_a_rule_that_cannot_be_read(rule):
    with pytest.raises(InvalidRule):
        parse_rule(rule)


def test_the_points_that_a_rule_names():
    assert parse_rule("a or (b and 2 of c, d) or 3 of any").named_points() == {"a", "b", "c", "d"}


def test_the_shortest_completion_prefers_the_first_points():
    points = ("a", "b", "c", "d")
    assert shortest_completion(parse_rule("2 of a, b, c and d"), {"b"}, points) == ("a", "d")
    assert shortest_completion(parse_rule("a or b"), {"b"}, points) == ()
    with pytest.raises(InvalidRule, match="cannot be satisfied"):
        shortest_completion(parse_rule("3 of a, b"), set(), points)
