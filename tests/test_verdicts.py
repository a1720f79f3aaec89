"""From verdicts and scored sentences to the level of a response and its findings, by example.

Verdicts and scores are given, so that each rule shows by itself. How points are found is in
test_points.py, and how well the learned weights read real texts in test_review.py.
"""

from __future__ import annotations

from dataclasses import replace
from math import log

import pytest

from calib.errors import BadInput
from calib.model import CriterionReview, Mood, Outcome, Span, Verdict
from calib.review import review
from calib.review.findings import build_findings
from calib.review.review import control_column_margin, response_level
from calib.review.rules import LevelModel, ReviewModel, load_review_data, load_review_model
from calib.review.sentence_scores import (
    LEVEL_FOUR_SIGNS,
    ScoredSentence,
    SentenceTables,
    control_margin,
    is_measured,
    level_four_signs,
    score_sentences,
)
from calib.review.sentences import split_sentences
from calib.review.weights import WeightTable
from tests.core_examples import CATALOG, CONTROL, by_name
from tests.test_points import context

VERDICTS = {"Y": Verdict.YES, "P": Verdict.PARTLY, "N": Verdict.NO}
SIGNS = {"customer": 1.0, "result": 1.0, "document": 1.0, "review": 1.0}
LEVELS = LevelModel(
    off_topic=-1.0, on_topic=0.5, lacking=1.5, some=1.5, signs={"customer": 0.0, "result": 0.0}
)


def sentence(*, at=0, unusable=None, signs=None, controls=(0.0, -1.0)):
    where = replace(next(split_sentences("We do")), span=Span(start=at, end=at + 5))
    signs = dict(signs or {}) if unusable is None else {}
    return ScoredSentence(where, unusable, controls, artefact=False, signs=signs)


def verdicts(letters, **changes):
    return [
        CriterionReview(criterion=c.id, verdict=VERDICTS[letter], **changes)
        for c, letter in zip(CONTROL.criteria, letters, strict=False)
    ]


# --- the level of a response ---


@pytest.mark.parametrize(
    ("letters", "signs", "level"),
    by_name([
        ("all, and what level 4 needs -> 4", "YYYY", SIGNS, 4),
        ("all, but no customer -> 3", "YYYY", {"result": 1.0}, 3),
        ("all, but no result -> 3", "YYYY", {"customer": 1.0}, 3),
        ("all, but nothing of it -> 3", "YYYY", {}, 3),
        ("two of them only partly -> still 4", "YYPP", SIGNS, 4),
        ("all but one -> 3, whatever else it shows", "YYYN", SIGNS, 3),
        ("a partly counts half: 2.5 of 4 -> 3", "YYPN", {}, 3),
        ("three partly and a yes: 2.5 of 4 -> 3", "YPPP", {}, 3),
        ("all but two: 2 of 4 -> 2", "YYNN", {}, 2),
        ("a yes and two partly: 2 of 4 -> 2", "YPPN", {}, 2),
        ("1.5 of 4 -> 2", "YPNN", {}, 2),
        ("three partly: 1.5 of 4 -> 2", "PPPN", {}, 2),
        ("1 of 4 -> 1", "YNNN", {}, 1),
        ("two partly -> 1", "PPNN", {}, 1),
        ("one partly -> 1", "PNNN", {}, 1),
        ("none, and not clearly on the topic -> 0", "NNNN", {}, 0),
    ]),
)  # fmt: skip
def test_level_of_a_response(letters, signs, level):
    assert response_level(LEVELS, [sentence(signs=signs)], 0.0, verdicts(letters)) == level


@pytest.mark.parametrize(
    ("letters", "margin", "level"),
    by_name([
        ("none, but on the topic -> 1", "NNNN", 0.5, 1),
        ("none, and not quite on the topic -> 0", "NNNN", 0.49, 0),
        ("one partly, although not on the topic -> 1", "PNNN", -0.9, 1),
        ("an answer to another control -> 0, whatever it supports", "YYYY", -1.0, 0),
        ("almost an answer to another control", "YYYY", -0.9, 3),
    ]),
)  # fmt: skip
def test_level_by_the_topic_of_the_text(letters, margin, level):
    assert response_level(LEVELS, [sentence()], margin, verdicts(letters)) == level


def test_nothing_is_level_zero():
    assert response_level(LEVELS, [], 1.0, verdicts("NNNN")) == 0


def test_criteria_without_points_count_neither_way():
    judged, bare = verdicts("YYYN"), verdicts("NNNN", judged=False)
    level = response_level(LEVELS, [sentence()], 0.0, judged)
    assert response_level(LEVELS, [sentence()], 0.0, [*judged, *bare]) == level == 3
    assert response_level(LEVELS, [sentence()], 0.0, bare) == 0


# --- scores of sentences ---


