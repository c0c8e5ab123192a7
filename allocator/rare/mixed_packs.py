"""One SKU, packs of several sizes: who gets how many, however many packs there are.

Standard problem: bounded knapsack in one row. Method: dynamic programming over sums that stay near
a greedy base, by proximity (Steinitz 1913; Eisenbrand and Weismantel 2018).

Why this is exact. Put all packs into one order: by worth per piece, falling; among equals by claim
number, then by number of the pack. Fill what is available along it, up to the first pack that does
not fit: the *base*. `slack` pieces stay free, fewer than that pack has. All sizes are divided by
their greatest common divisor; d is the largest of them.

The best plan differs from the base by at most 2d - 1 packs (Eisenbrand and Weismantel 2018, for one
row). Say it has packs A more than the base and packs B fewer; no claim has both. Walk from the base
to it: while the sum so far is 0 or less add one of A, else take away one of B. The best plan holds
no fewer pieces than the base and no more than slack < d on top, so no sum leaves 1 - d .. d. Were a
sum to return, the steps between would add some A' and take away some B' of as many pieces. Undo
them: T stays. Every pack of the base is worth at least as much per piece as the pack that did not
fit, every other at most as much, so G does not fall. If G stays, all of A' and B' are worth the
same per piece, so B' are packs of claims up to the one that did not fit, and A' of claims from it
on: D rises. Hence a plan whose walk returns is not the best; the sums are all different, and there
are 2d numbers from 1 - d to d. It follows that A and B hold at most d x d pieces each.

So a plan is a number per size: how many packs more or fewer than the base. Within a size the best n
packs are the first n of the order. Numbers are found size by size; for each sum of pieces the best
choice so far is kept, by G, then by D. D of two choices is decided by the first claim whose packs
differ. What completes them is the same for both and belongs to other claims, so it changes neither
comparison.

Few numbers are looked at first. A pack of A loses something against the worth per piece of the
pack that did not fit, and so does a pack of B. A plan found that leaves no piece free says how much
the best can lose in all, and with that how far each number can be from the base.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import numpy as np

from allocator.pack_worth import SCALE, pack_worth, packs_worth_at_least
from allocator.references import Ints, Mask

# More steps than this are left to the caller's other ways. A step is one sum with one number of one
# size, and a choice's numbers to look at should it tie: 2 to 30 ns.
MOST_STEPS = 200_000_000
MOST_IN_SIGHT = 20_000
FIRST_SIGHT = 2
# No choice leads to this sum; no claim comes so late.
NONE = -(2**62)
NEVER = 2**62


def share_mixed(pack_pieces: Ints, wanted_pieces: Ints, most: Ints, available: int) -> Ints | None:
    """Packs per claim with the best T, then G, then D; None when sizes are too large and many.

    Claims ascend by number. available: pieces there are.
    """
    most = np.minimum(most, available // pack_pieces)
    if int((most * pack_pieces).sum()) <= available:
        return most
    there = np.flatnonzero(most)
    chosen = _share(pack_pieces[there], wanted_pieces[there], most[there], available)
    if chosen is None:
        return None
    packs = np.zeros(len(most), dtype=np.int64)
    packs[there] = chosen
    return packs


def _share(s: Ints, q: Ints, most: Ints, available: int) -> Ints | None:
    base, edge, kinds = look_from_base(s, q, most, available)
    slack = edge.slack
    widest = max(kind.pieces for kind in kinds)
    limit = 2 * widest - 1
    sight = FIRST_SIGHT
    while True:
        seen = min(sight, limit)
        windows = [kind.window(kind.fewer.look(seen), kind.more.look(seen)) for kind in kinds]
        best = _best_numbers(windows, slack, widest)
        if best is None:
            return None
        if best.taken == slack:
            loss = edge.worth * slack * edge.unit - edge.pieces * best.gain
            most_packs = min(limit, MOST_IN_SIGHT + 1)
            needed = [
                (k.fewer.within(loss, most_packs), k.more.within(loss, most_packs)) for k in kinds
            ]
            if all(n <= sight for both in needed for n in both):
                break
            if max(max(both) for both in needed) > MOST_IN_SIGHT:
                return None
            best = _best_numbers(
                [k.window(*n) for k, n in zip(kinds, needed, strict=True)], slack, widest
            )
            if best is None:
                return None
            break
        if all(kind.is_seen(seen) for kind in kinds) or seen == limit:
            break
        sight *= 2
        if sight > MOST_IN_SIGHT:
            return None
    give_numbers(base, kinds, best.numbers)
    return base


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


@dataclass(frozen=True)
class _Choice:
    taken: int
    gain: int
    numbers: list[int]


@dataclass(frozen=True)
class _Choices:
    """The best choice for each sum of pieces from `low` on: what it gains, its number per size."""

    low: int
    gain: Ints
    numbers: Ints


def _best_numbers(windows: Sequence[SizeWindow], slack: int, widest: int) -> _Choice | None:
    """The best of all combinations of numbers; None when there are too many steps.

    The smallest windows come first, so that sums stay few; the last only has to meet 0 .. slack.
    """
    order = sorted(range(len(windows)), key=lambda i: windows[i].pieces * len(windows[i].gain))
    ordered = [windows[i] for i in order]
    ranges = _ranges(ordered, slack, widest)
    steps, sums = 0, 1
    for at, (window, (low, end)) in enumerate(zip(ordered, ranges, strict=True)):
        steps += min(sums, end - low) * len(window.gain) * (at + 1)
        sums = end - low
    if steps > MOST_STEPS:
        return None
    start = np.zeros((1, 0), dtype=np.int64)
    choices = _Choices(0, np.zeros(1, dtype=np.int64), start)
    for at, (low, end) in enumerate(ranges):
        choices = _grow(choices, ordered[: at + 1], low, end)
    best = int(np.flatnonzero(choices.gain != NONE)[-1])
    numbers = [0] * len(windows)
    for i, number in zip(order, choices.numbers[best].tolist(), strict=True):
        numbers[i] = number
    return _Choice(choices.low + best, int(choices.gain[best]), numbers)


def _ranges(windows: Sequence[SizeWindow], slack: int, widest: int) -> list[tuple[int, int]]:
    """After each window, the sums (from, to before) that can come about and still end well."""
    more = list(accumulate((w.pieces * w.more for w in windows), initial=0))
    fewer = list(accumulate((w.pieces * w.fewer for w in windows), initial=0))
    high = min(widest**2, more[-1], fewer[-1] + slack)
    low = min(widest**2, fewer[-1], more[-1])
    return [
        (
            -min(low, fewer[at], more[-1] - more[at]),
            min(high, more[at], slack + fewer[-1] - fewer[at]) + 1,
        )
        for at in range(1, len(windows) + 1)
    ]


def _grow(old: _Choices, windows: Sequence[SizeWindow], low: int, end: int) -> _Choices:
    """Every choice with every number of the last window; the best for each sum."""
    window = windows[-1]
    gain = np.full(end - low, NONE, dtype=np.int64)
    number = np.zeros(end - low, dtype=np.int64)

    def whole(sums: Ints, last: Ints) -> Ints:
        return np.column_stack([old.numbers[sums - last * window.pieces - old.low], last])

    for n, added in enumerate(window.gain, start=-window.fewer):
        lands = old.low + n * window.pieces
        first, behind = max(low, lands), min(end, lands + len(old.gain))
        if first >= behind:
            continue
        tried = old.gain[first - lands : behind - lands]
        tried = np.where(tried == NONE, NONE, tried + added)
        here = slice(first - low, behind - low)
        better = tried > gain[here]
        tied = np.flatnonzero((tried == gain[here]) & (tried != NONE))
        if len(tied):
            sums = first + tied
            mine = whole(sums, np.full_like(tied, n))
            better[tied] = _serves_earlier(windows, mine, whole(sums, number[here][tied]))
        gain[here][better] = tried[better]
        number[here][better] = n
    numbers = np.zeros((len(gain), len(windows)), dtype=np.int64)
    reached = np.flatnonzero(gain != NONE)
    numbers[reached] = whole(low + reached, number[reached])
    return _Choices(low, gain, numbers)


def _serves_earlier(windows: Sequence[SizeWindow], mine: Ints, theirs: Ints) -> Mask:
    """Whether a choice gives more packs to the first claim that two choices serve differently."""
    first = np.full(len(mine), NEVER, dtype=np.int64)
    wins = np.zeros(len(mine), dtype=np.bool_)
    for at, window in enumerate(windows):
        one, other = mine[:, at], theirs[:, at]
        owner = window.first_owner(one, other)
        wins = np.where(owner < first, one > other, wins)
        first = np.minimum(first, owner)
    return wins
