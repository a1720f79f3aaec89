"""Ballots -> agreement: alpha as published, medians and outliers by hand, properties, pages."""

from __future__ import annotations

import random
import re

import krippendorff
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from calib import load_catalog
from calib.model import Ballot, Vote
from calib.render.html import render_section
from calib.render.sections import workshop
from calib.workshop import (
    alpha_interval,
    build_agenda,
    compare_ballots,
    format_alpha,
    krippendorff_alpha,
    measure_strictness,
    ordinal_difference,
)

CATALOG = load_catalog()
PLACES = [(c.id, x.id) for c in CATALOG.controls for x in c.criteria]
CONTROL = CATALOG.controls[0].id
CRITERIA = [x.id for x in CATALOG.controls[0].criteria]
GAP = float("nan")

# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability": four observers, twelve units.
PUBLISHED = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, GAP, GAP, GAP],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, GAP, 3],
    [GAP, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, GAP],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, GAP],
]


def units_of(rows, values):
    return [[column.count(v) for v in values] for column in zip(*rows, strict=True)]


def ballots_of(columns, control=CONTROL, criteria=None):
    """Make ballots from {assessor: [levels]}; None abstains, ... leaves out."""
    return [
        Ballot(
            control=control,
            assessor=who,
            votes=tuple(
                Vote(criterion=c, level=level)
                for c, level in zip(criteria or CRITERIA, levels, strict=False)
                if level is not ...
            ),
        )
        for who, levels in columns.items()
    ]


def one(*levels):
    """Agree on one criterion; the assessors are a, b, c ... in the order of the levels."""
    found = compare_ballots(ballots_of({chr(97 + n): [level] for n, level in enumerate(levels)}))
    return found.controls[0].criteria[0]


@pytest.mark.parametrize(
    ("difference", "published"),
    [
        (lambda _a, _b, _n: 1, 0.743),
        (ordinal_difference, 0.815),
        (lambda a, b, _n: (a - b) ** 2, 0.849),
        (lambda a, b, _n: ((a - b) / (a + b + 2)) ** 2, 0.797),
    ],
    ids=["nominal", "ordinal", "interval", "ratio"],
)
def test_alpha_is_the_published_one(difference, published):
    units = units_of(PUBLISHED, range(1, 6))
    assert round(krippendorff_alpha(units, difference), 3) == published


def test_alpha_of_two_observers_is_the_published_one():
    # Krippendorff 2011, sections A (binary, .095) and B (nominal, .692).
    binary = [[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]]
    assert round(krippendorff_alpha(units_of(binary, (0, 1)), lambda *_: 1), 3) == 0.095
    nominal = ["aabbdcccedda", "babbbccceddd"]
    assert round(krippendorff_alpha(units_of(nominal, "abcde"), lambda *_: 1), 3) == 0.692


unit = st.tuples(*[st.integers(0, 6)] * 5)


@given(st.lists(unit, min_size=1, max_size=20))
def test_a_second_program_gives_the_same_alpha(units):
    ours = krippendorff_alpha(units)
    if ours is None:
        pairable = [u for u in units if sum(u) >= 2]
        assert sum(1 for column in zip(*pairable, strict=True) if any(column)) < 2
    else:
        theirs = krippendorff.alpha(value_counts=units, level_of_measurement="ordinal")
        assert ours == pytest.approx(theirs, abs=1e-9)
        assert ours <= 1


def test_the_interval_holds_the_value_and_is_the_same_each_time():
    units = units_of(PUBLISHED, range(1, 6))
    low, high = alpha_interval(units)
    assert low < krippendorff_alpha(units) < high <= 1
    assert alpha_interval(units) == (low, high)
    assert alpha_interval(units[:4]) is None
    assert alpha_interval([(0, 0, 0, 3, 0)] * 8) is None
    assert alpha_interval([(0, 0, 0, 3, 0)] * 4 + [(1, 0, 0, 0, 0)] * 4) is None, "four units"


