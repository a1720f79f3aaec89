"""From units with given scores to points, verdicts, passages and findings, by example.

The criterion, its words and its weights are made up, so that each rule shows by itself:
"hypercare" is about the first point, "contract" about the second and "hours" about the third, but
less surely. How well the learned weights read real texts is in test_review.py and
test_standing.py.
"""

from __future__ import annotations

from dataclasses import replace
from math import exp

import pytest

from calib.model import (
    CriterionReview,
    Mood,
    Outcome,
    PointReview,
    PointState,
    Span,
    Verdict,
)
from calib.model.catalog import Point
from calib.review.findings import ReviewContext, build_findings
from calib.review.point_scores import INPUT_NAMES, candidate_inputs, judge_status, point_tables
from calib.review.points import find_points, verdict_of
from calib.review.review import response_level, review, review_criterion
from calib.review.rules import LevelModel, PointInput, PointModel
from calib.review.sentence_scores import LEVEL_FOUR_SIGNS, SentenceTables, score_sentences
from calib.review.sentences import split_sentences
from calib.review.unit_features import status_features
from calib.review.units import split_units
from calib.review.weights import NO_WEIGHTS, WeightTable
from tests.core_examples import CATALOG, by_name

YES, PARTLY, NO = Verdict.YES, Verdict.PARTLY, Verdict.NO
SHOWN, NAMED, UNSURE, MISSING = PointState


def point(name, title, **changes):
    given = {
        "id": name, "title": title, "shows": "S.", "not_enough": "N.",
        "example": f"Example of {name}.", "counter_example": "C.",
    }  # fmt: skip
    return Point(**{**given, **changes})


POINTS = (
    point("stabilization", "Stabilization period", cues="first weeks"),
    point("ongoing", "Ongoing support", cues="yearly term"),
    point("hours", "Service hours", cues="service hours ... to"),
    point("sla", "SLA"),
)
CRITERION = CATALOG.control("GENAIPR-006").criteria[0].model_copy(
    update={
        "points": POINTS, "yes_needs": "stabilization and ongoing",
        "partly_needs": "1 of stabilization, ongoing", "example_bar": ("stabilization",),
    }
)  # fmt: skip
CONTROL = CATALOG.control("GENAIPR-006").model_copy(update={"criteria": (CRITERION,)})
LEVELS = LevelModel(
    off_topic=-1.0, on_topic=0.0, lacking=1.5, some=1.5, signs=dict.fromkeys(LEVEL_FOUR_SIGNS, 0.0)
)


def table(columns, always, **rows):
    """A table of weights; `rows` has the weights of a word by column."""
    found = {
        word.replace("_", " "): tuple((columns.index(c), w) for c, w in weights.items())
        for word, weights in rows.items()
    }
    return WeightTable(columns, always, found)


MOODS = (Mood.IN_PLACE, Mood.PLANNED, Mood.DENIED, Mood.HEDGED, Mood.OTHER)
STATUS = table(
    MOODS, (2.0, 0.0, 0.0, 0.0, 0.0),
    w_will={Mood.IN_PLACE: -4.0, Mood.PLANNED: 2.0},
    w_no={Mood.IN_PLACE: -4.0, Mood.DENIED: 2.0},
    w_might={Mood.IN_PLACE: -4.0, Mood.HEDGED: 2.0},
    w_vendors={Mood.IN_PLACE: -4.0, Mood.OTHER: 2.0},
)  # fmt: skip
COLUMNS = tuple(f"{CRITERION.id}.{p.id}" for p in POINTS[:3])
STABILIZATION, ONGOING, HOURS = COLUMNS
TOPICS = table(
    COLUMNS, (-4.0, -4.0, -4.0),
    hyper={STABILIZATION: 5.0}, contr={ONGOING: 5.0}, hours={HOURS: 3.5},
)  # fmt: skip
TABLES = point_tables(CONTROL, TOPICS, STATUS)
NO_TABLES = point_tables(CONTROL, NO_WEIGHTS, STATUS)


