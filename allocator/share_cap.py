"""Whom a share cap counts for: every SKU that an outlet can get, shipped and reserved together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.claims import STORE, Claims
from allocator.parts import Parts
from allocator.references import Ints


@dataclass(frozen=True)
class OutletSkus:
    """Every (outlet, SKU) that a claim can reach, as a sorted key. An outlet is a franchisee or a
    store; regions' reserves are not capped."""

    n_skus: int
    keys: Ints

    def key(self, is_store: Ints, outlet: Ints, sku: Ints) -> Ints:
        return np.asarray((outlet.astype(np.int64) * 2 + is_store) * self.n_skus + sku)

    def places(self, c: Claims, claims: Ints, sku: Ints) -> Ints:
        """Where the outlet of each claim stands with this SKU."""
        key = self.key(c.kind[claims] == STORE, c.outlet[claims], sku)
        return np.searchsorted(self.keys, key)

    @property
    def sku(self) -> Ints:
        return np.asarray(self.keys % max(self.n_skus, 1))


def outlet_skus(c: Claims, parts: Parts) -> OutletSkus:
    claims = np.flatnonzero(c.kind <= STORE)
    owner, sku, _ = parts.expand(c.item[claims])
    found = OutletSkus(parts.n_skus, np.zeros(0, dtype=np.int64))
    key = found.key(c.kind[claims[owner]] == STORE, c.outlet[claims[owner]], sku)
    return OutletSkus(parts.n_skus, np.unique(key))
