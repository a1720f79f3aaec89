"""The corpus labelled by points: its labels are sound, and what the reviewer learns from them.

Examples, measures and tables are shown on small texts. The figures on the corpus itself are in
docs/reviewer-validation.md; no test depends on a learned number.
"""

from __future__ import annotations

from functools import cache

import pytest

from calib import load_catalog
from calib.model import Mood, Span
from calib.phrases import fold
from calib.review.sentences import split_sentences
from calib.review.units import split_units
from calib.review.weights import INTERCEPT, WeightTable, parse_weights
from calibration.corpus import Label, Response
from calibration.fit import NEVER, Question, as_text, fit_table
from calibration.points import PARTS, REASONS, LabelledText, load_texts, reader_agreement
from calibration.reviewing import CountedPoints, CountedText
from calibration.unit_examples import FOLDS, from_labelled, from_responses, infer_points
from tests.core_examples import by_name

CATALOG = load_catalog()
load = cache(load_texts)


def keys(control):
    return {(c.id, p.id) for c in CATALOG.control(control).criteria for p in c.points}


# --- the labels of the corpus ---


@pytest.mark.parametrize("part", PARTS)
def test_labels_are_sound(part):
    texts = load(part)
    ids = [text.id for text in texts]
    assert len(ids) == len(set(ids))
    for text in texts:
        assert text.shown.keys() | text.named.keys() <= keys(text.control), text.id
        assert not text.shown.keys() & text.named.keys(), text.id
        quotes = [q for found in text.shown.values() for q in found]
        quotes += [q for q, _ in text.named.values()]
        assert all(quote in text.text for quote in quotes), text.id
        assert {why for _, why in text.named.values()} <= set(REASONS), text.id


def test_no_text_is_in_two_parts_also_not_in_the_sealed_one():
    texts = [t.text for part in PARTS for t in load(part)]
    assert len(texts) == len(set(texts))


def test_the_build_part_shows_and_names_every_point():
    for control in CATALOG.controls:
        texts = [t for t in load("build") if t.control == control.id]
        for key in keys(control.id):
            assert sum(key in t.shown for t in texts) >= 5, key
            assert sum(key in t.named for t in texts) >= 2, key


def test_the_second_reader_of_the_sealed_part_agrees():
    assert reader_agreement()["all"] > 0.9


@pytest.mark.parametrize("part", ["build", "tune"])
def test_hardly_a_quote_is_lost_in_headings_and_questions(part):
    """A quote that no clause covers cannot be learned, and a statement there cannot be found."""
    lost, total = [], 0
    for text, example in zip(load(part), from_labelled(load(part)), strict=True):
        covered = {key for unit in example.units for key in unit.shown}
        total += len(text.shown)
        lost += [(text.id, *key) for key in text.shown if key not in covered]
    assert len(lost) <= total / 100, lost


# --- from labels to examples ---

TEXT = "We rotate keys each month, and from May we will mask names. Logs go after 30 days."
ACCESS, TECHNIQUE, RETENTION = (
    ("privacy-mechanisms", "access"),
    ("anonymization", "technique"),
    ("privacy-mechanisms", "retention"),
)


def labelled(text=TEXT, shown=None, named=None, **changes):
    given = {"id": "x-1", "part": "snippets", "control": "GENAIPR-003", "kind": "", "text": text}
    return LabelledText(**{**given, **changes}, shown=shown or {}, named=named or {})


def examples_of(text):
    [found] = from_labelled([text])
    return [(u.unit.folded.strip(), sorted(u.shown), u.mood) for u in found.units]


def test_a_clause_gets_the_labels_of_the_quotes_in_it():
    text = labelled(
        shown={ACCESS: ("We rotate keys each month",), RETENTION: ("Logs go after 30 days",)},
        named={TECHNIQUE: ("from May we will mask names", Mood.PLANNED)},
    )
    assert examples_of(text) == [
        ("we rotate keys each month", [ACCESS], Mood.IN_PLACE),
        ("from may we will mask names", [], Mood.PLANNED),
        ("logs go after 30 days", [RETENTION], Mood.IN_PLACE),
    ]


@pytest.mark.parametrize(
    ("quote", "covered"),
    by_name([
        ("the clause", "Logs go after 30 days", True),
        ("a part of it", "after 30 days", True),
        ("more than half of the quote is elsewhere", "we will mask names. Logs", False),
    ]),
)  # fmt: skip
def test_how_much_of_a_quote_a_clause_must_cover(quote, covered):
    *_, (_, shown, _) = examples_of(labelled(shown={RETENTION: (quote,)}))
    assert (shown == [RETENTION]) is covered


def test_a_clause_without_labels_has_no_mood():
    assert {mood for *_, mood in examples_of(labelled())} == {None}


def test_neighbouring_texts_of_an_author_are_in_the_same_fold():
    texts = [labelled(id=f"{part}-{n}", part=part) for part in ("a", "b") for n in range(40)]
    folds = [example.fold for example in from_labelled(texts)]
    for start in range(0, len(folds), 10):
        assert len(set(folds[start : start + 10])) == 1
    assert set(folds) == set(range(FOLDS))


