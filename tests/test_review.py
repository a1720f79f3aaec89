"""The reviewer with its learned weights: texts it accepts, texts it refuses, spans, determinism.

No test depends on a single learned number. Figures that were measured have a bound just below
them, with the target beside it; raise the bound when the reviewer improves. How points become
verdicts is in test_points.py and test_verdicts.py; changes of a text are in test_standing.py.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calib import load_catalog
from calib.model import Mood, Outcome, PointState, Verdict
from calib.resources import resource_path
from calib.review import review
from calib.review.copied_text import find_copied_mood
from calib.review.language import detect_foreign_language, explain_unreadable
from calib.review.point_scores import INPUT_NAMES, load_point_tables
from calib.review.rules import load_review_model
from calib.review.secrets import find_private_data
from calib.review.sentence_scores import LEVEL_FOUR_SIGNS, load_sentence_tables
from calib.review.sentences import split_sentences
from calibration import corpus, measure, points
from calibration.fit import as_text
from calibration.page import _NAMES, _POINT_NAMES
from calibration.points import REASONS
from calibration.reviewing import Tables, count_points

ROOT = Path(__file__).parent.parent
CATALOG = load_catalog()
CONTROLS = CATALOG.controls
BUILD, TUNE = corpus.load("build"), corpus.load("tune")
EACH = pytest.mark.parametrize("control", CONTROLS, ids=lambda c: c.id)


def own(control):
    """Let a catalog example be read as a partner's own words: the control gets another's examples."""
    other = CONTROLS[(CONTROLS.index(control) + 1) % len(CONTROLS)]
    return control.model_copy(update={"examples": other.examples})


@cache
def judged_tune():
    found = [(r, review(CATALOG.control(r.control), r.text)) for r in TUNE]
    return [measure.judgement(r, one.level, one.criteria) for r, one in found]


# --- the worked examples of the catalog ---


@EACH
def test_the_good_example_shows_every_criterion_and_is_at_level_four(control):
    good = review(own(control), control.examples.good.text)
    assert {c.criterion for c in good.criteria if c.verdict is not Verdict.YES} == set()
    assert good.level == 4


@EACH
def test_the_insufficient_example_supports_no_criterion(control):
    bad = review(own(control), control.examples.insufficient.text)
    assert {c.criterion for c in bad.criteria if c.verdict is Verdict.YES} == set()
    assert bad.level <= 1


@EACH
def test_another_controls_good_example_does_not_pass(control):
    for other in CONTROLS:
        if other is not control:
            assert review(own(control), other.examples.good.text).level <= 1


@EACH
def test_a_copied_example_shows_nothing_also_with_other_names(control):
    text = control.examples.good.text
    renamed = re.sub(r"\b(?:Ostara|Tomas|Leila)\b", "Quillon", text).replace("2026", "2025")
    for copy in (text, renamed):
        found = review(control, copy)
        assert found.level <= 1
        assert {c.verdict for c in found.criteria} <= {Verdict.NO, Verdict.PARTLY}
        assert any(f.rule == "copied" and f.outcome is Outcome.GAP for f in found.findings)
        assert any(p.mood is Mood.COPIED for c in found.criteria for p in c.points)


@EACH
def test_words_about_the_criteria_are_not_an_answer(control):
    titles = ", ".join(x.title for x in control.criteria)
    artefacts = ", ".join(a for x in control.criteria for a in x.artefacts)
    asked = f"{control.requirement} {control.asks_for}"
    looked_for = " ".join(x.looks_for for x in control.criteria)
    questions = " ".join(x.question for x in control.criteria)
    names = ", ".join(p.title for x in control.criteria for p in x.points)
    for text in (f"{titles}, {artefacts}.", asked, looked_for, questions, f"{names}."):
        assert review(control, text).level <= 1


@EACH
def test_shuffled_words_do_not_pass(control):
    words = control.examples.good.text.split()
    random.Random(5).shuffle(words)
    assert review(own(control), " ".join(words)).level <= 1


# --- the points of the catalog ---


def found_in(sentences):
    """Return the points found in a sentence of their own, and how many points there are."""
    every = [(c, x, p) for c in CONTROLS for x in c.criteria for p in x.points]
    shown = {
        f"{x.id}.{p.id}"
        for c, x, p in every
        if p.id in review(c, sentences(p)).criterion(x.id).shown
    }
    return shown, {f"{x.id}.{p.id}" for _, x, p in every}


def test_the_example_of_each_point_is_found():
    shown, every = found_in(lambda point: point.example)
    missed = sorted(every - shown)
    assert len(shown) / len(every) >= 0.84, missed  # the target is 0.90


def test_the_counter_example_of_a_point_is_not_found():
    shown, every = found_in(lambda point: point.counter_example)
    assert len(shown) / len(every) <= 0.10, sorted(shown)


# --- texts that are not an answer ---


@pytest.mark.parametrize("text", ["", "   \n", "…", "🙂", "x" * 5000, "- \n- \n", "a" + "\n" * 500])
def test_an_empty_or_odd_text_is_level_zero(text):
    found = review(CONTROLS[0], text)
    assert found.level == 0
    assert {c.verdict for c in found.criteria} == {Verdict.NO}


def test_planned_and_denied_sentences_show_nothing():
    control = CATALOG.control("GENAIPR-006")

    def states(text):
        found = review(control, text).criterion("support-duration").points
        return {p.point: p.state for p in found if p.point in ("stabilization", "ongoing")}

    there = states(
        "A stabilization period of six weeks is followed by production support for 12 months, "
        "renewed each year, as the support plan v2 has it."
    )
    planned = states(
        "We plan to define a stabilization period of six weeks and production support for 12 "
        "months; it will be introduced next year."
    )
    denied = states(
        "We do not have a stabilization period, and production support for 12 months has not been "
        "agreed with anybody yet."
    )
    assert set(there.values()) == {PointState.SHOWN}
    assert PointState.SHOWN not in planned.values()
    assert PointState.SHOWN not in denied.values()


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


@pytest.mark.parametrize("part", ["build", "tune"])
def test_hardly_a_text_labelled_by_points_is_refused(part):
    known = load_point_tables(CONTROLS[0]).status.rows
    texts = points.load_texts(part)
    refused = [
        text.id
        for text in texts
        if explain_unreadable(text.text, tuple(split_sentences(text.text)), known)
    ]
    assert len(refused) / len(texts) <= 0.001, refused  # the target is 0


@pytest.mark.parametrize(
    "text",
    [
        "Each chatbot needs to be operated, maintained and improved every single day, and what "
        "customers tell us needs to be acted on by whichever engineer holds the pager that week, "
        "weekends included.",
        "Severity\tResponse\tRestore\tHours\n1\t30 min\t4 h\t24x7\n2\t2 h\t1 day\t8-18\n"
        "3\t1 day\t5 days\t8-18\n4\t2 days\tnext release\t8-18\ny/n\ty\tn\ty\n",
        "This is what we do, and this was asked for: the plan is to be read by all, and it is of "
        "use to those who are to be on call, as this is the one place in which it is kept.",
    ],
    ids=["to be", "a pasted spreadsheet", "small words"],
)
def test_ordinary_english_is_read(text):
    assert "cannot-review" not in {f.rule for f in review(CONTROLS[5], text).findings}


# --- secrets, placeholders and copies ---


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
def test_dates_figures_and_versions_are_not_secrets(text):
    assert list(find_private_data("C", text, "f.yaml")) == []


def test_every_secret_of_the_corpus_is_found():
    for response in BUILD + TUNE:
        if response.tag == "secrets":
            assert list(find_private_data(response.control, response.text, "")), response.id


def test_placeholders_are_unfinished():
    control = CATALOG.control("GENAIPR-006")
    found = review(control, "The stabilization period for [Customer] lasts XX weeks until TBD.")
    criterion = found.criterion("support-duration")
    assert criterion.verdict is Verdict.NO
    assert {p.mood for p in criterion.points if p.state is PointState.NAMED} <= {Mood.PLACEHOLDER}
    assert any(f.rule == "placeholder" for f in found.findings)
    for text in ("The [support plan](plan.pdf) gives twelve weeks.", "Run `calib check <run_id>`."):
        assert not any(f.rule == "placeholder" for f in review(control, text).findings)


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


# --- the tune part of the corpus ---


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
    tricks = [j for j in judged_tune() if j.response.tag == tag]
    assert tricks
    assert max(j.level for j in tricks) <= highest


def tune_figures():
    """Return the figures of the tune part by the names that the validation page uses."""
    tables = Tables({c.id: load_point_tables(c) for c in CONTROLS}, load_sentence_tables())
    model = load_review_model().points
    counted = count_points(points.load_texts("tune"), tables, model, CATALOG)
    of_points = counted.figures(model.shown)
    of_levels = measure.figures(judged_tune())
    return {
        **{title: of_points[name] for name, (title, _) in _POINT_NAMES.items()},
        **{title: of_levels[name] for name, title in _NAMES.items()},
    }


def test_the_figures_of_the_tune_part_are_those_that_the_docs_state():
    """Compare the table in docs/reviewer.md with the reviewer as it is."""
    page = (ROOT / "docs" / "reviewer.md").read_text("utf-8")
    _, heading, section = page.partition("## Figures on the tune part\n")
    if not heading:
        pytest.xfail("docs/reviewer.md does not state the figures of the tune part yet")
    stated = dict(re.findall(r"(?m)^\| ([^|]+?) \| ([\d.]+) \|", section.split("\n## ")[0]))
    figures = tune_figures()
    assert stated
    assert stated == {name: f"{figures[name]:.2f}" for name in stated}


def test_the_levels_of_the_tune_part_are_close_to_the_labels():
    figures = measure.figures(judged_tune())
    assert figures["kappa"] >= 0.85
    assert figures["within one"] >= 0.95
    assert figures["false passes"] <= 0.02


def test_the_kappa_is_the_published_one():
    # The worked example that circulates with the weighted kappa of essay-scoring contests; levels
    # 1-10 there, so it is computed with scikit-learn's function as we call it, on its own scale.
    from sklearn.metrics import cohen_kappa_score

    given = [1, 4, 2, 2, 5, 2, 5, 4, 5, 3, 1]
    said = [3, 4, 4, 4, 4, 4, 6, 7, 8, 9, 10]
    found = cohen_kappa_score(given, said, labels=range(1, 11), weights="quadratic")
    assert found == pytest.approx(0.041025641025641)


# --- spans ---


@EACH
def test_spans_point_at_the_words(control):
    text = control.examples.good.text
    sentences = {(s.span.start, s.span.end) for s in split_sentences(text)}
    for criterion in review(own(control), text).criteria:
        assert sum(p.decides for p in criterion.passages) == 1
        assert any(p.carries for p in criterion.passages)
        spans = [p.span for p in criterion.passages]
        spans += [p.span for p in criterion.points if p.span is not None]
        for span in spans:
            assert (span.start, span.end) in sentences
        for point in criterion.points:
            assert (point.span is None) == (point.state is PointState.MISSING)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.sampled_from(CONTROLS))
def test_any_text_is_reviewed_and_every_span_lies_in_it(text, control):
    found = review(control, text)
    spans = [f.subject.span for f in found.findings]
    spans += [p.span for c in found.criteria for p in (*c.points, *c.passages)]
    for span in spans:
        assert span is None or 0 <= span.start < span.end <= len(text)
    assert found == review(control, text)


# --- the learned tables ---


@EACH
def test_the_tables_have_a_column_for_every_point(control):
    tables = load_point_tables(control)
    assert tables.topics.columns == tuple(f"{c}.{p}" for c, p in tables.keys)
    assert set(tables.status.columns) == {Mood.IN_PLACE, *REASONS}
    sentences = load_sentence_tables()
    assert set(sentences.signs.columns) == set(LEVEL_FOUR_SIGNS)
    assert control.id in sentences.controls.columns


def test_the_formula_has_a_weight_for_every_input():
    assert tuple(i.name for i in load_review_model().points.inputs) == INPUT_NAMES


def test_a_table_can_be_read_by_a_person_and_has_the_signs_one_would_expect():
    status = load_point_tables(CONTROLS[5]).status
    columns = {name: at for at, name in enumerate(status.columns)}
    planned, denied = (dict(status.rows[cue]) for cue in (":planned", ":denied"))
    assert planned[columns[Mood.PLANNED]] > 0 > planned[columns[Mood.IN_PLACE]]
    assert denied[columns[Mood.DENIED]] > 0 > denied[columns[Mood.IN_PLACE]]


@pytest.mark.slow
def test_training_again_gives_the_shipped_weights(monkeypatch):
    """Everything is learned again from the corpus, which takes minutes."""
    from calibration import train

    learned = {}

    def keep(tables, model):
        learned.update(tables=tables, model=model)

    monkeypatch.setattr(train, "write", keep)
    train.main.callback(dry_run=False)
    for name, table in learned["tables"].items():
        shipped = resource_path("data", "review", "weights", f"{name}.tsv").read_text("utf-8")
        assert as_text(table) == shipped, name
    assert learned["model"] == load_review_model()


# --- determinism ---

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