@pytest.mark.parametrize(
    ("controls", "margin"),
    by_name([
        ("no sentence", [], 0.0),
        ("as much of another control", [(0.0, 0.0, -9.0)], 0.0),
        ("more of this one", [(log(3), 0.0, -9.0)], 0.75),
        ("more of the strongest other", [(-log(3), -9.0, 0.0)], -0.75),
        ("the mean of the sentences", [(log(3), 0.0, -9.0), (0.0, 0.0, -9.0)], 0.375),
        ("a score above six counts as six", [(log(3), 0.0, -9.0), (99.0, 0.0, -99.0)], 0.375 + 1.5 * (0.9975 - 0.5)),
    ]),
)  # fmt: skip
def test_how_much_a_text_belongs_to_a_control(controls, margin):
    assert control_margin([sentence(controls=one) for one in controls], 0) == pytest.approx(
        margin, abs=0.001
    )


def test_a_control_without_a_column_has_no_margin():
    tables = SentenceTables(WeightTable((), (), {}), WeightTable((CONTROL.id, "B"), (0.0, 0.0), {}))
    known = control_column_margin(CONTROL, [sentence(controls=(log(3), 0.0))], tables)
    new = CONTROL.model_copy(update={"id": "NEW-001"})
    assert known == pytest.approx(0.75)
    assert control_column_margin(new, [sentence(controls=(log(3), 0.0))], tables) == 0.0


@pytest.mark.parametrize(
    ("signs", "expected"),
    by_name([
        ("as strong as needed", [{"customer": 0.0}], {"customer"}),
        ("not quite", [{"customer": -0.1}], set()),
        ("no scores", [{}], set()),
        ("from different sentences", [{"customer": 1.0}, {"result": 1.0}], {"customer", "result"}),
        ("one sentence is enough", [{"customer": -1.0}, {"customer": 1.0}], {"customer"}),
        ("a sign without a bar does not count", [{"document": 9.0}], set()),
        ("no sentence", [], set()),
    ]),
)  # fmt: skip
def test_signs_of_level_four(signs, expected):
    assert level_four_signs([sentence(signs=s) for s in signs], LEVELS) == expected


@pytest.mark.parametrize(
    ("signs", "expected"),
    by_name([("strong", {"result": 0.0}, True), ("weak", {"result": -0.1}, False), ("none", {}, False)]),
)  # fmt: skip
def test_a_measured_result(signs, expected):
    assert is_measured(sentence(signs=signs), LEVELS) is expected


TABLES = SentenceTables(
    WeightTable(
        tuple(LEVEL_FOUR_SIGNS), (0.0,) * 4,
        {"delta": ((0, 9.0), (1, 2.0)), "omega": ((2, 1.0),)},
    ),
    WeightTable((CONTROL.id, "OTHER-001"), (0.0, 0.0), {"alpha": ((0, 3.0), (1, -9.0))}),
)  # fmt: skip
EXAMPLE = " ".join(CONTROL.examples.good.text.split()[:14])


def scored(text):
    [found] = score_sentences(CONTROL, split_sentences(text), TABLES)
    return found


@pytest.mark.parametrize(
    ("text", "mood"),
    by_name([
        ("own words", "Alpha.", None),
        ("a placeholder", "Alpha for [Customer].", Mood.PLACEHOLDER),
        ("a placeholder in code", "Alpha with `calib run <run_id>`.", None),
        ("a published example", f"{EXAMPLE}.", Mood.COPIED),
        ("a published example with a placeholder", f"{EXAMPLE} [Customer].", Mood.COPIED),
        ("the requirement", f"{CONTROL.requirement.split('.')[0]}.", Mood.RESTATED),
    ]),
)  # fmt: skip
def test_sentences_that_cannot_be_used(text, mood):
    assert scored(text).unusable is mood


@pytest.mark.parametrize(
    ("text", "artefact"),
    by_name([
        ("learned as a document", "Omega.", True),
        ("a word of the cue list", "The handbook v2.1 has it.", True),
        ("neither", "Alpha.", False),
    ]),
)  # fmt: skip
def test_artefact_of_a_sentence(text, artefact):
    assert scored(text).artefact is artefact


def test_scores_of_a_sentence():
    assert scored("Alpha.").controls == (3.0, -9.0)
    assert scored("Delta.").signs == {
        "customer": 9.0,
        "result": 2.0,
        "document": 0.0,
        "review": 0.0,
    }
    assert scored("Delta for [Customer].").signs == {}
    assert scored("  Delta. ").sentence.span == Span(start=2, end=8)


# --- findings on the text as a whole ---


def whole(**changes):
    return list(build_findings(context(**changes), []))


def test_a_text_that_cannot_be_read_is_reported_with_the_reason():
    [found] = whole(unreadable="it is Dutch")
    assert (found.rule, found.outcome) == ("cannot-review", Outcome.GAP)
    assert found.message == "We cannot review this text: it is Dutch."
    assert found.remediation
    assert found.subject.place == "narrative"


