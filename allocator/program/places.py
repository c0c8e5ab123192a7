"""Where goods lie: in the warehouses, as the model says, or in a pool that the fast path proved."""

from __future__ import annotations

from dataclasses import dataclass

from allocator.problem import Problem
from allocator.references import Ints, Mask
from allocator.resources import SUPPLY


@dataclass(frozen=True)
class Warehouses:
    """Every SKU lies where supply.csv says."""

    problem: Problem

    def total(self, kind: int, which: int) -> int:
        """How much there is of a resource where goods lie in one place."""
        return int(self.problem.resources.total(kind)[which])

    def are_several(self, item: int) -> bool:
        """Whether it must be said from which place an item's packs come."""
        return len(self.problem.warehouses) > 1


@dataclass(frozen=True)
class Pool(Warehouses):
    """The same, but for products that are not `needs_fitting` all goods lie in one place.

    usable_stock: pieces of each SKU there. The fast path has proved that what fits into it fits
    into the warehouses, or finds out afterwards (`allocator.warehouses.fitting`).
    """

    usable_stock: Ints
    needs_fitting: Mask | None

    def total(self, kind: int, which: int) -> int:
        return int(self.usable_stock[which]) if kind == SUPPLY else super().total(kind, which)

    def are_several(self, item: int) -> bool:
        product = self.problem.item_product[item]
        return (
            super().are_several(item)
            and self.needs_fitting is not None
            and bool(self.needs_fitting[product])
        )