def model(**weights):
    """The topic, the status and 2.0 for a cue add up; a sum of 2.0 is as likely as not.

    In place, "hypercare" and "contract" come to 0.73, "hours" to 0.38 and other words to 0.02.
    """
    used = {"topic": 1.0, "status": 1.0, "cue": 2.0, **weights}
    inputs = tuple(
        PointInput(name=name, mean=0, scale=1, weight=used.get(name, 0.0)) for name in INPUT_NAMES
    )
    return PointModel(inputs=inputs, bias=-2.0, shown=0.5, unsure=0.3, named=0.35, example=0.2)


SIGNS = table(tuple(LEVEL_FOUR_SIGNS), (-1.0,) * 4, measu={"result": 2.0}, handb={"document": 3.0})
SENTENCE_TABLES = SentenceTables(SIGNS, WeightTable((CONTROL.id,), (0.0,), {}))


def scored(text, **unusable):
    """The sentences of a text; `copied="hyper"` marks those with a word as copied."""
    found = score_sentences(CONTROL, split_sentences(text), SENTENCE_TABLES)
    for mood, word in unusable.items():
        found = tuple(
            replace(s, unusable=Mood(mood)) if word in s.sentence.text else s for s in found
        )
    return found


def judged(text, tables=TABLES, criterion=CRITERION, how=None, **unusable):
    sentences = scored(text, **unusable)
    control = CONTROL.model_copy(update={"criteria": (criterion,)})
    finder = find_points(control, sentences, tables, how or model())
    return review_criterion(criterion, finder, sentences, LEVELS)


def states(text, **more):
    """Return the points that are not missing: the state, and how the text states them."""
    found = judged(text, **more).points
    return {p.point: (p.state, p.mood) for p in found if p.state is not MISSING}


# --- points ---


@pytest.mark.parametrize(
    ("text", "expected"),
    by_name([
        ("in place: shown", "Hypercare lasts six weeks.", {"stabilization": (SHOWN, Mood.IN_PLACE)}),
        ("planned: only named", "Hypercare will last six weeks.", {"stabilization": (NAMED, Mood.PLANNED)}),
        ("denied: only named", "There is no hypercare yet.", {"stabilization": (NAMED, Mood.DENIED)}),
        ("hedged: only named", "We might offer hypercare.", {"stabilization": (NAMED, Mood.HEDGED)}),
        ("somebody else's: only named", "Some vendors offer hypercare.", {"stabilization": (NAMED, Mood.OTHER)}),
        ("a weak word: not sure", "The hours are given.", {"hours": (UNSURE, Mood.UNSURE)}),
        ("a weak word that is planned: named, which takes less", "The hours will be given.", {"hours": (NAMED, Mood.PLANNED)}),
        ("other words: missing", "We build assistants.", {}),
        ("no text: missing", "", {}),
        ("one sentence for two points", "Hypercare comes first, a contract follows.",
         {"stabilization": (SHOWN, Mood.IN_PLACE), "ongoing": (SHOWN, Mood.IN_PLACE)}),
        ("two sentences", "Hypercare comes first. The contract will follow.",
         {"stabilization": (SHOWN, Mood.IN_PLACE), "ongoing": (NAMED, Mood.PLANNED)}),
        ("shown in one sentence and named in another", "Hypercare will be longer next year. Hypercare lasts six weeks.",
         {"stabilization": (SHOWN, Mood.IN_PLACE)}),
        ("clause by clause", "We offer hypercare for weeks, and from May a contract will follow.",
         {"stabilization": (SHOWN, Mood.IN_PLACE), "ongoing": (NAMED, Mood.PLANNED)}),
        ("a heading shows nothing", "# Hypercare\n\nWe build assistants.", {}),
        ("nor does the head of a table", "| Hypercare | Contract |\n| --- | --- |\n", {}),
    ]),
)  # fmt: skip
def test_points_of_a_text(text, expected):
    assert states(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    by_name([
        ("a word", "- Hypercare", (NAMED, Mood.LISTED)),
        ("three words", "- Our hypercare period", (NAMED, Mood.LISTED)),
        ("a word that is denied", "- No hypercare", (NAMED, Mood.LISTED)),
        ("four words state something", "- Hypercare lasts six weeks", (SHOWN, Mood.IN_PLACE)),
        ("so does a figure", "- Hypercare 6 weeks", (SHOWN, Mood.IN_PLACE)),
        ("or a full stop", "- Hypercare included.", (SHOWN, Mood.IN_PLACE)),
        ("a row is not an item", "| Part | Given |\n| --- | --- |\n| Hypercare | yes |", (SHOWN, Mood.IN_PLACE)),
        ("nor is a paragraph", "Hypercare included", (SHOWN, Mood.IN_PLACE)),
        ("a sentence elsewhere", "- Hypercare\n\nHypercare lasts six weeks.", (SHOWN, Mood.IN_PLACE)),
        ("other words", "- Assistants\n- Prompts", None),
    ]),
)  # fmt: skip
def test_a_bare_item_of_a_list_shows_nothing(text, expected):
    assert states(text).get("stabilization") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    by_name([
        ("in a list", "- Hypercare", (SHOWN, Mood.IN_PLACE)),
        ("in a list of what is not there", "- No hypercare", (NAMED, Mood.DENIED)),
        ("copied", "- Copied hypercare", (NAMED, Mood.COPIED)),
    ]),
)  # fmt: skip
def test_a_bare_item_shows_a_point_for_which_naming_is_enough(text, expected):
    naming = (POINTS[0].model_copy(update={"naming": True}), *POINTS[1:])
    criterion = CRITERION.model_copy(update={"points": naming})
    [found, *_] = judged(text, criterion=criterion, copied="Copied").points
    assert (found.state, found.mood) == expected


