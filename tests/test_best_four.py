"""The best four: against a brute-force search of another make, and in the hard cases."""

from __future__ import annotations

import random
from itertools import combinations, product

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from calib import load_catalog
from calib.model import CaseStudy
from calib.qualification import advised, qualify_assessment, repairs

CATALOG = load_catalog()
RULES = CATALOG.qualification
FAMILIES = [f.id for f in RULES.families]
SERVICES = {
    "bedrock": "Amazon Bedrock", "sagemaker": "Amazon SageMaker", "amazon-q": "Amazon Q Business",
    "ec2": "Amazon EC2 P5", "eks": "Amazon EKS", "ecs": "Amazon ECS", "healthscribe": "AWS HealthScribe",
}  # fmt: skip
KINDS = ["llm-application", "data-creation", "synthetic-data", "training-deployment", "monitoring"]
FULL = (
    "It drafts an answer with a foundation model from what it finds and a person approves each one"
)


def study(number, leads, kinds=KINDS[:1], *, uses=(), **more):
    """A qualified candidate that states the first of its leads and could lead with the others."""
    services = tuple(SERVICES[f] for f in (*leads, *uses))
    given = {
        "slug": f"s{number:02}", "title": f"Study {number}", "customer": f"Customer {number}",
        "order": number, "challenge": f"Slow {number}.", "solution": f"{FULL}, number {number}.",
        "results": "Down from 9 to 5 minutes.", "services": services, "primary_service": services[0],
        "could_lead": services[1 : len(leads)], "solution_types": tuple(kinds),
    }  # fmt: skip
    return CaseStudy(**{**given, **more})


def judged(studies):
    return advised(RULES, qualify_assessment(RULES, studies), CATALOG.days)


def slugs(one):
    return [lead.slug for lead in one.leads]


def some(rng, size):
    """Candidates at random: shared services and customers, repeats, ties, some not qualified."""
    few = rng.sample(FAMILIES, rng.choice([3, 5, 6, 7]))
    kinds = rng.sample(KINDS, rng.choice([1, 3, 4, 5]))
    studies = []
    for number in range(1, size + 1):
        leads = rng.sample(few, min(len(few), rng.choice([1, 2, 2, 3])))
        uses = rng.sample([f for f in FAMILIES if f not in leads], rng.choice([0, 0, 1]))
        more = {"customer": f"Customer {rng.randint(1, 2 * size)}"}
        if rng.random() < 0.1:
            more["results"] = ""
        if rng.random() < 0.1:
            more["services"] = ("Amazon S3",)
        if rng.random() < 0.5:
            more["tech_stack"] = ("PyTorch",)
        if rng.random() < 0.3:
            more["evidence"] = ("report",)
        if rng.random() < 0.3:
            more["challenge"] = f"Each of {rng.randint(100, 999)} letters took 40 minutes."
        if rng.random() < 0.4:
            more["status"] = "submitted"
        if studies and rng.random() < 0.06:
            more["title"], more["customer"] = studies[-1].title, studies[-1].customer
        if rng.random() < 0.5:
            told = rng.sample([*leads, *uses], rng.randint(0, len(leads)))
            more["solution"] = f"{FULL}, with {', '.join(map(SERVICES.get, told))}, {number}."
        shown = rng.sample(kinds, rng.randint(0, min(3, len(kinds))))
        studies.append(study(number, leads, shown, uses=uses, **more))
    return studies


# --- another make of the same search: every set of four, matched by scipy ---


