"""Sizes on stores' shelves. A size is one row of store_stock: two colours are two sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from allocator.claims import STORE
from allocator.references import Ints, Mask

if TYPE_CHECKING:
    from allocator.problem import Problem


@dataclass(frozen=True)
class Shelves:
    """Shelves (a store and a product) by number.

    of_claim: per claim its shelf, -1 where it is no store's. on_hand: sizes that are there already.
    needed: sizes to be shown by a store that is given anything: min(k, sizes it could show).
    new_size: per claim, whether it brings a size that is not on hand.
    """

    of_claim: Ints
    on_hand: Ints
    needed: Ints
    new_size: Mask

    def broken(self, claims: Ints, packs: Ints) -> Mask:
        """Which claims are given something on a shelf that then shows too few sizes.

        claims: all that can still be given anything on the shelves they belong to.
        """
        shelf = self.of_claim[claims]
        mine = shelf >= 0
        known, of = np.unique(shelf[mine], return_inverse=True)
        given = packs[mine] > 0
        new = given & self.new_size[claims[mine]]
        shown = self.on_hand[known] + np.bincount(of, weights=new, minlength=len(known))
        short = shown < self.needed[known]
        broken = np.zeros(len(claims), dtype=np.bool_)
        broken[mine] = given & short[of]
        return broken

    def infeasible(self, claims: Ints, bound: Ints) -> Mask:
        """Which claims are on a shelf that would show too few sizes even with all bounds given.

        claims: all that can still be given anything on the shelves they belong to.
        """
        shelf = self.of_claim[claims]
        mine = shelf >= 0
        known, of = np.unique(shelf[mine], return_inverse=True)
        new = (bound[mine] > 0) & self.new_size[claims[mine]]
        shown = self.on_hand[known] + np.bincount(of, weights=new, minlength=len(known))
        infeasible = np.zeros(len(claims), dtype=np.bool_)
        infeasible[mine] = (shown < self.needed[known])[of]
        return infeasible


def set_up_shelves(problem: Problem) -> Shelves:
    c, refs, k = problem.claims, problem.references, problem.size_run_min or 0
    stock = problem.tables.store_stock
    gaps = np.flatnonzero(c.kind == STORE)
    n_products = max(len(problem.product_ids), 1)
    shelf = refs.stock_store.astype(np.int64) * n_products + refs.sku_product[refs.stock_sku]
    known, of_row = np.unique(shelf, return_inverse=True)
    on_hand = stock["on_hand"].to_numpy() > 0
    can_come = np.zeros(stock.height, dtype=np.bool_)
    can_come[c.source[gaps]] = problem.most_packs[gaps] > 0
    could = np.bincount(of_row, weights=on_hand | can_come, minlength=len(known))
    of_claim = np.full(len(c), -1, dtype=np.int64)
    of_claim[gaps] = of_row[c.source[gaps]]
    new_size = np.zeros(len(c), dtype=np.bool_)
    new_size[gaps] = ~on_hand[c.source[gaps]]
    there = np.bincount(of_row, weights=on_hand, minlength=len(known)).astype(np.int64)
    return Shelves(of_claim, there, np.minimum(k, could).astype(np.int64), new_size)
