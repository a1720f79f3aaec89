"""The one definition of invisible characters, and what each function makes of them."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calib.text import (
    blank_invisible,
    clean_name,
    day,
    escape_invisible,
    is_allowed_in_name,
    is_invisible,
    listed,
    plural,
    strip_format_characters,
)

# Character, whether it is invisible, whether it is allowed in a name.
TABLE = [
    ("\x00", True, False),
    ("\x08", True, False),
    ("\t", False, False),
    ("\n", False, False),
    ("\x0b", True, False),
    ("\r", True, False),
    ("\x1b", True, False),
    ("\x7f", True, False),
    ("\x85", True, False),
    ("\x9b", True, False),
    ("\u202a", True, False),
    ("\u202e", True, False),
    ("\u2066", True, False),
    ("\u2069", True, False),
    ("\ud800", True, False),
    ("\udfff", True, False),
    ("\ufdd0", True, False),
    ("\ufffe", True, False),
    ("\uffff", True, False),
    ("\U0001fffe", True, False),
    ("\U0010ffff", True, False),
    # They stay in a page, but break a line of a terminal and make names that look alike.
    ("\u2028", False, False),
    ("\u2029", False, False),
    ("\u200b", False, False),
    ("\u2060", False, False),
    ("\ufeff", False, False),
    ("\ufff9", False, False),
    # Texts need these, but a name could be doubled with them.
    ("\u200c", False, False),
    ("\u200d", False, False),
    ("\u200e", False, False),
    ("\u200f", False, False),
    ("\u061c", False, False),
    ("\u00ad", False, False),
    ("\U000e0067", False, False),
    ("\ue000", False, False),
    # Visible, or a space.
    (" ", False, True),
    ("\u00a0", False, True),
    ("\ufe0f", False, True),
    ("\ufffd", False, True),
    ("é", False, True),
    ("م", False, True),
    ("能", False, True),
    ("\U0001f600", False, True),
]


@pytest.mark.parametrize(
    ("char", "invisible", "in_name"),
    TABLE,
    ids=lambda v: f"{ord(v):04X}" if isinstance(v, str) else "",
)
def test_characters(char, invisible, in_name):
    assert is_invisible(char) is invisible
    assert is_allowed_in_name(char) is in_name
    shown = f"[U+{ord(char):04X}]" if invisible else char
    assert escape_invisible(f"a{char}b") == f"a{shown}b"
    breaks_a_line = invisible or char in "\u2028\u2029\u200b\u2060\ufeff\ufff9"
    blank = "\n" if char == "\r" else " " if breaks_a_line else char
    assert blank_invisible(f"a{char}b") == f"a{blank}b"


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",  # Persian: "I want"
        "ශ්\u200dරී ලංකා",  # Sinhala: "Sri Lanka"
        "क्\u200dष",  # Devanagari: a half form
    ],
)
def test_joiners_that_a_script_needs_stay(text):
    assert escape_invisible(text) == blank_invisible(text) == clean_name(text) == text


def test_emoji_stay_in_text():
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467 1\ufe0f\u20e3"
    assert escape_invisible(family) == blank_invisible(family) == family


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("  Ana \t Silva\n", "Ana Silva"),
        ("An\u200ca", "An a"),
        ("Ana\u200d", "Ana"),
        ("\u200dAna", "Ana"),
        ("An\u00ada", "An a"),
        ("Ana\u202eavliS", "Ana avliS"),
        ("\x1b[31mAna", "[31mAna"),
        ("José\u00a0María", "José María"),
        ("\u200b", ""),
    ],
)
def test_names(name, clean):
    assert clean_name(name) == clean


@given(st.text(st.characters()))
def test_what_is_made_safe_is_safe(text):
    assert not any(map(is_invisible, escape_invisible(text)))
    assert not any(map(is_invisible, blank_invisible(text)))
    assert clean_name(clean_name(text)) == clean_name(text)
    assert len(clean_name(text).splitlines()) <= 1


@given(st.characters(categories=["L", "M", "N", "P", "S"]))
def test_nothing_that_can_be_seen_is_hidden(char):
    assert unicodedata.category(char)[0] in "LMNPS"
    assert not is_invisible(char)
    assert is_allowed_in_name(char)


def test_line_breaks_of_windows_are_one_newline():
    assert escape_invisible("a\r\nb") == blank_invisible("a\r\nb") == "a\nb"


def test_strip_format_characters():
    assert strip_format_characters("GENAI\u00adPR\u200b-\u200d1\ufeff") == "GENAIPR-1"


def test_words():
    assert day(date(2027, 3, 5)) == "5\u00a0Mar\u00a02027"
    assert day(None) == "–"
    assert [plural(n, "file") for n in (0, 1, 2)] == ["0 files", "1 file", "2 files"]
    assert plural(2, "study", "studies") == "2 studies"
    assert [listed(w) for w in ([], ["a"], ["a", "b"], "abc")] == ["", "a", "a and b", "a, b and c"]