@pytest.mark.parametrize("why", [Mood.COPIED, Mood.RESTATED, Mood.PLACEHOLDER])
def test_words_that_are_not_the_partners_own_show_nothing(why):
    text = "Hypercare lasts six weeks."
    assert states(text, **{why: "Hypercare"}) == {"stabilization": (NAMED, why)}
    both = f"{text} Our hypercare is two months."
    assert states(both, **{why: "Hypercare"}) == {"stabilization": (SHOWN, Mood.IN_PLACE)}


@pytest.mark.parametrize(
    ("text", "quote"),
    by_name([
        ("the likeliest sentence", "The hours are there. Hypercare lasts. Hypercare has hours.", "Hypercare lasts."),
        ("of equals the first", "Our hypercare lasts. Your hypercare lasts.", "Our hypercare lasts."),
        ("the whole sentence of a clause", "We build many assistants, and the hypercare lasts six weeks.",
         "We build many assistants, and the hypercare lasts six weeks."),
        ("for a named point the sentence about it", "We build. Hypercare will come.", "Hypercare will come."),
    ]),
)  # fmt: skip
def test_the_sentence_quoted_for_a_point(text, quote):
    span = judged(text).points[0].span
    assert text[span.start : span.end] == quote


def test_points_keep_the_order_and_titles_of_the_catalog():
    found = judged("We build.").points
    assert [(p.point, p.title) for p in found] == [(p.id, p.title) for p in POINTS]


# --- the status of a sentence, and the formula ---


@pytest.mark.parametrize(
    ("text", "in_place", "otherwise"),
    by_name([
        ("in place", "We do.", 2.0, Mood.PLANNED),
        ("the likeliest reason", "We might.", -2.0, Mood.HEDGED),
        ("several reasons add up, to four at most", "Vendors will, might, no.", -4.0, Mood.PLANNED),
    ]),
)  # fmt: skip
def test_status(text, in_place, otherwise):
    [found] = judge_status(split_units(list(split_sentences(text))), TABLES)
    assert (found.in_place, found.otherwise) == (in_place, otherwise)


def test_the_rest_of_a_sentence_has_no_words_in_the_status():
    text = "We offer hypercare for weeks, and from May a contract will follow."
    units = split_units(list(split_sentences(text)))
    names = [{f for f in status_features(u) if f.startswith(("w ", "r "))} for u in units]
    assert names == [{f"w {word}" for word in u.folded.split()} for u in units]
    assert [found.in_place for found in judge_status(units, TABLES)] == [2.0, -2.0]


def test_the_formula_adds_up_the_scaled_inputs():
    inputs = tuple(
        PointInput(name=name, mean=1, scale=2, weight=at) for at, name in enumerate(("a", "b", "c"))
    )
    how = PointModel(inputs=inputs, bias=-1.0, shown=0.5, unsure=0.3, named=0.5, example=0.2)
    assert how.probability((9.0, 3.0, 2.0)) == pytest.approx(1 / (1 + exp(-(1 + 1 - 1))))
    with pytest.raises(ValueError, match="zip"):
        how.probability((1.0, 2.0))


