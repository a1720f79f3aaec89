"""The recommended four case studies by example: what is said of each set, and of its studies."""

from __future__ import annotations

import pytest

from calib.model import StudyStatus
from calib.qualification import qualify_assessment, recommend
from tests.core_examples import CATALOG, FOUR, by_name, study

RULES = CATALOG.qualification
POINTS = len(RULES.write_up.points)
SUBMITTED = StudyStatus.SUBMITTED
STRONGER = {"evidence": ("report",)}
STRONGEST = {**STRONGER, "tech_stack": ("PyTorch",)}


def submitted(*studies):
    return [s.model_copy(update={"status": SUBMITTED}) for s in studies]


def advice(*studies):
    result = qualify_assessment(RULES, studies)
    return recommend(RULES, result, CATALOG.days)


def sets_of(*studies):
    return advice(*studies).best


def slugs(found):
    return {lead.slug.removeprefix("study-") for lead in found.leads}


def lead_of(slug, *studies):
    [found] = [x for x in sets_of(*studies)[0].leads if x.slug == slug]
    return found


# --- which sets are shown ---


def test_the_best_and_three_others_are_shown():
    studies = [study(n) for n in range(4)] + [study(n) for n in range(4, 8)]
    assert len(sets_of(*studies)) == 4


def test_where_work_is_left_only_one_set_is_shown():
    found = advice(*(study(4 * n) for n in range(4)))
    assert [lead.slug for lead in found.best[0].leads] == ["study-0", "", "", ""]
    assert len(found.best) == 1
    assert len(found.change) == 3


def test_a_set_sums_up_its_studies():
    result = advice(*FOUR)
    [best] = result.best
    assert (
        best.strength
        == sum(s.strength for s in result.studies)
        == sum(x.strength for x in best.leads)
    )
    assert not best.submitted
    assert result.change == ()


def test_the_change_takes_the_fewest_days_not_the_fewest_actions():
    result = advice(*FOUR[:3], study(3, results="", primary_service="Amazon ECS"))
    assert [g.days for g in result.change] == [2, 2]


def test_four_to_mend_are_not_too_many():
    result = advice(*submitted(*(study(n, results="") for n in range(4))))
    assert [g.id.rpartition("/")[2] for g in result.change] == ["missing-results"] * 4


# --- what is said of the best ---


def test_the_best_names_its_kinds_and_points():
    result = advice(*FOUR)
    [best] = result.best
    assert best.kinds == ("llm-application", "training-deployment", "monitoring")
    assert "3 (LLM application, Training and deploying models, Monitoring models)" in best.why
    assert f"{best.strength} of {4 * POINTS} " in best.why


def test_kinds_that_the_catalog_does_not_know_come_last_and_as_they_are_written():
    twins = study(3, solution_types=("Digital Twin", "Monitoring"))
    [best] = sets_of(study(0, solution_types=("Avatar",)), *FOUR[1:3], twins)
    assert best.kinds == (
        "llm-application",
        "training-deployment",
        "monitoring",
        "avatar",
        "digital twin",
    )
    assert "Monitoring models, avatar, digital twin)" in best.why


def test_a_set_without_kinds_names_none():
    [best] = sets_of(*(study(n, solution_types=()) for n in range(4)))
    assert best.kinds == ()
    assert "(" not in best.why
    assert ": 0. " in best.why


@pytest.mark.parametrize(
    ("studies", "compared"),
    by_name([
        ("none is marked", FOUR, False),
        ("the best are submitted", submitted(*FOUR), False),
        ("others are submitted", [*submitted(*FOUR), study(4, **STRONGER)], True),
        ("three are submitted", [*submitted(*FOUR[:3]), FOUR[3]], False),
        ("four that do not qualify are submitted", [*submitted(*FOUR[:3], study(4)), FOUR[3]], False),
        ("five are submitted", submitted(*FOUR, study(4, **STRONGER)), False),
    ]),
)  # fmt: skip
def test_the_best_are_compared_with_four_that_are_submitted(studies, compared):
    result = advice(*studies)
    best = result.best[0]
    sums = best.why.count(f" of {4 * POINTS} ")
    assert sums == 1 + compared
    assert best.why.startswith(f"Kinds of solution: {len(best.kinds)} ")
    assert f" {best.strength} of {4 * POINTS} " in best.why
    if compared:
        marked = sum(s.strength for s in result.studies if s.submitted)
        assert marked != best.strength
        assert f" {marked} of {4 * POINTS} " in best.why


