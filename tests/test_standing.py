"""Changes of a text that must not change, or must change, what the reviewer finds in it.

The texts were written by hand for these tests before the reviewer was run on them, as a partner
would write: `standing_texts.jsonl` has ten per control with the quotes that show each point,
`outlines.jsonl` has headings and bare lists, and `paraphrases.jsonl` has the facts of AWS's own
examples in other words, and answers that are too general. Never change a text to please the
reviewer.

A bound below its target has the target beside it. Raise the bound when the reviewer improves.
"""

from __future__ import annotations

import json
import random
import re
from functools import lru_cache
from pathlib import Path

import pytest

from calib import load_catalog
from calib.model import Verdict
from calib.review import review
from calib.review.blocks import BlockKind
from calib.review.sentences import split_sentences

CATALOG = load_catalog()
ORDER = [Verdict.NO, Verdict.PARTLY, Verdict.YES]


def load(name):
    path = Path(__file__).parent / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


TEXTS, OUTLINES, PARAPHRASES = load("standing_texts"), load("outlines"), load("paraphrases")
GOOD = [row for row in PARAPHRASES if row["kind"] == "good"]
INSUFFICIENT = [row for row in PARAPHRASES if row["kind"] == "insufficient"]


@lru_cache(maxsize=256)
def reviewed(control, text, names=()):
    return review(CATALOG.control(control), text, names=names)


def points(control, text, names=()):
    """Return the points shown, as `criterion.point`."""
    found = reviewed(control, text, names)
    return {f"{c.criterion}.{point}" for c in found.criteria for point in c.shown}


def quotes(row):
    """Return the quotes that show each point, by `criterion.point`."""
    return {
        f"{criterion}.{point}": found
        for criterion, by_point in row["shown"].items()
        for point, found in by_point.items()
    }


def share(results):
    """Return the share of the results that hold, and the names of the others."""
    failed = [name for name, holds in results if not holds]
    return 1 - len(failed) / len(results), failed


# --- the texts themselves ---


def test_there_are_enough_texts_for_each_control():
    for control in CATALOG.controls:
        for rows, least in ((TEXTS, 10), (OUTLINES, 5), (GOOD, 10), (INSUFFICIENT, 5)):
            assert sum(row["control"] == control.id for row in rows) >= least
    assert (len(TEXTS), len(OUTLINES), len(GOOD), len(INSUFFICIENT)) == (60, 35, 60, 30)


def test_the_labels_of_the_texts_are_sound():
    known = {f"{x.id}.{p.id}" for c in CATALOG.controls for x in c.criteria for p in x.points}
    labelled = set()
    for row in TEXTS:
        labelled |= quotes(row).keys()
        assert all(q in row["text"] for found in quotes(row).values() for q in found), row["id"]
        assert all(name in row["text"] for name in (row["partner"], *row["customers"])), row["id"]
    assert labelled == known, "each point of the catalog is shown by at least one text"


def test_the_texts_are_not_in_the_corpus():
    folder = Path(__file__).parent.parent / "data" / "calibration"
    corpus = {
        json.loads(line)["text"]
        for part in ("build", "tune", "points/build", "points/tune")
        for path in (folder / part).glob("*.jsonl")
        for line in path.read_text("utf-8").splitlines()
    }
    assert not corpus & {row["text"] for row in (*TEXTS, *OUTLINES, *PARAPHRASES)}


# --- how many points are found at all ---


def test_most_points_of_the_texts_are_found_and_few_others():
    both = found = labelled = 0
    for row in TEXTS:
        shown, expected = points(row["control"], row["text"]), quotes(row).keys()
        both, found, labelled = (
            both + len(shown & expected),
            found + len(shown),
            labelled + len(expected),
        )
    assert 2 * both / (found + labelled) >= 0.78  # the target for unseen texts is 0.85


# --- remove ---


def without(text, removed):
    """Return a text without the sentences that a quote is in."""
    places = [(text.index(quote), text.index(quote) + len(quote)) for quote in removed]
    for sentence in sorted(split_sentences(text), key=lambda s: -s.span.start):
        start, end = sentence.span.start, sentence.span.end
        if any(start < b and a < end for a, b in places):
            if sentence.kind is BlockKind.ROW:
                start = text.rfind("\n", 0, start) + 1
                end = len(text) if "\n" not in text[end:] else text.index("\n", end)
            text = text[:start] + text[end:]
    # A bullet without text, or an empty line of a table.
    lines = [line for line in text.split("\n") if not re.fullmatch(r"\s*[-*|]\s*", line)]
    return "\n".join(lines)


