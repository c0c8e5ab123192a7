"""What a share cap counts: the pieces of a SKU that one outlet gets, shipped and reserved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from allocator.claims import STORE
from allocator.keys import Ints
from allocator.parts import expand

if TYPE_CHECKING:
    from allocator.problem import Problem


@dataclass(frozen=True)
class Capped:
    """Every (outlet, SKU) that a claim can reach, as a sorted key.

    of_plain: per claim on a SKU the place of its key, -1 for prepacks and for reserves.
    """

    problem: Problem
    keys: Ints
    of_plain: Ints

    def key(self, is_store: Ints, outlet: Ints, sku: Ints) -> Ints:
        wide = outlet.astype(np.int64) * 2 + is_store
        return np.asarray(wide * self.problem.n_skus + sku)

    def place(self, is_store: bool, outlet: int, sku: int) -> int:
        key = (outlet * 2 + int(is_store)) * self.problem.n_skus + sku
        return int(np.searchsorted(self.keys, key))

    def sku_of(self, places: Ints) -> Ints:
        return np.asarray(self.keys[places] % self.problem.n_skus)

    def add(self, totals: Ints, claims: Ints, packs: Ints) -> None:
        """Count packs given to claims."""
        c = self.problem.claims
        counted = c.kind[claims] <= STORE
        claims, packs = claims[counted], packs[counted]
        owner, sku, pieces = expand(self.problem, c.item[claims])
        is_store = (c.kind[claims] == STORE).astype(np.int64)
        key = self.key(is_store[owner], c.outlet[claims][owner], sku)
        amount = pieces * (packs * c.pack[claims])[owner]
        np.add.at(totals, np.searchsorted(self.keys, key), amount)


def count_capped(problem: Problem) -> Capped:
    c = problem.claims
    claims = np.flatnonzero(c.kind <= STORE)
    empty = np.zeros(0, dtype=np.int64)
    owner, sku, _ = expand(problem, c.item[claims])
    is_store = (c.kind[claims] == STORE).astype(np.int64)[owner]
    key = Capped(problem, empty, empty).key(is_store, c.outlet[claims][owner], sku)
    keys, places = np.unique(key, return_inverse=True)
    of_plain = np.full(len(c), -1, dtype=np.int64)
    plain = c.item[claims][owner] < problem.n_skus
    of_plain[claims[owner[plain]]] = places[plain]
    return Capped(problem, keys, of_plain)
