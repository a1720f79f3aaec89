"""The corpus labelled by points is sound: definitions, rules, quotes."""

from __future__ import annotations

import pytest

from calib.catalog.load import load_catalog
from calibration.point_rule import InvalidRule, parse_rule, shortest_completion
from calibration.points import (
    PARTS,
    REASONS,
    load_definitions,
    load_texts,
    read_definitions,
    reader_agreement,
)

DEFINITIONS = load_definitions()
TEXTS = {part: load_texts(part) for part in PARTS}


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


def test_the_shortest_completion_prefers_the_first_points():
    points = ("a", "b", "c", "d")
    assert shortest_completion(parse_rule("2 of a, b, c and d"), {"b"}, points) == ("a", "d")
    assert shortest_completion(parse_rule("a or b"), {"b"}, points) == ()
    with pytest.raises(InvalidRule, match="cannot be satisfied"):
        shortest_completion(parse_rule("3 of a, b"), set(), points)


def test_every_criterion_of_the_catalog_has_points():
    asked = {c.id: [x.id for x in c.criteria] for c in load_catalog().controls}
    assert {name: sorted(criteria) for name, criteria in DEFINITIONS.items()} == {
        name: sorted(criteria) for name, criteria in asked.items()
    }


@pytest.mark.parametrize("control", DEFINITIONS)
def test_definitions_are_complete(control):
    criteria = read_definitions()[control]
    for name, fields in criteria.items():
        known = DEFINITIONS[control][name]
        assert len(set(known.points)) == len(known.points)
        assert known.example_bar <= set(known.points)
        assert not known.yes.holds(set())
        assert not known.partly.holds(set())
        assert known.yes.holds(set(known.points))
        for point in fields["points"]:
            for field in (
                "title",
                "shows",
                "not_enough",
                "example",
                "counter_example",
                "cues",
                "context",
            ):
                assert point[field], f"{name}.{point['id']}.{field}"


def test_whatever_makes_a_yes_makes_a_partly_too():
    for criteria in DEFINITIONS.values():
        for name, known in criteria.items():
            least = shortest_completion(known.yes, frozenset(), known.points)
            assert known.partly.holds(set(least)), name


@pytest.mark.parametrize("part", PARTS)
def test_labels_are_sound(part):
    ids = [text.id for text in TEXTS[part]]
    assert len(ids) == len(set(ids))
    for text in TEXTS[part]:
        points = {(c, p) for c, known in DEFINITIONS[text.control].items() for p in known.points}
        assert text.shown.keys() | text.named.keys() <= points, text.id
        assert not text.shown.keys() & text.named.keys(), text.id
        quotes = [q for found in text.shown.values() for q in found] + [
            q for q, _ in text.named.values()
        ]
        assert all(quote in text.text for quote in quotes), text.id
        assert {why for _, why in text.named.values()} <= set(REASONS), text.id


def test_no_text_is_in_two_parts():
    texts = [t.text for part in PARTS for t in TEXTS[part]]
    assert len(texts) == len(set(texts))


def test_the_build_part_shows_and_names_every_point():
    build = TEXTS["build"]
    for control, criteria in DEFINITIONS.items():
        for criterion, known in criteria.items():
            for point in known.points:
                key = (criterion, point)
                texts = [t for t in build if t.control == control]
                assert sum(key in t.shown for t in texts) >= 5, key
                assert sum(key in t.named for t in texts) >= 2, key


def test_the_second_reader_read_every_sealed_text():
    assert reader_agreement()["all"] > 0.9