def test_a_point_is_gone_without_its_sentences():
    results = []
    for row in TEXTS:
        shown = points(row["control"], row["text"])
        for point, removed in quotes(row).items():
            if point in shown:
                left = points(row["control"], without(row["text"], removed))
                results.append((f"{row['id']}: {point}", point not in left))
    reached, failed = share(results)
    assert reached >= 0.84, failed  # the target is 0.95


# --- rename ---

NAMES = (
    ("Data", "Bedrock"), ("Skills", "Security"), ("Security", "Data"), ("Bedrock", "Skills"),
    ("Northern Data", "Skills Bridge"), ("Quality & Risk", "Feedback Stores"),
    ("Model Works", "Audit Mutual"), ("Prompt Partners", "Roadmap Media"),
)  # fmt: skip


def renamed(row, partner, customer):
    text = row["text"].replace(row["partner"], partner)
    for name in row["customers"]:
        text = text.replace(name, customer)
    return text


def changes_by_names(*, known):
    """Return whether the points stay the same, for each text and each pair of names.

    `known` is whether the reviewer is given the names, as it is for an assessment.
    """
    results = []
    for row in TEXTS:
        given = (row["partner"], *row["customers"]) if known else ()
        before = points(row["control"], row["text"], given)
        for names in NAMES:
            after = points(row["control"], renamed(row, *names), names if known else ())
            moved = sorted(before ^ after)
            results.append((f"{row['id']} as {' and '.join(names)}: {moved}", not moved))
    return share(results)


def test_names_of_the_partner_and_its_customers_change_nothing():
    reached, failed = changes_by_names(known=True)
    assert reached >= 0.95, failed  # the target is 1


def test_names_that_the_reviewer_has_to_find_change_little():
    reached, failed = changes_by_names(known=False)
    assert reached >= 0.58, failed  # the target is 1


# --- add ---


def test_one_more_sentence_lowers_no_verdict():
    results = []
    for row in TEXTS:
        control = CATALOG.control(row["control"])
        before, shown = reviewed(control.id, row["text"]), points(control.id, row["text"])
        for criterion in control.criteria:
            for point in criterion.points:
                if f"{criterion.id}.{point.id}" not in shown:
                    after = review(control, f"{row['text']}\n\n{point.example}")
                    fallen = [
                        a.criterion
                        for a, b in zip(before.criteria, after.criteria, strict=True)
                        if ORDER.index(b.verdict) < ORDER.index(a.verdict)
                    ]
                    results.append(
                        (f"{row['id']} + {criterion.id}.{point.id}: {fallen}", not fallen)
                    )
    reached, failed = share(results)
    assert reached >= 0.96, failed  # the target is 1


def test_one_more_criterion_changes_no_other():
    """A criterion that was not learned affects nothing else, not even the level."""
    results = []
    for row in TEXTS:
        control = CATALOG.control(row["control"])
        new = control.criteria[0].model_copy(update={"id": "exit-plan"})
        wider = control.model_copy(update={"criteria": (*control.criteria, new)})
        before, after = reviewed(control.id, row["text"]), review(wider, row["text"])
        for a, b in zip(before.criteria, after.criteria, strict=False):
            results.append((f"{row['id']}: {a.criterion}", a == b))
        results.append((f"{row['id']}: level", before.level == after.level))
    reached, failed = share(results)
    assert reached >= 0.94, failed  # the target is 1


def test_a_plan_behind_a_statement_does_not_take_it_away():
    """ "We do A, and from next quarter B" is judged clause by clause."""
    results = []
    for control in CATALOG.controls:
        for criterion in control.criteria:
            for point in criterion.points:
                name, alone = f"{criterion.id}.{point.id}", point.example
                if name in points(control.id, alone):
                    both = f"{alone.rstrip('.')}, and from next quarter we will publish a report."
                    results.append((name, name in points(control.id, both)))
    reached, failed = share(results)
    assert reached >= 0.88, failed  # the target is 1


# --- shuffle and marks ---


