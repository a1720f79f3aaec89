"""One field changes, everything else stays: examples a person would write, then random ones."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calib.yamledit import fieldpath
from calib.yamledit.edit import NotStorableValue, delete_field, parse_value, set_field

CONTROL = """\
# GENAIPR-001: what will be submitted
control: GENAIPR-001   # never change
narrative: |
  We run every engagement by one handbook.

  It has five phases.

# The criteria follow.
criteria:
  # Is there a methodology? (passing)
  methodology:
    claimed_level: 3   # as agreed on Monday
    answer: >-
      Handbook v3.2, five phases, gate checklist in section 2. Nine engagements have run on it, and
      the tenth begins in May.
    evidence: [delivery-handbook]
    owner:             # who keeps it up
    due:
  # Is data readiness assessed?
  readiness-data:
    evidence:
      - delivery-handbook    # section 3
      # the report is newer
      - harborline-discovery
third_party: []
# the end
"""


def changed(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that went and the lines that came."""
    import difflib

    rows = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    return [r[2:] for r in rows if r[0] == "-"], [r[2:] for r in rows if r[0] == "+"]


@pytest.mark.parametrize(
    ("field", "new", "gone", "came"),
    [
        ("control", "GENAIPR-002", ["control: GENAIPR-001   # never change"], ["control: GENAIPR-002   # never change"]),
        ("criteria.methodology.claimed_level", 2, ["    claimed_level: 3   # as agreed on Monday"], ["    claimed_level: 2   # as agreed on Monday"]),
        ("criteria.methodology.owner", "Ann: lead", ["    owner:             # who keeps it up"], ['    owner: "Ann: lead"             # who keeps it up']),
        ("criteria.methodology.due", "2026-05-01", ["    due:"], ["    due: 2026-05-01"]),
        ("criteria.methodology.not_applicable", "no", [], ['    not_applicable: "no"']),
        ("criteria.methodology.evidence[1]", "b", ["    evidence: [delivery-handbook]"], ["    evidence: [delivery-handbook, b]"]),
        ("criteria.methodology.evidence[=b]", "b", ["    evidence: [delivery-handbook]"], ["    evidence: [delivery-handbook, b]"]),
        ("criteria.readiness-data.evidence[2]", "b", [], ["      - b"]),
        ("criteria.readiness-data.evidence[=harborline-discovery]", None, ["      - harborline-discovery"], []),
        ("criteria.readiness-data.evidence[0]", None, ["      - delivery-handbook    # section 3"], []),
        ("criteria.readiness-skills.claimed_level", 1, [], ["  readiness-skills:", "    claimed_level: 1"]),
        ("criteria.readiness-data", None, ["  readiness-data:", "    evidence:", "      - delivery-handbook    # section 3", "      # the report is newer", "      - harborline-discovery"], []),
        ("narrative", "We run every engagement by one handbook.\n\nIt has six phases.\n", ["  It has five phases."], ["  It has six phases."]),
        ("narrative", "We run every engagement by one handbook.\n\nIt has five phases.", ["narrative: |"], ["narrative: |-"]),
        ("third_party", [{"service": "X", "purpose": "a\nb\n"}], ["third_party: []"], ["third_party:", "  - service: X", "    purpose: |", "      a", "      b"]),
        ("third_party[0].service", "X", ["third_party: []"], ["third_party:", "  - service: X"]),
        ("new.deep.list[0].x", True, [], ["new:", "  deep:", "    list:", "      - x: true"]),
        (
            "criteria.methodology.answer",
            "Handbook v3.3, five phases, gate checklist in section 2. Nine engagements have run on it, and the tenth begins in May.",
            ["      Handbook v3.2, five phases, gate checklist in section 2. Nine engagements have run on it, and"],
            ["      Handbook v3.3, five phases, gate checklist in section 2. Nine engagements have run on it, and"],
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_only_the_field_changes(field, new, gone, came, newline):
    text = CONTROL.replace("\n", newline)
    spot = fieldpath.parse_field_path(field)
    done = delete_field(text, spot) if new is None else set_field(text, spot, new)
    assert done.kept_layout
    assert changed(text, done.text) == (gone, came)
    assert done.text.count("\r\n") == (done.text.count("\n") if newline == "\r\n" else 0)
    if field.startswith("criteria.methodology.evidence"):
        assert (
            fieldpath.get_at(
                done.value, fieldpath.parse_field_path("criteria.methodology.evidence[1]")
            )
            == "b"
        )


@pytest.mark.parametrize(
    ("text", "field", "new"),
    [
        ("", "a.b", 1),
        ("# only words\n", "a", "x\ny"),
        ("{}\n", "a[0]", "x"),
        ("{a: 1, b: [x, y]}\n", "b[1]", "one: two"),
        ("{a: 1, b: [x, y]}\n", "c.d", "a\nb"),
        ("a:\n", "a.b.c", "x"),
        ("a: null\n", "a.b.c", "x"),
        ("a: |+\n  x\n\nb: 1\n", "a", "y"),
        ("a: 1", "b", 2),
        ("a: |\n  x", "b", 2),
        ("---\na: 1\n...\n", "b", 2),
        ("a:\n- x\n- y: 1\n  z: 2\n", "a[1].y", "more\nlines"),
        ("a:\n- x\n-\n- z\n", "a[1]", "y"),
        ("'a b': 1\n\"c\": {d: }\n", "c.d", "x"),
        ("? a\n: b\n", "a", "c"),
        ("a: 'it''s'\n", "a", "x\x85y"),
        ("a: b\n", "a", {"x": [{"y": "1\n2"}, []], "z": None}),
    ],
)
def test_odd_layouts(text, field, new):
    done = set_field(text, fieldpath.parse_field_path(field), new)
    assert fieldpath.is_equal(
        fieldpath.get_at(parse_value(done.text, ""), fieldpath.parse_field_path(field)), new
    )


def test_a_place_inside_a_text_is_refused():
    with pytest.raises(fieldpath.UnreachableField):
        set_field("a: text\n", ("a", "b"), 1)


@pytest.mark.parametrize("new", ["\ud800", 10**20, 1.5])
def test_what_yaml_would_change_is_refused(new):
    with pytest.raises(NotStorableValue):
        set_field("a: text\n", ("a",), new)


# Random documents ---------------------------------------------------------------------------

ODD = ["", " ", "no", "yes", "null", "~", "010", "1e3", "-5", "+5", "2026-05-01", "12:30", "# no", "a # b",
       "a: b", "- x", "---", "...", "\tx", "x\t", " lead", "trail ", "a\n", "\na", "a\n\n", "a\n b\n", " a\nb",
       "x\x85y", "x\u2028y", "\ufeff", "😀 ok", "a\r\nb", "\x00", "\x1f", "'", '"', "\\", "{a}", "[a", "&a", "*a",
       "!t", "%x", "@x", "`x", "|", ">", "?", "a,b", "a:b", ":", "<<", "=", "\n", "  \n  ", "a\n   \nb", "a\n#b\nc",
       "word " * 40, "long line: " * 20, "para one " * 30 + "\n\n" + "para two " * 30 + "\n"]  # fmt: skip
texts = st.one_of(
    st.sampled_from(ODD),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.lists(st.sampled_from([*ODD, "a word or two", "second line"]), max_size=5).map("\n".join),
)
scalars = st.one_of(texts, st.integers(-(10**17), 10**17), st.booleans(), st.none())
keys = st.one_of(
    st.sampled_from(["a", "b", "answer", "no", "1", "due date", "x:y", "#k"]),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=4),
)
keys = keys.filter(lambda k: not k.startswith("="))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=8,
)


@st.composite
def documents(draw) -> str:
    """A mapping in mixed styles with comments strewn in."""
    value = draw(st.dictionaries(keys, values, max_size=4))
    style = draw(st.sampled_from([None, "|", ">", '"', "'"]))

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data):
            return True

    Dumper.add_representer(
        str, lambda d, t: d.represent_scalar("tag:yaml.org,2002:str", t, style=style if "\n" in t or draw(st.booleans()) else None)
    )  # fmt: skip
    flow = draw(st.sampled_from([False, False, None, True]))
    text = yaml.dump(value, Dumper=Dumper, default_flow_style=flow, allow_unicode=True, width=draw(st.sampled_from([20, 80, 1000])), indent=draw(st.sampled_from([2, 4])))  # fmt: skip
    rows: list[str] = []
    for row in text.split("\n")[:-1]:
        if draw(st.integers(0, 4)) == 0:
            rows.append(" " * draw(st.integers(0, 6)) + f"# note {len(rows)}")
        rows.append(row)
        if draw(st.integers(0, 6)) == 0:
            rows[-1] += f"   # tail {len(rows)}"
        if draw(st.integers(0, 6)) == 0:
            rows.append("")
    noted = "\n".join(rows) + draw(st.sampled_from(["\n", "", "\n\n", "\n# end\n"]))
    for candidate in (noted, text):
        try:
            parse_value(candidate, "")
        except Exception:
            continue
        return (
            candidate.replace("\n", "\r\n")
            if draw(st.integers(0, 5)) == 0 and "\r" not in candidate
            else candidate
        )
    return ""


