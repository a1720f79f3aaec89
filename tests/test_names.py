"""Which names are masked in a text, by example.

The words of a name show nothing: a partner called Northern Data has no data readiness because of
it. Titles of documents and roles do show something and stay, as do the products of AWS.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calib.phrases import fold
from calib.review.names import PLACEHOLDER, find_names, fold_masked
from calib.review.sentences import split_sentences
from tests.core_examples import by_name


def names(text, known=()):
    return [text[start:end] for start, end in find_names(text, known)]


@pytest.mark.parametrize(
    ("text", "expected"),
    by_name([
        ("two words that begin a sentence", "Northern Data runs the assistant.", ["Northern Data"]),
        ("two words within a sentence", "The staff of Northgate Growth use it.", ["Northgate Growth"]),
        ("after an article", "The Northern Data platform runs.", ["Northern Data"]),
        ("joined by an ampersand", "Skills & Partners runs it.", ["Skills & Partners"]),
        ("two names", "We met Northgate Growth and Bluewater Solutions.", ["Northgate Growth", "Bluewater Solutions"]),
        ("wherever it occurs", "Northern Data runs it. We ask Northern Data.", ["Northern Data"] * 2),
        ("the owner of something", "We read Northern Data's log.", ["Northern Data"]),
        ("one word after at", "Our engineers at Data test it.", ["Data"]),
        ("one word after with", "We run it with Insight.", ["Insight"]),
        ("one word that owns something", "It is Data's own assistant.", ["Data"]),
    ]),
)  # fmt: skip
def test_names_are_found(text, expected):
    assert names(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(text, id=name)
        for name, text in (
            ("a role", "Our Data Protection Officer approves it."),
            ("a policy", "The Model Risk Policy applies."),
            ("a plan", "We follow the Customer Support Plan."),
            ("a register", "The Project Risk Register has 12 entries."),
            ("a board", "The Change Advisory Board meets weekly."),
            ("a service of AWS", "Amazon Bedrock Guardrails filter the answers."),
            ("another service of AWS", "We use AWS Secrets Manager."),
            ("one word that begins a sentence", "Data is encrypted."),
            ("one word that begins an item", "- Data in buckets\n- Prompts in Git"),
            ("one defined word", "The Supplier tests the Service at night."),
            ("one word that begins a sentence and owns something", "Data's owners are named."),
            ("words in lower case", "The northern data is read at data centres."),
            ("words in capitals", "NORTHERN DATA runs it."),
            ("a name without an ordinary word", "Presidio Claude masks it at Ostara."),
            ("at the start of a sentence", "At Data we test."),
            ("no text", ""),
        )
    ],
)
def test_other_words_are_not_names(text):
    assert names(text) == []


@pytest.mark.parametrize(
    ("text", "known", "expected"),
    by_name([
        ("a name of one word", "Ostara runs it, and we asked Ostara.", ["Ostara"], ["Ostara"] * 2),
        ("whole words alone", "Ostaran runs it, not Ostara.", ["Ostara"], ["Ostara"]),
        ("a title with it", "The Support Desk helps.", ["Support Desk"], ["Support Desk"]),
        ("the longest first", "Ostara Data Lab runs it.", ["Ostara", "Ostara Data Lab"], ["Ostara Data Lab"]),
        ("a customer and a service of AWS", "Bedrock uses Amazon Bedrock.", ["Bedrock"], ["Bedrock"]),
        ("a service of AWS, the other way", "AWS Bedrock serves it.", ["Bedrock"], []),
        ("a name with signs", "A+B (Data) runs it.", ["A+B (Data)"], ["A+B (Data)"]),
        ("beside one that is found", "Ostara met Northern Data.", ["Ostara"], ["Ostara", "Northern Data"]),
        ("not in the text", "We run it.", ["Ostara"], []),
        ("an empty one", "We run it.", ["", "  "], []),
    ]),
)  # fmt: skip
def test_known_names(text, known, expected):
    assert names(text, known) == expected


def test_one_placeholder_replaces_a_name_however_long_it_is():
    text = "We met Skills & Partners, then Northern Data."
    folded = fold_masked(text, 0, len(text), find_names(text))
    assert folded == f" we met {PLACEHOLDER} then {PLACEHOLDER} "


@pytest.mark.parametrize(
    ("part", "expected"),
    by_name([
        ("all of it", "We ask Northern Data and the team.", " we ask somename and the team "),
        ("the name alone", "Northern Data", " somename "),
        ("the words after it", "and the team.", " and the team "),
        ("a part that cuts the name", "Data and the team.", " data and the team "),
    ]),
)  # fmt: skip
def test_a_part_of_a_text_is_folded(part, expected):
    text = "We ask Northern Data and the team."
    start = text.index(part)
    assert fold_masked(text, start, start + len(part), find_names(text)) == expected


def test_a_sentence_keeps_its_words_beside_the_masked_ones():
    text = "# Northern Data\n\nWe test at night. **Northern Data** reads the results. Then we act."
    first, second, third = split_sentences(text)
    assert (second.folded.split()[:2], second.masked.split()[0]) == (
        ["northern", "data"],
        PLACEHOLDER,
    )
    assert {s.context.strip() for s in (first, second, third)} == {PLACEHOLDER}
    assert third.before == second.masked
    assert [second.text[start:end] for start, end in second.names] == ["Northern Data"]
    assert first.names == third.names == ()


WORDS = st.sampled_from(
    ["Northern", "Data", "data", "&", "Skills", "Policy", "at", "with", "Ostara", ".", "\n", "- ", "'s"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=20).map(" ".join), st.lists(WORDS, max_size=3))
def test_spans_are_in_order_and_lie_in_the_text(text, known):
    spans = find_names(text, known)
    bounds = [at for span in spans for at in span]
    assert bounds == sorted(bounds)
    assert all(start < end <= len(text) for start, end in spans)


@given(st.text(max_size=60))
def test_without_names_a_text_is_folded_as_ever(text):
    assert fold_masked(text, 0, len(text), ()) == fold(text)
