"""The custom lens: every limit of the format (L1 to L7 of the research), rules that mean the same."""

from __future__ import annotations

import copy
import json
import re
from itertools import combinations

import pytest
from click.testing import CliRunner

from calib.cli import main
from calib.errors import CannotWrite
from calib.exchange.lens import build_lens, find_lens_flaws, read_lens, write_lens
from calib.exchange.lens import make as making
from calib.exchange.lens.answers import build_lens_answers, fit_notes
from calib.exchange.lens.conditions import InvalidCondition, parse_condition
from calib.exchange.lens.make import lens_risk, render_lens, risk_of
from calib.exchange.lens.model import LensRisk


def run(*args, code=0):
    result = CliRunner().invoke(main, [str(a) for a in args])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(scope="module")
def lens(catalog):
    return build_lens(catalog)


def small():
    """A lens of one question, within all limits."""
    choices = [
        {"id": f"choice_{n}", "title": f"Choice {n}", "improvementPlan": {"displayText": "Do it."}}
        for n in (1, 2, 3)
    ]
    none = {
        "id": "question_no",
        "title": "None of these",
        "helpfulResource": {"displayText": "None."},
    }
    rules = [
        {"condition": "choice_1 && choice_2 && choice_3", "risk": "NO_RISK"},
        {
            "condition": "((choice_1 || choice_2) && choice_3) || (!choice_1 && choice_3)",
            "risk": "MEDIUM_RISK",
        },
        {"condition": "default", "risk": "HIGH_RISK"},
    ]
    question = {
        "id": "question", "title": "A question?", "description": "More of it.",
        "helpfulResource": {"displayText": "Read.", "url": "https://example.com/a"},
        "choices": [*choices, none], "riskRules": rules,
    }  # fmt: skip
    pillar = {"id": "pillar", "name": "A pillar", "questions": [question]}
    return {"schemaVersion": "2021-11-01", "name": "N", "description": "D", "pillars": [pillar]}


def as_json(value):
    return json.dumps(value).encode()


# L1


def test_the_lens_keeps_every_limit(lens):
    data = render_lens(lens)
    assert find_lens_flaws(data) == ()
    assert len(data.decode()) < 500_000
    assert find_lens_flaws(as_json(small())) == ()


def test_the_limits_hold_by_another_reading_as_well(lens):
    """The same bounds, walked by hand over the JSON and not by the models that wrote it."""
    value = json.loads(render_lens(lens))
    assert set(value) == {"schemaVersion", "name", "description", "pillars"}
    assert value["schemaVersion"] == "2021-11-01"
    assert len(value["name"]) <= 128
    assert len(value["description"]) <= 2048
    assert len(value["pillars"]) == 7
    questions = [q for p in value["pillars"] for q in p["questions"]]
    ids = [p["id"] for p in value["pillars"]] + [q["id"] for q in questions]
    ids += [c["id"] for q in questions for c in q["choices"]]
    assert len(ids) == len(set(ids)), (
        "choice ids are unique in the whole lens, not in a question alone"
    )
    assert all(re.fullmatch(r"[A-Za-z0-9_]{3,64}", i) for i in ids)
    for question in questions:
        assert len(question["title"]) <= 128
        assert len(question["description"]) <= 2048
        assert len(question["choices"]) <= 15
        assert [c["id"] for c in question["choices"] if c["id"].endswith("_no")] == [
            question["id"] + "_no"
        ]
        for choice in question["choices"]:
            assert len(choice["title"]) <= 128
            assert ("improvementPlan" in choice) != choice["id"].endswith("_no")
            for key in {"improvementPlan", "helpfulResource"} & choice.keys():
                assert 0 < len(choice[key]["displayText"]) <= 2048
        risks = [r["risk"] for r in question["riskRules"]]
        assert len(risks) == len(set(risks)) <= 3
        assert question["riskRules"][-1] == {"condition": "default", "risk": "HIGH_RISK"}


def test_it_asks_all_that_the_catalog_asks_and_names_nobody(lens, catalog):
    choices = {c.id: c.title for p in lens.pillars for q in p.questions for c in q.choices}
    for control in catalog.controls:
        for criterion in control.criteria:
            name = making.lens_id(control.id, criterion.id)
            assert choices[name] == criterion.title
            # Reversible: what was a hyphen is an underscore, and no catalog id has one of its own.
            pillar = making.lens_id(control.id)
            assert pillar.upper().replace("_", "-") == control.id
            assert name.removeprefix(f"{pillar}_").replace("_", "-") == criterion.id
    assert len(choices) == 38 + 10 + 11
    assert "no data of a partner" in run("export", "lens", "--help").output


