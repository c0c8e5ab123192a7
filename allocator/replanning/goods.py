"""How much of each SKU is taken by claims up to a number, and where SKUs lie in one place."""

from __future__ import annotations

import numpy as np

from allocator.problem import Problem
from allocator.references import Ints, Mask
from allocator.resources import SUPPLY


class Goods:
    """What claims 0 .. n-1 take of each SKU with these packs, up to any of them.

    Asked for one rank after the other, so the sums go on from where they were asked last.
    """

    def __init__(self, problem: Problem, packs: Ints) -> None:
        self.problem, self.packs = problem, packs
        self._at, self._taken = 0, np.zeros(problem.n_skus, dtype=np.int64)

    def before(self, end: int) -> Ints:
        """Pieces of every SKU that the claims up to `end` take."""
        if end < self._at:
            self._at, self._taken = 0, np.zeros_like(self._taken)
        more = np.arange(self._at, end)
        self._taken = self._taken + pieces_by_sku(self.problem, more, self.packs[self._at : end])
        self._at = end
        return self._taken


def pieces_by_sku(problem: Problem, claims: Ints, packs: Ints) -> Ints:
    """Pieces of every SKU in these packs of these claims."""
    return problem.resources.counted(SUPPLY, claims, packs)


def stock_for_whole_packs(problem: Problem) -> Ints | None:
    """Pieces of each SKU that can be given as if they lay in one place.

    One warehouse is one place. Of several, packs of one size find floor(stock / size) each; with
    mixed sizes or ratio packs there is no such number: None.
    """
    total: Ints = problem.supply.sum(axis=0)
    if len(problem.warehouses) < 2:
        return total
    c = problem.claims
    if not problem.parts.are_skus_alone:
        return None
    low = np.full(problem.n_skus, np.iinfo(np.int64).max)
    high = np.ones(problem.n_skus, dtype=np.int64)
    np.minimum.at(low, c.item, c.pack_pieces)
    np.maximum.at(high, c.item, c.pack_pieces)
    claimed: Mask = low <= high
    if (low != high)[claimed].any():
        return None
    return np.asarray((problem.supply // high).sum(axis=0) * high)