def matched(group):
    """Points lost and studies moved where each leads with a service of its own, at best."""
    cost = np.full((len(group), len(FAMILIES)), 1000)
    for row, one in enumerate(group):
        for family in (one.family, *dict(one.could_lead)):
            lost = (one.family in one.told) - (family in one.told)
            cost[row, FAMILIES.index(family)] = 10 * lost + (family != one.family)
    rows, columns = linear_sum_assignment(cost)
    total = int(cost[rows, columns].sum())
    moved = sum(FAMILIES[c] != group[r].family for r, c in zip(rows, columns, strict=True))
    return None if total > 500 else ((total - moved) // 10, moved)


def every_four(result):
    """All fours that qualify as they are, the best first."""
    leads = {s.slug: (s.family, *dict(s.could_lead)) for s in result.studies}

    def stands(s):
        most = s.strength + (s.family not in s.told and bool({*leads[s.slug]} & {*s.told}))
        return -most, s.number

    good = sorted((s for s in result.studies if s.qualified), key=stands)
    found = []
    for at, group in enumerate(combinations(good, 4)):
        kinds = {k for s in group for k in s.kinds}
        match = matched(group)
        if match is not None and len(kinds) >= RULES.kinds_needed:
            customers = len({s.customer for s in group})
            strength = sum(s.strength for s in group) - match[0]
            key = (-len(kinds), -strength, -customers, match[1], at)
            found.append((key, {s.slug for s in group}))
    return [group for _, group in sorted(found)]


def holds(studies):
    """The sets shown are the best of all, in order, each led by services of its own."""
    result = judged(studies)
    expected = every_four(result)
    if not expected:
        assert result.change or not studies
        return False
    assert not result.change
    assert [set(slugs(one)) for one in result.best] == expected[:4]
    for one in result.best:
        led = {s.slug: s for s in result.studies if s.slug in slugs(one)}
        assert len({lead.family for lead in one.leads}) == 4
        moved = lost = 0
        for lead in one.leads:
            of = led[lead.slug]
            assert lead.family in {of.family, *dict(of.could_lead)}
            assert bool(lead.instead_of) == (lead.family != of.family)
            moved += lead.family != of.family
            lost += of.strength - lead.strength
        assert (lost, moved) == matched(list(led.values()))
        assert one.strength == sum(lead.strength for lead in one.leads)
        assert set(one.kinds) == {k for s in led.values() for k in s.kinds}
    return True


def test_the_best_four_are_those_of_a_brute_force_search():
    rng = random.Random(7)
    qualified = sum(holds(some(rng, rng.randint(0, 10))) for _ in range(600))
    assert 100 < qualified < 500  # both ends are tried


@pytest.mark.slow
def test_ten_thousand_sets_of_candidates_agree_with_a_brute_force_search():
    rng = random.Random(20261122)
    qualified = sum(holds(some(rng, rng.randint(0, 10))) for _ in range(10_000))
    assert 2_000 < qualified < 8_000


@pytest.mark.slow
def test_fifty_candidates_agree_with_a_brute_force_search():
    rng = random.Random(50)
    assert sum(holds(some(rng, 50)) for _ in range(5)) >= 2


def least(result, *, afresh):
    """The days and actions of the least change, over every set and every way to lead it."""
    good = sum(s.submitted and s.qualified for s in result.studies)
    able = [
        s for s in result.studies
        if not any(r.startswith(("no-aws", "duplicate", "not-gen")) for r in s.reasons) and s.families
    ]  # fmt: skip
    best = (80, 4)
    for size in range(5):
        for group in combinations(able, size):
            new = 4 - size
            taken = sum(s.qualified or not s.submitted for s in group) + new
            of_set = 8 if len({k for s in group for k in s.kinds}) + new < RULES.kinds_needed else 0
            crowd = 2 if not afresh and taken < good else 0
            for leads in product(*(s.families for s in group)):
                if len(set(leads)) < size:
                    continue
                days, actions = 20 * new + of_set + crowd, new + bool(of_set) + bool(crowd)
                for one, family in zip(group, leads, strict=True):
                    steps = [2] * len(one.reasons)
                    free = any(r.startswith("primary") for r in one.reasons) or family == one.family
                    if not free and family in dict(one.could_lead):
                        steps += [] if afresh else [1]
                    elif not free:
                        steps.append(2)
                    if not (one.submitted or afresh):
                        steps.append(2)
                    days, actions = days + sum(steps), actions + len(steps)
                best = min(best, (days, actions))
    return best


def least_holds(studies):
    result = judged(studies)
    if not result.set_qualifies:
        gaps = repairs(RULES, result, CATALOG.days)
        assert (sum(g.days for g in gaps), len(gaps)) == least(result, afresh=False)
    if studies:
        spent = sum(g.days for g in result.change)
        assert (spent, len(result.change)) == least(result, afresh=True)


def test_the_least_change_is_that_of_a_brute_force_search():
    rng = random.Random(3)
    for _ in range(150):
        least_holds(some(rng, rng.randint(0, 6)))


@pytest.mark.slow
def test_the_least_change_of_many_sets_is_that_of_a_brute_force_search():
    rng = random.Random(33)
    for _ in range(1_500):
        least_holds(some(rng, rng.randint(0, 8)))
