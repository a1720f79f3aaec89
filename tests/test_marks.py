"""People's marks on sentences, by example: what counts, what waits, and that nothing is hidden."""

from __future__ import annotations

import pytest
import yaml
from pydantic import ValidationError

from calib import BadInput, assess, load_assessment
from calib.files import strict_yaml
from calib.model import (
    ControlResponse,
    CriterionAnswer,
    CriterionReview,
    MarkState,
    Mood,
    Outcome,
    PointMark,
    PointReview,
    PointState,
    Review,
    Span,
    Verdict,
)
from calib.model.catalog import Point
from calib.review import review
from calib.scoring.levels import criterion_result
from calib.scoring.marks import apply_marks, find_quotes, is_same_person, mark_findings
from tests.conftest import TODAY
from tests.core_examples import CATALOG, CONTROL, by_name

TEXT = (
    "Every launch opens a stabilization period of six weeks.\n"
    "Support is then renewed year by\nyear. We also answer questions. We also answer questions.\n\n"
    "## Service hours\n"
)
FIRST, SECOND = "Every launch opens a stabilization period of six weeks.", "Support is then renewed"
ANN, BEN = {"by": "Ann Ash", "reason": "It gives the length"}, {"confirmed_by": "Ben Bohm"}
SHOWN, NAMED, UNSURE, MISSING = PointState


def point(name: str) -> Point:
    texts = dict.fromkeys(("shows", "not_enough", "example", "counter_example"), "-")
    return Point(id=name, title=name.title(), **texts)


CRITERION = CONTROL.criteria[0].model_copy(
    update={
        "id": "periods",
        "title": "Support periods",
        "points": tuple(map(point, ("start", "renewal", "hours"))),
        "yes_needs": "2 of any",
        "partly_needs": "1 of any",
        "example_bar": ("start",),
    }
)
SUPPORT = CONTROL.model_copy(update={"criteria": (CRITERION,)})


def span_of(quote: str) -> Span:
    return find_quotes(TEXT, quote)[0]


def sentence(quote: str) -> Span:
    """The whole sentence that a quote begins."""
    start = span_of(quote).start
    return Span(start=start, end=TEXT.index(".", start) + 1)


def reviewed(**states: tuple[PointState, str]) -> Review:
    """A review of `TEXT` that found these states, each in a sentence; the other points miss."""
    points = []
    for one in CRITERION.points:
        state, quote = states.get(one.id, (MISSING, ""))
        mood = {SHOWN: Mood.IN_PLACE, NAMED: Mood.PLANNED, UNSURE: Mood.UNSURE}.get(state)
        span = sentence(quote) if quote else None
        points.append(PointReview(point=one.id, title=one.title, state=state, mood=mood, span=span))
    real = review(SUPPORT, TEXT)
    found = CriterionReview(criterion="periods", verdict=Verdict.NO, points=tuple(points))
    return real.model_copy(update={"criteria": (found,)})


def mark(name: str = "start", quote: str = FIRST, *, shows: bool = True, **more: str) -> PointMark:
    return PointMark(**{"point": name, "quote": quote, "shows": shows, **ANN, **more})


def marked(before: Review, *marks: PointMark, text: str = TEXT):
    """The criterion's review after marks, and the state of each mark."""
    answer = CriterionAnswer(criterion="periods", marks=marks)
    response = ControlResponse(control=SUPPORT.id, narrative=text, criteria=(answer,))
    found = apply_marks(SUPPORT, response, before)
    return found.review.criterion("periods"), [m.state for m in found.marks["periods"]]


def states(found: CriterionReview) -> dict[str, PointState]:
    return {p.point: p.state for p in found.points if p.state is not MISSING}


# --- what counts ---