def places(value, here=()):
    yield here
    if isinstance(value, dict):
        for key, one in value.items():
            yield from places(one, (*here, key))
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from places(one, (*here, number))


def comments(text: str) -> list[str]:
    """The comments of a text: tokens that libyaml skips, found by taking scalars away."""
    found = []
    inside = []
    for token in yaml.scan(text, Loader=yaml.CSafeLoader):
        if isinstance(token, yaml.ScalarToken):
            start = token.start_mark.index
            # A comment may stand behind the `|` of a block.
            start = text.find("\n", start) if token.style in ("|", ">") else start
            inside.append((start, token.end_mark.index))
    for start in (i for i, c in enumerate(text) if c == "#"):
        if any(a <= start < b for a, b in inside) or (start and text[start - 1] not in " \n\r\t"):
            continue
        found.append(
            text[start : text.find("\n", start) if "\n" in text[start:] else len(text)].strip()
        )
    return found


@st.composite
def edits(draw):
    text = draw(documents())
    value = parse_value(text, "") or {}
    spot = draw(st.sampled_from(list(places(value))))
    inner = fieldpath.get_at(value, spot)
    if (inner is None or isinstance(inner, dict)) and draw(st.booleans()):
        spot = (*spot, draw(keys))
    elif isinstance(inner, list) and draw(st.booleans()):
        spot = (*spot, len(inner))
    new = draw(values)
    if not spot:
        new = draw(st.dictionaries(keys, values, min_size=1, max_size=3))
    return text, value, spot, new


