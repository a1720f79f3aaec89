"""Find the best sets of candidates in which each study has a different primary service.

The search is exact: depth first, with bounds. A set grows by one candidate at a time, and is given
up once nothing it can grow to ranks among the best sets found so far. For this it is ranked with
the best of each property that is left: all kinds, the cheapest families, and so on. Maybe no
candidates have all of these together, but no set it can grow to ranks higher.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product
from typing import NamedTuple

Cost = tuple[int, int, int]
"""The work, the strength lost, and the changes that take no work; lower is better.

Costs are compared in this order, so the lowest sum of costs also gives the best rank.
"""

SetWork = Callable[[int, int, int], int]
"""The work for a set as a whole, by its number of members, kinds and places.

The bounds need this: of sets of one size, those with more kinds or places take no more work.
"""

Rank = tuple[int, int, int, int, int]
"""Negative work, kinds, strength, customers, negative changes; higher is better."""

_Key = tuple[int, int, int, int, int]
"""A negated rank: lower is better, as with positions, so that the two sort together."""

_Assignments = Mapping[int, Cost]
"""The lowest cost at which some members can have exactly these primary families, one each."""


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
    usable = [i for i, candidate in enumerate(candidates) if candidate.leads]
    order = sorted(usable, key=lambda i: _preference(candidates[i]))
    search = _Search(_members([candidates[i] for i in order]), set_work, count)
    for size in range(min(needed, len(order)), -1, -1):
        search.offer_sets(size)
    return [_candidate_set(candidates, [order[n] for n in at], key) for key, at in search.best]


def _preference(candidate: Candidate) -> tuple[int, int]:
    """Sort candidates by work, then by strength; `sorted` keeps the order given."""
    work, strength_lost, _ = min(candidate.leads.values())
    return work, strength_lost - candidate.strength


class _Member(NamedTuple):
    """A candidate, prepared for speed: each set of names is a number with one bit per name."""

    leads: tuple[tuple[int, Cost], ...]
    """Its families with their costs; the strength lost is less its own strength, so the lowest sum
    of costs takes in the strength of a set."""
    kinds: int
    customers: int
    places: int


class _Partial(NamedTuple):
    """Members of a set that may still grow."""

    positions: tuple[int, ...]
    kinds: int
    customers: int
    places: int


class _Rest(NamedTuple):
    """What the members from some position on can add to a set at best."""

    families: tuple[tuple[Cost, int], ...]
    """Each family at its lowest cost, the cheapest first."""
    kinds: int
    customers: int
    most_kinds: int
    """The most kinds of one member."""
    most_places: int


class _Search:
    """Keeps the best of the sets offered to it, at most `count`, all of the same work."""

    def __init__(self, members: Sequence[_Member], set_work: SetWork, count: int) -> None:
        self.members, self.set_work, self.count = members, set_work, count
        self.rests = _rests(members)
        # Sorted by key, then by positions.
        self.best: list[tuple[_Key, tuple[int, ...]]] = []

    def offer_sets(self, size: int) -> None:
        """Offer all sets of a size, except those that cannot be among the best."""
        self._grow(_Partial((), 0, 0, 0), {0: (0, 0, 0)}, 0, size)

    def _grow(self, chosen: _Partial, assignments: _Assignments, start: int, missing: int) -> None:
        """Offer the sets of those chosen and `missing` members from `start` on."""
        if not missing:
            self._offer(self._bound(chosen, min(assignments.values()), 0, self.rests[-1]), chosen)
            return
        families, cost = None, None
        for at in range(start, len(self.members) - missing + 1):
            rest, positions = self.rests[at], (*chosen.positions, at)
            if rest.families != families:
                families = rest.families
                cost = _lowest_cost(assignments, families, missing)
            # Later rests are parts of this one: they have no better sets.
            if cost is None or self._loses(self._bound(chosen, cost, missing, rest), positions):
                return
            # With this member the kinds are known better, and the cost cannot be lower.
            grown = _add_member(chosen, at, self.members[at])
            bound = self._bound(grown, cost, missing - 1, self.rests[at + 1])
            if not self._loses(bound, positions):
                extended = _extend(assignments, self.members[at])
                if extended:
                    self._grow(grown, extended, at + 1, missing - 1)

    def _bound(self, chosen: _Partial, cost: Cost, missing: int, rest: _Rest) -> _Key:
        """Return the best key that those chosen and `missing` more can have, or a better one.

        No set of them costs less than `cost`, and each other part is the best it can be by itself.
        With none missing, this is the key of the set.
        """
        kinds = min(
            (chosen.kinds | rest.kinds).bit_count(),
            chosen.kinds.bit_count() + missing * rest.most_kinds,
        )
        customers = min(
            (chosen.customers | rest.customers).bit_count(),
            chosen.customers.bit_count() + missing,
        )
        places = chosen.places + missing * rest.most_places
        work = cost[0] + self.set_work(len(chosen.positions) + missing, kinds, places)
        return work, -kinds, cost[1], -customers, cost[2]

    def _loses(self, bound: _Key, positions: tuple[int, ...]) -> bool:
        """Return whether sets with at best this key and these positions can be left out."""
        if len(self.best) == self.count:
            return (bound, positions) > self.best[-1]
        return bool(self.best) and bound[0] > self.best[0][0][0]

    def _offer(self, key: _Key, chosen: _Partial) -> None:
        if not self._loses(key, chosen.positions):
            insort(self.best, (key, chosen.positions))
            least_work = self.best[0][0][0]
            self.best = [one for one in self.best[: self.count] if one[0][0] == least_work]


def _members(candidates: Sequence[Candidate]) -> list[_Member]:
    family_bits = _bits(f for one in candidates for f in one.leads)
    kind_bits = _bits(k for one in candidates for k in one.kinds)
    customer_bits = {**_bits(one.customer for one in candidates), "": 0}
    return [
        _Member(
            leads=tuple(
                (family_bits[family], (work, strength_lost - one.strength, changes))
                for family, (work, strength_lost, changes) in one.leads.items()
            ),
            kinds=sum(kind_bits[k] for k in one.kinds),
            customers=customer_bits[one.customer],
            places=one.places,
        )
        for one in candidates
    ]


def _bits(names: Iterable[str]) -> dict[str, int]:
    return {name: 1 << n for n, name in enumerate(dict.fromkeys(names))}


def _rests(members: Sequence[_Member]) -> list[_Rest]:
    """Return the rest from each position on; the last is empty."""
    lowest: dict[int, Cost] = {}
    rests = [_Rest((), 0, 0, 0, 0)]
    for member in reversed(members):
        later = rests[-1]
        for family, cost in member.leads:
            lowest[family] = min(cost, lowest.get(family, cost))
        rests.append(
            _Rest(
                families=tuple(sorted((cost, family) for family, cost in lowest.items())),
                kinds=later.kinds | member.kinds,
                customers=later.customers | member.customers,
                most_kinds=max(later.most_kinds, member.kinds.bit_count()),
                most_places=max(later.most_places, member.places),
            )
        )
    return rests[::-1]


def _add_member(chosen: _Partial, position: int, member: _Member) -> _Partial:
    return _Partial(
        (*chosen.positions, position),
        chosen.kinds | member.kinds,
        chosen.customers | member.customers,
        chosen.places + member.places,
    )


def _extend(assignments: _Assignments, member: _Member) -> _Assignments:
    """Assign one more member to each family that is still free; empty if none is."""
    extended: dict[int, Cost] = {}
    for used, (work, strength_lost, changes) in assignments.items():
        for family, cost in member.leads:
            if not used & family:
                total = work + cost[0], strength_lost + cost[1], changes + cost[2]
                families = used | family
                extended[families] = min(total, extended.get(families, total))
    return extended


def _lowest_cost(
    assignments: _Assignments, families: Sequence[tuple[Cost, int]], missing: int
) -> Cost | None:
    """Return the lowest cost if the missing members take the cheapest families that are free.

    They need as many families, so no set costs less. It may cost more, since one member may be the
    cheapest for several families. None if too few families are free.
    """
    totals = []
    for used, paid in assignments.items():
        free = [cost for cost, family in families if not used & family][:missing]
        if len(free) == missing:
            totals.append(reduce(_add, free, paid))
    return min(totals, default=None)


def _add(one: Cost, other: Cost) -> Cost:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def _candidate_set(
    candidates: Sequence[Candidate], members: Sequence[int], key: _Key
) -> CandidateSet:
    """Assign a primary family to each member, at the lowest cost."""
    members = sorted(members)
    leads = [candidates[i].leads for i in members]

    def cost(families: Sequence[str]) -> Cost:
        return reduce(_add, [of[f] for of, f in zip(leads, families, strict=True)], (0, 0, 0))

    different = (families for families in product(*leads) if len({*families}) == len(families))
    work, kinds, strength, customers, changes = key
    rank = -work, -kinds, -strength, -customers, -changes
    return CandidateSet(tuple(members), min(different, key=cost), rank)