@pytest.mark.parametrize(
    ("levels", "median", "spread", "outliers", "suggestion", "sentence"),
    [
        ([3] * 7 + [1], 3, 2, "h", None, "Seven of eight chose 3; one chose 1: ask that assessor first."),
        ([3] * 8, 3, 0, "", 3, "All eight chose 3."),
        ([2, 2], 2, 0, "", 2, "Both chose 2."),
        ([4], 4, 0, "", None, "Only one assessor chose a level, 4: two are needed to compare."),
        ([2, 3, 3, 3], 3, 1, "", 3, "Three of four chose 3; one chose 2: 3 can be the consensus."),
        ([2, 3], 2, 1, "", None,
         "One of two chose 2; one chose 3: agree on the difference between the two levels."),
        # One from the median at each end: both are asked.
        ([2, 3, 3, 4], 3, 2, "ad", None,
         "Two of four chose 3; one chose 2; one chose 4: ask those who chose 2 and 4 first."),
        # The farthest alone, not whoever is two away.
        ([0, 1, 3, 3, 3], 3, 3, "a", None,
         "Three of five chose 3; one chose 0; one chose 1: ask the assessor who chose 0 first."),
        # Two camps: the lower median takes no side.
        ([1, 1, 3, 3], 1, 2, "abcd", None,
         "Two of four chose 1; two chose 3: ask those who chose 1 and 3 first."),
        ([0, 2, 4], 2, 4, "ac", None,
         "One of three chose 0; one chose 2; one chose 4: ask those who chose 0 and 4 first."),
        ([3] * 13 + [2], 3, 1, "", 3, "13 of 14 chose 3; one chose 2: 3 can be the consensus."),
    ],
)  # fmt: skip
def test_a_criterion_by_hand(levels, median, spread, outliers, suggestion, sentence):
    found = one(*levels)
    assert found.median == median
    assert found.spread == spread
    assert found.outliers == tuple(outliers)
    assert found.suggestion == suggestion
    assert found.sentence == sentence
    assert found.votes == len(levels)
    assert found.distribution == tuple(levels.count(n) for n in range(5))


def test_quartiles_by_hand():
    assert one(1, 2, 3, 4).interquartile == 1.5  # 1.75 and 3.25
    assert one(3, 3, 3, 0).interquartile == 0.75
    assert one(3).interquartile == 0


def test_nobody_and_nothing():
    assert compare_ballots([]).controls == ()
    assert compare_ballots([]).alpha.sentence == "Alpha is not defined: no levels chosen yet."
    found = one(None, None)
    assert (found.votes, found.abstentions, found.median, found.spread) == (0, 2, None, None)
    assert found.sentence == "No levels chosen yet."
    assert measure_strictness([]) == ()


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"ann": [1, 2, 3]}, "only one has chosen levels"),
        ({"ann": [1, 2, 3], "bob": [None, None, None]}, "only one has chosen levels"),
        ({"ann": [1, ..., 3], "bob": [..., 2, ...]}, "no criterion has levels of two"),
        ({"ann": [3, 3, 1], "bob": [3, 3, ...]}, "everyone chose 3; without variation"),
    ],
)
def test_alpha_that_cannot_be_given_says_why(columns, reason):
    alpha = compare_ballots(ballots_of(columns)).alpha
    assert (alpha.value, alpha.low, alpha.high) == (None, None, None)
    assert reason in alpha.sentence


@pytest.mark.parametrize(
    ("ann", "bob", "words"),
    [
        ([0, 1, 2, 3, 4], [0, 1, 2, 3, 4], "Alpha is 1.000 (95 % interval 1.000 to 1.000): the levels agree well enough"),
        ([0, 1, 2, 3, 4], [1, 2, 1, 4, 4], "tentative conclusions"),
        ([0, 1, 2, 3, 4, 4], [1, 2, 3, 3, 4, 4], "0.8 or more); the interval reaches below 0.667"),
        ([0, 1, 2, 3, 4], [1, 3, 1, 4, 3], "too low for conclusions"),
        ([0, 4, 0, 4, 0], [4, 0, 4, 0, 4], "no better than chance"),
    ],
)  # fmt: skip
def test_what_alpha_means_stands_beside_it(ann, bob, words):
    criteria = [f"criterion-{n}" for n in range(len(ann))]
    alpha = compare_ballots(ballots_of({"ann": ann, "bob": bob}, criteria=criteria)).alpha
    assert words in alpha.sentence, alpha
    assert format_alpha(alpha.value) in alpha.sentence
    assert alpha.low <= alpha.value + 1e-9
    assert alpha.value <= alpha.high + 1e-9