@pytest.mark.parametrize(
    ("name", "weight", "text", "expected"),
    by_name([
        ("a cue helps", "cue", 4.0, "The first weeks.", True),
        ("without one", "cue", 4.0, "The weeks.", False),
        ("a cue of another clause counts as that", "cue in the rest", 9.0,
         "We help for the first weeks, and then the team builds assistants.", True),
        ("a cue in the heading counts as that", "cue above", 9.0, "# First weeks\n\nWe build assistants.", True),
        ("a row", "row", 9.0, "| we | build |\n| you | buy 2 |", True),
        ("an item", "item", 9.0, "- we build large assistants", True),
        ("no item", "item", 9.0, "We build.", False),
        ("a short unit", "short", 9.0, "We build.", True),
        ("not a short one", "short", 9.0, "We build many large assistants.", False),
    ]),
)  # fmt: skip
def test_inputs_of_the_formula(name, weight, text, expected):
    state = judged(text, how=model(**{"cue": 0.0, name: weight})).points[0].state
    assert (state is SHOWN) is expected


# --- the verdict ---


def shown(*names):
    return [
        PointReview(point=p.id, title=p.title, state=SHOWN if p.id in names else UNSURE)
        for p in POINTS
    ]


@pytest.mark.parametrize(
    ("names", "verdict"),
    by_name([
        ("what a yes needs", ["stabilization", "ongoing"], YES),
        ("and more", ["stabilization", "ongoing", "hours", "sla"], YES),
        ("what a partly needs", ["ongoing"], PARTLY),
        ("points that neither rule asks for", ["hours", "sla"], NO),
        ("none", [], NO),
    ]),
)  # fmt: skip
def test_the_rules_of_the_catalog_give_the_verdict(names, verdict):
    assert verdict_of(CRITERION, shown(*names)) is verdict


def test_named_and_unsure_points_do_not_count():
    found = judged("Hypercare will last. The hours are given.")
    assert (found.verdict, found.shown) == (NO, frozenset())


# --- the bar that the published example sets ---


OTHER = CRITERION.model_copy(update={"id": "other"})
"""A second criterion of the same control, with the same cues and without learned weights."""


def example_bar(text, bar, other_bar=(), **unusable):
    """Return whether a text meets the bar of the first of two criteria."""
    criteria = (
        CRITERION.model_copy(update={"example_bar": bar}),
        OTHER.model_copy(update={"example_bar": other_bar}),
    )
    control = CONTROL.model_copy(update={"criteria": criteria})
    tables = point_tables(control, TOPICS, STATUS)
    finder = find_points(control, scored(text, **unusable), tables, model())
    return finder.meets_example_bar(criteria[0])


ONE, TWO = ("stabilization",), ("stabilization", "ongoing")
THREE = (*TWO, "hours")
ALL_THREE = "Hypercare lasts. The contract runs. The hours are given."


@pytest.mark.parametrize(
    ("text", "bar", "other_bar", "reached"),
    by_name([
        ("its point is shown", "Hypercare lasts.", ONE, (), True),
        ("it is only planned", "Hypercare will last.", ONE, (), True),
        ("it is the practice of others", "Some vendors offer hypercare.", ONE, (), True),
        ("it is a bare item", "- Hypercare", ONE, (), True),
        ("a weak word", "The hours are given.", ("hours",), (), True),
        ("other words", "We build assistants.", ONE, (), False),
        ("no text", "", ONE, (), False),
        ("two points, one mentioned", "Hypercare lasts.", TWO, (), False),
        ("three points, two mentioned", "Hypercare lasts. The contract runs.", THREE, (), False),
        ("all three", ALL_THREE, THREE, (), True),
        ("half of the control's points", "Hypercare lasts.", ONE, ("hours",), False),
        ("two in three of them", "Hypercare lasts. The contract runs.", TWO, ("hours",), True),
        ("three in five of them", ALL_THREE, THREE, ("hours", "sla"), True),
        ("three in six of them", ALL_THREE, THREE, ("hours", "sla", "ongoing"), False),
        ("its example shows none, the others are mentioned", "The first weeks are busy.", (), ONE, True),
        ("its example shows none, the others are not mentioned", "We build.", (), ONE, False),
        ("the control's example shows none", "Hypercare lasts.", (), (), False),
    ]),
)  # fmt: skip
def test_a_text_that_mentions_the_points_of_the_example_meets_its_bar(
    text, bar, other_bar, reached
):
    assert example_bar(text, bar, other_bar) is reached