SETTINGS = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))


def check_set(case):
    text, value, spot, new = case
    done = set_field(text, spot, new)
    where, built = fieldpath.reduce_edit(value, spot, new)
    expected = fieldpath.put_at(value, where, built)
    assert fieldpath.is_equal(parse_value(done.text, ""), expected)
    assert fieldpath.is_equal(fieldpath.get_at(done.value, spot), new)
    if done.kept_layout and where and fieldpath.get_at(value, where) in (None, "", 0, False, True):
        assert [c for c in comments(done.text) if "note" in c or "tail" in c] == [c for c in comments(text) if "note" in c or "tail" in c]  # fmt: skip


def check_delete(case):
    text, value, spot, _ = case
    done = delete_field(text, spot)
    found = fieldpath.resolve(value, spot)
    expected = fieldpath.drop_at(value, found) if found else value
    assert fieldpath.is_equal(parse_value(done.text, "") if found else expected, expected)


@given(edits())
@SETTINGS
def test_set_reads_back_equal(case):
    check_set(case)


@given(edits())
@SETTINGS
def test_delete_reads_back_equal(case):
    check_delete(case)


@pytest.mark.slow
@given(edits())
@LONG
def test_set_reads_back_equal_at_length(case):
    check_set(case)


@pytest.mark.slow
@given(edits())
@LONG
def test_delete_reads_back_equal_at_length(case):
    check_delete(case)
