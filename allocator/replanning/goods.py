"""How much of each SKU is taken by claims up to a number, and where SKUs lie in one place."""

from __future__ import annotations

import numpy as np

from allocator.fast.timeline import order_by
from allocator.keys import Ints, Mask
from allocator.parts import expand
from allocator.problem import Problem


class Goods:
    """What claims 0 .. n-1 take of each SKU with these packs, by prefix sums along each SKU."""

    def __init__(self, problem: Problem, n: int, packs: Ints) -> None:
        self.n, self.n_skus = max(n, 1), problem.n_skus
        owner, sku, pieces = expand(problem, problem.claims.item[:n])
        given = packs[owner] > 0
        owner, sku, pieces = owner[given], sku[given], pieces[given]
        order = order_by(sku, problem.n_skus)
        owner, sku, pieces = owner[order], sku[order].astype(np.int64), pieces[order]
        self.key = sku * self.n + owner
        taken = packs[owner] * problem.claims.pack[owner] * pieces
        self.sums = np.concatenate([[0], np.cumsum(taken)])
        self.start = np.searchsorted(self.key, np.arange(self.n_skus) * self.n)

    def before(self, end: int) -> Ints:
        """Pieces of every SKU that the claims up to `end` take."""
        high = np.searchsorted(self.key, np.arange(self.n_skus) * self.n + end)
        return np.asarray(self.sums[high] - self.sums[self.start])


def pieces_by_sku(problem: Problem, claims: Ints, packs: Ints) -> Ints:
    """Pieces of every SKU in these packs of these claims."""
    some = np.flatnonzero(packs)
    claims, packs = claims[some], packs[some]
    owner, sku, pieces = expand(problem, problem.claims.item[claims])
    # A pack larger than any claim is never given; clipped, its pieces cannot overflow.
    units = packs * np.minimum(problem.claims.pack[claims], 2**40)
    found = np.zeros(problem.n_skus, dtype=np.int64)
    np.add.at(found, sku, units[owner] * pieces)
    return found


def room_for_whole_packs(problem: Problem) -> Ints | None:
    """Pieces of each SKU that can be given as if they lay in one place.

    One warehouse is one place. Of several, packs of one size find floor(stock / size) each; with
    mixed sizes or ratio packs there is no such number: None.
    """
    total: Ints = problem.supply.sum(axis=0)
    if len(problem.warehouses) < 2:
        return total
    c = problem.claims
    if len(problem.keys.prepack_ids):
        return None
    low = np.full(problem.n_skus, np.iinfo(np.int64).max)
    high = np.ones(problem.n_skus, dtype=np.int64)
    np.minimum.at(low, c.item, c.pack_pieces)
    np.maximum.at(high, c.item, c.pack_pieces)
    claimed: Mask = low <= high
    if (low != high)[claimed].any():
        return None
    return np.asarray((problem.supply // high).sum(axis=0) * high)