def test_long_texts_of_a_catalog_are_cut_to_fit(catalog):
    long = "word " * 1_000
    control = catalog.controls[0]
    criterion = control.criteria[0].model_copy(update={"title": long, "question": long})
    control = control.model_copy(
        update={"title": long, "asks_for": long, "requirement": long, "criteria": (criterion,)}
    )
    bigger = catalog.model_copy(update={"controls": (control,), "scope": long, "title": long})
    data = render_lens(build_lens(bigger))
    assert find_lens_flaws(data) == ()
    assert " …" in json.loads(data)["name"]


# L2


def question(value):
    return value["pillars"][0]["questions"][0]


def change(**of_question):
    return lambda v: question(v).update(of_question)


def choice(number=0, **changes):
    return lambda v: question(v)["choices"][number].update(changes)


def rule(number=0, **changes):
    return lambda v: question(v)["riskRules"][number].update(changes)


def many(path, count):
    """Repeat the first item of a list, each with an id of its own."""

    def spoil(value):
        items = value["pillars"] if path == "pillars" else value["pillars"][0]["questions"]
        items = question(value)["choices"] if path == "choices" else items
        first = items[0]
        items[:] = [{**copy.deepcopy(first), "id": f"{first['id']}_{n}"} for n in range(count)]
        if path == "pillars":
            for n, pillar in enumerate(items):
                pillar["questions"][0]["id"] = f"question_{n}"
        if path == "choices":
            question(value)["riskRules"] = [{"condition": "default", "risk": "HIGH_RISK"}]

    return spoil


def with_rules(*rules):
    return change(riskRules=[{"condition": c, "risk": r} for c, r in rules])


def additional(kind, count):
    content = [{"displayText": "x", "url": "https://example.com"}] * count
    return choice(additionalResources=[{"type": kind, "content": content}])


DEFAULT = ("default", "HIGH_RISK")
BROKEN = {
    "11 pillars": (many("pillars", 11), "$.pillars"),
    "21 questions": (many("questions", 21), "$.pillars[0].questions"),
    "16 choices": (many("choices", 16), "$.pillars[0].questions[0].choices"),
    "no questions": (lambda v: v["pillars"][0].update(questions=[]), "$.pillars[0].questions"),
    "pillar id of 2": (lambda v: v["pillars"][0].update(id="ab"), "$.pillars[0].id"),
    "pillar id of 65": (lambda v: v["pillars"][0].update(id="a" * 65), "$.pillars[0].id"),
    "question id of 2": (change(id="ab"), "$.pillars[0].questions[0].id"),
    "question id of 129": (change(id="a" * 129), "$.pillars[0].questions[0].id"),
    "choice id of 2": (choice(id="ab"), "$.pillars[0].questions[0].choices[0].id"),
    "choice id of 65": (choice(id="a" * 65), "$.pillars[0].questions[0].choices[0].id"),
    "id with -": (choice(id="choice-1"), "$.pillars[0].questions[0].choices[0].id"),
    "id with ü": (choice(id="chüice"), "$.pillars[0].questions[0].choices[0].id"),
    "id twice": (choice(1, id="choice_1"), "$.pillars[0].questions[0].choices"),
    "question title of 129": (change(title="x" * 129), "$.pillars[0].questions[0].title"),
    "choice title of 129": (choice(title="x" * 129), "$.pillars[0].questions[0].choices[0].title"),
    "name of 129": (lambda v: v.update(name="x" * 129), "$.name"),
    "pillar name of 129": (lambda v: v["pillars"][0].update(name="x" * 129), "$.pillars[0].name"),
    "description of 2049": (lambda v: v.update(description="x" * 2049), "$.description"),
    "question description of 2049": (change(description="x" * 2049), "$.pillars[0].questions[0].description"),
    "plan of 2049": (
        choice(improvementPlan={"displayText": "x" * 2049}),
        "$.pillars[0].questions[0].choices[0].improvementPlan.displayText",
    ),
    "4 rules": (
        with_rules(("choice_1", "NO_RISK"), ("choice_2", "MEDIUM_RISK"), DEFAULT, ("choice_3", "NO_RISK")),
        "$.pillars[0].questions[0].riskRules",
    ),
    "no default": (with_rules(("choice_1", "NO_RISK")), "$.pillars[0].questions[0].riskRules"),
    "default twice": (with_rules(("default", "NO_RISK"), DEFAULT), "$.pillars[0].questions[0].riskRules"),
    "one risk twice": (with_rules(("choice_1", "HIGH_RISK"), DEFAULT), "$.pillars[0].questions[0].riskRules"),
    "another risk": (rule(risk="LOW_RISK"), "$.pillars[0].questions[0].riskRules[0].risk"),
    "unknown id": (rule(condition="choice_9"), "$.pillars[0].questions[0].riskRules[0].condition"),
    "half a condition": (rule(condition="choice_1 &&"), "$.pillars[0].questions[0].riskRules[0].condition"),
    "no plan": (
        lambda v: question(v)["choices"][0].pop("improvementPlan"),
        "$.pillars[0].questions[0].choices[0].improvementPlan",
    ),
    "plan without text": (
        choice(improvementPlan={}), "$.pillars[0].questions[0].choices[0].improvementPlan",
    ),
    "plan of none": (
        choice(3, improvementPlan={"displayText": "x"}),
        "$.pillars[0].questions[0].choices[3].improvementPlan",
    ),
    "url ftp": (
        change(helpfulResource={"displayText": "x", "url": "ftp://example.com"}),
        "$.pillars[0].questions[0].helpfulResource.url",
    ),
    "url without text": (
        change(helpfulResource={"url": "https://example.com"}), "$.pillars[0].questions[0].helpfulResource",
    ),
    "6 helpful resources": (
        additional("HELPFUL_RESOURCE", 6), "$.pillars[0].questions[0].choices[0].additionalResources",
    ),
    "6 plans": (
        additional("IMPROVEMENT_PLAN", 6), "$.pillars[0].questions[0].choices[0].additionalResources",
    ),
    "other schema": (lambda v: v.update(schemaVersion="2021-11-02"), "$.schemaVersion"),
    "unknown key": (lambda v: v.update(teams=[]), "$.teams"),
    "title no text": (change(title=7), "$.pillars[0].questions[0].title"),
    "500,001 characters": (lambda v: v.update(_note="x" * 500_001), "$"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_each_broken_bound_is_refused_with_its_path(name):
    spoil, path = BROKEN[name]
    value = small()
    spoil(value)
    assert path in [f.path for f in find_lens_flaws(as_json(value))]


AT_THE_BOUND = {
    "10 pillars": many("pillars", 10), "20 questions": many("questions", 20), "15 choices": many("choices", 15),
    "id of 3": choice(3, id="_no"), "question id of 128": change(id="a" * 128), "title of 128": change(title="x" * 128),
    "description of 2048": change(description="x" * 2048), "5 helpful resources": additional("HELPFUL_RESOURCE", 5),
    "default alone": with_rules(DEFAULT), "url http": change(helpfulResource={"displayText": "x", "url": "http://a"}),
}  # fmt: skip


@pytest.mark.parametrize("name", AT_THE_BOUND)
def test_what_just_keeps_a_bound_is_taken(name):
    value = small()
    if name == "20 questions":
        value["pillars"][0]["questions"][0]["id"] = "question"
    AT_THE_BOUND[name](value)
    assert find_lens_flaws(as_json(value)) == ()


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"pillars": 3}']
)
def test_what_is_no_lens_has_flaws_and_no_traceback(data):
    assert find_lens_flaws(data)
    assert read_lens(data) is None