def test_a_bound_just_missed_is_not_shown_as_reached():
    assert format_alpha(0.79999) == "0.799"
    assert format_alpha(0.8) == "0.800"
    assert format_alpha(0.667) == "0.667"
    assert format_alpha(-0.0001) == "-0.001"


def test_an_assessor_votes_once():
    twice = ballots_of({"ann": [1, 2]}) * 2
    with pytest.raises(ValueError, match="ann votes twice on"):
        compare_ballots(twice)
    found = compare_ballots(ballots_of({"ann": [1]})).controls[0].criteria[0]
    with pytest.raises(ValidationError):
        found.votes = 3


level = st.none() | st.integers(0, 4)
table = st.dictionaries(
    st.sampled_from(["ann", "bob", "cy", "dee", "eve"]),
    st.dictionaries(st.sampled_from(PLACES[:9]), level, min_size=1),
    min_size=1,
)


def from_table(columns):
    return [
        Ballot(
            control=control,
            assessor=who,
            votes=tuple(Vote(criterion=x, level=n) for (c, x), n in votes.items() if c == control),
        )
        for who, votes in columns.items()
        for control in {c for c, _ in votes}
    ]


@settings(max_examples=40, deadline=None)
@given(table, st.randoms(use_true_random=False))
def test_order_does_not_matter(columns, rng):
    ballots = from_table(columns)
    shuffled = [
        b.model_copy(update={"votes": tuple(rng.sample(b.votes, len(b.votes)))}) for b in ballots
    ]
    rng.shuffle(shuffled)
    assert compare_ballots(shuffled) == compare_ballots(ballots)
    assert measure_strictness(shuffled) == measure_strictness(ballots)


@settings(max_examples=40, deadline=None)
@given(table)
def test_names_change_no_number(columns):
    mirrored = dict(zip("zyxwv", columns.values(), strict=False))
    numbers = {"assessor", "outliers", "name"}
    dump = {"controls": {"__all__": {"criteria": {"__all__": numbers}}}}
    before, after = compare_ballots(from_table(columns)), compare_ballots(from_table(mirrored))
    assert before.model_dump(exclude=dump) == after.model_dump(exclude=dump)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=2, max_size=7), st.integers(2, 6))
def test_full_agreement_is_full(levels, people):
    criteria = [f"criterion-{n}" for n in range(len(levels))]
    columns = {f"assessor-{n}": levels for n in range(people)}
    found = compare_ballots(ballots_of(columns, criteria=criteria))
    for agreement, wanted in zip(found.controls[0].criteria, levels, strict=True):
        assert (agreement.median, agreement.suggestion, agreement.spread) == (wanted, wanted, 0)
        assert agreement.outliers == ()
    assert found.alpha.value == (1 if len(set(levels)) > 1 else None)


@settings(max_examples=40, deadline=None)
@given(table, st.data())
def test_an_abstention_changes_nothing_but_the_count(columns, data):
    places = sorted({p for votes in columns.values() for p in votes})
    place = data.draw(st.sampled_from(places))
    more = {**columns, "zoe": {place: None}}
    before, after = compare_ballots(from_table(columns)), compare_ballots(from_table(more))
    expected = before.model_dump()
    for control in expected["controls"]:
        for criterion in control["criteria"]:
            if (control["control"], criterion["criterion"]) == place:
                criterion["abstentions"] += 1
    assert after.model_dump() == expected
    theirs = {s.assessor: s for s in measure_strictness(from_table(more))}
    assert theirs.pop("zoe").votes == 0
    assert tuple(theirs.values()) == measure_strictness(from_table(columns))


