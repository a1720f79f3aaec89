"""How sentences are divided into clauses, by example.

"We do A, and from next quarter B" says two things of different status, so each clause is judged
by itself. A clause needs four words; a shorter one stays with its neighbour.
"""

from __future__ import annotations

import pytest
from hypothesis import given

from calib.review.blocks import BlockKind
from calib.review.sentences import split_sentences
from calib.review.units import split_units
from tests.core_examples import by_name
from tests.test_blocks import TEXTS


def units(text):
    return [text[u.span.start : u.span.end] for u in split_units(list(split_sentences(text)))]


@pytest.mark.parametrize(
    ("text", "expected"),
    by_name([
        ("done, and planned from a date on",
         "We test every release, and from next quarter we scan it as well.",
         ["We test every release", "from next quarter we scan it as well."]),
        ("done and, without a comma, planned",
         "We keep all prompts in Git and will add tests next year.",
         ["We keep all prompts in Git", "will add tests next year."]),
        ("a plan with its verb",
         "We store the logs for 30 days and plan to delete them earlier.",
         ["We store the logs for 30 days", "plan to delete them earlier."]),
        ("done, but not everywhere",
         "Bias is measured each quarter, but nobody looks at the results.",
         ["Bias is measured each quarter", "nobody looks at the results."]),
        ("a contrast",
         "Amazon encrypts the storage layer, whereas we rotate the keys ourselves.",
         ["Amazon encrypts the storage layer", "we rotate the keys ourselves."]),
        ("a semicolon",
         "We review access each month; the customer does it once a year.",
         ["We review access each month", "the customer does it once a year."]),
        ("a dash",
         "The pilot ran for six weeks – it is in production today.",
         ["The pilot ran for six weeks", "it is in production today."]),
        ("a relative clause",
         "We follow the delivery handbook, which our head of delivery owns.",
         ["We follow the delivery handbook", "which our head of delivery owns."]),
        ("steps in order",
         "We read the tickets first, then rank the ideas by value.",
         ["We read the tickets first", "rank the ideas by value."]),
        ("a list of nouns stays together",
         "We measure accuracy, latency, cost and user satisfaction.",
         ["We measure accuracy, latency, cost and user satisfaction."]),
        ("too short at the start", "We plan, and then the team builds the assistant.",
         ["We plan, and then the team builds the assistant."]),
        ("too short at the end", "The team builds the assistant, and we help.",
         ["The team builds the assistant, and we help."]),
        ("a hyphen within a word", "The on-call engineer answers a follow-up ticket.",
         ["The on-call engineer answers a follow-up ticket."]),
        ("the cells of a row stay together",
         "| 1 | The assistant is down; we call you at once | 30 minutes |\n| 2 | Other | 4 h |",
         ["1 | The assistant is down; we call you at once | 30 minutes", "2 | Other | 4 h"]),
        ("marks around clauses", "**We test every release**, and _from next quarter we scan it_.",
         ["We test every release", "from next quarter we scan it_."]),
    ]),
)  # fmt: skip
def test_clauses(text, expected):
    assert units(text) == expected


def test_a_clause_keeps_the_rest_of_its_sentence():
    [first, second] = split_units(
        list(split_sentences("We test every release, and from next quarter we scan it."))
    )
    assert first.folded == " we test every release "
    assert first.rest.split() == second.folded.split()
    assert second.rest == first.folded
    assert first.sentence == second.sentence


def test_a_whole_sentence_has_no_rest():
    [unit] = split_units(list(split_sentences("We test every release.")))
    assert (unit.rest, unit.folded) == ("", " we test every release ")


@pytest.mark.parametrize(
    ("text", "bare"),
    by_name([
        ("a word of a list", "- Hypercare", True),
        ("three words", "- Weekly access review", True),
        ("bold words", "- **Access review**", True),
        ("a name counts as one word", "- Access review by Skills & Partners", False),
        ("a short item with a name", "- Audit by Skills & Partners", True),
        ("four words", "- We review access monthly", False),
        ("a figure", "- Uptime 99.5%", False),
        ("a date", "- Review in 2026", False),
        ("a full stop", "- Access reviewed.", False),
        ("a colon", "- Access review:", False),
        ("a paragraph", "Access review", False),
    ]),
)  # fmt: skip
def test_a_short_item_without_a_figure_is_bare(text, bare):
    assert {u.is_bare for u in split_units(list(split_sentences(text)))} == {bare}


def test_names_are_masked_in_a_clause_and_in_the_rest():
    text = "We log every call for Ostara, and from next quarter Northern Data scans the log."
    [first, second] = split_units(list(split_sentences(text, ["Ostara"])))
    assert first.folded == " we log every call for somename "
    assert second.folded == " from next quarter somename scans the log "
    assert (first.rest, second.rest) == (second.folded, first.folded)
    assert text[second.span.start : second.span.end].startswith("from next quarter Northern Data")


def test_clauses_count_their_sentence():
    text = "We test every release; we scan every image.\n\n# Heading\n\nWe log every call."
    found = split_units(list(split_sentences(text)))
    assert [u.number for u in found] == [0, 0, 1]


@given(TEXTS)
def test_any_text_is_divided_and_every_clause_lies_in_its_sentence(text):
    sentences = list(split_sentences(text))
    found = split_units(sentences)
    assert {u.number for u in found} == set(range(len(sentences)))
    for unit in found:
        span, around = unit.span, unit.sentence.span
        assert around.start <= span.start < span.end <= around.end
        assert unit.sentence == sentences[unit.number]
        assert unit.folded.strip() or unit.rest.strip()
        if unit.sentence.kind is BlockKind.ROW:
            assert not unit.rest