# L3: AWS's own 22 lenses cannot be had here; this one has what the research counted in them.


def test_what_published_lenses_are_careless_in_is_tolerated_and_counted():
    value = small()
    value["pillars"] = []
    for p in range(6):
        pillar = {"id": f"pillar_{p}", "name": "P", "_version": "1", "questions": []}
        for q in range(4):
            one = copy.deepcopy(question(small()))
            one["id"] = f"question_{p}_{q}"
            if p * 4 + q < 23:
                del one["riskRules"][-1]
            pillar["questions"].append(one)
        value["pillars"].append(pillar)
    last = value["pillars"][-1]["questions"][-1]
    last.update(title=float("nan"), url="https://example.com")
    last["choices"][0]["description"] = "An extra key."
    value |= {"_teams": ["a"], "_release_date": "2024"}
    found = find_lens_flaws(as_json(value))
    assert all(f.tolerable for f in found)
    messages = [f.message for f in found]
    assert messages.count("no default rule") == 23
    assert sum(f.path.endswith(".title") for f in found) == 1
    assert messages.count("unknown key") == 6 + 4
    read = read_lens(as_json(value))
    assert read is not None
    assert sum(len(p.questions) for p in read.pillars) == 24


# L4, L5


def test_the_rules_mean_what_the_risk_means(lens):
    counted = 0
    for one in (q for p in lens.pillars for q in p.questions):
        ids = [c.id for c in one.choices if not c.is_none]
        for size in range(len(ids) + 1):
            for chosen in combinations(ids, size):
                assert lens_risk(one, chosen) is risk_of(size, len(ids))
                counted += 1
        assert lens_risk(one, [one.id + "_no"]) is LensRisk.HIGH
    sizes = [len(q.choices) - 1 for p in lens.pillars for q in p.questions]
    assert counted == sum(2**n for n in sizes) == 1_350


