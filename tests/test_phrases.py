"""The notation of cues, and how text is folded before cues are looked for, by example."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calib import load_catalog
from calib.phrases import CueIndex, fold
from tests.core_examples import by_name


def found(cue, text):
    return bool(CueIndex([(cue, "label")]).labels(fold(text)))


@pytest.mark.parametrize(
    ("text", "folded"),
    by_name([
        ("case and punctuation", "We TEST it, daily!", " we test it daily "),
        ("accents", "Café Zürich", " cafe zurich "),
        ("hyphens and slashes part words", "go-live of CI/CD", " go live of ci cd "),
        ("an apostrophe is part of a word", "we don't", " we don't "),
        ("also a typographic one", "we don’t", " we don't "),
        ("a number with thousands", "10,000 or 1.5", " 10000 or 1.5 "),
        ("a number and its unit are two words", "4h, 380ms, 14days", " 4 h 380 ms 14 days "),
        ("versions", "v2.1 and V3", " v2.1 and v3 "),
        ("percent", "91%", " 91 percent "),
        ("nothing", " … ", "  "),
    ]),
)  # fmt: skip
def test_folding(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("cue", "text", "expected"),
    by_name([
        ("words in order", "support plan", "our support plan says", True),
        ("not in another order", "support plan", "we plan support", False),
        ("not with a word between", "support plan", "support and plan", False),
        ("whole words only", "plan", "we are planning", False),
        ("hyphens are ignored on both sides", "go-live", "after go live", True),
        ("case is ignored", "GDPR", "the gdpr", True),
        ("* is any ending", "encrypt*", "it is encrypted", True),
        ("* may be no ending", "phase*", "each phase", True),
        ("* does not reach the next word", "phase* two", "phase number two", False),
        ("* after a hyphen", "red-team*", "red teaming", True),
        ("# is a figure", "# weeks", "for 12 weeks", True),
        ("# is a number in words", "# weeks", "for twelve weeks", True),
        ("# is a decimal number", "# percent", "it was 9.5%", True),
        ("# is no other word", "# weeks", "for some weeks", False),
        ("# before a unit without space", "# h", "within 4h", True),
        ("# twice", "# of #", "5 of six", True),
        ("# and *", "# day*", "a 14-day period", True),
        ("a gap of no word", "approved ... by", "it is approved by her", True),
        ("a gap of six words", "approved ... by", "approved on one of the last days by her", True),
        ("a gap of seven words is too long", "approved ... by", "approved on one of the very last days by her", False),
        ("two gaps", "if ... below ... paged", "if the score is below 85 the engineer is paged", True),
        ("a gap before a stem", "encrypted ... key*", "encrypted with their own keys", True),
        ("both ends of a gap are needed", "approved ... by", "it is approved", False),
        ("an empty cue is never found", "", "any text", False),
    ]),
)  # fmt: skip
def test_cues(cue, text, expected):
    assert found(cue, text) is expected


def test_many_cues_at_once_give_their_labels_and_first_words():
    index = CueIndex(
        [("support plan", "plan"), ("support", "topic"), ("# weeks", "length"), ("plan", "topic")]
    )
    assert index.positions(fold("Plan: the support plan lasts six weeks")) == {
        "topic": 0,
        "plan": 2,
        "length": 5,
    }
    assert index.labels(fold("nothing here")) == set()


def test_cues_that_begin_alike_are_all_found():
    index = CueIndex([("a b", 1), ("a b c", 2), ("a*", 3), ("a ... c", 4), ("a # c", 5)])
    assert index.labels(fold("a b c")) == {1, 2, 3, 4}
    assert index.labels(fold("a 7 c")) == {3, 4, 5}


def spelled_out(cue):
    """A text that the cue describes."""
    return cue.replace("*", "ing").replace("#", "12").replace(" ... ", " word word ")


@pytest.mark.parametrize("control", load_catalog().controls, ids=lambda c: c.id)
def test_every_cue_of_the_catalog_can_be_found(control):
    """A cue with a slip, such as a gap at its end, would never be found."""
    for criterion in control.criteria:
        for point in criterion.points:
            for cue in f"{point.cues};{point.context}".split(";"):
                assert found(cue, spelled_out(cue.strip())), f"{criterion.id}.{point.id}: {cue!r}"


@given(st.text(max_size=80), st.text(max_size=30))
def test_any_text_and_any_cue(text, cue):
    folded = fold(text)
    assert folded == f" {' '.join(folded.split())} "
    assert fold(folded) == folded
    for label, place in CueIndex([(cue, "x")]).positions(folded).items():
        assert (label, place in range(len(folded.split()))) == ("x", True)
