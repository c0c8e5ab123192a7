"""Size runs: which sizes of a product a store shows, and how many it must show.

A size is one row of store_stock: two colours are two sizes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from allocator.claims import STORE, Claims
from allocator.references import Ints, Mask, References


@dataclass(frozen=True)
class SizeRuns:
    """Size runs (a store and a product) by number.

    of_claim: per claim its run, -1 where it is no store's. on_hand: sizes that are there already.
    needed: sizes to be shown by a store that is given anything: min(k, sizes it could show).
    new_size: per claim, whether it brings a size that is not on hand.
    """

    of_claim: Ints
    on_hand: Ints
    needed: Ints
    new_size: Mask

    def broken(self, claims: Ints, packs: Ints) -> Mask:
        """Which claims are given something of a run that then shows too few sizes.

        claims: all that can still be given anything in the runs they belong to.
        """
        run = self.of_claim[claims]
        mine = run >= 0
        known, of = np.unique(run[mine], return_inverse=True)
        given = packs[mine] > 0
        new = given & self.new_size[claims[mine]]
        shown = self.on_hand[known] + np.bincount(of, weights=new, minlength=len(known))
        short = shown < self.needed[known]
        broken = np.zeros(len(claims), dtype=np.bool_)
        broken[mine] = given & short[of]
        return broken

    def infeasible(self, claims: Ints, bound: Ints) -> Mask:
        """Which claims are of a run that would show too few sizes even with all bounds given.

        claims: all that can still be given anything in the runs they belong to.
        """
        run = self.of_claim[claims]
        mine = run >= 0
        known, of = np.unique(run[mine], return_inverse=True)
        new = (bound[mine] > 0) & self.new_size[claims[mine]]
        shown = self.on_hand[known] + np.bincount(of, weights=new, minlength=len(known))
        infeasible = np.zeros(len(claims), dtype=np.bool_)
        infeasible[mine] = (shown < self.needed[known])[of]
        return infeasible


def size_runs_of(
    c: Claims, most_packs: Ints, refs: References, store_stock: pl.DataFrame, least: int
) -> SizeRuns:
    """The size runs of all stores. least: how many sizes a store shows of what it is given."""
    gaps = np.flatnonzero(c.kind == STORE)
    product = refs.sku_product[refs.stock_sku].astype(np.int64)
    run = refs.stock_store * (product.max(initial=0) + 1) + product
    known, of_row = np.unique(run, return_inverse=True)
    on_hand = store_stock["on_hand"].to_numpy() > 0
    can_come = np.zeros(store_stock.height, dtype=np.bool_)
    can_come[c.source[gaps]] = most_packs[gaps] > 0
    could = np.bincount(of_row, weights=on_hand | can_come, minlength=len(known))
    of_claim = np.full(len(c), -1, dtype=np.int64)
    of_claim[gaps] = of_row[c.source[gaps]]
    new_size = np.zeros(len(c), dtype=np.bool_)
    new_size[gaps] = ~on_hand[c.source[gaps]]
    there = np.bincount(of_row, weights=on_hand, minlength=len(known)).astype(np.int64)
    return SizeRuns(of_claim, there, np.minimum(least, could).astype(np.int64), new_size)