@pytest.mark.parametrize(
    ("before", "marks", "expected", "verdict"),
    by_name([
        ("unconfirmed: nothing changes",
         {}, [mark()], {}, "no"),
        ("confirmed by a second person: shown",
         {}, [mark(**BEN)], {"start": SHOWN}, "partly"),
        ("confirmed, beside a point the reviewer found",
         {"renewal": (SHOWN, SECOND)}, [mark(**BEN)], {"start": SHOWN, "renewal": SHOWN}, "yes"),
        ("confirmed by oneself: nothing changes",
         {}, [mark(confirmed_by="ann  ASH")], {}, "no"),
        ("an unsure sentence, confirmed",
         {"start": (UNSURE, FIRST)}, [mark(**BEN)], {"start": SHOWN}, "partly"),
        ("an unsure sentence, unconfirmed: still unsure",
         {"start": (UNSURE, FIRST)}, [mark()], {"start": UNSURE}, "no"),
        ("a named point, confirmed by another sentence",
         {"start": (NAMED, SECOND)}, [mark(**BEN)], {"start": SHOWN}, "partly"),
        ("rejected: no longer shown",
         {"start": (SHOWN, FIRST)}, [mark(shows=False)], {}, "no"),
        ("rejected, one of two points",
         {"start": (SHOWN, FIRST), "renewal": (SHOWN, SECOND)}, [mark(shows=False)],
         {"renewal": SHOWN}, "partly"),
        ("an unsure sentence, rejected: no longer to be checked",
         {"start": (UNSURE, FIRST)}, [mark(shows=False)], {}, "no"),
        ("a named point, rejected: it did not count anyway",
         {"start": (NAMED, FIRST)}, [mark(shows=False)], {"start": NAMED}, "no"),
        ("another sentence rejected: the point stays",
         {"start": (SHOWN, FIRST)}, [mark(quote=SECOND, shows=False)], {"start": SHOWN}, "partly"),
        ("rejected for another point: this one stays",
         {"start": (SHOWN, FIRST)}, [mark("renewal", shows=False)], {"start": SHOWN}, "partly"),
        ("rejected, and another sentence confirmed",
         {"start": (SHOWN, FIRST)}, [mark(shows=False), mark(quote=SECOND, **BEN)],
         {"start": SHOWN}, "partly"),
        ("one sentence confirmed and rejected: the rejection counts",
         {}, [mark(**BEN), mark(shows=False)], {}, "no"),
        ("not in the narrative: nothing changes",
         {}, [mark(quote="We never wrote this.", **BEN)], {}, "no"),
        ("an unknown point: nothing changes",
         {"start": (SHOWN, FIRST)}, [mark("nothing", **BEN)], {"start": SHOWN}, "partly"),
        ("a quote over a line break, with other spaces",
         {}, [mark(quote="Support  is then renewed year by year.", **BEN)],
         {"start": SHOWN}, "partly"),
        ("a heading can be confirmed too",
         {}, [mark("hours", quote="Service hours", **BEN)], {"hours": SHOWN}, "partly"),
        ("the second of two equal sentences is rejected",
         {"hours": (SHOWN, "We also")}, [mark("hours", quote="We also answer questions.", shows=False)],
         {}, "no"),
    ]),
)  # fmt: skip
def test_points_and_verdict_after_marks(before, marks, expected, verdict):
    found, _ = marked(reviewed(**before), *marks)
    assert states(found) == expected
    # Without an effective mark the review, whose verdict is a placeholder here, stays as it is.
    if states(found) != states(reviewed(**before).criterion("periods")):
        assert found.verdict == verdict


@pytest.mark.parametrize(
    ("marks", "expected"),
    by_name([
        ("unconfirmed", [mark()], ["waiting"]),
        ("confirmed", [mark(**BEN)], ["counts"]),
        ("by oneself", [mark(confirmed_by="ANN ASH ")], ["waiting"]),
        ("rejected", [mark(shows=False)], ["rejects"]),
        ("confirming a rejection changes nothing", [mark(shows=False, **BEN)], ["rejects"]),
        ("both", [mark(**BEN), mark(shows=False, by="Cem")], ["disputed", "rejects"]),
        ("waiting and rejected", [mark(), mark(shows=False, by="Cem")], ["disputed", "rejects"]),
        ("not found", [mark(quote="No.")], ["not found"]),
        ("unknown", [mark("nothing")], ["unknown"]),
    ]),
)  # fmt: skip
def test_state_of_a_mark(marks, expected):
    assert marked(reviewed(), *marks)[1] == expected


def test_the_sentence_that_the_reviewer_relies_on_is_meant():
    second = TEXT.rindex("We also")
    before = reviewed(hours=(SHOWN, "We also"))
    points = tuple(
        p.model_copy(update={"span": Span(start=second, end=second + 25)})
        if p.point == "hours" else p
        for p in before.criteria[0].points
    )  # fmt: skip
    before = before.model_copy(
        update={"criteria": (before.criteria[0].model_copy(update={"points": points}),)}
    )
    found, _ = marked(before, mark("hours", quote="We also answer questions.", shows=False))
    assert states(found) == {}