def response(verdict="yes", mood=""):
    place = TEXT.index("Logs"), len(TEXT)
    criteria = {"privacy-mechanisms": Label(verdict, mood, (place,))}
    return Response("r-1", "Ann", "GENAIPR-003", 2, "", TEXT, criteria, None, None)


def test_a_response_has_moods_but_no_points():
    [found] = from_responses([response()])
    assert [u.mood for u in found.units] == [None, None, Mood.IN_PLACE]
    assert not any(u.shown for u in found.units)
    [planned] = from_responses([response("no", "planned")])
    assert [u.mood for u in planned.units] == [None, None, Mood.PLANNED]


@pytest.mark.parametrize(
    ("verdict", "place", "probability", "shown", "undecided"),
    by_name([
        ("sure, in the labelled sentence", "yes", 2, 0.9, True, False),
        ("in doubt, in the labelled sentence", "yes", 2, 0.1, False, True),
        ("unlikely, in the labelled sentence", "yes", 2, 0.01, False, False),
        ("sure, but in another sentence", "yes", 0, 0.9, False, True),
        ("sure, but the criterion is labelled as not shown", "no", 2, 0.9, False, False),
    ]),
)  # fmt: skip
def test_points_of_a_response_are_inferred(verdict, place, probability, shown, undecided):
    [example] = from_responses([response(verdict)])
    likely = [{} for _ in example.units]
    likely[place] = {RETENTION: probability}
    unit = infer_points(example, likely, CATALOG).units[place]
    assert (RETENTION in unit.shown, RETENTION in unit.open) == (shown, undecided)


# --- counting points ---


def counted(shown, likely, quote="Logs go after 30 days"):
    start = TEXT.index("Logs")
    text = labelled(shown=dict.fromkeys(shown, (quote,)))
    span = Span(start=start, end=len(TEXT))
    return CountedText(text, likely, dict.fromkeys(likely, span))


@pytest.mark.parametrize(
    ("texts", "expected"),
    by_name([
        ("right", [counted([RETENTION], {RETENTION: 0.5})], {"F1": 1, "precision": 1, "recall": 1, "within one": 1, "quotes": 1}),
        ("below the threshold", [counted([RETENTION], {RETENTION: 0.4})], {"F1": 0, "recall": 0, "within one": 1}),
        ("one too many", [counted([RETENTION], {RETENTION: 0.5, ACCESS: 0.9})], {"precision": 0.5, "recall": 1, "within one": 1}),
        ("two too many", [counted([], {RETENTION: 0.5, ACCESS: 0.9})], {"within one": 0, "false points": 1}),
        ("nothing there, nothing found", [counted([], {}), counted([], {ACCESS: 0.9})], {"false points": 0.5}),
        ("the wrong sentence", [counted([RETENTION], {RETENTION: 0.5}, "We rotate keys")], {"F1": 1, "quotes": 0}),
    ]),
)  # fmt: skip
def test_figures_of_points(texts, expected):
    found = CountedPoints(texts).figures(0.5)
    assert {name: found[name] for name in expected} == pytest.approx(expected)


# --- tables of weights ---


def test_a_column_learns_the_words_of_its_examples():
    features = [
        dict.fromkeys(fold(text).split(), 1.0)
        for text in ("red pen", "red box", "blue pen", "blue box")
    ]
    red = Question("red", [True, True, False, False], [1.0] * 4)
    never = Question("never", [False] * 4, [1.0] * 4)
    left_out = Question("first two", [True, False, True, True], [1.0, 1.0, 0.0, 0.0])
    table = fit_table(features, [red, never, left_out], freedom=5.0, seen=2)
    assert table.columns == ("red", "never", "first two")
    assert table.always[1] == NEVER
    assert dict(table.rows["red"])[0] > 0 > dict(table.rows["blue"])[0]
    assert dict(table.rows["pen"])[2] > 0 > dict(table.rows["box"])[2]
    [first, *_] = table.score({"red": 1.0})
    assert first > table.score({"blue": 1.0})[0]


def test_rare_words_and_small_weights_are_left_out():
    features = [{"common": 1.0}, {"common": 1.0, "rare": 1.0}, {}, {}]
    question = Question("q", [True, True, False, False], [1.0] * 4)
    assert set(fit_table(features, [question], freedom=5.0, seen=2).rows) == {"common"}
    assert set(fit_table(features, [question], freedom=5.0, seen=1).rows) == {"common", "rare"}
    assert not fit_table(features, [question], freedom=5.0, seen=1, least=99.0).rows


def test_a_table_is_written_and_read_again():
    rows = {"a": ((0, 1.5),), "b c": ((0, -0.25), (1, 2.0))}
    table = WeightTable(("one", "two"), (-1.0, 0.5), rows)
    text = as_text(table)
    assert text.splitlines() == [
        "feature\tone\ttwo",
        f"{INTERCEPT}\t-1\t0.5",
        "a\t1.5\t",
        "b c\t-0.25\t2",
    ]
    read = parse_weights(text)
    assert (read.columns, read.always, dict(read.rows.items())) == (
        table.columns,
        table.always,
        rows,
    )


def test_units_of_a_text_are_those_of_the_reviewer():
    [example] = from_labelled([labelled()])
    assert [u.unit for u in example.units] == split_units(list(split_sentences(TEXT)))