@settings(max_examples=60, deadline=None)
@given(table, st.integers(0, 240))
def test_an_agenda_spends_the_minutes(results, columns, minutes):
    result = results["halfway"]
    agreements = compare_ballots(from_table(columns))
    items = build_agenda(result, agreements, minutes)
    voted = [c for c in agreements.controls if any(a.votes for a in c.criteria)]
    assert len(items) == min(len(voted), minutes // 5)
    assert not items or sum(i.minutes for i in items) == minutes
    assert all(i.minutes >= 5 for i in items)
    keys = [(i.disagreement * i.gap, i.disagreement, i.gap) for i in items]
    assert keys == sorted(keys, reverse=True)
    assert [i.minutes for i in items] == sorted((i.minutes for i in items), reverse=True)


def test_an_agenda_by_hand(results):
    result = results["halfway"]
    gaps = {
        c.control: sum(max(0, x.needed - x.effective) for x in c.criteria) for c in result.controls
    }
    open_, met = max(gaps, key=gaps.get), min(gaps, key=gaps.get)
    assert gaps[open_] > gaps[met] == 0
    ballots = []
    for control, level in ((open_, 3), (met, 4)):
        first = next(c for c in CATALOG.controls if c.id == control).criteria[0].id
        ballots += ballots_of({"ann": [1], "bob": [level]}, control, [first])
    wide, narrow = build_agenda(result, compare_ballots(ballots))
    assert (wide.control, wide.minutes, wide.disagreement) == (open_, 85, 2)
    assert (narrow.control, narrow.minutes, narrow.gap) == (met, 5, 0)
    assert wide.sentence.startswith(
        f"85 minutes: votes differ by 2.0 levels on average, {gaps[open_]} levels missing; start with “"
    )
    assert [i.minutes for i in build_agenda(result, compare_ballots(ballots), 7)] == [7]
    assert build_agenda(result, compare_ballots(ballots), 4) == ()
    assert build_agenda(result, compare_ballots([])) == ()


def test_strictness_by_hand():
    criteria = [f"criterion-{n}" for n in range(5)]
    ballots = ballots_of(
        {"ann": [1, 1, 2, 2, 3], "bob": [2, 2, 2, 2, 3], "cy": [3, 2, 2, 3, 3], "dee": [4, 4]},
        criteria=criteria,
    )
    ann, bob, cy, dee = measure_strictness(ballots)
    # The others' medians: 3, 2, 2, 2.5, 3.
    assert ann.difference == pytest.approx((-2 - 1 + 0 - 0.5 + 0) / 5)
    assert ann.sentence == "0.7 of a level stricter than the group over 5 votes."
    # 3, 2, 2, 2.5, 3
    assert bob.difference == pytest.approx((-1 + 0 + 0 - 0.5 + 0) / 5)
    # 2, 2, 2, 2, 3
    assert cy.sentence == "0.4 of a level more lenient than the group over 5 votes."
    assert (dee.difference, dee.votes) == (None, 2)
    assert dee.sentence == "Two votes can be compared: too few to compare (five are needed)."


def test_strictness_speaks_of_levels_and_of_none():
    criteria = [f"criterion-{n}" for n in range(6)]
    low, high = measure_strictness(ballots_of({"ann": [1] * 6, "bob": [3] * 6}, criteria=criteria))
    assert low.sentence == "2.0 levels stricter than the group over 6 votes."
    assert high.difference == 2
    same, _ = measure_strictness(ballots_of({"ann": [3] * 6, "bob": [3] * 6}, criteria=criteria))
    assert same.sentence == "As strict as the group over 6 votes."
    [alone] = measure_strictness(ballots_of({"ann": [3] * 6}, criteria=criteria))
    assert alone.sentence.startswith("No votes can be compared: too few")


def test_sentences_use_the_words_of_the_lexicon():
    rng = random.Random(5)
    ballots = [
        Ballot(
            control=c.id,
            assessor=who,
            votes=tuple(Vote(criterion=x.id, level=rng.randrange(5)) for x in c.criteria),
        )
        for c in CATALOG.controls
        for who in ("ann", "bob", "cy")
    ]
    found = compare_ballots(ballots)
    said = [a.sentence for c in found.controls for a in c.criteria] + [found.alpha.sentence]
    said += [c.alpha.sentence for c in found.controls] + [
        s.sentence for s in measure_strictness(ballots)
    ]
    for sentence in said:
        assert re.fullmatch(r"[A-Z0-9].*[^.]\.", sentence), sentence
        assert not re.search(r"\b(rater|coder|score|nan|None)\b", sentence), sentence


def settled(result, level_, by, reason):
    """The result with the first criterion's level agreed on."""
    first = result.control(CONTROL)
    agreed = first.criteria[0].model_copy(
        update={"effective": level_, "overridden_by": by, "override_reason": reason}
    )
    changed = first.model_copy(update={"criteria": (agreed, *first.criteria[1:])})
    controls = tuple(changed if c.control == CONTROL else c for c in result.controls)
    return result.model_copy(update={"controls": controls})


def test_no_ballots_no_section(results):
    assert workshop(results["halfway"], []) is None
    assert workshop(results["halfway"], ballots_of({"ann": []})) is None


def test_the_section_shows_votes_agreement_and_dissent(results):
    ballots = ballots_of({"ann": [3, 2, 2], "bob": [3, None, 2], "cy": [1, ..., 4]})
    named = ballots[2].model_copy(update={"name": "Cy <b>Lee</b>"})
    comment = named.votes[0].model_copy(update={"comment": "No\n owner & no date"})
    named = named.model_copy(update={"votes": (comment, *named.votes[1:])})
    result = settled(results["halfway"], 3, "Ann", "The owner was named.")
    section = workshop(result, [*ballots[:2], named])
    assert section == workshop(result, [named, *ballots[:2]][::-1]), "order"
    [table] = [b for b in section.blocks if b.kind == "table"]
    cells = [["".join(r.text for r in cell) for cell in row.cells] for row in table.rows]
    assert [row[1:] for row in cells] == [
        ["1\u00a0×\u00a01  3\u00a0×\u00a02\nmedian 3, spread 2",
         "3 The owner was named.\nDecided by Ann. Diverging votes: Cy <b>Lee</b> (1)."],
        ["2\u00a0×\u00a01  1\u00a0abstained\nmedian 2, spread 0", "open"],
        ["2\u00a0×\u00a02  4\u00a0×\u00a01\nmedian 2, spread 2", "open"],
    ]  # fmt: skip
    page = render_section(section)
    assert "Two of three chose 3; one chose 1: ask that assessor first." in page
    assert "Cy &lt;b&gt;Lee&lt;/b&gt;, level 1: </span>No owner &amp; no date" in page
    assert "Alpha is " in page
    assert "None" not in page
    assert "nan" not in page


def test_the_section_names_what_could_be_agreed(results):
    ballots = ballots_of({"ann": [2, None], "bob": [2, None]})
    table = next(b for b in workshop(results["halfway"], ballots).blocks if b.kind == "table")
    cells = [["".join(r.text for r in cell) for cell in row.cells] for row in table.rows]
    assert [row[2] for row in cells] == ["open; 2 suggested", "open"]
    assert cells[1][1] == "2\u00a0abstained"
    everyone = settled(results["halfway"], 2, "Ann", "All agree.")
    table = next(b for b in workshop(everyone, ballots).blocks if b.kind == "table")
    assert table.rows[0].cells[2][-1].text == " No diverging votes."


def test_votes_on_what_the_catalog_lacks_do_no_harm(results):
    ballots = ballots_of({"ann": [2], "bob": [2]}, control="OTHER-001")
    ballots += ballots_of({"ann": [2], "bob": [3]}, criteria=["withdrawn"])
    assert workshop(results["halfway"], ballots) is None
    known = ballots_of({"cy": [2], "dee": [3]})
    assert workshop(results["halfway"], [*ballots, *known]) == workshop(results["halfway"], known)
