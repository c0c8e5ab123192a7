"""How much of each SKU is wanted and taken by claims from one number to another, by prefix sums."""

from __future__ import annotations

import numpy as np

from allocator.fast.timeline import order_by
from allocator.keys import Ints, Mask
from allocator.parts import expand
from allocator.problem import Problem


class Goods:
    """Claims 0 .. n-1, SKU by SKU and ascending in each."""

    def __init__(self, problem: Problem, n: int) -> None:
        self.n, self.n_skus = max(n, 1), problem.n_skus
        owner, sku, pieces = expand(problem, problem.claims.item[:n])
        order = order_by(sku, problem.n_skus)
        self.owner, sku = owner[order], sku[order]
        self.pieces = pieces[order]
        self.key = sku.astype(np.int64) * self.n + self.owner

    def sums(self, problem: Problem, packs: Ints) -> Ints:
        """Prefix sums of the pieces that these packs take."""
        per_pack = np.minimum(problem.claims.pack[self.owner], 2**40)
        taken = packs[self.owner] * per_pack * self.pieces
        return np.concatenate([[0], np.cumsum(taken)])

    def between(self, sums: Ints, skus: Ints, start: int, end: int) -> Ints:
        """Pieces of these SKUs, from claim `start` up to `end`."""
        key = skus.astype(np.int64) * self.n
        low, high = np.searchsorted(self.key, key + start), np.searchsorted(self.key, key + end)
        return np.asarray(sums[high] - sums[low])

    def first_from(self, skus: Ints, start: int) -> int:
        """The first claim from `start` on that takes one of these SKUs; n if there is none."""
        if not len(skus) or not len(self.key):
            return self.n
        at = np.searchsorted(self.key, skus.astype(np.int64) * self.n + start)
        inside = at < len(self.key)
        key = self.key[at[inside]]
        mine = key // self.n == skus[inside]
        return int((key[mine] % self.n).min(initial=self.n))


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
