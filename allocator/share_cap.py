"""Whom a share cap counts for: every SKU that an outlet can get, shipped and reserved together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from allocator.claims import STORE
from allocator.parts import expand
from allocator.references import Ints

if TYPE_CHECKING:
    from allocator.problem import Problem


@dataclass(frozen=True)
class OutletSkus:
    """Every (outlet, SKU) that a claim can reach, as a sorted key. An outlet is a franchisee or a
    store; regions' reserves are not capped."""

    n_skus: int
    keys: Ints

    def key(self, is_store: Ints, outlet: Ints, sku: Ints) -> Ints:
        return np.asarray((outlet.astype(np.int64) * 2 + is_store) * self.n_skus + sku)

    def places(self, problem: Problem, claims: Ints, sku: Ints) -> Ints:
        """Where the outlet of each claim stands with this SKU."""
        c = problem.claims
        key = self.key(c.kind[claims] == STORE, c.outlet[claims], sku)
        return np.searchsorted(self.keys, key)

    @property
    def sku(self) -> Ints:
        return np.asarray(self.keys % max(self.n_skus, 1))


def outlet_skus(problem: Problem) -> OutletSkus:
    c = problem.claims
    claims = np.flatnonzero(c.kind <= STORE)
    owner, sku, _ = expand(problem, c.item[claims])
    found = OutletSkus(problem.n_skus, np.zeros(0, dtype=np.int64))
    key = found.key(c.kind[claims[owner]] == STORE, c.outlet[claims[owner]], sku)
    return OutletSkus(problem.n_skus, np.unique(key))