def test_an_answer_to_another_control_is_reported():
    [found] = whole(off_topic=True)
    assert (found.rule, found.outcome) == ("other-control", Outcome.PARTLY)
    assert "another control" in found.message


ALL = frozenset(SIGNS)


@pytest.mark.parametrize(
    ("signs", "expected"),
    by_name([
        ("not at level 3", None, []),
        ("all there", ALL, []),
        ("no result", ALL - {"result"}, ["short-of-four:result"]),
        ("nothing", frozenset(), [f"short-of-four:{s}" for s in SIGNS]),
    ]),
)  # fmt: skip
def test_what_level_four_lacks(signs, expected):
    found = whole(signs=signs)
    assert [f.rule for f in found] == expected
    assert {(f.outcome, f.bounds) for f in found} <= {(Outcome.ADVICE, None)}
    assert {(f.subject.file, f.subject.place) for f in found} <= {("f.yaml", "narrative")}
    assert len({f.message for f in found}) == len({f.remediation for f in found}) == len(expected)


@pytest.mark.parametrize(
    ("moods", "rule", "outcome", "start", "message"),
    by_name([
        ("copied", [None, Mood.COPIED], "copied", Outcome.GAP, 10, "1 of 2 sentences is copied from a published example."),
        ("restated", [Mood.RESTATED, Mood.RESTATED], "restated", Outcome.PARTLY, 0, "2 of 2 sentences are in the words of the requirement."),
        ("unfinished", [None, None, Mood.PLACEHOLDER], "placeholder", Outcome.GAP, 20, "1 of 3 sentences is unfinished, with a placeholder."),
    ]),
)  # fmt: skip
def test_sentences_that_are_not_the_partners_own(moods, rule, outcome, start, message):
    [found] = whole(sentences=[sentence(unusable=m, at=10 * at) for at, m in enumerate(moods)])
    assert (found.rule, found.outcome, found.message) == (rule, outcome, message)
    assert (found.subject.span.start, found.subject.place) == (start, "narrative")
    assert found.remediation


def test_own_words_are_not_reported():
    assert whole(sentences=[sentence(), sentence(at=10)]) == []


def test_secrets_are_reported_with_the_file():
    [found] = whole(text="password: hunter22")
    assert found.rule == "private:password"
    assert found.subject.file == "f.yaml"


# --- the reviewer as a whole ---


@pytest.mark.parametrize(
    ("text", "expected"),
    by_name([
        ("German is not judged", "Unser Support dauert zwölf Wochen nach dem Go-live und danach ein Jahr.",
         {"cannot-review"}),
        ("an empty text lacks all", "", {"text-missing"}),
    ]),
)  # fmt: skip
def test_level_zero(text, expected):
    found = review(CONTROL, text)
    assert (found.level, {f.rule for f in found.findings}) == (0, expected)


def test_no_sentence_of_a_text_in_another_language_is_judged():
    german = "Unser Support dauert zwölf Wochen nach dem Go-live und danach ein Jahr. " * 9
    text = german + "Our delivery handbook v3 describes each phase of the methodology."
    found = review(CONTROL, text)
    assert "cannot-review" in {f.rule for f in found.findings}
    assert (found.level, {c.passages for c in found.criteria}) == (0, {()})


def test_without_a_file_findings_point_at_the_narrative_alone():
    places = {(f.subject.file, f.subject.place) for f in review(CONTROL, "We do.").findings}
    assert places == {("", "narrative")}


def test_a_control_that_is_not_learned_is_judged_by_its_cues():
    learned = CATALOG.control("GENAIPR-006")
    control = learned.model_copy(update={"id": "NEW-001"})
    found = review(control, "The text is about nothing of this.")
    assert {(c.judged, c.learned) for c in found.criteria} == {(True, False)}
    examples = " ".join(p.example for p in learned.criterion("response-times-sla").points)
    assert review(control, examples).criterion("response-times-sla").shown


# --- the learned numbers ---


def test_the_shipped_numbers_are_complete():
    model = load_review_model()
    assert set(model.levels.signs) == set(LEVEL_FOUR_SIGNS)
    assert 0 < model.points.unsure < model.points.shown < 1
    assert 0 < model.points.named < 1
    assert model.levels.off_topic < model.levels.on_topic
    assert all(i.scale > 0 for i in model.points.inputs)


def test_a_data_file_is_read_as_the_model_that_is_asked_for():
    assert load_review_data("model.yaml", ReviewModel) == load_review_model()


def test_a_data_file_that_is_not_there_is_named():
    with pytest.raises(BadInput) as caught:
        load_review_data("none.yaml", ReviewModel)
    assert [problem.file for problem in caught.value.problems] == ["review/none.yaml"]