def test_everything_else_follows_from_the_points():
    before = reviewed(start=(SHOWN, FIRST), renewal=(SHOWN, SECOND))
    answer = CriterionAnswer(criterion="periods", marks=(mark(shows=False),))
    response = ControlResponse(control=SUPPORT.id, narrative=TEXT, criteria=(answer,))
    after = apply_marks(SUPPORT, response, before).review
    found = after.criterion("periods")
    assert not found.example_bar, "the example shows the rejected point"
    moods = {p.span: (p.mood, p.carries) for p in found.passages}
    assert moods == {
        sentence(FIRST): (Mood.REJECTED, False),
        sentence(SECOND): (Mood.IN_PLACE, True),
    }
    [finding] = [f for f in after.findings if f.criterion == "periods"]
    assert finding.rule == "text-incomplete"
    assert "1 of 3 points: renewal. Missing: start and hours" in finding.message
    confirmed, _ = marked(reviewed(), mark(**BEN))
    assert confirmed.example_bar
    assert [p.decides for p in confirmed.passages] == [True]


def test_a_rejected_sentence_still_mentions_the_criterion():
    """Otherwise one rejection would make a criterion absent that is claimed."""
    found, _ = marked(reviewed(start=(SHOWN, FIRST)), mark(shows=False))
    assert [p.mood for p in found.passages] == [Mood.REJECTED]


def test_without_marks_the_review_is_the_same():
    before = reviewed(start=(SHOWN, FIRST))
    response = ControlResponse(control=SUPPORT.id, narrative=TEXT)
    assert apply_marks(SUPPORT, response, before).review is before


def test_marks_on_a_text_in_another_language_change_nothing():
    german = (
        "Wir haben einen Plan für die Einführung und der Betrieb ist nicht nur in der Nacht, "
        "sondern auch am Tag und mit dem Kunden auf der ganzen Welt für uns wichtig."
    )
    before = review(SUPPORT, german)
    assert "cannot-review" in [f.rule for f in before.findings]
    found, state = marked(before, mark(quote=german, **BEN), text=german)
    assert (states(found), state) == ({}, ["not found"])


# --- quotes and names ---


@pytest.mark.parametrize(
    ("text", "quote", "found"),
    by_name([
        ("as written", "We do it. Well.", "Well.", ["Well."]),
        ("over lines", "We\n  do  it.", "We do it.", ["We\n  do  it."]),
        ("twice", "a b, a b", "a b", ["a b", "a b"]),
        ("whole words only", "because", "use", []),
        ("with marks at the ends", "**bold** text", "**bold**", ["**bold**"]),
        ("case matters", "we do", "We do", []),
        ("regular expressions are text", "a.c", "a+c", []),
        ("blank", "abc", "  ", []),
        ("in an empty text", "", "a", []),
    ]),
)  # fmt: skip
def test_quotes_are_found(text, quote, found):
    assert [text[s.start : s.end] for s in find_quotes(text, quote)] == found


@pytest.mark.parametrize(
    ("one", "other", "same"),
    by_name([
        ("case", "Ann Ash", "ANN ash", True),
        ("spaces", " Ann  Ash ", "Ann Ash", True),
        ("wide letters", "Ann", "Ａｎｎ", True),
        ("another name", "Ann Ash", "Ann Asher", False),
        ("umlauts", "Jörg STRAẞE", "jörg strasse", True),
    ]),
)  # fmt: skip
def test_names_are_compared(one, other, same):
    assert is_same_person(one, other) is same


# --- findings ---


def findings(*marks: PointMark):
    answer = CriterionAnswer(criterion="periods", marks=marks)
    response = ControlResponse(control=SUPPORT.id, narrative=TEXT, criteria=(answer,))
    return mark_findings(apply_marks(SUPPORT, response, reviewed()).marks["periods"])


def test_each_mark_is_a_finding_with_names_and_reasons():
    found = findings(mark(**BEN, confirm_reason="Six weeks"), mark(), mark("nothing"))
    assert [f.rule for f in found] == ["mark:start", "mark:start:2", "mark:nothing"]
    assert {f.outcome for f in found} == {Outcome.ADVICE}
    assert all(f.bounds is None for f in found)
    assert found[0].message == (
        f"Ann Ash: “{FIRST}” shows “Start”. Reason: It gives the length. "
        "Confirmed by Ben Bohm: Six weeks. The point counts as shown."
    )
    assert found[0].subject.span == sentence(FIRST)
    assert "Waiting for a second person" in found[1].message
    assert "no such point" in found[2].message