@pytest.mark.parametrize(
    ("studies", "submitted_"),
    by_name([
        ("the best are submitted", submitted(*FOUR), True),
        ("none is marked", FOUR, False),
        ("others are submitted", [*submitted(*FOUR), study(4, **STRONGER)], False),
        ("submitted, but one has to lead with another service",
         submitted(*FOUR[:3], study(4, services=("Bedrock", "ECS"), could_lead=("ECS",), solution_types=("monitoring",))),
         False),
        ("one more is submitted", submitted(*FOUR, study(4)), False),
    ]),
)  # fmt: skip
def test_whether_the_best_are_submitted_as_they_are(studies, submitted_):
    assert sets_of(*studies)[0].submitted is submitted_


# --- what is said of each study ---


def test_a_study_keeps_the_service_as_the_partner_writes_it():
    found = lead_of("study-0", study(0, primary_service="bedrock agents"), *FOUR[1:])
    assert (found.service, found.instead_of) == ("bedrock agents", "")
    assert (found.family, found.title) == ("bedrock", "Study 0")


def test_a_study_lists_what_its_write_up_lacks_in_the_order_of_the_points():
    odd = study(0, could_lead=("Amazon EKS",), evidence=())
    result = advice(odd, *FOUR[1:])
    found = next(x for x in result.best[0].leads if x.slug == "study-0")
    one = next(s for s in result.studies if s.slug == "study-0")
    messages = [f.message for f in one.findings if f.rule.startswith("write-up:")]
    assert list(found.lacks) == messages
    assert any(f.rule.startswith("could-lead-not-counted") for f in one.findings)
    assert found.strength == one.strength


def moving(solution):
    """A study that has to lead with Amazon ECS, for which it counts with another solution."""
    return study(4, services=("Bedrock", "ECS"), could_lead=("ECS tasks",), solution=solution,
                 solution_types=("monitoring",), title="", **STRONGEST)  # fmt: skip


@pytest.mark.parametrize(
    ("solution", "change", "mentioned"),
    by_name([
        ("the solution speaks of neither", "A foundation model drafts replies.", 0, False),
        ("it speaks of the old one", "Bedrock drafts replies with a foundation model.", -1, False),
        ("it speaks of the new one", "A foundation model on ECS drafts replies.", 1, True),
        ("it speaks of both", "Bedrock and ECS draft replies.", 0, True),
        ("there is no solution", "", 0, True),
    ]),
)  # fmt: skip
def test_a_study_that_leads_with_another_service(solution, change, mentioned):
    studies = [
        study(0, challenge="A foundation model was asked for.", **STRONGEST),
        *FOUR[1:3],
        moving(solution),
    ]
    result = advice(*studies)
    found = next(x for x in result.best[0].leads if x.slug == "study-4")
    one = next(s for s in result.studies if s.slug == "study-4")
    assert (found.family, found.service, found.instead_of) == ("ecs", "ECS tasks", "Amazon Bedrock")
    assert found.title == "study-4"
    assert found.strength == one.strength + change
    shows = [m for m in found.lacks if "ECS tasks" in m]
    assert bool(shows) is not mentioned
    assert not [m for m in found.lacks if "Amazon Bedrock" in m]
    others = [
        f.message
        for f in one.findings
        if f.rule.startswith("write-up:") and "shows-lead" not in f.rule
    ]
    assert list(found.lacks) == others + shows


def test_of_two_other_services_the_one_that_the_solution_mentions_is_taken():
    services = ("Bedrock", "ECS", "HealthScribe")
    told = study(4, services=services, could_lead=services[1:], solution="A foundation model on HealthScribe.",
                 solution_types=("monitoring",), **STRONGEST)  # fmt: skip
    result = advice(study(0, challenge="A foundation model.", **STRONGEST), *FOUR[1:3], told)
    found = next(x for x in result.best[0].leads if x.slug == "study-4")
    assert found.service == "HealthScribe"


def test_a_study_that_states_no_primary_service_takes_the_place_of_none():
    found = lead_of("study-3", *FOUR[:3], study(3, primary_service=""))
    assert (found.service, found.instead_of) == ("Amazon EKS", "")


def test_a_study_still_to_be_written():
    result = advice(*FOUR[:3])
    new = result.best[0].leads[-1]
    assert (new.slug, new.instead_of, new.strength, new.lacks) == ("", "", 0, ())
    assert new.title
    assert new.family not in {"bedrock", "sagemaker", "amazon-q"}
    assert new.service == next(f.name for f in RULES.families if f.id == new.family)


# --- what is said of the sets next to the best ---


def next_best(*studies):
    return sets_of(*studies)[1]


