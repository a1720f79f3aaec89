"""The best sets of candidates in which each leads with a service of its own: exact.

A branch-and-bound search over sets. A growing set carries along which services its members can take
and at what price, so it is matched to its services while it grows; a bound of the same shape as a
set's rank cuts off what cannot beat the sets already found.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate, product
from operator import or_
from typing import NamedTuple

Price = tuple[int, int, int]
"""The work it takes, what it takes off the strength, the changes that are no work: all to be low.

What counts before is compared before, so that the lowest of two prices makes the better set.
"""

Whole = Callable[[int, int, int], int]
"""The work a whole set takes by members, kinds and `places`; more kinds or places take no more."""

Rank = tuple[int, int, int, int, int]
"""Less work, kinds, strength, customers, fewer changes: the higher, the better."""


@dataclass(frozen=True)
class Candidate:
    """Hold what a candidate brings into a set."""

    leads: Mapping[str, Price]
    """The services it could lead with; of equal ones the first is taken."""
    kinds: frozenset[str]
    strength: int
    customer: str
    places: int = 1


@dataclass(frozen=True)
class Choice:
    """Hold a set: positions of candidates, ascending, and what each leads with."""

    members: tuple[int, ...]
    leads: tuple[str, ...]
    rank: Rank


class _Node(NamedTuple):
    """Hold a set that may still grow; sets of names are the bits of a number."""

    members: tuple[int, ...]
    ways: Mapping[int, Price]
    """The services that its members can use up together, at the lowest price."""
    kinds: int
    strength: int
    customers: int
    places: int

    def with_(self, one: _Node) -> _Node:
        return _Node(
            self.members + one.members,
            one.ways,
            self.kinds | one.kinds,
            self.strength + one.strength,
            self.customers | one.customers,
            self.places + one.places,
        )


class _Tail(NamedTuple):
    """Hold what the candidates from one place on could bring at most."""

    leads: tuple[tuple[Price, int], ...]
    """Each service at its lowest price, the cheapest first."""
    kinds: int
    most_kinds: int
    strength: tuple[int, ...]
    """What so many of the strongest have together."""
    customers: int
    places: int


def choose(
    candidates: Sequence[Candidate], needed: int, whole: Whole, *, count: int = 1
) -> list[Choice]:
    """Find the best sets of at most `needed` candidates, the best first, and always one.

    Beside the best, only sets that take no more work are listed. Of equals the set whose members
    come first stands first: by work, by strength, in the order given.
    """
    search = _Search(candidates, needed, whole, count)
    return [search.choice(rank, members) for rank, members in search.found]


class _Search:
    def __init__(
        self, candidates: Sequence[Candidate], needed: int, whole: Whole, count: int
    ) -> None:
        self.needed, self.whole, self.count, self.given = needed, whole, count, candidates
        self.order = sorted(
            (i for i, one in enumerate(candidates) if one.leads),
            key=lambda i: _standing(candidates[i], i),
        )
        ordered = [candidates[i] for i in self.order]
        lead, kind, customer = _Bits(), _Bits(), _Bits()
        self.leads = [{lead.of([f]): price for f, price in one.leads.items()} for one in ordered]
        self.singles = [
            _Node(
                (at,),
                {},
                kind.of(one.kinds),
                one.strength,
                customer.of(filter(None, [one.customer])),
                one.places,
            )
            for at, one in enumerate(ordered)
        ]
        self.tails = [self._tail(at) for at in range(len(ordered) + 1)]
        self.found: list[tuple[Rank, tuple[int, ...]]] = []
        root = _Node((), {0: (0, 0, 0)}, 0, 0, 0, 0)
        self._offer(root)
        self._grow(0, root)

    def _tail(self, at: int) -> _Tail:
        rest = self.singles[at:]
        lowest: dict[int, Price] = {}
        for leads in self.leads[at:]:
            lowest |= {lead: min(price, lowest.get(lead, price)) for lead, price in leads.items()}
        strongest = sorted((one.strength for one in rest), reverse=True)[: self.needed]
        return _Tail(
            tuple(sorted((price, lead) for lead, price in lowest.items())),
            reduce(or_, (one.kinds for one in rest), 0),
            max((one.kinds.bit_count() for one in rest), default=0),
            tuple(accumulate(strongest, initial=0)),
            reduce(or_, (one.customers for one in rest), 0),
            max((one.places for one in rest), default=0),
        )

    def _grow(self, start: int, node: _Node) -> None:
        """Offer every set that has `node` and later candidates, save those that cannot win."""
        prices: list[Price] = []
        for at in range(start, len(self.order)):
            tail = self.tails[at]
            room = min(self.needed - len(node.members), len(self.order) - at)
            if at == start or tail.leads != self.tails[at - 1].leads:
                prices = _prices(node.ways, tail, room)[1:]
            if not prices or self._loses(self._bound(node, tail, prices[:room], 1)):
                return
            child = node.with_(self.singles[at])
            if self._loses(self._bound(child, self.tails[at + 1], prices[:room], 0)):
                continue
            child = child._replace(ways=_ways(node.ways, self.leads[at]))
            if child.ways:
                self._offer(child)
                if room > 1:
                    self._grow(at + 1, child)

    def _bound(self, node: _Node, tail: _Tail, prices: Sequence[Price], least: int) -> Rank:
        """Rank the best that a set could become with `least` or more of the tail."""
        return max(self._rank(node, tail, more, p) for more, p in enumerate(prices, start=least))

    def _rank(self, node: _Node, tail: _Tail, more: int, price: Price) -> Rank:
        have = node.kinds.bit_count()
        kinds = min((node.kinds | tail.kinds).bit_count(), have + more * tail.most_kinds)
        customers = min(
            (node.customers | tail.customers).bit_count(), node.customers.bit_count() + more
        )
        strength = node.strength + tail.strength[min(more, len(tail.strength) - 1)] - price[1]
        size, places = len(node.members) + more, node.places + more * tail.places
        work = price[0] + self.whole(size, kinds, places)
        return -work, kinds, strength, customers, -price[2]

    def _loses(self, bound: Rank) -> bool:
        if len(self.found) == self.count:
            return bound <= self.found[-1][0]
        return bound[0] < self.found[0][0][0]

    def _offer(self, node: _Node) -> None:
        """Keep a set among the best, behind its equals."""
        rank = self._rank(node, self.tails[-1], 0, min(node.ways.values()))
        if self.found and self._loses(rank):
            return
        insort(self.found, (rank, node.members), key=lambda found: [-part for part in found[0]])
        self.found = [f for f in self.found[: self.count] if f[0][0] == self.found[0][0][0]]

    def choice(self, rank: Rank, members: Iterable[int]) -> Choice:
        """Say who is in a set, and what each leads with."""
        places = tuple(sorted(self.order[at] for at in members))
        chosen = [self.given[i].leads for i in places]
        combos = (c for c in product(*chosen) if len(set(c)) == len(c))

        def price(combo: tuple[str, ...]) -> Price:
            prices = (leads[f] for leads, f in zip(chosen, combo, strict=True))
            return reduce(_plus, prices, (0, 0, 0))

        return Choice(places, min(combos, key=price), rank)


def _ways(ways: Mapping[int, Price], leads: Mapping[int, Price]) -> dict[int, Price]:
    """Let one more lead with each service that is free: what is then used, at the lowest price."""
    more: dict[int, Price] = {}
    for used, (work, weakness, changes) in ways.items():
        for lead, price in leads.items():
            if not used & lead:
                total = work + price[0], weakness + price[1], changes + price[2]
                more[used | lead] = min(total, more.get(used | lead, total))
    return more


def _prices(ways: Mapping[int, Price], tail: _Tail, room: int) -> list[Price]:
    """List the lowest prices at which no more, one more, two more could each find a service."""
    lowest: list[Price] = []
    for used, paid in ways.items():
        free = [price for price, lead in tail.leads if not used & lead][:room]
        for more, total in enumerate(accumulate(free, _plus, initial=paid)):
            if more == len(lowest):
                lowest.append(total)
            else:
                lowest[more] = min(lowest[more], total)
    return lowest


def _plus(a: Price, b: Price) -> Price:
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]


def _standing(one: Candidate, position: int) -> tuple[int, int, int]:
    """Say where a candidate stands among others: by work, by strength, in the order given."""
    work, weakness, _ = min(one.leads.values())
    return work, weakness - one.strength, position


class _Bits:
    """Give every name a bit."""

    def __init__(self) -> None:
        self.bits: dict[str, int] = {}

    def of(self, names: Iterable[str]) -> int:
        return sum(self.bits.setdefault(name, 1 << len(self.bits)) for name in names)
