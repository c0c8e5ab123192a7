"""Filling in order, and what each pack more or fewer than that loses.

Standard problem: the bounded knapsack relaxed to fractions, solved by worth per piece, falling
(Dantzig 1957). The packs that fit are the base, the first that does not is its edge;
`mixed_packs` says why the best plan lies near.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from allocator.pack_worth import SCALE, pack_worth, packs_worth_at_least
from allocator.references import Ints

NEVER = 2**62


@dataclass(frozen=True)
class Edge:
    """The first pack of the order that does not fit, and what stays free.

    claim, pieces, worth: of that pack. unit: what all sizes are multiples of. slack: what stays
    free, in units.
    """

    claim: int
    pieces: int
    worth: int
    unit: int
    slack: int


def look_from_base(
    s: Ints, q: Ints, most: Ints, available: int
) -> tuple[Ints, Edge, list[PackSize]]:
    """The base, where it ends, and the packs of each size outwards from it, sizes ascending."""
    base, edge = fill_in_order(s, q, most, available)
    kinds = [
        PackSize(size // edge.unit, *_queues(s, q, most, base, size, edge))
        for size in np.unique(s).tolist()
    ]
    return base, edge, kinds


def each_by_itself(s: Ints, q: Ints, most: Ints, base: Ints, edge: Edge) -> list[PackSize]:
    """As if every claim's packs were of a size of their own: what each has more or fewer of."""
    kinds = []
    for i, (size, wanted, given) in enumerate(
        zip(s.tolist(), q.tolist(), base.tolist(), strict=True)
    ):
        claims = _Claims(size, q, most, edge.pieces, edge.worth)
        fewer = [(_worth(size, wanted, given), -i, given)] if given else []
        more = [(-_worth(size, wanted, given + 1), i, given + 1)] if given < most[i] else []
        queues = _Queue(fewer, claims, adds=False), _Queue(more, claims, adds=True)
        kinds.append(PackSize(size // edge.unit, *queues))
    return kinds


def give_numbers(base: Ints, kinds: Sequence[PackSize], numbers: Sequence[int]) -> None:
    """Turn the base into the plan that has this many packs more or fewer of each size."""
    for kind, number in zip(kinds, numbers, strict=True):
        np.add.at(base, kind.more.owners[: max(number, 0)], 1)
        np.subtract.at(base, kind.fewer.owners[: max(-number, 0)], 1)


def _worth(s: int, q: int, nth: int) -> int:
    return SCALE * s * (2 * q - (2 * nth - 1) * s) // q


def fill_in_order(s: Ints, q: Ints, most: Ints, available: int) -> tuple[Ints, Edge]:
    """The base, and where it ends.

    Worths per piece that differ do so by 1 / d^2 or more, so floor(worth x d^2 / s) orders packs
    just as they do. The key of the pack that does not fit is found by halving.
    """
    sizes, size_of = np.unique(s, return_inverse=True)
    scale = int(sizes[-1]) ** 2

    def count(key: int) -> Ints:
        least = np.array([-(-key * size // scale) for size in sizes.tolist()], dtype=np.int64)
        return np.minimum(packs_worth_at_least(s, q, least[size_of]), most)

    low, high = 0, 2 * SCALE * scale
    while high - low > 1:
        middle = (low + high) // 2
        if int((count(middle) * s).sum()) > available:
            low = middle
        else:
            high = middle
    base = count(high)
    at_edge = count(low) - base
    left = available - int((base * s).sum())
    taken = np.cumsum(at_edge * s)
    edge = int(np.argmax(taken > left))
    base[:edge] += at_edge[:edge]
    base[edge] += (left - int(taken[edge] - at_edge[edge] * s[edge])) // s[edge]
    unit = int(np.gcd.reduce(s))
    worth = _worth(int(s[edge]), int(q[edge]), int(base[edge]) + 1)
    free = (available - int((base * s).sum())) // unit
    return base, Edge(edge, int(s[edge]), worth, unit, free)


class _Queue:
    """Packs of one size, from the base outwards: those to add next, or those to take away next."""

    def __init__(self, heap: list[tuple[int, int, int]], claims: _Claims, *, adds: bool) -> None:
        heapq.heapify(heap)
        self.heap, self.claims, self.adds = heap, claims, adds
        self.owners: list[int] = []
        self.worth, self.loss = [0], [0]  # running sums, [n] of the first n packs

    def look(self, packs: int) -> int:
        """Make this many packs known; how many there are, at most this many."""
        sign = 1 if self.adds else -1
        c = self.claims
        while len(self.owners) < packs and self.heap:
            key, signed, nth = self.heap[0]
            claim, worth = sign * signed, -sign * key
            s, q = c.pieces, int(c.wanted[claim])
            if 1 <= nth + sign <= c.most[claim]:
                following = -sign * _worth(s, q, nth + sign)
                heapq.heapreplace(self.heap, (following, signed, nth + sign))
            else:
                heapq.heappop(self.heap)
            self.owners.append(claim)
            self.worth.append(self.worth[-1] + worth)
            loss = c.edge_worth * s - worth * c.edge_pieces
            self.loss.append(self.loss[-1] + sign * loss)
        return min(packs, len(self.owners))

    def within(self, loss: int, limit: int) -> int:
        """How many of at most `limit` packs lose no more than this together."""
        n = 0
        while n < limit and self.look(n + 1) > n and self.loss[n + 1] <= loss:
            n += 1
        return n


@dataclass(frozen=True)
class _Claims:
    """The claims for packs of one size, by their place among all."""

    pieces: int
    wanted: Ints
    most: Ints
    edge_pieces: int
    edge_worth: int


def _queues(
    s: Ints, q: Ints, most: Ints, base: Ints, size: int, edge: Edge
) -> tuple[_Queue, _Queue]:
    claims = _Claims(size, q, most, edge.pieces, edge.worth)
    last = np.flatnonzero((s == size) & (base > 0))
    next_ = np.flatnonzero((s == size) & (base < most))
    lowest = pack_worth(s[last], q[last], base[last])
    highest = pack_worth(s[next_], q[next_], base[next_] + 1)
    fewer = zip(lowest.tolist(), (-last).tolist(), base[last].tolist(), strict=True)
    more = zip((-highest).tolist(), next_.tolist(), (base[next_] + 1).tolist(), strict=True)
    return _Queue(list(fewer), claims, adds=False), _Queue(list(more), claims, adds=True)


@dataclass(frozen=True)
class PackSize:
    """Packs of one size, in units of `Edge.unit`."""

    pieces: int
    fewer: _Queue
    more: _Queue

    def is_seen(self, packs: int) -> bool:
        """Whether there are no packs beyond this many on either side."""
        return self.fewer.look(packs + 1) <= packs and self.more.look(packs + 1) <= packs

    def window(self, fewer: int, more: int) -> SizeWindow:
        worth = [-w for w in self.fewer.worth[fewer:0:-1]] + self.more.worth[: more + 1]
        owners = self.fewer.owners[:fewer][::-1] + self.more.owners[:more]
        return SizeWindow(self.pieces, fewer, more, worth, owners)


@dataclass(frozen=True)
class SizeWindow:
    """The numbers of one size to try: -fewer .. more.

    gain: what each number adds to G. owners: whose pack lies between two neighbouring numbers.
    """

    pieces: int
    fewer: int
    more: int
    gain: Sequence[int]
    owners: Sequence[int]

    @cached_property
    def _first_of(self) -> Ints:
        """[k, i]: the first claim among the 2^k owners from i on."""
        rows = [np.array([*self.owners, NEVER], dtype=np.int64)]
        while (half := 1 << (len(rows) - 1)) * 2 <= len(self.owners):
            row = np.full_like(rows[0], NEVER)
            row[:-half] = np.minimum(rows[-1][:-half], rows[-1][half:])
            rows.append(row)
        return np.stack(rows)

    def first_owner(self, one: Ints, other: Ints) -> Ints:
        """The first claim that two numbers serve differently; NEVER where they are equal."""
        low = np.minimum(one, other) + self.fewer
        apart = np.abs(one - other)
        k = np.maximum(np.frexp(apart)[1] - 1, 0)
        table = self._first_of
        found = np.minimum(table[k, low], table[k, low + apart - (1 << k)])
        return np.where(apart > 0, found, NEVER)
