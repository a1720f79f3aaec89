"""The search for the best sets: examples, and a plain search of all sets to compare with."""

from __future__ import annotations

import random
from itertools import combinations, product

import pytest

from calib.qualification.search import Candidate, find_best_candidate_sets
from tests.core_examples import by_name


def no_work(size, kinds, places):
    return 0


def candidate(*families, kinds="", strength=1, customer="", work=0, lost=0, changes=0, places=1):
    """A candidate that may lead with families, all at one cost."""
    leads = dict.fromkeys(families, (work, lost, changes))
    return Candidate(leads, frozenset(kinds), strength, customer, places)


def best(*candidates, needed=2, set_work=no_work, count=1):
    found = find_best_candidate_sets(candidates, needed, set_work, count=count)
    return [(one.members, one.leads, one.rank) for one in found]


@pytest.mark.parametrize(
    ("candidates", "expected"),
    by_name([
        ("nothing to choose from", [], ((), (), (0, 0, 0, 0, 0))),
        ("one alone", [candidate("a", kinds="x", customer="c")], ((0,), ("a",), (0, 1, 1, 1, 0))),
        ("one without a family cannot be in a set", [candidate(), candidate("a")], ((1,), ("a",), (0, 0, 1, 0, 0))),
        ("each has a family of its own", [candidate("a", strength=9), candidate("a", strength=8), candidate("b")],
         ((0, 2), ("a", "b"), (0, 0, 10, 0, 0))),
        ("the second steps aside", [candidate("a"), candidate("a", "b")], ((0, 1), ("a", "b"), (0, 0, 2, 0, 0))),
        ("so does the first", [candidate("a", "b"), candidate("a")], ((0, 1), ("b", "a"), (0, 0, 2, 0, 0))),
        ("kinds count before strength", [candidate("a", kinds="x", strength=9), candidate("b", kinds="x", strength=9), candidate("c", kinds="y")],
         ((0, 2), ("a", "c"), (0, 2, 10, 0, 0))),
        ("strength counts before customers", [candidate("a", strength=2, customer="c"), candidate("b", strength=2, customer="c"), candidate("d", customer="d")],
         ((0, 1), ("a", "b"), (0, 0, 4, 1, 0))),
        ("customers count before changes", [candidate("a", customer="c"), candidate("b", customer="c"), candidate("d", customer="d", changes=1)],
         ((0, 2), ("a", "d"), (0, 0, 2, 2, -1))),
        ("fewer changes decide at last", [candidate("a"), candidate("b", changes=1), candidate("d")], ((0, 2), ("a", "d"), (0, 0, 2, 0, 0))),
        ("less work counts first", [candidate("a", kinds="xy", work=1), candidate("b"), candidate("d")], ((1, 2), ("b", "d"), (0, 0, 2, 0, 0))),
        ("the strength that is lost counts", [candidate("a", strength=3, lost=2), candidate("b", strength=2), candidate("d", strength=2)],
         ((1, 2), ("b", "d"), (0, 0, 4, 0, 0))),
        ("of equals the first are taken", [candidate("a"), candidate("b"), candidate("d")], ((0, 1), ("a", "b"), (0, 0, 2, 0, 0))),
    ]),
)  # fmt: skip
def test_the_best_set(candidates, expected):
    assert best(*candidates) == [expected]


def test_of_equal_sets_the_one_with_the_strongest_member_is_taken():
    """Both show three kinds and have five points; any mixture shows two kinds."""
    even = [
        candidate("a", kinds="y", strength=2), candidate("b", kinds="z", strength=2), candidate("d", kinds="x"),
    ]  # fmt: skip
    uneven = [
        candidate("a", kinds="x", strength=3), candidate("b", kinds="y"), candidate("d", kinds="z"),
    ]  # fmt: skip
    assert best(*even, *uneven, needed=3) == [((3, 4, 5), ("a", "b", "d"), (0, 3, 5, 0, 0))]


def test_of_equal_costs_the_first_family_is_taken_and_of_others_the_cheapest():
    equal = Candidate({"b": (0, 0, 0), "a": (0, 0, 0)}, frozenset(), 1, "")
    cheaper = Candidate({"b": (0, 1, 0), "a": (0, 0, 5)}, frozenset(), 1, "")
    assert best(equal)[0][1] == ("b",)
    assert best(cheaper)[0][1] == ("a",)