@pytest.mark.parametrize(
    ("other", "numbers"),
    by_name([
        ("fewer kinds",
         study(7, customer="Customer 9", solution_types=("LLM",), **STRONGEST), ("2 kinds", "3")),
        ("fewer points", study(7, customer="Customer 9"), ("points",)),
    ]),
)  # fmt: skip
def test_what_puts_a_set_behind(other, numbers):
    best = study(3, **STRONGER)
    found = next_best(*FOUR[:3], best, other)
    assert slugs(found) == {"0", "1", "2", "7"}
    assert "“Study 7” in place of “Study 3”" in found.why
    assert all(number in found.why for number in numbers)


def test_fewer_points_are_counted():
    found = sets_of(*FOUR[:3], study(3, **STRONGEST), study(7))
    assert found[0].strength == found[1].strength + 2
    assert f"{found[1].strength} points instead of {found[0].strength}" in found[1].why


def test_one_customer_is_one():
    same = [study(n, customer="Hansa", challenge=f"Number {n}.") for n in range(4)]
    other = study(7, customer="Other", challenge="Number 7.")
    best, second = sets_of(*same, other)[:2]
    assert slugs(best) == {"0", "1", "2", "7"}
    assert "1 customer instead of 2" in second.why


def test_one_change_is_one():
    other = study(7, services=("Bedrock", "EKS"), primary_service="Bedrock", could_lead=("EKS",))
    best, second = sets_of(*FOUR, other)[:2]
    assert slugs(best) == {"0", "1", "2", "3"}
    assert slugs(second) == {"1", "2", "3", "7"} or slugs(second) == {"0", "1", "2", "7"}
    assert "None" not in second.why
    moved = [s for s in sets_of(*FOUR, other)[1:] if any(x.instead_of for x in s.leads)]
    assert moved
    assert "1 study instead of 0" in moved[0].why
    assert "“Study 7”" in moved[0].why
    assert "EKS" in moved[0].why
    assert "Amazon Bedrock" in moved[0].why or "Bedrock" in moved[0].why


def test_where_the_best_change_something_a_set_that_does_not_says_so():
    changing = study(7, services=("Bedrock", "EKS"), primary_service="Bedrock", could_lead=("EKS",),
                     solution_types=("monitoring",), **STRONGEST)  # fmt: skip
    best, *others = sets_of(study(0, **STRONGEST), *FOUR[1:], changing)
    assert [x.slug for x in best.leads if x.instead_of] == ["study-7"]
    keeping = next(s for s in others if slugs(s) == {"0", "1", "2", "3"})
    assert keeping.why.count(".") == 2, "the comparison, and that nothing changes"
    unchanged = next_best(*FOUR, study(4))
    assert unchanged.why.count(".") == 1
    assert not keeping.why.startswith(" ")
    assert keeping.why.partition(". ")[2][:1].isupper()


# --- what decides between sets of the same rank ---


def tie(*studies):
    """What decides, as the last words on the set next to the best."""
    best, second, *_ = sets_of(*studies)
    assert best.strength == second.strength
    return slugs(best), second.why.rpartition(": ")[2]


def test_what_decides_between_equal_sets():
    again = study(4)
    by_order = tie(*FOUR, again)
    assert by_order[0] == {"0", "1", "2", "3"}
    stays = tie(*submitted(*FOUR[1:], again), FOUR[0])
    assert stays[0] == {"1", "2", "3", "4"}
    assert stays[1] != by_order[1]
    both = tie(*submitted(*FOUR, again))
    assert both == by_order, "where both are submitted, the order decides"
    taken = tie(*FOUR[1:], again, study(0, order=1))
    assert taken[1] == by_order[1], "what the program took has no right to stay"


def test_the_strongest_single_write_up_decides_before_the_order():
    """Both sets show the same kinds and have as many points; a mixture would show fewer kinds."""
    kinds = [("data-creation",), ("synthetic-data",), ("training-deployment",)]
    even = [
        study(0, solution_types=kinds[1], **STRONGER), study(1, solution_types=kinds[2], **STRONGER),
        study(2, solution_types=kinds[0]),
    ]  # fmt: skip
    uneven = [
        study(4, solution_types=kinds[0], **STRONGEST), study(5, solution_types=kinds[1]),
        study(6, solution_types=kinds[2]),
    ]  # fmt: skip
    best, decided = tie(*even, FOUR[3], *uneven)
    assert best == {"3", "4", "5", "6"}
    assert decided not in {
        tie(*FOUR, study(4))[1],
        tie(*submitted(*FOUR[1:], study(4)), FOUR[0])[1],
    }
