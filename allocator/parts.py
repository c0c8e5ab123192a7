"""What a SKU or a ratio pack consists of, for many claims at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.references import Ints


@dataclass(frozen=True)
class Parts:
    """Items are the SKUs, then the prepacks; item i consists of `pieces[a:b]` pieces of `sku[a:b]`,
    a, b = start[i], start[i + 1]. A SKU is one piece of itself."""

    n_skus: int
    start: Ints
    sku: Ints
    pieces: Ints

    @property
    def are_skus_alone(self) -> bool:
        """Whether there are no prepacks."""
        return len(self.start) == self.n_skus + 1

    def of(self, item: int) -> list[tuple[int, int]]:
        """(SKU, pieces) of one order unit of the item."""
        if item < self.n_skus:
            return [(item, 1)]
        a, b = int(self.start[item]), int(self.start[item + 1])
        return list(zip(self.sku[a:b].tolist(), self.pieces[a:b].tolist(), strict=True))

    def expand(self, items: Ints) -> tuple[Ints, Ints, Ints]:
        """(row of items, SKU, pieces of a unit) for every part of every item."""
        if self.are_skus_alone:
            return np.arange(len(items)), items, np.broadcast_to(np.int64(1), items.shape)
        start, end = self.start[items], self.start[items + 1]
        count = end - start
        owner = np.repeat(np.arange(len(items)), count)
        offset = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
        part = start[owner] + offset
        return owner, self.sku[part], self.pieces[part]

    def taken(self, items: Ints, units: Ints) -> tuple[Ints, Ints]:
        """(SKU, pieces) that this many order units of each item take; a SKU may stand there
        often."""
        if self.are_skus_alone:
            return items, units
        owner, sku, pieces = self.expand(items)
        return sku, pieces * units[owner]