@pytest.mark.parametrize("why", [Mood.COPIED, Mood.RESTATED, Mood.PLACEHOLDER])
def test_words_that_are_not_the_partners_own_do_not_meet_the_bar(why):
    assert not example_bar("Hypercare lasts.", ONE, **{why: "Hypercare"})


def test_the_review_of_a_criterion_has_the_example_bar():
    assert judged("Hypercare will last.").example_bar
    assert not judged("The contract runs.").example_bar


@pytest.mark.parametrize(
    ("text", "artefact", "measured"),
    by_name([
        ("neither", "Hypercare lasts.", False, None),
        ("a document", "Hypercare is in the handbook.", True, None),
        ("a document in another sentence", "Hypercare lasts. The handbook is blue.", False, None),
        ("a result", "Hypercare was measured.", False, "Hypercare was measured."),
        ("a result that is planned does not support", "Hypercare will be measured.", False, None),
    ]),
)  # fmt: skip
def test_artefact_and_result_of_the_sentences_that_support(text, artefact, measured):
    found = judged(text)
    quote = found.measured and text[found.measured.start : found.measured.end]
    assert (found.names_artefact, quote) == (artefact, measured)


# --- the passages ---


@pytest.mark.parametrize(
    ("text", "expected"),
    by_name([
        ("each sentence once, in order", "The contract will follow. Hypercare lasts.",
         [("The contract will follow.", Mood.PLANNED, False), ("Hypercare lasts.", Mood.IN_PLACE, True)]),
        ("the first that shows a point decides", "Hypercare lasts. The contract runs.",
         [("Hypercare lasts.", Mood.IN_PLACE, True), ("The contract runs.", Mood.IN_PLACE, False)]),
        ("else the first at all", "The hours are given. Hypercare will last.",
         [("The hours are given.", Mood.UNSURE, True), ("Hypercare will last.", Mood.PLANNED, False)]),
        ("a sentence that shows one and names another supports", "We have a hypercare period, and from May a contract will follow.",
         [("We have a hypercare period, and from May a contract will follow.", Mood.IN_PLACE, True)]),
        ("none", "We build.", []),
    ]),
)  # fmt: skip
def test_passages(text, expected):
    found = judged(text).passages
    assert [(text[p.span.start : p.span.end], p.mood, p.decides) for p in found] == expected
    assert [p.carries for p in found] == [p.mood is Mood.IN_PLACE for p in found]


# --- a criterion that was not learned, or has no points ---


@pytest.mark.parametrize(
    ("text", "expected"),
    by_name([
        ("a cue in place", "The first weeks are intense.", {"stabilization": (SHOWN, Mood.IN_PLACE)}),
        ("a cue that is planned", "The first weeks will be intense.", {"stabilization": (NAMED, Mood.PLANNED)}),
        ("a cue with a gap", "The service hours are eight to six.", {"hours": (SHOWN, Mood.IN_PLACE)}),
        ("a learned word is none", "Hypercare lasts.", {}),
    ]),
)  # fmt: skip
def test_a_criterion_that_is_not_learned_is_judged_by_its_cues_and_the_status(text, expected):
    found = judged(text, tables=NO_TABLES)
    assert states(text, tables=NO_TABLES) == expected
    assert (found.learned, found.judged) == (False, True)


def test_a_criterion_is_learned_if_all_its_points_are():
    assert not judged("We build.").learned, "the point `sla` has no column"
    learned = CRITERION.model_copy(update={"points": POINTS[:3]})
    assert judged("We build.", criterion=learned).learned


