"""How a narrative is divided into blocks and sentences, by example: Markdown, tables, lists, Q&A.

Headings, table heads and questions lend their words to the text below them as context. They are no
statements, so they can show nothing.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calib.review.blocks import BlockKind, split_blocks, split_cells
from calib.review.sentences import split_sentences, without_marks
from tests.core_examples import by_name

LONG = "The release board reviews each change of a prompt before the next release"


def kinds(text):
    return [
        (str(block.kind), text[block.start : block.end].strip()) for block in split_blocks(text)
    ]


def sentences(text):
    return [text[s.span.start : s.span.end] for s in split_sentences(text)]


def contexts(text):
    """Return each sentence with what it stands under."""
    found = split_sentences(text)
    return {text[s.span.start : s.span.end]: s.context.strip() for s in found}


# --- kinds of blocks ---


@pytest.mark.parametrize(
    ("text", "expected"),
    by_name([
        ("a line with hashes is a heading", "## Support\nWe answer.", [("heading", "## Support"), ("paragraph", "We answer.")]),
        ("without a space it is not a heading", "#support is our channel.", [("paragraph", "#support is our channel.")]),
        ("a line underlined with = is one", "Support\n=======\nWe answer.", [("heading", "Support"), ("paragraph", "We answer.")]),
        ("a line underlined with - is one", "Support\n-------\nWe answer.", [("heading", "Support"), ("paragraph", "We answer.")]),
        ("a bold line is one", "**Support**\n\nWe answer.", [("heading", "**Support**"), ("paragraph", "We answer.")]),
        ("also with a colon", "__Support__:\nWe answer.", [("heading", "__Support__:"), ("paragraph", "We answer.")]),
        ("a bold sentence is text", "**We answer within an hour.**\n\nYes.", [("paragraph", "**We answer within an hour.**"), ("paragraph", "Yes.")]),
        ("bold words within a line are text", "**Support** is there.", [("paragraph", "**Support** is there.")]),
        ("a short line above a list", "Support\n- We answer.", [("heading", "Support"), ("item", "- We answer.")]),
        ("a short line that stands alone", "Our support\n\nWe answer.", [("heading", "Our support"), ("paragraph", "We answer.")]),
        ("a sentence is text", "We answer.\n\nWe solve.", [("paragraph", "We answer."), ("paragraph", "We solve.")]),
        ("the last line is text", "We answer\n\nWe solve", [("heading", "We answer"), ("paragraph", "We solve")]),
        ("a numbered title with its text below", "4. Scope\n   This policy applies.", [("heading", "4. Scope"), ("paragraph", "This policy applies.")]),
        ("a long line is text, even with hashes", f"# {LONG} {LONG}", [("paragraph", f"# {LONG} {LONG}")]),
    ]),
)  # fmt: skip
def test_headings(text, expected):
    assert kinds(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    by_name([
        ("bullets of each kind", "- one\n* two\n+ three\n• four\n– five", ["- one", "* two", "+ three", "• four", "– five"]),
        ("numbers and letters", "1. one\n2) two\na) three\n(b) four", ["1. one", "2) two", "a) three", "(b) four"]),
        ("a tab behind the number, as pasted from a word processor", "1.\tWe plan it. We do it.\n2.\tWe check it.", ["1.\tWe plan it. We do it.", "2.\tWe check it."]),
        ("nested lists", "- one\n  - two\n    - three", ["- one", "- two", "- three"]),
        ("an item that is wrapped", "1. First we plan\n2. Then we test\n   and release it", ["1. First we plan", "2. Then we test\n   and release it"]),
        ("bold and boxes", "- **one** is\n- [x] two", ["- **one** is", "- [x] two"]),
    ]),
)  # fmt: skip
def test_list_items(text, expected):
    assert kinds(text) == [("item", item) for item in expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    by_name([
        ("a head that is set off", "| Severity | Response |\n| --- | --- |\n| 1 | 30 min |",
         [("table head", "| Severity | Response |"), ("row", "| 1 | 30 min |")]),
        ("without pipes at the ends", "Severity | Response | Fix\n--- | --- | ---\n1 | 30 min | 4 h",
         [("table head", "Severity | Response | Fix"), ("row", "1 | 30 min | 4 h")]),
        ("a head without rows", "| Component | Choice |\n| --- | --- |", [("table head", "| Component | Choice |")]),
        ("names of columns that are not set off", "| Severity | Response |\n| 1 | 30 min |",
         [("table head", "| Severity | Response |"), ("row", "| 1 | 30 min |")]),
        ("no head", "| 1 | 30 min |\n| 2 | 4 h |", [("row", "| 1 | 30 min |"), ("row", "| 2 | 4 h |")]),
        ("a pasted spreadsheet", "Severity\tResponse\n1\t30 min\n2\t4 h",
         [("table head", "Severity\tResponse"), ("row", "1\t30 min"), ("row", "2\t4 h")]),
        ("a pasted spreadsheet without head", "1\t30 min\n2\t4 h", [("row", "1\t30 min"), ("row", "2\t4 h")]),
        ("text after the table", "| 1 | 30 min |\n| 2 | 4 h |\nWe report it.",
         [("row", "| 1 | 30 min |"), ("row", "| 2 | 4 h |"), ("paragraph", "We report it.")]),
    ]),
)  # fmt: skip
def test_tables(text, expected):
    assert kinds(text) == expected


@pytest.mark.parametrize(
    ("row", "cells"),
    by_name([
        ("pipes", "| 1 | 30 min |", ["1", "30 min"]),
        ("pipes within", "1 | 30 min | 4 h", ["1", "30 min", "4 h"]),
        ("tabs", "1\t30 min\t4 h", ["1", "30 min", "4 h"]),
        ("an empty cell", "| 1 |  | 4 h |", ["1", "", "4 h"]),
        ("one cell", "| 1 |", ["1"]),
    ]),
)  # fmt: skip
def test_cells_of_a_row(row, cells):
    assert split_cells(row) == cells


@pytest.mark.parametrize(
    ("text", "expected"),
    by_name([
        ("a question and its answer", "How long do you stay?\nSix weeks.", [("question", "How long do you stay?"), ("paragraph", "Six weeks.")]),
        ("marked with Q and A", "Q: How long?\nA: Six weeks.", [("question", "Q: How long?"), ("paragraph", "A: Six weeks.")]),
        ("numbered, without a question mark", "Q1 Name a lesson.\nA1 We test scans first.", [("question", "Q1 Name a lesson."), ("paragraph", "A1 We test scans first.")]),
        ("a quarter is not a question", "Q1 was slow.\nWe hired two engineers.", [("paragraph", "Q1 was slow."), ("paragraph", "We hired two engineers.")]),
        ("a plan by quarters", "Q1: pilot in one branch.\nQ2: rollout.", [("paragraph", "Q1: pilot in one branch."), ("paragraph", "Q2: rollout.")]),
        ("a numbered question", "1. How long?\nSix weeks.", [("question", "1. How long?"), ("paragraph", "Six weeks.")]),
        ("questions as a list", "- Is it fast?\n- Is it cheap?", [("item", "- Is it fast?"), ("item", "- Is it cheap?")]),
        ("a paragraph that ends with a question", "We measured it twice. Shall we talk?", [("paragraph", "We measured it twice. Shall we talk?")]),
        ("a question that is quoted", 'Our form asks "internal first?".', [("paragraph", 'Our form asks "internal first?".')]),
        ("both in one line", "How long? Six weeks.", [("paragraph", "How long? Six weeks.")]),
    ]),
)  # fmt: skip
def test_questions(text, expected):
    assert kinds(text) == expected


def test_a_wrapped_line_goes_on_in_the_next():
    assert kinds(f"{LONG}\nand keeps the record.\nIt meets weekly.") == [
        ("paragraph", f"{LONG}\nand keeps the record."),
        ("paragraph", "It meets weekly."),
    ]


def test_blank_texts_and_fences_of_code_have_no_blocks():
    assert kinds(" \n\n\t\n") == kinds("```\n~~~") == []
    assert kinds("```\nrun it\n```") == [("paragraph", "run it")]


def test_windows_line_ends_change_nothing():
    text = "# Support\n\nWe answer.\n- one\n- two\n\n| A | B |\n| --- | --- |\n| 1 | 2 |\n"
    assert kinds(text.replace("\n", "\r\n")) == kinds(text)
    assert sentences(text.replace("\n", "\r\n")) == sentences(text)


# --- sentences ---


@pytest.mark.parametrize(
    ("text", "expected"),
    by_name([
        ("full stops", "We plan. We do it! Is it live? Yes.", ["We plan.", "We do it!", "Is it live?", "Yes."]),
        ("lower case after a full stop", "we plan it. we do it.", ["we plan it.", "we do it."]),
        ("abbreviations", "Dr. Berg, e.g. with approx. five people, follows No. 5 and Art. 28.", ["Dr. Berg, e.g. with approx. five people, follows No. 5 and Art. 28."]),
        ("times of day", "We work from 8 a.m. to 6 p.m. on weekdays.", ["We work from 8 a.m. to 6 p.m. on weekdays."]),
        ("numbers and versions", "Version 2.1 cut it by 3.5 percent.", ["Version 2.1 cut it by 3.5 percent."]),
        ("an annex is not an answer", "See annex A. We keep it.", ["See annex A.", "We keep it."]),
        ("an answer in the line of its question", "Q: How long A: six weeks", ["Q: How long", "A: six weeks"]),
        ("a list within a line", "We work so: 1. plan it 2. do it 3. check it.", ["We work so:", "1. plan it", "2. do it", "3. check it."]),
        ("with brackets", "We (1) plan it, (2) do it.", ["We", "(1) plan it,", "(2) do it."]),
        ("numbers of phases are not a list", "After phase 1. we rest, after phase 2. we rest.", ["After phase 1.", "we rest, after phase 2.", "we rest."]),
        ("an item that ends with a number", "1. Move it to tier 2. Then call us.", ["1. Move it to tier 2.", "Then call us."]),
        ("clauses of a policy", "§ 1 Logs are kept. § 2 (a) Keys must rotate. (b) Roles must be reviewed.",
         ["§ 1 Logs are kept.", "§ 2", "(a) Keys must rotate.", "(b) Roles must be reviewed."]),
        ("clauses by number", "4.1 Logs are kept.\n4.2 Keys must rotate.", ["4.1 Logs are kept.", "4.2 Keys must rotate."]),
        ("steps with arrows", "Intake -> Trial → Launch", ["Intake", "Trial", "Launch"]),
        ("lines of keys and values", "Hours: 8 to 6\nChannel: portal", ["Hours: 8 to 6", "Channel: portal"]),
        ("a row is one sentence", "| 1 | We answer. We fix it. |\n| 2 | Later. |", ["1 | We answer. We fix it.", "2 | Later."]),
        ("code keeps its marks", "Run `calib check <dir>` first.", ["Run `calib check <dir>` first."]),
        ("a rule or an empty item has no words", "We plan.\n\n---\n\n- \n\n…", ["We plan."]),
    ]),
)  # fmt: skip
def test_sentences(text, expected):
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "folded"),
    by_name([
        ("bold", "**Hypercare** lasts __30__ days.", " hypercare lasts 30 days "),
        ("code", "We run `make test` daily.", " we run make test daily "),
        ("an underscore within a name stays", "We set max_tokens.", " we set max tokens "),
        ("a quotation", "> We *do* it.", " we do it "),
        ("cells", "| 1 | 30 minutes |", " 1 30 minutes "),
        ("tabs", "1\t30 minutes\n2\t4 hours", " 1 30 minutes "),
    ]),
)  # fmt: skip
def test_marks_are_no_words(text, folded):
    assert next(split_sentences(text)).folded == folded


def test_taking_marks_away_keeps_every_place():
    text = "# A\n| **b** | `c` | <d> |\n\t_e_ f_g"
    clean = without_marks(text)
    assert len(clean) == len(text)
    assert clean.split() == ["A", "b", "c", "d", "e", "f_g"]


# --- context ---


@pytest.mark.parametrize(
    ("text", "expected"),
    by_name([
        ("a heading", "# Support\nWe answer.", {"We answer.": "support"}),
        ("the two nearest headings", "# A\n## B\n### C\nWe answer.", {"We answer.": "b c"}),
        ("a heading of the same depth ends the one before", "## A\nOne.\n## B\nTwo.", {"One.": "a", "Two.": "b"}),
        ("the line that introduces a list", "We use these:\n- S3\n- ECS\n\nThat is all.", {"We use these:": "", "- S3": "we use these", "- ECS": "we use these", "That is all.": ""}),
        ("an item that introduces another list", "- Tier 1:\n  - sorts\n- Tier 2", {"- Tier 1:": "", "- sorts": "tier 1", "- Tier 2": ""}),
        ("a question", "How long?\nSix weeks.\n\nWho pays?\nYou.", {"Six weeks.": "how long", "You.": "who pays"}),
        ("the head of a table", "| Severity | Response |\n| --- | --- |\n| 1 | 4 h |", {"1 | 4 h": "severity response"}),
        ("heading and head", "# SLA\n| Severity | Response |\n| --- | --- |\n| 1 | 4 h |", {"1 | 4 h": "sla severity response"}),
        ("none", "We answer.", {"We answer.": ""}),
    ]),
)  # fmt: skip
def test_context(text, expected):
    assert contexts(text) == expected


def test_the_sentence_before_belongs_to_the_same_block():
    before = {s.text: s.before.strip() for s in split_sentences("One is. Two is.\n\nThree is.")}
    assert before == {"One is.": "", "Two is.": "one is", "Three is.": ""}


# --- any text ---

PIECES = st.sampled_from([
    "# ", "## ", "**", "__", "- ", "* ", "  - ", "1. ", "(a) ", "| ", " | ", "|---|", "\t", "\n", "\n\n",
    "\r\n", "===", "---", "```\n", "Q: ", "A: ", "?", ". ", ": ", "; ", " -> ", "§ 2 ", "We test ", "planned",
    "30 min", "é", "🙂", "\u2028", "_", "<x>", "`",
])  # fmt: skip
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=40).map("".join))


@given(TEXTS)
def test_any_text_is_divided_and_every_span_lies_in_it(text):
    blocks = split_blocks(text)
    assert [b.start for b in blocks] == sorted(b.start for b in blocks)
    stated = [(b.start, b.end) for b in blocks if b.states]
    last = 0
    for sentence in split_sentences(text):
        start, end = sentence.span.start, sentence.span.end
        assert last <= start < end <= len(text)
        assert sentence.text == text[start:end] == sentence.text.strip()
        assert any(a <= start and end <= b for a, b in stated)
        last = end


@given(TEXTS)
def test_headings_heads_and_questions_are_in_no_sentence(text):
    silent = [b for b in split_blocks(text) if not b.states]
    assert {b.kind for b in silent} <= {BlockKind.HEADING, BlockKind.TABLE_HEAD, BlockKind.QUESTION}
    for sentence in split_sentences(text):
        for block in silent:
            assert sentence.span.end <= block.start or block.end <= sentence.span.start
