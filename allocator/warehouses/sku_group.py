"""Claims on one SKU, and every way to serve them: pieces picked per warehouse, and splits.

Standard problem: the corners of a convex hull, which are the ways that are cheapest at some prices.
Method: the monotone chain (Andrew 1979) over the sums of `subset_sums`; among them
`lagrangian_bound` and `repair` choose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations
from math import gcd

import numpy as np

from allocator.references import Ints, Mask
from allocator.resources import SUPPLY, Resource
from allocator.warehouses.loads import PICKED, Available, Load, Where
from allocator.warehouses.subset_sums import Claimed, Sums

# Sums of a group that are looked at together; with four warehouses their ways are not thinned out.
MOST_CELLS = 2**18
MOST_CELLS_OF_MANY = 2**16
# Bits per layer of sums, one set per claim, while a group is looked at: some dozen MiB, mostly; and
# that are kept for it.
MOST_BITS = 2**29
MOST_KEPT = 2**17
# Claims of a large group that are looked at together.
AT_A_TIME = 24
CELLS_AT_A_TIME = 2**14


@dataclass
class Group:
    """Claims on one SKU, and how they are served now.

    unit: pieces that all packs are multiples of; stock: units per warehouse; needed: splits that
    are known to be needed without limits of picks.
    """

    claims: list[int]
    loads: list[Load]
    stock: list[int]
    sku: Resource
    unit: int
    where: Where
    needed: int

    def __post_init__(self) -> None:
        self.n = len(self.stock)
        # The last has no coordinate (`subset_sums`): the one with the most goods.
        self.order = sorted(range(self.n), key=lambda w: (self.stock[w], w))
        self.sizes = [(packs, per[self.sku] // self.unit) for packs, per in self.loads]
        self.is_picked = [PICKED in per for _, per in self.loads]
        most = MOST_CELLS if self.n <= 3 else MOST_CELLS_OF_MANY
        cells = self._cells(list(range(len(self.loads))))
        self.is_exact = cells <= most and cells * len(self.loads) <= MOST_BITS
        self.picks = picks_of(self.loads, self.where, self.n)
        self._ways: Claimed | None = None

    def all_ways(self) -> Claimed:
        """All claims to be served again; of a larger group, worked out afresh every time."""
        if self._ways is not None:
            return self._ways
        everything = list(range(len(self.loads)))
        ways = self._free(everything)
        if self._cells(everything) * len(everything) <= MOST_KEPT:
            self._ways = ways
        return ways

    @cached_property
    def fewest(self) -> int:
        """The fewest splits without limits of picks, as far as known."""
        splits = self.needed
        if self.is_exact:
            ways = self.all_ways()
            while not ways.grid(splits).any():
                splits += 1
        return splits

    @cached_property
    def knows_all(self) -> bool:
        """Whether more splits than are looked at would allow nothing more."""
        if not self.is_exact:
            return False
        ways = self.all_ways()
        return not bool((ways.at_last & ~ways.grid(self.most)).any())

    @property
    def most(self) -> int:
        """The most splits that are looked at. Packs of one size need no more: for what is picked,
        and for what is not, every warehouse but one ends with at most one split."""
        return self.fewest + 2 * (self.n - 1)

    def _cells(self, chosen: list[int]) -> int:
        sizes = [self.sizes[at] for at in chosen]
        total = sum(packs * size for packs, size in sizes)
        return Sums.cells(sizes, sorted(min(s, total) for s in self.stock))

    def _free(self, chosen: list[int]) -> Claimed:
        """These claims to be served again, the others held."""
        left, held = list(self.stock), set(range(len(self.loads))) - set(chosen)
        for at in held:
            for w, packs in self.where[at].items():
                left[w] -= packs * self.sizes[at][1]
        picked, kept = self._parts(chosen)
        return Claimed(
            [self.sizes[at] for at in picked],
            [self.sizes[at] for at in kept],
            [left[w] for w in self.order],
        )

    def _parts(self, chosen: list[int]) -> tuple[list[int], list[int]]:
        return (
            [at for at in chosen if self.is_picked[at]],
            [at for at in chosen if not self.is_picked[at]],
        )

    def corners(self) -> Ints:
        """What could be picked were every piece a claim: full warehouse after warehouse."""
        found = set()
        total = int(self.picks.sum())
        for order in permutations(range(self.n)):
            left, picks = total, [0] * self.n
            for w in order:
                picks[w] = min(left, self.stock[w] * self.unit)
                left -= picks[w]
            found.add(tuple(picks))
        return np.array(sorted(found), dtype=np.int64)

    def picks_of(self, ways: Claimed, grid: Mask) -> Ints:
        """Pieces per warehouse for each sum of picks that is set: a row per way."""
        return self._in_pieces(ways.rows_of(grid))

    def _in_pieces(self, rows: Ints) -> Ints:
        found = np.empty_like(rows)
        found[:, self.order] = rows * self.unit
        return found

    def take(self, picks: Ints, splits: int) -> None:
        """Serve all claims so that so much is picked, with at most this many splits."""
        self._take(self.all_ways(), list(range(len(self.loads))), picks, splits)

    def _take(self, claimed: Claimed, chosen: list[int], picks: Ints, splits: int) -> None:
        units = [int(picks[w]) // self.unit for w in self.order]
        shares = claimed.shares(units, splits)
        for part, rows in zip(self._parts(chosen), shares, strict=True):
            for at, row in zip(part, rows, strict=True):
                self.where[at] = {w: n for w, n in sorted(zip(self.order, row, strict=True)) if n}
        self.picks = picks_of(self.loads, self.where, self.n)

    def take_some(self, turn: int, best_of: Callable[[Ints], int | None]) -> None:
        """Serve some whole claims again, others every turn, as `best_of` chooses of the ways."""
        whole = [at for at, one in enumerate(self.where) if len(one) == 1]
        if not whole:
            return
        # Claims beside each other are of one level: take them from everywhere.
        step = max(len(whole) // AT_A_TIME, 1)
        mixed = [at for first in range(step) for at in whole[first::step]]
        start = turn * AT_A_TIME % len(mixed)
        chosen: list[int] = []
        for at in (mixed[start:] + mixed[:start])[:AT_A_TIME]:
            if self._cells([*chosen, at]) <= CELLS_AT_A_TIME:
                chosen.append(at)
        chosen.sort()
        claimed, mine = self._free(chosen), [self.loads[at] for at in chosen]
        here = picks_of(mine, [self.where[at] for at in chosen], self.n)
        ways = self._in_pieces(claimed.points(0))
        best = best_of(ways + (self.picks - here))
        if best is not None:
            self._take(claimed, chosen, ways[best], 0)


def picks_of(loads: list[Load], where: Where, n_warehouses: int) -> Ints:
    """Pieces picked per warehouse."""
    found = [0] * n_warehouses
    for (_, per_pack), one in zip(loads, where, strict=True):
        for w, packs in one.items():
            found[w] += packs * per_pack.get(PICKED, 0)
    return np.array(found, dtype=np.int64)


def worth_looking_at(group: Group) -> Iterator[tuple[int, Ints]]:
    """Splits, and ways with this many of which one is cheapest, whatever the prices. What more
    splits than are looked at could reach is overestimated."""
    if not group.is_exact:
        yield group.fewest, group.corners()
        return
    # Packs of one size can fill every warehouse, others not.
    is_plain = len({size for _, size in group.sizes}) == 1
    known = group.all_ways()
    at_last = group.corners() if is_plain else _outer(group.picks_of(known, known.at_last))
    most = group.most
    for splits in range(group.fewest, most + 1):
        ways = group.picks_of(known, known.grid(splits))
        if all((ways == one).all(axis=1).any() for one in at_last):
            yield splits, at_last
            return
        yield splits, _outer(ways)
    yield most + 1, at_last


def _outer(ways: Ints) -> Ints:
    """Ways of which one is cheapest, whatever the prices: what is picked in all is the same, so
    three warehouses are points in a plane, and these are the corners around them."""
    if ways.shape[1] == 2:
        return ways[[0, -1]]
    if ways.shape[1] > 3:
        return ways
    order = np.lexsort((ways[:, 1], ways[:, 0]))
    rows = ways[order]
    first = np.flatnonzero(np.r_[True, rows[1:, 0] != rows[:-1, 0]])
    last = np.r_[first[1:], len(rows)] - 1
    below = _chain(rows[first].tolist(), 1)
    above = _chain(rows[last].tolist(), -1)
    return np.array(below + above, dtype=np.int64)


def _chain(rows: list[list[int]], sign: int) -> list[list[int]]:
    """The rows that no line between two others passes by, below (or, with -1, above)."""
    found: list[list[int]] = []
    for row in rows:
        while len(found) > 1:
            (ax, ay, *_), (bx, by, *_) = found[-2:]
            if sign * ((bx - ax) * (row[1] - ay) - (by - ay) * (row[0] - ax)) > 0:
                break
            found.pop()
        found.append(row)
    return found


def group_of(
    claims: list[int],
    loads: list[Load],
    available: Available,
    where: Where,
    n_warehouses: int,
    needed: int,
) -> Group | None:
    """Claims on one SKU; None where they take several."""
    skus = {r for at in claims for r in loads[at][1] if r[0] == SUPPLY}
    if len(skus) != 1:
        return None
    (sku,) = skus
    unit = gcd(*(loads[at][1][sku] for at in claims))
    stock = [available[w, sku] // unit for w in range(n_warehouses)]
    mine = [loads[at] for at in claims]
    return Group(claims, mine, stock, sku, unit, [where[at] for at in claims], needed)