def sections(text):
    """Divide a text where a section begins; a heading or a question stays with its text."""
    found = []
    for part in re.split(r"\n\n+", text):
        bare = part.strip()
        alone = "\n" not in bare and (
            bare.startswith(("#", "**", "Question:")) or bare.endswith(":")
        )
        if found and found[-1][1]:
            found[-1] = (f"{found[-1][0]}\n\n{part}", alone)
        else:
            found.append((part, alone))
    return [part for part, _ in found]


def has_headings(text):
    return re.search(r"(?m)^(#|\*\*)", text) is not None


def shuffled(text, seed):
    parts = sections(text)
    if has_headings(text):
        # The paragraphs below a heading stay with it.
        whole = []
        for part in parts:
            if part.startswith(("#", "**")) or not whole:
                whole.append(part)
            else:
                whole[-1] += f"\n\n{part}"
        parts = whole
    random.Random(seed).shuffle(parts)
    return "\n\n".join(parts)


def bold_starts(text):
    """Return a text with the first two words of each paragraph in bold."""
    return re.sub(r"(?m)^([A-Z][\w’']+ [\w’']+)(?=[ ,])", r"**\1**", text)


def underlined_headings(text):
    heading = re.compile(r"(?m)^(?:#+ (.+)|\*\*([^*\n]+)\*\*)$")
    return heading.sub(lambda m: (m[1] or m[2]) + "\n" + "=" * len(m[1] or m[2]), text)


MARKS = {
    "bold at the start": bold_starts,
    "headings underlined": underlined_headings,
    "hashes for bold headings": lambda text: re.sub(r"(?m)^\*\*([^*\n]+)\*\*$", r"## \1", text),
    "bold for hashes": lambda text: re.sub(r"(?m)^#+ (.+)$", r"**\1**", text),
    "stars for hyphens": lambda text: re.sub(r"(?m)^- ", "* ", text),
    "hyphens for stars": lambda text: re.sub(r"(?m)^\* ", "- ", text),
    "names in italics": lambda text: re.sub(r"\b(Amazon|AWS) (\w+)", r"_\1 \2_", text),
    "Windows line ends": lambda text: text.replace("\n", "\r\n"),
}


def unchanged(variants):
    """Return whether each variant of a text shows the same points as the text."""
    results = []
    for row, name, text in variants:
        moved = points(row["control"], row["text"]) ^ points(row["control"], text)
        results.append((f"{row['id']} {name}: {sorted(moved)}", not moved))
    return share(results)


def test_the_order_of_paragraphs_changes_nothing():
    reached, failed = unchanged(
        (row, f"seed {seed}", shuffled(row["text"], seed)) for row in TEXTS for seed in range(3)
    )
    assert reached == 1, failed


def test_shuffled_texts_keep_their_words():
    for row in TEXTS:
        assert sorted(shuffled(row["text"], 1).split()) == sorted(row["text"].split())


@pytest.mark.parametrize("name", MARKS)
def test_marks_of_markdown_change_nothing(name):
    variants = [(row, name, MARKS[name](row["text"])) for row in TEXTS]
    assert any(text != row["text"] for row, _, text in variants)
    reached, failed = unchanged(variants)
    assert reached == 1, failed


# --- outlines ---


def test_headings_and_bare_lists_reach_level_one_at_most():
    results = [(row["id"], reviewed(row["control"], row["text"]).level <= 1) for row in OUTLINES]
    reached, failed = share(results)
    assert reached >= 0.88, failed  # the target is 1


# --- paraphrases of AWS's examples ---


def bars(row):
    """Return whether each criterion with an example bar reaches it."""
    control = CATALOG.control(row["control"])
    found = reviewed(row["control"], row["text"])
    return [
        (f"{row['id']}: {c.criterion}", c.example_bar)
        for c in found.criteria
        if control.criterion(c.criterion).example_bar
    ]


def test_the_facts_of_the_examples_in_other_words_reach_the_example_bar():
    reached, failed = share([result for row in GOOD for result in bars(row)])
    assert reached >= 0.09, failed  # the target is 0.90


def test_answers_that_are_too_general_do_not_reach_the_example_bar():
    reached, held = share([(name, not bar) for row in INSUFFICIENT for name, bar in bars(row)])
    assert reached >= 0.98, held
    passed = [row["id"] for row in INSUFFICIENT if all(bar for _, bar in bars(row))]
    assert passed == []


def test_answers_that_are_too_general_reach_level_one_at_most():
    assert [r["id"] for r in INSUFFICIENT if reviewed(r["control"], r["text"]).level > 1] == []
