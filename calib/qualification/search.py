"""Find the best sets of candidates in which each study has a different primary service.

Every set is ranked, since partners seldom have more than a dozen candidates. The number of sets
grows with the fourth power of the candidates: those of 30 (32,000) take 0.1 s, and 0.5 s at worst.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product

Cost = tuple[int, int, int]
"""The work, the strength lost, and the changes that take no work; lower is better.

Costs are compared in this order, so the lowest sum of costs also gives the best rank.
"""

SetWork = Callable[[int, int, int], int]
"""The work for a set as a whole, by its number of members, kinds and places."""

Rank = tuple[int, int, int, int, int]
"""Negative work, kinds, strength, customers, negative changes; higher is better."""


_Assignments = dict[frozenset[str], Cost]
"""The lowest cost at which some candidates can have exactly these primary families, one each."""


@dataclass(frozen=True)
class Candidate:
    """The properties of a case study that decide its place in a set."""

    leads: Mapping[str, Cost]
    """The possible primary families; of equal costs the first is taken."""
    kinds: frozenset[str]
    strength: int
    customer: str
    """The folded name; empty if none is given."""
    places: int = 1
    """How much it counts towards too many submitted studies."""


@dataclass(frozen=True)
class CandidateSet:
    """The positions of its candidates, ascending, and the primary family of each."""

    members: tuple[int, ...]
    leads: tuple[str, ...]
    rank: Rank


def find_best_candidate_sets(
    candidates: Sequence[Candidate], needed: int, set_work: SetWork, *, count: int = 1
) -> list[CandidateSet]:
    """Return the best sets of at most `needed` candidates, best first; at least one, maybe empty.

    After the best, only sets that take the same work are listed. Equal ranks are ordered by their
    members: less work first, then stronger write-ups, then the order given.
    """
    order = sorted(
        (i for i, candidate in enumerate(candidates) if candidate.leads),
        key=lambda i: _preference(candidates[i], i),
    )
    ordered = [candidates[i] for i in order]
    cheapest = [min(candidate.leads.values()) for candidate in ordered]

    @cache
    def assign(positions: tuple[int, ...]) -> _Assignments:
        if not positions:
            return {frozenset(): (0, 0, 0)}
        return _extend(assign(positions[:-1]), ordered[positions[-1]])

    # Sorted by rank, then by positions in `order`; both ascending, so the rank is negated.
    best: list[tuple[Rank, tuple[int, ...]]] = []
    for size in range(min(needed, len(order)), -1, -1):
        for positions in combinations(range(len(order)), size):
            group = [ordered[n] for n in positions]
            # No set ranks higher than with the cheapest family for each member. Finding different
            # families is the slow part, so it is left out where even that loses.
            free = _rank_free_of_cost(group, set_work)
            bound = _deduct(free, _add(*[cheapest[n] for n in positions]))
            if len(best) == count and (_negate(bound), positions) > best[-1]:
                continue
            # Sets that differ in the last member alone share the assignments of the others.
            cost = _cheapest(assign(positions[:-1]), group[-1]) if group else (0, 0, 0)
            if cost is not None:
                ranked = _negate(_deduct(free, cost)), positions
                best = sorted([*best, ranked])[:count]
    same_work = [(rank, positions) for rank, positions in best if rank[0] == best[0][0][0]]
    return [
        _candidate_set(candidates, [order[n] for n in positions], _negate(rank))
        for rank, positions in same_work
    ]


def _preference(candidate: Candidate, position: int) -> tuple[int, int, int]:
    """Sort candidates by work, then by strength, then in the order given."""
    work, strength_lost, _ = min(candidate.leads.values())
    return work, strength_lost - candidate.strength, position


def _add(*costs: Cost) -> Cost:
    return sum([c[0] for c in costs]), sum([c[1] for c in costs]), sum([c[2] for c in costs])


def _rank_free_of_cost(group: Sequence[Candidate], set_work: SetWork) -> Rank:
    kinds = len(frozenset().union(*[c.kinds for c in group]))
    customers = len({c.customer for c in group if c.customer})
    work = set_work(len(group), kinds, sum([c.places for c in group]))
    return -work, kinds, sum([c.strength for c in group]), customers, 0


def _deduct(rank: Rank, cost: Cost) -> Rank:
    return rank[0] - cost[0], rank[1], rank[2] - cost[1], rank[3], rank[4] - cost[2]


def _negate(rank: Rank) -> Rank:
    work, kinds, strength, customers, changes = rank
    return -work, -kinds, -strength, -customers, -changes


def _extend(assignments: _Assignments, candidate: Candidate) -> _Assignments:
    """Assign one more candidate to each family that is still free."""
    extended: _Assignments = {}
    for used, (work, strength_lost, changes) in assignments.items():
        for family, cost in candidate.leads.items():
            if family not in used:
                total = work + cost[0], strength_lost + cost[1], changes + cost[2]
                families = used | {family}
                extended[families] = min(total, extended.get(families, total))
    return extended


def _cheapest(assignments: _Assignments, candidate: Candidate) -> Cost | None:
    """Return the lowest cost in `_extend`, several times as fast; None if no family is free."""
    costs = [
        (work + more_work, strength_lost + more_lost, changes + more_changes)
        for used, (work, strength_lost, changes) in assignments.items()
        for family, (more_work, more_lost, more_changes) in candidate.leads.items()
        if family not in used
    ]
    return min(costs, default=None)


def _candidate_set(
    candidates: Sequence[Candidate], members: Sequence[int], rank: Rank
) -> CandidateSet:
    """Assign a primary family to each member, at the lowest cost."""
    members = sorted(members)
    leads = [candidates[i].leads for i in members]

    def cost(families: Sequence[str]) -> Cost:
        return _add(*[of[family] for of, family in zip(leads, families, strict=True)])

    different = (families for families in product(*leads) if len({*families}) == len(families))
    return CandidateSet(tuple(members), min(different, key=cost), rank)