def test_a_point_that_is_not_learned_does_not_change_the_others():
    text = (
        "Hypercare has service levels. A contract with service levels lasts for the first weeks, "
        "and from May the service levels will follow.\n\n- Service levels"
    )
    units = split_units(list(split_sentences(text)))

    def inputs(points):
        criterion = CRITERION.model_copy(update={"points": points})
        control = CONTROL.model_copy(update={"criteria": (criterion,)})
        tables = point_tables(control, TOPICS, STATUS)
        return {(at, key): given(1.5) for at, key, given in candidate_inputs(units, tables)}

    new = point("new", "New", cues="service levels", context="hypercare; contract")
    before, after = inputs(POINTS[:3]), inputs((new, *POINTS[:3]))
    added = {found: values for found, values in after.items() if found[1][1] == "new"}
    assert len(added) == len(units)
    assert {found: values for found, values in after.items() if found not in added} == before


@pytest.mark.parametrize(
    ("learned", "others", "level"),
    by_name([
        ("others that lack", [YES, YES, YES], [NO, NO, NO], 3),
        ("others that support", [YES, NO, NO, NO], [YES, YES, YES], 1),
        ("nothing but others", [], [YES, YES], 1),
    ]),
)  # fmt: skip
def test_criteria_that_are_not_learned_do_not_count_for_the_level(learned, others, level):
    sentences = scored("We build.")
    reviews = [CriterionReview(criterion="learned", verdict=v) for v in learned]
    assert response_level(LEVELS, sentences, 0.0, reviews) == level
    reviews += [CriterionReview(criterion="new", verdict=v, learned=False) for v in others]
    assert response_level(LEVELS, sentences, 0.0, reviews) == level


def test_a_criterion_without_points_is_not_judged():
    bare = CRITERION.model_copy(update={"points": (), "example_bar": ()})
    found = judged("Hypercare lasts. The contract runs.", criterion=bare)
    assert found == CriterionReview(criterion=CRITERION.id, verdict=NO, judged=False)


def test_a_new_criterion_and_one_without_points_are_reported_so():
    control = CATALOG.control("GENAIPR-006")
    new = control.criteria[0].model_copy(update={"id": "exit-plan", "title": "Exit plan"})
    bare = new.model_copy(update={"id": "bare", "title": "Bare", "points": (), "example_bar": ()})
    wider = control.model_copy(update={"criteria": (*control.criteria, new, bare)})
    text = "Go-live opens a stabilization period of six weeks."
    found = {c.criterion: c for c in review(wider, text).criteria}
    assert [(c, found[c].judged, found[c].learned) for c in ("exit-plan", "bare")] == [
        ("exit-plan", True, False),
        ("bare", False, True),
    ]
    messages = {f.criterion: f.message for f in review(wider, text).findings}
    assert "Not learned yet: judged by cues alone." in messages["exit-plan"]
    assert "has no points yet" in messages["bare"]
    assert not any("Not learned" in messages[c.id] for c in control.criteria)


# --- findings on criteria ---


def reviewed(*given, verdict=NO, **changes):
    """A review with a state for each point, in the order of POINTS; None is missing."""
    found = []
    for place, (one, state) in enumerate(zip(POINTS, given, strict=True)):
        mood = state if isinstance(state, Mood) else None
        kind = NAMED if mood else state or MISSING
        span = None if kind is MISSING else Span(start=place, end=place + 1)
        found.append(PointReview(point=one.id, title=one.title, state=kind, mood=mood, span=span))
    return CriterionReview(criterion=CRITERION.id, verdict=verdict, points=tuple(found), **changes)


def context(**changes):
    given = {
        "control": CONTROL, "text": "", "file": "f.yaml", "unreadable": "", "sentences": (),
        "off_topic": False, "signs": None,
    }  # fmt: skip
    return ReviewContext(**{**given, **changes})


def finding(one, unreadable=""):
    return next(iter(build_findings(context(unreadable=unreadable), [one])))


