"""The reviewer: what it carries, what it refuses, that it points at the words and never wavers."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calib import load_catalog
from calib.model import Mood, Outcome, Verdict
from calib.resources import resource_path
from calib.review import review
from calib.review.copied_text import find_copied_mood
from calib.review.language import detect_foreign_language
from calib.review.secrets import find_private_data
from calib.review.sentence_scores import LEVEL_FOUR_SIGNS, load_control_weights
from calib.review.sentences import split_sentences
from calibration import corpus, measure
from calibration.learn import as_text, learn

CATALOG = load_catalog()
CONTROLS = CATALOG.controls
BUILD, TUNE = corpus.load("build"), corpus.load("tune")
EACH = pytest.mark.parametrize("control", CONTROLS, ids=lambda c: c.id)


def own(control):
    """Let a catalog example be read as a partner's own words: the control gets another's examples."""
    other = CONTROLS[(CONTROLS.index(control) + 1) % len(CONTROLS)]
    return control.model_copy(update={"examples": other.examples})


def judged(responses):
    found = [(r, review(CATALOG.control(r.control), r.text)) for r in responses]
    return [measure.judgement(r, one.level, one.criteria) for r, one in found]


@EACH
def test_the_good_example_carries_every_criterion(control):
    good = review(own(control), control.examples.good.text)
    assert {c.criterion for c in good.criteria if c.verdict is not Verdict.YES} == set()


def known_to_fail(control, why):
    """Mark what docs/reviewer.md says the reviewer cannot do; a success is reported."""
    mark = pytest.mark.xfail(strict=True, reason=why)
    return [pytest.param(c, id=c.id, marks=mark if c.id == control else ()) for c in CONTROLS]


@pytest.mark.parametrize(
    "control", known_to_fail("GENAIPR-003", "its result is said in words not learned as one")
)
def test_the_good_example_is_at_level_four(control):
    assert review(own(control), control.examples.good.text).level == 4


@pytest.mark.parametrize(
    "control", known_to_fail("GENAIPR-006", "'as long as the clinics need us' passes for a length")
)
def test_the_insufficient_example_carries_nothing(control):
    bad = review(own(control), control.examples.insufficient.text)
    assert {c.criterion for c in bad.criteria if c.verdict is Verdict.YES} == set()
    assert bad.level <= 1


@EACH
def test_another_controls_good_example_does_not_pass(control):
    for other in CONTROLS:
        if other is not control:
            assert review(own(control), other.examples.good.text).level <= 2


@EACH
def test_a_copied_example_carries_nothing_also_with_other_names(control):
    text = control.examples.good.text
    renamed = re.sub(r"\b(?:Ostara|Tomas|Leila)\b", "Quillon", text).replace("2026", "2025")
    for copy in (text, renamed):
        found = review(control, copy)
        assert found.level <= 1
        assert {c.verdict for c in found.criteria} <= {Verdict.NO, Verdict.PARTLY}
        assert any(f.rule == "copied" and f.outcome is Outcome.GAP for f in found.findings)


@EACH
def test_words_about_the_criteria_are_no_answer(control):
    titles = ", ".join(x.title for x in control.criteria)
    artefacts = ", ".join(a for x in control.criteria for a in x.artefacts)
    asked = f"{control.requirement} {control.asks_for}"
    looked_for = " ".join(x.looks_for for x in control.criteria)
    questions = " ".join(x.question for x in control.criteria)
    for text in (f"{titles}, {artefacts}.", asked, looked_for, questions):
        assert review(control, text).level <= 2


@EACH
def test_shuffled_words_do_not_pass(control):
    words = control.examples.good.text.split()
    random.Random(5).shuffle(words)
    assert review(own(control), " ".join(words)).level <= 2


@pytest.mark.parametrize("text", ["", "   \n", "…", "🙂", "x" * 5000, "- \n- \n", "a" + "\n" * 500])
def test_an_empty_or_odd_text_is_level_zero(text):
    found = review(CONTROLS[0], text)
    assert found.level == 0
    assert {c.verdict for c in found.criteria} == {Verdict.NO}


@EACH
def test_spans_point_at_the_words(control):
    text = control.examples.good.text
    for criterion in review(own(control), text).criteria:
        assert sum(p.decides for p in criterion.passages) == 1
        assert any(p.carries for p in criterion.passages)
        for passage in criterion.passages:
            words = text[passage.span.start : passage.span.end]
            assert words.strip() == words != ""


@pytest.mark.parametrize(
    ("tag", "highest"),
    [
        ("plans", 2), ("denials", 2), ("keyword-list", 2), ("restated-requirement", 2),
        ("copied-example", 1), ("other-control", 2), ("non-english", 0), ("marketing", 2),
        ("attachment-pointer", 2), ("placeholders", 2), ("certificates", 2), ("hedges", 3),
        ("irrelevant-numbers", 2),
    ],
)  # fmt: skip
def test_no_trick_of_the_tune_part_passes(tag, highest):
    tricks = [j for j in judged(TUNE) if j.response.tag == tag]
    assert tricks
    assert max(j.level for j in tricks) <= highest


def test_the_tune_part_is_read_as_well_as_the_targets_ask():
    figures = measure.figures(judged(TUNE))
    assert figures["kappa"] >= 0.85
    assert figures["yes F1"] >= 0.85
    assert figures["overlap"] >= 0.80
    assert figures["false passes"] <= 0.02
    assert min(figures[f"recall {level}"] for level in (1, 2, 3)) >= 0.70


def test_the_kappa_is_the_published_one():
    # The worked example that circulates with the weighted kappa of essay-scoring contests; levels
    # 1-10 there, so it is computed with scikit-learn's function as we call it, on its own scale.
    from sklearn.metrics import cohen_kappa_score

    given = [1, 4, 2, 2, 5, 2, 5, 4, 5, 3, 1]
    said = [3, 4, 4, 4, 4, 4, 6, 7, 8, 9, 10]
    found = cohen_kappa_score(given, said, labels=range(1, 11), weights="quadratic")
    assert found == pytest.approx(0.041025641025641)


def test_planned_and_denied_sentences_carry_nothing():
    control = CATALOG.control("GENAIPR-006")

    def verdict(text):
        return review(control, text).criterion("support-duration").verdict

    there = "A stabilization period of six weeks is followed by production support for 12 months, renewed each year, as the support plan v2 says."
    planned = "We plan to define a stabilization period of six weeks and production support for 12 months; it will be introduced next year."
    denied = "We do not have a stabilization period, and production support for 12 months has not been agreed with anybody yet."
    assert verdict(there) is Verdict.YES
    assert verdict(planned) is Verdict.NO
    assert verdict(denied) is Verdict.NO


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Unser Support dauert zwölf Wochen nach dem Go-live und danach ein Jahr.", "German"),
        ("Le support dure douze semaines après la mise en service, puis un an avec nous.", "French"),
        ("サポートは本番稼働後十二週間続き、その後は年間契約となります。", "another script"),
        ("Поддержка длится двенадцать недель после запуска, затем один год.", "another script"),
    ],
)  # fmt: skip
def test_another_language_is_refused_in_words(text, language):
    found = review(CONTROLS[5], text)
    assert found.level == 0
    assert {f.rule for f in found.findings} == {"cannot-review"}
    assert all("cannot review" in f.message and language in f.message for f in found.findings)


@pytest.mark.parametrize("response", BUILD + TUNE, ids=lambda r: r.id)
def test_english_is_taken_for_english_and_nothing_else_is(response):
    assert bool(detect_foreign_language(response.text)) == (response.tag == "non-english")


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("key AKIAIOSFODNN7EXAMPLE.", ["aws-access-key"]),
        ("secret_access_key = wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYab", ["aws-secret-key"]),
        ("-----BEGIN RSA PRIVATE KEY-----", ["private-key"]),
        ("token ghp_abcdefghijklmnopqrst1234", ["token"]),
        ("password: hunter22", ["password"]),
        ("account 123456789012, role arn:aws:iam::210987654321:role/x", ["aws-account-id"] * 2),
        ("write to jo.doe@example.com or ops@example.org", ["e-mail"] * 2),
        ("call +49 30 1234567", ["phone"]),
        ("card 4111 1111 1111 1111", ["card-number"]),
        ("IBAN DE89 3704 0044 0532 0130 00", ["iban"]),
        ("host 10.1.2.3", ["internal-address"]),
    ],
)  # fmt: skip
def test_secrets_and_personal_data_are_found_and_not_repeated(text, kinds):
    found = list(find_private_data("C", text, "f.yaml"))
    assert [f.rule.split(":")[1] for f in found] == kinds
    for finding in found:
        span = finding.subject.span
        assert text[span.start : span.end] not in finding.message + finding.remediation


@pytest.mark.parametrize(
    "text",
    [
        "On 2026-11-22 we closed 4,310 tickets in 93 minutes; ISO 27001:2022, RFC 2616, p95 1.25 s.",
        "From 01/04/2025 to 31/03/2026, 12 of 14 releases, USD 1,250,000, version 3.11.7.",
        "The password policy asks for 14 characters; passwords are never shared.",
        "Clause 4.1.2.3, invoice 20261122, EUR 250 000.",
    ],
)
def test_dates_figures_and_versions_are_no_secrets(text):
    assert list(find_private_data("C", text, "f.yaml")) == []


def test_every_secret_of_the_corpus_is_found():
    for response in BUILD + TUNE:
        if response.tag == "secrets":
            assert list(find_private_data(response.control, response.text, "")), response.id


def test_placeholders_are_unfinished():
    control = CATALOG.control("GENAIPR-006")
    text = "The stabilization period for [Customer] lasts XX weeks and ends on TBD."
    found = review(control, text)
    assert found.criterion("support-duration").verdict is Verdict.NO
    assert any(f.rule == "placeholder" for f in found.findings)
    linked = "The [support plan](plan.pdf) gives twelve weeks."
    assert not any(f.rule == "placeholder" for f in review(control, linked).findings)


def test_own_words_are_not_taken_for_borrowed():
    for response in BUILD + TUNE:
        if response.level < 2:
            continue
        control = CATALOG.control(response.control)
        copied = [
            s
            for s in split_sentences(response.text)
            if find_copied_mood(control, s.folded) is Mood.COPIED
        ]
        assert copied == [], response.id


@EACH
def test_the_tables_answer_for_every_criterion(control):
    tables = load_control_weights(control)
    assert tables.topics.columns == tuple(c.id for c in control.criteria)
    assert set(LEVEL_FOUR_SIGNS) | {
        Mood.IN_PLACE,
        Mood.PLANNED,
        Mood.DENIED,
        Mood.HEDGED,
        Mood.NAMED,
    } == set(tables.moods.columns)
    assert control.id in tables.controls.columns


def test_a_table_can_be_read_by_a_person_and_says_what_one_would_expect():
    tables = load_control_weights(CATALOG.control("GENAIPR-006"))
    columns = {name: at for at, name in enumerate(tables.moods.columns)}
    planned, denied = (dict(tables.moods.rows[cue]) for cue in (":planned", ":denied"))
    assert planned[columns[Mood.PLANNED]] > 0 > planned[columns[Mood.IN_PLACE]]
    assert denied[columns[Mood.DENIED]] > 0 > denied[columns[Mood.IN_PLACE]]


@pytest.mark.slow
def test_training_again_gives_the_shipped_table():
    made = learn(BUILD, CATALOG, only={"GENAIPR-006"})["GENAIPR-006"]
    shipped_text = resource_path("data", "review", "weights", "GENAIPR-006.tsv").read_text("utf-8")
    assert as_text(made) == shipped_text


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.sampled_from(CONTROLS))
def test_any_text_is_reviewed_and_every_span_lies_in_it(text, control):
    found = review(control, text)
    for finding in found.findings:
        span = finding.subject.span
        assert span is None or 0 <= span.start < span.end <= len(text)
    assert found == review(control, text)


PROGRAM = """
import json, sys
from calib import load_catalog
from calib.review import review
catalog = load_catalog()
for row in map(json.loads, sys.stdin):
    print(review(catalog.control(row["control"]), row["text"]).model_dump_json())
"""


@pytest.mark.parametrize("seed", ["0", "1", "4294967295"])
def test_the_hash_seed_changes_nothing(seed):
    rows = [{"control": r.control, "text": r.text} for r in TUNE[::7]]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input="\n".join(map(json.dumps, rows)), capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONHASHSEED": seed},
    )  # fmt: skip
    expected = [review(CATALOG.control(r["control"]), r["text"]).model_dump_json() for r in rows]
    assert done.stdout.splitlines() == expected