def test_the_example_of_the_specification_means_what_it_says():
    rules = question(small())["riskRules"]
    for size in range(4):
        for chosen in combinations(("choice_1", "choice_2", "choice_3"), size):
            one, two, three = (f"choice_{n}" in chosen for n in (1, 2, 3))
            medium = ((one or two) and three) or (not one and three)
            said = [parse_condition(r["condition"]).is_met_by(chosen) for r in rules]
            assert said == [one and two and three, medium, True]


@pytest.mark.parametrize(
    ("text", "chosen", "holds"),
    [
        ("a1 || b1 && c1", {"a1"}, True), ("(a1 || b1) && c1", {"a1"}, False), ("!a1 && b1", {"b1"}, True),
        ("!(a1 || b1)", {"b1"}, False), ("!!a1", {"a1"}, True), (" a1&&b1 ", {"a1", "b1"}, True), ("(!a1) || (!b1)", {"a1"}, True),
    ],
)  # fmt: skip
def test_conditions_bind_as_usual(text, chosen, holds):
    assert parse_condition(text).is_met_by(chosen) is holds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a1 b1",
        "a1 &",
        "&& a1",
        "(a1",
        "a1)",
        "a1 || default",
        "a-1",
        "()",
        "!" * 60 + "a1",
        "(" * 900,
    ],
)
def test_a_condition_that_cannot_be_read_is_refused(text):
    with pytest.raises(InvalidCondition):
        parse_condition(text)


# L6


def test_out_and_in_and_out_again_is_the_same(lens, tmp_path, catalog):
    write_lens(catalog, tmp_path / "lens.json")
    first = (tmp_path / "lens.json").read_bytes()
    read = read_lens(first)
    assert read == lens
    assert render_lens(read) == first


# L7, answers


@pytest.mark.parametrize("length", [0, 1, 2_084, 2_085, 5_000, 40_000])
def test_notes_never_exceed_their_limit_and_say_what_is_cut(length):
    text = "x" * length
    notes = fit_notes(text)
    assert len(notes) <= 2_084
    if length <= 2_084:
        assert notes == text
    else:
        assert notes.endswith(
            f"[truncated here: {length:,} characters; see the response for the full text]"
        )


@pytest.mark.parametrize("name", ["strong", "halfway", "insufficient"])
def test_answers_choose_what_is_in_place(catalog, results, lens, name):
    result = results[name]
    answers = {a["QuestionId"]: a for a in build_lens_answers(catalog, result)}
    questions = {q.id: q for p in lens.pillars for q in p.questions}
    assert answers.keys() == questions.keys()
    for answer in answers.values():
        one = questions[answer["QuestionId"]]
        assert set(answer["SelectedChoices"]) <= {c.id for c in one.choices}
        assert answer["SelectedChoices"]
    met = {
        making.lens_id(c.control, x.criterion) for c in result.controls for x in c.criteria if x.met
    }
    chosen = {c for a in answers.values() for c in a["SelectedChoices"] if not c.endswith("_no")}
    assert {c for c in chosen if not c.startswith("case_studies")} == met
    studies = lens_risk(
        questions["case_studies_qualify"], answers["case_studies_qualify"]["SelectedChoices"]
    )
    assert (studies is LensRisk.NONE) == result.qualification.set_qualifies


# The command


def test_a_lens_is_written_checked_and_only_then_there(tmp_path, monkeypatch, catalog):
    path = tmp_path / "lens.json"
    facts = json.loads(run("export", "lens", "-o", path, "--json").stdout)
    assert (facts["pillars"], facts["questions"], facts["choices"]) == (7, 11, 59)
    before = path.read_bytes()
    good = making.render_lens
    monkeypatch.setattr(
        making, "render_lens", lambda v: good(v).replace(b'"default"', b'"nobody"', 1)
    )
    with pytest.raises(CannotWrite, match=r"nobody is not a choice of this question"):
        write_lens(catalog, path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["lens.json"]


def test_an_edited_lens_is_checked(tmp_path):
    path = tmp_path / "lens.json"
    value = small()
    path.write_text(json.dumps(value))
    assert "within all limits" in run("export", "lens", "--check", path).stderr
    value["pillars"][0]["questions"][0]["title"] = "x" * 129
    value["_team"] = "ours"
    path.write_text(json.dumps(value))
    said = run("export", "lens", "--check", path, code=2).stderr
    assert "$.pillars[0].questions[0].title" in said
    assert "$._team: unknown key (also found in lenses" in said
    assert "cannot be read" in run("export", "lens", "--check", tmp_path / "none", code=2).stderr
    assert "either" in run("export", "lens", code=2).stderr