@pytest.mark.parametrize(
    ("one", "message"),
    by_name([
        ("all points", reviewed(SHOWN, SHOWN, SHOWN, SHOWN, verdict=YES),
         "“Support periods”: 4 of 4 points: stabilization period, ongoing support, service hours and SLA."),
        ("some points", reviewed(SHOWN, None, None, None),
         "“Support periods”: 1 of 4 points: stabilization period. Missing: ongoing support, service hours and SLA."),
        ("none", reviewed(None, None, None, None),
         "“Support periods”: 0 of 4 points. Missing: stabilization period, ongoing support, service hours and SLA."),
        ("named, with the reason", reviewed(Mood.PLANNED, Mood.DENIED, Mood.HEDGED, Mood.OTHER),
         "“Support periods”: 0 of 4 points. Named, but not counted: stabilization period (only planned), ongoing support "
         "(denied), service hours (only possible or on request) and SLA (the practice or advice of others)."),
        ("more reasons", reviewed(Mood.LISTED, Mood.WITHDRAWN, Mood.AIM, Mood.COPIED),
         "“Support periods”: 0 of 4 points. Named, but not counted: stabilization period (only a word in a list or title), "
         "ongoing support (no longer in place), service hours (only an aim) and SLA (copied from a published example)."),
        ("the reviewer is not sure", reviewed(SHOWN, UNSURE, None, None),
         "“Support periods”: 1 of 4 points: stabilization period. Not sure, please check the sentence: ongoing support. "
         "Missing: service hours and SLA."),
        ("not learned", reviewed(SHOWN, SHOWN, SHOWN, SHOWN, verdict=YES, learned=False),
         "“Support periods”: 4 of 4 points: stabilization period, ongoing support, service hours and SLA. "
         "Not learned yet: judged by cues alone."),
        ("without points", CriterionReview(criterion=CRITERION.id, verdict=NO, judged=False),
         "“Support periods” has no points yet: it is judged by its evidence and by an assessor."),
    ]),
)  # fmt: skip
def test_message_of_a_finding(one, message):
    assert finding(one).message == message


@pytest.mark.parametrize(
    ("one", "remediation"),
    by_name([
        ("nothing left to do", reviewed(SHOWN, SHOWN, None, None, verdict=YES), ""),
        ("the next point", reviewed(SHOWN, None, None, None, verdict=PARTLY),
         "Show “ongoing support”, for example: “Example of ongoing.”"),
        ("the fewest points that are needed", reviewed(None, None, SHOWN, None),
         "Show “stabilization period”, for example: “Example of stabilization.” Then show ongoing support."),
    ]),
)  # fmt: skip
def test_a_finding_suggests_the_next_point(one, remediation):
    assert finding(one).remediation == remediation


@pytest.mark.parametrize(
    ("one", "why", "rule", "outcome", "bounds"),
    by_name([
        ("yes", reviewed(SHOWN, SHOWN, None, None, verdict=YES), "", "text-carries", Outcome.MET, None),
        ("partly", reviewed(SHOWN, None, None, None, verdict=PARTLY), "", "text-incomplete", Outcome.PARTLY, 2),
        ("no", reviewed(None, None, None, None), "", "text-missing", Outcome.GAP, 1),
        ("no, and not learned", reviewed(None, None, None, None, learned=False), "", "text-missing", Outcome.GAP, 1),
        ("without points", CriterionReview(criterion=CRITERION.id, verdict=NO, judged=False), "", "not-judged", Outcome.GAP, 2),
        ("cannot be read", reviewed(None, None, None, None), "it is Dutch", "cannot-review", Outcome.GAP, 1),
    ]),
)  # fmt: skip
def test_rule_outcome_and_bound_of_a_finding(one, why, rule, outcome, bounds):
    found = finding(one, why)
    assert (found.rule, found.outcome, found.bounds) == (rule, outcome, bounds)
    assert (found.control, found.criterion) == (CONTROL.id, CRITERION.id)
    assert (found.subject.file, found.subject.place) == ("f.yaml", "narrative")
    assert bool(found.remediation) is (outcome is not Outcome.MET)
    assert (why in found.message) is True


def test_a_finding_points_at_the_sentence_that_decides():
    text = "We build. Hypercare will last. The contract runs."
    sentences = scored(text)
    one = review_criterion(
        CRITERION, find_points(CONTROL, sentences, TABLES, model()), sentences, LEVELS
    )
    span = next(iter(build_findings(context(sentences=sentences), [one]))).subject.span
    assert text[span.start : span.end] == "The contract runs."
    assert finding(reviewed(None, None, None, None)).subject.span is None