def test_one_person_twice_is_named_as_such():
    [finding] = findings(mark(confirmed_by="Ann Ash"))
    assert "the same person marked and confirmed it" in finding.message


def test_a_finding_never_repeats_a_secret():
    secret = "AKIA" + "ABCDEFGHIJKLMNOP"
    [finding] = findings(mark(quote=f"The key is {secret} here."))
    assert secret not in finding.message
    assert "The key is •" in finding.message


# --- levels and gates ---


def test_a_mark_lifts_a_level_only_with_a_second_person():
    def level(*marks: PointMark) -> int:
        answer = CriterionAnswer(criterion="periods", marks=marks, answer="Notes")
        response = ControlResponse(control=SUPPORT.id, narrative=TEXT, criteria=(answer,))
        before = reviewed(renewal=(SHOWN, SECOND))
        before = before.model_copy(
            update={"findings": tuple(f for f in review(SUPPORT, "").findings if f.criterion)}
        )
        after = apply_marks(SUPPORT, response, before)
        finding = next(f for f in after.review.findings if f.criterion == "periods")
        found = criterion_result(
            CATALOG, SUPPORT, CRITERION, answer, after.review.criterion("periods"), finding, {},
            TODAY, (), after.marks.get("periods", ()),
        )  # fmt: skip
        assert sum(f.rule.startswith("mark:") for f in found.findings) == len(marks)
        assert [m.mark for m in found.marks] == list(marks)
        return found.supported

    assert level() == level(mark()) == level(mark(confirmed_by="Ann Ash")) == 1
    assert level(mark(**BEN)) == 2, "without an artefact"


# --- files ---

FILE = "controls/GENAIPR-001.yaml"


def with_marks(folder, *marks: dict) -> None:
    path = folder / FILE
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    data["criteria"]["methodology"]["marks"] = list(marks)
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")


def test_marks_are_read_and_applied(halfway, catalog):
    with_marks(
        halfway,
        {"point": "nowhere", "quote": "Gone.", "shows": True, "by": "Ann", "reason": "So"},
        {"point": catalog.controls[0].criteria[0].points[0].id, "quote": "Gone.", "shows": False,
         "by": "Ann", "reason": "So", "confirmed_by": "Ben", "confirm_reason": "Yes"},
    )  # fmt: skip
    loaded = load_assessment(halfway, catalog)
    result = assess(catalog, loaded, TODAY)
    found = result.controls[0].criteria[0]
    assert [m.state for m in found.marks] == [MarkState.UNKNOWN, MarkState.NOT_FOUND]
    assert found.marks[1].mark.confirm_reason == "Yes"
    assert len([f for f in found.findings if f.rule.startswith("mark:")]) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    by_name([
        ("no reason", {"reason": None}, "reason: required"),
        ("no name", {"by": ""}, "by: must not be empty"),
        ("a blank name", {"by": "  "}, "by: has the wrong form"),
        ("a word for shows", {"shows": "maybe"}, "shows:"),
        ("a misspelt key", {"confirmedby": "Ben"}, "did you mean `confirmed_by`"),
    ]),
)  # fmt: skip
def test_an_invalid_mark_is_reported_with_its_place(halfway, catalog, change, message):
    given = {"point": "start", "quote": "Gone.", "shows": True, "by": "Ann", "reason": "So"}
    with_marks(halfway, {k: v for k, v in {**given, **change}.items() if v is not None})
    with pytest.raises(BadInput) as error:
        load_assessment(halfway, catalog)
    assert message in str(error.value)
    assert "criteria.methodology.marks[0]" in str(error.value)


def test_a_mark_alone_is_content():
    assert CriterionAnswer(criterion="periods", marks=(mark(),)).has_content
    with pytest.raises(ValidationError):
        PointMark(point="a", quote="", shows=True, by="Ann", reason="So")


def test_answers_without_marks_keep_their_hash(halfway, catalog):
    """A milestone stores the hash of answers that were given before marks existed."""
    dumped = load_assessment(halfway, catalog).model_dump_json(exclude_defaults=True)
    assert "marks" not in dumped
    assert strict_yaml.read_yaml(halfway / FILE).problems == []
