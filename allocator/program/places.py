"""Where goods lie: in the warehouses, as the model says, or in a pool that the fast path proved."""

from __future__ import annotations

from dataclasses import dataclass

from allocator.keys import Ints, Mask
from allocator.problem import Problem

Place = tuple[int, int]  # its number, and the pieces of a SKU that it has for good


@dataclass(frozen=True)
class Warehouses:
    """Every SKU lies where supply.csv says."""

    problem: Problem

    def of(self, sku: int) -> list[Place]:
        """The places of a SKU, with what each has; warehouses are numbered as in the problem."""
        # Without any warehouse there is a place all the same, with nothing in it.
        return list(enumerate(self.problem.supply[:, sku].tolist())) or [(0, 0)]

    def are_several(self, item: int) -> bool:
        """Whether it must be said from which place an item's packs come."""
        return len(self.problem.warehouses) > 1


@dataclass(frozen=True)
class Pool(Warehouses):
    """The same, but for products that are not `tangled` all goods lie in one place.

    room: pieces of each SKU there. The fast path has proved that what fits into it fits into the
    warehouses, or finds out afterwards (`allocator.fast.fitting`).
    """

    room: Ints
    tangled: Mask | None

    def of(self, sku: int) -> list[Place]:
        return super().of(sku) if self.are_several(sku) else [(0, int(self.room[sku]))]

    def are_several(self, item: int) -> bool:
        product = self.problem.item_product[item]
        return (
            super().are_several(item) and self.tangled is not None and bool(self.tangled[product])
        )