@pytest.mark.parametrize(
    ("set_work", "members"),
    by_name([
        ("none", no_work, (0, 1)),
        ("for each member", lambda size, kinds, places: size, ()),
        ("for each kind missing", lambda size, kinds, places: 2 * (2 - kinds), (0, 2)),
        ("for each place missing", lambda size, kinds, places: 5 - places, (1, 2)),
    ]),
)  # fmt: skip
def test_the_work_for_a_set_depends_on_its_members_kinds_and_places(set_work, members):
    found = best(
        candidate("a", kinds="x", strength=3, places=0),
        candidate("b", kinds="x", strength=2, places=3),
        candidate("d", kinds="y", strength=1, places=2, work=1),
        set_work=set_work,
    )
    assert found[0][0] == members


def test_sets_next_to_the_best_take_no_more_work():
    candidates = [candidate("a"), candidate("b"), candidate("d", work=1)]
    found = best(*candidates, count=9, set_work=lambda size, kinds, places: 5 * (2 - size))
    assert [members for members, *_ in found] == [(0, 1)]
    assert len(best(*candidates[:2], candidate("d"), count=2)) == 2


# --- every set, ranked in the plainest way ---


def plainly(candidates, needed, set_work, count):
    """Rank each set with each choice of families; the best first, and only those of least work."""
    usable = [i for i, one in enumerate(candidates) if one.leads]

    def order(i):
        work, lost, _ = min(candidates[i].leads.values())
        return work, lost - candidates[i].strength, i

    place = {i: at for at, i in enumerate(sorted(usable, key=order))}
    rows = []
    for size in range(needed + 1):
        for members in combinations(usable, size):
            group = [candidates[i] for i in members]
            kinds = len({k for one in group for k in one.kinds})
            customers = len({one.customer for one in group} - {""})
            whole = set_work(size, kinds, sum(one.places for one in group))
            choices = []
            for families in product(*(one.leads for one in group)):
                if len(set(families)) == size:
                    costs = [one.leads[f] for one, f in zip(group, families, strict=True)]
                    work, lost, changes = (sum(c[n] for c in costs) for n in range(3))
                    strength = sum(one.strength for one in group) - lost
                    choices.append((-work - whole, kinds, strength, customers, -changes))
            if choices:
                rank = max(choices)
                rows.append(
                    ([-part for part in rank], sorted(place[i] for i in members), members, rank)
                )
    rows.sort()
    return [(members, rank) for *_, members, rank in rows[:count] if rank[0] == rows[0][3][0]]


def at_random(rng, families="abcd", kinds="xyz"):
    def cost():
        return rng.choice([0, 0, 1, 2]), rng.choice([0, 0, 1]), rng.choice([0, 0, 1])

    return Candidate(
        {f: cost() for f in rng.sample(families, rng.choice([0, 1, 1, 2, 3]))},
        frozenset(rng.sample(kinds, rng.choice([0, 1, 2]))),
        rng.randint(0, 3),
        rng.choice(["", "c", "d"]),
        rng.choice([0, 1]),
    )


@pytest.mark.parametrize("seed", range(120))
def test_the_sets_are_those_of_a_plain_search(seed):
    rng = random.Random(seed)
    names = rng.choice([("abcd", "xyz"), ("abcdefg", "uvwxyz")])
    candidates = [at_random(rng, *names) for _ in range(rng.randint(0, 9))]
    needed, count, price = rng.randint(1, 4), rng.randint(1, 4), rng.randint(0, 3)

    def set_work(size, kinds, places):
        return price * (needed - size) + (kinds < 2) + (places < 2)

    found = find_best_candidate_sets(candidates, needed, set_work, count=count)
    assert [(one.members, one.rank) for one in found] == plainly(
        candidates, needed, set_work, count
    )
    for one in found:
        costs = [candidates[i].leads[f] for i, f in zip(one.members, one.leads, strict=True)]
        assert len(set(one.leads)) == len(one.leads)
        assert -sum(c[2] for c in costs) == one.rank[4]


@pytest.mark.parametrize("seed", range(5))
def test_of_many_candidates_few_sets_are_ranked(seed):
    rng = random.Random(seed)
    candidates = [at_random(rng, "abcdefg", "uvwxyz") for _ in range(50)]
    ranked = []

    def set_work(size, kinds, places):
        ranked.append(size)
        return 4 - size

    assert len(best(*candidates, needed=4, set_work=set_work, count=4)) == 4
    assert len(ranked) < 10_000  # of 230,300 sets of four
