"""What lies in the central warehouses and was given to nobody."""

from dataclasses import dataclass

from domain.languages import Names, in_both
from persistence.supply.queries import free_at_centres, sum_of_free
from persistence.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class FreeStock:
    """Free units of a SKU in a central warehouse."""

    warehouse: str
    warehouse_name: Names
    sku: str
    product: Names
    units: int


@dataclass(frozen=True)
class FreeGoods:
    """All free units of the central warehouses, on how many SKUs, and where most of them lie."""

    units: int
    skus: int
    most: tuple[FreeStock, ...]


async def free_goods(uow: UnitOfWork, *, most: int) -> FreeGoods:
    """What is free at the central warehouses; `most`: how many SKUs by name, the largest first."""
    units, skus = await sum_of_free(uow.session)
    rows = await free_at_centres(uow.session, most)
    return FreeGoods(
        units,
        skus,
        tuple(
            FreeStock(
                row.warehouse,
                in_both(row.warehouse_name, row.warehouse_zh),
                row.sku,
                in_both(row.product, row.product_zh),
                row.units,
            )
            for row in rows
        ),
    )
